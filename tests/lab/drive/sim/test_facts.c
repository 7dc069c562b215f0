/* What nodes note as being so, secrets that leave their domain, and who an attack says that it is. */
#include <string.h>

#include "bench/judge/evidence.h"
#include "tests/check_main.h"
#include "tests/worlds/worlds.h"

/* One clerk between two domains; what it gets at one it answers by saying something at the other. */
static char *trial_of(const char *clerk, const char *rest) {
  return g_strdup_printf(
      "trial: facts\nseed: 3\nduration: 9500 ms\nwarmup: 0 s\n"
      "topology:\n"
      "  topology: facts\n"
      "  networks:\n"
      "    inside: {interface: mw, domain: home, prefix: 192.0.2.0/24}\n"
      "    outside: {interface: ic, domain: foreign, prefix: 198.51.100.0/24}\n"
      "    yard: {interface: gm, domain: home, prefix: 203.0.113.0/24}\n"
      "  nodes:\n"
      "    clerk: {node: clerk, attach: [inside, %s], cpu: {workers: 1}, set: {to: sink, %s}}\n"
      "    sink: {node: sink, attach: [outside, yard], cpu: {workers: 1}}\n"
      "    source: {node: source, attach: [inside], set: {to: clerk, interval: even}}\n"
      "%s",
      strstr(rest, "yard") ? "yard" : "outside", clerk, rest);
}

static JsonNode *run(const char *clerk, const char *rest, char **ret_folder) {
  g_autofree char *trial = trial_of(clerk, rest);
  char *folder = world_run(trial, NULL);
  JsonNode *r = world_result(folder);
  if (ret_folder)
    *ret_folder = folder;
  else
    world_remove(folder);
  return r;
}

static const char attack[] = "attacks:\n"
                             "  - {attack: chameleon, at: 2 s, network: [inside, outside], "
                             "set: {target: clerk, family: frd%s}}\n";

/* A message a second, and one of the attack at each of its networks. */
START_TEST(facts_have_the_causes_of_their_messages) {
  char *folder;
  gsize len;
  g_autofree char *hostile = g_strdup_printf(attack, "");
  JsonNode *r = run("says: hello", hostile, &folder);
  g_autofree char *lines = world_file(folder, "facts.jsonl", &len);
  ck_assert_double_eq(world_number(r, "facts.0.benign.n"), 9);
  ck_assert_double_eq(world_number(r, "facts.0.benign.amount"), 63);
  ck_assert_double_eq(world_number(r, "facts.0.attack.n"), 2);
  ck_assert_double_eq(world_number(r, "facts.0.attack.amount"), 14);
  ck_assert_double_eq(world_number(r, "facts.0.twin.n"), 0);
  ck_assert_double_eq(world_number(r, "nodes.0.counters.epoch"), 1767225600);
  ck_assert_ptr_nonnull(strstr(lines, "\"node\": \"clerk\", \"kind\": \"charge\", \"subject\": "
                                      "\"sip:payer@example.com\", \"object\": "
                                      "\"sip:clerk@example.com\", \"amount\": 7, \"entity\": 3, "
                                      "\"causes\": [\"chameleon\"]}"));
  json_node_unref(r);
  world_remove(folder);
}
END_TEST

START_TEST(its_configuration_says_what_an_attack_is) {
  g_autofree char *twin = g_strdup_printf(attack, ", benign: true");
  char *folder;
  gsize len;
  JsonNode *r = run("says: hello", twin, &folder);
  g_autofree char *text = world_file(folder, "result.json", &len);
  ck_assert_double_eq(world_number(r, "facts.0.attack.n"), 0);
  ck_assert_double_eq(world_number(r, "facts.0.twin.n"), 2);
  ck_assert_ptr_nonnull(strstr(text, "\"family\": \"frd\""));
  ck_assert_ptr_null(strstr(text, "\"benign\": false"));
  json_node_unref(r);
  world_remove(folder);
}
END_TEST

START_TEST(a_predicate_reads_facts) {
  g_autofree char *hostile = g_strdup_printf(attack, "");
  char *folder, *peace;
  RdTrialAttack a = {.name = (char *)"chameleon", .start = 2 * RD_SECOND, .stop = 10 * RD_SECOND};
  json_node_unref(run("says: hello", hostile, &folder));
  json_node_unref(run("says: hello", "", &peace));
  g_autoptr(RdEvidenceFile) file = rd_evidence_open(folder, peace, &a, 10 * RD_SECOND, NULL);
  ck_assert_ptr_nonnull(file);
  const RdEvidence *e = rd_evidence_view(file);
  const RdTime end = 10 * RD_SECOND;
  RdFacts all = e->facts(e, RD_WORLD_THIS, "charge", RD_FACTS_ALL, 0, end);
  ck_assert(all.n == 11 && all.amount == 77 && all.subjects == 1);
  RdFacts own = e->facts(e, RD_WORLD_THIS, "charge", RD_FACTS_OF_ATTACK, 0, end);
  ck_assert(own.n == 2 && own.amount == 14);
  RdFacts early = e->facts(e, RD_WORLD_THIS, "charge", RD_FACTS_OF_ATTACK, 0, 2 * RD_SECOND);
  ck_assert(early.n == 0);
  RdFacts nobody = e->facts(e, RD_WORLD_BASELINE, "charge", RD_FACTS_OF_NOBODY, 0, end);
  ck_assert(nobody.n == 9 && nobody.amount == 63);
  ck_assert_uint_eq(e->facts(e, RD_WORLD_THIS, "free", RD_FACTS_ALL, 0, end).n, 0);
  world_remove(folder);
  world_remove(peace);
}
END_TEST

/* The secret, what is said abroad ("|" ends a line), and whether the secret is in it. */
static const struct {
  const char *secret, *says;
  bool leaks;
} spellings[] = {
    {"001010123456789", "001010123456789", true},
    {"001010123456789", "<sip:001010123456789@ims.example>;x=1", true},
    {"001010123456789", "00101012|\t 3456789", true}, /* folded */
    {"001010123456789", "00101012| 3456| 789", true}, /* twice */
    {"001010123456789", "001010-123.456 (789)", true}, /* RFC 3966's separators */
    {"001010123456789", "%30%30101012345678%39", true}, /* RFC 3261's escapes */
    {"001010123456789", "\\0\\01010123456789", true}, /* a quoted string's */
    {"001010123456789", "9001010123456789", false}, /* another number */
    {"001010123456789", "0010101234567890", false},
    {"001010123456789", "00101012345678", false},
    {"001010123456789", "00101012|X: 3456789", false}, /* another line */
    {"+1 (555) 010-0199", "+15550100199", true},
    {"db7.core.example", "DB7.Core.EXAMPLE", true},
    {"db7.core.example", "db7.core.|\t example", true},
    {"db7.core.example", "db7%2Ecore%2eexample", true},
    {"db7.core.example", "db7-core-example", false},
    {"10.20.30.40", "10.20.30.40", true},
    {"10.20.30.40", "10203040", false},
};

START_TEST(a_secret_is_found_however_it_is_spelled) {
  g_autofree char *clerk =
      g_strdup_printf("secret: '%s', says: '%s'", spellings[_i].secret, spellings[_i].says);
  char *folder;
  JsonNode *r = run(clerk, "", &folder);
  gsize len;
  g_autofree char *lines = world_file(folder, "facts.jsonl", &len);
  ck_assert_double_eq(world_number(r, "nodes.0.counters.secrets"), 1);
  bool found = strstr(lines, "\"kind\": \"leak:imsi\", \"subject\": \"alice\", \"object\": "
                             "\"foreign\"") != NULL;
  ck_assert_msg(found == spellings[_i].leaks, "%s in %s", spellings[_i].secret, spellings[_i].says);
  if (found)
    ck_assert_double_eq(world_number(r, "facts.1.benign.n"), 9); /* one a message */
  json_node_unref(r);
  world_remove(folder);
}
END_TEST

START_TEST(a_secret_is_none_in_its_own_domain) {
  JsonNode *r =
      run("secret: '001010123456789', says: '001010123456789'", "# over the yard\n", NULL);
  JsonArray *facts = json_object_get_array_member(json_node_get_object(r), "facts");
  ck_assert_uint_eq(json_array_get_length(facts), 1);
  json_node_unref(r);
}
END_TEST

START_TEST(what_is_too_short_or_too_long_is_no_secret) {
  static const char *const secrets[] = {
      "12345", "1 2 3 4 5", "1234567890123456789012345678901234567890123456789012345678901234x"};
  g_autofree char *clerk = g_strdup_printf("secret: '%s', says: x", secrets[_i]);
  JsonNode *r = run(clerk, "", NULL);
  ck_assert_double_eq(world_number(r, "nodes.0.counters.secrets"), 0);
  ck_assert_double_eq(world_number(r, "nodes.0.counters.secrets-refused"), 1);
  json_node_unref(r);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("facts");
  TCase *t = tcase_create("facts");
  tcase_set_timeout(t, 120);
  tcase_add_test(t, facts_have_the_causes_of_their_messages);
  tcase_add_test(t, its_configuration_says_what_an_attack_is);
  tcase_add_test(t, a_predicate_reads_facts);
  tcase_add_loop_test(t, a_secret_is_found_however_it_is_spelled, 0,
                      (int)(sizeof spellings / sizeof *spellings));
  tcase_add_test(t, a_secret_is_none_in_its_own_domain);
  tcase_add_loop_test(t, what_is_too_short_or_too_long_is_no_secret, 0, 3);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
