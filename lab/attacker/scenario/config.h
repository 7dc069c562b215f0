/* config.h - the configuration of the part that plays scenarios, as the loader and the part both know it.
 *
 * One compiled part, scenario.so, plays every file. The loader makes an attack of NAME/NAME.xml and
 * NAME/NAME.yaml: a copy of that part's table under another name, whose config begins with the file's
 * own contents, and whose rows end with the parameters that NAME.yaml declares. */
#pragma once

#include "redoubt/plugin.h"

#define RD_SCENARIO_KEYS 32 /* parameters that a file may declare */
#define RD_SCENARIO_FILES 4 /* injection files */

/* What the loader puts there, and owns. NULL or none: not there. */
typedef struct {
  const char *xml; /* the scenario's text */
  const char *path; /* shown in messages */
  const char *family;
  const char *const *keys; /* names of the declared parameters, NULL-terminated */
  const uint32_t *types; /* RdParamType of each */
  const char *const *files, *const
                                *contents; /* injection files: names, contents; NULL-terminated */
  uint64_t benign;
} RdScenarioGiven;

typedef union {
  double number;
  int64_t integer;
  RdTime duration;
  bool yes;
  const char *text;
} RdScenarioValue;

typedef struct {
  RdScenarioGiven given;
  RdScenarioValue values[RD_SCENARIO_KEYS];
  const char *const *key; /* keys that no file declares: name, value, ... */
  const char *target, *remote, *service, *username, *password;
  double rate;
  int64_t calls, at_once, sources;
  int transport, media, predicate;
  bool retransmit;
  RdTime pause, recv_timeout;
  const char *fact;
  double threshold;
} RdScenarioConfig;

typedef enum { RD_BY_HARM = 0, RD_BY_FACTS, RD_BY_COMPLETED } RdScenarioPredicate;
#define RD_SCENARIO_PREDICATES                                                                     \
  { "harm", "facts", "completed", NULL }
