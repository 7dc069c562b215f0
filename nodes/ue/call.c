/* call.c - what both sides of a call share: its place, its guard, its requests, its end. */
#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "lab/base/text.h"
#include "lab/sip/request.h"
#include "lab/sip/scan.h"
#include "lab/stack/counted.h"
#include "nodes/ue/ue.h"

#define ROUTE_LIMIT 512 /* of a route set; a longer one is left out */

Call *ue_call_new(Ue *ue, uint64_t entity, bool outgoing, uint64_t attempt) {
  Subscriber *s = &ue->subscribers[entity];
  Call *call = g_new0(Call, 1);
  *call = (Call){.next = s->calls,
                 .outgoing = outgoing,
                 .entity = entity,
                 .peer = UINT64_MAX,
                 .attempt = attempt,
                 .started = ue->host->now(ue->host),
                 .ringing = RD_NEVER,
                 .answered = RD_NEVER,
                 .ended = RD_NEVER,
                 .left = RD_NEVER,
                 .parted = RD_NEVER};
  s->calls = call;
  return call;
}

Call *ue_call_find(const Ue *ue, uint64_t entity, bool outgoing, uint64_t attempt) {
  Call *call = entity < ue->n ? ue->subscribers[entity].calls : NULL;
  while (call && (call->outgoing != outgoing || call->attempt != attempt))
    call = call->next;
  return call;
}

static bool same(RdSlice slice, const char *text) {
  return text && rd_slice_is(slice, text);
}

/* RFC 3261 s12.2.2: Call-ID, local tag and remote tag. */
Call *ue_call_of_dialog(const Ue *ue, const RdMessage *message) {
  const RdSip *sip = message->sip;
  for (Call *call = ue->subscribers[message->entity].calls; call; call = call->next)
    if (same(sip->call_id, call->call_id) && same(sip->to_tag, call->tag) &&
        (same(sip->from_tag, call->remote_tag) || ue_early_is_dialog(call, sip)))
      return call;
  return NULL;
}

bool ue_is_busy(const Ue *ue, uint64_t entity) {
  for (const Call *call = ue->subscribers[entity].calls; call; call = call->next)
    if (call->state == CALL_INVITED || call->state == CALL_RESERVING || call->state == CALL_TALKING)
      return true;
  return false;
}

RdTimer ue_call_timer(Ue *ue, const Call *call, TimerKind kind, RdTime after) {
  const uint64_t own =
      (uint64_t)!call->outgoing << 55 | (call->attempt & 0x7fffffff) << 24 | call->entity;
  const RdTimerSpec spec = {.size = sizeof spec,
                            .cause = RD_INHERIT,
                            .at = ue->host->now(ue->host) + after,
                            .cookie = rd_cookie(ue->timers[kind], own),
                            .entity = call->entity};
  return ue->host->timer(ue->host, &spec);
}

Call *ue_call_of_timer(const Ue *ue, uint64_t cookie) {
  return ue_call_find(ue, cookie & 0xffffff, !(cookie >> 55 & 1), cookie >> 24 & 0x7fffffff);
}

void ue_call_guard(Ue *ue, Call *call, RdTime after) {
  ue->host->cancel(ue->host, call->guard);
  call->guard = ue_call_timer(ue, call, TIMER_GUARD, after);
}

static void replace(char **text, RdSlice slice) {
  g_free(*text);
  *text = slice.at ? g_strndup(slice.at, slice.len) : NULL;
}

/* Puts a value's elements in front of what is there (a caller's route set is the reverse of the
 * Record-Route, s12.1.2). */
static void prepend(char **list, RdSlice value) {
  RdSlice rest = value;
  for (RdSlice one = rd_sip_split(&rest); one.at; one = rd_sip_split(&rest)) {
    char *longer = *list ? g_strdup_printf("%.*s, %s", (int)one.len, one.at, *list)
                         : g_strndup(one.at, one.len);
    g_free(*list);
    *list = longer;
  }
}

char *ue_route_set(const RdSip *sip, bool reversed) {
  char buffer[ROUTE_LIMIT];
  RdText t = rd_text(buffer, sizeof buffer);
  for (const RdSipHeader *h = rd_sip_first(sip, RD_HDR_RECORD_ROUTE); h; h = rd_sip_next(sip, h)) {
    if (t.len > 0)
      rd_text_add(&t, ", ");
    rd_text_slice(&t, h->value);
  }
  if (t.len == 0 || t.full)
    return NULL;
  if (!reversed)
    return g_strdup(t.at);
  char *list = NULL;
  prepend(&list, rd_slice_of(t.at, t.len));
  return list;
}

void ue_call_dialog(Call *call, const RdSip *sip) {
  replace(&call->remote_tag, call->outgoing ? sip->to_tag : sip->from_tag);
  replace(&call->target, sip->contact_uri);
  g_free(call->route);
  call->route = ue_route_set(sip, call->outgoing);
}

/* A caller's draws are keyed by its attempt, a callee's by the Call-ID. */
static uint64_t draw(const Ue *ue, const Call *call, uint32_t step) {
  if (ue->config->identifiers == IDENTIFIERS_COUNTED && call->outgoing)
    return rd_counted_branch(rd_counted_call(call->entity, call->attempt, call->retries), step);
  static const uint64_t key[2] = {UINT64_C(0x63616c6c2d696400), 0};
  const uint64_t index =
      call->outgoing ? call->attempt : rd_siphash(key, call->call_id, strlen(call->call_id));
  return ue_draw(ue, call->entity, call->outgoing ? DRAW_BRANCH : DRAW_ANSWER_BRANCH,
                 rd_mix(index, step));
}

/* Writes a request of the call's and sends it: in a transaction unless it is ACK. */
static bool send_it(Ue *ue, Call *call, RdSipMethod method, RdSipRequest *r, uint32_t step,
                    RdSipTransaction **ret_tx) {
  char buffer[4096], branch[RD_SIP_BRANCH];
  rd_sip_branch(draw(ue, call, step + RD_SIP_METHOD_COUNT * call->retries), branch);
  r->method = rd_sip_method_name(method);
  r->alias = ue->config->tcp.alias;
  r->branch = rd_slice(branch);
  r->from_uri = rd_slice(call->local_uri);
  r->from_tag = rd_slice(call->tag);
  r->to_uri = rd_slice(call->remote_uri);
  r->call_id = rd_slice(call->call_id);
  const RdSend send = {.size = sizeof send,
                       .protocol = RD_PROTO_SIP,
                       .entity = call->entity,
                       .remote = ue->proxy,
                       .bytes = (const uint8_t *)buffer,
                       .len = rd_sip_write(r, buffer, sizeof buffer)};
  if (send.len == 0)
    return false;
  if (method == RD_SIP_ACK)
    return rd_sip_send(ue->layer, &send);
  *ret_tx = rd_sip_client(ue->layer, &send, call);
  return *ret_tx != NULL;
}

static RdAddress own_address(const Ue *ue, const Call *call) {
  RdAddress local = ue->setup->address(ue->host, 0, call->entity);
  local.transport = ue->proxy.transport;
  return local;
}

bool ue_call_send(Ue *ue, Call *call, RdSipMethod method, RdSipTransaction **ret_tx) {
  char sdp[UE_SDP], imsi[RD_IMSI_TEXT], more[UE_HEADERS];
  const uint64_t subscriber = (uint64_t)ue->config->first + call->entity;
  const bool in_dialog = method == RD_SIP_ACK || method == RD_SIP_BYE;
  RdSipRequest r = {.local = own_address(ue, call),
                    .uri = rd_slice(in_dialog && call->target ? call->target : call->remote_uri),
                    .to_tag = rd_slice(in_dialog ? call->remote_tag : NULL),
                    .cseq = method == RD_SIP_BYE ? MAX(call->cseq, call->used) + 1 : call->cseq,
                    .route = rd_slice(call->route)};
  if (method == RD_SIP_INVITE) {
    rd_provision_imsi(&ue->provision, subscriber, imsi);
    r.contact_user = rd_slice(imsi);
    r.contact_more = rd_slice(ue_contact_more(ue));
    r.preferred = rd_slice(call->local_uri);
    r.more = rd_slice_of(more, ue_invite_headers(ue, more, sizeof more));
    r.body_type = "application/sdp";
    const RdAddress rtp = rd_sip_rtp(r.local);
    r.body = rd_slice_of(sdp, ue_session_offer(ue, call, &rtp, sdp, sizeof sdp));
  }
  /* CANCEL has the branch of its INVITE (s9.1); a redialled INVITE has another. */
  return send_it(ue, call, method, &r, in_dialog ? method : RD_SIP_INVITE, ret_tx);
}

bool ue_call_ask(Ue *ue, Call *call, const UeRequest *request, RdSipTransaction **ret_tx) {
  char imsi[RD_IMSI_TEXT];
  rd_provision_imsi(&ue->provision, (uint64_t)ue->config->first + call->entity, imsi);
  RdSipRequest r = {.local = own_address(ue, call),
                    .uri = request->target,
                    .to_tag = request->tag,
                    .cseq = request->cseq,
                    .route = request->route,
                    .more = request->more,
                    .body_type = request->body.len ? "application/sdp" : NULL,
                    .body = request->body};
  if (request->method == RD_SIP_UPDATE) { /* refreshes the target (RFC 3311 s5.1) */
    r.contact_user = rd_slice(imsi);
    r.contact_more = rd_slice(ue_contact_more(ue));
  }
  return send_it(ue, call, request->method, &r, request->step, ret_tx);
}

static void detach(RdSipTransaction *tx) {
  if (tx)
    rd_sip_set_context(tx, NULL);
}

Call *ue_call_caller(const Ue *ue, const Call *callee) {
  Call *caller = g_hash_table_lookup(ue->placed, callee->call_id);
  return caller && caller->peer == callee->entity ? caller : NULL;
}

static Call *callee_of(const Ue *ue, const Call *caller) {
  Call *call = ue->subscribers[caller->peer].calls;
  while (call && (call->outgoing || strcmp(call->call_id, caller->call_id) != 0))
    call = call->next;
  return call;
}

void ue_call_heard(Ue *ue, Call *caller) {
  Call *callee = callee_of(ue, caller);
  if (callee && callee->state == CALL_TALKING)
    ue_callee_hears(ue, callee);
}

void ue_call_part(Ue *ue, Call *call) {
  Call *other = call->outgoing ? callee_of(ue, call) : ue_call_caller(ue, call);
  Call *caller = call->outgoing ? call : other;
  const RdTime now = ue->host->now(ue->host);
  if (caller && caller->parted == RD_NEVER)
    caller->parted = now;
  if (!other || other->state != CALL_TALKING)
    return;
  const RdTime silence = ue->config->media_timeout;
  const RdTime hold = other->outgoing ? other->answered + other->wanted - now : RD_NEVER;
  ue_call_guard(ue, other, MIN(silence, hold));
}

void ue_call_unplace(Ue *ue, Call *caller) {
  if (caller->call_id && g_hash_table_lookup(ue->placed, caller->call_id) == caller)
    g_hash_table_remove(ue->placed, caller->call_id);
}

void ue_call_free(Ue *ue, Call *call) {
  Call **at = &ue->subscribers[call->entity].calls;
  while (*at != call)
    at = &(*at)->next;
  *at = call->next;
  ue->host->cancel(ue->host, call->guard);
  ue_early_free(ue, call);
  if (call->outgoing)
    ue_call_unplace(ue, call);
  detach(call->invite);
  detach(call->bye);
  g_free(call->call_id);
  g_free(call->local_uri);
  g_free(call->remote_uri);
  g_free(call->remote_tag);
  g_free(call->target);
  g_free(call->route);
  g_free(call);
}

static RdTime talked(const Call *call) {
  if (call->wanted == 0 || call->parted == RD_NEVER)
    return call->wanted;
  return MAX(call->parted - call->answered, 0);
}

void ue_call_over(Ue *ue, Call *call, RdTime closed) {
  const RdAttempt attempt = {.size = sizeof attempt,
                             .kind = RD_ATTEMPT_CALL,
                             .retries = call->retries,
                             .status = call->status,
                             .entity = call->entity,
                             .attempt = call->attempt,
                             .peer = call->peer,
                             .started = call->started,
                             .ringing = call->ringing,
                             .answered = call->answered,
                             .ended = call->ended,
                             .closed = closed,
                             .left = call->left,
                             .wanted = call->wanted,
                             .talked = talked(call)};
  if (call->outgoing)
    ue->host->attempt(ue->host, &attempt);
  ue_call_free(ue, call);
}

unsigned ue_call_meet(Ue *ue, Call *call, CallEvent event) {
  return rd_machine_take(call->outgoing ? &ue_caller : &ue_callee, &call->state, event, ue->host,
                         ue->counters.impossible);
}

void ue_call_hang_up(Ue *ue, Call *call) {
  const RdTime now = ue->host->now(ue->host);
  call->ended = now;
  ue->host->cancel(ue->host, call->guard);
  ue_call_part(ue, call);
  if (!ue_call_send(ue, call, RD_SIP_BYE, &call->bye) &&
      (ue_call_meet(ue, call, CALL_UNSENT) & CALL_DO_END))
    ue_call_over(ue, call, now);
}

void ue_call_response(Ue *ue, Call *call, RdSipTransaction *tx, const RdMessage *message,
                      unsigned status) {
  if (tx == call->invite)
    ue_caller_response(ue, call, message, status);
  else if (tx != call->bye)
    ue_early_response(ue, call, tx, status);
  else if (status >= 200 && (ue_call_meet(ue, call, CALL_BYE_DONE) & CALL_DO_END))
    ue_call_over(ue, call, ue->host->now(ue->host));
}
