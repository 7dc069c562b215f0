/* Every kind of verdict, carried out in the simulator: the test part "juggler" gives them. */
#include <stdbool.h>
#include <string.h>

#include "tests/check_main.h"
#include "tests/worlds/worlds.h"

typedef struct {
  const char *settings; /* of the juggler */
  const char *place;
} Case;

static JsonNode *run(const Case *c, char **ret_folder) {
  g_autofree char *defenses =
      c->settings ? g_strdup_printf("defenses:\n  - {defense: juggler, at: %s, set: {%s}}\n",
                                    c->place, c->settings)
                  : g_strdup("");
  g_autofree char *trial =
      g_strdup_printf("trial: verdicts\ntopology: %s/topologies/volte-home.yaml\nseed: 4\n"
                      "duration: 40 s\nwarmup: 0 s\n"
                      "set: {ue: {subscribers: 60, bhca: 240, hold: 3 s, patience: 8 s}}\n%s",
                      g_getenv("REDOUBT_SOURCE"), defenses);
  g_autofree char *pcap = g_dir_make_tmp("redoubt-pcap-XXXXXX", NULL);
  char *folder = world_run(trial, "--pcap", pcap, NULL);
  JsonNode *result = world_result(folder);
  if (ret_folder)
    *ret_folder = g_steal_pointer(&pcap);
  else
    world_remove(g_steal_pointer(&pcap));
  world_remove(folder);
  return result;
}

static double srd_without;

static double srd(JsonNode *r) {
  return world_number(r, "legit.call.srd_ns.mean") / 1e6;
}

static void without(void) {
  Case c = {NULL, NULL};
  JsonNode *r = run(&c, NULL);
  srd_without = srd(r);
  ck_assert(world_number(r, "legit.call.answered") > 5);
  json_node_unref(r);
}

/* A message kept back for 50 ms goes on and its call is up 50 ms later. */
START_TEST(delayed_and_held_messages_go_on) {
  static const Case cases[] = {{"what: delay", "sbc.gm"},
                               {"what: release", "sbc.gm"},
                               {"what: release-rewritten", "sbc.gm"},
                               {"what: hold-pass", "sbc.gm"},
                               {"what: delay, direction: egress", "sbc.border"},
                               {"what: release, direction: egress", "sbc.border"},
                               {"what: hold-pass, direction: egress", "sbc.border"}};
  without();
  JsonNode *r = run(&cases[_i], NULL);
  double more = srd(r) - srd_without;
  ck_assert_msg(more > 45 && more < 55, "%s: %g ms more", cases[_i].settings, more);
  ck_assert_double_eq(world_number(r, "legit.call.failed"), 0);
  ck_assert(world_number(r, "defenses.0.counters.judged") > 5);
  if (strstr(cases[_i].settings, "release"))
    ck_assert(world_number(r, "defenses.0.counters.released") >=
              world_number(r, "defenses.0.counters.judged") - 1); /* the last may still be held */
  json_node_unref(r);
}
END_TEST

START_TEST(messages_dropped_or_challenged_do_not) {
  static const Case cases[] = {{"what: hold-drop, time: 5 ms", "sbc.gm"},
                               {"what: hold-drop, direction: egress", "sbc.border"},
                               {"what: challenge", "sbc.gm"},
                               {"what: challenge, direction: egress", "sbc.border"}};
  JsonNode *r = run(&cases[_i], NULL);
  ck_assert_double_eq(world_number(r, "legit.call.answered"), 0);
  if (_i != 1) /* there the SBC has taken charge: its own give-up comes after the trial's end */
    ck_assert(world_number(r, "legit.call.failed") > 5);
  json_node_unref(r);
}
END_TEST

static bool contains(const char *folder, const char *name, const char *text) {
  gsize len;
  g_autofree char *bytes = world_file(folder, name, &len);
  return memmem(bytes, len, text, strlen(text)) != NULL;
}

START_TEST(rewritten_messages_arrive_rewritten) {
  static const Case cases[] = {{"what: rewrite", "sbc.gm"},
                               {"what: rewrite, direction: egress", "sbc.border"},
                               {"what: release-rewritten", "sbc.gm"}};
  char *pcap;
  JsonNode *r = run(&cases[_i], &pcap);
  ck_assert(world_number(r, "legit.call.answered") > 5);
  ck_assert(contains(pcap, "p-cscf.border.pcapng", "X-Juggled: yes"));
  if (_i != 1)
    ck_assert(!contains(pcap, "ue.gm.pcapng", "X-Juggled: yes\r\nVia: SIP/2.0/UDP 198.18.0.1"));
  json_node_unref(r);
  world_remove(pcap);
}
END_TEST

/* A holder and a delayer at one place, and a release into a delay: each message is judged once by each, and
 * leaves 100 ms later. */
START_TEST(a_hold_and_a_delay_at_egress_let_it_go) {
  g_autofree char *trial = g_strdup_printf(
      "trial: verdicts\ntopology: %s/topologies/volte-home.yaml\nseed: 4\n"
      "duration: 40 s\nwarmup: 0 s\n"
      "set: {ue: {subscribers: 60, bhca: 240, hold: 3 s, patience: 8 s}}\n"
      "defenses:\n"
      "  - {defense: juggler, name: delayer, at: sbc.border, set: {what: delay, direction: "
      "egress}}\n"
      "  - {defense: juggler, name: holder, at: sbc.border, set: {what: %s, direction: egress}}\n",
      g_getenv("REDOUBT_SOURCE"), _i == 0 ? "hold-pass" : "release");
  without();
  char *folder = world_run(trial, NULL);
  JsonNode *r = world_result(folder);
  double more = srd(r) - srd_without;
  ck_assert_msg(more > 95 && more < 105, "%g ms more", more);
  double held = world_number(r, "defenses.1.counters.judged");
  double delayed = world_number(r, "defenses.0.counters.judged");
  ck_assert_msg(delayed == held || delayed == held - 1, /* the last may still be held */
                "%g held, %g delayed", held, delayed);
  json_node_unref(r);
  world_remove(folder);
}
END_TEST

/* What a defense sends itself is answered to it alone. */
START_TEST(a_defense_hears_the_answers_to_its_own_questions) {
  Case c = {"what: ask, direction: egress", "sbc.border"};
  JsonNode *r = run(&c, NULL);
  ck_assert(world_number(r, "defenses.0.counters.judged") > 5);
  ck_assert_double_eq(world_number(r, "defenses.0.counters.answered"),
                      world_number(r, "defenses.0.counters.judged"));
  ck_assert_double_eq(world_number(r, "legit.call.failed"), 0);
  json_node_unref(r);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("verdicts");
  TCase *t = tcase_create("verdicts");
  tcase_set_timeout(t, 120);
  tcase_add_loop_test(t, delayed_and_held_messages_go_on, 0, 7);
  tcase_add_loop_test(t, messages_dropped_or_challenged_do_not, 0, 4);
  tcase_add_loop_test(t, rewritten_messages_arrive_rewritten, 0, 3);
  tcase_add_loop_test(t, a_hold_and_a_delay_at_egress_let_it_go, 0, 2);
  tcase_add_test(t, a_defense_hears_the_answers_to_its_own_questions);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
