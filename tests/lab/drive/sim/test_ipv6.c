/* The small VoLTE network on IPv6, where rl-token takes a /64 for one source: every phone and every
 * source of an attack has to be a /64 of its own. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
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

/* The longest INVITE in a capture, by its own Content-Length; *ret_n: how many there were. */
static size_t longest_invite(const char *bytes, size_t len, unsigned *ret_n) {
  size_t longest = 0;
  for (const char *at = bytes, *end = bytes + len;
       (at = memmem(at, (size_t)(end - at), "INVITE ", 7)); at++) {
    const char *line = memmem(at, (size_t)(end - at), "\r\n", 2);
    const char *body = memmem(at, (size_t)(end - at), "\r\n\r\n", 4);
    if (!line || !body || line - at < 8 || memcmp(line - 8, " SIP/2.0", 8) != 0)
      continue;
    const char *length = memmem(at, (size_t)(body - at), "Content-Length: ", 16);
    ck_assert_ptr_nonnull(length);
    longest = MAX(longest, (size_t)(body + 4 - at) + strtoul(length + 16, NULL, 10));
    ++*ret_n;
  }
  return longest;
}

/* Names, addresses and Vias: where most of all stand, none is too long for UDP (RFC 3261 s18.1.1). */
START_TEST(invites_stay_below_1300_octets) {
  g_autofree char *text = trial("");
  g_autofree char *pcap = g_dir_make_tmp("redoubt-pcap-XXXXXX", NULL);
  char *folder = world_run(text, "--pcap", pcap, NULL);
  gsize len;
  unsigned n = 0;
  g_autofree char *bytes = world_file(pcap, "ue.gm.pcapng", &len);
  const size_t longest = longest_invite(bytes, len, &n);
  ck_assert_uint_gt(n, 50);
  ck_assert_uint_gt(longest, 1000);
  ck_assert_uint_lt(longest, 1300);
  world_remove(folder);
  world_remove(g_steal_pointer(&pcap));
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
  tcase_add_test(t, invites_stay_below_1300_octets);
  tcase_add_test(t, bots_are_a_64_each);
  tcase_add_test(t, the_same_trial_is_the_same_bytes);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
