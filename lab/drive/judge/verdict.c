#include "lab/drive/judge/verdict.h"

#include <math.h>
#include <string.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/sip/scan.h"
#include "lab/text/names.h"

enum { LONGEST_METHOD = 31 };

static void number(GString *out, uint64_t n) {
  char digits[20];
  size_t i = sizeof digits;
  do {
    digits[--i] = (char)('0' + n % 10);
    n /= 10;
  } while (n > 0);
  g_string_append_len(out, digits + i, (gssize)(sizeof digits - i));
}

/* A dot and exactly `digits` decimals. */
static void decimals(GString *out, uint64_t n, unsigned digits) {
  char text[20];
  for (unsigned i = digits; i > 0; i--, n /= 10)
    text[i] = (char)('0' + n % 10);
  text[0] = '.';
  g_string_append_len(out, text, digits + 1);
}

static void seconds(GString *out, RdTime time) {
  uint64_t t = time < 0 ? 0 : (uint64_t)time;
  number(out, t / RD_SECOND);
  decimals(out, t % RD_SECOND, 9);
}

/* Of a score in [0, 1]: by integers, so the same digits everywhere. */
static void score(GString *out, double value) {
  if (isnan(value)) {
    g_string_append_len(out, "null", 4);
    return;
  }
  uint64_t millionths = value > 0 ? (uint64_t)((value < 1 ? value : 1) * 1e6 + 0.5) : 0;
  number(out, millionths / 1000000);
  decimals(out, millionths % 1000000, 6);
}

static bool plain(const char *text, size_t len) {
  for (size_t i = 0; i < len; i++)
    if (text[i] < ' ' || text[i] > '~' || text[i] == '"' || text[i] == '\\')
      return false;
  return true;
}

/* A method may hold whatever came over the wire. */
static void escaped(GString *out, const char *text, size_t len) {
  g_autofree char *valid = g_utf8_make_valid(text, (gssize)len);
  for (const unsigned char *p = (const unsigned char *)valid; *p; p++) {
    if (*p == '"' || *p == '\\')
      g_string_append_printf(out, "\\%c", *p);
    else if (*p < 0x20 || *p == 0x7f)
      g_string_append_printf(out, "\\u%04x", *p);
    else
      g_string_append_c(out, (char)*p);
  }
}

static void quoted(GString *out, const char *text, size_t len) {
  g_string_append_c(out, '"');
  if (plain(text, len))
    g_string_append_len(out, text, (gssize)len);
  else
    escaped(out, text, len);
  g_string_append_c(out, '"');
}

static void text_or_null(GString *out, const char *text) {
  if (text)
    quoted(out, text, strlen(text));
  else
    g_string_append_len(out, "null", 4);
}

#define literal(out, text) g_string_append_len(out, text, sizeof text - 1)

static void addresses(GString *out, const RdMessage *m) {
  char text[RD_ADDRESS_TEXT];
  bool in = m->direction == RD_INGRESS;
  literal(out, ", \"src\": \"");
  g_string_append_len(out, text, (gssize)rd_address_text(in ? &m->remote : &m->local, text));
  literal(out, "\", \"dst\": \"");
  g_string_append_len(out, text, (gssize)rd_address_text(in ? &m->local : &m->remote, text));
}

static void what(GString *out, const RdSip *sip) {
  if (sip && !sip->is_request) {
    literal(out, "\", \"status\": ");
    number(out, sip->status);
    return;
  }
  literal(out, "\", \"method\": ");
  if (sip)
    quoted(out, sip->method_text.at, MIN(sip->method_text.len, LONGEST_METHOD));
  else
    literal(out, "null");
}

static void verdict_members(GString *out, const RdVerdict *v) {
  literal(out, ", \"action\": \"");
  g_string_append(out, rd_action_name(v->action));
  literal(out, "\", \"code\": ");
  if (v->action == RD_REJECT || v->action == RD_CHALLENGE)
    number(out, v->code);
  else
    literal(out, "null");
  literal(out, ", \"score\": ");
  score(out, v->score);
  literal(out, ", \"class\": ");
  text_or_null(out, v->classes);
  literal(out, ", \"reason\": ");
  text_or_null(out, v->reason);
}

void rd_verdict_line(GString *out, uint64_t n, RdTime time, const RdMessage *m,
                     const RdVerdict *v) {
  char defects[512] = "";
  uint32_t bits = m->sip ? m->sip->defects : RD_SIP_UNSCANNABLE;
  literal(out, "{\"n\": ");
  number(out, n);
  literal(out, ", \"time\": \"");
  seconds(out, time);
  g_string_append_c(out, '"');
  addresses(out, m);
  what(out, m->sip);
  verdict_members(out, v);
  literal(out, ", \"defects\": \"");
  if (bits)
    rd_sip_defect_names(bits, defects, sizeof defects);
  g_string_append(out, defects);
  literal(out, "\"}\n");
}

static bool ends(const RdVerdict *v) {
  return v->action != RD_PASS && v->action != RD_DELAY && v->action != RD_REWRITE;
}

RdWorst rd_worst_none(void) {
  return (RdWorst){.verdict = {.size = sizeof(RdVerdict), .score = NAN}};
}

void rd_worst_add(RdWorst *g, const RdVerdict *v) {
  bool first_score = isnan(g->verdict.score) && !isnan(v->score);
  if (!g->any || ends(v) || first_score || v->score > g->verdict.score)
    g->verdict = *v;
  g->any = true;
}
