/* The small VoLTE network on IPv6, where rl-token takes a /64 for one source: every phone and every
 * source of an attack has to be a /64 of its own. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/check_main.h"
#include "tests/worlds/worlds.h"

static char *trial(const char *more) {
  return g_strdup_printf("trial: ipv6\n"
                         "topology: %s/topologies/volte-home.yaml\n"
                         "seed: 11\nduration: 30 s\nwarmup: 0 s\n"
                         "set: {ue: {subscribers: 300, bhca: 60}}\n"
                         "networks: {gm: {prefix: '2001:db8:4000::/34'}, border: {prefix: "
                         "'2001:db8:2::/64'}, core: {prefix: '2001:db8:3::/64'}}\n"
                         "defenses:\n  - {defense: rl-token, at: sbc.gm}\n%s",
                         g_getenv("REDOUBT_SOURCE"), more);
}

static double number(const char *folder, const char *path) {
  JsonNode *r = world_result(folder);
  double n = world_number(r, path);
  json_node_unref(r);
  return n;
}

START_TEST(in_peace_nobody_is_refused) {
  g_autofree char *text = trial("");
  char *folder = world_run(text, NULL);
  ck_assert(number(folder, "legit.register.succeeded") >= 300);
  ck_assert_double_eq(number(folder, "legit.register.failed"), 0);
  ck_assert_double_eq(number(folder, "legit.call.failed"), 0);
  ck_assert(number(folder, "legit.call.answered") > 10);
  ck_assert_double_eq(number(folder, "defenses.0.alerts.total"), 0);
  world_remove(folder);
}
END_TEST

static char *on_ipv4(const char *six) {
  g_autoptr(GString) four = g_string_new(six);
  g_string_replace(four, "2001:db8:4000::/34", "198.18.0.0/15", 1);
  g_string_replace(four, "2001:db8:2::/64", "192.0.2.0/24", 1);
  g_string_replace(four, "2001:db8:3::/64", "198.51.100.0/24", 1);
  return g_string_free(g_steal_pointer(&four), FALSE);
}

/* Only the addresses differ. */
START_TEST(as_on_ipv4) {
  static const char *const paths[] = {"legit.register.attempts", "legit.register.succeeded",
                                      "legit.call.attempts", "legit.call.answered",
                                      "legit.call.served"};
  g_autofree char *six = trial(""), *four = on_ipv4(six);
  char *a = world_run(six, NULL), *b = world_run(four, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(paths); i++)
    ck_assert_msg(number(a, paths[i]) == number(b, paths[i]), "%s", paths[i]);
  world_remove(a);
  world_remove(b);
}
END_TEST

START_TEST(one_phone_that_floods_is_refused_as_on_ipv4) {
  static const char *const paths[] = {"attacks.0.sent", "defenses.0.alerts.true",
                                      "defenses.0.alerts.total", "legit.register.failed"};
  g_autofree char *six = trial("attacks:\n  - {attack: dos-invite-flood-1src, at: 10 s, for: 10 s, "
                               "set: {rate: 100}}\n");
  g_autofree char *four = on_ipv4(six);
  char *a = world_run(six, NULL), *b = world_run(four, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(paths); i++)
    ck_assert_msg(number(a, paths[i]) == number(b, paths[i]), "%s", paths[i]);
  double tpr = number(a, "defenses.0.message.tpr"), on_4 = number(b, "defenses.0.message.tpr");
  ck_assert_msg(tpr > 0.8 && fabs(tpr - on_4) < 0.01, "TPR %g, on IPv4 %g", tpr, on_4);
  ck_assert_double_eq(number(a, "defenses.0.alerts.true"), 1);
  ck_assert_double_eq(number(a, "legit.register.failed"), 0);
  world_remove(a);
  world_remove(b);
}
END_TEST

/* 200 requests a second in all, one a second from each. */
START_TEST(bots_are_a_64_each) {
  g_autofree char *text = trial("attacks:\n  - {attack: dos-invite-ddos-low, at: 10 s, for: 10 s, "
                                "set: {bots: 200, rate: 1}}\n");
  char *folder = world_run(text, NULL);
  ck_assert(number(folder, "attacks.0.sent") > 1000);
  ck_assert_double_eq(number(folder, "defenses.0.alerts.total"), 0); /* each is below the limit */
  world_remove(folder);
}
END_TEST

START_TEST(the_same_trial_is_the_same_bytes) {
  static const char *const left[] = {"attempts.rdl", "alerts.jsonl", "claims.jsonl", "result.json"};
  g_autofree char *text =
      trial("attacks:\n  - {attack: dos-invite-ddos-low, at: 10 s, for: 10 s}\n");
  char *a = world_run(text, NULL), *b = world_run(text, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(left); i++) {
    gsize n, m;
    g_autofree char *x = world_file(a, left[i], &n), *y = world_file(b, left[i], &m);
    ck_assert_msg(n == m && memcmp(x, y, n) == 0, "%s differs", left[i]);
  }
  world_remove(a);
  world_remove(b);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("ipv6");
  TCase *t = tcase_create("ipv6");
  tcase_set_timeout(t, 300);
  tcase_add_test(t, in_peace_nobody_is_refused);
  tcase_add_test(t, as_on_ipv4);
  tcase_add_test(t, one_phone_that_floods_is_refused_as_on_ipv4);
  tcase_add_test(t, bots_are_a_64_each);
  tcase_add_test(t, the_same_trial_is_the_same_bytes);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
