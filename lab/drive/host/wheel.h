/* wheel.h - a hierarchical timing wheel: timers that are mostly cancelled, exact to the nanosecond.
 *
 * Arming and cancelling are O(1). Timers fire in (time, order of arming). The wheel has no clock:
 * its owner asks when the next thing is due, and says when that time has come. Pure. */
#pragma once

#include "redoubt/base.h"

typedef struct RdWheel RdWheel;

RdWheel *rd_wheel_new(void);
/* Keeps `size` bytes of the owner's with the timer, given back by rd_wheel_pop(). `at` before the
 * last pop counts as due at once. Returns a handle, never 0 and never reused. */
RdTimer rd_wheel_arm(RdWheel *w, RdTime at, const void *payload);
/* False: fired, cancelled or never armed. */
bool rd_wheel_cancel(RdWheel *w, RdTimer timer);
/* A time at or before the next timer, RD_NEVER if there is none: nothing is due before it. */
RdTime rd_wheel_next(const RdWheel *w);
/* Takes the next timer due at or before `now`; false if there is none. */
bool rd_wheel_pop(RdWheel *w, RdTime now, RdTimer *ret_timer, void *ret_payload);
uint64_t rd_wheel_count(const RdWheel *w);
void rd_wheel_free(RdWheel *w); /* NULL is fine */

/* Bytes of payload a timer carries. */
#define RD_WHEEL_PAYLOAD 64
