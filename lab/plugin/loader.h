/* loader.h - finds and opens parts: shared objects that export one RdPlugin. */
#pragma once

#include <glib.h>

#include "redoubt/plugin.h"

#define RD_PLUGIN_ERROR (rd_plugin_error_quark())
GQuark rd_plugin_error_quark(void);
typedef enum {
  RD_PLUGIN_UNKNOWN = 1, /* no such part */
  RD_PLUGIN_BROKEN, /* a file that is no usable part */
  RD_PLUGIN_UNKNOWN_KEY, /* params.h: no such parameter */
  RD_PLUGIN_BAD_VALUE,
  RD_PLUGIN_PATH /* asked for by a path, which is not allowed here */
} RdPluginError;

typedef struct RdPart RdPart;

/* Something that a part can be told to do. */
typedef struct {
  const char *name, *help;
  RdPart *arguments; /* rows and size of its arguments, as of a part: for params.h; owned */
} RdPartVerb;

/* A loaded part. Fields past what it was compiled with read as zero; operations of an actor or a
 * defense that may be left out and were, but for `state`, `entities`, `truth` and `success`, do
 * nothing. */
struct RdPart {
  RdPlugin plugin; /* a whole copy in today's shape */
  RdActorOps actor;
  RdDefenseOps defense;
  char *path; /* of the .so */
  char *digest; /* SHA-256 of the file, hex */
  RdParam *params; /* rows in today's shape */
  unsigned n_params;
  RdCost *costs; /* the same of the operations it declares */
  unsigned n_costs;
  RdPartVerb *verbs;
  unsigned n_verbs;
  void *handle;
  bool by_path; /* asked for as a path, not by its name */
  /* Of an attack that is a scenario: what a configuration begins with, before any row is set. */
  const void *given;
  gsize given_size;
  GPtrArray *owned; /* what its table and `given` point to; NULL: nothing */
};

typedef struct RdParts RdParts;

/* An attack may be a SIPp scenario: NAME.xml where NAME.so would be, and NAME.yaml beside it. */
/* Parts are looked for in folders nodes/, attacks/ and defenses/ of each root: $REDOUBT_PARTS (a
 * colon-separated list), then the build tree's or the installation's own. */
RdParts *rd_parts_new(void);
RdParts *rd_parts_new_bare(void); /* no roots yet: tests, fuzzing */
void rd_parts_add_root(RdParts *parts, const char *folder);
/* From now on no part is loaded by a path, since files of others may name one; parts that are
 * loaded already stay known by theirs. */
void rd_parts_names_only(RdParts *parts);
#define RD_ALLOW_PART_PATHS "--allow-part-paths" /* the option of commands that do so */
/* A part that is compiled in (tests). It must outlive `parts`; checked like any other. */
bool rd_parts_add_static(RdParts *parts, const RdPlugin *plugin, GError **error);
int rd_part_verb(const RdPart *part,
                 const char *name); /* its index; -1: it has none of that name */
/* NULL and one clear line: unknown (with the names there are), broken, foreign, wrong ABI, or a
 * part whose rows make no sense. A name with a '/' is the path of a .so, or (attacks) of a scenario, .xml. */
const RdPart *rd_parts_get(RdParts *parts, RdPartKind kind, const char *name, GError **error);
/* Every part of this name that can be had, found by it or loaded by a path, in order of kind: at most
 * one a kind; g_ptr_array_unref() it. If there is none because its file is broken, *ret_broken (may
 * be NULL) says why. */
GPtrArray *rd_parts_named(RdParts *parts, const char *name, GError **ret_broken);
/* Names found of a kind, sorted, NULL-terminated. */
char **rd_parts_names(RdParts *parts, RdPartKind kind);
void rd_parts_free(RdParts *parts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RdParts, rd_parts_free)

const char *rd_part_kind_name(RdPartKind kind); /* "node", "attack", "defense" */
const char *rd_part_kind_folder(RdPartKind kind); /* "nodes", "attacks", "defenses" */
