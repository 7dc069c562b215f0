/* Whole trials on loopback sockets: what comes of them beside the same trial on ns-3, hostile parts, a protocol
 * that no driver knows, and the replay of what was judged. Real time, so nothing here is exact that chance or
 * the machine's scheduler decides. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab/base/address.h"
#include "lab/drive/inline/loopback.h"
#include "tests/check_main.h"
#include "tests/parts/toy/toy.h"
#include "tests/worlds/worlds.h"

/* The program that the next worlds run in: a variable of the environment that names it. */
static void by(const char *variable) {
  ck_assert(g_setenv("REDOUBT_TRIAL", g_getenv(variable), TRUE));
}

static JsonNode *run(const char *trial, char **ret_pcap) {
  g_autofree char *pcap = g_dir_make_tmp("redoubt-pcap-XXXXXX", NULL);
  char *folder = world_run(trial, "--pcap", pcap, NULL);
  JsonNode *r = world_result(folder); /* there only if the laws hold */
  world_remove(folder);
  if (ret_pcap)
    *ret_pcap = g_steal_pointer(&pcap);
  else
    world_remove(g_steal_pointer(&pcap));
  return r;
}

/* --- the same trial, on ns-3 and on sockets ----------------------------------------------------- */

#define PHONES                                                                                     \
  "set: {ue: {subscribers: 40, register-over: 2 s, calls-from: 3 s, bhca: 1800, hold: 1 s, "       \
  "ring-min: 100 ms, ring-max: 1 s}}\n"
#define FLOOD                                                                                      \
  "attacks:\n  - {attack: dos-register-flood, at: 4 s, for: 3 s, set: {rate: 200, sources: 3}}\n"
#define LIMIT                                                                                      \
  "defenses:\n  - {defense: rl-token, at: sbc.gm, set: {rate: 20, burst: 40, drop-after: "         \
  "100000}}\n"

static char *trial_in(const char *topology, const char *networks, const char *parts) {
  return g_strdup_printf("trial: hosted\ntopology: %s/topologies/%s.yaml\nseed: 4\n"
                         "duration: 9 s\nwarmup: 0 s\n%s" PHONES "%s",
                         g_getenv("REDOUBT_SOURCE"), topology, networks, parts);
}

static char *trial_of(const char *networks, const char *parts) {
  return trial_in("volte-home", networks, parts);
}

/* Of as many attempts nearly as many end alike: a twentieth, and two, may fall on the other side of a
 * timer or of the trial's end. */
static void alike(JsonNode *live, JsonNode *sim, const char *path) {
  double a = world_number(live, path), b = world_number(sim, path);
  ck_assert_msg(ABS(a - b) <= 2 + 0.05 * b, "%s: %g on sockets, %g on ns-3", path, a, b);
}

static const char *const settings[][3] = {
    {"volte-home", "", ""},
    {"volte-home", "", FLOOD LIMIT},
    {"volte-home", "networks: {gm: {prefix: \"2001:db8::/34\"}, core: {path: {loss: 2 %}}}\n",
     FLOOD LIMIT},
    {"volte-tcp", "", ""},
};

START_TEST(calls_end_as_on_ns3) {
  static const char *const same[] = {"legit.register.attempts", "legit.register.succeeded",
                                     "legit.call.attempts",     "legit.call.served",
                                     "legit.call.answered",     "legit.call.busy",
                                     "legit.call.declined",     "legit.call.completed"};
  g_autofree char *trial = trial_in(settings[_i][0], settings[_i][1], settings[_i][2]);
  by("REDOUBT_LIVE");
  JsonNode *live = run(trial, NULL);
  by("REDOUBT_SIM");
  JsonNode *sim = run(trial, NULL);
  ck_assert(world_number(sim, "legit.call.answered") > 20);
  for (unsigned i = 0; i < G_N_ELEMENTS(same); i++)
    alike(live, sim, same[i]);
  if (*settings[_i][2]) {
    ck_assert(world_number(sim, "defenses.0.judged.attack.reject") > 300);
    alike(live, sim, "defenses.0.judged.attack.reject");
    alike(live, sim, "defenses.0.judged.attack.pass");
  }
  /* Every datagram that was received came out of the kernel; or it was a stream's. */
  double received = 0;
  for (unsigned i = 0; i < 3; i++) {
    g_autofree char *path = g_strdup_printf("networks.%u.received", i);
    received += world_number(live, path);
  }
  if (strcmp(settings[_i][0], "volte-tcp") == 0)
    ck_assert(world_number(live, "live.connections") >= 40);
  else
    ck_assert_double_ge(world_number(live, "live.datagrams"), received);
  ck_assert_double_eq(world_number(live, "live.strangers"), 0);
  ck_assert(world_number(live, "live.lateness_ns.max") >= 0);
  json_node_unref(live);
  json_node_unref(sim);
}
END_TEST

/* --- its own capture ------------------------------------------------------------------------------ */

static char *replayed(const char *capture, const char *defense) {
  const char *argv[] = {g_getenv("REDOUBT"), "replay", capture, "--defense", defense,
                        "--format",          "json",   NULL};
  char *out = NULL;
  int status = 0;
  ck_assert(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out, NULL,
                         &status, NULL));
  ck_assert(g_spawn_check_wait_status(status, NULL));
  char *summary = g_strrstr_len(out, (gssize)strlen(out) - 1, "\n");
  ck_assert_ptr_nonnull(summary);
  summary[1] = '\0';
  return out;
}

/* At one place and at two, of all sides that the node has. */
START_TEST(its_replay_gives_the_same_verdicts) {
  static const char *const names[] = {"at-gm", "at-two"};
  g_autofree char *trial =
      trial_of("", FLOOD "defenses:\n"
                         "  - {defense: rl-token, name: at-gm, at: sbc.gm}\n"
                         "  - {defense: pike-tree, name: at-two, at: [sbc.border, s-cscf.core]}\n");
  char *pcap;
  by("REDOUBT_LIVE");
  json_node_unref(run(trial, &pcap));
  for (unsigned i = 0; i < 2; i++) {
    gsize len;
    g_autofree char *file = g_strconcat(names[i], ".judged.pcapng", NULL);
    g_autofree char *capture = g_build_filename(pcap, file, NULL);
    g_autofree char *told_in = g_strconcat(names[i], ".verdicts.jsonl", NULL);
    g_autofree char *told = world_file(pcap, told_in, &len);
    g_autofree char *again = replayed(capture, i ? "pike-tree" : "rl-token");
    ck_assert_uint_gt(len, 10000);
    ck_assert_str_eq(told, again);
  }
  world_remove(pcap);
}
END_TEST

/* --- hostile parts -------------------------------------------------------------------------------- */

#define ROGUES                                                                                     \
  "attacks:\n  - {attack: rogue, at: 1 s, for: 5 s}\n"                                             \
  "defenses:\n  - {defense: rogue-guard, at: [sbc.gm, sbc.border, s-cscf.core]}\n"                 \
  "  - {defense: rogue-guard, name: another, at: [sbc.gm, p-cscf.border]}\n"

START_TEST(rogues_leave_the_trial_whole) {
  static const char *const parts[] = {"attacks:\n  - {attack: rogue, at: 1 s, for: 5 s}\n", ROGUES};
  g_autofree char *trial = trial_of("", parts[_i]);
  by("REDOUBT_LIVE");
  JsonNode *r = run(trial, NULL);
  ck_assert_double_eq(world_number(r, "attacks.0.counters.taken"), 0);
  ck_assert(world_number(r, "attacks.0.counters.odd") > 30);
  if (_i == 0)
    ck_assert_double_eq(world_number(r, "legit.register.failed"), 0);
  else
    ck_assert_double_eq(world_number(r, "defenses.1.counters.taken"), 0);
  json_node_unref(r);
}
END_TEST

/* Held, released, delayed and rewritten, at three places; nothing of it comes round again, and calls go on. */
START_TEST(what_defenses_keep_goes_on) {
  g_autofree char *trial = trial_of(
      "", "defenses:\n"
          "  - {defense: juggler, name: keeper, at: sbc.border, set: {what: hold-pass, direction: "
          "egress}}\n"
          "  - {defense: juggler, name: delayer, at: p-cscf.border, set: {what: delay}}\n"
          "  - {defense: juggler, name: releaser, at: s-cscf.core, set: {what: release}}\n");
  by("REDOUBT_LIVE");
  JsonNode *live = run(trial, NULL);
  by("REDOUBT_SIM");
  JsonNode *sim = run(trial, NULL);
  for (unsigned i = 0; i < 3; i++) {
    g_autofree char *path = g_strdup_printf("defenses.%u.counters.judged", i);
    ck_assert_double_ge(world_number(sim, path), 20);
    alike(live, sim, path);
  }
  alike(live, sim, "legit.call.answered");
  json_node_unref(live);
  json_node_unref(sim);
}
END_TEST

/* --- any protocol, over datagrams and connections ------------------------------------------------- */

static char *toy(const char *line, const char *client, const char *cpu, const char *defense) {
  return g_strdup_printf(
      "trial: toy\nseed: 3\nduration: 3 s\nwarmup: 0 s\n"
      "topology:\n"
      "  topology: toy\n"
      "  networks:\n"
      "    lan: {interface: other, prefix: 192.0.2.0/24, line: {delay: 5 ms%s}}\n"
      "  nodes:\n"
      "    server: {node: toy-server, attach: [lan], cpu: {workers: 1%s}}\n"
      "    client: {node: toy-client, attach: [lan], set: {%s}}\n"
      "%s",
      line, cpu, client, defense);
}

static double counter(JsonNode *r, const char *node, const char *name) {
  g_autofree char *path =
      g_strdup_printf("nodes.%s.counters.%s", strcmp(node, "server") ? "1" : "0", name);
  return world_number(r, path);
}

static JsonNode *run_toy(const char *line, const char *client, const char *cpu,
                         const char *defense) {
  g_autofree char *trial = toy(line, client, cpu, defense);
  by("REDOUBT_TOY");
  return run(trial, NULL);
}

START_TEST(every_question_is_answered) {
  static const char *const clients[][2] = {{"", "transport: udp"},
                                           {"", "transport: tcp"},
                                           {", rate: 10 Mbit/s", "transport: tcp, how: pieces"}};
  JsonNode *r = run_toy(clients[_i][0], clients[_i][1], "", "");
  bool tcp = strstr(clients[_i][1], "tcp") != NULL;
  ck_assert_double_eq(counter(r, "server", "asked"), 20);
  ck_assert_double_eq(counter(r, "client", "answered"), 20);
  ck_assert_double_eq(counter(r, "server", "unreadable"), 0);
  ck_assert_double_eq(counter(r, "client", "opened"), tcp);
  ck_assert_double_eq(counter(r, "server", "opened"), tcp);
  ck_assert_double_eq(counter(r, "server", "closed"), tcp);
  ck_assert_double_eq(world_number(r, "live.connections"), tcp);
  ck_assert_double_eq(world_number(r, "live.datagrams"), tcp ? 0 : 40);
  json_node_unref(r);
}
END_TEST

START_TEST(a_closed_port_and_a_full_node_refuse) {
  static const char *const clients[][2] = {{"transport: tcp, port: 99", ""},
                                           {"transport: udp, port: 99", ""}};
  JsonNode *r = run_toy("", clients[_i][0], clients[_i][1], "");
  bool tcp = _i == 0;
  ck_assert_double_eq(counter(r, "client", "opened"), 0);
  ck_assert_double_eq(counter(r, "client", "turned-away"), tcp);
  ck_assert_double_eq(world_number(r, "networks.0.no_socket"), tcp ? 0 : 20);
  json_node_unref(r);
}
END_TEST

START_TEST(endless_messages_break_the_stream) {
  JsonNode *r = run_toy("", "transport: tcp, how: endless", ", unframed: 100 B", "");
  ck_assert_double_eq(counter(r, "server", "asked"), 0);
  ck_assert_double_eq(counter(r, "server", "unframed"), 1);
  ck_assert_double_eq(counter(r, "client", "closed"), 1);
  json_node_unref(r);
}
END_TEST

START_TEST(defenses_refuse_rewrite_and_reset) {
  static const struct {
    const char *client, *what;
    double answered, refused, closed;
  } cases[] = {{"transport: udp", "refuse", 14, 6, 0},
               {"transport: tcp", "refuse", 14, 6, 0},
               {"transport: tcp", "rewrite", 20, 0, 0},
               {"transport: tcp", "reset", 2, 0, 1},
               {"transport: tcp", "no-connections", 0, 0, 1}};
  g_autofree char *gate = g_strdup_printf(
      "defenses:\n  - {defense: toy-gate, at: server.lan, set: {what: %s}}\n", cases[_i].what);
  JsonNode *r = run_toy("", cases[_i].client, "", gate);
  ck_assert_double_eq(counter(r, "client", "answered"), cases[_i].answered);
  ck_assert_double_eq(counter(r, "client", "refused"), cases[_i].refused);
  ck_assert_double_eq(counter(r, "client", "closed"), cases[_i].closed);
  json_node_unref(r);
}
END_TEST

/* Another program on this machine, as long as the trial runs: datagrams and connections to all that listens. */
static pid_t start_stranger(void) {
  pid_t child = fork();
  if (child != 0)
    return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  RdAddress here = rd_address_ip4(0x7f000001, 0), there = rd_address_ip4(0x7f005001, TOY_PORT);
  int fd = rd_loopback_bind(&here, NULL);
  for (;;) { /* until it is killed */
    rd_loopback_send(fd, &there, "ASK 7\n", 6);
    RdAddress any = rd_address_ip4(0x7f000001, 0);
    int tcp = rd_loopback_connect(&any, &there);
    g_usleep(20000);
    if (tcp >= 0)
      send(tcp, "ASK 8\n", 6, MSG_NOSIGNAL);
    if (tcp >= 0)
      close(tcp);
  }
}

/* What is of no node of the trial is not heard, and counted. */
START_TEST(strangers_are_not_heard) {
  g_autoptr(GString) trial = g_string_new(NULL);
  g_autofree char *text = toy("", _i ? "transport: tcp" : "transport: udp", "", "");
  g_string_assign(trial, text);
  ck_assert_uint_eq(g_string_replace(trial, "192.0.2.0/24", "127.0.80.0/24", 1), 1);
  pid_t stranger = start_stranger();
  by("REDOUBT_TOY");
  JsonNode *r = run(trial->str, NULL);
  kill(stranger, SIGKILL);
  waitpid(stranger, NULL, 0);
  ck_assert_double_ge(world_number(r, "live.strangers"), 20);
  ck_assert_double_eq(counter(r, "server", "asked"), 20);
  ck_assert_double_eq(counter(r, "server", "opened"), _i);
  ck_assert_double_eq(counter(r, "client", "answered"), 20);
  json_node_unref(r);
}
END_TEST

/* --- programs outside ----------------------------------------------------------------------------- */

/* `callee`: how the node behind the SBC is served. */
static char *sipp_trial(const char *callee) {
  return g_strdup_printf(
      "trial: sipp\nseed: 1\nduration: 6 s\nwarmup: 0 s\n"
      "topology:\n"
      "  topology: sipp\n"
      "  networks:\n"
      "    gm: {interface: Gm, domain: access, prefix: 127.0.16.0/20, line: {delay: 2 ms}}\n"
      "    core: {interface: Mw, domain: home, prefix: 127.0.32.0/24}\n"
      "  nodes:\n"
      "    callers: {node: external, attach: [gm], set: {program: sipp-caller, addresses: 5, "
      "server: sbc, rate: 20, calls: 60, hold: 200 ms}}\n"
      "    sbc: {node: sbc, attach: [gm, core], cpu: {workers: 1}, set: {next-hop: callee}}\n"
      "    callee: {node: external, attach: [core], set: {%s}}\n"
      "attacks:\n  - {attack: dos-invite-flood-1src, at: 1 s, for: 3 s, set: {rate: 100}}\n"
      "defenses:\n  - {defense: rl-token, at: sbc.gm}\n",
      callee);
}

static bool there_is_sipp(void) {
  g_autofree char *sipp = g_find_program_in_path("sipp");
  return sipp != NULL; /* Debian: sip-tester. Without it the case says nothing */
}

static void sipp_calls_went_well(JsonNode *r) {
  ck_assert_double_ge(world_number(r, "legit.call.attempts"), 58);
  ck_assert_double_eq(world_number(r, "legit.call.answered"),
                      world_number(r, "legit.call.attempts"));
  ck_assert_double_ge(world_number(r, "legit.call.completed"), 55);
  ck_assert_double_ge(world_number(r, "legit.call.srd_ns.p50"), 4e6); /* two lines there and back */
  ck_assert_double_ge(world_number(r, "defenses.0.judged.benign.n"), 100);
  ck_assert_double_eq(world_number(r, "defenses.0.judged.benign.reject"), 0);
  ck_assert_double_ge(world_number(r, "defenses.0.judged.attack.reject"), 5);
  ck_assert_double_eq(world_number(r, "live.strangers"), 0);
}

START_TEST(sipp_is_one_more_population) {
  g_autofree char *trial = sipp_trial("program: sipp-callee");
  by("REDOUBT_LIVE");
  char *pcap;
  JsonNode *r = run(trial, &pcap);
  sipp_calls_went_well(r);
  json_node_unref(r);
  gsize len;
  g_autofree char *capture = g_build_filename(pcap, "rl-token.judged.pcapng", NULL);
  g_autofree char *told = world_file(pcap, "rl-token.verdicts.jsonl", &len);
  g_autofree char *again = replayed(capture, "rl-token");
  ck_assert_str_eq(told, again);
  world_remove(pcap);
}
END_TEST

/* A server that is no child of the trial: here SIPp as well, started by somebody else. */
START_TEST(a_server_that_runs_already_is_served) {
  g_autofree char *scenario =
      g_build_filename(g_getenv("REDOUBT_SOURCE"), "lab/drive/inline/scenarios/callee.xml", NULL);
  const char *argv[] = {"sipp", "-nostdin", "-ci", "127.0.32.2", "-mi",         "127.0.32.2",
                        "-sf",  scenario,   "-i",  "127.0.32.2", "-bind_local", "-p",
                        "5060", "-timeout", "60s", NULL};
  GPid server = 0;
  ck_assert(g_spawn_async(g_get_tmp_dir(), (char **)argv, NULL,
                          G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD |
                              G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                          NULL, NULL, &server, NULL));
  g_autofree char *trial = sipp_trial("program: none");
  by("REDOUBT_LIVE");
  JsonNode *r = run(trial, NULL);
  kill(server, SIGKILL);
  waitpid(server, NULL, 0);
  sipp_calls_went_well(r);
  json_node_unref(r);
}
END_TEST

/* What ends a world that has programs outside: told why, with nothing left of it. */
START_TEST(what_cannot_be_is_told) {
  static const struct {
    const char *variable, *from, *to, *why;
  } cases[] = {
      {"REDOUBT_SIM", "", "", "only `redoubt live` runs a trial with it"},
      {"REDOUBT_LIVE", "127.0.32.0/24", "192.0.2.0/24", "its prefix has to lie in 127.0.0.0/8"},
      {"REDOUBT_LIVE", "server: sbc", "server: callee", "its server callee is not in network gm"},
      {"REDOUBT_LIVE", "calls: 60", "calls: 600", "calls were made"}};
  g_autofree char *trial = sipp_trial("program: sipp-callee");
  g_autoptr(GString) text = g_string_new(trial);
  if (*cases[_i].from)
    ck_assert_uint_eq(g_string_replace(text, cases[_i].from, cases[_i].to, 1), 1);
  g_autofree char *folder = g_dir_make_tmp("redoubt-world-XXXXXX", NULL);
  g_autofree char *file = g_build_filename(folder, "trial.yaml", NULL);
  ck_assert(g_file_set_contents(file, text->str, -1, NULL));
  const char *argv[] = {g_getenv(cases[_i].variable), file, "--out", folder, NULL};
  g_autofree char *said = NULL;
  int status = 0;
  ck_assert(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, &said,
                         &status, NULL));
  ck_assert(!g_spawn_check_wait_status(status, NULL));
  ck_assert_msg(strstr(said, cases[_i].why) != NULL, "%s", said);
  world_remove(g_steal_pointer(&folder));
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("inline-hosted");
  TCase *t = tcase_create("hosted");
  tcase_set_timeout(t, 120);
  tcase_add_loop_test(t, calls_end_as_on_ns3, 0, G_N_ELEMENTS(settings));
  tcase_add_test(t, its_replay_gives_the_same_verdicts);
  tcase_add_loop_test(t, rogues_leave_the_trial_whole, 0, 2);
  tcase_add_test(t, what_defenses_keep_goes_on);
  tcase_add_loop_test(t, every_question_is_answered, 0, 3);
  tcase_add_loop_test(t, a_closed_port_and_a_full_node_refuse, 0, 2);
  tcase_add_test(t, endless_messages_break_the_stream);
  tcase_add_loop_test(t, defenses_refuse_rewrite_and_reset, 0, 5);
  tcase_add_loop_test(t, strangers_are_not_heard, 0, 2);
  if (there_is_sipp()) {
    tcase_add_test(t, sipp_is_one_more_population);
    tcase_add_test(t, a_server_that_runs_already_is_served);
    tcase_add_loop_test(t, what_cannot_be_is_told, 0, 4);
  }
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  RdAddress here = rd_address_ip4(0x7f3f0001, 0); /* 127.63.0.1 */
  GError *error = NULL;
  int fd = rd_loopback_bind(&here, &error);
  if (fd < 0) {
    printf("1..0 # SKIP no sockets on 127.0.0.0/8 here: %s\n", error->message);
    g_error_free(error);
    return 0;
  }
  close(fd);
  return rd_check_main(make);
}
