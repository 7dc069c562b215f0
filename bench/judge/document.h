/* document.h - reads figures out of a world's result.json (docs/result-format.md). */
#pragma once

#include <json-glib/json-glib.h>

/* The object of a JSON text; NULL with *error if it is none. */
JsonObject *rd_document_parse(const char *text, GError **error);
/* Members by a dotted path: "legit.call.srd_ns.p95". NULL: null, absent or of another type. */
JsonObject *rd_document_object(JsonObject *root, const char *path);
JsonArray *rd_document_array(JsonObject *root, const char *path);
const char *rd_document_text(JsonObject *root, const char *path);
/* NaN: null, absent or no number. */
double rd_document_number(JsonObject *root, const char *path);
/* The object of an array whose "name" is `name`; NULL if there is none. */
JsonObject *rd_document_named(JsonObject *root, const char *path, const char *name);
