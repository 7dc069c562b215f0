/* json_shape.h - what a document written by the calls of json.h looks like, as a JSON schema. For json.c
 * alone. */
#pragma once

#include "lab/text/json.h"

typedef enum {
  RD_SHAPE_TEXT,
  RD_SHAPE_INTEGER,
  RD_SHAPE_COUNT, /* an integer of 0 or more */
  RD_SHAPE_REAL,
  RD_SHAPE_BOOL,
  RD_SHAPE_NULL
} RdShapeKind;

typedef struct RdJsonShape RdJsonShape;
RdJsonShape *rd_json_shape_new(void);
void rd_json_shape_notes(RdJsonShape *s, unsigned notes); /* of the next value */
/* `number`: of an integer, for RD_JSON_ALWAYS. */
void rd_json_shape_value(RdJsonShape *s, const char *key, RdShapeKind kind, bool nullable,
                         int64_t number);
void rd_json_shape_open(RdJsonShape *s, const char *key, char bracket, bool map);
void rd_json_shape_close(RdJsonShape *s);
void rd_json_shape_write(const RdJsonShape *s, RdJson *into, const char *key);
void rd_json_shape_free(RdJsonShape *s);
