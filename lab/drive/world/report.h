/* report.h - what members of one defense tell each other: over a delay and a loss that the trial states. */
#pragma once

#include "lab/drive/world/types.h"

/* From one member to another of the same defense; it counts as begun by the work tagged so. False: there is no
 * such member, or the report is too long. */
bool rd_report_send(RdWorldJudge *from, uint32_t member, const void *bytes, size_t len,
                    const RdTag *tag);
void rd_reports_free(RdWorld *w); /* those under way */
