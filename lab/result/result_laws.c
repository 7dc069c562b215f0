/* What must hold in every trial: nothing appears, nothing vanishes, and Little's law. */
#include "lab/result/result_internal.h"

static void blame(GString **found, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void blame(GString **found, const char *format, ...) {
  va_list args;
  if (!*found)
    *found = g_string_new(NULL);
  else
    g_string_append(*found, "; ");
  va_start(args, format);
  g_string_append_vprintf(*found, format, args);
  va_end(args);
}

static char *verdict(GString *found) {
  return found ? g_string_free(found, FALSE) : NULL;
}

#define U "%" G_GUINT64_FORMAT

static void check_network(const char *name, const RdNetworkCounts *c, GString **found) {
  uint64_t ended = c->received + c->lost + c->queue_dropped + c->no_route + c->no_socket +
                   c->in_flight + c->fragments_lost + c->filtered + c->intercepted;
  if (ended != c->sent)
    blame(found,
          "network %s: sent " U " != " U " (received " U ", lost " U ", queue_dropped " U
          ", no_route " U ", no_socket " U ", in_flight " U ", fragments_lost " U ", filtered " U
          ", intercepted " U ")",
          name, c->sent, ended, c->received, c->lost, c->queue_dropped, c->no_route, c->no_socket,
          c->in_flight, c->fragments_lost, c->filtered, c->intercepted);
}

static uint64_t sum(const uint64_t counts[RD_TRUTH_COUNT]) {
  uint64_t all = 0;
  for (unsigned i = 0; i < RD_TRUTH_COUNT; i++)
    all += counts[i];
  return all;
}

/* Each queue for itself, and all of them against the node's totals. */
static void check_queues(const RdNode *node, const RdNodeResult *n, GString **found) {
  RdQueueCounts all = {0};
  for (unsigned i = 0; i < node->n_attach; i++) {
    const RdQueueCounts *q = &n->queues[i].counts;
    if (q->arrived != q->taken + q->overflowed + q->waiting)
      blame(found,
            "node %s, queue %u: arrived " U " != taken " U " + overflowed " U " + waiting " U,
            node->name, i, q->arrived, q->taken, q->overflowed, q->waiting);
    if (sum(n->queues[i].overflowed) != q->overflowed)
      blame(found, "node %s, queue %u: overflowed " U ", but " U " messages did", node->name, i,
            q->overflowed, sum(n->queues[i].overflowed));
    all.arrived += q->arrived;
    all.taken += q->taken;
    all.overflowed += q->overflowed;
    all.waiting += q->waiting;
  }
  const RdNodeCounts *c = &n->counts;
  if (all.arrived != c->arrived || all.taken != c->served + c->in_service ||
      all.overflowed != c->overflowed || all.waiting != c->waiting)
    blame(found,
          "node %s: its queues (arrived " U ", taken " U ", overflowed " U ", waiting " U
          ") are not its totals (" U ", " U ", " U ", " U ")",
          node->name, all.arrived, all.taken, all.overflowed, all.waiting, c->arrived,
          c->served + c->in_service, c->overflowed, c->waiting);
}

/* The node's own totals, and the same counted a message at a time. */
static void check_node(const char *name, const RdNodeResult *n, GString **found) {
  const RdNodeCounts *c = &n->counts;
  uint64_t ended = c->served + c->overflowed + c->waiting + c->in_service;
  if (ended != c->arrived)
    blame(found,
          "node %s: arrived " U " != " U " (served " U ", overflowed " U ", waiting " U
          ", in_service " U ")",
          name, c->arrived, ended, c->served, c->overflowed, c->waiting, c->in_service);
  if (sum(n->served) != c->served)
    blame(found, "node %s: served " U ", but " U " messages left", name, c->served, sum(n->served));
}

char *rd_result_conservation(const RdResult *r) {
  GString *found = NULL;
  const RdTopology *t = r->trial->topology;
  for (unsigned i = 0; i < t->n_networks; i++)
    check_network(t->networks[i].name, &r->networks[i], &found);
  for (unsigned i = 0; i < t->n_nodes; i++) {
    check_node(t->nodes[i].name, &r->nodes[i], &found);
    check_queues(&t->nodes[i], &r->nodes[i], &found);
  }
  return verdict(found);
}

char *rd_result_little(const RdResult *r) {
  GString *found = NULL;
  const RdTopology *t = r->trial->topology;
  for (unsigned i = 0; i < t->n_nodes; i++) {
    const RdNodeCounts *c = &r->nodes[i].counts;
    if (c->area != c->sojourn)
      blame(&found,
            "node %s: area %" G_GINT64_FORMAT " ns != sojourn %" G_GINT64_FORMAT
            " ns (off by %" G_GINT64_FORMAT ")",
            t->nodes[i].name, c->area, c->sojourn, c->area - c->sojourn);
  }
  return verdict(found);
}
