/* loop.h - the machine's time as a driver's clock, and the sockets that are heard meanwhile.
 *
 * now() stands still while something is done: it is the time that an event was due at, or that bytes were
 * read at, and never ahead of the machine's. How far behind it was is kept: lateness. One thread. */
#pragma once

#include <glib.h>

#include "lab/drive/host/clock.h"
#include "lab/result/histogram.h"

typedef struct RdLoop RdLoop;
typedef uint64_t RdWatch; /* 0: none */

RdLoop *rd_loop_new(GError **error);
RdClock *rd_loop_clock(RdLoop *loop);
RdLoop *rd_loop_of(RdClock *clock);
/* Calls ready(arg, EPOLL* flags) whenever these are so, until unwatched. 0 with errno: the kernel refused. */
RdWatch rd_loop_watch(RdLoop *loop, int fd, uint32_t events,
                      void (*ready)(void *arg, uint32_t events), void *arg);
bool rd_loop_rewatch(RdLoop *loop, RdWatch watch, uint32_t events); /* other flags */
void rd_loop_unwatch(RdLoop *loop, RdWatch watch); /* before its socket is closed; of 0: harmless */
/* Runs what is due, and makes it now: before what is read next. */
void rd_loop_tick(RdLoop *loop);

/* Of each event: how long after its time it ran. */
const RdHistogram *rd_loop_lateness(const RdLoop *loop);
RdTime rd_loop_busy(const RdLoop *loop); /* not spent waiting */
void rd_loop_free(RdLoop *loop); /* NULL is fine */
