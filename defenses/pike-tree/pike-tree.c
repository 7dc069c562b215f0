/* pike-tree - bans sources by a tree over the bytes of their addresses, after Kamailio's pike.
 *
 * Written from the module's public documentation: an address is followed byte by byte down a
 * 256-ary tree. Only a node that is itself busy gets children, so a scan over many addresses does
 * not fill the tree. A source is red when its leaf, in this sampling unit or the one before, has
 * reached the density. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/base/address.h"
#include "lab/base/memory.h"
#include "lab/base/table.h"
#include "redoubt/plugin.h"

typedef struct {
  RdTime unit, latency, ban;
  int64_t density, capacity, bans, code;
} Config;

typedef struct Node Node;
struct Node {
  Node *parent, *sibling, *child; /* children in order of coming */
  Node *newer, *older; /* order of last use, for the cap and for ageing */
  RdTime used;
  uint32_t hits[2]; /* before this unit, in this unit; that ended here */
  uint8_t byte;
  bool leaf; /* the address's last byte */
};

typedef struct {
  RdTime until;
} Ban;

typedef struct {
  RdHost *host;
  const Config *config;
  Node root;
  Node *newest, *oldest;
  int64_t nodes;
  RdTable *banned;
  uint32_t blocked, made, pruned, full;
} Pike;

enum { COOKIE_UNIT = 1 };

/* --- the tree --------------------------------------------------------------------------------- */

static void unlink_use(Pike *p, Node *n) {
  *(n->older ? &n->older->newer : &p->oldest) = n->newer;
  *(n->newer ? &n->newer->older : &p->newest) = n->older;
}

static void use(Pike *p, Node *n, RdTime now) {
  n->used = now;
  n->newer = NULL;
  n->older = p->newest;
  *(p->newest ? &p->newest->newer : &p->oldest) = n;
  p->newest = n;
}

static Node *find_child(const Node *parent, uint8_t byte) {
  Node *n = parent->child;
  while (n && n->byte != byte)
    n = n->sibling;
  return n;
}

/* NULL: the tree is full. */
static Node *add_child(Pike *p, Node *parent, uint8_t byte, bool leaf, RdTime now) {
  if (p->nodes >= p->config->capacity) {
    p->host->count(p->host, p->full, 1);
    return NULL;
  }
  Node *n = rd_alloc(sizeof *n);
  n->parent = parent;
  n->byte = byte;
  n->leaf = leaf;
  n->sibling = parent->child;
  parent->child = n;
  use(p, n, now);
  p->nodes++;
  p->host->count(p->host, p->made, 1);
  return n;
}

static void remove_node(Pike *p, Node *n) {
  while (n->child)
    remove_node(p, n->child);
  Node **at = &n->parent->child;
  while (*at != n)
    at = &(*at)->sibling;
  *at = n->sibling;
  unlink_use(p, n);
  p->nodes--;
  p->host->count(p->host, p->pruned, 1);
  free(n);
}

/* The module compares the average of both counts as well; no average of two numbers reaches what
 * neither of them does, so that comparison decides nothing. */
static bool reached(const Node *n, uint32_t threshold) {
  return n->hits[0] >= threshold || n->hits[1] >= threshold;
}

/* Counts one request at the deepest node there is for its address, and grows the tree below it by
 * one if it is busy: a quarter of the density, so that a lone source needs at most three quarters
 * of it to reach its leaf. Returns the leaf, or NULL if the address has none yet. */
static Node *count_hit(Pike *p, const RdAddress *a, RdTime now) {
  unsigned bytes = a->family == 6 ? 16 : 4, depth = 0;
  Node *n = &p->root, *next;
  while (depth < bytes && (next = find_child(n, a->ip[depth]))) {
    n = next;
    unlink_use(p, n);
    use(p, n, now);
    depth++;
  }
  if (n != &p->root)
    n->hits[1]++;
  if (depth == bytes)
    return n;
  uint32_t quarter = (uint32_t)(p->config->density + 3) / 4;
  if (n == &p->root || reached(n, quarter))
    next = add_child(p, n, a->ip[depth], depth + 1 == bytes, now);
  if (n == &p->root && next)
    next->hits[1]++;
  return NULL;
}

/* --- bans ------------------------------------------------------------------------------------- */

static Ban *banned(Pike *p, const RdAddress *a, RdTime now) {
  Ban *ban = rd_table_get(p->banned, a->ip, a->family == 6 ? 16 : 4);
  if (ban && now >= ban->until) {
    rd_table_remove(p->banned, a->ip, a->family == 6 ? 16 : 4);
    return NULL;
  }
  return ban;
}

static void ban_source(Pike *p, const RdAddress *a, const Node *leaf, RdTime now) {
  char subject[RD_ADDRESS_TEXT], evidence[96];
  Ban *ban = rd_table_put(p->banned, a->ip, a->family == 6 ? 16 : 4, NULL);
  ban->until = now + p->config->ban;
  rd_address_ip_text(a, subject);
  snprintf(evidence, sizeof evidence, "%u requests in this unit, %u in the one before",
           leaf->hits[1], leaf->hits[0]);
  RdAlert alert = {.size = sizeof alert,
                   .subject_kind = RD_SUBJECT_SOURCE,
                   .score = 1,
                   .classes = "dos,acc",
                   .subject = subject,
                   .evidence = evidence};
  p->host->alert(p->host, &alert);
}

/* --- the defense ------------------------------------------------------------------------------ */

static void arm_unit(Pike *p) {
  RdTimerSpec spec = {.size = sizeof spec,
                      .cause = RD_NEW,
                      .at = p->host->now(p->host) + p->config->unit,
                      .cookie = COOKIE_UNIT};
  p->host->timer(p->host, &spec);
}

static void *pike_open(RdHost *host, const void *config, const RdDefenseSetup *setup) {
  Pike *p = rd_alloc(sizeof *p);
  (void)setup;
  const uint64_t key[2] = {host->random(host, 0, 1, 0), host->random(host, 0, 2, 0)};
  p->host = host;
  p->config = config;
  p->banned = rd_table_new((uint32_t)p->config->bans, sizeof(Ban), key, NULL, NULL);
  p->blocked = host->counter(host, "blocked");
  p->made = host->counter(host, "nodes-made");
  p->pruned = host->counter(host, "nodes-pruned");
  p->full = host->counter(host, "tree-full");
  arm_unit(p);
  return p;
}

static void pike_close(void *self) {
  Pike *p = self;
  while (p->root.child)
    remove_node(p, p->root.child);
  rd_table_free(p->banned);
  free(p);
}

/* A new sampling unit: counts of this one become those of the one before, and what was idle too
 * long goes. */
static void pike_timer(void *self, RdTimer timer, uint64_t cookie) {
  Pike *p = self;
  RdTime now = p->host->now(p->host);
  (void)timer, (void)cookie;
  while (p->oldest && now - p->oldest->used >= p->config->latency)
    remove_node(p, p->oldest);
  for (Node *n = p->oldest; n; n = n->newer) {
    n->hits[0] = n->hits[1];
    n->hits[1] = 0;
  }
  arm_unit(p);
}

static void block(Pike *p, RdVerdict *v, const char *reason) {
  v->action = p->config->code > 0 ? RD_REJECT : RD_DROP;
  v->code = (uint16_t)p->config->code;
  v->score = 1;
  v->classes = "dos,acc";
  v->reason = reason;
  p->host->count(p->host, p->blocked, 1);
}

static void pike_judge(void *self, const RdMessage *m, RdVerdict *v) {
  Pike *p = self;
  if (m->direction != RD_INGRESS || !m->sip || !m->sip->is_request)
    return;
  RdTime now = p->host->now(p->host);
  if (banned(p, &m->remote, now)) {
    block(p, v, "source is banned");
    return;
  }
  v->score = 0;
  Node *leaf = count_hit(p, &m->remote, now);
  if (!leaf)
    return;
  uint32_t density = (uint32_t)p->config->density;
  uint32_t most = leaf->hits[0] > leaf->hits[1] ? leaf->hits[0] : leaf->hits[1];
  v->score = most < density ? 0.99 * most / density : 1;
  if (!reached(leaf, density))
    return;
  ban_source(p, &m->remote, leaf, now);
  block(p, v, "source over density");
}

static uint64_t pike_state(void *self, uint64_t *ret_bytes) {
  Pike *p = self;
  *ret_bytes = sizeof *p + (uint64_t)p->nodes * sizeof(Node) + rd_table_bytes(p->banned);
  return (uint64_t)p->nodes + rd_table_count(p->banned);
}

static const RdParam params[] = {
    RD_PARAM(Config, "sampling-unit", RD_DURATION, unit, "2 s", 0.001, 3600, "s",
             "Length of a sampling unit."),
    RD_PARAM(
        Config, "density", RD_INTEGER, density, "16", 1, 1e9, "requests/unit",
        "Requests in a unit at which a source is banned, once its whole address is in the tree."),
    RD_PARAM(Config, "remove-latency", RD_DURATION, latency, "4 s", 0.001, 86400, "s",
             "A node of the tree not used for this long goes."),
    RD_PARAM(Config, "ban", RD_DURATION, ban, "300 s", 0, 604800, "s",
             "How long a red source is blocked."),
    RD_PARAM(Config, "code", RD_INTEGER, code, "0", 0, 699, "",
             "Status that a blocked request is answered with; 0: dropped in silence."),
    RD_PARAM(
        Config, "capacity", RD_INTEGER, capacity, "1000000", 16, 100000000, "nodes",
        "Nodes the tree may have; past it addresses are followed no deeper (counter tree-full)."),
    RD_PARAM(Config, "bans", RD_INTEGER, bans, "100000", 1, 16777216, "",
             "Bans kept; the one used longest ago gives way."),
    RD_PARAM_END};

static const RdCost costs[] = {
    {.operation = "judge",
     .base = "380 ns",
     .per_doubling = "165 ns",
     .source = "measured: redoubt calibrate, 2 cores, gcc 12 -O2, quiet sources",
     .help = "A message judged; what acting costs is in the send."},
    RD_COST_END};

RD_PART(RD_DEFENSE, "pike-tree",
        "Bans busy sources by a tree over address bytes, after Kamailio's pike",
        RD_CONFIG(Config, params), RD_COSTS(costs),
        RD_DEFENSE_OPS(.open = pike_open, .judge = pike_judge, .timer = pike_timer,
                       .state = pike_state, .close = pike_close));
