/* compose.h - a trial put together on the command line, as the YAML of a trial file. */
#pragma once

#include <glib.h>

#define RD_COMPOSE_ERROR g_quark_from_static_string("rd-compose")

typedef struct {
  const char *topology; /* a name or a path */
  char **attacks; /* "NAME[,key=value...]", NULL-terminated; may be NULL */
  char **defenses; /* "NAME[,key=value...]@NODE.NETWORK[+NODE.NETWORK...]"; may be NULL */
  const char *seed, *duration, *warmup; /* as written; NULL: 1, 60 s, none */
} RdComposition;

/* Attack keys `name`, `network`, `at` and `for` are the trial's; every other key is a parameter of
 * the part. A comma inside brackets, braces or double quotes does not part keys. NULL with *error:
 * it is not of that form. Whether names and values mean something is for the trial's reader. */
char *rd_compose(const RdComposition *composition, GError **error);
