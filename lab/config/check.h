/* check.h - reads any of the lab's YAML files for its faults alone. */
#pragma once

#include "lab/config/campaign.h"
#include "lab/config/costs.h"

typedef enum { RD_FILE_TRIAL = 1, RD_FILE_CAMPAIGN, RD_FILE_TOPOLOGY, RD_FILE_COSTS } RdFileKind;

/* What a file is shows in its first keys: `trial:`, `campaign:`, `topology:`, or `rows:` of a cost
 * table. False: error holds every diagnostic, ready to print. */
bool rd_config_check(const char *path, RdParts *parts, RdFileKind *ret, GError **error);
const char *rd_file_kind_name(RdFileKind kind); /* "trial", "cost table"... */
