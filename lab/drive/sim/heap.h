/* heap.h - memory for a trial, asked of the system in few large pages. */
#pragma once

/* To be called once, before anything large is allocated. Makes the heap one range that the kernel is
 * advised to fill with huge pages, and that is not given back before the end: a trial of 100,000 phones
 * otherwise spends a quarter of its time on page faults and on misses of the TLB. What is not touched costs
 * nothing. Where the C library or the kernel has no such thing, nothing happens. */
void rd_sim_heap_prepare(void);
