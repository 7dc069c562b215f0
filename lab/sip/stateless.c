#include "lab/sip/stateless.h"

#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "lab/sip/build.h"
#include "lab/sip/scan.h"

/* With these an answer would not reach its client, or would carry on what is wrong. */
#define UNANSWERABLE                                                                               \
  (RD_SIP_UNSCANNABLE | RD_SIP_TRUNCATED | RD_SIP_BAD_OCTET | RD_SIP_MISSING_HEADER |              \
   RD_SIP_BAD_VIA | RD_SIP_UNTERMINATED_QUOTE)

#define TAG_DIGITS 16

static uint64_t hash_slice(const uint64_t key[2], uint64_t sum, RdSlice s) {
  return rd_mix(sum, rd_siphash(key, s.at ? s.at : "", s.len));
}

/* Of what an INVITE and the ACK to its refusal have in common (s17.1.1.3). */
static void refusal_tag(const RdSip *request, const uint64_t key[2], char ret[TAG_DIGITS + 1]) {
  uint64_t sum = rd_mix(key[0], request->cseq);
  sum = hash_slice(key, sum, request->call_id);
  sum = hash_slice(key, sum, request->from_tag);
  sum = hash_slice(key, sum, request->via_sent_by);
  sum = hash_slice(key, sum, request->via_branch);
  RdText t = rd_text(ret, TAG_DIGITS + 1);
  rd_text_hex(&t, rd_siphash(key, &sum, sizeof sum), TAG_DIGITS);
}

size_t rd_sip_refuse(const RdSip *request, const RdVerdict *verdict, const uint64_t key[2],
                     char *buffer, size_t cap) {
  if (cap == 0 || !request->is_request || request->method == RD_SIP_ACK ||
      (request->defects & UNANSWERABLE))
    return 0;
  bool challenge = verdict->action == RD_CHALLENGE;
  unsigned code = verdict->code;
  if (challenge && code != 401 && code != 407)
    code = request->method == RD_SIP_REGISTER ? 401 : 407;
  else if (code < 300 || code > 699)
    code = 500;
  char tag[TAG_DIGITS + 1];
  refusal_tag(request, key, tag);
  RdSipBuild b = rd_sip_reply(buffer, cap, request, code, NULL, rd_slice(tag));
  if (challenge && verdict->challenge)
    rd_sip_add(&b, code == 401 ? "WWW-Authenticate" : "Proxy-Authenticate",
               rd_slice(verdict->challenge));
  if (verdict->action == RD_REJECT && verdict->retry_after > 0)
    rd_sip_addf(&b, "Retry-After", "%u", verdict->retry_after);
  return rd_sip_finish(&b, NULL, (RdSlice){0});
}

bool rd_sip_is_refusal_ack(const RdSip *request, const uint64_t key[2]) {
  if (!request->is_request || request->method != RD_SIP_ACK)
    return false;
  char tag[TAG_DIGITS + 1];
  refusal_tag(request, key, tag);
  return rd_slice_is(request->to_tag, tag);
}
