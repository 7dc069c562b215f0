/* services.c - which application server has a say in a request, and what if it has none (TS 24.229 s5.4.3.2,
 * s5.4.3.3; the criteria: TS 23.218, TS 29.228 annexes B and F). */
#include "nodes/s-cscf/services.h"

#include "lab/base/address.h"
#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "lab/sip/scan.h"
#include "lab/sip/uri.h"

#define TOKEN "odi-"
#define TOKEN_DIGITS 16 /* and as many of its seal */
#define ENDS 0x100u /* in a mark: without this server there is no service */
#define REST_TEXT 1024

/* --- sets of criteria --- */

Services *scscf_services_new(Scscf *s) {
  Services *v = g_new0(Services, 1);
  RdHost *h = s->host;
  v->s = s;
  v->key[0] = rd_mix(s->key[0], 1);
  v->key[1] = rd_mix(s->key[1], 1);
  /* each binding has one; a few more are in hand */
  v->sets = rd_table_new((uint32_t)MIN(s->config->bindings * 2 + 16, UINT32_MAX),
                         sizeof(Criteria *), v->key, NULL, NULL);
  v->n.routed = h->counter(h, "requests-to-servers");
  v->n.skipped = h->counter(h, "servers-passed-over");
  v->n.failed = h->counter(h, "servers-missed");
  v->n.diverted = h->counter(h, "requests-diverted");
  v->n.told = h->counter(h, "registrations-told");
  return v;
}

void scscf_services_free(Services *v) {
  if (!v)
    return;
  rd_table_free(v->sets);
  g_free(v);
}

Criteria *scscf_criteria_of(Services *v, const RdProfile *p) {
  const size_t size = p->n_criteria * sizeof p->criteria[0];
  if (p->n_criteria == 0)
    return NULL;
  const uint64_t other[2] = {v->key[1], v->key[0]};
  const uint64_t key[2] = {rd_siphash(v->key, p->criteria, size),
                           rd_siphash(other, p->criteria, size)};
  bool added;
  Criteria **slot = rd_table_put(v->sets, key, sizeof key, &added);
  if (added) {
    *slot = g_malloc0(sizeof **slot + size);
    **slot = (Criteria){.owner = v, .n = p->n_criteria, .key = {key[0], key[1]}};
    memcpy((*slot)->list, p->criteria, size);
  }
  (*slot)->refs++;
  return *slot;
}

Criteria *scscf_criteria_keep(Criteria *c) {
  if (c)
    c->refs++;
  return c;
}

void scscf_criteria_drop(Criteria *c) {
  if (!c || --c->refs > 0)
    return;
  rd_table_remove(c->owner->sets, c->key, sizeof c->key);
  g_free(c);
}

/* --- the original dialog identifier (s5.4.3.4) --- */

/* What a server is handed with a request, and hands back: all that has to be known of it, under a seal, so
 * that nothing is kept and nobody else can make one. */
typedef struct {
  uint64_t subscriber;
  RdSessionCase session_case;
  unsigned next; /* criterion to be asked next */
} Leg;

static uint64_t seal_of(const Services *v, uint64_t said) {
  return rd_siphash(v->key, &said, sizeof said);
}

static void write_token(const Services *v, const Leg *leg,
                        char ret[sizeof TOKEN + 2 * TOKEN_DIGITS]) {
  const uint64_t said =
      leg->subscriber << 8 | (uint64_t)(leg->session_case & 7) << 5 | (leg->next & 31);
  RdText t = rd_text(ret, sizeof TOKEN + 2 * TOKEN_DIGITS);
  rd_text_add(&t, TOKEN);
  rd_text_hex(&t, said, TOKEN_DIGITS);
  rd_text_hex(&t, seal_of(v, said), TOKEN_DIGITS);
}

static bool read_hex(RdSlice text, uint64_t *ret) {
  *ret = 0;
  for (uint32_t i = 0; i < text.len; i++) {
    const int digit = g_ascii_xdigit_value(text.at[i]);
    if (digit < 0)
      return false;
    *ret = *ret << 4 | (uint64_t)digit;
  }
  return true;
}

static bool read_token(const Services *v, RdSlice route, Leg *ret) {
  const uint32_t head = sizeof TOKEN - 1;
  RdSipUri uri;
  uint64_t said, seal;
  if (!rd_sip_uri_parse(route, &uri) || uri.user.len != head + 2 * TOKEN_DIGITS ||
      memcmp(uri.user.at, TOKEN, head) != 0 ||
      !read_hex(rd_slice_of(uri.user.at + head, TOKEN_DIGITS), &said) ||
      !read_hex(rd_slice_of(uri.user.at + head + TOKEN_DIGITS, TOKEN_DIGITS), &seal) ||
      seal != seal_of(v, said))
    return false;
  *ret = (Leg){said >> 8, (RdSessionCase)(said >> 5 & 7), said & 31};
  return true;
}

/* --- sending to a server --- */

/* The Route entries behind the own ones, with a comma before each. */
static void add_rest(const Scscf *s, const RdSip *sip, RdText *t) {
  bool own = true;
  for (const RdSipHeader *h = rd_sip_first(sip, RD_HDR_ROUTE); h; h = rd_sip_next(sip, h)) {
    RdSlice rest = h->value;
    for (RdSlice one = rd_sip_split(&rest); one.at; one = rd_sip_split(&rest)) {
      own = own && rd_sip_proxy_is_self(s->proxy, rd_sip_name_addr(one, NULL));
      if (own)
        continue;
      rd_text_add(t, ", ");
      rd_text_slice(t, one);
    }
  }
}

static const RdSipHeader *served_header(const RdSip *sip) {
  for (unsigned i = 0; i < sip->n_headers; i++)
    if (rd_slice_is_nocase(rd_sip_header(sip, i)->name, "P-Served-User"))
      return rd_sip_header(sip, i);
  return NULL;
}

/* RFC 5502 s6, RFC 8498 s4. */
static void name_served_user(const Leg *leg, RdSlice user, RdProxyRequest *r) {
  const RdEditKind kind = served_header(r->message->sip) ? RD_EDIT_REPLACE : RD_EDIT_ADD;
  const char *what = leg->session_case == RD_CASE_ORIGINATING_CDIV ? "orig-cdiv"
                     : leg->session_case == RD_CASE_ORIGINATING    ? "sescase=orig;regstate=reg"
                                                                   : "sescase=term;regstate=reg";
  rd_proxy_edit(&r->edits, kind, "P-Served-User", "<%.*s>;%s", (int)user.len, user.at, what);
}

/* False: the server cannot be found. */
static bool send_to(Services *v, const RdFilterCriteria *c, const Leg *leg, RdSlice user,
                    RdProxyRequest *r) {
  Scscf *s = v->s;
  const RdSlice server = rd_slice(c->server);
  char token[sizeof TOKEN + 2 * TOKEN_DIGITS], own[RD_ADDRESS_TEXT], rest[REST_TEXT];
  RdAddress at;
  bool loose;
  if (!rd_sip_proxy_locate(s->proxy, server, &at, &loose))
    return false;
  const int attachment = s->host->route(s->host, &at);
  if (attachment < 0)
    return false;
  rd_address_text(rd_sip_proxy_address(s->proxy, (uint16_t)attachment), own);
  write_token(v, leg, token);
  RdText t = rd_text(rest, sizeof rest);
  add_rest(s, r->message->sip, &t);
  r->edits.full |= t.full;
  rd_proxy_edit(&r->edits,
                rd_sip_first(r->message->sip, RD_HDR_ROUTE) ? RD_EDIT_REPLACE : RD_EDIT_ADD,
                "Route", "<%s%s>, <sip:%s@%s%s;lr>%s", c->server, loose ? "" : ";lr", token, own,
                rd_sip_proxy_transport(s->proxy), rest);
  name_served_user(leg, user, r);
  r->mark = leg->next | (c->ends_session ? ENDS : 0);
  r->patience = c->ends_session ? 0 : s->config->server_patience;
  r->next.family = 0;
  s->host->count(s->host, v->n.routed, 1);
  return true;
}

/* The first criterion from leg->next on that matches and whose server is there has its say. False: none is
 * left, the request goes on. */
static bool serve(Services *v, const Binding *b, Leg leg, RdSlice user, RdProxyRequest *r) {
  Scscf *s = v->s;
  const Criteria *set = b->criteria;
  for (unsigned i = leg.next; r->tx && set && i < set->n; i++) {
    const RdFilterCriteria *c = &set->list[i];
    if (!rd_criteria_match(c, r->message->sip, leg.session_case, 0))
      continue;
    leg.next = i + 1;
    if (send_to(v, c, &leg, user, r))
      return true;
    s->host->count(s->host, v->n.failed, 1);
    if (c->ends_session) {
      r->action = RD_PROXY_ANSWER;
      r->code = 503;
      return true;
    }
    s->host->count(s->host, v->n.skipped, 1);
  }
  if (served_header(r->message->sip)) /* not for who comes next */
    rd_proxy_edit(&r->edits, RD_EDIT_REMOVE, "P-Served-User", NULL);
  return false;
}

/* What was asked before, where the request comes again after a server failed. */
static unsigned begin_at(const RdProxyRequest *r, unsigned next) {
  return r->tries > 0 && (r->mark & 31) > next ? r->mark & 31 : next;
}

bool scscf_serve(Scscf *s, RdProxyRequest *r, uint64_t subscriber, RdSlice user,
                 RdSessionCase session_case, unsigned next) {
  const Leg leg = {subscriber, session_case, begin_at(r, next)};
  const Binding *b = s->services ? scscf_binding(s, subscriber) : NULL;
  r->mark = 0;
  r->patience = 0;
  return b && (b->criteria || next > 0) && serve(s->services, b, leg, user, r);
}

/* --- what comes back from a server --- */

/* s5.4.3.3: a Request-URI that is not the served user's any more was diverted: that user's request now. */
static Returned returned_terminating(Scscf *s, const Leg *leg, RdProxyRequest *r, unsigned *ret) {
  uint64_t subscriber;
  const Binding *b = scscf_binding(s, leg->subscriber);
  if (scscf_find(s, r->message->sip->uri, &subscriber) == IDENTITY_NUMBER &&
      subscriber == leg->subscriber) {
    *ret = leg->next;
    return RETURNED_TO_TERMINATE;
  }
  if (!b || !b->identities)
    return RETURNED_GONE;
  RdSlice rest = rd_slice(b->identities);
  const RdSlice user = rd_sip_name_addr(rd_sip_split(&rest), NULL);
  s->host->count(s->host, s->services->n.diverted, 1);
  return scscf_serve(s, r, leg->subscriber, user, RD_CASE_ORIGINATING_CDIV, 0)
             ? RETURNED_SERVED
             : RETURNED_TO_ORIGINATE;
}

Returned scscf_returned(Scscf *s, RdProxyRequest *r, unsigned *ret_next) {
  Leg leg;
  if (!s->services || !read_token(s->services, r->own_route, &leg))
    return RETURNED_NOT;
  if (leg.session_case == RD_CASE_TERMINATING_REGISTERED)
    return returned_terminating(s, &leg, r, ret_next);
  const Binding *b = scscf_binding(s, leg.subscriber);
  if (!b || !b->identities)
    return RETURNED_GONE;
  RdSlice rest = rd_slice(b->identities);
  const RdSlice user = rd_sip_name_addr(rd_sip_split(&rest), NULL);
  return scscf_serve(s, r, leg.subscriber, user, leg.session_case, leg.next)
             ? RETURNED_SERVED
             : RETURNED_TO_ORIGINATE;
}

/* Default handling: a server that is dead, or says 408 or 5xx before anything else, is passed over where the
 * criteria allow it. */
bool scscf_passes_over(Scscf *s, const RdProxyFailure *f) {
  if (!s->services || f->mark == 0)
    return false;
  const bool dead = f->status == 408 && f->heard == 0;
  if (!dead && (f->impatient || f->heard > 100 ||
                !(f->status == 408 || (f->status >= 500 && f->status < 600))))
    return false;
  s->host->count(s->host, s->services->n.failed, 1);
  if (f->mark & ENDS)
    return false;
  s->host->count(s->host, s->services->n.skipped, 1);
  return true;
}
