/* The home network with an HSS of its own: registration and calls over Cx, in whole trials. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/check_main.h"
#include "tests/worlds/worlds.h"

#define PACKETS                                                                                    \
  "networks: {gm: {fidelity: packet}, border: {fidelity: packet}, core: {fidelity: packet}, cx: "  \
  "{fidelity: packet}}\n"
#define LOSSY "networks: {gm: {line: {loss: 0.05}}}\n"
#define PHONES 60
#define ICSCF "nodes.3.counters."
#define SCSCF "nodes.4.counters."
#define HSS "nodes.5.counters."

static char *trial(const char *phones, const char *more) {
  return g_strdup_printf(
      "trial: home\n"
      "topology: %s/topologies/volte-cx.yaml\n"
      "seed: 11\nduration: 60 s\nwarmup: 0 s\n"
      "set: {ue: {subscribers: 60, bhca: 120, hold: 5 s, no-answer: 0, busy: 0, rejected: 0, "
      "ring-min: 1 s, ring-max: 2 s, %s}}\n%s",
      g_getenv("REDOUBT_SOURCE"), phones, more);
}

static double number(const char *folder, const char *path) {
  JsonNode *r = world_result(folder);
  double n = world_number(r, path);
  json_node_unref(r);
  return n;
}

static void all_is_well(const char *folder) {
  ck_assert_double_eq(number(folder, "legit.register.ira"), 0);
  ck_assert(number(folder, "legit.register.succeeded") >= PHONES);
  ck_assert(number(folder, "legit.call.answered") > 10);
  ck_assert_double_eq(number(folder, "legit.call.failed"), 0);
}

/* What one node says it did is what the next one says was done to it. */
START_TEST(registrations_and_calls_go_by_the_hss) {
  g_autofree char *text = trial("answered: 1", _i ? PACKETS : "");
  char *folder = world_run(text, NULL);
  all_is_well(folder);
  const double registered = number(folder, "legit.register.succeeded");
  const double calls = number(folder, "legit.call.attempts");
  ck_assert_double_eq(number(folder, HSS "authorizations"), 2 * registered);
  ck_assert_double_eq(number(folder, ICSCF "registrations"), 2 * registered);
  ck_assert_double_eq(number(folder, HSS "vectors"), registered);
  ck_assert_double_eq(number(folder, SCSCF "challenges"), registered);
  ck_assert_double_eq(number(folder, HSS "assignments"), registered);
  ck_assert(number(folder, HSS "locations") >= calls);
  ck_assert_double_eq(number(folder, HSS "unknown-users"), 0);
  ck_assert_double_eq(number(folder, HSS "identities-mismatched"), 0);
  world_remove(folder);
}
END_TEST

START_TEST(packet_and_flow_agree) {
  g_autofree char *flow = trial("answered: 1", ""), *packet = trial("answered: 1", PACKETS);
  char *a = world_run(flow, NULL), *b = world_run(packet, NULL);
  const double x = number(a, "legit.call.srd_ns.p95"), y = number(b, "legit.call.srd_ns.p95");
  ck_assert(fabs(number(a, "legit.call.ser") - number(b, "legit.call.ser")) <= 0.5);
  ck_assert_msg(fabs(x - y) <= 0.05 * x, "SRD p95 %g and %g", x, y);
  world_remove(a);
  world_remove(b);
}
END_TEST

START_TEST(the_same_trial_is_the_same_bytes) {
  g_autofree char *text = trial("answered: 1", "");
  char *a = world_run(text, NULL), *b = world_run(text, NULL);
  gsize n, m;
  g_autofree char *x = world_file(a, "attempts.rdl", &n), *y = world_file(b, "attempts.rdl", &m);
  ck_assert_uint_eq(n, m);
  ck_assert_mem_eq(x, y, n);
  world_remove(a);
  world_remove(b);
}
END_TEST

/* Phones that keep little time, so that registrations are refreshed. */
START_TEST(registrations_go_on_over_a_line_that_loses) {
  g_autofree char *text = trial("expires: 60 s, register-patience: 50 s", LOSSY);
  char *folder = world_run(text, NULL);
  ck_assert(number(folder, "legit.register.succeeded") > PHONES);
  ck_assert_double_eq(number(folder, HSS "identities-mismatched"), 0);
  ck_assert(number(folder, HSS "assignments") >= number(folder, "legit.register.succeeded"));
  world_remove(folder);
}
END_TEST

/* Registered, then ended by the HSS: who is called then is not there. */
START_TEST(the_hss_ends_registrations) {
  g_autoptr(GString) acts = g_string_new("acts:\n");
  for (int i = 0; i < PHONES; i++)
    g_string_append_printf(acts,
                           "  - {at: 30 s, who: hss, do: deregister, with: {subscriber: %d}}\n", i);
  g_autofree char *text = trial("answered: 1, register-over: 5 s", acts->str);
  char *folder = world_run(text, NULL);
  ck_assert_double_eq(number(folder, HSS "registrations-terminated"), PHONES);
  ck_assert_double_eq(number(folder, SCSCF "deregistrations"), PHONES);
  ck_assert(number(folder, "legit.call.failed") > 10);
  world_remove(folder);
}
END_TEST

/* --- by another's reading --- */

static char *tshark(const char *pcap, const char *capture, const char *filter, const char *field) {
  g_autofree char *command =
      g_strdup_printf("tshark -n -r '%s/%s.pcapng' -Y '%s' -T fields -E aggregator=/s -e %s", pcap,
                      capture, filter, field);
  char *out = NULL;
  int status = 0;
  ck_assert(g_spawn_command_line_sync(command, &out, NULL, &status, NULL));
  ck_assert_int_eq(status, 0);
  return g_strdelimit(out, "\n", ' ');
}

static unsigned words(const char *text) {
  unsigned n = 0;
  for (const char *at = text; *at; at++)
    n += *at != ' ' && (at[1] == ' ' || !at[1]);
  return n;
}

static unsigned commands(const char *pcap, unsigned code, unsigned request) {
  g_autofree char *filter =
      g_strdup_printf("diameter.cmd.code == %u and diameter.flags.request == %u", code, request);
  g_autofree char *read = tshark(pcap, "hss.cx", filter, "diameter.hopbyhopid");
  return words(read);
}

START_TEST(tshark_reads_it) {
  static const char wrong[] = "_ws.malformed or _ws.expert.severity>=6291456 or "
                              "diameter.avp.unknown or diameter.avp.invalid-data";
  static const char *const captures[] = {"sbc.gm", "sbc.border", "i-cscf.core", "s-cscf.core",
                                         "hss.cx"};
  g_autofree char *pcap = g_dir_make_tmp("redoubt-pcap-XXXXXX", NULL);
  g_autofree char *text = trial("answered: 1", _i ? PACKETS : "");
  char *folder = world_run(text, "--pcap", pcap, NULL);
  for (unsigned i = 0; i < G_N_ELEMENTS(captures); i++) {
    g_autofree char *amiss = tshark(pcap, captures[i], wrong, "frame.number");
    ck_assert_msg(words(amiss) == 0, "%s: frames %s", captures[i], amiss);
  }
  ck_assert_double_eq(commands(pcap, 300, 1), number(folder, HSS "authorizations"));
  ck_assert_double_eq(commands(pcap, 300, 0), number(folder, HSS "authorizations"));
  ck_assert_double_eq(commands(pcap, 303, 0), number(folder, HSS "vectors"));
  ck_assert_double_eq(commands(pcap, 301, 1), number(folder, HSS "assignments"));
  ck_assert_double_eq(commands(pcap, 302, 1), number(folder, HSS "locations"));
  world_remove(folder);
  g_autofree char *remove = g_strdup_printf("rm -r '%s'", pcap);
  ck_assert_int_eq(system(remove), 0);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("home");
  TCase *t = tcase_create("home");
  tcase_set_timeout(t, 300);
  tcase_add_loop_test(t, registrations_and_calls_go_by_the_hss, 0, 2);
  tcase_add_test(t, packet_and_flow_agree);
  tcase_add_test(t, the_same_trial_is_the_same_bytes);
  tcase_add_test(t, registrations_go_on_over_a_line_that_loses);
  tcase_add_test(t, the_hss_ends_registrations);
  suite_add_tcase(s, t);
  return s;
}

static Suite *make_tshark(void) {
  Suite *s = suite_create("home-tshark");
  TCase *t = tcase_create("home-tshark");
  tcase_set_timeout(t, 300);
  tcase_add_loop_test(t, tshark_reads_it, 0, 2);
  suite_add_tcase(s, t);
  return s;
}

/* The argument "tshark" asks for the comparison with it alone, so that its lack shows as a skip. */
int main(int argc, char **argv) {
  if (argc < 2 || strcmp(argv[1], "tshark") != 0)
    return rd_check_main(make);
  g_autofree char *program = g_find_program_in_path("tshark");
  if (program)
    return rd_check_main(make_tshark);
  puts("1..0 # SKIP tshark is not installed");
  return 0;
}
