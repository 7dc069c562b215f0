/* reg_event.c - the reg event package (RFC 3680, RFC 6665): whose registration it is, and the proxies that it came
 * by, may watch it (TS 24.229 s5.4.2.1). */
#include <inttypes.h>

#include "lab/base/address.h"
#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "lab/sip/build.h"
#include "lab/sip/scan.h"
#include "lab/sip/uri.h"
#include "nodes/s-cscf/services.h"

#define END_COOKIES 2
#define WATCHERS 4 /* of a subscriber; a fifth takes the place of the one begun first */
#define NOTIFY_TEXT 8192
#define REGINFO_TEXT 5000
#define DIALOG_TEXT 2048 /* all that is kept of a SUBSCRIBE */
#define USER "reg-" /* of the own Contact; its subscriber follows */
#define NUMBER_BIT 57 /* of a NOTIFY's number; the watcher's place follows */

/* A dialog that NOTIFYs go by; the texts are behind it. */
typedef struct {
  RdTime until;
  uint64_t serial; /* the lowest began first */
  uint32_t version, cseq;
  const char *call_id, *from, *to, *target,
      *routes; /* of the NOTIFY: From, To and Route as they go */
  char texts[];
} Watcher;

typedef struct {
  Watcher *at[WATCHERS]; /* NULL: free */
} Watched;

struct RegEvent {
  Scscf *s;
  RdTable *watched; /* subscriber -> Watched */
  RdCookieSpace end;
  uint64_t serial;
  struct {
    uint32_t subscriptions, refused, notified, failed;
  } n;
};

/* --- what is told --- */

static const struct {
  const char *contact,
      *reason; /* event (RFC 3680 s5.3), and why the subscription ends; NULL: it goes on */
} events[] = {[REG_REGISTERED] = {"registered", NULL},
              [REG_REFRESHED] = {"refreshed", NULL},
              [REG_UNREGISTERED] = {"unregistered", "noresource"},
              [REG_EXPIRED] = {"expired", "noresource"},
              [REG_DEACTIVATED] = {"deactivated", "deactivated"},
              [REG_REJECTED] = {"rejected", "rejected"}};

static void add_escaped(RdText *t, RdSlice text) {
  for (uint32_t i = 0; i < text.len; i++)
    switch (text.at[i]) {
    case '&':
      rd_text_add(t, "&amp;");
      break;
    case '<':
      rd_text_add(t, "&lt;");
      break;
    case '>':
      rd_text_add(t, "&gt;");
      break;
    case '"':
      rd_text_add(t, "&quot;");
      break;
    default:
      rd_text_char(t, text.at[i]);
    }
}

static void add_registration(RdText *t, const Scscf *s, const Binding *b, RdSlice aor, unsigned i,
                             RegEventKind kind) {
  const bool ended = events[kind].reason != NULL;
  const RdTime left = MAX(b->until - s->host->now(s->host), 0);
  rd_text_add(t, "<registration aor=\"");
  add_escaped(t, aor);
  rd_text_add(t, "\" id=\"a");
  rd_text_uint(t, i);
  rd_text_add(t, ended ? "\" state=\"terminated\">" : "\" state=\"active\">");
  rd_text_add(t, "<contact id=\"c");
  rd_text_uint(t, i);
  rd_text_add(t, ended ? "\" state=\"terminated\" event=\"" : "\" state=\"active\" event=\"");
  rd_text_add(t, i > 0 && kind == REG_REGISTERED ? "created" : events[kind].contact);
  if (!ended) {
    rd_text_add(t, "\" expires=\"");
    rd_text_uint(t, (uint64_t)(left / RD_SECOND));
  }
  rd_text_add(t, "\"><uri>");
  add_escaped(t, rd_slice(b->contact));
  rd_text_add(t, "</uri></contact></registration>");
}

/* Full state: each identity that may be used. Length; 0: it does not fit. */
static size_t write_reginfo(const Scscf *s, const Binding *b, uint32_t version, RegEventKind kind,
                            char ret[REGINFO_TEXT]) {
  RdText t = rd_text(ret, REGINFO_TEXT);
  RdSlice rest = rd_slice(b->identities);
  unsigned i = 0;
  rd_text_add(&t, "<?xml version=\"1.0\"?><reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\" "
                  "version=\"");
  rd_text_uint(&t, version);
  rd_text_add(&t, "\" state=\"full\">");
  for (RdSlice one = rd_sip_split(&rest); one.at; one = rd_sip_split(&rest))
    add_registration(&t, s, b, rd_sip_name_addr(one, NULL), i++, kind);
  rd_text_add(&t, "</reginfo>");
  return t.full ? 0 : t.len;
}

/* --- NOTIFY --- */

static void write_head(RdSipBuild *b, const RegEvent *e, uint64_t subscriber, const Watcher *w,
                       const char *own) {
  const Scscf *s = e->s;
  const char *transport = rd_sip_proxy_transport(s->proxy);
  const uint64_t draw = rd_siphash(s->key, w->call_id, strlen(w->call_id)) ^
                        rd_siphash(s->key, w->to, strlen(w->to)) ^ rd_mix(w->cseq, subscriber);
  rd_sip_addf(b, "Via", "SIP/2.0/%s %s;branch=z9hG4bK%016" PRIx64, transport[0] ? "TCP" : "UDP",
              own, rd_mix(draw, 1));
  rd_sip_add(b, "Max-Forwards", rd_slice("70"));
  if (w->routes[0])
    rd_sip_add(b, "Route", rd_slice(w->routes));
  rd_sip_add(b, "From", rd_slice(w->from));
  rd_sip_add(b, "To", rd_slice(w->to));
  rd_sip_add(b, "Call-ID", rd_slice(w->call_id));
  rd_sip_addf(b, "CSeq", "%" PRIu32 " NOTIFY", w->cseq);
  rd_sip_addf(b, "Contact", "<sip:" USER "%014" PRIx64 "@%s%s>", subscriber, own, transport);
  rd_sip_add(b, "Event", rd_slice("reg"));
}

static void write_state(RdSipBuild *b, const Scscf *s, const Watcher *w, const char *reason) {
  if (reason)
    rd_sip_addf(b, "Subscription-State", "terminated;reason=%s", reason);
  else
    rd_sip_addf(b, "Subscription-State", "active;expires=%lld",
                (long long)((w->until - s->host->now(s->host)) / RD_SECOND));
}

/* `reason` ends the subscription; NULL: it goes on. */
static void notify(RegEvent *e, uint64_t subscriber, const Binding *binding, unsigned place,
                   Watcher *w, RegEventKind kind, const char *reason) {
  Scscf *s = e->s;
  char text[NOTIFY_TEXT], body[REGINFO_TEXT], own[RD_ADDRESS_TEXT];
  RdSend send = {.size = sizeof send, .protocol = RD_PROTO_SIP};
  RdSlice rest = rd_slice(w->routes);
  const RdSlice first = rd_sip_name_addr(rd_sip_split(&rest), NULL);
  if (!rd_sip_proxy_locate(s->proxy, w->routes[0] ? first : rd_slice(w->target), &send.remote,
                           NULL) ||
      s->host->route(s->host, &send.remote) < 0)
    return;
  send.attachment = (uint16_t)s->host->route(s->host, &send.remote);
  rd_address_text(rd_sip_proxy_address(s->proxy, send.attachment), own);
  w->cseq++;
  RdSipBuild b = rd_sip_request(text, sizeof text, "NOTIFY", rd_slice(w->target));
  write_head(&b, e, subscriber, w, own);
  write_state(&b, s, w, reason);
  const size_t len = binding ? write_reginfo(s, binding, w->version++, kind, body) : 0;
  send.len = rd_sip_finish(&b, len > 0 ? "application/reginfo+xml" : NULL, rd_slice_of(body, len));
  send.bytes = (const uint8_t *)text;
  if (send.len > 0 && rd_sip_proxy_request(s->proxy, &send,
                                           subscriber | UINT64_C(1) << NUMBER_BIT |
                                               (uint64_t)place << (NUMBER_BIT + 1)))
    s->host->count(s->host, e->n.notified, 1);
}

/* --- subscriptions --- */

static void watched_gone(void *value) {
  for (unsigned i = 0; i < WATCHERS; i++)
    g_free(((Watched *)value)->at[i]);
}

static void forget(RegEvent *e, uint64_t subscriber, Watched *w, unsigned place) {
  bool any = false;
  g_clear_pointer(&w->at[place], g_free);
  for (unsigned i = 0; i < WATCHERS; i++)
    any |= w->at[i] != NULL;
  if (!any)
    rd_table_remove(e->watched, &subscriber, sizeof subscriber);
}

void scscf_reg_changed(Scscf *s, uint64_t subscriber, const Binding *binding, RegEventKind kind) {
  RegEvent *e = s->reg_event;
  const char *reason = events[kind].reason;
  for (unsigned i = 0; e && i < WATCHERS; i++) {
    Watched *w = rd_table_get(e->watched, &subscriber, sizeof subscriber);
    if (!w)
      return;
    if (!w->at[i] || w->at[i]->until <= s->host->now(s->host))
      continue;
    notify(e, subscriber, binding, i, w->at[i], kind, reason);
    if (reason)
      forget(e, subscriber, w, i);
  }
}

/* One that was not refreshed ends with a last word (RFC 6665 s4.2.2). */
static void subscriptions_end(void *block, uint64_t subscriber) {
  RegEvent *e = block;
  Scscf *s = e->s;
  for (unsigned i = 0; i < WATCHERS; i++) {
    Watched *w = rd_table_get(e->watched, &subscriber, sizeof subscriber);
    if (!w)
      return;
    if (!w->at[i] || w->at[i]->until > s->host->now(s->host))
      continue;
    notify(e, subscriber, scscf_binding(s, subscriber), i, w->at[i], REG_REFRESHED, "timeout");
    forget(e, subscriber, w, i);
  }
}

void scscf_reg_notified(Scscf *s, uint64_t number, unsigned status) {
  RegEvent *e = s->reg_event;
  const uint64_t subscriber = number & ((UINT64_C(1) << (NUMBER_BIT - 1)) - 1);
  const unsigned place = (unsigned)(number >> (NUMBER_BIT + 1)) % WATCHERS;
  Watched *w = rd_table_get(e->watched, &subscriber, sizeof subscriber);
  if (status < 300)
    return;
  s->host->count(s->host, e->n.failed, 1);
  if (w && w->at[place] && (status == 481 || status == 408)) /* RFC 6665 s4.2.2 */
    forget(e, subscriber, w, place);
}

bool scscf_reg_is_notify(uint64_t number) {
  return number >> NUMBER_BIT & 1;
}

/* --- SUBSCRIBE --- */

static const char *keep(RdText *t, RdSlice value, const char *tag) {
  const char *at = t->at + t->len;
  rd_text_slice(t, value);
  rd_text_add(t, tag ? ";tag=" : "");
  rd_text_add(t, tag ? tag : "");
  rd_text_char(t, 0);
  return at;
}

/* A watcher of a SUBSCRIBE that begins a dialog; NULL: there is too much of it, or no Contact. */
static Watcher *make_watcher(const Scscf *s, const RdSip *sip) {
  char tag[RD_PROXY_TAG];
  RdSlice contact = rd_sip_value(sip, RD_HDR_CONTACT);
  const RdSlice target = rd_sip_name_addr(rd_sip_split(&contact), NULL);
  if (!target.at)
    return NULL;
  Watcher *w = g_malloc0(sizeof *w + DIALOG_TEXT);
  RdText t = rd_text(w->texts, DIALOG_TEXT);
  rd_sip_proxy_tag(s->proxy, sip, tag);
  w->call_id = keep(&t, sip->call_id, NULL);
  w->from = keep(&t, sip->to, tag);
  w->to = keep(&t, sip->from, NULL);
  w->target = keep(&t, target, NULL);
  w->routes = t.at + t.len;
  for (const RdSipHeader *h = rd_sip_first(sip, RD_HDR_RECORD_ROUTE); h; h = rd_sip_next(sip, h)) {
    rd_text_add(&t, t.at + t.len == w->routes ? "" : ", ");
    rd_text_slice(&t, h->value);
  }
  rd_text_char(&t, 0);
  if (t.full || memchr(w->texts, '\n', t.len) || memchr(w->texts, '\r', t.len))
    g_clear_pointer(&w, g_free);
  return w;
}

static unsigned place_for(const Watched *w) {
  unsigned place = 0;
  for (unsigned i = 0; i < WATCHERS; i++) {
    if (!w->at[i])
      return i;
    if (w->at[i]->serial < w->at[place]->serial)
      place = i;
  }
  return place;
}

static uint64_t granted(const Scscf *s, const RdSip *sip) {
  const uint64_t most = (uint64_t)(s->config->expires_max / RD_SECOND);
  return sip->expires < 0 ? most : MIN((uint64_t)sip->expires, most);
}

/* Answers, then tells: the request is gone after its answer. */
static void begin(RegEvent *e, RdProxyRequest *r, uint64_t subscriber, unsigned place, Watcher *w,
                  uint64_t seconds) {
  Scscf *s = e->s;
  char own[RD_ADDRESS_TEXT];
  rd_address_text(rd_sip_proxy_address(s->proxy, r->message->attachment), own);
  w->until = s->host->now(s->host) + (RdTime)seconds * RD_SECOND;
  rd_proxy_edit(&r->edits, RD_EDIT_ADD, "Expires", "%" PRIu64, seconds);
  rd_proxy_edit(&r->edits, RD_EDIT_ADD, "Contact", "<sip:" USER "%014" PRIx64 "@%s%s>", subscriber,
                own, rd_sip_proxy_transport(s->proxy));
  s->host->count(s->host, e->n.subscriptions, 1);
  scscf_answer(s, r, 200);
  notify(e, subscriber, scscf_binding(s, subscriber), place, w, REG_REGISTERED,
         seconds == 0 ? "timeout" : NULL);
  if (seconds == 0) {
    forget(e, subscriber, rd_table_get(e->watched, &subscriber, sizeof subscriber), place);
  } else if (w->until < s->setup->stop) {
    const RdTimerSpec spec = {.size = sizeof spec,
                              .cause = RD_INHERIT,
                              .at = w->until,
                              .cookie = rd_cookie(e->end, subscriber)};
    s->host->timer(s->host, &spec);
  }
}

/* The user, a proxy on the Path that it registered over, or a server of its criteria; by what the network
 * asserts, never by From. */
static bool may_watch(Scscf *s, const RdSip *sip, uint64_t subscriber, const Binding *b) {
  RdSlice said = rd_sip_value(sip, RD_HDR_P_ASSERTED_IDENTITY), rest = rd_slice(b->path);
  const RdSlice who = rd_sip_name_addr(rd_sip_split(&said), NULL);
  uint64_t other;
  RdAddress asks, on_path;
  if (s->config->watch_by_all)
    return true;
  if (!who.at)
    return false;
  if (scscf_find(s, who, &other) == IDENTITY_NUMBER)
    return other == subscriber;
  for (unsigned i = 0; b->criteria && i < b->criteria->n; i++)
    if (rd_slice_is(who, b->criteria->list[i].server))
      return true;
  if (!rd_sip_proxy_locate(s->proxy, who, &asks, NULL))
    return false;
  for (RdSlice one = rd_sip_split(&rest); one.at; one = rd_sip_split(&rest))
    if (rd_sip_proxy_locate(s->proxy, rd_sip_name_addr(one, NULL), &on_path, NULL) &&
        rd_address_same_ip(&asks, &on_path))
      return true;
  return false;
}

static void take(RdProxyRequest *r, Scscf *s, unsigned code) {
  r->action = RD_PROXY_TAKEN;
  scscf_answer(s, r, code);
}

static bool is_reg(const RdSip *sip) {
  const RdSlice event = rd_sip_value(sip, RD_HDR_EVENT);
  const char *end = event.len ? memchr(event.at, ';', event.len) : NULL;
  return sip->method == RD_SIP_SUBSCRIBE &&
         rd_slice_is_nocase(
             rd_slice_trim(rd_slice_of(event.at, end ? (size_t)(end - event.at) : event.len)),
             "reg");
}

static bool has_tag(const char *party, RdSlice tag) {
  RdSlice params;
  rd_sip_name_addr(rd_slice(party), &params);
  return tag.at && rd_slice_equal(rd_sip_param(params, "tag"), tag);
}

/* The dialog of an own Contact: refreshed, or ended. */
static bool refresh(RegEvent *e, RdProxyRequest *r) {
  Scscf *s = e->s;
  const RdSip *sip = r->message->sip;
  RdSipUri uri;
  char *end = NULL, user[32];
  if (!rd_sip_uri_parse(sip->uri, &uri) || uri.user.len != sizeof USER - 1 + 14 ||
      memcmp(uri.user.at, USER, sizeof USER - 1) != 0 || !rd_sip_proxy_is_self(s->proxy, sip->uri))
    return false;
  rd_slice_copy(uri.user, user, sizeof user);
  const uint64_t subscriber = g_ascii_strtoull(user + sizeof USER - 1, &end, 16);
  Watched *w = rd_table_get(e->watched, &subscriber, sizeof subscriber);
  for (unsigned i = 0; w && i < WATCHERS; i++)
    if (w->at[i] && rd_slice_is(sip->call_id, w->at[i]->call_id) &&
        has_tag(w->at[i]->to, sip->from_tag) && has_tag(w->at[i]->from, sip->to_tag)) {
      r->action = RD_PROXY_TAKEN;
      begin(e, r, subscriber, i, w->at[i], granted(s, sip));
      return true;
    }
  take(r, s, 481);
  return true;
}

bool scscf_reg_subscribe(Scscf *s, RdProxyRequest *r) {
  RegEvent *e = s->reg_event;
  const RdSip *sip = r->message->sip;
  uint64_t subscriber;
  if (!e || !r->tx || !is_reg(sip))
    return false;
  if (r->in_dialog)
    return refresh(e, r);
  if (scscf_find(s, sip->uri, &subscriber) != IDENTITY_NUMBER)
    return false; /* another S-CSCF's, or nobody's */
  const Binding *b = scscf_binding(s, subscriber);
  if (!b)
    return false;
  if (!may_watch(s, sip, subscriber, b)) {
    s->host->count(s->host, e->n.refused, 1);
    take(r, s, 403);
    return true;
  }
  Watcher *made = make_watcher(s, sip);
  if (!made) {
    take(r, s, 400);
    return true;
  }
  Watched *w = rd_table_put(e->watched, &subscriber, sizeof subscriber, NULL);
  const unsigned place = place_for(w);
  g_free(w->at[place]);
  w->at[place] = made;
  made->serial = ++e->serial;
  r->action = RD_PROXY_TAKEN;
  begin(e, r, subscriber, place, made, granted(s, sip));
  return true;
}

/* --- life --- */

RegEvent *scscf_reg_event_new(Scscf *s) {
  RegEvent *e = g_new0(RegEvent, 1);
  RdHost *h = s->host;
  e->s = s;
  e->watched = rd_table_new((uint32_t)s->config->bindings, sizeof(Watched), s->key, NULL, NULL);
  rd_table_own(e->watched, watched_gone);
  e->end = rd_cookies_own(&s->cookies, END_COOKIES, subscriptions_end, e);
  e->n.subscriptions = h->counter(h, "reg-subscriptions");
  e->n.refused = h->counter(h, "reg-subscriptions-refused");
  e->n.notified = h->counter(h, "reg-notifications");
  e->n.failed = h->counter(h, "reg-notifications-failed");
  return e;
}

void scscf_reg_event_free(RegEvent *e) {
  if (!e)
    return;
  rd_table_free(e->watched);
  g_free(e);
}
