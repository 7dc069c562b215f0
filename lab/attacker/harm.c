#include "lab/attacker/harm.h"

#include <math.h>
#include <stdio.h>

#include "lab/base/proportion.h"
#include "redoubt/host.h"

#define WINDOW (10 * RD_SECOND)
#define STEP RD_SECOND

static double points(const RdFared *f) {
  return f->attempts > 0 ? 100 * ((double)f->lost - (double)f->gained) / (double)f->attempts : NAN;
}

/* NaN if the attack is shorter than a window, or nobody tried anything in any of them. */
static double worst_window(const RdEvidence *e, uint32_t kind) {
  double worst = NAN;
  for (RdTime from = e->attack_start; from + WINDOW <= e->attack_stop; from += STEP) {
    const RdFared fared = e->fared(e, kind, from, from + WINDOW);
    const double here = points(&fared);
    if (!(here <= worst) && here == here) /* worst may be NaN */
      worst = here;
  }
  return worst;
}

/* A delay here as a multiple of that in the baseline; NaN if one is undefined. */
static double slower(const RdEvidence *e, RdMetric metric) {
  const RdTime from = e->attack_start, to = e->attack_stop;
  return e->metric(e, RD_WORLD_THIS, metric, from, to) /
         e->metric(e, RD_WORLD_BASELINE, metric, from, to);
}

static size_t tell_delay(char *text, size_t room, const char *what, double factor) {
  if (factor != factor)
    return 0;
  const int n = snprintf(text, room, "; %s p95 x%.2f", what, factor);
  return n < 0 ? 0 : (size_t)n < room ? (size_t)n : room;
}

static const char *const whats[] = {"attempts", "registrations", "calls", "messages"};
static const char *const units[] = {"points of legitimate attempts",
                                    "points of legitimate registrations",
                                    "points of legitimate calls", "points of legitimate messages"};

static void tell(const RdEvidence *e, uint32_t kind, const RdFared *f, RdSuccess *ret) {
  char *text = ret->why;
  const size_t room = sizeof ret->why;
  size_t used = (size_t)snprintf(text, room, "%llu of %llu legitimate %s lost, %llu gained",
                                 (unsigned long long)f->lost, (unsigned long long)f->attempts,
                                 whats[kind], (unsigned long long)f->gained);
  if (ret->worst == ret->worst)
    used +=
        (size_t)snprintf(text + used, room - used, "; in its worst 10 s %.1f points", ret->worst);
  if (kind != RD_ATTEMPT_REGISTER)
    used += tell_delay(text + used, room - used, "SRD", slower(e, RD_METRIC_SRD_P95));
  if (kind != RD_ATTEMPT_CALL)
    tell_delay(text + used, room - used, "RRD", slower(e, RD_METRIC_RRD_P95));
}

void rd_harm_to(const RdEvidence *e, uint32_t kind, double threshold, RdSuccess *ret) {
  const RdFared fared = e->fared(e, kind, e->attack_start, e->attack_stop);
  const RdRange range = rd_paired_range(fared.lost, fared.gained, fared.attempts);
  ret->effect = points(&fared);
  ret->effect_low = 100 * range.low;
  ret->effect_high = 100 * range.high;
  ret->least = -100;
  ret->most = 100;
  ret->threshold = threshold;
  ret->worst = worst_window(e, kind);
  ret->unit = units[kind];
  ret->succeeded = ret->effect >= threshold && ret->effect_low > 0; /* NaN: neither holds */
  if (fared.attempts == 0)
    snprintf(ret->why, sizeof ret->why, "nobody tried anything while it ran");
  else
    tell(e, kind, &fared, ret);
}

void rd_harm(const RdEvidence *e, double threshold, RdSuccess *ret) {
  rd_harm_to(e, 0, threshold, ret);
}
