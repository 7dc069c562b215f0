/* Many datagrams as one event where nothing on the way tells the difference, and each for itself elsewhere. */
#include <stdbool.h>

#include "tests/check_main.h"
#include "tests/worlds/worlds.h"

/* Nine trains of fifty datagrams, 10 ms apart; the last is cut off by the trial's end. `one`: a train is. */
static const struct {
  const char *network, *cpu, *rest, *set;
  bool one;
  double sent;
} cases[] = {
    {"", "", "", "", true, 450},
    {"", "", "", ", spacing: 20 ms", true, 8 * 50 + 25},
    {"", ", cpu: {workers: 1}", "", "", false, 450},
    {"", ", cpu: {workers: 1}", "", ", spacing: 20 ms", false, 8 * 50 + 25},
    {", line: {rate: 10 Mbit/s}", "", "", "", false, 450},
    {", fidelity: packet", "", "", "", false, 450},
    {"", "", "defenses:\n  - {defense: gossip, at: far.lan, set: {limit: 1e6}}\n", "", false, 450},
    {"", "", "attacks:\n  - {attack: wiretap, on: near.lan}\n", "", false, 450},
};

static JsonNode *run(int i, const char *loss, const char *pcap) {
  g_autofree char *trial = g_strdup_printf(
      "trial: trains\nseed: 3\nduration: 9495 ms\nwarmup: 0 s\n"
      "topology:\n"
      "  topology: trains\n"
      "  networks: {lan: {interface: mb, prefix: 192.0.2.0/24%s%s}}\n"
      "  nodes:\n"
      "    far: {node: streamer, attach: [lan]%s, set: {count: 1%s}}\n"
      "    near: {node: streamer, attach: [lan], set: {to: far%s}}\n"
      "%s",
      cases[i].network, loss, cases[i].cpu, cases[i].set, cases[i].set, cases[i].rest);
  char *folder = world_run(trial, pcap ? "--pcap" : NULL, pcap, NULL);
  JsonNode *r = world_result(folder);
  world_remove(folder);
  return r;
}

START_TEST(a_train_is_what_its_datagrams_are) {
  JsonNode *r = run(_i, "", NULL);
  double messages = world_number(r, "nodes.0.counters.messages");
  ck_assert_double_eq(world_number(r, "networks.0.sent"), cases[_i].sent);
  ck_assert_double_eq(world_number(r, "nodes.0.counters.datagrams"), cases[_i].sent);
  ck_assert_double_eq(messages, cases[_i].one ? 9 : cases[_i].sent);
  ck_assert_double_eq(world_number(r, "nodes.0.arrived"), cases[_i].sent);
  json_node_unref(r);
}
END_TEST

START_TEST(each_datagram_of_a_train_has_its_own_luck) {
  JsonNode *r = run(0, ", path: {loss: 20 %}", NULL);
  double lost = world_number(r, "networks.0.lost"), got = world_number(r, "networks.0.received");
  ck_assert_double_eq(world_number(r, "nodes.0.counters.messages"), 9);
  ck_assert_double_eq(world_number(r, "nodes.0.counters.datagrams"), got);
  ck_assert_double_eq(lost + got, 450);
  ck_assert_msg(lost > 60 && lost < 120, "%g lost", lost); /* 90, and 3.5 standard deviations */
  json_node_unref(r);
}
END_TEST

/* A capture has every one of them. */
START_TEST(a_capture_has_each_datagram) {
  char *pcap = g_dir_make_tmp("redoubt-pcap-XXXXXX", NULL);
  JsonNode *r = run(0, "", pcap);
  ck_assert_double_eq(world_number(r, "nodes.0.counters.messages"), 450);
  json_node_unref(r);
  world_remove(pcap);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("trains");
  TCase *t = tcase_create("trains");
  tcase_set_timeout(t, 120);
  tcase_add_loop_test(t, a_train_is_what_its_datagrams_are, 0, (int)(sizeof cases / sizeof *cases));
  tcase_add_test(t, each_datagram_of_a_train_has_its_own_luck);
  tcase_add_test(t, a_capture_has_each_datagram);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
