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

/* Something that it can be told to do while it runs, by a console or a trial's `acts:`. Arguments are read,
 * checked and shown as parameters are. */
typedef struct {
  const char *name; /* "block": lower-case-with-hyphens */
  const RdParam *arguments; /* ended by a row whose key is NULL; NULL: none */
  size_t arguments_size; /* of the struct that they fill */
  const char *help; /* one sentence */
} RdVerb;

typedef enum { RD_COST_FIXED = 0, RD_COST_EXPONENTIAL = 1 } RdCostDistribution;

/* What an operation costs a worker of speed 1 in the simulator: base + per_byte x bytes +
 * per_doubling x log2(1 + occupancy), written as in a cost table ("3 ms", "220 ps"); NULL: nothing.
 * A part has one row for each name that it asks host->operation() for. It may have one, too, for what
 * the engine itself spends on its behalf: "judge" of a defense; "scan", "handle", "send" and "timer"
 * of a node. A row whose base is NULL has no cost of its own: it declares the use of an operation
 * that is common to all parts (lab/costs.yaml, part "*"). */
typedef struct {
  const char *operation; /* lower-case-with-hyphens */
  const char *base, *per_byte, *per_doubling;
  uint32_t distribution; /* RdCostDistribution */
  uint32_t reserved; /* zero */
  const char *source; /* where the numbers come from, one phrase; required with a base */
  const char *help; /* what is done, one sentence */
} RdCost;

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
  /* A node that stands for a program outside: only a driver on real sockets runs it, and nothing is ever
   * handed to it. */
  bool external;
  uint8_t reserved[2]; /* zero: no member may hide where padding was */
  uint32_t cost_size; /* sizeof(RdCost), as the part was compiled */
  const RdCost *costs; /* ended by a row whose operation is NULL; NULL: none */
  const RdVerb *verbs; /* ended by a row whose name is NULL; NULL: none */
  uint32_t verb_size; /* sizeof(RdVerb), as the part was compiled */
  uint32_t reserved_end; /* zero */
} RdPlugin;

#if defined(__GNUC__)
#define RD_EXPORT __attribute__((visibility("default")))
#else
#define RD_EXPORT
#endif

/* Every part defines this one symbol, by RD_PART. */
extern RD_EXPORT const RdPlugin redoubt_plugin;

/* --- a part's tables, with no size to forget ----------------------------------------------------
 *
 *   RD_PART(RD_DEFENSE, "quiet-hours", "Limits the dialogs that one source may begin",
 *           RD_CONFIG(Config, params), RD_COSTS(costs),
 *           RD_DEFENSE_OPS(.open = quiet_open, .judge = quiet_judge, .close = quiet_close));
 */
#define RD_PART(kind_, name_, summary_, ...)                                                       \
  RD_EXPORT const RdPlugin redoubt_plugin = {.abi = RD_ABI,                                        \
                                             .size = sizeof(RdPlugin),                             \
                                             .kind = (kind_),                                      \
                                             .param_size = sizeof(RdParam),                        \
                                             .cost_size = sizeof(RdCost),                          \
                                             .verb_size = sizeof(RdVerb),                          \
                                             .name = name_,                                        \
                                             .summary = summary_,                                  \
                                             __VA_ARGS__}

/* Within RD_PART: the struct that the rows fill, and the rows. */
#define RD_CONFIG(Config, rows) .params = (rows), .config_size = sizeof(Config)
#define RD_COSTS(rows) .costs = (rows)
#define RD_VERBS(rows) .verbs = (rows)
#define RD_ACTOR_OPS(...)                                                                          \
  .actor = &(const RdActorOps) {                                                                   \
    .size = sizeof(RdActorOps), __VA_ARGS__                                                        \
  }
#define RD_DEFENSE_OPS(...)                                                                        \
  .defense = &(const RdDefenseOps) {                                                               \
    .size = sizeof(RdDefenseOps), __VA_ARGS__                                                      \
  }

/* sizeof() of what a type is stored as; a member of another size does not compile. */
#define RD_PARAM_SIZE(type)                                                                        \
  ((type) == RD_BOOL ? sizeof(bool) : (type) == RD_ENUM ? sizeof(int) : sizeof(int64_t))
#define RD_PARAM_AT(Config, member, type)                                                          \
  (uint32_t)(offsetof(Config, member) +                                                            \
             0 * sizeof(char[sizeof(((Config *)0)->member) == RD_PARAM_SIZE(type) ? 1 : -1]))

/* One parameter row: of any type but RD_ENUM, and of an RD_ENUM. The rows end with RD_PARAM_END. */
#define RD_PARAM(Config, key, type, member, fallback, min, max, unit, help)                        \
  { key, type, RD_PARAM_AT(Config, member, type), fallback, min, max, unit, NULL, help }
#define RD_CHOICE(Config, key, member, fallback, values, help)                                     \
  { key, RD_ENUM, RD_PARAM_AT(Config, member, RD_ENUM), fallback, 0, 0, "", values, help }
#define RD_PARAM_END                                                                               \
  { .key = NULL }
/* One verb: its arguments are rows as a config's are. */
#define RD_VERB(name, Arguments, rows, help)                                                       \
  { name, rows, sizeof(Arguments), help }
#define RD_VERB_END                                                                                \
  { .name = NULL }
#define RD_COST_END                                                                                \
  { .operation = NULL }
