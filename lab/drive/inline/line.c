#include "lab/drive/inline/line.h"

/* Octets of a message are far fewer: in bit-nanoseconds they fit in 64 bits. Rounded up. */
static RdTime time_of(const RdLine *spec, size_t octets) {
  if (spec->rate == 0)
    return 0;
  uint64_t bit_nanoseconds = (uint64_t)octets * 8 * RD_SECOND;
  return (RdTime)(bit_nanoseconds / spec->rate + (bit_nanoseconds % spec->rate != 0));
}

/* How many have not begun. */
static guint waiting(RdLiveLine *line, RdTime now) {
  GArray *s = line->starts;
  if (!s)
    return 0;
  while (line->begun < s->len && g_array_index(s, RdTime, line->begun) <= now)
    line->begun++;
  if (line->begun > 0 && 2 * line->begun >= s->len) {
    g_array_remove_range(s, 0, line->begun);
    line->begun = 0;
  }
  return s->len - line->begun;
}

RdTime rd_live_line_stream(RdLiveLine *line, RdTime now, size_t octets) {
  line->idle_at = MAX(line->idle_at, now) + time_of(&line->spec, octets);
  return line->idle_at + line->spec.delay;
}

bool rd_live_line_enter(RdLiveLine *line, RdTime now, size_t octets, RdTime *ret) {
  RdTime start = MAX(line->idle_at, now);
  if (start > now) {
    if (waiting(line, now) >= line->spec.queue)
      return false;
    if (!line->starts)
      line->starts = g_array_new(FALSE, FALSE, sizeof(RdTime));
    g_array_append_val(line->starts, start);
  }
  *ret = rd_live_line_stream(line, now, octets);
  return true;
}

void rd_live_line_clear(RdLiveLine *line) {
  g_clear_pointer(&line->starts, g_array_unref);
}
