#include "lab/text/json.h"

#include <math.h>
#include <string.h>

#include "lab/text/json_shape.h"

void rd_json_init(RdJson *j) {
  *j = (RdJson){.text = g_string_new(NULL)};
}

void rd_json_init_shape(RdJson *j) {
  *j = (RdJson){.shape = rd_json_shape_new()};
}

void rd_json_finish_shape(RdJson *j, RdJson *into, const char *key) {
  rd_json_shape_write(j->shape, into, key);
  rd_json_shape_free(j->shape);
  j->shape = NULL;
}

void rd_json_note(RdJson *j, unsigned notes) {
  if (j->shape)
    rd_json_shape_notes(j->shape, notes);
}

static void new_line(RdJson *j) {
  if (j->depth && j->flat[j->depth])
    return;
  g_string_append_c(j->text, '\n');
  for (unsigned i = 0; i < j->depth; i++)
    g_string_append_c(j->text, ' ');
}

/* Control octets, quotes and what is not UTF-8: names may come from the wire. */
static void quoted(GString *out, const char *value) {
  g_autofree char *valid = g_utf8_make_valid(value, -1);
  g_string_append_c(out, '"');
  for (const unsigned char *p = (const unsigned char *)valid; *p; p++) {
    if (*p == '"' || *p == '\\')
      g_string_append_printf(out, "\\%c", *p);
    else if (*p < 0x20 || *p == 0x7f)
      g_string_append_printf(out, "\\u%04x", *p);
    else
      g_string_append_c(out, (char)*p);
  }
  g_string_append_c(out, '"');
}

static void begin(RdJson *j, const char *key) {
  if (j->filled[j->depth])
    g_string_append(j->text, j->flat[j->depth] ? ", " : ",");
  if (j->depth)
    new_line(j);
  j->filled[j->depth] = true;
  if (key) {
    quoted(j->text, key);
    g_string_append(j->text, ": ");
  }
}

static void open_as(RdJson *j, const char *key, char bracket, bool flat) {
  if (j->shape) {
    rd_json_shape_open(j->shape, key, bracket, false);
    return;
  }
  begin(j, key);
  g_string_append_c(j->text, bracket);
  g_assert(j->depth + 1 < RD_JSON_DEPTH);
  flat = flat || j->flat[j->depth];
  j->depth++;
  j->filled[j->depth] = false;
  j->flat[j->depth] = flat;
  j->closes[j->depth] = bracket == '{' ? '}' : ']';
}

void rd_json_open(RdJson *j, const char *key, char bracket) {
  open_as(j, key, bracket, false);
}

void rd_json_open_flat(RdJson *j, const char *key, char bracket) {
  open_as(j, key, bracket, true);
}

void rd_json_open_map(RdJson *j, const char *key) {
  if (j->shape)
    rd_json_shape_open(j->shape, key, '{', true);
  else
    rd_json_open(j, key, '{');
}

void rd_json_close(RdJson *j) {
  if (j->shape) {
    rd_json_shape_close(j->shape);
    return;
  }
  bool filled = j->filled[j->depth], flat = j->flat[j->depth];
  char closes = j->closes[j->depth];
  j->depth--;
  if (filled && !flat)
    new_line(j);
  g_string_append_c(j->text, closes);
}

void rd_json_text(RdJson *j, const char *key, const char *value) {
  if (j->shape) {
    rd_json_shape_value(j->shape, key, RD_SHAPE_TEXT, value == NULL, 0);
    return;
  }
  begin(j, key);
  if (value)
    quoted(j->text, value);
  else
    g_string_append(j->text, "null");
}

void rd_json_int(RdJson *j, const char *key, int64_t value) {
  if (j->shape) {
    rd_json_shape_value(j->shape, key, RD_SHAPE_INTEGER, false, value);
    return;
  }
  begin(j, key);
  g_string_append_printf(j->text, "%" G_GINT64_FORMAT, value);
}

void rd_json_uint(RdJson *j, const char *key, uint64_t value) {
  if (j->shape) {
    rd_json_shape_value(j->shape, key, RD_SHAPE_COUNT, false, 0);
    return;
  }
  begin(j, key);
  g_string_append_printf(j->text, "%" G_GUINT64_FORMAT, value);
}

void rd_json_time(RdJson *j, const char *key, RdTime value) {
  if (j->shape) {
    rd_json_shape_value(j->shape, key, RD_SHAPE_COUNT, true, 0);
    return;
  }
  if (value < 0 || value == RD_NEVER)
    rd_json_null(j, key);
  else
    rd_json_int(j, key, value);
}

void rd_json_real(RdJson *j, const char *key, double value) {
  if (j->shape) {
    rd_json_shape_value(j->shape, key, RD_SHAPE_REAL, true, 0);
    return;
  }
  if (!isfinite(value)) {
    rd_json_null(j, key);
    return;
  }
  char digits[400];
  begin(j, key);
  /* A negative that rounds to nothing is written as nothing: no "-0.000000". */
  g_ascii_formatd(digits, sizeof digits, "%.6f", value);
  g_string_append(j->text, strcmp(digits, "-0.000000") ? digits : digits + 1);
}

void rd_json_bool(RdJson *j, const char *key, bool value) {
  if (j->shape) {
    rd_json_shape_value(j->shape, key, RD_SHAPE_BOOL, false, 0);
    return;
  }
  begin(j, key);
  g_string_append(j->text, value ? "true" : "false");
}

void rd_json_null(RdJson *j, const char *key) {
  if (j->shape) {
    rd_json_shape_value(j->shape, key, RD_SHAPE_NULL, true, 0);
    return;
  }
  begin(j, key);
  g_string_append(j->text, "null");
}

char *rd_json_finish(RdJson *j) {
  g_string_append_c(j->text, '\n');
  return g_string_free(g_steal_pointer(&j->text), FALSE);
}
