#include "lab/attacker/accounts.h"

#include <stdlib.h>
#include <string.h>

#include "lab/base/address.h"
#include "lab/base/memory.h"
#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "lab/base/text.h"
#include "lab/sip/build.h"
#include "lab/sip/request.h"
#include "lab/sip/scan.h"
#include "lab/sip/sdp.h"
#include "lab/subscribers/provision.h"

enum { DRAW_BEGIN = 0x61636301, DRAW_CALL_ID, DRAW_TAG, DRAW_BRANCH, DRAW_OWN_TAG };
enum { OWN_BEGIN = 1, OWN_GUARD, OWN_WAKE };
#define ROUTES 512
#define URI 160
#define RETRY_BASE (30 * RD_SECOND)
#define BESIDE (UINT64_C(1) << 40) /* numbers of calls that nobody follows */
#define CANCEL_PATIENCE (32 * RD_SECOND)

typedef enum { IDLE = 0, INVITING, CANCELLED, TALKING, ENDING } State;

typedef struct {
  RdSipSim sim;
  RdSipRegistration *registration;
  uint32_t attempts, calls;
  bool registered;
  uint8_t state; /* State: of the call that it placed */
  bool provisional;
  uint16_t status;
  RdTimer guard;
  RdSipTransaction *invite, *bye;
  RdTime hold, started, ringing, answered, left;
  char call_id[17], tag[17], remote_tag[65];
  char callee[RD_IDENTITY_TEXT], target[URI], route[ROUTES], service_route[ROUTES];
} Account;

struct RdAccounts {
  RdHost *host;
  const RdActorSetup *setup;
  const RdAccountsAim *aim;
  RdAccountsOps ops;
  void *user;
  bool report;
  RdProvision provision;
  RdCookies cookies;
  RdCookieSpace begin, guard, wake;
  RdSipLayer *layer;
  RdSipRegistrant registrant;
  Account *all;
  uint64_t n;
  uint32_t registered, failed, refused, resync, placed, answered;
};

static uint64_t draw(const RdAccounts *a, uint64_t account, uint32_t purpose, uint64_t index) {
  return a->host->random(a->host, account, purpose, index);
}

static void hex(uint64_t bits, char ret[17]) {
  RdText t = rd_text(ret, 17);
  rd_text_hex(&t, bits, 16);
}

static RdTimer arm(RdAccounts *a, RdCookieSpace space, uint64_t account, RdTime at) {
  const RdTimerSpec spec = {.size = sizeof spec,
                            .cause = RD_INHERIT,
                            .at = at,
                            .cookie = rd_cookie(space, account),
                            .entity = account};
  return a->host->timer(a->host, &spec);
}

static void guard(RdAccounts *a, uint64_t account, RdTime after) {
  Account *it = &a->all[account];
  a->host->cancel(a->host, it->guard);
  it->guard = arm(a, a->guard, account, a->host->now(a->host) + after);
}

void rd_account_wake(RdAccounts *a, uint64_t account, RdTime at) {
  if (at < a->setup->stop)
    arm(a, a->wake, account, at);
}

/* --- registering --- */

static void begin_at(RdAccounts *a, uint64_t account, RdTime at) {
  if (at < a->setup->stop)
    arm(a, a->begin, account, at);
}

static void begin_fired(void *self, uint64_t account) {
  RdAccounts *a = self;
  Account *it = &a->all[account];
  it->registration = rd_sip_register(&a->registrant, &it->sim, account, it->attempts++);
}

static void registration_over(void *user, uint64_t account, const RdSipRegistered *outcome) {
  RdAccounts *a = user;
  Account *it = &a->all[account];
  it->registration = NULL;
  a->host->count(a->host, outcome->registered ? a->registered : a->failed, 1);
  if (!outcome->registered) {
    begin_at(a, account, a->host->now(a->host) + outcome->wait);
    return;
  }
  it->registered = true;
  it->service_route[0] = 0;
  if (outcome->service_route.at && outcome->service_route.len < ROUTES)
    rd_slice_copy(outcome->service_route, it->service_route, ROUTES);
  if (a->ops.registered)
    a->ops.registered(a->user, account);
}

static RdSipRegistration *registration_of(void *user, uint64_t account) {
  return ((RdAccounts *)user)->all[account].registration;
}

bool rd_account_is_registered(const RdAccounts *a, uint64_t account) {
  return account < a->n && a->all[account].registered;
}

void rd_account_number(const RdAccounts *a, uint64_t account, char ret[RD_NUMBER_TEXT]) {
  rd_provision_number(&a->provision, (uint64_t)a->aim->first + account, ret);
}

/* --- calling --- */

static void tell(RdAccounts *a, uint64_t account) {
  const Account *it = &a->all[account];
  const RdTime now = a->host->now(a->host);
  const bool up = it->status / 100 == 2;
  const RdTime talked = up ? now - it->answered : 0;
  const RdAttempt attempt = {.size = sizeof attempt,
                             .kind = RD_ATTEMPT_CALL,
                             .status = it->status,
                             .entity = account,
                             .attempt = it->calls,
                             .peer = UINT64_MAX,
                             .started = it->started,
                             .ringing = it->ringing,
                             .answered = it->answered,
                             .ended = up ? now : RD_NEVER,
                             .closed = RD_NEVER,
                             .left = it->left,
                             .wanted = up ? it->hold : 0,
                             .talked = talked < it->hold ? talked : it->hold};
  a->host->attempt(a->host, &attempt);
}

static void drop(RdSipTransaction **tx) {
  if (*tx)
    rd_sip_set_context(*tx, NULL);
  *tx = NULL;
}

/* It has come to what it will; what its transactions still hear is nobody's. */
static void over(RdAccounts *a, uint64_t account) {
  Account *it = &a->all[account];
  const unsigned status = it->status;
  a->host->cancel(a->host, it->guard);
  it->guard = 0;
  if (a->report)
    tell(a, account);
  drop(&it->invite);
  drop(&it->bye);
  it->state = IDLE;
  it->calls++;
  if (a->ops.over)
    a->ops.over(a->user, account, status);
}

/* `index` keys the call's branches. */
static size_t write(RdAccounts *a, uint64_t account, const Account *it, RdSipMethod method,
                    uint64_t index, char *buffer, size_t cap) {
  char sdp[512], own[RD_IDENTITY_TEXT], imsi[RD_IMSI_TEXT], branch[RD_SIP_BRANCH];
  const uint64_t subscriber = (uint64_t)a->aim->first + account;
  const bool in_dialog = method == RD_SIP_ACK || method == RD_SIP_BYE;
  const RdAddress local = a->setup->address(a->host, 0, account), rtp = rd_sip_rtp(local);
  rd_provision_impu(&a->provision, subscriber, own);
  rd_provision_imsi(&a->provision, subscriber, imsi);
  const uint32_t step = in_dialog ? method : RD_SIP_INVITE; /* CANCEL has its INVITE's (s9.1) */
  rd_sip_branch(draw(a, account, DRAW_BRANCH + (step << 8), index), branch);
  RdSipRequest r = {.method = rd_sip_method_name(method),
                    .local = local,
                    .uri = rd_slice(in_dialog && it->target[0] ? it->target : it->callee),
                    .branch = rd_slice(branch),
                    .from_uri = rd_slice(own),
                    .from_tag = rd_slice(it->tag),
                    .to_uri = rd_slice(it->callee),
                    .to_tag = rd_slice(in_dialog ? it->remote_tag : NULL),
                    .call_id = rd_slice(it->call_id),
                    .cseq = method == RD_SIP_BYE ? 2 : 1,
                    .contact_user = rd_slice(method == RD_SIP_INVITE ? imsi : NULL),
                    .route = rd_slice(it->route[0] ? it->route : NULL)};
  if (method == RD_SIP_INVITE) {
    r.preferred = r.from_uri;
    r.body_type = "application/sdp";
    r.body = rd_slice_of(sdp, rd_sdp_offer(sdp, sizeof sdp, &rtp, index + 1));
  }
  return rd_sip_write(&r, buffer, cap);
}

static RdSend to_proxy(const RdAccounts *a, uint64_t account, const char *buffer, size_t len) {
  return (RdSend){.size = sizeof(RdSend),
                  .protocol = RD_PROTO_SIP,
                  .entity = account,
                  .remote = a->registrant.proxy,
                  .bytes = (const uint8_t *)buffer,
                  .len = len};
}

static bool send(RdAccounts *a, uint64_t account, RdSipMethod method, RdSipTransaction **ret_tx) {
  Account *it = &a->all[account];
  char buffer[4096];
  const RdSend out =
      to_proxy(a, account, buffer, write(a, account, it, method, it->calls, buffer, sizeof buffer));
  if (out.len == 0)
    return false;
  if (method == RD_SIP_ACK)
    return rd_sip_send(a->layer, &out);
  *ret_tx = rd_sip_client(a->layer, &out, it);
  return *ret_tx != NULL;
}

/* Identifiers and ends of a call that is to be. */
static void name_call(RdAccounts *a, uint64_t account, Account *it, uint64_t index,
                      const char *number) {
  hex(draw(a, account, DRAW_CALL_ID, index), it->call_id);
  hex(draw(a, account, DRAW_TAG, index), it->tag);
  RdText t = rd_text(it->callee, sizeof it->callee);
  rd_text_add(&t, "tel:");
  rd_text_add(&t, number);
  strcpy(it->route, a->all[account].service_route);
  it->target[0] = it->remote_tag[0] = 0;
}

bool rd_account_ring(RdAccounts *a, uint64_t account, uint64_t n, const char *number) {
  char buffer[4096];
  Account once;
  if (!rd_account_is_registered(a, account))
    return false;
  name_call(a, account, &once, n | BESIDE, number);
  const RdSend out =
      to_proxy(a, account, buffer,
               write(a, account, &once, RD_SIP_INVITE, n | BESIDE, buffer, sizeof buffer));
  if (out.len == 0 || !rd_sip_client(a->layer, &out, NULL))
    return false;
  a->host->count(a->host, a->placed, 1);
  return true;
}

bool rd_account_call(RdAccounts *a, uint64_t account, const char *number, RdTime patience,
                     RdTime hold) {
  Account *it = &a->all[account];
  if (!rd_account_is_registered(a, account) || it->state != IDLE)
    return false;
  name_call(a, account, it, it->calls, number);
  it->state = INVITING;
  it->provisional = false;
  it->status = 0;
  it->hold = hold;
  it->started = a->host->now(a->host);
  it->ringing = it->answered = it->left = RD_NEVER;
  a->host->count(a->host, a->placed, 1);
  if (send(a, account, RD_SIP_INVITE, &it->invite))
    guard(a, account, patience);
  else
    over(a, account);
  return true;
}

/* The route set of a caller is the reverse of Record-Route (s12.1.2). */
static void keep_routes(Account *it, const RdSip *sip) {
  RdSlice entries[16];
  unsigned n = 0;
  for (const RdSipHeader *h = rd_sip_first(sip, RD_HDR_RECORD_ROUTE); h; h = rd_sip_next(sip, h)) {
    RdSlice rest = h->value;
    for (RdSlice one = rd_sip_split(&rest); one.at && n < 16; one = rd_sip_split(&rest))
      entries[n++] = one;
  }
  RdText t = rd_text(it->route, sizeof it->route);
  while (n > 0) {
    rd_text_slice(&t, entries[--n]);
    if (n > 0)
      rd_text_add(&t, ", ");
  }
  if (t.full)
    it->route[0] = 0;
}

static void hang_up(RdAccounts *a, uint64_t account) {
  Account *it = &a->all[account];
  it->state = ENDING;
  if (!send(a, account, RD_SIP_BYE, &it->bye))
    over(a, account);
  else
    guard(a, account, CANCEL_PATIENCE);
}

static void call_answered(RdAccounts *a, uint64_t account, const RdSip *sip) {
  Account *it = &a->all[account];
  if (it->state == TALKING || it->state == ENDING) { /* a 2xx again is acknowledged again */
    send(a, account, RD_SIP_ACK, NULL);
    return;
  }
  const bool wanted = it->state == INVITING;
  it->status = sip->status;
  it->answered = a->host->now(a->host);
  rd_slice_copy(sip->to_tag, it->remote_tag, sizeof it->remote_tag);
  if (sip->contact_uri.len > 0 && sip->contact_uri.len < URI)
    rd_slice_copy(sip->contact_uri, it->target, URI);
  keep_routes(it, sip);
  send(a, account, RD_SIP_ACK, NULL);
  a->host->count(a->host, a->answered, 1);
  it->state = TALKING;
  if (wanted)
    guard(a, account, it->hold);
  else
    hang_up(a, account);
}

static void call_response(RdAccounts *a, uint64_t account, const RdMessage *m, unsigned status) {
  Account *it = &a->all[account];
  if (status < 200) {
    it->provisional = true;
    if (status >= 180 && it->ringing == RD_NEVER && it->state == INVITING)
      it->ringing = a->host->now(a->host);
  } else if (m && status < 300) {
    call_answered(a, account, m->sip);
  } else if (it->state == INVITING || it->state == CANCELLED) {
    it->status = m ? (uint16_t)status : 0;
    if (m)
      it->answered = a->host->now(a->host);
    over(a, account);
  }
}

static void lose_patience(RdAccounts *a, uint64_t account) {
  Account *it = &a->all[account];
  RdSipTransaction *cancel;
  it->left = a->host->now(a->host);
  if (it->provisional && send(a, account, RD_SIP_CANCEL, &cancel)) {
    rd_sip_set_context(cancel, NULL);
    it->state = CANCELLED;
    guard(a, account, CANCEL_PATIENCE);
    return;
  }
  RdSipTransaction *tx = it->invite;
  drop(&it->invite);
  if (tx)
    rd_sip_abandon(tx);
  over(a, account);
}

static void guard_fired(void *self, uint64_t account) {
  RdAccounts *a = self;
  Account *it = &a->all[account];
  it->guard = 0;
  if (it->state == INVITING)
    lose_patience(a, account);
  else if (it->state == TALKING)
    hang_up(a, account);
  else if (it->state != IDLE)
    over(a, account);
}

static void wake_fired(void *self, uint64_t account) {
  RdAccounts *a = self;
  if (a->ops.woken)
    a->ops.woken(a->user, account);
}

/* --- being called --- */

static void reply(RdAccounts *a, RdSipTransaction *tx, const RdSip *sip, unsigned status) {
  static const uint64_t key[2] = {0x6163636f756e7473, 1};
  char buffer[4096], sdp[512], host[RD_ADDRESS_TEXT], imsi[RD_IMSI_TEXT], tag[17];
  const uint64_t account = rd_sip_tx_entity(tx);
  const RdAddress local = a->setup->address(a->host, 0, account), rtp = rd_sip_rtp(local);
  const bool invite = sip->method == RD_SIP_INVITE, up = invite && status / 100 == 2;
  hex(draw(a, account, DRAW_OWN_TAG, rd_siphash(key, sip->call_id.at, sip->call_id.len)), tag);
  RdSipBuild b = rd_sip_reply(buffer, sizeof buffer, sip, status, NULL, rd_slice(tag));
  RdSlice body = {0};
  RdSdp offer;
  if (invite && status > 100 && status < 300) {
    rd_provision_imsi(&a->provision, (uint64_t)a->aim->first + account, imsi);
    rd_address_text(&local, host);
    rd_sip_addf(&b, "Contact", "<sip:%s@%s>", imsi, host);
  }
  if (up && rd_sdp_parse(sip->body, &offer))
    body = rd_slice_of(sdp, rd_sdp_answer(sdp, sizeof sdp, &offer, &rtp, 1));
  const size_t n = rd_sip_finish(&b, body.len ? "application/sdp" : NULL, body);
  if (n > 0)
    rd_sip_respond(tx, buffer, n, status, up);
  else
    rd_sip_abandon(tx);
}

void rd_account_answer(RdAccounts *a, RdSipTransaction *tx, unsigned status) {
  RdSipScan scan;
  size_t len;
  const uint8_t *bytes = rd_sip_tx_request(tx, &len);
  if (status >= 200)
    rd_sip_set_context(tx, a); /* it has its final answer */
  if (bytes && rd_sip_scan(&scan, bytes, len, RD_SIP_DATAGRAM))
    reply(a, tx, &scan.sip, status);
}

static void cancelled(RdAccounts *a, RdSipTransaction *tx, const RdMessage *m) {
  RdSipTransaction *invite = rd_sip_cancelled(a->layer, m);
  reply(a, tx, m->sip, invite ? 200 : 481);
  if (invite && !rd_sip_context(invite))
    rd_account_answer(a, invite, 487);
}

/* A BYE of the other side ends a call that the account placed, too. */
static void hung_up(RdAccounts *a, RdSipTransaction *tx, const RdMessage *m) {
  Account *it = &a->all[m->entity];
  reply(a, tx, m->sip, 200);
  if ((it->state == TALKING || it->state == ENDING) && rd_slice_is(m->sip->call_id, it->call_id))
    over(a, m->entity);
}

static void on_request(void *user, RdSipTransaction *tx, const RdMessage *m) {
  RdAccounts *a = user;
  const bool done = tx && (m->sip->method == RD_SIP_CANCEL || m->sip->method == RD_SIP_BYE);
  if (tx && m->sip->method == RD_SIP_CANCEL)
    cancelled(a, tx, m);
  else if (tx && m->sip->method == RD_SIP_BYE)
    hung_up(a, tx, m);
  if (a->ops.request)
    a->ops.request(a->user, done ? NULL : tx, m);
  else if (tx && !done)
    rd_sip_abandon(tx);
}

static void on_response(void *user, RdSipTransaction *tx, const RdMessage *m, unsigned status) {
  RdAccounts *a = user;
  void *context = rd_sip_context(tx);
  const uint64_t account = rd_sip_tx_entity(tx);
  if (!context || account >= a->n)
    return;
  if (rd_sip_tx_method(tx) == RD_SIP_REGISTER)
    rd_sip_registration_response(context, m, status);
  else if (tx == a->all[account].invite)
    call_response(a, account, m, status);
  else if (tx == a->all[account].bye && status >= 200)
    over(a, account);
}

static void on_ended(void *user, RdSipTransaction *tx) {
  RdAccounts *a = user;
  if (rd_sip_is_server(tx)) {
    if (a->ops.ended)
      a->ops.ended(a->user, tx);
    return;
  }
  Account *it = rd_sip_tx_entity(tx) < a->n ? &a->all[rd_sip_tx_entity(tx)] : NULL;
  if (it && it->invite == tx)
    it->invite = NULL;
  if (it && it->bye == tx)
    it->bye = NULL;
}

static const RdSipLayerOps layer_ops = {
    .request = on_request, .response = on_response, .ended = on_ended};

/* --- life --- */

static void open_counters(RdAccounts *a) {
  RdHost *h = a->host;
  a->registered = h->counter(h, "registered");
  a->failed = h->counter(h, "registrations-failed");
  a->refused = h->counter(h, "networks-refused");
  a->resync = h->counter(h, "resynchronisations");
  a->placed = h->counter(h, "calls-placed");
  a->answered = h->counter(h, "calls-answered");
}

RdAccounts *rd_accounts_new(RdHost *host, const RdActorSetup *setup, const RdAccountsAim *aim,
                            uint32_t capacity, bool report, const RdAccountsOps *ops, void *user) {
  RdSipTimers timers = RD_SIP_RADIO_TIMERS;
  RdAccounts *a = rd_alloc(sizeof *a);
  *a = (RdAccounts){.host = host,
                    .setup = setup,
                    .aim = aim,
                    .ops = *ops,
                    .user = user,
                    .report = report,
                    .n = setup->entities};
  if (!rd_provision_init(&a->provision, aim->secret, (uint64_t)aim->spread,
                         (uint64_t)aim->first + a->n)) {
    host->log(host, RD_LOG_ERROR, "so many subscribers do not fit into ten digits");
    free(a);
    return NULL;
  }
  a->all = rd_alloc(a->n * sizeof *a->all);
  a->layer = rd_sip_layer_new(host, &a->cookies, &timers, capacity, &layer_ops, a);
  a->begin = rd_cookies_own(&a->cookies, OWN_BEGIN, begin_fired, a);
  a->guard = rd_cookies_own(&a->cookies, OWN_GUARD, guard_fired, a);
  a->wake = rd_cookies_own(&a->cookies, OWN_WAKE, wake_fired, a);
  open_counters(a);
  return a;
}

bool rd_accounts_start(RdAccounts *a) {
  RdAddress proxy;
  if (!a->aim->target || !a->host->resolve(a->host, 0, a->aim->target, &proxy)) {
    a->host->log(a->host, RD_LOG_ERROR, "the target is not on the attack's network");
    return false;
  }
  a->registrant = (RdSipRegistrant){.host = a->host,
                                    .layer = a->layer,
                                    .provision = &a->provision,
                                    .first = (uint64_t)a->aim->first,
                                    .realm = a->aim->realm,
                                    .proxy = proxy,
                                    .expires = 600000,
                                    .patience = CANCEL_PATIENCE,
                                    .retry_base = RETRY_BASE,
                                    .retry_max = 1800 * RD_SECOND,
                                    .refused_counter = a->refused,
                                    .resync_counter = a->resync,
                                    .address = a->setup->address,
                                    .done = registration_over,
                                    .of = registration_of,
                                    .user = a};
  rd_sip_registrant_claim(&a->registrant, &a->cookies);
  for (uint64_t i = 0; i < a->n; i++) {
    const double share = rd_unit(draw(a, i, DRAW_BEGIN, 0));
    begin_at(a, i, a->setup->start + (RdTime)(share * (double)a->aim->register_over));
  }
  return true;
}

void rd_accounts_receive(RdAccounts *a, const RdMessage *message) {
  if (message->kind == RD_DATA && message->sip && message->entity < a->n)
    rd_sip_layer_receive(a->layer, message);
}

void rd_accounts_timer(RdAccounts *a, uint64_t cookie) {
  rd_cookies_fire(&a->cookies, cookie);
}

void rd_accounts_free(RdAccounts *a) {
  if (!a)
    return;
  for (uint64_t i = 0; i < a->n; i++) {
    rd_sip_registration_free(a->all[i].registration);
    drop(&a->all[i].invite);
    drop(&a->all[i].bye);
  }
  rd_sip_layer_free(a->layer);
  free(a->all);
  free(a);
}
