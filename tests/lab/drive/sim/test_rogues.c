/* Parts that abuse their host, and defenses in a row on one message's way. */
#include <string.h>

#include "tests/check_main.h"
#include "tests/worlds/worlds.h"

static JsonNode *run(const char *networks, const char *parts) {
  g_autofree char *trial =
      g_strdup_printf("trial: rogues\ntopology: %s/topologies/volte-home.yaml\nseed: 4\n"
                      "duration: 20 s\nwarmup: 0 s\n"
                      "set: {ue: {subscribers: 40, bhca: 360, hold: 3 s, patience: 8 s}}\n%s%s",
                      g_getenv("REDOUBT_SOURCE"), networks, parts);
  char *pcap = g_dir_make_tmp("redoubt-pcap-XXXXXX", NULL);
  char *folder = world_run(trial, "--pcap", pcap, NULL);
  JsonNode *result = world_result(folder); /* there only if the laws hold */
  world_remove(pcap);
  world_remove(folder);
  return result;
}

#define PACKETS                                                                                    \
  "networks: {gm: {fidelity: packet}, border: {fidelity: packet}, core: {fidelity: packet}}\n"
#define ROGUE "attacks:\n  - {attack: rogue, at: 2 s, for: 10 s}\n"
#define ROGUE_GUARDS                                                                               \
  "defenses:\n  - {defense: rogue-guard, at: [sbc.gm, sbc.border, s-cscf.core]}\n"                 \
  "  - {defense: rogue-guard, name: another, at: [sbc.gm, p-cscf.border]}\n"

START_TEST(a_rogue_attack_leaves_the_trial_whole) {
  static const char *const networks[] = {"", PACKETS};
  JsonNode *r = run(networks[_i], ROGUE);
  ck_assert_double_eq(world_number(r, "attacks.0.counters.taken"), 0);
  ck_assert(world_number(r, "attacks.0.counters.odd") > 100);
  ck_assert_double_eq(world_number(r, "legit.register.failed"), 0);
  json_node_unref(r);
}
END_TEST

START_TEST(rogue_defenses_leave_the_trial_whole) {
  JsonNode *r = run("", ROGUE ROGUE_GUARDS);
  ck_assert_double_eq(world_number(r, "defenses.0.counters.taken"), 0);
  ck_assert_double_eq(world_number(r, "defenses.1.counters.taken"), 0);
  json_node_unref(r);
}
END_TEST

static unsigned times(const char *text, const char *what) {
  unsigned n = 0;
  for (const char *at = text; (at = strstr(at, what)); at++)
    n++;
  return n;
}

/* Work by a name that the part never declared would be free without a word: it is told, once. */
START_TEST(an_operation_that_was_never_declared_is_told_once) {
  char *said = NULL;
  g_autofree char *trial = g_strdup_printf(
      "trial: rogues\ntopology: %s/topologies/volte-home.yaml\nseed: 4\nduration: 13 s\n"
      "set: {ue: {subscribers: 10}}\n" ROGUE ROGUE_GUARDS,
      g_getenv("REDOUBT_SOURCE"));
  world_remove(world_run_said(&said, trial, NULL));
  ck_assert_uint_eq(times(said,
                          "rogue: error: it asks for the operation \"transactoin\", which part "
                          "rogue does not declare, so its work is free"),
                    1);
  ck_assert_uint_eq(times(said, "rogue-guard: error: it asks for the operation \"handle\""), 1);
  ck_assert_uint_eq(times(said, "another: error: it asks for the operation \"handle\""), 1);
  ck_assert_uint_eq(times(said, "it asks for the operation"), 3); /* and nobody else does */
  g_free(said);
}
END_TEST

/* What kept a message at its sender's side says nothing of it at the receiver's. */
START_TEST(the_receivers_defense_judges_what_the_senders_kept_back) {
  static const char *const whats[] = {"delay", "release", "hold-pass"};
  g_autofree char *parts = g_strdup_printf(
      "defenses:\n  - {defense: juggler, at: sbc.border, set: {what: %s, direction: egress}}\n"
      "  - {defense: juggler, name: receiver, at: p-cscf.border, set: {what: delay}}\n",
      whats[_i]);
  JsonNode *r = run("", parts);
  double sent = world_number(r, "defenses.0.counters.judged");
  ck_assert(sent > 5);
  ck_assert(world_number(r, "defenses.1.counters.judged") >= sent - 1); /* one may be under way */
  json_node_unref(r);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("rogues");
  TCase *t = tcase_create("rogues");
  tcase_set_timeout(t, 120);
  tcase_add_loop_test(t, a_rogue_attack_leaves_the_trial_whole, 0, 2);
  tcase_add_test(t, rogue_defenses_leave_the_trial_whole);
  tcase_add_test(t, an_operation_that_was_never_declared_is_told_once);
  tcase_add_loop_test(t, the_receivers_defense_judges_what_the_senders_kept_back, 0, 3);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
