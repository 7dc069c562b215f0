/* plugin.h - the one symbol a part exports, and the rows that describe its parameters. */
#pragma once

#include "redoubt/actor.h"
#include "redoubt/defense.h"

/* Raised only when an old part could not run any more. */
#define RD_ABI 1

typedef enum { RD_NODE = 1, RD_ATTACK = 2, RD_DEFENSE = 3 } RdPartKind;

/* How a parameter is written in a trial, and what it is stored as at `offset` of the config. */
typedef enum {
  RD_NUMBER = 1, /* double; accepts 1e3, 5k, 2M, 30 % */
  RD_DURATION, /* RdTime; "30 s", "5 ms", "2 h" */
  RD_BOOL, /* bool */
  RD_TEXT, /* const char * */
  RD_ENUM, /* int: index into `values` */
  RD_LIST, /* const char *const *, NULL-terminated */
  RD_TABLE, /* const char *const *, NULL-terminated: key, value, key, value... */
  RD_FILE, /* const char *: contents, NUL-terminated, read by the loader; path relative to the file
              that names it */
  RD_INTEGER, /* int64_t */
  RD_NODE_NAME /* const char *: name of a node of the topology, checked by the loader; may be "" */
} RdParamType;

typedef struct {
  const char *key; /* lower-case-with-hyphens */
  uint32_t type; /* RdParamType */
  uint32_t offset; /* offsetof in the config struct */
  const char *fallback; /* the default as it would be written; NULL: required */
  double min, max; /* numbers in `unit`, durations in seconds; both 0: unbounded */
  const char *unit; /* "1/s", "s", ""... */
  const char *const *values; /* RD_ENUM: NULL-terminated */
  const char *help; /* one sentence */
} RdParam;

typedef struct {
  uint32_t abi; /* RD_ABI */
  uint32_t size; /* of this struct, as the part was compiled */
  uint32_t kind; /* RdPartKind */
  uint32_t param_size; /* sizeof(RdParam), as the part was compiled */
  const char *name; /* the folder's name */
  const char *summary; /* one line */
  const RdParam *params; /* ended by a row whose key is NULL; NULL: none */
  size_t config_size;
  const RdActorOps *actor; /* nodes and attacks */
  const RdDefenseOps *defense;
  /* Attacks: the interface it comes in by, and the family of the catalogue ("dos", "acc"...);
   * twins have benign = true. */
  uint32_t interface; /* RdInterface */
  const char *family;
  bool benign;
} RdPlugin;

#if defined(__GNUC__)
#define RD_EXPORT __attribute__((visibility("default")))
#else
#define RD_EXPORT
#endif

/* Every part defines:  RD_EXPORT const RdPlugin redoubt_plugin = { ... };  */
extern RD_EXPORT const RdPlugin redoubt_plugin;
