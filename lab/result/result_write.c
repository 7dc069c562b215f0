/* result.json, whole. docs/result-format.md says what each member means. */
#include "lab/result/result_internal.h"

void rd_result_write_counters(const GArray *counters, RdJson *j) {
  rd_json_open_map(j, "counters");
  for (guint i = 0; i < counters->len; i++) {
    const RdNamedCount *c = &g_array_index(counters, RdNamedCount, i);
    rd_json_int(j, c->name, c->value);
  }
  rd_json_close(j);
}

static void write_trial(const RdTrial *trial, RdJson *j) {
  rd_json_open(j, "trial", '{');
  rd_json_text(j, "name", trial->name);
  rd_json_text(j, "topology", trial->topology->name);
  rd_json_uint(j, "seed", trial->seed);
  rd_json_int(j, "duration_ns", trial->duration);
  rd_json_int(j, "warmup_ns", trial->warmup);
  rd_json_close(j);
}

static void write_services(const RdResult *r, RdJson *j) {
  static const char *const names[RD_PARTIES] = {"legit", "twin", "attack"};
  for (unsigned i = 0; i < RD_PARTIES; i++) {
    rd_json_open(j, names[i], '{');
    rd_service_write(&r->services[i], j);
    rd_json_close(j);
  }
}

/* A row a bucket: registers, registered, calls, answered, served. */
static void write_timeline(const RdResult *r, RdJson *j) {
  rd_json_open(j, "timeline", '{');
  rd_json_int(j, "bucket_ns", r->bucket_width);
  rd_json_open_flat(j, "columns", '[');
  rd_json_text(j, NULL, "register_attempts");
  rd_json_text(j, NULL, "registered");
  rd_json_text(j, NULL, "call_attempts");
  rd_json_text(j, NULL, "answered");
  rd_json_text(j, NULL, "served");
  rd_json_close(j);
  rd_json_open(j, "rows", '[');
  for (unsigned i = 0; i < r->n_buckets; i++) {
    const RdBucket *b = &r->timeline[i];
    rd_json_open_flat(j, NULL, '[');
    rd_json_uint(j, NULL, b->registers);
    rd_json_uint(j, NULL, b->registered);
    rd_json_uint(j, NULL, b->calls);
    rd_json_uint(j, NULL, b->answered);
    rd_json_uint(j, NULL, b->served);
    rd_json_close(j);
  }
  rd_json_close(j);
  rd_json_close(j);
}

/* NULL: nothing has happened yet. */
static void write_times(const RdHistogram *h, RdJson *j, const char *key) {
  rd_json_note(j, RD_JSON_OR_NULL);
  if (h)
    rd_histogram_write(h, j, key);
  else
    rd_json_null(j, key);
}

static void write_messages(const RdNode *spec, const RdNodeResult *node, RdTruth truth, RdJson *j) {
  uint64_t overflowed = 0;
  for (unsigned i = 0; i < spec->n_attach; i++)
    overflowed += node->queues[i].overflowed[truth];
  rd_json_open(j, rd_truth_name(truth), '{');
  rd_json_uint(j, "served", node->served[truth]);
  rd_json_uint(j, "overflowed", overflowed);
  write_times(node->wait[truth], j, "wait_ns");
  write_times(node->service[truth], j, "service_ns");
  rd_json_close(j);
}

static void write_queues(const RdTopology *t, const RdNode *node, const RdNodeResult *n,
                         RdJson *j) {
  rd_json_open(j, "queues", '[');
  for (unsigned i = 0; i < node->n_attach; i++) {
    const RdQueueResult *q = &n->queues[i];
    rd_json_open(j, NULL, '{');
    rd_json_text(j, "network", t->networks[node->attach[i].network].name);
    rd_json_uint(j, "arrived", q->counts.arrived);
    rd_json_uint(j, "taken", q->counts.taken);
    rd_json_uint(j, "overflowed", q->counts.overflowed);
    rd_json_uint(j, "waiting", q->counts.waiting);
    rd_json_uint(j, "peak", q->counts.peak);
    rd_json_uint(j, "peak_bytes", q->counts.peak_bytes);
    rd_json_open_flat(j, "overflowed_by", '{');
    for (unsigned truth = 0; truth < RD_TRUTH_COUNT; truth++)
      rd_json_uint(j, rd_truth_name(truth), q->overflowed[truth]);
    rd_json_close(j);
    rd_json_close(j);
  }
  rd_json_close(j);
}

static void write_node(const RdTopology *t, const RdNode *node, const RdNodeResult *n, RdJson *j) {
  const RdNodeCounts *c = &n->counts;
  rd_json_open(j, NULL, '{');
  rd_json_text(j, "name", node->name);
  rd_json_text(j, "part", node->part ? node->part->plugin.name : NULL);
  rd_json_uint(j, "entities", node->entities);
  rd_json_uint(j, "workers", c->workers);
  rd_json_uint(j, "arrived", c->arrived);
  rd_json_uint(j, "served", c->served);
  rd_json_uint(j, "overflowed", c->overflowed);
  rd_json_uint(j, "waiting", c->waiting);
  rd_json_uint(j, "in_service", c->in_service);
  rd_json_real(j, "utilisation", n->counted && c->workers ? c->busy : NAN);
  rd_json_int(j, "busy_ns", c->busy_time);
  rd_json_uint(j, "peak_queue", c->peak_queue);
  rd_json_int(j, "area_ns", c->area);
  rd_json_int(j, "sojourn_ns", c->sojourn);
  write_queues(t, node, n, j);
  for (unsigned truth = 0; truth < RD_TRUTH_COUNT; truth++)
    write_messages(node, n, truth, j);
  rd_result_write_counters(n->counters, j);
  rd_json_close(j);
}

static void write_nodes(const RdResult *r, RdJson *j) {
  const RdTopology *t = r->trial->topology;
  rd_json_open(j, "nodes", '[');
  for (unsigned i = 0; i < t->n_nodes; i++)
    write_node(t, &t->nodes[i], &r->nodes[i], j);
  rd_json_close(j);
}

static void write_networks(const RdResult *r, RdJson *j) {
  const RdTopology *t = r->trial->topology;
  rd_json_open(j, "networks", '[');
  for (unsigned i = 0; i < t->n_networks; i++) {
    const RdNetworkCounts *c = &r->networks[i];
    rd_json_open(j, NULL, '{');
    rd_json_text(j, "name", t->networks[i].name);
    rd_json_text(j, "fidelity", t->networks[i].fidelity == RD_PACKET ? "packet" : "flow");
    rd_json_uint(j, "sent", c->sent);
    rd_json_uint(j, "received", c->received);
    rd_json_uint(j, "lost", c->lost);
    rd_json_uint(j, "queue_dropped", c->queue_dropped);
    rd_json_uint(j, "no_route", c->no_route);
    rd_json_uint(j, "no_socket", c->no_socket);
    rd_json_uint(j, "in_flight", c->in_flight);
    rd_json_uint(j, "fragments_lost", c->fragments_lost);
    rd_json_uint(j, "filtered", c->filtered);
    rd_json_uint(j, "intercepted", c->intercepted);
    rd_json_close(j);
  }
  rd_json_close(j);
}

static void write_live(const RdResult *r, RdJson *j) {
  const RdLiveCounts *c = &r->live;
  rd_json_open(j, "live", '{');
  rd_json_open_flat(j, "lateness_ns", '{');
  rd_json_time(j, "p50", c->late_p50);
  rd_json_time(j, "p95", c->late_p95);
  rd_json_time(j, "p99", c->late_p99);
  rd_json_time(j, "max", c->late_max);
  rd_json_close(j);
  rd_json_real(j, "busy", c->busy);
  rd_json_uint(j, "datagrams", c->datagrams);
  rd_json_uint(j, "connections", c->connections);
  rd_json_uint(j, "kernel_dropped", c->kernel_dropped);
  rd_json_uint(j, "strangers", c->strangers);
  rd_json_open_map(j, "loopback");
  for (unsigned i = 0; i < r->trial->topology->n_networks; i++)
    rd_json_text(j, r->trial->topology->networks[i].name, r->loopback[i]);
  rd_json_close(j);
  rd_json_close(j);
}

void rd_result_write_all(const RdResult *r, const char *conservation, const char *little,
                         RdJson *j) {
  rd_json_open(j, NULL, '{');
  rd_json_note(j, RD_JSON_ALWAYS);
  rd_json_int(j, "format", 2);
  write_trial(r->trial, j);
  write_services(r, j);
  rd_result_write_defenses(r, j);
  rd_result_write_attacks(r, j);
  write_nodes(r, j);
  write_networks(r, j);
  rd_result_write_facts(r, j);
  rd_json_open(j, "engine", '{');
  rd_json_uint(j, "events", r->events);
  rd_json_uint(j, "messages", r->messages);
  rd_json_close(j);
  rd_json_note(j, r->loopback ? RD_JSON_OPTIONAL : 0);
  if (r->loopback)
    write_live(r, j);
  rd_json_open(j, "laws", '{');
  rd_json_text(j, "conservation", conservation ? conservation : "ok");
  rd_json_text(j, "little", little ? little : "ok");
  rd_json_close(j);
  write_timeline(r, j);
  rd_json_close(j);
}

char *rd_result_text(const RdResult *r, const char *conservation, const char *little) {
  RdJson j;
  rd_json_init(&j);
  rd_result_write_all(r, conservation, little, &j);
  return rd_json_finish(&j);
}
