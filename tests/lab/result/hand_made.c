/* hand_made.c - a trial made by hand, and what is told about it, for tests of results. */
#include "tests/lab/result/hand_made.h"

#include <glib/gstdio.h>

static const RdPart flood_part = {
    .plugin = {.kind = RD_ATTACK, .name = "dos-flood", .family = "dos"}};
static const RdPart storm_part = {
    .plugin = {.kind = RD_ATTACK, .name = "dos-storm", .family = "dos", .benign = true}};
static const RdPart limit_part = {.plugin = {.kind = RD_DEFENSE, .name = "rl-token"}};
static const RdPart node_part = {.plugin = {.kind = RD_NODE, .name = "node"}};

static RdNetwork networks[] = {{.name = (char *)"gm"}, {.name = (char *)"core"}};
static RdAttach at_gm[] = {{.network = 0}}, at_both[] = {{.network = 0}, {.network = 1}};
static RdNode nodes[] = {
    {.name = (char *)"ue", .part = &node_part, .attach = at_gm, .n_attach = 1, .entities = 100},
    {.name = (char *)"sbc",
     .part = &node_part,
     .attach = at_both,
     .n_attach = 2,
     .entities = 1,
     .cpu = {.workers = 1, .buffer = 65536, .speed = 1}},
};
static RdTopology topology = {
    .name = (char *)"pair", .networks = networks, .n_networks = 2, .nodes = nodes, .n_nodes = 2};

static RdTrialAttack attacks[] = {
    {.name = (char *)"flood",
     .part = &flood_part,
     .family = "dos",
     .start = 20 * S,
     .stop = 60 * S,
     .entities = 1},
    {.name = (char *)"storm",
     .part = &storm_part,
     .family = "dos",
     .benign = true,
     .start = 70 * S,
     .stop = 80 * S,
     .entities = 9},
};
RdTrialDefense defense;
RdTrial trial = {.name = (char *)"hand-made",
                 .topology = &topology,
                 .seed = 7,
                 .duration = 100 * S,
                 .warmup = 10 * S,
                 .attacks = attacks,
                 .n_attacks = 2,
                 .defenses = &defense,
                 .n_defenses = 1};

char *folder;

void make_folder(void) {
  folder = g_dir_make_tmp("redoubt-result-XXXXXX", NULL);
  ck_assert_ptr_nonnull(folder);
  defense = (RdTrialDefense){.name = (char *)"limit", .part = &limit_part};
  defense.places = g_malloc0(sizeof *defense.places);
  defense.places[0].node = 1;
  defense.n_places = 1;
}

void remove_folder(void) {
  static const char *const names[] = {"result.json", "result-broken.json"};
  for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *path = g_build_filename(folder, names[i], NULL);
    g_unlink(path);
  }
  g_rmdir(folder);
  g_clear_pointer(&folder, g_free);
  g_clear_pointer(&defense.places, g_free);
}

/* ---- reading what was written ---------------------------------------------------------------- */

JsonNode *written(RdResult *r) {
  g_autoptr(GError) error = NULL;
  g_autofree char *path = g_build_filename(folder, "result.json", NULL);
  g_autofree char *text = NULL;
  ck_assert_msg(rd_result_write(r, folder, &error), "%s", error ? error->message : "");
  ck_assert(g_file_get_contents(path, &text, NULL, NULL));
  JsonNode *root = json_from_string(text, &error);
  ck_assert_msg(root != NULL, "%s", error ? error->message : "");
  return root;
}

/* The node at a path as "legit.call.ser" or "defenses.0.message.tp". */
JsonNode *find(JsonNode *root, const char *path) {
  g_auto(GStrv) steps = g_strsplit(path, ".", -1);
  JsonNode *node = root;
  for (char **step = steps; *step; step++) {
    if (JSON_NODE_HOLDS_ARRAY(node))
      node = json_array_get_element(json_node_get_array(node),
                                    (guint)g_ascii_strtoull(*step, NULL, 10));
    else
      node = json_object_get_member(json_node_get_object(node), *step);
    ck_assert_msg(node != NULL, "no %s in %s", *step, path);
  }
  return node;
}

double number(JsonNode *root, const char *path) {
  JsonNode *node = find(root, path);
  ck_assert_msg(!JSON_NODE_HOLDS_NULL(node), "%s is null", path);
  return json_node_get_double(node);
}

/* ---- what is told ----------------------------------------------------------------------------- */

void attempt(RdResult *r, RdAttemptKind kind, RdTime started, uint16_t status, RdTime ring,
             RdTime answer, uint64_t causes) {
  static uint64_t next;
  RdLedgerRow row = {.entity = next++,
                     .kind = (uint8_t)kind,
                     .status = status,
                     .started = started,
                     .ringing = ring ? started + ring : RD_NEVER,
                     .answered = answer ? started + answer : RD_NEVER,
                     .ended = RD_NEVER,
                     .closed = RD_NEVER,
                     .causes = causes};
  rd_result_attempt(r, &row);
}

void session(RdResult *r, RdTime started, RdTime talk, RdTime closing) {
  RdLedgerRow row = {.kind = RD_ATTEMPT_CALL,
                     .status = 200,
                     .started = started,
                     .ringing = started + 200 * MS,
                     .answered = started + 3 * S,
                     .ended = started + 3 * S + talk,
                     .closed = started + 3 * S + talk + closing};
  rd_result_attempt(r, &row);
}

void serve(RdResult *r) {
  for (int i = 0; i < 8; i++)
    attempt(r, RD_ATTEMPT_REGISTER, 20 * S + i * S, 200, 0, 100 * MS, 0);
  attempt(r, RD_ATTEMPT_REGISTER, 40 * S, 503, 0, 10 * MS, 0);
  attempt(r, RD_ATTEMPT_REGISTER, 41 * S, 0, 0, 0, 0);
  attempt(r, RD_ATTEMPT_REGISTER, 9 * S, 503, 0, 10 * MS, 0); /* warm-up */
  attempt(r, RD_ATTEMPT_REGISTER, 75 * S, 200, 0, 700 * MS, STORM);
  for (int i = 0; i < 4; i++)
    session(r, 20 * S + i * S, 30 * S, 50 * MS);
  session(r, 30 * S, 10 * S, 32 * S); /* nobody answered the BYE */
  attempt(r, RD_ATTEMPT_CALL, 31 * S, 200, 200 * MS, 3 * S, 0); /* still up */
  attempt(r, RD_ATTEMPT_CALL, 32 * S, 486, 200 * MS, 400 * MS, 0);
  attempt(r, RD_ATTEMPT_CALL, 33 * S, 480, 200 * MS, 20 * S, 0);
  attempt(r, RD_ATTEMPT_CALL, 34 * S, 480, 0, 60 * MS, 0);
  attempt(r, RD_ATTEMPT_CALL, 35 * S, 302, 0, 60 * MS, 0);
  attempt(r, RD_ATTEMPT_CALL, 36 * S, 503, 0, 90 * MS, 0);
  attempt(r, RD_ATTEMPT_CALL, 37 * S, 0, 0, 0, 0);
}

void judge(RdResult *r, int times, RdTruth truth, uint64_t causes, double score, RdAction action,
           RdTime at) {
  RdVerdict verdict = {.size = sizeof verdict, .action = (uint8_t)action, .score = score};
  for (int i = 0; i < times; i++)
    rd_result_judged(r, 0, 0, truth, causes, RD_SIP_INVITE, &verdict, at + i, 250);
}

void judge_all(RdResult *r) {
  judge(r, 6, RD_BENIGN, 0, 0.0, RD_PASS, 15 * S);
  judge(r, 2, RD_BENIGN, 0, 0.2, RD_PASS, 15 * S);
  judge(r, 1, RD_BENIGN, 0, 0.2, RD_REWRITE, 15 * S);
  judge(r, 1, RD_BENIGN, 0, 0.8, RD_DROP, 15 * S);
  judge(r, 1, RD_ATTACKED, FLOOD, 0.2, RD_PASS, 21 * S);
  judge(r, 4, RD_ATTACKED, FLOOD, 0.8, RD_DELAY, 22 * S);
  judge(r, 5, RD_ATTACKED, FLOOD, 1.0, RD_REJECT, 23 * S);
  judge(r, 7, RD_INDUCED, FLOOD, 0.9, RD_DROP, 24 * S);
}

void alert(RdResult *r, RdSubject kind, const char *subject, const char *classes, uint64_t sent,
           RdTime at) {
  const RdWhose whose = {.sent = sent};
  RdAlert a = {.size = sizeof a,
               .subject_kind = (uint8_t)kind,
               .score = 0.9,
               .classes = classes,
               .subject = subject,
               .evidence = "over the rate"};
  rd_result_alert(r, 0, &a, &whose, at);
}

RdResult *sound(void) {
  RdResult *r = rd_result_new(&trial);
  RdNodeCounts node = {.arrived = 10,
                       .served = 5,
                       .overflowed = 2,
                       .waiting = 2,
                       .in_service = 1,
                       .busy = 0.25,
                       .area = 777,
                       .sojourn = 777,
                       .peak_queue = 4,
                       .workers = 1};
  RdNetworkCounts network = {.sent = 28,
                             .received = 7,
                             .lost = 6,
                             .queue_dropped = 5,
                             .no_route = 4,
                             .no_socket = 3,
                             .in_flight = 2,
                             .fragments_lost = 1};
  for (int i = 0; i < 5; i++)
    rd_result_served(r, 1, i < 3 ? RD_BENIGN : RD_ATTACKED, 100, 50);
  rd_result_overflow(r, 1, 0, RD_BENIGN);
  rd_result_overflow(r, 1, 1, RD_ATTACKED);
  rd_result_node(r, 1, &node);
  rd_result_queue(r, 1, 0, &(RdQueueCounts){7, 4, 1, 2, 3});
  rd_result_queue(r, 1, 1, &(RdQueueCounts){3, 2, 1, 0, 2});
  rd_result_network(r, 0, &network);
  return r;
}
