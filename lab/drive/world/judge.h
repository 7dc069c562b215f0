/* judge.h - what the world lends a defense, and where it stands. */
#pragma once

#include "lab/drive/world/host.h"

/* Defense `index` of the trial; of one whose members stand apart, this member. */
RdWorldJudge *rd_world_judge_new(RdWorld *w, unsigned index, unsigned member, GError **error);
void rd_world_judge_free(RdWorldJudge *judge); /* NULL is fine */
void rd_world_judge_timer(RdWorldJudge *judge, RdTimer timer, uint64_t cookie, const RdTag *tag);
uint64_t rd_world_judge_entries(RdWorldJudge *judge, uint64_t *ret_bytes);
