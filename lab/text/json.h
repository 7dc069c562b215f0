/* json.h - writes JSON text whose bytes depend on the values alone: fixed number formats, no
 * locale, members in the order of the calls. What is undefined is written as null. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "redoubt/base.h"

#define RD_JSON_DEPTH 16

typedef struct {
  GString *text;
  unsigned depth;
  bool filled[RD_JSON_DEPTH]; /* the container at that depth has a member */
  bool flat[RD_JSON_DEPTH]; /* written on one line */
  char closes[RD_JSON_DEPTH]; /* '}' or ']' */
  struct RdJsonShape *shape; /* NULL: values are written */
} RdJson;

void rd_json_init(RdJson *j);
/* Opens '{' or '['. `key` is NULL inside an array and at the top. A flat container, and all within
 * it, stands on one line. */
void rd_json_open(RdJson *j, const char *key, char bracket);
void rd_json_open_flat(RdJson *j, const char *key, char bracket);
/* An object whose keys are names that the document's data give. */
void rd_json_open_map(RdJson *j, const char *key);
void rd_json_close(RdJson *j);
void rd_json_text(RdJson *j, const char *key, const char *value); /* NULL: null */
void rd_json_int(RdJson *j, const char *key, int64_t value);
void rd_json_uint(RdJson *j, const char *key, uint64_t value);
void rd_json_time(RdJson *j, const char *key, RdTime value); /* RD_NEVER or < 0: null */
void rd_json_real(RdJson *j, const char *key, double value); /* 6 decimals; not finite: null */
void rd_json_bool(RdJson *j, const char *key, bool value);
void rd_json_null(RdJson *j, const char *key);
/* Ends the document with a newline and hands the text over. */
char *rd_json_finish(RdJson *j);

/* ---- the schema of a document ------------------------------------------------------------------
 *
 * The code that writes a document describes it as well: begun by rd_json_init_shape(), the same calls give
 * a JSON schema in place of values. Every array and map has to be given something to hold then. What the
 * calls themselves cannot show is noted before a value; when values are written, notes say nothing. */

enum {
  RD_JSON_OR_NULL =
      1, /* the next value may be null instead (that of a real or a time always may) */
  RD_JSON_OPTIONAL = 2, /* the next member may be missing */
  RD_JSON_ALWAYS = 4 /* the next integer is this one always */
};
void rd_json_note(RdJson *j, unsigned notes);
void rd_json_init_shape(RdJson *j);
/* Ends a document begun so, and writes its schema as a member (key NULL: an element) of another. */
void rd_json_finish_shape(RdJson *j, RdJson *into, const char *key);
