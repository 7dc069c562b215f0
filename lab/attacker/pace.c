#include "lab/attacker/pace.h"

#include <stdlib.h>

#include "lab/base/memory.h"
#include "lab/base/random.h"

enum { DRAW_PHASE = 0x70616301 };

struct RdPace {
  RdHost *host;
  RdTime start, stop;
  uint64_t sources, cookie;
  double period; /* ns */
  RdPacePhase phase;
  uint64_t next[]; /* a source: number of its message due next */
};

RdPace *rd_pace_new(RdHost *host, RdTime start, RdTime stop, uint64_t sources, double rate,
                    RdPacePhase phase, uint64_t cookie) {
  RdPace *p = rd_alloc(sizeof *p + sources * sizeof p->next[0]);
  p->host = host;
  p->start = start;
  p->stop = stop;
  p->sources = sources;
  p->cookie = cookie;
  p->period = rate > 0 ? (double)RD_SECOND / rate : 0;
  p->phase = phase;
  return p;
}

static double phase_of(const RdPace *p, uint64_t source) {
  if (p->phase == RD_PACE_EVEN)
    return (double)source / (double)p->sources;
  return rd_unit(p->host->random(p->host, source, DRAW_PHASE, 0));
}

static void arm(RdPace *p, uint64_t source) {
  const double after = (phase_of(p, source) + (double)p->next[source]) * p->period;
  if (p->period <= 0 || after >= (double)(p->stop - p->start))
    return;
  const RdTimerSpec spec = {.size = sizeof spec,
                            .cause = RD_INHERIT,
                            .at = p->start + (RdTime)after,
                            .cookie = p->cookie + source,
                            .entity = source};
  p->host->timer(p->host, &spec);
}

void rd_pace_start(RdPace *p) {
  for (uint64_t i = 0; i < p->sources; i++)
    arm(p, i);
}

uint64_t rd_pace_tick(RdPace *p, uint64_t source) {
  const uint64_t number = p->next[source]++;
  arm(p, source);
  return number;
}

void rd_pace_free(RdPace *p) {
  free(p);
}
