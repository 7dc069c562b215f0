#include "lab/drive/verdict.h"

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/sip/scan.h"
#include "lab/world/json.h"

const char *rd_action_name(uint8_t action) {
  static const char *const names[RD_ACTION_COUNT] = {"pass",  "drop", "reject", "challenge",
                                                     "delay", "hold", "rewrite"};
  return action < RD_ACTION_COUNT ? names[action] : "unknown";
}

static void what(RdJson *j, const RdSip *sip) {
  char method[32];
  if (!sip) {
    rd_json_null(j, "method");
  } else if (sip->is_request) {
    rd_slice_copy(sip->method_text, method, sizeof method);
    rd_json_text(j, "method", method);
  } else {
    rd_json_int(j, "status", sip->status);
  }
}

void rd_verdict_line(GString *out, uint64_t n, RdTime time, const RdMessage *m,
                     const RdVerdict *v) {
  char address[RD_ADDRESS_TEXT], defects[512], seconds[40];
  bool in = m->direction == RD_INGRESS;
  bool answers = v->action == RD_REJECT || v->action == RD_CHALLENGE;
  RdJson j;
  rd_json_init(&j);
  rd_json_open_flat(&j, NULL, '{');
  rd_json_uint(&j, "n", n);
  g_snprintf(seconds, sizeof seconds, "%" G_GINT64_FORMAT ".%09" G_GINT64_FORMAT, time / RD_SECOND,
             time % RD_SECOND);
  rd_json_text(&j, "time", seconds);
  rd_address_text(in ? &m->remote : &m->local, address);
  rd_json_text(&j, "src", address);
  rd_address_text(in ? &m->local : &m->remote, address);
  rd_json_text(&j, "dst", address);
  what(&j, m->sip);
  rd_json_text(&j, "action", rd_action_name(v->action));
  if (answers)
    rd_json_int(&j, "code", v->code);
  else
    rd_json_null(&j, "code");
  rd_json_real(&j, "score", v->score);
  rd_json_text(&j, "class", v->classes);
  rd_json_text(&j, "reason", v->reason);
  rd_sip_defect_names(m->sip ? m->sip->defects : RD_SIP_UNSCANNABLE, defects, sizeof defects);
  rd_json_text(&j, "defects", defects);
  rd_json_close(&j);
  g_autofree char *line = rd_json_finish(&j);
  g_string_append(out, line);
}
