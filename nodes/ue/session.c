/* session.c - what a phone says of itself and of its media: plain, or as an IR.92 phone does. */
#include <inttypes.h>

#include "lab/base/slice.h"
#include "lab/sip/request.h"
#include "lab/sip/sdp.h"
#include "nodes/ue/ue.h"

/* A 405 has to say which (RFC 3261 s20.5, s21.4.6). */
const char ue_methods[] = "INVITE, ACK, CANCEL, BYE, OPTIONS";
const char ue_methods_full[] = "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE";

#define MMTEL "urn:urn-7:3gpp-service.ims.icsi.mmtel"
#define MMTEL_TAG "+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel\""
/* An E-UTRAN cell of MCC 001 MNC 01: tracking area 1, cell 1. All phones are in it. */
#define ACCESS "3GPP-E-UTRAN-FDD; utran-cell-id-3gpp=0010100010000001"
#define BANDWIDTH "b=AS:41\r\nb=RS:512\r\nb=RR:1537\r\n" /* AMR-WB at 23.85 kbit/s */

const char *ue_contact_more(const Ue *ue) {
  return ue->config->preconditions ? ";" MMTEL_TAG : NULL;
}

/* The UE says "precondition" in Supported, although what it wants of its own side is mandatory: so a phone
 * without them can be called (RFC 3312 s11 would have Require). */
size_t ue_invite_headers(const Ue *ue, char *text, size_t cap) {
  RdText t = rd_text(text, cap);
  if (ue->config->reliable == RELIABLE_NO)
    return 0;
  rd_text_add(&t, "Supported: 100rel");
  rd_text_add(&t, ue->config->preconditions ? ", precondition\r\nAllow: " : "\r\nAllow: ");
  rd_text_add(&t, ue_methods_full);
  rd_text_add(&t, "\r\n");
  if (ue->config->preconditions)
    rd_text_add(&t, "Accept-Contact: *;" MMTEL_TAG "\r\n"
                    "P-Preferred-Service: " MMTEL "\r\n"
                    "P-Access-Network-Info: " ACCESS "\r\n"
                    "P-Early-Media: supported\r\n"
                    "Accept: application/sdp\r\n");
  return t.full ? 0 : t.len;
}

/* A call's descriptions are numbered on from the first, whose version is the session's number. */
static RdSdpMore more_of(const Call *call, uint64_t session, bool firm, char *lines, size_t cap) {
  RdText t = rd_text(lines, cap);
  if (call && ue_early_reserves(call)) {
    RdPrecondition state = ue_early_state(call);
    state.confirm = firm && !call->outgoing && state.remote != RD_QOS_SENDRECV;
    rd_precondition_write(&t, &state, firm);
  }
  return (RdSdpMore){.version = session + (call ? ue_early_version(call) : 0),
                     .bandwidth = BANDWIDTH,
                     .attributes = rd_slice_of(t.at, t.len),
                     .events = true};
}

size_t ue_session_offer(const Ue *ue, const Call *call, const RdAddress *rtp, char *sdp,
                        size_t cap) {
  char lines[512];
  const uint64_t session = call->attempt + 1;
  if (!ue->config->preconditions)
    return rd_sdp_offer(sdp, cap, rtp, session);
  if (!call->early) { /* the first: nothing is there yet */
    RdText t = rd_text(lines, sizeof lines);
    rd_precondition_write(&t, &(RdPrecondition){.stated = true}, false);
    const RdSdpMore first = {
        .bandwidth = BANDWIDTH, .attributes = rd_slice_of(t.at, t.len), .events = true};
    return rd_sdp_offer_full(sdp, cap, rtp, session, &first);
  }
  const RdSdpMore more = more_of(call, session, true, lines, sizeof lines);
  return rd_sdp_offer_full(sdp, cap, rtp, session, &more);
}

size_t ue_session_answer(const Ue *ue, const Call *call, const RdSip *sip, const RdAddress *local,
                         char *sdp, size_t cap) {
  RdSdp offer;
  char lines[512];
  const RdAddress rtp = rd_sip_rtp(*local);
  if (sip->body.len == 0)
    return rd_sdp_offer(sdp, cap, &rtp, 1);
  if (!rd_sdp_parse(sip->body, &offer))
    return 0;
  if (!ue->config->preconditions)
    return rd_sdp_answer(sdp, cap, &offer, &rtp, 1);
  const uint64_t session = call && call->outgoing ? call->attempt + 1 : 1;
  const RdSdpMore more = more_of(call, session, true, lines, sizeof lines);
  return rd_sdp_answer_full(sdp, cap, &offer, &rtp, session, &more);
}
