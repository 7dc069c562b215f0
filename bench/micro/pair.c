#include "bench/micro/pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MOST_ROUNDS = 99 };

double rd_bench_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The rate that a process prints, or 0. */
static double rate_of(const char *self, const char *arguments) {
  char command[4096];
  double rate = 0;
  snprintf(command, sizeof command, "'%s' %s", self, arguments);
  FILE *out = popen(command, "r");
  if (!out)
    return 0;
  if (fscanf(out, "%lf", &rate) != 1)
    rate = 0;
  return pclose(out) == 0 ? rate : 0;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double *values, int n) {
  qsort(values, (size_t)n, sizeof *values, ascending);
  return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

int rd_bench_pair(const char *self, const RdBenchPair *pair, int rounds) {
  double rates[2][MOST_ROUNDS], ratios[MOST_ROUNDS];
  if (rounds < 1 || rounds > MOST_ROUNDS)
    return 1;
  for (int round = 0; round < rounds; round++) {
    for (int side = 0; side < 2; side++) {
      rates[side][round] = rate_of(self, pair->arguments[side]);
      if (rates[side][round] <= 0) {
        fprintf(stderr, "%s %s: failed\n", self, pair->arguments[side]);
        return 1;
      }
    }
    ratios[round] = rates[0][round] / rates[1][round];
  }
  double ratio = median(ratios, rounds);
  printf("%-32s %12.0f %12.0f  %5.2f  (%.2f to %.2f, %d pairs)\n", pair->name,
         median(rates[0], rounds), median(rates[1], rounds), ratio, ratios[0], ratios[rounds - 1],
         rounds);
  fflush(stdout);
  return 0;
}
