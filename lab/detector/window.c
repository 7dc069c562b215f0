#include "lab/detector/window.h"

uint32_t rd_window_roll(RdWindow *w, RdTime now) {
  int64_t index = now / w->width;
  if (now < 0 && now % w->width)
    index--;
  if (!w->begun) {
    w->begun = true;
    w->index = index;
    return 0;
  }
  if (index <= w->index)
    return 0;
  const int64_t closed = index - w->index;
  w->index = index;
  return closed < RD_WINDOW_IDLE_MOST ? (uint32_t)closed : RD_WINDOW_IDLE_MOST;
}
