#include "defenses/sketch3d-hd/plane.h"

#include <math.h>

#include "lab/base/memory.h"
#include "lab/base/random.h"

static const double mean_weight = 0.125, deviation_weight = 0.25; /* Jacobson's */

void plane_open(Plane *p) {
  const size_t all = (size_t)p->rows * p->cells;
  p->count = rd_alloc(all * sizeof *p->count);
  p->before = rd_alloc(all * sizeof *p->before);
  p->usual = rd_alloc(all * sizeof *p->usual);
  plane_forget(p);
}

void plane_close(Plane *p) {
  free(p->count);
  free(p->before);
  free(p->usual);
}

/* Known callers fill the inner cells evenly, strangers all of them. */
static double expected(const Plane *p, uint32_t cell) {
  const double inner = cell < p->inner ? (1 - PLANE_STRANGERS) / p->inner : 0;
  return inner + PLANE_STRANGERS / p->cells;
}

void plane_forget(Plane *p) {
  for (uint32_t row = 0; row < p->rows; row++) {
    for (uint32_t cell = 0; cell < p->cells; cell++)
      p->usual[(size_t)row * p->cells + cell] = expected(p, cell);
    p->distance[row] = (RdEwma){0};
    p->last[row] = NAN;
  }
}

/* What a share is held against: half learned, half expected, so that a cell in which little came by chance
 * is no abnormal one the next time. */
static double usual_share(const Plane *p, uint32_t row, uint32_t cell) {
  return 0.5 * p->usual[(size_t)row * p->cells + cell] + 0.5 * expected(p, cell);
}

uint32_t plane_cell(const Plane *p, uint32_t row, uint64_t key, bool known) {
  return (uint32_t)(rd_mix(key, row) & ((known ? p->inner : p->cells) - 1));
}

void plane_count(Plane *p, uint64_t key, bool known) {
  for (uint32_t row = 0; row < p->rows; row++)
    p->count[(size_t)row * p->cells + plane_cell(p, row, key, known)]++;
  p->n++;
}

double plane_distance(const Plane *p, uint32_t row) {
  const uint32_t *count = p->count + (size_t)row * p->cells;
  double likeness = 0;
  if (p->n == 0)
    return NAN;
  for (uint32_t cell = 0; cell < p->cells; cell++)
    if (count[cell] > 0)
      likeness += sqrt(usual_share(p, row, cell) * count[cell]);
  return fmax(0, 1 - likeness / sqrt(p->n));
}

double plane_threshold(const Plane *p, uint32_t row) {
  const RdEwma *d = &p->distance[row];
  return fmin(0.99, fmax(p->floor, d->mean + p->deviations * d->deviation));
}

uint32_t plane_votes(const Plane *p) {
  /* a spell that has begun ends a little lower, or it would end and begin again */
  const double share = p->alarm.on ? 0.85 : 1;
  uint32_t votes = 0;
  for (uint32_t row = 0; row < p->rows; row++)
    votes += p->last[row] > share * plane_threshold(p, row);
  return votes;
}

static void learn_row(Plane *p, uint32_t row) {
  const uint32_t *count = p->count + (size_t)row * p->cells;
  double *usual = p->usual + (size_t)row * p->cells;
  for (uint32_t cell = 0; cell < p->cells; cell++)
    usual[cell] += mean_weight * ((double)count[cell] / p->n - usual[cell]);
  rd_ewma_add(&p->distance[row], p->last[row], mean_weight, deviation_weight);
}

RdAlarmStep plane_next(Plane *p, RdTime now, bool may, bool learn) {
  const size_t all = (size_t)p->rows * p->cells;
  bool over = false;
  if (may) {
    for (uint32_t row = 0; row < p->rows; row++)
      p->last[row] = plane_distance(p, row);
    over = plane_votes(p) >= p->vote;
  }
  const RdAlarmStep step = rd_alarm_close(&p->alarm, over);
  if (step == RD_ALARM_GIVEN_UP)
    plane_forget(p);
  else if (may && learn && !over && !p->alarm.on)
    for (uint32_t row = 0; row < p->rows; row++)
      learn_row(p, row);
  uint32_t *spare = p->before;
  p->before = p->count;
  p->count = spare;
  p->n_before = p->n;
  memset(p->count, 0, all * sizeof *p->count);
  p->n = 0;
  p->since = now;
  return step;
}

bool plane_abnormal(const Plane *p, uint64_t key, bool known) {
  const double n = (double)p->n + p->n_before;
  for (uint32_t row = 0; row < p->rows; row++) {
    const uint32_t cell = plane_cell(p, row, key, known);
    const size_t at = (size_t)row * p->cells + cell;
    if (!((double)p->count[at] + p->before[at] > p->ratio * usual_share(p, row, cell) * n))
      return false;
  }
  return true;
}

uint64_t plane_bytes(const Plane *p) {
  return (uint64_t)p->rows * p->cells * (2 * sizeof *p->count + sizeof *p->usual);
}
