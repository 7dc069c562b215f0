#include "lab/text/names.h"

#include <glib.h>

#include "redoubt/defense.h"
#include "redoubt/sip.h"

static const char *const truths[] = {"benign", "induced", "attack", "twin"};
static const char *const actions[] = {"pass",  "drop", "reject",  "challenge",
                                      "delay", "hold", "rewrite", "close"};
static const char *const methods[] = {
    "none",   "INVITE",    "ACK",    "BYE",     "CANCEL", "REGISTER", "OPTIONS", "PRACK",
    "UPDATE", "SUBSCRIBE", "NOTIFY", "PUBLISH", "INFO",   "REFER",    "MESSAGE", "other"};
static const char *const interfaces[] = {"other", "Gm",  "Mw",  "Ic", "ISC", "Cx", "Sh",
                                         "Rx",    "S6a", "MAP", "Ut", "SWu", "Mb", NULL};
/* A number that has no name would make result.json no JSON: an error of the compiler instead. */
G_STATIC_ASSERT(G_N_ELEMENTS(actions) == RD_ACTION_COUNT);
G_STATIC_ASSERT(G_N_ELEMENTS(methods) == RD_SIP_METHOD_COUNT);
G_STATIC_ASSERT(G_N_ELEMENTS(interfaces) == RD_IF_COUNT + 1);

#define NAME_OF(table, n, i) ((i) < (n) ? (table)[i] : "unknown")

const char *rd_truth_name(unsigned truth) {
  return NAME_OF(truths, G_N_ELEMENTS(truths), truth);
}

const char *rd_action_name(unsigned action) {
  return NAME_OF(actions, G_N_ELEMENTS(actions), action);
}

const char *rd_method_name(unsigned method) {
  return NAME_OF(methods, G_N_ELEMENTS(methods), method);
}

const char *rd_interface_name(unsigned interface) {
  return NAME_OF(interfaces, RD_IF_COUNT, interface);
}

bool rd_interface_parse(const char *text, RdInterface *ret) {
  for (unsigned i = 0; interfaces[i]; i++)
    if (g_ascii_strcasecmp(interfaces[i], text) == 0) {
      *ret = (RdInterface)i;
      return true;
    }
  return false;
}

const char *const *rd_interface_names(void) {
  return interfaces;
}
