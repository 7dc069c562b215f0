/* judges.h - `--defense NAME[,key=value...]` of replay and live. */
#pragma once

#include "lab/plugin/params.h"

typedef struct {
  char *name; /* of the instance: `name=...`, or the part's; keys its random numbers */
  const RdPart *part;
  void *config;
} RdJudge;

typedef struct {
  RdJudge *judges;
  unsigned n;
} RdJudges;

/* `nodes` (NULL-terminated, may be NULL) are the names a parameter may give. NULL texts: none. */
bool rd_judges_parse(RdParts *parts, char *const *texts, const char *const *nodes, RdJudges *ret,
                     GError **error);
void rd_judges_clear(RdJudges *judges);
