/* Receive queues and the workers that share them: small worlds whose numbers are worked out by hand.
 * One sink, a service of 1.0003 ms (so that no arrival falls on a departure), a second of time. */
#include <glib/gstdio.h>
#include <unistd.h>

#include "tests/check_main.h"
#include "tests/worlds/worlds.h"

/* A flood of 2,500 messages a second at one address of the sink, `calm` a second at the other. */
static JsonNode *run(const char *cpu, const char *calm) {
  g_autofree char *costs = g_strdup_printf("/tmp/redoubt-receive-%d.yaml", (int)getpid());
  ck_assert(g_file_set_contents(
      costs, "version: test\nrows:\n  - {part: sink, operation: handle, base: 1000300 ns}\n", -1,
      NULL));
  g_autofree char *trial = g_strdup_printf(
      "trial: receive\n"
      "topology:\n"
      "  topology: receive\n"
      "  networks:\n"
      "    access: {interface: Gm, prefix: 198.18.0.0/15, line: {delay: 50 us}}\n"
      "    core: {interface: Mw, prefix: 192.0.2.0/24, line: {delay: 150 us}}\n"
      "  nodes:\n"
      "    flood: {node: source, attach: [access], set: {rate: 2500, interval: even, to: sink}}\n"
      "    calm: {node: source, attach: [core], set: {rate: %s, interval: even, to: sink}}\n"
      "    sink: {node: sink, attach: [access, core], cpu: %s}\n"
      "seed: 1\nduration: 1 s\nwarmup: 0 s\ncosts: %s\n",
      calm, cpu, costs);
  char *folder = world_run(trial, NULL);
  JsonNode *result = world_result(folder);
  world_remove(folder);
  g_unlink(costs);
  return result;
}

static void is(JsonNode *r, const char *path, double expected) {
  double got = world_number(r, path);
  ck_assert_msg(got == expected, "%s: %g, expected %g", path, got, expected);
}

/* The flood's messages come at 0.5, 0.9, ... 999.7 ms: 2,499. The worker begins at 0.5 ms and every
 * 1.0003 ms: 1,000 messages, the last at 999.7997 ms out of a full queue of 8. The nine that the
 * core sends, 100.3 to 900.3 ms, all have room of their own. */
START_TEST(a_flood_at_one_address_drops_nothing_at_the_other) {
  g_autoptr(JsonNode) r = run("{workers: 1, queue: 8}", "10");
  is(r, "nodes.2.queues.0.arrived", 2499);
  is(r, "nodes.2.queues.0.taken", 991);
  is(r, "nodes.2.queues.0.waiting", 7);
  is(r, "nodes.2.queues.0.overflowed", 1501);
  is(r, "nodes.2.queues.0.peak", 8);
  is(r, "nodes.2.queues.1.arrived", 9);
  is(r, "nodes.2.queues.1.taken", 9);
  is(r, "nodes.2.queues.1.overflowed", 0);
  is(r, "nodes.2.queues.1.peak", 1);
  is(r, "nodes.2.peak_queue", 9);
  is(r, "nodes.2.workers", 1);
}
END_TEST

/* One message from the core, at 995.3 ms: eight of the flood's came before it, and the worker has
 * time for five more. Were the core's queue first in turn, it would be taken at 995.8 ms. */
START_TEST(shared_workers_take_what_came_first) {
  g_autoptr(JsonNode) r = run("{workers: 1, queue: 8}", "1.00502512562814");
  is(r, "nodes.2.queues.1.arrived", 1);
  is(r, "nodes.2.queues.1.waiting", 1);
  is(r, "nodes.2.queues.0.taken", 1000);
}
END_TEST

/* A worker for each address: the core's never waits, and the flood has one to itself. */
START_TEST(workers_of_an_address_take_what_came_there) {
  g_autoptr(JsonNode) r = run("{workers: 1, sharing: address, queue: 8}", "10");
  is(r, "nodes.2.workers", 2);
  is(r, "nodes.2.queues.0.taken", 1000);
  is(r, "nodes.2.queues.0.overflowed", 1492);
  is(r, "nodes.2.queues.1.taken", 9);
  is(r, "nodes.2.queues.1.peak", 0);
  /* 999.5 ms of the one worker, nine services of the other, of two seconds */
  ck_assert_double_eq_tol(world_number(r, "nodes.2.utilisation"), (0.9995 + 9 * 1.0003e-3) / 2,
                          1e-6);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("receive");
  TCase *t = tcase_create("receive");
  tcase_set_timeout(t, 120);
  tcase_add_test(t, a_flood_at_one_address_drops_nothing_at_the_other);
  tcase_add_test(t, shared_workers_take_what_came_first);
  tcase_add_test(t, workers_of_an_address_take_what_came_there);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
