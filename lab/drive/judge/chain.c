#include "lab/drive/judge/chain.h"

#include <math.h>
#include <string.h>

#include "lab/drive/judge/verdict.h"
#include "lab/sip/build.h"
#include "lab/sip/stateless.h"

/* A day: no verdict may park a message for longer. */
#define LONGEST_DELAY (86400 * RD_SECOND)

typedef struct {
  RdJudge *judge;
  uint16_t place;
} Link;

/* Room for one rewritten message and its view; two take turns, as an edit reads one and writes the
 * other. */
typedef struct {
  RdSipScan scan;
  char bytes[RD_SIP_MAX_MESSAGE + 1];
} Rewrite;

struct RdChain {
  GArray *links;
  uint64_t key[2];
  RdChainObserver observer;
  void *user;
  Rewrite *rewrites[2];
  unsigned turn;
  char answer[RD_SIP_MAX_MESSAGE + 1];
};

RdJudge *rd_judge_new(const char *name, const RdPart *part, const void *config, RdHost *host,
                      const RdPlace *places, unsigned n_places, unsigned index, GError **error) {
  RdDefenseSetup setup = {
      .size = sizeof setup, .n_places = n_places, .place_stride = sizeof *places, .places = places};
  void *self = part->defense.open(host, config, &setup);
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
  Link link = {judge, place};
  g_array_append_val(chain->links, link);
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
static void settle(RdVerdict *v) {
  if (v->action >= RD_ACTION_COUNT)
    v->action = RD_PASS;
  v->score = settled_score(v);
  if (v->delay < 0)
    v->delay = 0;
  if (v->delay > LONGEST_DELAY)
    v->delay = LONGEST_DELAY;
  if ((v->action == RD_REJECT || v->action == RD_CHALLENGE) && (v->code < 300 || v->code > 699))
    v->code = v->action == RD_REJECT ? 503 : 401;
}

/* Makes the edited message the one in hand. An edit that does not fit, or leaves no SIP, is a
 * drop: a half-edited message must not go on. */
static bool rewrite(RdChain *chain, const RdVerdict *v, RdMessage *message) {
  Rewrite **at = &chain->rewrites[chain->turn++ & 1];
  bool readable = v->n_edits == 0 || (v->edits && v->edit_stride >= sizeof(RdEdit));
  if (!message->sip || !readable)
    return false;
  if (!*at)
    *at = g_new(Rewrite, 1);
  Rewrite *r = *at;
  size_t len =
      rd_sip_edit(message->sip, v->edits, v->n_edits, v->edit_stride, r->bytes, sizeof r->bytes);
  if (len == 0 ||
      !rd_sip_scan(&r->scan, r->bytes, len, message->conn ? RD_SIP_STREAM : RD_SIP_DATAGRAM))
    return false;
  message->sip = &r->scan.sip;
  message->bytes = (const uint8_t *)r->bytes;
  message->len = len;
  return true;
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
    ret->answer_len = ret->message.sip ? rd_sip_refuse(ret->message.sip, v, chain->key,
                                                       chain->answer, sizeof chain->answer)
                                       : 0;
    ret->answer = (const uint8_t *)chain->answer;
    ret->outcome = ret->answer_len > 0 ? RD_CHAIN_ANSWER : RD_CHAIN_DROP;
    break;
  case RD_HOLD:
    ret->outcome = RD_CHAIN_HOLD;
    ret->delay = v->delay;
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

static void go_on(RdChain *chain, unsigned from, RdChainResult *ret) {
  for (unsigned i = from; i < chain->links->len; i++) {
    Link *link = link_at(chain, i, ret->message.direction);
    RdVerdict v = {.size = sizeof v, .score = NAN, .edit_stride = sizeof(RdEdit)};
    ret->message.attachment = link->place;
    link->judge->part->defense.judge(link->judge->self, &ret->message, &v);
    settle(&v);
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
  if (chain->links->len == 0 || message->kind != RD_DATA)
    return;
  if (from == 0 && message->direction == RD_INGRESS && message->sip &&
      rd_sip_is_refusal_ack(message->sip, chain->key)) {
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
  settle(&v);
  if (v.action == RD_HOLD) /* a hold cannot end in another hold */
    v.action = RD_PASS;
  if (next == 0 || next > chain->links->len)
    return;
  if (apply(chain, next - 1, &v, ret))
    go_on(chain, next, ret);
  else
    ret->by = link_at(chain, next - 1, message->direction)->judge;
}
