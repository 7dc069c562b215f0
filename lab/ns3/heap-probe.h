/* heap-probe.h - lets a C test drive the event queue beside ns-3's PriorityQueueScheduler. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Inserts, removes and pops events at random in both; false at the first difference. The queue's
 * own numbering begins `before_wrap` short of its end. */
bool ns3c_heap_agrees(uint64_t seed, unsigned operations, uint64_t before_wrap);

#ifdef __cplusplus
}
#endif
