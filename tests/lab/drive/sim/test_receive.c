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
 * 1.0003 ms: 1,000 messages, the last at 999.7997 ms out of a full queue of 4: so many of these messages,
 * at 1,280 octets each, fill 5 KiB, and a quarter of that is given back with each. The nine that the
 * core sends, 100.3 to 900.3 ms, all have room of their own. */
START_TEST(a_flood_at_one_address_drops_nothing_at_the_other) {
  g_autoptr(JsonNode) r = run("{workers: 1, buffer: 5 KiB}", "10");
  is(r, "nodes.2.queues.0.arrived", 2499);
  is(r, "nodes.2.queues.0.taken", 991);
  is(r, "nodes.2.queues.0.waiting", 3);
  is(r, "nodes.2.queues.0.overflowed", 1505);
  is(r, "nodes.2.queues.0.peak", 4);
  is(r, "nodes.2.queues.0.peak_bytes", 5120);
  is(r, "nodes.2.queues.1.arrived", 9);
  is(r, "nodes.2.queues.1.taken", 9);
  is(r, "nodes.2.queues.1.overflowed", 0);
  is(r, "nodes.2.queues.1.peak", 1);
  is(r, "nodes.2.peak_queue", 5);
  is(r, "nodes.2.workers", 1);
}
END_TEST

/* One message from the core, at 996.3 ms: four of the flood's came before it, and the worker has
 * time for four more. Were the core's queue first in turn, it would be taken at 996.8 ms. */
START_TEST(shared_workers_take_what_came_first) {
  g_autoptr(JsonNode) r = run("{workers: 1, buffer: 5 KiB}", "1.00401606425703");
  is(r, "nodes.2.queues.1.arrived", 1);
  is(r, "nodes.2.queues.1.waiting", 1);
  is(r, "nodes.2.queues.0.taken", 1000);
}
END_TEST

/* A worker for each address: the core's never waits, and the flood has one to itself. */
START_TEST(workers_of_an_address_take_what_came_there) {
  g_autoptr(JsonNode) r = run("{workers: 1, sharing: address, buffer: 5 KiB}", "10");
  is(r, "nodes.2.workers", 2);
  is(r, "nodes.2.queues.0.taken", 1000);
  is(r, "nodes.2.queues.0.overflowed", 1496);
  is(r, "nodes.2.queues.1.taken", 9);
  is(r, "nodes.2.queues.1.peak", 0);
  /* 999.5 ms of the one worker, nine services of the other, of two seconds */
  ck_assert_double_eq_tol(world_number(r, "nodes.2.utilisation"), (0.9995 + 9 * 1.0003e-3) / 2,
                          1e-6);
}
END_TEST

/* One socket for both addresses: the flood fills what the core's messages need. Whenever one of them
 * comes (100.3 ms, ... 900.3 ms), the flood has taken the place that the last departure freed. */
START_TEST(one_socket_for_all_addresses_lets_a_flood_drown_them) {
  g_autoptr(JsonNode) r = run("{workers: 1, sharing: socket, buffer: 5 KiB}", "10");
  is(r, "nodes.2.workers", 1);
  is(r, "nodes.2.queues.0.taken", 1000);
  is(r, "nodes.2.queues.0.waiting", 3);
  is(r, "nodes.2.queues.0.overflowed", 1496);
  is(r, "nodes.2.queues.1.arrived", 9);
  is(r, "nodes.2.queues.1.overflowed", 9);
  is(r, "nodes.2.queues.1.peak_bytes", 5120);
}
END_TEST

/* Two entities, a message each every 120 ms, on one worker that a timer keeps for 10 ms. */
static JsonNode *run_ticking(const char *tick) {
  g_autofree char *costs = g_strdup_printf("/tmp/redoubt-receive-%d.yaml", (int)getpid());
  ck_assert(g_file_set_contents(
      costs, "version: test\nrows:\n  - {part: source, operation: timer, base: 10 ms}\n", -1,
      NULL));
  g_autofree char *trial =
      g_strdup_printf("trial: ticking\n"
                      "topology:\n"
                      "  topology: ticking\n"
                      "  networks:\n"
                      "    net: {interface: Gm, prefix: 198.18.0.0/15, line: {delay: 50 us}}\n"
                      "  nodes:\n"
                      "    source:\n"
                      "      node: source\n"
                      "      attach: [net]\n"
                      "      cpu: {workers: 1, tick: %s}\n"
                      "      set: {population: 2, rate: 8.333333333, interval: even, to: sink}\n"
                      "    sink: {node: sink, attach: [net]}\n"
                      "seed: 1\nduration: 1 s\nwarmup: 0 s\ncosts: %s\n",
                      tick, costs);
  char *folder = world_run(trial, NULL);
  JsonNode *result = world_result(folder);
  world_remove(folder);
  g_unlink(costs);
  return result;
}

/* At 120, 240, ... 960 ms, the second entity 10 ms behind: eight each. */
START_TEST(timers_fire_exactly_without_a_tick) {
  g_autoptr(JsonNode) r = run_ticking("0");
  is(r, "nodes.1.arrived", 16);
}
END_TEST

/* 120 ms are two ticks of 62.5 ms. Both fire at 125 ms; the second is handled at 135 ms, in the tick
 * that began at 125 ms, so its next is due with the first's at 250 ms (255 ms, to the digit): 125,
 * 250, ... 875 ms, seven each. Rounded up from 255 ms it would be 312.5 ms. */
START_TEST(timers_fire_on_the_nodes_tick) {
  g_autoptr(JsonNode) r = run_ticking("62.5 ms");
  is(r, "nodes.1.arrived", 14);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("receive");
  TCase *t = tcase_create("receive");
  tcase_set_timeout(t, 120);
  tcase_add_test(t, a_flood_at_one_address_drops_nothing_at_the_other);
  tcase_add_test(t, shared_workers_take_what_came_first);
  tcase_add_test(t, workers_of_an_address_take_what_came_there);
  tcase_add_test(t, one_socket_for_all_addresses_lets_a_flood_drown_them);
  tcase_add_test(t, timers_fire_exactly_without_a_tick);
  tcase_add_test(t, timers_fire_on_the_nodes_tick);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
