/* scenario.h - makes an attack of a SIPp scenario: NAME.xml, beside it NAME.yaml. */
#pragma once

#include "lab/plugin/loader.h"

/* Fills `part` (zeroed but for path and by_path) as an attack that `host`, the part that plays scenarios,
 * plays. NULL, or what is wrong, each line with its file, line and column; to be freed. */
char *rd_scenario_fill(RdPart *part, const RdPart *host, const char *name);
