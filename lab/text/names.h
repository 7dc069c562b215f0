/* names.h - how the numbers of the contract are spelled in results, captures, topologies and logs. One
 * table each; a number past its end (of a newer part) is "unknown". */
#pragma once

#include "redoubt/base.h"

/* Of a message; and "twin", which a benign message of a twin is counted as beside the rest. */
const char *rd_truth_name(unsigned truth); /* "benign", "induced", "attack", "twin" */
const char *rd_action_name(unsigned action); /* RdAction: "pass", "drop", "reject"... */
const char *rd_method_name(unsigned method); /* RdSipMethod: "INVITE"...; "none", "other" */
const char *rd_interface_name(unsigned interface); /* RdInterface: "Gm" */
bool rd_interface_parse(const char *text, RdInterface *ret);
const char *const *rd_interface_names(void); /* NULL-terminated */
