/* A defense whose members share no memory and tell each other what they see; and acts from outside. */
#include <stdbool.h>
#include <string.h>

#include "tests/check_main.h"
#include "tests/worlds/worlds.h"

static char *trial_of(const char *defense, const char *acts) {
  return g_strdup_printf(
      "trial: members\nseed: 3\nduration: 10500 ms\nwarmup: 0 s\n"
      "topology:\n"
      "  topology: members\n"
      "  networks:\n"
      "    a: {interface: gm, prefix: 192.0.2.0/24}\n"
      "    b: {interface: ic, prefix: 198.51.100.0/24}\n"
      "    c: {interface: mw, prefix: 203.0.113.0/24}\n"
      "  nodes:\n"
      "    clerk: {node: clerk, attach: [a, b, c], cpu: {workers: 1}}\n"
      "    one: {node: source, attach: [a], set: {to: clerk, interval: even}}\n"
      "    two: {node: source, attach: [b], set: {to: clerk, interval: even}}\n"
      "    three: {node: source, attach: [c], set: {to: clerk, interval: even}}\n"
      "defenses:\n  - {defense: gossip, at: [clerk.a, clerk.b, clerk.c], %s}\n"
      "%s",
      defense, acts);
}

static JsonNode *run(const char *defense, const char *acts, char **ret_folder) {
  g_autofree char *trial = trial_of(defense, acts);
  char *folder = world_run(trial, NULL);
  JsonNode *r = world_result(folder);
  if (ret_folder)
    *ret_folder = folder;
  else
    world_remove(folder);
  return r;
}

/* Ten messages come at each place. Alone each would never reach its limit; told of the others' it does. */
START_TEST(members_act_on_what_others_tell_them) {
  static const struct {
    const char *defense;
    double places, heard, refused, lost;
  } cases[] = {
      {"apart: true, set: {limit: 14}", 3, 60, 16, 0},
      {"apart: true, set: {limit: 14}, report: {delay: 2400 ms}", 3, 48, 12, 0},
      {"apart: true, set: {limit: 14}, report: {loss: 1}", 3, 0, 0, 60},
      {"set: {limit: 14}", 3, 0, 16, 0}, /* it is one */
  };
  JsonNode *r = run(cases[_i].defense, "", NULL);
  bool apart = strstr(cases[_i].defense, "apart") != NULL;
  ck_assert_double_eq(world_number(r, "defenses.0.counters.places"), cases[_i].places);
  ck_assert_double_eq(world_number(r, "defenses.0.counters.judged"), 30);
  ck_assert_double_eq(world_number(r, "defenses.0.counters.heard"), cases[_i].heard);
  ck_assert_double_eq(world_number(r, "defenses.0.judged.benign.drop"), cases[_i].refused);
  if (apart) {
    ck_assert_double_eq(world_number(r, "defenses.0.counters.strange"), 0);
    ck_assert_double_eq(world_number(r, "defenses.0.reports.sent"), 60);
    ck_assert_double_eq(world_number(r, "defenses.0.reports.lost"), cases[_i].lost);
    ck_assert_double_eq(world_number(r, "defenses.0.reports.bytes"), 480);
    ck_assert_double_eq(world_number(r, "defenses.0.places.2.judged"), 10);
  }
  json_node_unref(r);
}
END_TEST

#define APART "apart: true, set: {limit: 14}"
#define ACTS                                                                                       \
  "acts:\n  - {at: 8500 ms, who: gossip, do: forget}\n"                                            \
  "  - {at: 3 s, who: clerk, do: pay, with: {subject: 'sip:b@example.com', amount: 12}}\n"         \
  "  - {at: 4 s, who: clerk, do: pay, with: {subject: x, amount: -1}}\n"

START_TEST(parts_do_what_acts_say_and_it_is_logged) {
  char *folder;
  gsize len;
  JsonNode *r = run(APART, ACTS, &folder);
  ck_assert_double_eq(world_number(r, "facts.1.benign.amount"), 12);
  ck_assert_double_eq(world_number(r, "defenses.0.judged.benign.drop"), 10);
  g_autofree char *log = world_file(folder, "acts.yaml", &len);
  ck_assert_str_eq(
      log, "- {at: 3 s, who: \"clerk\", do: pay, with: {amount: \"12\", subject: "
           "\"sip:b@example.com\"}, done: true, reply: \"paid 12\"}\n"
           "- {at: 4 s, who: \"clerk\", do: pay, with: {amount: \"-1\", subject: \"x\"}, "
           "done: false, reply: \"it \\\"never\\\" takes\"}\n"
           "- {at: 8500 ms, who: \"gossip\", do: forget, with: {}, done: true, reply: \"\"}\n");
  json_node_unref(r);
  world_remove(folder);
}
END_TEST

/* A trial with the log of another is that other, to the byte. */
START_TEST(a_log_replays_to_the_byte) {
  char *first, *second;
  gsize len[2];
  json_node_unref(run(APART, ACTS, &first));
  g_autofree char *acts = g_strdup_printf("acts: %s/acts.yaml\n", first);
  json_node_unref(run(APART, acts, &second));
  static const char *const files[] = {"result.json", "facts.jsonl", "acts.yaml"};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    g_autofree char *a = world_file(first, files[i], &len[0]);
    g_autofree char *b = world_file(second, files[i], &len[1]);
    ck_assert_uint_eq(len[0], len[1]);
    ck_assert(memcmp(a, b, len[0]) == 0);
  }
  world_remove(first);
  world_remove(second);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("members");
  TCase *t = tcase_create("members");
  tcase_set_timeout(t, 120);
  tcase_add_loop_test(t, members_act_on_what_others_tell_them, 0, 4);
  tcase_add_test(t, parts_do_what_acts_say_and_it_is_logged);
  tcase_add_test(t, a_log_replays_to_the_byte);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
