#include "lab/stack/proxy.h"

#include <stdlib.h>
#include <string.h>

#include "lab/base/memory.h"
#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "lab/stack/proxy_private.h"

#define KEY_PURPOSE UINT32_C(0x7072) /* "pr": the core's own draw */

/* --- answers --- */

void rd_sip_proxy_tag(const RdSipProxy *proxy, const RdSip *request, char ret[RD_PROXY_TAG]) {
  const RdSlice parts[] = {request->call_id, request->from_tag, request->via};
  uint64_t h = request->cseq;
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    const uint64_t mixed[2] = {proxy->key[1] ^ h, proxy->key[0] + i};
    h = rd_siphash(mixed, parts[i].at ? parts[i].at : "", parts[i].len);
  }
  RdText t = rd_text(ret, RD_PROXY_TAG);
  rd_text_hex(&t, h, 16);
}

bool rd_sip_proxy_answer(RdSipProxy *proxy, RdSipTransaction *tx, const RdSip *request,
                         unsigned code, const RdProxyEdits *edits) {
  char tag[RD_PROXY_TAG];
  rd_sip_proxy_tag(proxy, request, tag);
  RdSipBuild b =
      rd_sip_reply(proxy->spare, sizeof proxy->spare, request, code, NULL, rd_slice(tag));
  for (unsigned i = 0; edits && i < edits->n; i++) {
    char name[64];
    rd_slice_copy(edits->edit[i].name, name, sizeof name);
    if (edits->edit[i].kind == RD_EDIT_ADD)
      rd_sip_add(&b, name, edits->edit[i].value);
  }
  size_t len = rd_sip_finish(&b, NULL, (RdSlice){0});
  if (len == 0 && code >= 200) /* or it would wait for its answer for ever */
    rd_sip_abandon(tx);
  return len > 0 && rd_sip_respond(tx, proxy->spare, len, code, false);
}

static const RdSip *request_of(RdSipProxy *proxy, const RdSipTransaction *tx) {
  size_t len;
  const uint8_t *bytes = rd_sip_tx_request(tx, &len);
  return rd_sip_scan(&proxy->scan, bytes, len, RD_SIP_DATAGRAM) ? &proxy->scan.sip : NULL;
}

/* The core's own word to the sender of what was forwarded. */
static void give_up(RdForward *f, unsigned code) {
  RdSipProxy *proxy = f->proxy;
  if (!f->server || f->done)
    return;
  const RdSip *request = request_of(proxy, f->server);
  if (code == 408 && rd_sip_tx_method(f->server) != RD_SIP_INVITE)
    rd_sip_abandon(f->server);
  else if (request)
    rd_sip_proxy_answer(proxy, f->server, request, code, NULL);
}

/* --- timer C and CANCEL --- */

static void arm_timer_c(RdForward *f, RdTime after) {
  RdHost *host = f->proxy->host;
  host->cancel(host, f->timer_c);
  RdTimerSpec spec = {.size = sizeof spec,
                      .cause = RD_INHERIT,
                      .at = host->now(host) + after,
                      .cookie = rd_cookie(f->proxy->cookies, f->serial)};
  f->timer_c = host->timer(host, &spec);
}

static void unwatch(RdForward *f) {
  RdHost *host = f->proxy->host;
  host->cancel(host, f->timer_c);
  f->timer_c = 0;
  rd_table_remove(f->proxy->forwards, &f->serial, sizeof f->serial);
}

static void send_like(const RdSipTransaction *tx, RdSend *send, const void *bytes, size_t len) {
  *send = (RdSend){.size = sizeof *send,
                   .attachment = rd_sip_tx_attachment(tx),
                   .protocol = RD_PROTO_SIP,
                   .remote = *rd_sip_tx_remote(tx),
                   .bytes = bytes,
                   .len = len};
}

static void keep(RdForward *f) {
  *(RdForward **)rd_table_put(f->proxy->forwards, &f->serial, sizeof f->serial, NULL) = f;
}

static void stop_waiting(RdForward *f) {
  f->waiting = false;
  rd_table_remove(f->proxy->forwards, &f->serial, sizeof f->serial);
}

/* False: it could not be written. */
static bool send_cancel(RdForward *f) {
  RdSipProxy *proxy = f->proxy;
  const RdSip *invite = request_of(proxy, f->client);
  size_t len =
      invite ? rd_sip_follow_up(invite, "CANCEL", invite->to, proxy->spare, sizeof proxy->spare)
             : 0;
  if (len == 0)
    return false;
  RdSend send;
  send_like(f->client, &send, proxy->spare, len);
  rd_sip_client(proxy->layer, &send, NULL);
  return true;
}

/* An INVITE meets an event. It may be gone when this returns. */
static void meet(RdForward *f, RdProxyEvent event) {
  RdSipProxy *proxy = f->proxy;
  const unsigned actions =
      rd_machine_take(&rd_proxy_invite, &f->state, event, proxy->host, proxy->impossible);
  if (actions & RD_PX_WATCH)
    arm_timer_c(f, f->patience > 0 ? f->patience : proxy->timer_c);
  if (actions & RD_PX_WATCH_CANCEL)
    arm_timer_c(f, 64 * rd_sip_tx_t1(f->client));
  if (actions & RD_PX_UNWATCH)
    unwatch(f);
  if (actions & RD_PX_REFUSE)
    give_up(f, 503);
  if (actions & RD_PX_TERMINATE) {
    stop_waiting(f);
    give_up(f, 487);
  }
  if (actions & RD_PX_GIVE_UP) {
    RdSipTransaction *client = f->client;
    give_up(f, 408);
    if (client)
      rd_sip_abandon(client);
  }
  if (!(actions & RD_PX_SEND_CANCEL))
    return;
  if (send_cancel(f))
    meet(f, RD_PX_CANCEL_SENT);
  else if (event == RD_PX_TIMER_C) /* there is nothing more to wait for */
    meet(f, RD_PX_TIMER_C);
}

static void receive_cancel(RdSipProxy *proxy, RdSipTransaction *tx, const RdMessage *m) {
  RdSipTransaction *invite = rd_sip_cancelled(proxy->layer, m);
  RdForward *f = invite ? rd_sip_context(invite) : NULL;
  rd_sip_proxy_answer(proxy, tx, m->sip, invite ? 200 : 481, NULL);
  if (f)
    meet(f, RD_PX_CANCEL);
}

/* --- requests --- */

static bool begins_dialog(const RdSip *sip) {
  return !sip->to_tag.at && (sip->method == RD_SIP_INVITE || sip->method == RD_SIP_SUBSCRIBE ||
                             sip->method == RD_SIP_REFER);
}

/* s16.3 step 5: is a tag of Proxy-Require one that the node does not know? */
static bool wants_too_much(const RdSipProxy *proxy, const RdSip *sip) {
  for (const RdSipHeader *h = rd_sip_first(sip, RD_HDR_PROXY_REQUIRE); h; h = rd_sip_next(sip, h)) {
    RdSlice rest = h->value;
    if (!proxy->ops.understands)
      return true;
    for (RdSlice tag = rd_sip_split(&rest); tag.at; tag = rd_sip_split(&rest))
      if (!proxy->ops.understands(proxy->user, tag))
        return true;
  }
  return false;
}

/* s16.3. 0, or the status to answer. */
static unsigned objection(const RdSipProxy *proxy, const RdSip *sip) {
  const uint32_t unusable =
      RD_SIP_TRUNCATED | RD_SIP_BAD_START_LINE | RD_SIP_BAD_URI | RD_SIP_BAD_OCTET | RD_SIP_BAD_VIA;
  if (sip->defects & RD_SIP_BAD_VERSION)
    return 505;
  if (sip->defects & unusable)
    return 400;
  if (sip->defects & RD_SIP_TOO_MANY_HEADERS)
    return 513;
  if (sip->max_forwards == 0)
    return 483;
  if (wants_too_much(proxy, sip))
    return 420;
  return !proxy->ignore_loops && rd_proxy_loops(proxy, sip) ? 482 : 0;
}

static void refuse(RdSipProxy *proxy, const RdProxyRequest *r, unsigned code) {
  RdProxyEdits edits;
  rd_proxy_no_edits(&edits);
  if (code == 420) {
    RdSlice value = rd_sip_value(r->message->sip, RD_HDR_PROXY_REQUIRE);
    rd_proxy_edit(&edits, RD_EDIT_ADD, "Unsupported", "%.*s", (int)value.len, value.at);
  }
  if (r->tx)
    rd_sip_proxy_answer(proxy, r->tx, r->message->sip, code, &edits);
}

/* One that has waited, or gone another way, has one already. */
static RdForward *forward_of(RdSipProxy *proxy, const RdProxyRequest *r) {
  RdForward *f = rd_sip_context(r->tx);
  if (!f) {
    f = rd_alloc(sizeof *f);
    f->proxy = proxy;
    f->server = r->tx;
    f->serial = ++proxy->serial;
    f->invite = rd_sip_tx_method(r->tx) == RD_SIP_INVITE;
    rd_sip_set_context(r->tx, f);
  }
  f->mark = r->mark;
  f->patience = r->patience;
  return f;
}

static void send_request(RdSipProxy *proxy, const RdProxyRequest *r, const RdProxyPlan *plan,
                         size_t len) {
  RdSend send = {.size = sizeof send,
                 .attachment = plan->attachment,
                 .protocol = RD_PROTO_SIP,
                 .remote = plan->next,
                 .bytes = (const uint8_t *)proxy->buffer,
                 .len = len};
  if (plan->protects) {
    send.local = *rd_sip_proxy_address(proxy, plan->attachment);
    send.local.port = proxy->port_c;
  }
  if (!r->tx) { /* ACK: no transaction, s16.6 step 10 */
    rd_sip_send(proxy->layer, &send);
    return;
  }
  RdForward *f = forward_of(proxy, r);
  f->client = rd_sip_client(proxy->layer, &send, f);
  f->branches += f->client != NULL;
  if (!f->client) {
    if (f->invite)
      meet(f, RD_PX_NO_ROOM);
    else
      give_up(f, 503);
    return;
  }
  proxy->host->spend(proxy->host, proxy->transaction_cost, 0, rd_sip_layer_count(proxy->layer));
  if (!f->invite)
    return;
  keep(f);
  meet(f, RD_PX_FORWARDED);
  if (!f->told)
    f->told = rd_sip_proxy_answer(proxy, r->tx, r->message->sip, 100, NULL);
}

static void forward(RdSipProxy *proxy, RdProxyRequest *r) {
  const RdSip *sip = r->message->sip;
  RdProxyPlan plan;
  unsigned code = r->edits.full ? 500 : 0;
  if (code == 0 && r->edits.n > 0) {
    size_t len = rd_sip_edit(sip, r->edits.edit, r->edits.n, sizeof(RdEdit), proxy->spare,
                             sizeof proxy->spare);
    if (len > 0 && rd_sip_scan(&proxy->edited, proxy->spare, len, RD_SIP_DATAGRAM))
      sip = &proxy->edited.sip;
    else
      code = 513;
  }
  if (code == 0)
    code = rd_proxy_plan(proxy, r, sip, &plan);
  size_t len =
      code == 0 ? rd_proxy_write_request(proxy, &plan, proxy->buffer, sizeof proxy->buffer) : 0;
  if (len > 0)
    send_request(proxy, r, &plan, len);
  else
    refuse(proxy, r, code ? code : 513);
}

typedef void (*Decide)(void *context, RdProxyRequest *r);

static void put_before(RdSipProxy *proxy, RdSipTransaction *tx, const RdMessage *m, Decide decide,
                       void *context) {
  RdProxyRequest r;
  memset(&r, 0, offsetof(RdProxyRequest, edits));
  rd_proxy_no_edits(&r.edits);
  const RdForward *f = tx ? rd_sip_context(tx) : NULL;
  r.message = m;
  r.tx = tx;
  r.mark = f ? f->mark : 0;
  r.tries = f ? f->tries : 0;
  r.failed = f ? f->failed : 0;
  r.in_dialog = m->sip->to_tag.at != NULL;
  r.record_route = begins_dialog(m->sip);
  r.for_self =
      !memchr(m->sip->uri.at, '@', m->sip->uri.len) && rd_sip_proxy_is_self(proxy, m->sip->uri);
  unsigned code = objection(proxy, m->sip);
  if (code) {
    refuse(proxy, &r, code);
    return;
  }
  rd_proxy_own_routes(proxy, m->sip, &r.own_route, &r.route);
  decide(context, &r);
  if (r.action == RD_PROXY_FORWARD)
    forward(proxy, &r);
  else if (r.action == RD_PROXY_ANSWER && tx)
    rd_sip_proxy_answer(proxy, tx, m->sip, r.code, &r.edits);
}

/* s16.4: does the Request-URI hold what we once wrote into Record-Route? */
static bool from_strict_router(const RdSipProxy *proxy, const RdSip *sip) {
  const char *semicolon = sip->uri.len ? memchr(sip->uri.at, ';', sip->uri.len) : NULL;
  if (!semicolon || !rd_sip_first(sip, RD_HDR_ROUTE))
    return false;
  RdSlice params = rd_slice_of(semicolon, sip->uri.len - (size_t)(semicolon - sip->uri.at));
  return rd_sip_param(params, "lr").at && rd_sip_proxy_is_self(proxy, sip->uri);
}

static void consider(RdSipProxy *proxy, RdSipTransaction *tx, const RdMessage *m, Decide decide,
                     void *context) {
  if (!from_strict_router(proxy, m->sip)) {
    put_before(proxy, tx, m, decide, context);
    return;
  }
  char *mended = malloc(m->len + 256);
  RdSipScan *scan = malloc(sizeof *scan);
  if (!mended || !scan)
    abort();
  RdMessage copy = *m;
  copy.len = rd_proxy_undo_strict(m->sip, mended, m->len + 256);
  copy.bytes = (const uint8_t *)mended;
  copy.sip = &scan->sip;
  if (copy.len > 0 && rd_sip_scan(scan, mended, copy.len, RD_SIP_DATAGRAM))
    put_before(proxy, tx, &copy, decide, context);
  else if (tx)
    rd_sip_proxy_answer(proxy, tx, m->sip, 400, NULL);
  free(scan);
  free(mended);
}

static void on_request(void *user, RdSipTransaction *tx, const RdMessage *m) {
  RdSipProxy *proxy = user;
  if (tx)
    proxy->host->spend(proxy->host, proxy->transaction_cost, (uint32_t)m->len,
                       rd_sip_layer_count(proxy->layer));
  if (tx && m->sip->method == RD_SIP_CANCEL)
    receive_cancel(proxy, tx, m);
  else
    consider(proxy, tx, m, proxy->ops.request, proxy->user);
}

/* --- decisions that wait --- */

uint64_t rd_sip_proxy_wait(RdSipProxy *proxy, const RdProxyRequest *r) {
  if (!r->tx)
    return 0;
  RdForward *f = forward_of(proxy, r);
  if (f->invite)
    meet(f, RD_PX_WAIT);
  f->waiting = true;
  keep(f);
  if (f->invite && !f->told)
    f->told = rd_sip_proxy_answer(proxy, r->tx, r->message->sip, 100, NULL);
  return f->serial;
}

/* Puts the request of `f` before `decide`, as it came. */
static bool put_again(RdForward *f, Decide decide, void *context) {
  RdSipProxy *proxy = f->proxy;
  RdSipTransaction *tx = f->server;
  const RdAttachment *by = rd_proxy_attachment(proxy, rd_sip_tx_attachment(tx));
  RdMessage m = {.size = sizeof m,
                 .protocol = RD_PROTO_SIP,
                 .interface = by->interface,
                 .attachment = rd_sip_tx_attachment(tx),
                 .conn = rd_sip_tx_conn(tx),
                 .local = by->first,
                 .remote = *rd_sip_tx_remote(tx),
                 .entity = rd_sip_tx_entity(tx),
                 .network = by->network,
                 .domain = by->domain,
                 .sip = &proxy->resumed.sip};
  m.bytes = rd_sip_tx_request(tx, &m.len);
  if (!rd_sip_scan(&proxy->resumed, m.bytes, m.len, m.conn ? RD_SIP_STREAM : RD_SIP_DATAGRAM))
    return false; /* it was readable when it came */
  consider(proxy, tx, &m, decide, context);
  return true;
}

bool rd_sip_proxy_resume(RdSipProxy *proxy, uint64_t waiting, Decide decide, void *context) {
  RdForward **slot = rd_table_get(proxy->forwards, &waiting, sizeof waiting), *f;
  if (!slot || !(*slot)->waiting)
    return false;
  f = *slot;
  stop_waiting(f);
  if (f->invite)
    meet(f, RD_PX_RESUME);
  return put_again(f, decide, context);
}

/* --- other ways --- */

/* False: what failed is to be answered. Who answers after that is heard if it is a 2xx (s16.7 step 5). */
static bool try_again(RdForward *f, unsigned status, bool by_timer) {
  RdSipProxy *proxy = f->proxy;
  const bool called = f->state == RD_PX_CALLING, may = called || f->state == RD_PX_PROCEEDING;
  const RdSip *request;
  if (!proxy->ops.again || !f->server || !f->client || f->done || f->tries == UINT8_MAX ||
      (f->invite && !may))
    return false;
  request = request_of(proxy, f->server);
  const RdProxyFailure failure = {request, f->mark, (uint16_t)status, f->heard, by_timer};
  if (!request || !proxy->ops.again(proxy->user, &failure))
    return false;
  RdSipTransaction *before = f->client;
  if (by_timer && !called)
    send_cancel(f);
  f->client = NULL;
  f->tries++;
  f->failed = (uint16_t)status;
  f->heard = 0;
  if (f->invite)
    meet(f, RD_PX_AGAIN);
  if (by_timer && called) /* it must not be cancelled before it says something: s9.1 */
    rd_sip_abandon(before);
  put_again(f, proxy->ops.request, proxy->user);
  return true;
}

bool rd_sip_proxy_request(RdSipProxy *proxy, const RdSend *request, uint64_t number) {
  RdForward *f = rd_alloc(sizeof *f);
  f->proxy = proxy;
  f->serial = number;
  f->own = true;
  f->client = rd_sip_client(proxy->layer, request, f);
  if (f->client) {
    f->branches = 1;
    return true;
  }
  free(f);
  return false;
}

/* --- responses --- */

/* Length of the response as it goes back, in proxy->buffer; 0 if it does not fit. */
static size_t write_back(RdForward *f, const RdMessage *m) {
  RdSipProxy *proxy = f->proxy;
  const RdSip *sip = m->sip;
  RdProxyResponse r;
  r.message = m;
  r.from = rd_sip_tx_remote(f->server);
  r.arrived = rd_sip_tx_attachment(f->server);
  r.request = request_of(proxy, f->server);
  rd_proxy_no_edits(&r.edits);
  if (proxy->ops.response && r.request)
    proxy->ops.response(proxy->user, &r);
  if (r.edits.n > 0) {
    size_t len = rd_sip_edit(sip, r.edits.edit, r.edits.n, sizeof(RdEdit), proxy->spare,
                             sizeof proxy->spare);
    if (r.edits.full || len == 0 ||
        !rd_sip_scan(&proxy->edited, proxy->spare, len, RD_SIP_DATAGRAM))
      return 0;
    sip = &proxy->edited.sip;
  }
  return rd_proxy_write_response(sip, proxy->buffer, sizeof proxy->buffer);
}

static void pass_back(RdForward *f, const RdMessage *m, unsigned status) {
  size_t len = write_back(f, m);
  if (len > 0)
    rd_sip_respond(f->server, f->proxy->buffer, len, status, false);
  else if (status >= 200)
    give_up(f, 500);
}

/* The answer to the node's own request, or from a way that was given up. */
static void hear_apart(RdForward *f, const RdMessage *m, unsigned status) {
  RdSipProxy *proxy = f->proxy;
  if (f->own) {
    if (status >= 200 && proxy->ops.answered)
      proxy->ops.answered(proxy->user, f->serial, m, status);
  } else if (m && status >= 200 && status < 300 && f->invite && f->server) {
    pass_back(f, m, status);
    f->done = true;
    meet(f, RD_PX_CANCEL);
  }
}

static void on_response(void *user, RdSipTransaction *tx, const RdMessage *m, unsigned status) {
  (void)user;
  RdForward *f = rd_sip_context(tx);
  if (!f) /* of a CANCEL */
    return;
  if (f->own || f->client != tx) {
    hear_apart(f, m, status);
    return;
  }
  if (status < 200 && status > f->heard)
    f->heard = (uint16_t)status;
  if (status >= 300 && try_again(f, status, false))
    return;
  if (f->invite)
    meet(f, status == 100 ? RD_PX_100 : status < 200 ? RD_PX_1XX : RD_PX_FINAL);
  if (!m)
    give_up(f, status);
  else if (status > 100 && f->server && (!f->done || status < 300))
    pass_back(f, m, status);
}

static void on_ended(void *user, RdSipTransaction *tx) {
  (void)user;
  RdForward *f = rd_sip_context(tx);
  if (!f)
    return;
  if (f->server == tx)
    f->server = NULL;
  else
    f->branches--;
  if (f->client == tx)
    f->client = NULL;
  if (f->server || f->branches > 0)
    return;
  if (f->waiting)
    stop_waiting(f);
  if (f->invite)
    meet(f, RD_PX_ENDED);
  free(f);
}

/* --- life --- */

static bool over_radio(void *user, uint16_t attachment, const RdAddress *remote) {
  RdSipProxy *proxy = user;
  return proxy->ops.over_radio && proxy->ops.over_radio(proxy->user, attachment, remote);
}

static void timer_fired(void *block, uint64_t serial) {
  RdSipProxy *proxy = block;
  RdForward **slot = rd_table_get(proxy->forwards, &serial, sizeof serial);
  if (!slot)
    return;
  RdForward *f = *slot;
  f->timer_c = 0;
  const bool impatient = f->patience > 0;
  f->patience = 0;
  if (impatient && try_again(f, 408, true))
    return;
  if (impatient && f->state <= RD_PX_PROCEEDING)
    arm_timer_c(f, proxy->timer_c);
  else
    meet(f, RD_PX_TIMER_C);
}

static const RdSipLayerOps layer_ops = {
    .request = on_request, .response = on_response, .ended = on_ended, .over_radio = over_radio};

static void open_tcp(RdSipProxy *proxy, const RdSipTcp *tcp, RdCookies *cookies) {
  if (tcp->connections <= 0)
    return;
  proxy->tcp = true;
  proxy->prefers_tcp = tcp->transport == RD_SIP_BY_TCP;
  proxy->alias = tcp->alias;
  rd_sip_layer_set_tcp(proxy->layer, (uint32_t)tcp->connections);
  rd_sip_listen_tcp(proxy->host, proxy->setup);
  if (tcp->keep_alive > 0)
    rd_sip_layer_keep_alive(proxy->layer, cookies, tcp->keep_alive);
}

RdSipProxy *rd_sip_proxy_new(RdHost *host, const RdActorSetup *setup, RdCookies *cookies,
                             const RdSipProxyConfig *config, const RdSipProxyOps *ops, void *user) {
  RdSipProxy *proxy = rd_alloc(sizeof *proxy);
  proxy->host = host;
  proxy->setup = setup;
  proxy->ops = *ops;
  proxy->user = user;
  for (uint64_t i = 0; i < 2; i++)
    proxy->key[i] = host->random(host, 0, KEY_PURPOSE, i);
  proxy->timer_c = config->timer_c > 0 ? config->timer_c : 181 * RD_SECOND;
  proxy->ignore_loops = config->ignore_loops;
  proxy->transaction_cost = host->operation(host, "transaction");
  proxy->impossible = host->counter(host, RD_IMPOSSIBLE);
  proxy->cookies = rd_cookies_claim(cookies, timer_fired, proxy);
  proxy->layer = rd_sip_layer_new(host, cookies, &config->timers, (uint32_t)config->capacity,
                                  &layer_ops, proxy);
  rd_sip_layer_set_radio(proxy->layer, &config->radio);
  open_tcp(proxy, &config->tcp, cookies);
  proxy->forwards =
      rd_table_new((uint32_t)config->capacity, sizeof(RdForward *), proxy->key, NULL, NULL);
  return proxy;
}

void rd_sip_proxy_receive(RdSipProxy *proxy, const RdMessage *message) {
  rd_sip_layer_receive(proxy->layer, message);
}

void rd_sip_proxy_free(RdSipProxy *proxy) {
  if (!proxy)
    return;
  rd_sip_layer_free(proxy->layer);
  rd_table_free(proxy->forwards);
  free(proxy);
}
