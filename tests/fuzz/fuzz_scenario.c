/* A scenario file: whatever it holds, reading it ends in a scenario or in errors with a line. */
#include <glib.h>

#include "lab/attacker/scenario/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count(void *user, bool warning, unsigned line, unsigned column, const char *message) {
  if (line == 0 || column == 0 || column > 1u << 24 || !message[0])
    g_error("an error without a place");
  *(unsigned *)user += !warning;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const files[] = {"u.csv", NULL}, *const contents[] = {"RANDOM\na;b\n", NULL};
  unsigned errors = 0;
  const RdScenarioScope scope = {NULL, files, contents, true, true};
  RdScenario *s =
      rd_scenario_new((const char *)data, size, &scope, &(const RdScenarioReport){count, &errors});
  if ((s == NULL) != (errors > 0))
    g_error("neither a scenario nor an error, or both");
  rd_scenario_free(s);
  return 0;
}
