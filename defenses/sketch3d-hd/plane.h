/* plane.h - one attribute (INVITE, say) of the three-dimensional sketch: rows of cells over callers, what
 * is usual in each, and the distance of a window from it. Pure.
 *
 * Callers that are known share the first cells of a row (`inner` of them), all others are spread over the
 * whole row. So what is usual has a shape by design, from the first window on, and a flood by strangers has
 * another one however many they are. */
#pragma once

#include "lab/detector/alarm.h"
#include "lab/detector/ewma.h"

#define PLANE_ROWS_MOST 8
#define PLANE_STRANGERS 0.02 /* share of all that is expected of them before anything is learned */

typedef struct {
  uint32_t rows, cells, inner; /* cells and inner: powers of two */
  uint32_t vote; /* rows that have to be over */
  double floor, deviations; /* the threshold: mean + deviations, and never below the floor */
  double ratio; /* a cell is abnormal if its share is so many times the usual one */
  uint32_t *count, *before; /* rows x cells: the open window, and the one before */
  double *usual; /* learned shares, rows x cells */
  uint32_t n, n_before; /* messages in them */
  RdTime since; /* when the open window began */
  RdEwma distance[PLANE_ROWS_MOST];
  double last[PLANE_ROWS_MOST]; /* squared distance of the last window, a row */
  RdAlarm alarm;
} Plane;

void plane_open(
    Plane *p); /* the configuration above is set; takes the memory, learns nothing yet */
void plane_close(Plane *p);
void plane_forget(Plane *p); /* what is usual is again what is expected */
uint32_t plane_cell(const Plane *p, uint32_t row, uint64_t key, bool known);
void plane_count(Plane *p, uint64_t key, bool known);
/* Squared Hellinger distance of a row of the open window from what is usual; NaN of an empty one. */
double plane_distance(const Plane *p, uint32_t row);
double plane_threshold(const Plane *p, uint32_t row);
/* How many rows are over by the last window that was measured. */
uint32_t plane_votes(const Plane *p);
/* Measures the open window and opens the next at `now`. `may`: it holds enough to be judged. `learn`:
 * what is usual may be learned from it (never while alarmed, nor from a window that is over). */
RdAlarmStep plane_next(Plane *p, RdTime now, bool may, bool learn);
/* Abnormal in all rows, by the open window and the one before together. */
bool plane_abnormal(const Plane *p, uint64_t key, bool known);
uint64_t plane_bytes(const Plane *p);
