#include "lab/drive/world/intercept.h"

#include <math.h>
#include <string.h>

#include "lab/base/take.h"
#include "lab/drive/world/network.h"
#include "lab/drive/world/record.h"
#include "lab/drive/world/secrets.h"
#include "lab/drive/world/stream.h"
#include "lab/drive/world/work.h"

enum { PURPOSE_SEAL = 0x7365616c };
#define LONGEST_DELAY (86400 * RD_SECOND)

/* An attack's seat on a line. */
typedef struct {
  RdWorldActor *attack;
  uint16_t link; /* among those that it was told of */
} Tap;

void rd_intercept_new(RdWorld *w) {
  const RdTrial *t = w->trial;
  for (unsigned i = 0; i < t->n_attacks; i++)
    for (unsigned k = 0; k < t->attacks[i].n_links; k++) {
      const RdTrialPlace *place = &t->attacks[i].links[k];
      RdWorldAttachment *a = &w->actors[place->node]->attachments[place->attach];
      Tap tap = {w->actors[t->topology->n_nodes + i], (uint16_t)k};
      if (!a->taps)
        a->taps = g_array_new(FALSE, FALSE, sizeof(Tap));
      g_array_append_val(a->taps, tap);
    }
}

static RdWorldAttachment *place_of(const RdParcel *p) {
  return p->to ? &p->to->attachments[p->to_attachment] : &p->from->attachments[p->from_attachment];
}

static RdStream *stream_of(const RdParcel *p) {
  return p->conn ? g_hash_table_lookup(p->network->world->streams, &p->conn) : NULL;
}

/* --- what is kept ------------------------------------------------------------------------------- */

/* A message that an attack holds, or that waits in a connection behind one that is kept. */
typedef struct RdKeptItem Item;
struct RdKeptItem {
  Item *next; /* in the connection's order */
  Item *alive_next, **alive_at; /* all of the world */
  RdParcel *p; /* NULL: it is gone */
  RdStream *s; /* NULL: a datagram, or its connection is gone */
  bool out;
  bool held; /* it stays where it is, and so does what comes behind it */
  bool dropped; /* when its hold is over */
  RdTime ready;
};

static Item *item_new(RdParcel *p, RdStream *s, RdTime ready) {
  RdWorld *w = p->network->world;
  Item *i = g_new0(Item, 1);
  *i = (Item){.p = p, .s = s, .out = !p->to, .ready = ready, .alive_next = w->kept};
  i->alive_at = &w->kept;
  if (i->alive_next)
    i->alive_next->alive_at = &i->alive_next;
  w->kept = i;
  if (!s)
    return i;
  RdKept *k = &s->kept[i->out];
  *(k->tail ? &k->tail->next : &k->head) = i;
  k->tail = i;
  return i;
}

static void item_free(Item *i) {
  *i->alive_at = i->alive_next;
  if (i->alive_next)
    i->alive_next->alive_at = i->alive_at;
  g_free(i);
}

void rd_intercept_free(RdWorld *w) {
  while (w->kept) /* parcels are freed with the world's */
    item_free(w->kept);
}

static void pump(RdStream *s, bool out);

static void pump_out(void *arg) {
  pump(arg, true);
}

static void pump_in(void *arg) {
  pump(arg, false);
}

/* Lets everything of a connection go that waits for nothing, in order. */
static void pump(RdStream *s, bool out) {
  RdWorld *w = s->attachment->network->world;
  RdConn conn = s->conn;
  RdKept *k = &s->kept[out];
  for (Item *i; (i = k->head) && !i->held && (!i->p || i->ready <= rd_now(w));) {
    RdParcel *p = i->p;
    k->head = i->next;
    if (!k->head)
      k->tail = NULL;
    item_free(i);
    if (p)
      w->up.crossed(p);
    if (!g_hash_table_lookup(w->streams, &conn)) /* what it did may have ended the connection */
      return;
  }
  w->clock->cancel(w->clock, k->event);
  k->event = k->head && !k->head->held ? rd_at(w, k->head->ready, out ? pump_out : pump_in, s) : 0;
}

/* Who holds some of it has an empty ticket in hand. */
void rd_intercept_forget(RdStream *s) {
  RdWorld *w = s->attachment->network->world;
  for (unsigned out = 0; out < 2; out++) {
    w->clock->cancel(w->clock, s->kept[out].event);
    for (Item *i = s->kept[out].head, *next; i; i = next) {
      next = i->next;
      rd_parcel_free(i->p);
      i->p = NULL;
      i->s = NULL;
      if (!i->held)
        item_free(i);
    }
    s->kept[out] = (RdKept){0};
  }
}

/* It has come and is not received yet. Of a connection the octets are counted, and they have been read. */
static bool is_under_way(const RdParcel *p) {
  return p->to && !p->conn;
}

static void resume_datagram(void *arg) {
  RdParcel *p = arg;
  p->network->kept -= is_under_way(p);
  p->network->world->up.crossed(p);
}

static void drop(RdParcel *p) {
  RdWorldNetwork *net = p->network;
  if (p->to && p->conn) {
    rd_stream_taken(net->world, p); /* room for more */
    rd_parcel_free(p);
    return;
  }
  net->counts.sent += !p->to;
  rd_network_lose(p, &net->counts.intercepted, "intercepted");
}

static void cut(RdParcel *p) {
  RdStream *s = stream_of(p);
  drop(p);
  if (s && !s->closing)
    rd_stream_cut(s);
}

/* What is rewritten is the attack's own from now on. */
static RdParcel *rewritten(RdParcel *p, const RdWorldActor *attack, const char *bytes, size_t len) {
  RdStream *s = p->to ? stream_of(p) : NULL;
  if (s)
    s->unread = s->unread - MIN(s->unread, p->len) + len;
  RdParcel *q = rd_parcel_with(p, (const uint8_t *)bytes, len);
  q->tag.causes |= attack->cause;
  q->tag.depth = 0;
  return q;
}

/* --- what one attack says ------------------------------------------------------------------------ */

/* A cipher's octets: as long, and without a meaning. */
static const uint8_t *seal(RdWorld *w, const RdParcel *p) {
  g_byte_array_set_size(w->sealed, (guint)(p->len + 8) & ~7u);
  for (size_t i = 0; i < p->len; i += 8) {
    uint64_t word = rd_random(p->network->index, p->tag.lineage, PURPOSE_SEAL, i);
    memcpy(w->sealed->data + i, &word, 8);
  }
  return w->sealed->data;
}

static RdMessage seen(RdWorld *w, const RdParcel *p, const Tap *tap) {
  RdMessage m = rd_parcel_message(p, p->to ? RD_INGRESS : RD_EGRESS, &w->view_other);
  m.attachment = tap->link;
  m.entity = 0;
  if (p->network->spec->sealed) {
    m.flags |= RD_SEALED;
    m.protocol = RD_PROTO_UNKNOWN;
    m.sip = NULL;
    m.view = NULL;
    m.bytes = seal(w, p);
  }
  return m;
}

static void ask(const Tap *tap, const RdMessage *m, const RdParcel *p, RdVerdict *v) {
  RdWorldActor *a = tap->attack;
  RdTag tag = {p->tag.causes | a->cause,
               rd_mix(rd_mix(p->tag.lineage, a->host.base.stream), tap->link), 0};
  rd_work_begin(a, &tag);
  a->part->actor.intercept(a->self, m, v);
  rd_work_end(a->world);
  if (v->delay < 0 || v->delay > LONGEST_DELAY)
    v->delay = v->delay < 0 ? 0 : LONGEST_DELAY;
}

/* False: it leaves nothing that could go on. */
static bool edit(RdParcel **p, const RdWorldActor *attack, const RdMessage *m, const RdVerdict *v) {
  size_t cap = rd_codec(m->protocol)->longest + 1;
  if ((*p)->network->spec->sealed) /* its receiver would throw it away */
    return false;
  g_autofree char *bytes = g_malloc(cap);
  size_t len = rd_codec_edit(m, v->edits, v->n_edits, v->edit_stride, bytes, cap);
  if (len == 0)
    return false;
  *p = rewritten(*p, attack, bytes, len);
  return true;
}

static void deadline(void *arg) {
  RdHeld *held = arg;
  RdVerdict v = rd_hold_fallback(held->fallback);
  rd_intercept_release(held->user, held->ticket, &v);
}

/* Holds it where it stands (`item`), or at the end of what is kept of its connection. False: it is not held. */
static bool hold(RdParcel *p, RdWorldActor *attack, const RdVerdict *v, Item *item) {
  RdWorld *w = attack->world;
  RdHeld *held = rd_holds_put(attack->holds, v, NULL, rd_now(w) + v->delay);
  if (!held)
    return false;
  item = item ? item : item_new(p, stream_of(p), 0);
  item->p = p;
  item->held = true;
  item->dropped = false;
  held->message = item;
  held->user = attack;
  held->event = rd_at(w, held->deadline, deadline, held);
  p->network->kept += is_under_way(p);
  return true;
}

static bool is_open(const RdWorldActor *a) {
  RdTime t = rd_now(a->world);
  return t >= a->start && t < a->stop;
}

/* Carries out one verdict. NULL: the message is kept or gone. */
static RdParcel *apply(RdParcel *p, RdWorldActor *attack, const RdMessage *m, const RdVerdict *v,
                       RdTime *ready, Item *item) {
  switch ((RdAction)v->action) {
  case RD_PASS:
    return p;
  case RD_DELAY:
    *ready += v->delay;
    return p;
  case RD_REWRITE:
    if (edit(&p, attack, m, v))
      return p;
    break;
  case RD_HOLD:
    if (hold(p, attack, v, item))
      return NULL;
    if (v->fallback != RD_DROP)
      return p;
    break;
  case RD_CLOSE:
    cut(p);
    return NULL;
  default:
    break;
  }
  drop(p);
  return NULL;
}

/* Asks one attack after the other, from p->link on. NULL: the message is kept or gone. */
static RdParcel *pass(RdParcel *p, const GArray *taps, RdTime *ready, Item *item) {
  RdWorld *w = p->network->world;
  while (p && p->link < taps->len) {
    const Tap *tap = &g_array_index(taps, Tap, p->link);
    RdVerdict v = {.size = sizeof v, .score = NAN};
    p->link++;
    if (!is_open(tap->attack))
      continue;
    RdMessage m = seen(w, p, tap);
    if (!p->network->spec->sealed)
      rd_secrets_overheard(w->secrets, p, tap->attack);
    ask(tap, &m, p, &v);
    if (v.action == RD_REWRITE) /* what it sent may have used the room of the view */
      m = seen(w, p, tap);
    p = apply(p, tap->attack, &m, &v, ready, item);
  }
  return p;
}

RdParcel *rd_intercept(RdParcel *p, RdWorldAttachment *at) {
  RdWorld *w = p->network->world;
  RdTime ready = rd_now(w);
  p->link = 0;
  if (p->kind == RD_DATA)
    p = pass(p, at->taps, &ready, NULL);
  if (!p)
    return NULL;
  RdStream *s = stream_of(p);
  p->link = 0;
  if (ready <= rd_now(w) && !(s && s->kept[!p->to].head))
    return p;
  if (s) {
    item_new(p, s, ready);
    pump(s, !p->to);
  } else {
    p->network->kept += is_under_way(p);
    rd_at(w, ready, resume_datagram, p);
  }
  return NULL;
}

/* --- the end of a hold --------------------------------------------------------------------------- */

static void go_on(Item *i, RdParcel *p, RdTime ready) {
  RdStream *s = i->s;
  bool out = i->out;
  if (p)
    p->link = 0;
  if (s) {
    i->p = p;
    i->ready = ready;
    pump(s, out);
    return;
  }
  item_free(i);
  if (p) {
    p->network->kept += is_under_way(p);
    rd_at(p->network->world, ready, resume_datagram, p);
  }
}

/* After whatever is in hand. The other attacks of the line see it where it stands, and may hold it again. */
static void resume(void *arg) {
  Item *i = arg;
  RdParcel *p = g_steal_pointer(&i->p);
  RdTime ready = i->ready;
  if (p)
    p->network->kept -= is_under_way(p);
  if (p && i->dropped) {
    drop(p);
    p = NULL;
  } else if (p) {
    p = pass(p, place_of(p)->taps, &ready, i);
  }
  if (i->p) /* held again */
    return;
  i->held = false;
  go_on(i, p, ready);
}

bool rd_intercept_release(RdWorldActor *attack, RdTicket ticket, const RdVerdict *given) {
  RdWorld *w = attack->world;
  RdHeld *held = attack->holds ? rd_holds_find(attack->holds, ticket) : NULL;
  Item *i = held ? held->message : NULL;
  RdVerdict v;
  char *bytes = NULL;
  size_t len = 0;
  if (!held)
    return false;
  if (i->p) {
    RdMessage m = rd_parcel_message(i->p, i->out ? RD_EGRESS : RD_INGRESS, &w->view_other);
    if (!rd_hold_release(given, &m, &v, &bytes, &len))
      return false;
  }
  w->clock->cancel(w->clock, held->event);
  rd_holds_remove(attack->holds, held);
  if (!i->p) { /* its connection is gone */
    item_free(i);
    return false;
  }
  bool sealed = i->p->network->spec->sealed;
  if (bytes && !sealed)
    i->p = rewritten(i->p, attack, bytes, len);
  i->dropped = (bytes && sealed) || (v.action != RD_PASS && v.action != RD_DELAY);
  i->ready = rd_now(w) + (v.action == RD_DELAY ? CLAMP(v.delay, 0, LONGEST_DELAY) : 0);
  g_free(bytes);
  rd_at(w, rd_now(w), resume, i);
  return true;
}
