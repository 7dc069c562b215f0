/* params.h - a part's parameter rows and the struct they fill.
 *
 * A configuration is a zeroed block of the part's config_size, owned here with every string in it;
 * the part gets a plain pointer. All errors are RD_PLUGIN_ERROR, one line, beginning with the key. */
#pragma once

#include "lab/plugin/loader.h"

/* What values are checked against. */
typedef struct {
  const char *folder; /* relative file names start here; NULL: the current folder */
  const char *const *nodes; /* names that exist, NULL-terminated; NULL: not checked */
} RdParamScope;

/* Every parameter at its default; those without one stay zero until they are set. */
void *rd_params_defaults(const RdPart *part);
/* Row of a key, or -1. */
int rd_params_row(const RdPart *part, const char *key);
const char **rd_params_keys(const RdPart *part); /* NULL-terminated; g_free() the array alone */

/* Text as after `key=` on a command line. A list is items joined by ';', a table key=value pairs
 * joined by ';'; a backslash takes the next character literally. A file is a path, or
 * path#sha256=HEX to insist on its contents. On failure the configuration is unchanged. */
bool rd_params_set_text(void *config, const char *key, const char *text, const RdParamScope *scope,
                        GError **error);
/* The same for lists, and for tables as key, value, key, value... */
bool rd_params_set_items(void *config, const char *key, const char *const *items, GError **error);
/* What only the whole can show: required parameters left out, defaults that name no node. Called
 * once for each fault; the number of faults is returned. */
unsigned rd_params_check(const void *config, const RdParamScope *scope,
                         void (*fault)(const char *message, void *user), void *user);
/* The value of a row as canonical text, which set_text() reads back to the identical value. NULL: a
 * required parameter not yet set. */
char *rd_params_text(const void *config, unsigned row);
const RdPart *rd_params_part(const void *config);
void rd_params_free(void *config); /* NULL is fine */

/* For the loader: NULL if the rows make sense, or what is wrong with them. */
char *rd_params_fault(const RdPart *part);
bool rd_params_key_fits(const char *key); /* lower-case-with-hyphens, at most 63 octets */
const char *rd_param_type_name(uint32_t type); /* "number", "enum"... */
const char *rd_param_type_phrase(uint32_t type); /* "a number", "a duration"... */
