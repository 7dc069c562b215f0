/* yaml.h - a YAML file as a small tree that knows its positions.
 *
 * A plain subset: maps with text keys, lists, scalars. Anchors, aliases, tags and second documents
 * are refused (an alias could blow a kilobyte up to gigabytes), as are duplicate keys. File size,
 * depth and number of nodes are bounded. */
#pragma once

#include "lab/yaml/diagnostic.h"

#define RD_YAML_MAX_BYTES (1u << 20)
#define RD_YAML_MAX_DEPTH 32
#define RD_YAML_MAX_NODES 20000

typedef enum { RD_YAML_SCALAR = 1, RD_YAML_LIST, RD_YAML_MAP } RdYamlKind;

typedef struct RdYaml RdYaml;
struct RdYaml {
  RdYamlKind kind;
  bool empty; /* a scalar that says nothing: "", ~ or null, unquoted */
  unsigned line, column; /* from 1 */
  RdSource *source; /* a reference */
  char *text; /* of a scalar */
  RdYaml *key; /* inside a map: its key, a scalar */
  GPtrArray *items; /* of a list or map: RdYaml *, owned */
};

/* NULL: not even a tree; `d` says why. A tree may come with diagnostics too. */
RdYaml *rd_yaml_parse(const char *text, gsize len, const char *path, RdDiagnostics *d);
RdYaml *rd_yaml_load(const char *path, RdDiagnostics *d);
void rd_yaml_free(RdYaml *node); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RdYaml, rd_yaml_free)

/* A deep copy at the same place in the file. */
RdYaml *rd_yaml_copy(const RdYaml *node);
/* An empty map that stands where `place` does, under a key. */
RdYaml *rd_yaml_map_at(const RdYaml *place, const char *key);
/* Gives a node a key of this text; faults of the key are blamed on where `place` stands. */
void rd_yaml_rename(RdYaml *node, const RdYaml *place, const char *key);

const RdYaml *rd_yaml_get(const RdYaml *map, const char *key); /* NULL: absent, or no map */
char *rd_yaml_folder(const RdYaml *node); /* of the file it stands in */
