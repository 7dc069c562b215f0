/* Calls that wait for their bearers (RFC 3312), in whole trials: each hop, each fidelity, a line that loses. */
#include <stdio.h>
#include <string.h>

#include "tests/check_main.h"
#include "tests/worlds/worlds.h"

#define PACKETS                                                                                    \
  "networks: {gm: {fidelity: packet}, border: {fidelity: packet}, core: {fidelity: packet}, cx: "  \
  "{fidelity: packet}}\n"
#define LOSSY(fidelity)                                                                            \
  "networks: {gm: {line: {loss: 0.05}, fidelity: " fidelity "}, border: {fidelity: " fidelity      \
  "}, core: {fidelity: " fidelity "}, cx: {fidelity: " fidelity "}}\n"

static char *trial(const char *duration, const char *more) {
  return g_strdup_printf(
      "trial: reserve\n"
      "topology: %s/topologies/volte-ims.yaml\n"
      "seed: 11\nduration: %s\nwarmup: 0 s\n"
      "set: {ue: {subscribers: 60, bhca: 120, hold: 5 s, hold-max: 10 s, answered: 1, no-answer: "
      "0, busy: 0, rejected: 0, ring-min: 1 s, ring-max: 2 s, prack: yes, preconditions: "
      "true}}\n%s",
      g_getenv("REDOUBT_SOURCE"), duration, more);
}

static double number(const char *folder, const char *path) {
  JsonNode *r = world_result(folder);
  double n = world_number(r, path);
  json_node_unref(r);
  return n;
}

/* No server took an event that its tables do not know, and the phones did not either. */
static void nothing_impossible(const char *folder) {
  for (unsigned i = 0; i < 6; i++) {
    g_autofree char *path = g_strdup_printf("nodes.%u.counters.impossible-events", i);
    ck_assert_double_eq(number(folder, path), 0);
  }
}

START_TEST(every_call_is_set_up) {
  g_autofree char *text = trial("60 s", _i ? PACKETS : "");
  char *folder = world_run(text, NULL);
  ck_assert(number(folder, "legit.call.answered") > 30);
  ck_assert_double_eq(number(folder, "legit.call.failed"), 0);
  ck_assert_double_eq(number(folder, "nodes.0.counters.calls-without-bearers"), 0);
  nothing_impossible(folder);
  world_remove(folder);
}
END_TEST

/* What is lost is sent again. A phone's T1 is 2 s, and callers give up: some calls fail, none for ever. */
START_TEST(calls_end_over_a_line_that_loses) {
  g_autofree char *text = trial("300 s", _i ? LOSSY("packet") : LOSSY("flow"));
  char *folder = world_run(text, NULL);
  const double attempts = number(folder, "legit.call.attempts");
  ck_assert(number(folder, "legit.call.answered") > attempts / 4);
  ck_assert_double_eq(number(folder, "nodes.0.counters.calls-without-prack"), 0);
  nothing_impossible(folder);
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

/* The first word's call, message by message, on one hop. */
static char *ladder(const char *pcap, const char *capture, const char *call_id) {
  g_autofree char *filter = g_strdup_printf("sip.Call-ID == \"%s\"", call_id);
  g_autofree char *command = g_strdup_printf(
      "tshark -n -r '%s/%s.pcapng' -Y '%s' -T fields -E separator=/s -e sip.Method -e "
      "sip.Status-Code",
      pcap, capture, filter);
  char *out = NULL;
  ck_assert(g_spawn_command_line_sync(command, &out, NULL, NULL, NULL));
  g_auto(GStrv) lines = g_strsplit(out, "\n", -1);
  g_free(out);
  for (char **line = lines; *line; line++)
    g_strstrip(*line);
  return g_strstrip(g_strjoinv(" ", lines));
}

START_TEST(tshark_reads_fourteen_messages_a_hop) {
  static const char wrong[] = "_ws.malformed or _ws.expert.severity>=6291456";
  static const char *const captures[] = {"ue.gm", "sbc.border", "p-cscf.core", "s-cscf.core"};
  g_autofree char *pcap = g_dir_make_tmp("redoubt-pcap-XXXXXX", NULL);
  g_autofree char *text = trial("40 s", _i ? PACKETS : "");
  char *folder = world_run(text, "--pcap", pcap, NULL);
  for (unsigned i = 0; i < G_N_ELEMENTS(captures); i++) {
    g_autofree char *amiss = tshark(pcap, captures[i], wrong, "frame.number");
    ck_assert_msg(words(amiss) == 0, "%s: frames %s", captures[i], amiss);
  }
  g_autofree char *ids = tshark(pcap, "p-cscf.core", "sip.Method == \"BYE\"", "sip.Call-ID");
  *strchr(ids, ' ') = '\0';
  g_autofree char *hop = ladder(pcap, "sbc.border", ids);
  /* the SBC's core side sees the call twice: to the home network, and out of it */
  unsigned messages = words(hop);
  ck_assert_msg(messages == 28, "%u: %s", messages, hop);
  g_autofree char *longer =
      tshark(pcap, "ue.gm", "udp and sip.Method == \"INVITE\"", "frame.number");
  ck_assert_uint_eq(words(longer), 0); /* above 1,300 octets: by TCP */
  world_remove(folder);
  g_autofree char *remove = g_strdup_printf("rm -r '%s'", pcap);
  ck_assert_int_eq(system(remove), 0);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("reserve");
  TCase *t = tcase_create("reserve");
  tcase_set_timeout(t, 300);
  tcase_add_loop_test(t, every_call_is_set_up, 0, 2);
  tcase_add_loop_test(t, calls_end_over_a_line_that_loses, 0, 2);
  suite_add_tcase(s, t);
  return s;
}

static Suite *make_tshark(void) {
  Suite *s = suite_create("reserve-tshark");
  TCase *t = tcase_create("reserve-tshark");
  tcase_set_timeout(t, 300);
  tcase_add_loop_test(t, tshark_reads_fourteen_messages_a_hop, 0, 2);
  suite_add_tcase(s, t);
  return s;
}

/* The argument "tshark" asks for the reading by it alone, so that its lack shows as a skip. */
int main(int argc, char **argv) {
  if (argc < 2 || strcmp(argv[1], "tshark") != 0)
    return rd_check_main(make);
  g_autofree char *program = g_find_program_in_path("tshark");
  if (program)
    return rd_check_main(make_tshark);
  puts("1..0 # SKIP tshark is not installed");
  return 0;
}
