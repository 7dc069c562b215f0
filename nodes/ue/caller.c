/* caller.c - a call as its caller goes through it (RFC 3261 s13.2). */
#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "lab/base/text.h"
#include "lab/stack/counted.h"
#include "nodes/ue/ue.h"

/* How long the 487 may take after CANCEL: 64*T1 of a core whose T1 is 500 ms, which answers for
 * the callee as it is the one that has seen the INVITE. */
#define CANCEL_PATIENCE (32 * RD_SECOND)

static uint64_t choose_callee(const Ue *ue, uint64_t caller, uint64_t attempt) {
  const uint64_t i = rd_below(ue_draw(ue, caller, DRAW_CALLEE, attempt), ue->n - 1);
  return i < caller ? i : i + 1;
}

/* Stops asking. An INVITE that was answered stays, to acknowledge what is repeated. */
static void drop_invite(Call *call) {
  RdSipTransaction *tx = call->invite;
  call->invite = NULL;
  if (tx) {
    rd_sip_set_context(tx, NULL);
    rd_sip_abandon(tx);
  }
}

static void fail(Ue *ue, Call *call, unsigned status) {
  if (status == 0)
    drop_invite(call);
  call->status = (uint16_t)status;
  call->answered = status ? ue->host->now(ue->host) : RD_NEVER;
  ue_call_over(ue, call, RD_NEVER);
}

static void name(char text[17], uint64_t bits) {
  RdText t = rd_text(text, 17);
  rd_text_hex(&t, bits, 16);
}

static void meet(Ue *ue, Call *call, CallEvent event, unsigned status);

/* A redial is a new request in all its identifiers. */
static void invite(Ue *ue, Call *call) {
  char call_id[17], own[UE_IDENTITY];
  const uint64_t index = call->attempt << 8 | call->retries;
  const uint64_t counted = rd_counted_call(call->entity, call->attempt, call->retries);
  const bool drawn = ue->config->identifiers == IDENTIFIERS_DRAWN;
  name(call->tag, drawn ? ue_draw(ue, call->entity, DRAW_TAG, index) : counted);
  name(call_id, drawn ? ue_draw(ue, call->entity, DRAW_CALL_ID, index) : counted);
  ue_call_unplace(ue, call);
  ue_identity(ue, call->entity, own);
  g_free(call->call_id);
  g_free(call->local_uri);
  g_free(call->route);
  call->call_id = g_strdup(call_id);
  g_hash_table_insert(ue->placed, call->call_id, call);
  call->local_uri = g_strdup(own);
  call->route = g_strdup(ue_service_route(ue, call->entity));
  call->cseq = 1;
  call->used = 0;
  call->provisional = false;
  call->left = call->parted = RD_NEVER;
  ue_call_guard(ue, call, ue->config->patience);
  if (!ue_call_send(ue, call, RD_SIP_INVITE, &call->invite))
    meet(ue, call, CALL_UNSENT, 0);
}

void ue_place_call(Ue *ue, uint64_t caller, uint64_t attempt) {
  char tel[RD_IDENTITY_TEXT];
  Call *call = ue_call_new(ue, caller, true, attempt);
  call->peer = choose_callee(ue, caller, attempt);
  /* What one dials is a number, in no domain. */
  rd_provision_tel(&ue->provision, (uint64_t)ue->config->first + call->peer, tel);
  call->remote_uri = g_strdup(tel);
  if (ue_is_registered(ue, caller)) {
    meet(ue, call, CALL_DIAL, 0);
    return;
  }
  ue->host->count(ue->host, ue->counters.unregistered, 1);
  meet(ue, call, CALL_UNREGISTERED, 0);
}

/* 408 and 5xx are the network's failures, and no answer at all is (RFC 6076 s4.10, ISA). */
static bool worth_redialling(unsigned status) {
  return status == 0 || status == 408 || (status >= 500 && status < 600);
}

static void refused(Ue *ue, Call *call, unsigned status) {
  const bool again = call->retries < ue->config->redials && worth_redialling(status);
  meet(ue, call, again ? CALL_UNREACHED : CALL_REFUSED, status);
}

static void redial(Ue *ue, Call *call) {
  ue_early_free(ue, call);
  call->retries++;
  call->ringing = RD_NEVER;
  if (call->invite)
    rd_sip_set_context(call->invite, NULL);
  call->invite = NULL;
  ue_call_guard(ue, call, ue->config->redial_after);
}

static RdTime hold(const Ue *ue, const Call *call) {
  const uint64_t bits = ue_draw(ue, call->entity, DRAW_HOLD, call->attempt);
  const RdTime t = (RdTime)rd_exponential(bits, (double)ue->config->hold);
  return MIN(t, ue->config->hold_max);
}

/* If the callee is gone already (a BYE that somebody else sent it), there is nothing to hear. */
static void talk(Ue *ue, Call *call) {
  call->wanted = hold(ue, call);
  const bool silent = call->parted != RD_NEVER;
  ue_call_guard(ue, call, silent ? MIN(call->wanted, ue->config->media_timeout) : call->wanted);
  if (!silent)
    ue_call_heard(ue, call);
}

/* A 2xx of another fork, or without a tag, is not of this dialog. */
static void answered(Ue *ue, Call *call, const RdMessage *message, unsigned status) {
  const bool first = call->status == 0;
  if (first) {
    call->status = (uint16_t)status;
    call->answered = ue->host->now(ue->host);
    ue_call_dialog(call, message->sip);
    ue_early_confirmed(call);
  }
  if (!call->remote_tag || !rd_slice_is(message->sip->to_tag, call->remote_tag))
    meet(ue, call, CALL_STRAY, status);
  else
    meet(ue, call, first ? CALL_ANSWER : CALL_AGAIN, status);
}

void ue_caller_response(Ue *ue, Call *call, const RdMessage *message, unsigned status) {
  if (status >= 200)
    ue_early_stop(ue, call);
  if (status < 200) {
    call->provisional = true;
    if (ue_early_provisional(ue, call, message))
      meet(ue, call, CALL_PROVISIONAL, status);
  } else if (message && status < 300) {
    answered(ue, call, message, status);
  } else if (call->status == 0) {
    refused(ue, call, message || status != 408 ? status : 0);
  }
}

/* The caller has waited long enough. CANCEL may only follow a provisional answer (s9.1); without
 * one the phone just stops. */
static void lose_patience(Ue *ue, Call *call) {
  RdSipTransaction *cancel;
  call->left = ue->host->now(ue->host);
  if (call->provisional && ue_call_send(ue, call, RD_SIP_CANCEL, &cancel)) {
    rd_sip_set_context(cancel, NULL);
    meet(ue, call, CALL_CANCEL, 0);
    return;
  }
  drop_invite(call);
  refused(ue, call, 0);
}

/* The call may be gone when this returns. `status` is what its caller is told. */
static void meet(Ue *ue, Call *call, CallEvent event, unsigned status) {
  const unsigned actions = ue_call_meet(ue, call, event);
  if (actions & CALL_DO_INVITE)
    invite(ue, call);
  if ((actions & CALL_DO_RING) && status >= 180 && call->ringing == RD_NEVER)
    call->ringing = ue->host->now(ue->host);
  if (actions & CALL_DO_ACK)
    ue_call_send(ue, call, RD_SIP_ACK, NULL);
  if (actions & CALL_DO_TALK)
    talk(ue, call);
  if (actions & CALL_DO_REDIAL)
    redial(ue, call);
  if (actions & CALL_DO_RESERVE)
    ue_early_reserve(ue, call);
  if (actions & CALL_DO_WAIT)
    ue_early_stop(ue, call);
  if (actions & CALL_DO_WAIT)
    ue_call_guard(ue, call, CANCEL_PATIENCE);
  if (actions & CALL_DO_LOSE_PATIENCE)
    lose_patience(ue, call);
  if (actions & CALL_DO_HANG_UP)
    ue_call_hang_up(ue, call);
  if (actions & CALL_DO_REFUSE)
    fail(ue, call, status);
  if ((actions & CALL_DO_UPDATE) && !ue_early_update(ue, call))
    meet(ue, call, CALL_BROKEN, 0);
}

void ue_caller_meet(Ue *ue, Call *call, CallEvent event) {
  meet(ue, call, event, 0);
}

void ue_caller_guard(Ue *ue, Call *call) {
  if (call->state == CALL_TALKING && ue->host->now(ue->host) < call->answered + call->wanted)
    ue->host->count(ue->host, ue->counters.orphaned, 1);
  meet(ue, call, CALL_GUARD, 0);
}
