/* What a message is called. */
#include <string.h>

#include "lab/base/slice.h"
#include "lab/codec/codec.h"
#include "lab/ladder/seen.h"
#include "lab/text/words.h"

#define METHOD 16
#define REASON 28

static char *clipped(RdSlice s, unsigned most) {
  g_autofree char *text = g_strndup(s.at ? s.at : "", MIN(s.len, most));
  return rd_words_printable(text);
}

static bool has_sdp(const RdSip *sip) {
  RdSlice subtype;
  rd_sip_media_type(rd_sip_value(sip, RD_HDR_CONTENT_TYPE), &subtype);
  return sip->body.len > 0 && rd_slice_is_nocase(subtype, "sdp");
}

static void name_sip(const RdSip *sip, RdSeen *ret) {
  const char *sdp = has_sdp(sip) ? " (SDP)" : "";
  g_autofree char *method = clipped(sip->method_text, METHOD);
  g_autofree char *reason = clipped(sip->reason, REASON);
  ret->is_request = sip->is_request;
  if (sip->is_request) {
    ret->text = g_strconcat(method, sdp, NULL);
    ret->full = g_strdup(ret->text);
    return;
  }
  ret->text = g_strdup_printf("%u %s%s", sip->status, method, sdp);
  ret->full =
      g_strdup_printf("%u %s%s(%s)%s", sip->status, reason, reason[0] ? " " : "", method, sdp);
}

static char *diameter_name(const RdDiameter *dia) {
  const char *known = rd_dia_command_name(dia->command, dia->is_request);
  g_autofree char *number =
      g_strdup_printf("%u %s", dia->command, dia->is_request ? "request" : "answer");
  if (dia->is_request)
    return g_strdup(known ? known : number);
  return g_strdup_printf("%s %u", known ? known : number,
                         dia->result ? dia->result : dia->experimental_result);
}

bool rd_ladder_name(const RdCaptureMessage *m, RdSeen *ret) {
  RdView room;
  RdMessage message = {.kind = RD_DATA, .protocol = m->protocol, .bytes = m->bytes, .len = m->len};
  rd_codec_view(&room, &message);
  if (message.sip && !(message.sip->defects & RD_SIP_UNSCANNABLE)) {
    name_sip(message.sip, ret);
    return true;
  }
  if (m->protocol != RD_PROTO_DIAMETER || !message.view)
    return false;
  ret->is_request = ((const RdDiameter *)message.view)->is_request;
  ret->text = diameter_name(message.view);
  ret->full = g_strdup(ret->text);
  return true;
}
