#include "lab/drive/judge/chain.h"

#include <math.h>
#include <string.h>

#include "lab/drive/host/host.h"

/* A day: no verdict may park a message for longer. */
#define LONGEST_DELAY (86400 * RD_SECOND)
/* Octets of the longest message that can be rewritten or answered with, and one. */
enum { ROOM = 65536 };

typedef struct {
  RdJudge *judge;
  uint16_t place;
  uint64_t judged; /* messages */
} Link;

/* Room for one rewritten message and its view; two take turns, as an edit reads one and writes the
 * other. */
typedef struct {
  RdView view;
  char bytes[ROOM];
} Rewrite;

struct RdChain {
  GArray *links;
  uint64_t key[2];
  RdChainObserver observer;
  void *user;
  uint64_t begun; /* messages that came fresh */
  Rewrite *rewrites[2];
  unsigned turn;
  char answer[ROOM];
};

RdJudge *rd_judge_new(const char *name, const RdPart *part, const void *config, RdHost *host,
                      const RdPlace *places, unsigned n_places, unsigned index, GError **error) {
  RdDefenseSetup setup = {
      .size = sizeof setup, .n_places = n_places, .place_stride = sizeof *places, .places = places};
  return rd_judge_new_member(name, part, config, host, &setup, index, error);
}

RdJudge *rd_judge_new_member(const char *name, const RdPart *part, const void *config, RdHost *host,
                             const RdDefenseSetup *setup, unsigned index, GError **error) {
  void *self = part->defense.open(host, config, setup);
  if (!self) {
    g_set_error(error, RD_JUDGE_ERROR, 0, "defense %s: refused its configuration", name);
    return NULL;
  }
  RdJudge *judge = g_new0(RdJudge, 1);
  judge->name = g_strdup(name);
  judge->part = part;
  judge->host = host;
  judge->self = self;
  judge->index = index;
  return judge;
}

void rd_judge_free(RdJudge *judge) {
  if (!judge)
    return;
  judge->part->defense.close(judge->self);
  g_free(judge->name);
  g_free(judge);
}

RdChain *rd_chain_new(const uint64_t stateless_key[2], RdChainObserver observer, void *user) {
  RdChain *chain = g_new0(RdChain, 1);
  chain->links = g_array_new(FALSE, FALSE, sizeof(Link));
  memcpy(chain->key, stateless_key, sizeof chain->key);
  chain->observer = observer;
  chain->user = user;
  return chain;
}

void rd_chain_add(RdChain *chain, RdJudge *judge, uint16_t place) {
  Link link = {.judge = judge, .place = place};
  g_array_append_val(chain->links, link);
}

const RdJudge *rd_chain_overworked(const RdChain *chain, uint64_t *ret_judged,
                                   uint64_t *ret_begun) {
  for (guint i = 0; i < chain->links->len; i++) {
    const Link *link = &g_array_index(chain->links, Link, i);
    *ret_judged = link->judged;
    *ret_begun = chain->begun;
    if (link->judged > chain->begun)
      return link->judge;
  }
  return NULL;
}

unsigned rd_chain_length(const RdChain *chain) {
  return chain->links->len;
}

void rd_chain_free(RdChain *chain) {
  if (!chain)
    return;
  g_array_unref(chain->links);
  g_free(chain->rewrites[0]);
  g_free(chain->rewrites[1]);
  g_free(chain);
}

/* What acts on a message has looked at it. */
static double settled_score(const RdVerdict *v) {
  bool acts = v->action != RD_PASS && v->action != RD_REWRITE;
  return isnan(v->score) && acts ? 1 : rd_score_settled(v->score);
}

/* What a part wrote is not trusted to be in range. */
static void settle(RdVerdict *v, const RdCodec *codec) {
  if (v->action >= RD_ACTION_COUNT)
    v->action = RD_PASS;
  v->score = settled_score(v);
  if (v->delay < 0)
    v->delay = 0;
  if (v->delay > LONGEST_DELAY)
    v->delay = LONGEST_DELAY;
  if (codec->settle)
    codec->settle(v);
}

static size_t room_of(const RdCodec *codec) {
  return MIN(codec->longest + 1, ROOM);
}

/* A connection's coming or going cannot wait or be rewritten: it is reset, or it is let be. */
static void settle_event(RdVerdict *v, uint8_t kind) {
  bool refused = v->action == RD_DROP || v->action == RD_REJECT || v->action == RD_CHALLENGE ||
                 v->action == RD_CLOSE;
  v->action = kind == RD_OPENED && refused ? RD_CLOSE : RD_PASS;
}

/* Makes the edited message the one in hand. An edit that does not fit, or leaves nothing that can be read
 * where something could before, is a drop: a half-edited message must not go on. */
static bool rewrite(RdChain *chain, const RdVerdict *v, RdMessage *message) {
  Rewrite **at = &chain->rewrites[chain->turn++ & 1];
  bool readable = message->sip || message->view;
  if (!*at)
    *at = g_new(Rewrite, 1);
  Rewrite *r = *at;
  size_t len = rd_codec_edit(message, v->edits, v->n_edits, v->edit_stride, r->bytes,
                             room_of(rd_codec(message->protocol)));
  if (len == 0)
    return false;
  message->bytes = (const uint8_t *)r->bytes;
  message->len = len;
  rd_codec_view(&r->view, message);
  return !readable || message->sip || message->view;
}

static size_t refuse(RdChain *chain, const RdMessage *m, const RdVerdict *v) {
  const RdCodec *codec = rd_codec(m->protocol);
  return codec->refuse ? codec->refuse(m, v, chain->key, chain->answer, room_of(codec)) : 0;
}

/* Carries out one verdict; true if the message goes on to the next link. */
static bool apply(RdChain *chain, unsigned i, const RdVerdict *v, RdChainResult *ret) {
  switch ((RdAction)v->action) {
  case RD_PASS:
    return true;
  case RD_DELAY:
    ret->delay += v->delay;
    return true;
  case RD_REWRITE:
    if (rewrite(chain, v, &ret->message))
      return true;
    ret->outcome = RD_CHAIN_DROP;
    break;
  case RD_REJECT:
  case RD_CHALLENGE:
    ret->answer_len = refuse(chain, &ret->message, v);
    ret->answer = (const uint8_t *)chain->answer;
    ret->outcome = ret->answer_len > 0 ? RD_CHAIN_ANSWER : RD_CHAIN_DROP;
    break;
  case RD_HOLD:
    ret->outcome = RD_CHAIN_HOLD;
    ret->delay = v->delay;
    break;
  case RD_CLOSE:
    ret->close = ret->message.conn != 0;
    ret->outcome = RD_CHAIN_DROP;
    break;
  default:
    ret->outcome = RD_CHAIN_DROP;
  }
  ret->verdict = *v;
  ret->next = i + 1;
  return false;
}

static Link *link_at(RdChain *chain, unsigned i, uint8_t direction) {
  unsigned n = chain->links->len;
  return &g_array_index(chain->links, Link, direction == RD_EGRESS ? n - 1 - i : i);
}

/* Data, and of the rest what it asked to see. */
static bool is_for(const RdJudge *judge, const RdMessage *m) {
  uint64_t wants = judge->part->defense.wants;
  switch ((RdMessageKind)m->kind) {
  case RD_DATA:
    return !(m->flags & RD_UNFRAMED) || wants & RD_WANT_UNFRAMED;
  case RD_OPENED:
    return wants & RD_WANT_OPENED;
  case RD_CLOSED:
    return wants & RD_WANT_CLOSED;
  default:
    return false;
  }
}

static void go_on(RdChain *chain, unsigned from, RdChainResult *ret) {
  const RdCodec *codec = rd_codec(ret->message.protocol);
  for (unsigned i = from; i < chain->links->len; i++) {
    Link *link = link_at(chain, i, ret->message.direction);
    if (!is_for(link->judge, &ret->message))
      continue;
    RdVerdict v = {.size = sizeof v, .score = NAN};
    ret->message.attachment = link->place;
    link->judge->part->defense.judge(link->judge->self, &ret->message, &v);
    settle(&v, codec);
    if (ret->message.kind != RD_DATA)
      settle_event(&v, ret->message.kind);
    else
      link->judged++;
    chain->observer(chain->user, link->judge, &ret->message, &v);
    if (!apply(chain, i, &v, ret)) {
      ret->by = link->judge;
      return;
    }
  }
}

void rd_chain_judge(RdChain *chain, unsigned from, const RdMessage *message, RdChainResult *ret) {
  memset(ret, 0, sizeof *ret);
  ret->message = *message;
  if (chain->links->len == 0)
    return;
  const RdCodec *codec = rd_codec(message->protocol);
  chain->begun += from == 0 && message->kind == RD_DATA;
  if (from == 0 && message->direction == RD_INGRESS && codec->is_refusal_ack &&
      codec->is_refusal_ack(message, chain->key)) {
    ret->outcome = RD_CHAIN_ABSORB;
    return;
  }
  go_on(chain, from, ret);
}

void rd_chain_resume(RdChain *chain, unsigned next, const RdMessage *message,
                     const RdVerdict *verdict, RdChainResult *ret) {
  RdVerdict v = *verdict;
  memset(ret, 0, sizeof *ret);
  ret->message = *message;
  settle(&v, rd_codec(message->protocol));
  if (v.action == RD_HOLD) /* a hold cannot end in another hold */
    v.action = RD_PASS;
  if (next == 0 || next > chain->links->len)
    return;
  if (apply(chain, next - 1, &v, ret))
    go_on(chain, next, ret);
  else
    ret->by = link_at(chain, next - 1, message->direction)->judge;
}
