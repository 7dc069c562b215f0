/* format.h - what list, show and check print alike. */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>

#include "lab/plugin/loader.h"

/* Prints a finished builder's value, indented, and a newline. */
void rd_cli_print_json(JsonBuilder *builder);
/* A member that is null when text is NULL. */
void rd_cli_member(JsonBuilder *builder, const char *name, const char *text);
/* The first sentence of the comment that a YAML file begins with; "" if it has none. */
char *rd_cli_first_sentence(const char *path);
/* What a part says about itself, for --format json: name, kind, summary, path, digest... */
void rd_cli_part_members(JsonBuilder *builder, const RdPart *part);
