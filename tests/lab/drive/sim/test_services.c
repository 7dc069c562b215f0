/* The home network with a telephony application server: calls go by it twice, in whole trials. */
#include <stdio.h>
#include <string.h>

#include "tests/check_main.h"
#include "tests/worlds/worlds.h"

#define PHONES 40
#define SCSCF "nodes.4.counters."
#define TAS "nodes.6.counters."
#define ANSWERED "answered: 1, no-answer: 0, busy: 0, rejected: 0"

static char *trial(const char *phones, const char *more) {
  return g_strdup_printf(
      "trial: services\n"
      "topology: %s/topologies/volte-tas.yaml\n"
      "seed: 11\nduration: 60 s\nwarmup: 0 s\n"
      "set: {ue: {subscribers: 40, bhca: 120, hold: 5 s, ring-min: 1 s, ring-max: 2 s, %s}%s}\n",
      g_getenv("REDOUBT_SOURCE"), phones, more);
}

static double number(const char *folder, const char *path) {
  JsonNode *r = world_result(folder);
  double n = world_number(r, path);
  json_node_unref(r);
  return n;
}

/* What one node says it did is what the next one says was done to it. */
START_TEST(each_call_is_served_for_both) {
  g_autofree char *text = trial(ANSWERED, "");
  char *folder = world_run(text, NULL);
  const double calls = number(folder, "legit.call.attempts");
  ck_assert(calls > 10);
  ck_assert_double_eq(number(folder, "legit.call.failed"), 0);
  ck_assert_double_eq(number(folder, TAS "calls-served"),
                      number(folder, SCSCF "requests-to-servers"));
  ck_assert(number(folder, TAS "calls-served") >= 2 * calls - 2);
  ck_assert_double_eq(number(folder, TAS "registrations-heard"),
                      number(folder, "legit.register.succeeded"));
  ck_assert(number(folder, TAS "calls-charged") > calls / 2);
  ck_assert(number(folder, TAS "calls-charged") <= calls);
  ck_assert_double_eq(number(folder, SCSCF "servers-missed"), 0);
  world_remove(folder);
}
END_TEST

/* Every line but one is busy to whoever calls, and its calls go to that one. */
START_TEST(who_is_forwarded_is_heard_by_another) {
  g_autofree char *text = trial(ANSWERED, ", tas: {services: [\"1-999999 cfu 0\"]}");
  char *folder = world_run(text, NULL);
  const double calls = number(folder, "legit.call.attempts");
  ck_assert(calls > 10);
  ck_assert(number(folder, TAS "calls-forwarded") > calls / 2);
  ck_assert_double_eq(number(folder, SCSCF "requests-diverted"),
                      number(folder, TAS "calls-forwarded"));
  ck_assert(number(folder, "legit.call.answered") > 0);
  world_remove(folder);
}
END_TEST

START_TEST(who_is_barred_calls_nobody) {
  g_autofree char *text = trial(ANSWERED, ", tas: {services: [\"* ocb\"]}");
  char *folder = world_run(text, NULL);
  const double calls = number(folder, "legit.call.attempts");
  ck_assert(calls > 10);
  ck_assert_double_eq(number(folder, "legit.call.answered"), 0);
  ck_assert(number(folder, TAS "calls-barred") >= calls - 1);
  world_remove(folder);
}
END_TEST

START_TEST(without_the_server_calls_go_on_or_do_not) {
  g_autofree char *more =
      g_strdup_printf(", hss: {application-server: \"sip:nowhere\", default-handling: %s}",
                      _i ? "terminate" : "continue");
  g_autofree char *text = trial(ANSWERED, more);
  char *folder = world_run(text, NULL);
  if (_i) { /* s5.4.1.7: nor is there a registration */
    ck_assert_double_eq(number(folder, "legit.call.answered"), 0);
    ck_assert(number(folder, SCSCF "deregistrations") >= PHONES);
  } else {
    ck_assert(number(folder, "legit.call.answered") > 10);
    ck_assert_double_eq(number(folder, "legit.call.failed"), 0);
    ck_assert(number(folder, SCSCF "servers-passed-over") > 20);
  }
  world_remove(folder);
}
END_TEST

/* --- by another's reading --- */

static char *tshark(const char *pcap, const char *capture, const char *filter) {
  g_autofree char *command = g_strdup_printf(
      "tshark -n -r '%s/%s.pcapng' -Y '%s' -T fields -e frame.number", pcap, capture, filter);
  char *out = NULL;
  int status = 0;
  ck_assert(g_spawn_command_line_sync(command, &out, NULL, &status, NULL));
  ck_assert_int_eq(status, 0);
  return out;
}

START_TEST(tshark_reads_it) {
  static const char wrong[] = "_ws.malformed or _ws.expert.severity>=6291456";
  static const char *const captures[] = {"sbc.gm", "s-cscf.core", "s-cscf.isc", "tas.isc"};
  g_autofree char *pcap = g_dir_make_tmp("redoubt-pcap-XXXXXX", NULL);
  g_autofree char *text = trial(ANSWERED, ", tas: {services: [\"1-999999 cfu 0\", \"* oir\"]}");
  char *folder = world_run(text, "--pcap", pcap, NULL);
  for (unsigned i = 0; i < G_N_ELEMENTS(captures); i++) {
    g_autofree char *amiss = tshark(pcap, captures[i], wrong);
    ck_assert_msg(!amiss[0], "%s: frames %s", captures[i], amiss);
  }
  g_autofree char *history = tshark(pcap, "tas.isc", "sip.History-Info and sip.Privacy");
  ck_assert(history[0]);
  g_autofree char *shown =
      tshark(pcap, "sbc.gm", "sip.Method == INVITE and sip.P-Asserted-Identity");
  ck_assert_msg(!shown[0], "identities are shown in frames %s", shown);
  world_remove(folder);
  g_autofree char *remove = g_strdup_printf("rm -r '%s'", pcap);
  ck_assert_int_eq(system(remove), 0);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("services");
  TCase *t = tcase_create("services");
  tcase_set_timeout(t, 300);
  tcase_add_test(t, each_call_is_served_for_both);
  tcase_add_test(t, who_is_forwarded_is_heard_by_another);
  tcase_add_test(t, who_is_barred_calls_nobody);
  tcase_add_loop_test(t, without_the_server_calls_go_on_or_do_not, 0, 2);
  suite_add_tcase(s, t);
  return s;
}

static Suite *make_tshark(void) {
  Suite *s = suite_create("services-tshark");
  TCase *t = tcase_create("services-tshark");
  tcase_set_timeout(t, 300);
  tcase_add_test(t, tshark_reads_it);
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
