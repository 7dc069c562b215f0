/* callee.c - a call as its callee goes through it (RFC 3261 s13.3), and other requests received. */
#include <inttypes.h>

#include "lab/base/address.h"
#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "lab/base/text.h"
#include "lab/sip/build.h"
#include "lab/sip/request.h"
#include "lab/sip/scan.h"
#include "lab/stack/counted.h"
#include "nodes/ue/ue.h"

#define REPLY 4096

/* A callee's draws are keyed by the Call-ID: a pure function of what arrives, for calls from
 * anywhere. */
uint64_t ue_callee_draw(const Ue *ue, uint64_t entity, uint32_t purpose, RdSlice call_id) {
  static const uint64_t key[2] = {UINT64_C(0x63616c6c2d696401), 0};
  return ue_draw(ue, entity, purpose, rd_siphash(key, call_id.at, call_id.len));
}

static bool starts_dialog(unsigned status) {
  return status > 100 && status < 300;
}

static void own_tag(const Ue *ue, uint64_t entity, RdSlice call_id, char tag[17]) {
  RdText t = rd_text(tag, 17);
  const bool drawn = ue->config->identifiers == IDENTIFIERS_DRAWN;
  rd_text_hex(&t, drawn ? ue_callee_draw(ue, entity, DRAW_ANSWER_TAG, call_id) : RD_COUNTED_TAG,
              16);
}

/* What a request asks for and the phone does not do (RFC 3261 s8.2.2.3). */
static bool understands(const Ue *ue, RdSlice option) {
  return (ue->config->reliable != RELIABLE_NO && rd_slice_is_nocase(option, "100rel")) ||
         (ue->config->preconditions && rd_slice_is_nocase(option, "precondition"));
}

static void add_unsupported(const Ue *ue, RdSipBuild *b, const RdSip *sip) {
  for (const RdSipHeader *h = rd_sip_first(sip, RD_HDR_REQUIRE); h; h = rd_sip_next(sip, h)) {
    RdSlice rest = h->value;
    for (RdSlice one = rd_sip_split(&rest); one.at; one = rd_sip_split(&rest))
      if (!understands(ue, one))
        rd_sip_add(b, "Unsupported", one);
  }
}

static bool asks_too_much(const Ue *ue, const RdSip *sip) {
  for (const RdSipHeader *h = rd_sip_first(sip, RD_HDR_REQUIRE); h; h = rd_sip_next(sip, h)) {
    RdSlice rest = h->value;
    for (RdSlice one = rd_sip_split(&rest); one.at; one = rd_sip_split(&rest))
      if (!understands(ue, one))
        return true;
  }
  return false;
}

/* With Contact, and what the phone is capable of, if it makes a dialog. */
static void add_self(const Ue *ue, RdSipBuild *b, uint64_t entity, const RdAddress *local) {
  char host[RD_ADDRESS_TEXT], imsi[RD_IMSI_TEXT];
  rd_provision_imsi(&ue->provision, (uint64_t)ue->config->first + entity, imsi);
  rd_address_text(local, host);
  rd_sip_addf(b, "Contact", "<sip:%s@%s%s>%s", imsi, host,
              ue->proxy.transport == RD_TCP ? ";transport=tcp" : "",
              ue_contact_more(ue) ? ue_contact_more(ue) : "");
}

static void add_reliable(RdSipBuild *b, const Call *call, unsigned status) {
  const uint32_t rseq = ue_early_rseq(call, status);
  if (rseq > 0) {
    rd_sip_add(b, "Require", rd_slice("100rel"));
    rd_sip_addf(b, "RSeq", "%" PRIu32, rseq);
  }
}

/* Does this answer describe the session? The first that is sure to arrive does (RFC 3261 s13.2.1); one to a
 * PRACK or UPDATE, if that has an offer. */
static bool describes(const RdSip *sip, const Call *call, unsigned status) {
  const bool accepts = status >= 200 && status < 300;
  if (sip->method == RD_SIP_INVITE)
    return call && call->early ? status == 183 || (accepts && !ue_early_described(call)) : accepts;
  return accepts && sip->body.len > 0 &&
         (sip->method == RD_SIP_PRACK || sip->method == RD_SIP_UPDATE);
}

void ue_reply(Ue *ue, RdSipTransaction *tx, const RdSip *sip, uint64_t entity, unsigned status,
              const Call *call) {
  char buffer[REPLY], sdp[UE_SDP], tag[17];
  const RdAddress local = ue->setup->address(ue->host, 0, entity);
  const bool invite = sip->method == RD_SIP_INVITE, full = ue->config->reliable != RELIABLE_NO;
  own_tag(ue, entity, sip->call_id, tag);
  RdSipBuild b = rd_sip_reply(buffer, sizeof buffer, sip, status, NULL, rd_slice(tag));
  RdSlice body = {0};
  if ((invite && starts_dialog(status)) || (sip->method == RD_SIP_UPDATE && status == 200))
    add_self(ue, &b, entity, &local);
  if (invite && starts_dialog(status) && call && call->early)
    add_reliable(&b, call, status);
  if (status == 405 || (sip->method == RD_SIP_OPTIONS && status == 200) ||
      (full && invite && starts_dialog(status)))
    rd_sip_add(&b, "Allow", rd_slice(full ? ue_methods_full : ue_methods));
  if (status == 421)
    rd_sip_add(&b, "Require", rd_slice("100rel"));
  if (status == 420)
    add_unsupported(ue, &b, sip);
  if (describes(sip, call, status))
    body = rd_slice_of(sdp, ue_session_answer(ue, call, sip, &local, sdp, sizeof sdp));
  size_t n = rd_sip_finish(&b, body.len ? "application/sdp" : NULL, body);
  if (n > 0)
    rd_sip_respond(tx, buffer, n, status, invite && status >= 200 && status < 300);
}

/* The same, to a request kept by its transaction. */
static void reply_later(Ue *ue, Call *call, unsigned status) {
  RdSipScan scan;
  size_t len;
  if (!call->invite)
    return;
  const uint8_t *bytes = rd_sip_tx_request(call->invite, &len);
  if (bytes && rd_sip_scan(&scan, bytes, len, RD_SIP_DATAGRAM))
    ue_reply(ue, call->invite, &scan.sip, call->entity, status, call);
}

void ue_callee_repeat(Ue *ue, Call *call, unsigned status) {
  reply_later(ue, call, status);
}

static void provide(Ue *ue, Call *call, unsigned status) {
  ue_early_sent(ue, call, status);
  reply_later(ue, call, status);
}

static Outcome choose_outcome(const Ue *ue, uint64_t entity, RdSlice call_id) {
  const UeConfig *c = ue->config;
  double at = rd_unit(ue_callee_draw(ue, entity, DRAW_OUTCOME, call_id)) *
              (c->answered + c->unanswered + c->busy + c->rejected);
  if ((at -= c->answered) < 0)
    return OUTCOME_ANSWER;
  if ((at -= c->unanswered) < 0)
    return OUTCOME_UNANSWERED;
  return (at -= c->busy) < 0 ? OUTCOME_BUSY : OUTCOME_REJECT;
}

static RdTime ring_time(const Ue *ue, uint64_t entity, RdSlice call_id) {
  const UeConfig *c = ue->config;
  const uint64_t span = (uint64_t)(c->ring_max - c->ring_min) + 1;
  return c->ring_min + (RdTime)rd_below(ue_callee_draw(ue, entity, DRAW_RING, call_id), span);
}

static void ring(Ue *ue, Call *call) {
  const RdTime will = call->outcome == OUTCOME_UNANSWERED
                          ? RD_NEVER
                          : ring_time(ue, call->entity, rd_slice(call->call_id));
  if (will > ue->config->ring_limit)
    call->outcome = OUTCOME_UNANSWERED;
  ue_call_guard(ue, call, MIN(will, ue->config->ring_limit));
  provide(ue, call, 180);
}

static void begin(Ue *ue, Call *call, CallEvent event) {
  const unsigned actions = ue_call_meet(ue, call, event);
  if (actions & CALL_DO_RING)
    ring(ue, call);
  if (actions & CALL_DO_RESERVE) {
    ue_call_guard(ue, call, ue->config->ring_limit);
    ue_early_reserve(ue, call);
    provide(ue, call, 183);
  }
}

void ue_callee_met(Ue *ue, Call *call) {
  begin(ue, call, CALL_MET);
}

static void called(Ue *ue, RdSipTransaction *tx, const RdMessage *message, Outcome outcome) {
  const RdSip *sip = message->sip;
  Call *call = ue_call_new(ue, message->entity, false, 0);
  call->outcome = (uint8_t)outcome;
  call->call_id = g_strndup(sip->call_id.at, sip->call_id.len);
  call->local_uri = g_strndup(sip->to_uri.at, sip->to_uri.len);
  call->remote_uri = g_strndup(sip->from_uri.at, sip->from_uri.len);
  call->invite = tx;
  rd_sip_set_context(tx, call);
  own_tag(ue, message->entity, sip->call_id, call->tag);
  ue_call_dialog(call, sip);
  call->near = ue_call_caller(ue, call) != NULL;
  begin(ue, call, ue_early_begin(ue, call, sip));
}

static bool is_for(const Ue *ue, uint64_t entity, RdSlice uri) {
  char imsi[RD_IMSI_TEXT];
  rd_provision_imsi(&ue->provision, (uint64_t)ue->config->first + entity, imsi);
  return rd_slice_starts_nocase(uri, "sip:") && uri.len > 4 + strlen(imsi) &&
         memcmp(uri.at + 4, imsi, strlen(imsi)) == 0 && uri.at[4 + strlen(imsi)] == '@';
}

static unsigned refuse_invite(Ue *ue, const RdMessage *message, Outcome outcome) {
  const RdSip *sip = message->sip;
  char sdp[UE_SDP];
  if (sip->to_tag.at) /* a re-INVITE: the offer stands as it is */
    return ue_call_of_dialog(ue, message) ? 488 : 481;
  if (!sip->call_id.at || !sip->from_uri.at || !sip->from_tag.at || !sip->to_uri.at)
    return 400;
  if (!is_for(ue, message->entity, sip->uri))
    return 404;
  if (ue->config->reliable == RELIABLE_REQUIRED && !ue_supports(sip, "100rel"))
    return 421;
  if (ue_session_answer(ue, NULL, sip, &message->local, sdp, sizeof sdp) == 0)
    return 488;
  if (ue_is_busy(ue, message->entity) || outcome == OUTCOME_BUSY) {
    ue->host->count(ue->host, ue->counters.busy, 1);
    return 486;
  }
  return 0;
}

static void invited(Ue *ue, RdSipTransaction *tx, const RdMessage *message) {
  const Outcome outcome = choose_outcome(ue, message->entity, message->sip->call_id);
  const unsigned refusal = refuse_invite(ue, message, outcome);
  if (refusal == 0) {
    called(ue, tx, message, outcome);
    return;
  }
  ue_reply(ue, tx, message->sip, message->entity, refusal, NULL);
}

/* s9.2: 200 for the CANCEL, 487 for what it cancels. */
static void cancelled(Ue *ue, RdSipTransaction *tx, const RdMessage *message) {
  RdSipTransaction *invite = rd_sip_cancelled(ue->layer, message);
  Call *call = invite ? rd_sip_context(invite) : NULL;
  ue_reply(ue, tx, message->sip, message->entity, invite ? 200 : 481, NULL);
  if (call && (ue_call_meet(ue, call, CALL_CANCEL) & CALL_DO_REFUSE)) {
    reply_later(ue, call, 487);
    ue_call_free(ue, call);
  }
}

static void hung_up(Ue *ue, RdSipTransaction *tx, const RdMessage *message) {
  Call *call = ue_call_of_dialog(ue, message);
  if (call && call->outgoing && call->state != CALL_TALKING && call->state != CALL_ENDING)
    call = NULL; /* a callee ends no early dialog by BYE (s15) */
  ue_reply(ue, tx, message->sip, message->entity, call ? 200 : 481, NULL);
  if (!call)
    return;
  const RdTime now = ue->host->now(ue->host);
  const unsigned actions = ue_call_meet(ue, call, CALL_BYE);
  if (call->ended == RD_NEVER)
    call->ended = now;
  if (actions & CALL_DO_PART)
    ue_call_part(ue, call);
  if (actions & CALL_DO_END)
    ue_call_over(ue, call, now);
}

/* Nothing is known of a caller from elsewhere but its ACK, which stands for its media. */
static void acknowledged(Ue *ue, const RdMessage *message) {
  Call *call = ue_call_of_dialog(ue, message);
  if (call && !call->outgoing && (ue_call_meet(ue, call, CALL_ACK) & CALL_DO_HEAR) && !call->near &&
      !call->heard)
    ue_callee_hears(ue, call);
}

void ue_callee_request(Ue *ue, RdSipTransaction *tx, const RdMessage *message) {
  if (!tx) { /* an ACK: the layer has seen it */
    acknowledged(ue, message);
    return;
  }
  if (message->sip->method != RD_SIP_CANCEL && asks_too_much(ue, message->sip)) {
    ue_reply(ue, tx, message->sip, message->entity, 420, NULL);
    return;
  }
  switch (message->sip->method) {
  case RD_SIP_INVITE:
    invited(ue, tx, message);
    break;
  case RD_SIP_CANCEL:
    cancelled(ue, tx, message);
    break;
  case RD_SIP_BYE:
    hung_up(ue, tx, message);
    break;
  case RD_SIP_OPTIONS:
    ue_reply(ue, tx, message->sip, message->entity, 200, NULL);
    break;
  case RD_SIP_PRACK:
    ue_early_prack(ue, tx, message);
    break;
  case RD_SIP_UPDATE:
    ue_early_updated(ue, tx, message);
    break;
  default:
    ue_reply(ue, tx, message->sip, message->entity, 405, NULL);
  }
}

static void answer(Ue *ue, Call *call) {
  ue_early_stop(ue, call);
  reply_later(ue, call, 200);
  call->status = 200;
  ue_call_guard(ue, call, ue->config->media_timeout); /* until its caller is heard */
}

/* The caller hangs up. A caller of this population is known to be silent once it is out of the call
 * (ue_call_part); of one elsewhere all that is known is that nobody talks longer than hold-max. */
void ue_callee_hears(Ue *ue, Call *call) {
  call->heard = true;
  ue_call_guard(ue, call, ue->config->hold_max + ue->config->media_timeout);
}

static void refuse(Ue *ue, Call *call, unsigned status) {
  reply_later(ue, call, status);
  ue_call_free(ue, call);
}

/* Who has reserved nothing by the time a phone stops ringing is refused (RFC 3312: 580). */
void ue_callee_guard(Ue *ue, Call *call) {
  const bool reserves = call->state == CALL_RESERVING;
  const bool rings = call->state == CALL_INVITED, answers = call->outcome == OUTCOME_ANSWER;
  const unsigned actions = ue_call_meet(ue, call,
                                        reserves  ? CALL_REFUSED
                                        : !rings  ? CALL_GUARD
                                        : answers ? CALL_ANSWER
                                                  : CALL_REFUSED);
  if (actions & CALL_DO_TALK)
    answer(ue, call);
  if (actions & CALL_DO_HANG_UP) {
    ue->host->count(ue->host, ue->counters.orphaned, 1);
    ue_call_hang_up(ue, call);
  }
  if (actions & CALL_DO_REFUSE)
    refuse(ue, call, reserves ? 580 : call->outcome == OUTCOME_REJECT ? 603 : 480);
  if (reserves)
    ue->host->count(ue->host, ue->counters.unreserved, 1);
}

/* RFC 3262 s3: who does not acknowledge for 64*T1 is refused by a 5xx. */
void ue_callee_unconfirmed(Ue *ue, Call *call) {
  ue->host->count(ue->host, ue->counters.unconfirmed, 1);
  if (ue_call_meet(ue, call, CALL_BROKEN) & CALL_DO_REFUSE)
    refuse(ue, call, 504);
}

/* s13.3.1.4: without an ACK the session is over, and BYE says so. */
void ue_callee_no_ack(Ue *ue, Call *call) {
  if (!call->outgoing && (ue_call_meet(ue, call, CALL_NO_ACK) & CALL_DO_HANG_UP))
    ue_call_hang_up(ue, call);
}
