#include "lab/drive/world/world.h"

#include "lab/drive/world/actor.h"
#include "lab/drive/world/acts.h"
#include "lab/drive/world/cpu.h"
#include "lab/drive/world/facts.h"
#include "lab/drive/world/intercept.h"
#include "lab/drive/world/judge.h"
#include "lab/drive/world/network.h"
#include "lab/drive/world/record.h"
#include "lab/drive/world/report.h"
#include "lab/drive/world/secrets.h"
#include "lab/drive/world/stream.h"
#include "lab/drive/world/timers.h"
#include "lab/drive/world/truth.h"
#include "lab/drive/world/work.h"

static void fire(RdWorldActor *actor, RdWorldJudge *judge, RdTimer timer, uint64_t cookie,
                 const RdTag *tag) {
  if (actor)
    rd_cpu_timer(actor, timer, cookie, tag);
  else
    rd_world_judge_timer(judge, timer, cookie, tag);
}

/* --- building --------------------------------------------------------------------------------- */

static void attach(RdWorldActor *a, unsigned i, unsigned network, const RdLine *line) {
  RdWorldNetwork *net = &a->world->networks[network];
  a->attachments[i] =
      (RdWorldAttachment){.network = net, .actor = a, .index = i, .line = *line, .record = -1};
  g_ptr_array_add(net->attachments, &a->attachments[i]);
}

static void make_node(RdWorld *w, unsigned i) {
  const RdNode *node = &w->trial->topology->nodes[i];
  RdWorldActor *a = rd_actor_new(w, node->part, node->name, node->config, i, false);
  w->actors[w->n_actors++] = a;
  a->entities = node->entities;
  a->n_attachments = node->n_attach;
  a->attachments = g_new0(RdWorldAttachment, node->n_attach);
  for (unsigned k = 0; k < node->n_attach; k++)
    attach(a, k, node->attach[k].network, &node->attach[k].line);
  rd_cpu_init(a, &node->cpu);
}

static void make_attack(RdWorld *w, unsigned i) {
  const RdTrialAttack *attack = &w->trial->attacks[i];
  RdWorldActor *a = rd_actor_new(w, attack->part, attack->name, attack->config, i, true);
  w->actors[w->n_actors++] = a;
  a->entities = attack->entities;
  a->start = attack->start;
  a->stop = attack->stop;
  a->n_attachments = attack->n_attach;
  a->attachments = g_new0(RdWorldAttachment, attack->n_attach);
  for (unsigned k = 0; k < attack->n_attach; k++)
    attach(a, k, attack->attach[k].network, &attack->attach[k].line);
  rd_cpu_init(a, &(RdCpu){.speed = 1});
  if (attack->benign)
    w->benign_causes |= a->cause;
}

static bool make_networks(RdWorld *w, const RdWorldDriver *driver, GError **error) {
  const RdTopology *t = w->trial->topology;
  w->networks = g_new0(RdWorldNetwork, t->n_networks);
  for (unsigned i = 0; i < t->n_networks; i++) {
    RdWorldNetwork *net = &w->networks[i];
    net->world = w;
    net->spec = &t->networks[i];
    net->index = i;
    net->carrier = driver->carrier(net->spec);
    net->path_stream = rd_stream(w->trial->seed, t->networks[i].name);
    net->attachments = g_ptr_array_new();
    net->scattered = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    if (!net->carrier) {
      g_set_error(error, RD_WORLD_ERROR, 0, "network %s: this driver cannot carry it",
                  net->spec->name);
      return false;
    }
  }
  return true;
}

static bool build_networks(RdWorld *w, GError **error) {
  for (unsigned i = 0; i < w->trial->topology->n_networks; i++)
    if (!rd_network_number(&w->networks[i], error))
      return false;
  return true;
}

static bool join_networks(RdWorld *w, GError **error) {
  for (unsigned i = 0; i < w->trial->topology->n_networks; i++)
    if (!rd_network_join(&w->networks[i], error))
      return false;
  return true;
}

static unsigned members_of(const RdTrialDefense *d) {
  return d->apart ? d->n_places : 1;
}

static bool open_judges(RdWorld *w, GError **error) {
  unsigned n = 0;
  for (unsigned i = 0; i < w->trial->n_defenses; i++)
    n += members_of(&w->trial->defenses[i]);
  w->judges = g_new0(RdWorldJudge *, n);
  for (unsigned i = 0; i < w->trial->n_defenses; i++)
    for (unsigned k = 0; k < members_of(&w->trial->defenses[i]); k++) {
      w->judges[w->n_judges] = rd_world_judge_new(w, i, k, error);
      if (!w->judges[w->n_judges])
        return false;
      w->n_judges++;
    }
  return true;
}

static bool open_parts(RdWorld *w, GError **error) {
  for (unsigned i = 0; i < w->n_actors; i++)
    if (!rd_actor_open(w->actors[i], error))
      return false;
  return open_judges(w, error);
}

/* Nobody is outside of a simulator. */
static bool are_inside(const RdTopology *t, GError **error) {
  for (unsigned i = 0; i < t->n_nodes; i++)
    if (t->nodes[i].part->plugin.external) {
      g_set_error(
          error, RD_WORLD_ERROR, 0,
          "node %s (part %s) is a program outside: only `redoubt live` runs a trial with it",
          t->nodes[i].name, t->nodes[i].part->plugin.name);
      return false;
    }
  return true;
}

static bool make_actors(RdWorld *w, const RdWorldDriver *driver, GError **error) {
  const RdTrial *trial = w->trial;
  if (!driver->outside && !are_inside(trial->topology, error))
    return false;
  if (!make_networks(w, driver, error))
    return false;
  w->actors = g_new0(RdWorldActor *, trial->topology->n_nodes + trial->n_attacks);
  for (unsigned i = 0; i < trial->topology->n_nodes; i++)
    make_node(w, i);
  for (unsigned i = 0; i < trial->n_attacks; i++)
    make_attack(w, i);
  rd_intercept_new(w);
  return true;
}

static void start_event(void *arg) {
  rd_cpu_start(arg);
}

static void stop_event(void *arg) {
  rd_cpu_stop(arg);
}

static bool build(RdWorld *w, const RdOutputs *out, const RdWorldDriver *driver, GError **error) {
  const RdTrial *trial = w->trial;
  w->costs = rd_costs_load(trial->costs, NULL, error);
  if (!w->costs || !make_actors(w, driver, error))
    return false;
  w->ledger = rd_ledger_writer_new(out->folder, error);
  if (!w->ledger)
    return false;
  w->truth = rd_truth_new(w, out->folder, error);
  w->facts = rd_facts_new(w, out->folder);
  w->secrets = rd_secrets_new(w);
  w->acts_path = g_build_filename(out->folder, "acts.yaml", NULL);
  if (!w->truth || !build_networks(w, error))
    return false;
  w->record = rd_record_new(w, out, error);
  if (!w->record || !join_networks(w, error) || !open_parts(w, error))
    return false;
  for (unsigned i = 0; i < w->n_actors; i++) {
    rd_at(w, w->actors[i]->start, start_event, w->actors[i]);
    rd_at(w, w->actors[i]->stop, stop_event, w->actors[i]);
  }
  return true;
}

/* A message has come over a network. */
static void arrived(RdParcel *p) {
  rd_secrets_arrived(p->network->world->secrets, p);
  rd_cpu_arrive(p);
}

RdWorld *rd_world_new(const RdTrial *trial, const RdOutputs *out, const RdWorldDriver *driver,
                      GString *log, GError **error) {
  RdWorld *w = g_new0(RdWorld, 1);
  w->trial = trial;
  w->clock = driver->clock;
  w->up = (RdUpward){.arrived = arrived,
                     .execute = rd_work_execute,
                     .flush = rd_work_flush,
                     .resume = rd_work_resume,
                     .intercept = rd_intercept,
                     .crossed = rd_network_crossed,
                     .forget = rd_intercept_forget};
  w->log = log;
  w->undeclared = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  rd_streams_new(w);
  w->filters = g_hash_table_new(g_int64_hash, g_int64_equal);
  w->sealed = g_byte_array_new();
  w->result = rd_result_new(trial);
  rd_rooms_new(w);
  rd_timers_new(w, fire);
  if (build(w, out, driver, error))
    return w;
  rd_world_free(w);
  return NULL;
}

static bool run_until(RdWorld *w, RdTime until, GError **error) {
  const char *why = NULL;
  if (w->clock->run(w->clock, until, &why))
    return true;
  g_set_error(error, RD_WORLD_ERROR, 0, "%s", why);
  return false;
}

bool rd_world_run(RdWorld *w, RdTime until, GError **error) {
  for (; w->n_acts < w->trial->n_acts && w->trial->acts[w->n_acts].at <= until; w->n_acts++) {
    char reply[RD_REPLY];
    if (!run_until(w, w->trial->acts[w->n_acts].at, error))
      return false;
    rd_acts_do(w, &w->trial->acts[w->n_acts], reply);
  }
  return run_until(w, until, error);
}

bool rd_world_act(RdWorld *w, const RdTrialAct *act, char reply[RD_REPLY]) {
  return rd_acts_do(w, act, reply);
}

/* --- counting up ------------------------------------------------------------------------------ */

static void report_counters(RdWorld *w, RdPartKind kind, unsigned index, const RdBaseHost *c) {
  for (unsigned i = 0; i < c->n_counters; i++)
    rd_result_counter(w->result, kind, index, c->counters[i], c->counts[i]);
}

/* Of all its members. */
static void report_defense(RdWorld *w, unsigned index) {
  uint64_t entries = 0, bytes = 0;
  for (unsigned i = 0; i < w->n_judges; i++) {
    uint64_t own;
    if (w->judges[i]->judge->index != index)
      continue;
    entries += rd_world_judge_entries(w->judges[i], &own);
    bytes += own;
    report_counters(w, RD_DEFENSE, index, &w->judges[i]->host.base);
  }
  rd_result_defense_state(w->result, index, entries, bytes);
}

static void report(RdWorld *w) {
  for (unsigned i = 0; i < w->n_actors; i++) {
    RdWorldActor *a = w->actors[i];
    report_counters(w, a->is_attack ? RD_ATTACK : RD_NODE, a->index, &a->host.base);
    if (a->is_attack)
      continue;
    RdNodeCounts counts;
    rd_cpu_count(a, &counts);
    rd_result_node(w->result, a->index, &counts);
  }
  for (unsigned i = 0; i < w->trial->n_defenses; i++)
    report_defense(w, i);
  for (unsigned i = 0; i < w->trial->topology->n_networks; i++) {
    RdWorldNetwork *net = &w->networks[i];
    /* Counted one by one, not by subtraction: the law of conservation is checked against it. */
    net->counts.in_flight = (net->wire ? net->carrier->in_flight(net) : 0) + net->kept;
    rd_result_network(w->result, i, &net->counts);
  }
  rd_result_engine(w->result, w->clock->events(w->clock), w->messages);
}

/* Each defense judges a message once: who keeps or delays it must not have it come round again. */
static bool check_judges(const RdWorld *w, GError **error) {
  for (unsigned i = 0; i < w->n_actors; i++) {
    const RdWorldActor *a = w->actors[i];
    for (unsigned k = 0; k < a->n_attachments; k++) {
      uint64_t judged, begun;
      const RdChain *chain = a->attachments[k].chain;
      const RdJudge *judge = chain ? rd_chain_overworked(chain, &judged, &begun) : NULL;
      if (!judge)
        continue;
      g_set_error(error, RD_WORLD_ERROR, 0,
                  "defense %s judged %" G_GUINT64_FORMAT
                  " messages at %s.%s, where %" G_GUINT64_FORMAT " came: an error of the engine",
                  judge->name, judged, rd_actor_name(a), a->attachments[k].network->spec->name,
                  begun);
      return false;
    }
  }
  return true;
}

/* Closes the files in the order that keeps the promise: result.json last. */
bool rd_world_finish(RdWorld *w, const RdOutputs *out, GError **error) {
  report(w);
  RdTruthBook *truth = g_steal_pointer(&w->truth);
  RdRecord *record = g_steal_pointer(&w->record);
  RdLedgerWriter *ledger = g_steal_pointer(&w->ledger);
  RdFactBook *facts = g_steal_pointer(&w->facts);
  GError *failures[5] = {NULL};
  bool ok = rd_truth_close(truth, &failures[0]);
  ok = rd_record_close(record, &failures[1]) && ok;
  ok = rd_ledger_writer_finish(ledger, &failures[2]) && ok;
  ok = rd_facts_close(facts, &failures[3]) && ok;
  ok = rd_acts_close(w, &failures[4]) && ok;
  for (unsigned i = 0; i < G_N_ELEMENTS(failures); i++) {
    if (failures[i] && error && !*error)
      g_propagate_error(error, failures[i]);
    else
      g_clear_error(&failures[i]);
  }
  return ok && check_judges(w, error) && rd_result_write(w->result, out->folder, error);
}

/* Parts first, as they may still call their host; then what is under way; then who it was between. */
void rd_world_free(RdWorld *w) {
  if (!w)
    return;
  for (unsigned i = 0; i < w->n_judges; i++)
    rd_world_judge_free(w->judges[i]);
  g_free(w->judges);
  for (unsigned i = 0; i < w->n_actors; i++)
    rd_actor_close(w->actors[i]);
  rd_reports_free(w);
  rd_streams_free(w);
  rd_intercept_free(w);
  rd_rooms_free(w);
  for (unsigned i = 0; w->networks && i < w->trial->topology->n_networks; i++)
    rd_network_free(&w->networks[i]);
  g_free(w->networks);
  for (unsigned i = 0; i < w->n_actors; i++)
    rd_actor_free(w->actors[i]);
  g_free(w->actors);
  rd_truth_close(w->truth, NULL);
  rd_facts_close(w->facts, NULL);
  rd_acts_close(w, NULL);
  g_free(w->acts_path);
  rd_secrets_free(w->secrets);
  rd_record_close(w->record, NULL);
  if (w->ledger)
    rd_ledger_writer_finish(w->ledger, NULL);
  rd_result_free(w->result);
  rd_timers_free(w);
  rd_costs_free(w->costs);
  g_hash_table_unref(w->undeclared);
  g_hash_table_unref(w->filters);
  g_byte_array_unref(w->sealed);
  g_free(w);
}
