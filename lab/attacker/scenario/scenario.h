/* scenario.h - a SIPp scenario, read and ready to be played. Pure.
 *
 * What SIPp's documentation lists and a virtual host can do is played; what it cannot do, or does not know,
 * is an error with line and column, never skipped. The README says which is which. */
#pragma once

#include "lab/attacker/scenario/xml.h"

typedef struct RdScenario RdScenario;

/* What surrounds a scenario when it is read. */
typedef struct {
  const char *const
      *keys; /* names that stand for values given elsewhere (-key of SIPp); NULL: none */
  const char *const *files; /* injection files (-inf): their names, NULL-terminated */
  const char *const *contents; /* and what is in each */
  bool
      any_key; /* to look at a file only: every other [word] counts as a key, and cannot be played */
  bool skip_media; /* commands that would send media are played as nothing; else they are errors */
} RdScenarioScope;

/* NULL: errors were reported. Names and contents are copied. */
RdScenario *rd_scenario_new(const char *text, size_t len, const RdScenarioScope *scope,
                            const RdScenarioReport *report);
void rd_scenario_free(RdScenario *scenario); /* NULL is fine */
/* Its first message is received: it waits for calls (SIPp's server mode). */
bool rd_scenario_is_server(const RdScenario *scenario);
const char *rd_scenario_name(const RdScenario *scenario); /* "" if it says none */
unsigned rd_scenario_commands(const RdScenario *scenario);
