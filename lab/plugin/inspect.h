/* inspect.h - checks a plug-in's tables before anything is believed, and copies them into today's
 * shape: a part compiled against an older, smaller struct reads as zero in what it did not know. */
#pragma once

#include "lab/plugin/loader.h"

/* Fills part->plugin, actor, defense, params. `room` is how many bytes the symbol has (as the
 * object says). NULL, or one line on what is wrong and what to do, to be freed. */
char *rd_inspect(RdPart *part, const RdPlugin *foreign, gsize room, RdPartKind kind,
                 const char *name);
