/* The simulator against queues whose answer is known in closed form. Means over independent seeds,
 * with a t interval; enough customers that its half-width is within 2 % of the mean. */
#include <glib/gstdio.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <unistd.h>

#include "tests/check_main.h"
#include "tests/validation/closed_forms.h"
#include "tests/worlds/worlds.h"

enum { SEEDS = 8 };

typedef struct {
  double mean, half_width;
} Interval;

static Interval interval(const double values[SEEDS]) {
  double sum = 0, squares = 0;
  for (int i = 0; i < SEEDS; i++)
    sum += values[i];
  double mean = sum / SEEDS;
  for (int i = 0; i < SEEDS; i++)
    squares += (values[i] - mean) * (values[i] - mean);
  double error = sqrt(squares / (SEEDS - 1) / SEEDS);
  return (Interval){mean, error * gsl_cdf_tdist_Pinv(0.975, SEEDS - 1)};
}

typedef struct {
  const char *distribution; /* of a service of 1 ms */
  int rate, workers;
  const char *buffer;
  int seconds;
} Queue;

static JsonNode *run(const Queue *q, int seed) {
  g_autofree char *costs = g_strdup_printf("/tmp/redoubt-costs-%d.yaml", (int)getpid());
  g_autofree char *table = g_strdup_printf(
      "version: test\nrows:\n  - {part: sink, operation: handle, base: 1 ms, distribution: %s}\n",
      q->distribution);
  ck_assert(g_file_set_contents(costs, table, -1, NULL));
  g_autofree char *trial = g_strdup_printf(
      "trial: queue\n"
      "topology:\n"
      "  topology: queue\n"
      "  networks:\n"
      "    net: {interface: Gm, prefix: 198.18.0.0/15, line: {rate: 0, delay: 0 s, queue: 1000}}\n"
      "  nodes:\n"
      "    source: {node: source, attach: [net], set: {rate: %d, to: sink}}\n"
      "    sink: {node: sink, attach: [net], cpu: {workers: %d, buffer: %s, speed: 1}}\n"
      "seed: %d\nduration: %d s\nwarmup: 0 s\ncosts: %s\n",
      q->rate, q->workers, q->buffer, seed, q->seconds, costs);
  char *folder = world_run(trial, NULL);
  JsonNode *result = world_result(folder);
  world_remove(folder);
  g_unlink(costs);
  return result;
}

static double mean_sojourn(JsonNode *r) {
  return world_number(r, "nodes.1.sojourn_ns") / world_number(r, "nodes.1.served");
}

static double blocked(JsonNode *r) {
  return world_number(r, "nodes.1.overflowed") / world_number(r, "nodes.1.arrived");
}

static void compare(const Queue *q, double (*measure)(JsonNode *), double expected) {
  double values[SEEDS];
  for (int seed = 0; seed < SEEDS; seed++) {
    JsonNode *r = run(q, seed + 1);
    values[seed] = measure(r);
    json_node_unref(r);
  }
  Interval got = interval(values);
  ck_assert_msg(got.half_width <= 0.02 * got.mean, "half-width %g of mean %g: too few customers",
                got.half_width, got.mean);
  ck_assert_msg(fabs(got.mean - expected) <= got.half_width, "%g +- %g, expected %g", got.mean,
                got.half_width, expected);
}

START_TEST(mm1_at_load_0_8) {
  Queue q = {"exponential", 800, 1, "1 TiB", 600};
  compare(&q, mean_sojourn, 1e9 * mm1_sojourn(800, 1e-3));
}
END_TEST

/* Pollaczek-Khinchine with no variance of service. */
START_TEST(md1_at_load_0_8) {
  Queue q = {"fixed", 800, 1, "1 TiB", 300};
  compare(&q, mean_sojourn, 1e9 * md1_sojourn(800, 1e-3));
}
END_TEST

/* Ten lines, eight Erlangs, no waiting room: M/M/10/10. */
START_TEST(erlang_b_blocking) {
  Queue q = {"exponential", 8000, 10, "0", 20};
  compare(&q, blocked, erlang_b(10, 8));
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("queues");
  TCase *t = tcase_create("queues");
  tcase_set_timeout(t, 300);
  tcase_add_test(t, mm1_at_load_0_8);
  tcase_add_test(t, md1_at_load_0_8);
  tcase_add_test(t, erlang_b_blocking);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
