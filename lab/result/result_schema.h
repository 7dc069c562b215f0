/* result_schema.h - what a result.json looks like, as a JSON schema (draft 2020-12): the writer of
 * result.json describes itself. */
#pragma once

#include "lab/text/json.h"

/* The schema as a member of another document. */
void rd_result_schema_put(RdJson *into, const char *key);
/* The schema alone; free it. */
char *rd_result_schema(void);
