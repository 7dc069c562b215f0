/* window.h - fixed windows of message time, idle ones counted. Pure.
 *
 * Windows begin at whole multiples of their width, so two detectors of one width close theirs at the
 * same time. There is no timer: a window closes when the first message after it comes, and those in
 * which nothing came are counted then. So a detector does the same in a capture. */
#pragma once

#include "redoubt/base.h"

/* Idle windows that are told one by one; a longer silence says nothing more. */
#define RD_WINDOW_IDLE_MOST 600

typedef struct {
  RdTime width; /* > 0 */
  int64_t index; /* of the window that is open */
  bool begun;
} RdWindow;

static inline RdWindow rd_window(RdTime width) {
  return (RdWindow){.width = width > 0 ? width : 1};
}

/* Moves on to the window that `now` lies in. How many windows have closed by that: the first of them
 * holds what was counted, all others nothing. At most RD_WINDOW_IDLE_MOST. Time that goes back (a
 * capture out of order) closes none. */
uint32_t rd_window_roll(RdWindow *w, RdTime now);

/* When the open window began. */
static inline RdTime rd_window_start(const RdWindow *w) {
  return w->index * w->width;
}
