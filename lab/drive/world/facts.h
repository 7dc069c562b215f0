/* facts.h - what nodes note as being so: facts.jsonl, a line a fact, and their sums in the result. */
#pragma once

#include "lab/drive/world/types.h"

RdFactBook *rd_facts_new(RdWorld *w, const char *folder);
/* `by` noted it; `causes` are those of the work in hand. A fact whose kind is no name is refused, and said
 * so in by's log. */
void rd_facts_note(RdFactBook *book, RdHost *by, const RdFact *fact, uint64_t causes);
bool rd_facts_close(RdFactBook *book, GError **error); /* frees book; NULL is fine */
