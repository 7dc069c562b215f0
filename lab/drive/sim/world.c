/* Builds a trial's world, runs it on ns-3's clock, and hands its counts to the result. */
#include <string.h>

#include "lab/drive/sim/world.h"
#include "lab/text/words.h"

/* --- timers: one ns-3 event for the wheel's next expiry ---------------------------------------- */

typedef struct {
  RdSimActor *actor; /* or */
  RdSimJudge *judge;
  uint64_t cookie;
  RdTag tag;
} TimerPayload;

G_STATIC_ASSERT(sizeof(TimerPayload) <= RD_WHEEL_PAYLOAD);

typedef union {
  TimerPayload timer;
  uint8_t bytes[RD_WHEEL_PAYLOAD];
} Payload;

static void pump(void *arg);

static void wake_at(RdWorld *w, RdTime at) {
  RdTime t = ns3c_now(w->sim);
  if (at >= w->wheel_at || at == RD_NEVER)
    return;
  w->wheel_at = MAX(at, t);
  ns3c_at(w->sim, w->wheel_at, pump, w);
}

static void pump(void *arg) {
  RdWorld *w = arg;
  RdTime t = ns3c_now(w->sim);
  RdTimer timer;
  Payload p;
  if (w->wheel_at > t) /* an earlier wish, overtaken */
    return;
  while (rd_wheel_pop(w->wheel, t, &timer, p.bytes)) {
    if (p.timer.actor)
      rd_cpu_timer(p.timer.actor, timer, p.timer.cookie, &p.timer.tag);
    else
      rd_sim_judge_timer(p.timer.judge, timer, p.timer.cookie, &p.timer.tag);
  }
  w->wheel_at = RD_NEVER;
  wake_at(w, rd_wheel_next(w->wheel));
}

RdTimer rd_world_timer(RdWorld *w, RdSimActor *actor, RdSimJudge *judge, RdTime at, uint64_t cookie,
                       const RdTag *tag) {
  RdTime t = ns3c_now(w->sim);
  Payload p = {.timer = {actor, judge, cookie, *tag}};
  RdTimer timer = rd_wheel_arm(w->wheel, MAX(at, t), p.bytes);
  wake_at(w, MAX(at, t));
  return timer;
}

/* --- building --------------------------------------------------------------------------------- */

static void attach(RdSimActor *a, unsigned i, unsigned network, const RdLine *line) {
  RdSimNetwork *net = &a->world->networks[network];
  a->attachments[i] =
      (RdSimAttachment){.network = net, .actor = a, .index = i, .line = *line, .record = -1};
  g_ptr_array_add(net->attachments, &a->attachments[i]);
}

static void make_node(RdWorld *w, unsigned i) {
  const RdNode *node = &w->trial->topology->nodes[i];
  RdSimActor *a = rd_sim_actor_new(w, node->part, node->name, node->config, i, false);
  w->actors[i] = a;
  a->entities = node->entities;
  a->n_attachments = node->n_attach;
  a->attachments = g_new0(RdSimAttachment, node->n_attach);
  for (unsigned k = 0; k < node->n_attach; k++)
    attach(a, k, node->attach[k].network, &node->attach[k].line);
  rd_cpu_init(a, &node->cpu);
}

static void make_attack(RdWorld *w, unsigned i) {
  const RdTrialAttack *attack = &w->trial->attacks[i];
  RdSimActor *a = rd_sim_actor_new(w, attack->part, attack->name, attack->config, i, true);
  w->actors[w->trial->topology->n_nodes + i] = a;
  a->entities = attack->entities;
  a->start = attack->start;
  a->stop = attack->stop;
  a->n_attachments = 1;
  a->attachments = g_new0(RdSimAttachment, 1);
  attach(a, 0, attack->network, &attack->line);
  rd_cpu_init(a, &(RdCpu){.speed = 1});
  if (attack->part->plugin.benign)
    w->benign_causes |= a->cause;
}

static void make_networks(RdWorld *w) {
  const RdTopology *t = w->trial->topology;
  w->networks = g_new0(RdSimNetwork, t->n_networks);
  for (unsigned i = 0; i < t->n_networks; i++) {
    w->networks[i].world = w;
    w->networks[i].spec = &t->networks[i];
    w->networks[i].index = i;
    w->networks[i].path_stream = rd_stream(w->trial->seed, t->networks[i].name);
    w->networks[i].attachments = g_ptr_array_new();
    w->networks[i].scattered = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
  }
}

static bool build_networks(RdWorld *w, GError **error) {
  for (unsigned i = 0; i < w->trial->topology->n_networks; i++)
    if (!rd_network_number(&w->networks[i], error))
      return false;
  return true;
}

static bool join_networks(RdWorld *w, GError **error) {
  for (unsigned i = 0; i < w->trial->topology->n_networks; i++)
    if (!rd_network_build(&w->networks[i], error))
      return false;
  return true;
}

static bool open_parts(RdWorld *w, GError **error) {
  for (unsigned i = 0; i < w->n_actors; i++)
    if (!rd_sim_actor_open(w->actors[i], error))
      return false;
  w->judges = g_new0(RdSimJudge *, w->trial->n_defenses);
  for (unsigned i = 0; i < w->trial->n_defenses; i++) {
    w->judges[i] = rd_sim_judge_new(w, i, error);
    if (!w->judges[i])
      return false;
    w->n_judges++;
  }
  return true;
}

static bool build(RdWorld *w, const RdOutputs *out, GError **error) {
  const RdTrial *trial = w->trial;
  w->costs = rd_costs_load(trial->costs, NULL, error);
  if (!w->costs)
    return false;
  w->sim = ns3c_new(trial->seed);
  if (!w->sim) {
    g_set_error(error, RD_WORLD_ERROR, 0, "ns-3: %s", ns3c_error());
    return false;
  }
  w->wheel = rd_wheel_new();
  w->wheel_at = RD_NEVER;
  w->log = g_string_new(NULL);
  w->undeclared = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  w->result = rd_result_new(trial);
  w->n_actors = trial->topology->n_nodes + trial->n_attacks;
  w->actors = g_new0(RdSimActor *, w->n_actors);
  make_networks(w);
  for (unsigned i = 0; i < trial->topology->n_nodes; i++)
    make_node(w, i);
  for (unsigned i = 0; i < trial->n_attacks; i++)
    make_attack(w, i);
  w->ledger = rd_ledger_writer_new(out->folder, error);
  if (!w->ledger)
    return false;
  w->truth = rd_truth_new(w, out->folder, error);
  if (!w->truth || !build_networks(w, error))
    return false;
  w->record = rd_record_new(w, out, error);
  return w->record && join_networks(w, error) && open_parts(w, error);
}

/* --- running ---------------------------------------------------------------------------------- */

static void start_event(void *arg) {
  rd_cpu_start(arg);
}

static void stop_event(void *arg) {
  rd_cpu_stop(arg);
}

static bool run(RdWorld *w, GError **error) {
  for (unsigned i = 0; i < w->n_actors; i++) {
    ns3c_at(w->sim, w->actors[i]->start, start_event, w->actors[i]);
    ns3c_at(w->sim, w->actors[i]->stop, stop_event, w->actors[i]);
  }
  if (ns3c_run(w->sim, w->trial->duration))
    return true;
  g_set_error(error, RD_WORLD_ERROR, 0, "ns-3: %s", ns3c_error());
  return false;
}

/* --- counting up ------------------------------------------------------------------------------ */

static void report_counters(RdWorld *w, RdPartKind kind, unsigned index, const RdSimCounters *c) {
  for (unsigned i = 0; i < c->names->len; i++)
    rd_result_counter(w->result, kind, index, g_ptr_array_index(c->names, i),
                      g_array_index(c->values, int64_t, i));
}

static void report(RdWorld *w) {
  for (unsigned i = 0; i < w->n_actors; i++) {
    RdSimActor *a = w->actors[i];
    report_counters(w, a->is_attack ? RD_ATTACK : RD_NODE, a->index, &a->counters);
    if (a->is_attack)
      continue;
    RdNodeCounts counts;
    rd_cpu_count(a, &counts);
    rd_result_node(w->result, a->index, &counts);
  }
  for (unsigned i = 0; i < w->n_judges; i++) {
    uint64_t bytes, entries = rd_sim_judge_entries(w->judges[i], &bytes);
    rd_result_defense_state(w->result, i, entries, bytes);
    report_counters(w, RD_DEFENSE, i, &w->judges[i]->counters);
  }
  for (unsigned i = 0; i < w->trial->topology->n_networks; i++) {
    RdSimNetwork *net = &w->networks[i];
    rd_network_in_flight(net);
    rd_result_network(w->result, i, &net->counts);
  }
  rd_result_engine(w->result, ns3c_events(w->sim), w->messages);
}

/* Closes the files in the order that keeps the promise: result.json last. */
static bool finish(RdWorld *w, const RdOutputs *out, GError **error) {
  RdTruthBook *truth = g_steal_pointer(&w->truth);
  RdRecord *record = g_steal_pointer(&w->record);
  RdLedgerWriter *ledger = g_steal_pointer(&w->ledger);
  GError *failures[3] = {NULL, NULL, NULL};
  bool ok = rd_truth_close(truth, &failures[0]);
  ok = rd_record_close(record, &failures[1]) && ok;
  ok = rd_ledger_writer_finish(ledger, &failures[2]) && ok;
  for (unsigned i = 0; i < 3; i++) {
    if (failures[i] && error && !*error)
      g_propagate_error(error, failures[i]);
    else
      g_clear_error(&failures[i]);
  }
  return ok && rd_result_write(w->result, out->folder, error);
}

static void world_free(RdWorld *w) {
  for (unsigned i = 0; i < w->n_judges; i++)
    rd_sim_judge_free(w->judges[i]);
  g_free(w->judges);
  for (unsigned i = 0; i < w->n_actors; i++)
    rd_sim_actor_free(w->actors[i]);
  g_free(w->actors);
  rd_work_free_all(w);
  for (unsigned i = 0; w->networks && i < w->trial->topology->n_networks; i++)
    rd_network_free(&w->networks[i]);
  g_free(w->networks);
  rd_truth_close(w->truth, NULL);
  rd_record_close(w->record, NULL);
  if (w->ledger)
    rd_ledger_writer_finish(w->ledger, NULL);
  rd_result_free(w->result);
  rd_wheel_free(w->wheel);
  ns3c_free(w->sim);
  rd_costs_free(w->costs);
  g_clear_pointer(&w->undeclared, g_hash_table_unref);
  if (w->log)
    g_string_free(w->log, TRUE);
  g_free(w);
}

bool rd_world_run(const RdTrial *trial, const RdOutputs *out, GError **error) {
  RdWorld *w = g_new0(RdWorld, 1);
  w->trial = trial;
  bool ok = build(w, out, error) && (out->build_only || run(w, error));
  if (ok && !out->build_only) {
    report(w);
    ok = finish(w, out, error);
  }
  if (w->log && w->log->len > 0) {
    g_autofree char *shown = rd_words_lines(w->log->str);
    g_printerr("%s", shown);
  }
  world_free(w);
  return ok;
}
