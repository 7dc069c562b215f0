/* Attacks that stand on a line, and rules that stand before a queue. */
#include <stdbool.h>
#include <string.h>

#include "tests/check_main.h"
#include "tests/worlds/worlds.h"

typedef struct {
  const char *network, *place, *attack; /* more of each */
} Line;

static JsonNode *run(const Line *l, char **ret_folder) {
  g_autofree char *trial = g_strdup_printf(
      "trial: line\nseed: 3\nduration: 9500 ms\nwarmup: 0 s\n"
      "topology:\n"
      "  topology: line\n"
      "  networks:\n"
      "    lan: {interface: mw, prefix: 192.0.2.0/24, line: {delay: 5 ms}, %s}\n"
      "  nodes:\n"
      "    clerk: {node: clerk, attach: [lan], cpu: {workers: 1}}\n"
      "    source: {node: source, attach: [lan], set: {to: clerk, interval: even}}\n"
      "attacks:\n  - {attack: wiretap, on: %s, %s}\n",
      l->network, l->place, l->attack);
  char *folder = world_run(trial, NULL);
  JsonNode *r = world_result(folder);
  if (ret_folder)
    *ret_folder = folder;
  else
    world_remove(folder);
  return r;
}

/* How many facts the clerk noted, of nobody's and of the attack's doing. */
static double facts(JsonNode *r, const char *of) {
  JsonArray *all = json_object_get_array_member(json_node_get_object(r), "facts");
  g_autofree char *path = g_strdup_printf("facts.0.%s.n", of);
  return json_array_get_length(all) ? world_number(r, path) : 0;
}

/* A message a second, nine in all; one that is kept for 1.4 s makes the last one late for the end. */
static const struct {
  Line line;
  double benign, attack, sent, intercepted, readable, released;
} cases[] = {
    {{"", "source.lan", ""}, 9, 0, 9, 0, 9, 0},
    {{"", "source.lan", "set: {what: drop}"}, 0, 0, 9, 9, 9, 0},
    {{"", "source.lan", "set: {what: close}"}, 0, 0, 9, 9, 9, 0},
    {{"", "source.lan", "set: {what: delay, time: 1400 ms}"}, 8, 0, 8, 0, 9, 0},
    {{"", "source.lan", "set: {what: hold-pass, time: 1400 ms}"}, 8, 0, 8, 0, 9, 0},
    {{"", "source.lan", "set: {what: hold-drop, time: 1400 ms}"}, 0, 0, 8, 8, 9, 0},
    {{"", "source.lan", "set: {what: release, time: 1400 ms}"}, 8, 0, 8, 0, 9, 8},
    {{"", "source.lan", "set: {what: release-rewritten, time: 1400 ms}"}, 0, 8, 8, 0, 9, 8},
    {{"", "source.lan", "set: {what: rewrite}"}, 0, 9, 9, 0, 9, 0},
    {{"", "source.lan", "set: {what: inject}"}, 9, 9, 18, 0, 9, 0},
    {{"", "source.lan", "at: 4500 ms, for: 3 s, set: {what: drop}"}, 6, 0, 9, 3, 3, 0},
    /* where it comes, not where it leaves */
    {{"", "clerk.lan", "set: {what: drop, direction: ingress}"}, 0, 0, 9, 9, 9, 0},
    {{"", "clerk.lan", "set: {what: delay, direction: ingress, time: 1400 ms}"}, 8, 0, 9, 0, 9, 0},
    {{"", "clerk.lan", "set: {what: release-rewritten, direction: ingress, time: 1400 ms}"},
     0,
     8,
     9,
     0,
     9,
     8},
    {{"", "clerk.lan", "set: {what: hold-drop, direction: ingress, time: 1400 ms}"},
     0,
     0,
     9,
     8,
     9,
     0},
    /* sealed: dropped and delayed, but neither read, rewritten nor made up */
    {{"sealed: true", "source.lan", ""}, 9, 0, 9, 0, 0, 0},
    {{"sealed: true", "source.lan", "set: {what: delay}"}, 9, 0, 9, 0, 0, 0},
    {{"sealed: true", "source.lan", "set: {what: rewrite}"}, 0, 0, 9, 9, 0, 0},
    {{"sealed: true", "source.lan", "set: {what: release-rewritten}"}, 0, 0, 9, 9, 0, 9},
    {{"sealed: true", "source.lan", "set: {what: inject}"}, 9, 0, 18, 0, 0, 0},
    {{"fidelity: packet", "source.lan", "set: {what: rewrite}"}, 0, 9, 9, 0, 9, 0},
    {{"fidelity: packet", "clerk.lan", "set: {what: drop, direction: ingress}"}, 0, 0, 9, 9, 9, 0},
};

START_TEST(a_line_is_listened_on) {
  JsonNode *r = run(&cases[_i].line, NULL);
  ck_assert_double_eq(world_number(r, "attacks.0.counters.links"), 1);
  ck_assert_double_eq(world_number(r, "attacks.0.counters.readable"), cases[_i].readable);
  ck_assert_double_eq(world_number(r, "attacks.0.counters.sealed"),
                      strstr(cases[_i].line.network, "sealed") ? 9 : 0);
  ck_assert_double_eq(facts(r, "benign"), cases[_i].benign);
  ck_assert_double_eq(facts(r, "attack"), cases[_i].attack);
  ck_assert_double_eq(world_number(r, "networks.0.sent"), cases[_i].sent);
  ck_assert_double_eq(world_number(r, "networks.0.intercepted"), cases[_i].intercepted);
  ck_assert_double_eq(world_number(r, "attacks.0.counters.released"), cases[_i].released);
  json_node_unref(r);
}
END_TEST

/* Two on one line: the second sees what the first has made of it, and may hold it again. */
START_TEST(two_stand_on_one_line) {
  Line l = {
      "", "source.lan",
      "set: {what: release-rewritten, time: 100 ms}}\n"
      "  - {attack: wiretap, name: second, on: source.lan, set: {what: release, time: 100 ms}"};
  JsonNode *r = run(&l, NULL);
  ck_assert_double_eq(facts(r, "attack"), 9);
  ck_assert_double_eq(world_number(r, "attacks.0.counters.released"), 9);
  ck_assert_double_eq(world_number(r, "attacks.1.counters.released"), 9);
  ck_assert_double_eq(world_number(r, "attacks.1.counters.seen"), 9);
  json_node_unref(r);
}
END_TEST

/* A secret is nobody's on a line, even at home. */
START_TEST(who_listens_overhears_secrets) {
  static const char *const seals[] = {"false", "true"};
  g_autofree char *trial = g_strdup_printf(
      "trial: line\nseed: 3\nduration: 9500 ms\nwarmup: 0 s\n"
      "topology:\n"
      "  topology: line\n"
      "  networks:\n"
      "    lan: {interface: mw, domain: home, prefix: 192.0.2.0/24}\n"
      "    yard: {interface: ic, domain: home, prefix: 198.51.100.0/24, sealed: %s}\n"
      "  nodes:\n"
      "    clerk: {node: clerk, attach: [lan, yard], cpu: {workers: 1}, set: {to: sink, "
      "secret: '001010123456789', says: '001010123456789'}}\n"
      "    sink: {node: sink, attach: [yard], cpu: {workers: 1}}\n"
      "    source: {node: source, attach: [lan], set: {to: clerk, interval: even}}\n"
      "attacks:\n  - {attack: wiretap, on: [clerk.yard, clerk.lan]}\n",
      seals[_i]);
  char *folder = world_run(trial, NULL);
  gsize len;
  g_autofree char *lines = world_file(folder, "facts.jsonl", &len);
  bool heard = strstr(lines, "\"kind\": \"leak:imsi\", \"subject\": \"alice\", \"object\": "
                             "\"wiretap\"") != NULL;
  ck_assert(heard == (_i == 0));
  JsonNode *r = world_result(folder);
  ck_assert_double_eq(world_number(r, "attacks.0.counters.links"), 2);
  ck_assert_double_eq(world_number(r, "attacks.0.counters.seen"), 18);
  json_node_unref(r);
  world_remove(folder);
}
END_TEST

/* --- filters ------------------------------------------------------------------------------------ */

/* Three sources, each a message a second; a rule stands from the first message on for five seconds and a half. */
static const struct {
  const char *set;
  double filters, dropped, received;
} rules[] = {
    {"bits: 32", 1, 5, 22}, /* that source alone */
    {"bits: 24", 1, 17, 10}, /* its network */
    {"bits: 0", 1, 17, 10}, /* everybody */
    {"bits: 32, time: 2500 ms", 1, 2, 25},
    {"bits: 0, rate: 2", 1, 11, 16}, /* one at once, and three come at once */
    {"bits: 0, rate: 0.5, each: true", 1, 8, 19}, /* of each every other */
    {"bits: 64", 0, 0, 27}, /* no such address of IPv4 */
};

START_TEST(a_rule_drops_before_the_queue) {
  g_autofree char *trial = g_strdup_printf(
      "trial: rules\nseed: 3\nduration: 9500 ms\nwarmup: 0 s\n"
      "topology:\n"
      "  topology: rules\n"
      "  networks: {lan: {interface: mw, prefix: 192.0.2.0/24}}\n"
      "  nodes:\n"
      "    sink: {node: sink, attach: [lan], cpu: {workers: 1}}\n"
      "    source: {node: source, attach: [lan], set: {to: sink, interval: even, population: 3}}\n"
      "defenses:\n  - {defense: bouncer, at: sink.lan, set: {%s}}\n",
      rules[_i].set);
  char *folder = world_run(trial, NULL);
  JsonNode *r = world_result(folder);
  ck_assert_double_eq(world_number(r, "defenses.0.counters.filters"), rules[_i].filters);
  ck_assert_double_eq(world_number(r, "defenses.0.counters.dropped"), rules[_i].dropped);
  ck_assert_double_eq(world_number(r, "defenses.0.filtered.benign"), rules[_i].dropped);
  ck_assert_double_eq(world_number(r, "defenses.0.counters.strange"), rules[_i].filters ? 0 : 1);
  ck_assert_double_eq(world_number(r, "networks.0.filtered"), rules[_i].dropped);
  ck_assert_double_eq(world_number(r, "networks.0.received"), rules[_i].received);
  ck_assert_double_eq(world_number(r, "nodes.0.arrived"), rules[_i].received);
  json_node_unref(r);
  world_remove(folder);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("intercept");
  TCase *t = tcase_create("intercept");
  tcase_set_timeout(t, 120);
  tcase_add_loop_test(t, a_line_is_listened_on, 0, (int)(sizeof cases / sizeof *cases));
  tcase_add_test(t, two_stand_on_one_line);
  tcase_add_loop_test(t, who_listens_overhears_secrets, 0, 2);
  tcase_add_loop_test(t, a_rule_drops_before_the_queue, 0, (int)(sizeof rules / sizeof *rules));
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
