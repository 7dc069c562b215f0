/* A protocol that no driver knows, over datagrams and connections, in both fidelities: heard, judged,
 * rewritten, refused, captured and replayed. tests/parts/toy is all there is of it. */
#include <stdbool.h>
#include <string.h>

#include "lab/base/slice.h"
#include "lab/capture/reader.h"
#include "lab/drive/pcap/places.h"
#include "lab/drive/pcap/replay.h"
#include "lab/plugin/params.h"
#include "tests/check_main.h"
#include "tests/worlds/worlds.h"

typedef struct {
  const char *fidelity, *line, *client, *cpu, *defense;
} Case;

static char *trial_of(const Case *c) {
  return g_strdup_printf(
      "trial: toy\nseed: 3\nduration: 20 s\nwarmup: 0 s\n"
      "topology:\n"
      "  topology: toy\n"
      "  networks:\n"
      "    lan: {interface: other, prefix: 192.0.2.0/24, fidelity: %s, line: {delay: 5 ms%s}}\n"
      "  nodes:\n"
      "    server: {node: toy-server, attach: [lan], cpu: {workers: 1%s}}\n"
      "    client: {node: toy-client, attach: [lan], set: {%s}}\n"
      "%s",
      c->fidelity, c->line, c->cpu, c->client, c->defense);
}

static JsonNode *run(const Case *c, char **ret_pcap, char **ret_folder) {
  g_autofree char *trial = trial_of(c);
  g_autofree char *pcap = g_dir_make_tmp("redoubt-toy-XXXXXX", NULL);
  char *folder = world_run(trial, "--pcap", pcap, NULL);
  JsonNode *r = world_result(folder);
  if (ret_pcap)
    *ret_pcap = g_steal_pointer(&pcap);
  else
    world_remove(g_steal_pointer(&pcap));
  if (ret_folder)
    *ret_folder = folder;
  else
    world_remove(folder);
  return r;
}

static double counter(JsonNode *r, const char *node, const char *name) {
  g_autofree char *path =
      g_strdup_printf("nodes.%s.counters.%s", strcmp(node, "server") ? "1" : "0", name);
  return world_number(r, path);
}

static const Case plain[] = {
    {"flow", "", "transport: udp", "", ""},
    {"packet", "", "transport: udp", "", ""},
    {"flow", "", "transport: tcp", "", ""},
    {"packet", "", "transport: tcp", "", ""},
    {"flow", ", rate: 10 Mbit/s", "transport: tcp, how: pieces", "", ""},
    {"packet", ", rate: 10 Mbit/s", "transport: tcp, how: pieces", "", ""},
    {"flow", ", loss: 10 %", "transport: tcp", "", ""},
    {"packet", ", loss: 10 %", "transport: tcp", "", ""},
};

START_TEST(every_question_is_answered) {
  JsonNode *r = run(&plain[_i], NULL, NULL);
  bool tcp = strstr(plain[_i].client, "tcp") != NULL;
  ck_assert_double_eq(counter(r, "server", "asked"), 20);
  ck_assert_double_eq(counter(r, "client", "answered"), 20);
  ck_assert_double_eq(counter(r, "server", "unreadable"), 0);
  ck_assert_double_eq(counter(r, "client", "opened"), tcp);
  ck_assert_double_eq(counter(r, "server", "opened"), tcp);
  ck_assert_double_eq(counter(r, "server", "closed"), tcp); /* the client closes it at the end */
  json_node_unref(r);
}
END_TEST

/* The receiver's port decides how bytes are read: at SIP's they are none. */
START_TEST(the_receivers_port_decides) {
  Case c = {"flow", "", "transport: udp, port: 5060", "", ""};
  JsonNode *r = run(&c, NULL, NULL);
  ck_assert_double_eq(counter(r, "server", "asked"), 0);
  ck_assert_double_eq(counter(r, "server", "unreadable"), 20);
  json_node_unref(r);
}
END_TEST

START_TEST(a_closed_port_and_a_full_node_refuse) {
  static const Case cases[] = {{"flow", "", "transport: tcp, port: 99", "", ""},
                               {"packet", "", "transport: tcp, port: 99", "", ""},
                               {"flow", "", "transport: udp, port: 99", "", ""}};
  JsonNode *r = run(&cases[_i], NULL, NULL);
  ck_assert_double_eq(counter(r, "client", "opened"), 0);
  ck_assert_double_eq(counter(r, "client", "turned-away"), _i < 2);
  ck_assert_double_eq(world_number(r, "networks.0.no_socket"), _i < 2 ? 0 : 20);
  json_node_unref(r);
}
END_TEST

/* What never becomes a message is bounded, and its node hears of it. */
START_TEST(endless_messages_break_the_stream) {
  static const Case cases[] = {
      {"flow", "", "transport: tcp, how: endless", "", ""},
      {"flow", "", "transport: tcp, how: endless", ", unframed: 100 B", ""},
      {"packet", "", "transport: tcp, how: endless", ", unframed: 100 B", ""}};
  JsonNode *r = run(&cases[_i], NULL, NULL);
  ck_assert_double_eq(counter(r, "server", "asked"), 0);
  ck_assert_double_eq(counter(r, "server", "unframed"), 1);
  ck_assert_double_eq(counter(r, "client", "closed"), 1);
  json_node_unref(r);
}
END_TEST

static const char gate[] = "defenses:\n  - {defense: toy-gate, at: server.lan, set: {what: %s}}\n";

START_TEST(defenses_judge_refuse_rewrite_and_reset) {
  static const struct {
    const char *fidelity, *client, *what;
    double answered, refused, closed;
  } cases[] = {{"flow", "transport: udp", "refuse", 14, 6, 0},
               {"flow", "transport: tcp", "refuse", 14, 6, 0},
               {"packet", "transport: tcp", "refuse", 14, 6, 0},
               {"flow", "transport: tcp", "rewrite", 20, 0, 0},
               {"flow", "transport: tcp", "reset", 2, 0, 1},
               {"packet", "transport: tcp", "reset", 2, 0, 1},
               {"flow", "transport: tcp", "no-connections", 0, 0, 1}};
  g_autofree char *defense = g_strdup_printf(gate, cases[_i].what);
  Case c = {cases[_i].fidelity, "", cases[_i].client, "", defense};
  JsonNode *r = run(&c, NULL, NULL);
  ck_assert_double_eq(counter(r, "client", "answered"), cases[_i].answered);
  ck_assert_double_eq(counter(r, "client", "refused"), cases[_i].refused);
  ck_assert_double_eq(counter(r, "client", "closed"), cases[_i].closed);
  json_node_unref(r);
}
END_TEST

/* On a connection what an attack keeps holds up what follows: octets come in order, all of them. */
START_TEST(a_line_with_a_connection_is_listened_on) {
  static const struct {
    const char *fidelity, *place, *what;
    double answered, closed;
  } cases[] = {{"flow", "client.lan", "delay, time: 150 ms", 20, 0},
               {"packet", "client.lan", "delay, time: 150 ms", 20, 0},
               {"flow", "client.lan", "release, time: 150 ms", 20, 0},
               {"flow", "client.lan", "hold-pass, time: 150 ms", 20, 0},
               {"flow", "server.lan", "release, direction: ingress, time: 150 ms", 20, 0},
               {"packet", "server.lan", "delay, direction: ingress, time: 150 ms", 20, 0},
               {"flow", "server.lan", "drop, direction: ingress", 0, 0},
               {"flow", "client.lan", "drop", 0, 0},
               {"flow", "server.lan", "rewrite, direction: ingress, text: 'ASK 7|'", 20, 0},
               {"flow", "client.lan", "rewrite, text: 'ASK 7|ASK 8|'", 20, 0},
               {"flow", "client.lan", "close", 0, 1},
               {"packet", "client.lan", "close", 0, 1}};
  g_autofree char *attack =
      g_strdup_printf("attacks:\n  - {attack: wiretap, on: %s, set: {what: %s}}\n", cases[_i].place,
                      cases[_i].what);
  Case c = {cases[_i].fidelity, "", "transport: tcp", "", attack};
  JsonNode *r = run(&c, NULL, NULL);
  ck_assert_double_eq(counter(r, "client", "answered"), cases[_i].answered);
  ck_assert_double_eq(counter(r, "client", "closed"), cases[_i].closed);
  json_node_unref(r);
}
END_TEST

/* --- the capture, replayed ---------------------------------------------------------------------- */

typedef struct {
  RdReplay *replay;
  GString *lines;
} Replaying;

static void keep_line(void *user, const GString *line) {
  g_string_append(((Replaying *)user)->lines, line->str);
}

static void feed(void *user, const RdCaptureMessage *m) {
  ck_assert(rd_replay_message(((Replaying *)user)->replay, m, NULL));
}

START_TEST(its_replay_gives_the_same_verdicts) {
  static const char *const clients[] = {"transport: udp", "transport: tcp, how: pieces"};
  g_autofree char *defense = g_strdup_printf(gate, "refuse");
  Case c = {"flow", "", clients[_i], "", defense};
  char *pcap;
  json_node_unref(run(&c, &pcap, NULL));
  g_autofree char *path = g_build_filename(pcap, "toy-gate.judged.pcapng", NULL);
  gsize len;
  g_autofree char *told = world_file(pcap, "toy-gate.verdicts.jsonl", &len);
  g_autoptr(RdParts) parts = rd_parts_new();
  const RdPart *part = rd_parts_get(parts, RD_DEFENSE, "toy-gate", NULL);
  ck_assert_ptr_nonnull(part);
  void *config = rd_params_defaults(part);
  RdReplayDefense d = {.name = "toy-gate", .part = part, .config = config};
  RdPlaces places = rd_places_of(path);
  Replaying r = {.lines = g_string_new(NULL)};
  RdReplaySpec spec = {.places = &places,
                       .defenses = &d,
                       .n_defenses = 1,
                       .seed = 3,
                       .from_zero = true,
                       .line = keep_line,
                       .user = &r};
  r.replay = rd_replay_new(&spec);
  RdCaptureStats stats = {0};
  ck_assert(rd_capture_read(path, feed, &r, &stats, NULL));
  ck_assert_uint_gt(stats.messages, 30);
  ck_assert_str_eq(r.lines->str, told);
  rd_replay_free(r.replay);
  rd_params_free(config);
  rd_places_clear(&places);
  rd_capture_stats_clear(&stats);
  g_string_free(r.lines, TRUE);
  world_remove(pcap);
}
END_TEST

START_TEST(the_same_trial_leaves_the_same_bytes) {
  Case c = {"flow", ", loss: 10 %, rate: 1 Mbit/s", "transport: tcp, how: pieces", "", ""};
  char *folders[2];
  gsize len[2];
  char *bytes[2];
  for (int i = 0; i < 2; i++) {
    json_node_unref(run(&c, NULL, &folders[i]));
    bytes[i] = world_file(folders[i], "result.json", &len[i]);
    world_remove(folders[i]);
  }
  ck_assert_uint_eq(len[0], len[1]);
  ck_assert(memcmp(bytes[0], bytes[1], len[0]) == 0);
  g_free(bytes[0]);
  g_free(bytes[1]);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("toy");
  TCase *t = tcase_create("toy");
  tcase_set_timeout(t, 60);
  tcase_add_loop_test(t, every_question_is_answered, 0, G_N_ELEMENTS(plain));
  tcase_add_test(t, the_receivers_port_decides);
  tcase_add_loop_test(t, a_closed_port_and_a_full_node_refuse, 0, 3);
  tcase_add_loop_test(t, endless_messages_break_the_stream, 0, 3);
  tcase_add_loop_test(t, defenses_judge_refuse_rewrite_and_reset, 0, 7);
  tcase_add_loop_test(t, its_replay_gives_the_same_verdicts, 0, 2);
  tcase_add_loop_test(t, a_line_with_a_connection_is_listened_on, 0, 12);
  tcase_add_test(t, the_same_trial_leaves_the_same_bytes);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
