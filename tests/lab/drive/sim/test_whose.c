/* Whose an alert's subject is, in whole trials. Ten subscribers `sip:N@example.com` send OPTIONS to a
 * sink; an attack sends from, as or to one of them, and a defense accuses. */
#include <stdbool.h>
#include <string.h>

#include "tests/check_main.h"
#include "tests/worlds/worlds.h"

/* Ten subscribers behind 198.18.1.x (the first is 198.18.1.0), a sink that is a server. */
static char *trial(const char *attacks, const char *defenses) {
  return g_strdup_printf(
      "trial: whose\n"
      "topology:\n"
      "  topology: whose\n"
      "  networks:\n"
      "    net: {interface: Gm, prefix: 198.18.0.0/15, line: {rate: 0, delay: 1 ms, queue: 1000}}\n"
      "  nodes:\n"
      "    source: {node: source, attach: [net], set: {population: 10, rate: 1, to: sink}}\n"
      "    sink: {node: sink, attach: [net], cpu: {workers: 1, speed: 1}}\n"
      "seed: 3\nduration: 30 s\nwarmup: 0 s\nattacks:\n%s\ndefenses:\n%s\n",
      attacks, defenses);
}

#define ATTACK(set) "  - {attack: mimic, at: 2 s, for: 20 s, set: {target: sink, " set "}}\n"
#define TWIN(set) "  - {attack: mimic-twin, at: 2 s, for: 20 s, set: {target: sink, " set "}}\n"
#define VICTIM_ADDRESS "198.18.1.5"

typedef struct {
  const char *name, *attacks, *accused, *kind;
} Case;

static const Case cases[] = {
    {"spoofed address", ATTACK("source: " VICTIM_ADDRESS), "subject: " VICTIM_ADDRESS,
     "true_hits_victim"},
    {"address that it does not spoof", ATTACK("source: " VICTIM_ADDRESS), "subject: 198.18.1.6",
     "false"},
    {"address of nobody", ATTACK("source: 198.19.200.1"), "subject: 198.19.200.1", "true"},
    {"address of the node it floods", ATTACK("rate: 5"), "subject: 198.18.0.1", "victim"},
    {"own name", ATTACK("rate: 5"), "kind: identity, subject: 'sip:mimic@example.com'", "true"},
    {"own name, answered to a subscriber", ATTACK("rate: 5, source: " VICTIM_ADDRESS),
     "kind: identity, subject: 'sip:mimic@example.com'", "true"},
    {"user part of its own name", ATTACK("rate: 5"), "kind: identity, subject: mimic", "true"},
    {"a subscriber's name in From", ATTACK("from: 'sip:3@example.com'"),
     "kind: identity, subject: 'sip:3@example.com'", "true_hits_victim"},
    {"the same, written otherwise", ATTACK("from: 'sip:3@EXAMPLE.com;user=phone'"),
     "kind: identity, subject: 'sip:3@example.com:5060'", "true_hits_victim"},
    {"a subscriber called", ATTACK("to: 'sip:3@example.com'"),
     "kind: identity, subject: 'sip:3@example.com'", "victim"},
    {"another subscriber", ATTACK("to: 'sip:3@example.com'"),
     "kind: identity, subject: 'sip:4@example.com'", "false"},
    {"a number, by whatever URI", ATTACK("from: 'tel:+1-201-555-0123'"),
     "kind: identity, subject: 'sip:+12015550123@example.com;user=phone'", "true"},
    {"another family", ATTACK("source: " VICTIM_ADDRESS),
     "subject: " VICTIM_ADDRESS ", classes: acc", "false"},
    {"before it began", ATTACK("source: " VICTIM_ADDRESS), "subject: " VICTIM_ADDRESS ", at: 1 s",
     "false"},
    {"an attack and a twin from one address",
     ATTACK("source: 198.19.200.1") TWIN("source: 198.19.200.1"), "subject: 198.19.200.1",
     "true_hits_victim"},
    {"a twin alone", ATTACK("rate: 5") TWIN("source: 198.19.200.1"), "subject: 198.19.200.1",
     "false"},
};

static const char *const kinds[] = {"true", "true_hits_victim", "victim", "false"};

START_TEST(an_alert_is_of_one_kind) {
  const Case *c = &cases[_i];
  g_autofree char *accusers =
      g_strdup_printf("  - {defense: accuser, at: sink.net, set: {%s}}\n", c->accused);
  g_autofree char *text = trial(c->attacks, accusers);
  char *folder = world_run(text, NULL);
  JsonNode *r = world_result(folder);
  g_autofree char *alerts = world_file(folder, "alerts.jsonl", NULL);
  g_autofree char *said = g_strdup_printf("\"kind\": \"%s\"", c->kind);
  bool hit = c->kind[0] == 't';
  ck_assert_msg(strstr(alerts, said) != NULL, "%s: %s", c->name, alerts);
  ck_assert_double_eq(world_number(r, "defenses.0.alerts.total"), 1);
  for (unsigned k = 0; k < G_N_ELEMENTS(kinds); k++) {
    g_autofree char *path = g_strconcat("defenses.0.alerts.", kinds[k], NULL);
    ck_assert_double_eq(world_number(r, path), strcmp(kinds[k], c->kind) == 0);
  }
  ck_assert_double_eq(world_number(r, "defenses.0.alerts.false_alarms"),
                      strcmp(c->kind, "false") == 0);
  ck_assert_double_eq(world_number(r, "attacks.0.true_alerts") +
                          world_number(r, "attacks.0.true_hits_victim_alerts"),
                      hit);
  if (hit)
    ck_assert_double_eq(world_number(r, "attacks.0.ttd_ns"), 3e9);
  if (strstr(c->name, "twin"))
    ck_assert_double_eq(world_number(r, "attacks.1.collateral_alerts"), 1);
  json_node_unref(r);
  world_remove(folder);
}
END_TEST

/* What is said because of an attack is nobody's word: a box without a CPU model, as phones are, refuses
 * whom it does not know, and its answer bears the name that only the attack uses. */
START_TEST(an_answer_to_an_attack_is_nobodys_word) {
  g_autofree char *text =
      trial("  - {attack: mimic, at: 2 s, for: 20 s, set: {target: box, rate: 5, "
            "from: 'sip:x@example.com', to: 'sip:x@example.com'}}\n",
            "  - {defense: accuser, at: sink.net, set: {kind: identity, subject: "
            "'sip:x@example.com'}}\n");
  g_autoptr(GString) boxed = g_string_new(text);
  ck_assert_uint_eq(g_string_replace(boxed, "    sink: {",
                                     "    box: {node: p-cscf, attach: [net], set: {next-hop: "
                                     "sink}}\n    sink: {",
                                     0),
                    1);
  char *folder = world_run(boxed->str, NULL);
  JsonNode *r = world_result(folder);
  g_autofree char *alerts = world_file(folder, "alerts.jsonl", NULL);
  ck_assert(world_number(r, "nodes.1.counters.unregistered-refused") > 50);
  ck_assert_msg(strstr(alerts, "\"kind\": \"true\"") != NULL, "%s", alerts);
  ck_assert_msg(strstr(alerts, "\"legitimate\": false") != NULL, "%s", alerts);
  json_node_unref(r);
  world_remove(folder);
}
END_TEST

/* A meter that refuses a flood from a subscriber's address has found the flood; and that it silences
 * the subscriber stands beside. */
START_TEST(a_flood_from_a_subscribers_address_is_detected) {
  g_autofree char *text = trial(ATTACK("rate: 300, source: " VICTIM_ADDRESS),
                                "  - {defense: rl-token, at: sink.net}\n");
  char *folder = world_run(text, NULL);
  JsonNode *r = world_result(folder);
  double ttd = world_number(r, "attacks.0.ttd_ns");
  ck_assert_double_eq(world_number(r, "defenses.0.alerts.true_hits_victim"), 1);
  ck_assert_double_eq(world_number(r, "defenses.0.alerts.false_alarms"), 0);
  ck_assert_msg(ttd > 0 && ttd < 1e9, "detected after %g ns", ttd);
  ck_assert(world_number(r, "attacks.0.blocked_share") > 0.9);
  json_node_unref(r);
  world_remove(folder);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("whose");
  TCase *t = tcase_create("whose");
  tcase_set_timeout(t, 120);
  tcase_add_loop_test(t, an_alert_is_of_one_kind, 0, G_N_ELEMENTS(cases));
  tcase_add_test(t, a_flood_from_a_subscribers_address_is_detected);
  tcase_add_test(t, an_answer_to_an_attack_is_nobodys_word);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
