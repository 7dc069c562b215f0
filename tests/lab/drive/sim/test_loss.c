/* What is lost on lines and on the path between them, in both fidelities: 10,000 messages from one node
 * to another. */
#include <math.h>

#include "tests/check_main.h"
#include "tests/worlds/worlds.h"

enum { SENT = 9999 };

static double lost(const char *fidelity, const char *losses) {
  g_autofree char *trial = g_strdup_printf(
      "trial: loss\n"
      "topology:\n"
      "  topology: loss\n"
      "  networks:\n"
      "    net: {interface: Gm, prefix: 198.18.0.0/15, fidelity: %s, %s}\n"
      "  nodes:\n"
      "    source: {node: source, attach: [net], set: {rate: 1000, interval: even, to: sink}}\n"
      "    sink: {node: sink, attach: [net]}\n"
      "seed: 3\nduration: 9999500 us\nwarmup: 0 s\n",
      fidelity, losses);
  char *folder = world_run(trial, NULL);
  g_autoptr(JsonNode) r = world_result(folder);
  world_remove(folder);
  ck_assert(world_number(r, "networks.0.sent") == SENT);
  return world_number(r, "networks.0.lost");
}

/* Within four standard deviations of the binomial. */
static void about(double count, double p) {
  double expected = SENT * p, deviation = sqrt(SENT * p * (1 - p));
  ck_assert_msg(fabs(count - expected) < 4 * deviation, "%g lost, expected %g", count, expected);
}

static void both(const char *losses, double p) {
  double flow = lost("flow", losses), packet = lost("packet", losses);
  ck_assert_msg(flow == packet, "flow loses %g, packet %g", flow, packet);
  about(flow, p);
}

START_TEST(a_line_loses_on_either_side) {
  both("line: {loss: 5 %}", 1 - 0.95 * 0.95);
}
END_TEST

START_TEST(a_path_loses_once) {
  both("path: {loss: 5 %}", 0.05);
}
END_TEST

START_TEST(lines_lose_on_top_of_the_path) {
  both("line: {loss: 5 %}, path: {loss: 20 %}", 1 - 0.95 * 0.95 * 0.8);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("loss");
  TCase *t = tcase_create("loss");
  tcase_set_timeout(t, 300);
  tcase_add_test(t, a_line_loses_on_either_side);
  tcase_add_test(t, a_path_loses_once);
  tcase_add_test(t, lines_lose_on_top_of_the_path);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
