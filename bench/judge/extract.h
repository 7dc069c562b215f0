/* extract.h - where figures come from: what a line of measure_rows.h names as its `from`. */
#pragma once

#include "bench/judge/measures.h"

/* Each takes the sources and its own line, and gives NaN for what is undefined. */
#define RD_EXTRACTOR(name) double name(const RdSources *sources, const RdMeasureRow *row)

RD_EXTRACTOR(rd_from_result); /* member `path` of world `world` */
RD_EXTRACTOR(rd_from_attack); /* member of what result.json says of the subject, in B */

/* Member of what it says of each defense: added up, or the highest. */
RD_EXTRACTOR(rd_from_defenses_sum);
RD_EXTRACTOR(rd_from_defenses_most);
/* Share of the messages that reached a defense which it looked at: the highest. */
RD_EXTRACTOR(rd_from_judged_attack);
RD_EXTRACTOR(rd_from_judged_legit);

/* What the subject's predicate says: in A if `world` is A, else in B. */
RD_EXTRACTOR(rd_from_succeeded);
RD_EXTRACTOR(rd_from_effect);
RD_EXTRACTOR(rd_from_effect_low);
RD_EXTRACTOR(rd_from_effect_high);
RD_EXTRACTOR(rd_from_worst);
RD_EXTRACTOR(rd_from_threshold);

/* Legitimate attempts over the worlds (compare.h). */
RD_EXTRACTOR(rd_from_attempts);
RD_EXTRACTOR(rd_from_lost); /* in `world` */
RD_EXTRACTOR(rd_from_lost_peace);
RD_EXTRACTOR(rd_from_lost_beyond);
RD_EXTRACTOR(rd_from_fate_attack);
RD_EXTRACTOR(rd_from_fate_defense);
RD_EXTRACTOR(rd_from_fate_either);
RD_EXTRACTOR(rd_from_fate_interaction);
RD_EXTRACTOR(rd_from_fate_rescued);
RD_EXTRACTOR(rd_from_fate_baseline);
RD_EXTRACTOR(rd_from_added_srd);
RD_EXTRACTOR(rd_from_added_rrd);
RD_EXTRACTOR(rd_from_twin);
RD_EXTRACTOR(rd_from_drift);
