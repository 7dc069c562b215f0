#include "lab/capture/label.h"

#include <string.h>

#include "lab/base/text.h"

const char *rd_label_comment(int direction, const RdLabel *label, char ret[RD_LABEL_COMMENT]) {
  RdText t = rd_text(ret, RD_LABEL_COMMENT);
  if (direction >= 0)
    rd_text_add(&t, direction == RD_EGRESS ? "egress" : "ingress");
  if (!label)
    return ret;
  if (direction >= 0)
    rd_text_char(&t, ' ');
  rd_text_add(&t, label->label);
  if (label->n_causes == 0)
    return ret;
  rd_text_add(&t, " causes=");
  for (unsigned i = 0; i < label->n_causes; i++) {
    if (i > 0)
      rd_text_char(&t, ',');
    rd_text_add(&t, label->causes[i]);
  }
  rd_text_add(&t, " depth=");
  rd_text_uint(&t, label->depth);
  return ret;
}

static bool word(const char *comment, size_t len, const char *text) {
  size_t n = strlen(text);
  return len >= n && memcmp(comment, text, n) == 0 && (len == n || comment[n] == ' ');
}

bool rd_label_direction(const char *comment, size_t len, RdDirection *ret) {
  if (word(comment, len, "ingress"))
    *ret = RD_INGRESS;
  else if (word(comment, len, "egress"))
    *ret = RD_EGRESS;
  else
    return false;
  return true;
}

/* Names of attacks are the trial file's words: anything may be in them. */
static void json_text(GString *out, const char *text) {
  g_string_append_c(out, '"');
  for (; *text; text++) {
    unsigned char c = (unsigned char)*text;
    if (c == '"' || c == '\\')
      g_string_append_printf(out, "\\%c", c);
    else if (c < 0x20)
      g_string_append_printf(out, "\\u%04x", c);
    else
      g_string_append_c(out, (char)c);
  }
  g_string_append_c(out, '"');
}

void rd_label_json(GString *out, uint64_t n, RdTime t, const RdLabel *label) {
  g_string_append_printf(
      out, "{\"n\":%" G_GUINT64_FORMAT ",\"t_ns\":%" G_GINT64_FORMAT ",\"label\":", n, t);
  json_text(out, label->label);
  g_string_append(out, ",\"causes\":[");
  for (unsigned i = 0; i < label->n_causes; i++) {
    if (i > 0)
      g_string_append_c(out, ',');
    json_text(out, label->causes[i]);
  }
  g_string_append_printf(out, "],\"depth\":%u}\n", label->depth);
}
