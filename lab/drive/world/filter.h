/* filter.h - rules that stand before a receive queue: they see addresses, and cost no worker anything. */
#pragma once

#include "lab/drive/world/types.h"

/* Rules of one attachment: in all, and of these with less than a whole source address; and sources that a rule
 * counts apart, more share one rate. */
#define RD_FILTERS_MOST 65536
#define RD_FILTERS_WIDE_MOST 1024
#define RD_FILTER_SOURCES_MOST 65536

/* By a node or a defense (`judge`, else NULL), at an attachment of its own. 0: no room, or it makes no sense. */
uint64_t rd_filter_add(RdWorldAttachment *attachment, RdHost *by, RdWorldJudge *judge,
                       const RdFilter *filter);
/* False: there is no such rule of its. */
bool rd_filter_remove(RdWorld *w, RdHost *by, uint64_t id, bool keep, uint64_t *ret_dropped);
/* Does a packet from there end here? The result is told, by what it is. */
bool rd_filter_drops(RdWorldAttachment *attachment, const RdAddress *source, const RdTag *tag);
void rd_filters_free(RdFilters *filters); /* NULL is fine */
