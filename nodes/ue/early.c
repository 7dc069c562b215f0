/* early.c - between INVITE and its final answer: reliable provisional answers (RFC 3262), and bearers that
 * have to be there before it rings (RFC 3312, RFC 3311). */
#include <inttypes.h>

#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "lab/sip/request.h"
#include "lab/sip/scan.h"
#include "nodes/ue/ue.h"

#define FORKS 4 /* early dialogs of an INVITE; what comes from more of them is not acknowledged */
#define ASKED 4 /* PRACKs and UPDATEs under way whose end is waited for */

/* What has to be there. A caller then sends UPDATE, a callee rings. */
enum { MET_OWN = 1 << 0, MET_OTHER = 1 << 1, MET_PRACK = 1 << 2 };

/* An early dialog, as its caller counts in it. */
typedef struct {
  uint64_t tag; /* a hash of it */
  uint32_t rseq, cseq;
} Fork;

struct Early {
  /* caller */
  Fork forks[FORKS];
  unsigned n_forks;
  char *tag, *target, *route; /* of the dialog that reserves */
  RdSipTransaction *asked[ASKED];
  /* callee */
  uint32_t rseq; /* of the last reliable answer */
  uint16_t status; /* of it; 0: there was none */
  bool acknowledged;
  RdTimer again;
  RdTime interval, until;
  /* both */
  bool reserves, described;
  unsigned met;
  uint32_t version;
  uint8_t remote; /* RdQos of the other side */
  RdTimer reserved;
};

static bool names(RdSlice list, const char *option) {
  for (RdSlice one = rd_sip_split(&list); one.at; one = rd_sip_split(&list))
    if (rd_slice_is_nocase(one, option))
      return true;
  return false;
}

bool ue_supports(const RdSip *sip, const char *option) {
  static const RdHeaderId where[] = {RD_HDR_SUPPORTED, RD_HDR_REQUIRE};
  for (unsigned i = 0; i < G_N_ELEMENTS(where); i++)
    for (const RdSipHeader *h = rd_sip_first(sip, where[i]); h; h = rd_sip_next(sip, h))
      if (names(h->value, option))
        return true;
  return false;
}

static Early *early_of(Call *call) {
  if (!call->early)
    call->early = g_new0(Early, 1);
  return call->early;
}

void ue_early_stop(Ue *ue, Call *call) {
  Early *e = call->early;
  if (!e)
    return;
  ue->host->cancel(ue->host, e->again);
  ue->host->cancel(ue->host, e->reserved);
  e->again = e->reserved = 0;
}

void ue_early_free(Ue *ue, Call *call) {
  Early *e = call->early;
  if (!e)
    return;
  ue_early_stop(ue, call);
  for (unsigned i = 0; i < ASKED; i++)
    if (e->asked[i])
      rd_sip_set_context(e->asked[i], NULL);
  g_free(e->tag);
  g_free(e->target);
  g_free(e->route);
  g_free(e);
  call->early = NULL;
}

RdPrecondition ue_early_state(const Call *call) {
  const Early *e = call->early;
  return (RdPrecondition){.stated = true,
                          .local = e->met & MET_OWN ? RD_QOS_SENDRECV : RD_QOS_NONE,
                          .remote = e->remote};
}

uint32_t ue_early_version(const Call *call) {
  return call->early ? call->early->version : 0;
}

bool ue_early_described(const Call *call) {
  return call->early && call->early->described;
}

bool ue_early_reserves(const Call *call) {
  return call->early && call->early->reserves;
}

bool ue_early_is_dialog(const Call *call, const RdSip *sip) {
  return call->early && call->early->tag && rd_slice_is(sip->from_tag, call->early->tag);
}

/* Tells the call once all is there. The call may be gone then. */
static void met(Ue *ue, Call *call, unsigned what) {
  Early *e = call->early;
  const unsigned all = MET_OWN | MET_PRACK | (call->outgoing ? 0 : MET_OTHER), before = e->met;
  e->met |= what;
  if (!e->reserves || e->met == before || (e->met & all) != all || (before & all) == all)
    return;
  if (call->outgoing)
    ue_caller_meet(ue, call, CALL_MET);
  else
    ue_callee_met(ue, call);
}

void ue_early_reserve(Ue *ue, Call *call) {
  call->early->reserved = ue_call_timer(ue, call, TIMER_RESERVED, ue->config->reservation);
}

void ue_early_reserved(void *self, uint64_t cookie) {
  Call *call = ue_call_of_timer(self, cookie);
  if (!call || !call->early)
    return;
  call->early->reserved = 0;
  met(self, call, MET_OWN);
}

/* --- the caller --- */

static void ask(Ue *ue, Call *call, const UeRequest *request, bool *ret_sent) {
  Early *e = call->early;
  RdSipTransaction *tx;
  *ret_sent = ue_call_ask(ue, call, request, &tx);
  if (!*ret_sent)
    return;
  for (unsigned i = 0; i < ASKED; i++)
    if (!e->asked[i]) {
      e->asked[i] = tx;
      return;
    }
  rd_sip_set_context(tx, NULL);
}

void ue_early_forget(Call *call, const RdSipTransaction *tx) {
  for (unsigned i = 0; call->early && i < ASKED; i++)
    if (call->early->asked[i] == tx)
      call->early->asked[i] = NULL;
}

static uint64_t hash_of(RdSlice tag) {
  static const uint64_t key[2] = {UINT64_C(0x6561726c79), 0};
  return rd_siphash(key, tag.at, tag.len);
}

static Fork *find_fork(Early *e, RdSlice tag) {
  const uint64_t hash = hash_of(tag);
  for (unsigned i = 0; i < e->n_forks; i++)
    if (e->forks[i].tag == hash)
      return &e->forks[i];
  return NULL;
}

static Fork *fork_of(Early *e, const Call *call, RdSlice tag) {
  Fork *fork = find_fork(e, tag);
  if (!fork && e->n_forks < FORKS) {
    fork = &e->forks[e->n_forks++];
    *fork = (Fork){.tag = hash_of(tag), .cseq = call->cseq};
  }
  return fork;
}

/* Makes the branch of a request in an early dialog its own. */
static uint32_t step_of(const Early *e, const Fork *fork, RdSipMethod method) {
  return (uint32_t)method + (fork->cseq << 12) + ((uint32_t)(fork - e->forks) << 28);
}

static void acknowledge(Ue *ue, Call *call, Fork *fork, const RdSip *sip) {
  char line[64];
  bool sent;
  char *route = ue_route_set(sip, true);
  fork->cseq++;
  const int n = g_snprintf(line, sizeof line, "RAck: %" PRIu32 " %" PRIu32 " INVITE\r\n",
                           fork->rseq, call->cseq);
  const UeRequest prack = {.method = RD_SIP_PRACK,
                           .tag = sip->to_tag,
                           .target = sip->contact_uri,
                           .route = rd_slice(route),
                           .cseq = fork->cseq,
                           .step = step_of(call->early, fork, RD_SIP_PRACK),
                           .more = rd_slice_of(line, (size_t)n)};
  ask(ue, call, &prack, &sent);
  g_free(route);
}

/* The first reliable answer to the offer says what its callee waits for. */
static void answered(Ue *ue, Call *call, const RdSip *sip) {
  Early *e = call->early;
  const RdPrecondition theirs = rd_precondition_read(sip->body);
  if (e->described || sip->body.len == 0)
    return;
  e->described = true;
  e->tag = g_strndup(sip->to_tag.at, sip->to_tag.len);
  e->target = g_strndup(sip->contact_uri.at, sip->contact_uri.len);
  e->route = ue_route_set(sip, true);
  e->reserves = ue->config->preconditions && theirs.stated && theirs.mandatory;
  e->remote = theirs.local;
}

/* RFC 3262 s4: in order, each once; what comes again is acknowledged by the PRACK that is under way. */
bool ue_early_provisional(Ue *ue, Call *call, const RdMessage *message) {
  uint64_t rseq;
  const RdSip *sip = message->sip;
  if (ue->config->reliable == RELIABLE_NO || sip->status == 100 || !ue_supports(sip, "100rel") ||
      !rd_slice_uint(rd_sip_value(sip, RD_HDR_RSEQ), &rseq) || rseq == 0 || rseq > UINT32_MAX)
    return true;
  if (!sip->to_tag.at || !sip->contact_uri.at)
    return false;
  Early *e = early_of(call);
  Fork *fork = fork_of(e, call, sip->to_tag);
  if (!fork || (fork->rseq > 0 && rseq != (uint64_t)fork->rseq + 1))
    return false;
  fork->rseq = (uint32_t)rseq;
  acknowledge(ue, call, fork, sip);
  answered(ue, call, sip);
  if (e->reserves && call->state == CALL_INVITED && !(e->met & MET_OWN) && !e->reserved &&
      rd_slice_is(sip->to_tag, e->tag))
    ue_caller_meet(ue, call, CALL_RESERVE);
  return true;
}

void ue_early_confirmed(Call *call) {
  Early *e = call->early;
  const Fork *fork = e && call->remote_tag ? find_fork(e, rd_slice(call->remote_tag)) : NULL;
  if (fork)
    call->used = fork->cseq;
}

bool ue_early_update(Ue *ue, Call *call) {
  Early *e = call->early;
  Fork *fork = find_fork(e, rd_slice(e->tag));
  char sdp[UE_SDP];
  bool sent;
  RdAddress rtp = rd_sip_rtp(ue->setup->address(ue->host, 0, call->entity));
  e->version++;
  fork->cseq++;
  const UeRequest update = {
      .method = RD_SIP_UPDATE,
      .tag = rd_slice(e->tag),
      .target = rd_slice(e->target),
      .route = rd_slice(e->route),
      .cseq = fork->cseq,
      .step = step_of(e, fork, RD_SIP_UPDATE),
      .body = rd_slice_of(sdp, ue_session_offer(ue, call, &rtp, sdp, sizeof sdp))};
  ask(ue, call, &update, &sent);
  return sent;
}

/* RFC 3261 s12.2.1.2: silence and 481 end the dialog; and a call whose bearers nobody agrees to is none. Of a
 * PRACK that is refused otherwise nothing is made: its answer has arrived. */
void ue_early_response(Ue *ue, Call *call, RdSipTransaction *tx, unsigned status) {
  const bool prack = rd_sip_tx_method(tx) == RD_SIP_PRACK;
  if (status < 200 || !call->early)
    return;
  ue_early_forget(call, tx);
  rd_sip_set_context(tx, NULL);
  if (status < 300 && prack)
    met(ue, call, MET_PRACK);
  else if (status == 408 || status == 481 || (status >= 300 && !prack))
    ue_caller_meet(ue, call, CALL_BROKEN);
}

/* --- the callee --- */

CallEvent ue_early_begin(Ue *ue, Call *call, const RdSip *invite) {
  if (ue->config->reliable == RELIABLE_NO || !ue_supports(invite, "100rel"))
    return CALL_DIAL;
  Early *e = early_of(call);
  const RdPrecondition theirs = rd_precondition_read(invite->body);
  e->reserves = ue->config->preconditions && theirs.stated && theirs.mandatory &&
                ue_supports(invite, "precondition");
  e->remote = theirs.local;
  if (theirs.local == RD_QOS_SENDRECV)
    e->met |= MET_OTHER;
  return e->reserves ? CALL_RESERVE : CALL_DIAL;
}

uint32_t ue_early_rseq(const Call *call, unsigned status) {
  return call->early->status == status ? call->early->rseq : 0;
}

/* RFC 3262 s3: numbers from a random one, below 2^31. */
static uint32_t first_rseq(const Ue *ue, const Call *call) {
  if (ue->config->identifiers == IDENTIFIERS_COUNTED)
    return 1;
  const uint64_t bits = ue_callee_draw(ue, call->entity, DRAW_RSEQ, rd_slice(call->call_id));
  return 1 + (uint32_t)rd_below(bits, UINT32_C(0x7ffffffe));
}

/* One at a time: the one before has been acknowledged, or had nothing to wait for. */
void ue_early_sent(Ue *ue, Call *call, unsigned status) {
  Early *e = call->early;
  if (!e || !call->invite)
    return;
  ue->host->cancel(ue->host, e->again);
  e->rseq = e->status ? e->rseq + 1 : first_rseq(ue, call);
  e->status = (uint16_t)status;
  e->described |= status == 183;
  e->acknowledged = false;
  e->interval = rd_sip_tx_t1(call->invite);
  e->until = ue->host->now(ue->host) + 64 * e->interval;
  e->again = ue_call_timer(ue, call, TIMER_AGAIN, e->interval);
}

void ue_early_again(void *self, uint64_t cookie) {
  Ue *ue = self;
  Call *call = ue_call_of_timer(ue, cookie);
  Early *e = call ? call->early : NULL;
  if (!e)
    return;
  e->again = 0;
  const RdTime left = e->until - ue->host->now(ue->host);
  if (left <= 0) {
    ue_callee_unconfirmed(ue, call);
    return;
  }
  ue_callee_repeat(ue, call, e->status);
  e->interval *= 2;
  e->again = ue_call_timer(ue, call, TIMER_AGAIN, MIN(e->interval, left));
}

static bool next_word(RdSlice *rest, uint64_t *ret) {
  uint32_t n = 0;
  *rest = rd_slice_trim(*rest);
  while (n < rest->len && rest->at[n] != ' ' && rest->at[n] != '\t')
    n++;
  const RdSlice word = {rest->at, n};
  *rest = rd_slice_trim((RdSlice){rest->at + n, rest->len - n});
  return n > 0 && rd_slice_uint(word, ret);
}

/* RAck: the answer's RSeq, its CSeq number, its method (RFC 3262 s7.2). */
static bool matches(Call *call, const RdSip *prack) {
  const Early *e = call->early;
  uint64_t rseq, cseq;
  size_t len;
  RdSipScan scan;
  RdSlice rest = rd_sip_value(prack, RD_HDR_RACK);
  if (!e || call->outgoing || e->status == 0 || e->acknowledged || !call->invite || !rest.at ||
      !next_word(&rest, &rseq) || !next_word(&rest, &cseq) || rseq != e->rseq ||
      !rd_slice_is(rest, "INVITE"))
    return false;
  const uint8_t *bytes = rd_sip_tx_request(call->invite, &len);
  return bytes && rd_sip_scan(&scan, bytes, len, RD_SIP_DATAGRAM) && scan.sip.cseq == cseq;
}

void ue_early_prack(Ue *ue, RdSipTransaction *tx, const RdMessage *message) {
  Call *call = ue->config->reliable != RELIABLE_NO ? ue_call_of_dialog(ue, message) : NULL;
  const bool known = call && matches(call, message->sip);
  const unsigned status = ue->config->reliable == RELIABLE_NO ? 405 : known ? 200 : 481;
  ue_reply(ue, tx, message->sip, message->entity, status, call);
  if (!known)
    return;
  Early *e = call->early;
  e->acknowledged = true;
  ue->host->cancel(ue->host, e->again);
  e->again = 0;
  met(ue, call, MET_PRACK);
}

/* RFC 3311 s5.2. An offer is answered, and what it says of the other side's bearer is believed. */
void ue_early_updated(Ue *ue, RdSipTransaction *tx, const RdMessage *message) {
  const RdSip *sip = message->sip;
  char sdp[UE_SDP];
  Call *call = ue->config->reliable != RELIABLE_NO ? ue_call_of_dialog(ue, message) : NULL;
  unsigned status = ue->config->reliable == RELIABLE_NO ? 405 : call ? 200 : 481;
  if (call && sip->body.len > 0 &&
      ue_session_answer(ue, call, sip, &message->local, sdp, sizeof sdp) == 0)
    status = 488;
  Early *e = status == 200 ? call->early : NULL;
  if (e && sip->body.len > 0) {
    const RdPrecondition theirs = rd_precondition_read(sip->body);
    e->version++;
    if (theirs.stated)
      e->remote = theirs.local;
  }
  ue_reply(ue, tx, sip, message->entity, status, call);
  if (e && e->remote == RD_QOS_SENDRECV)
    met(ue, call, MET_OTHER);
}
