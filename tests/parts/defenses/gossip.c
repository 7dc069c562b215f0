/* gossip - a test defense whose members tell each other how many messages they have judged; each refuses what
 * comes once all of them together have seen more than its limit. */
#include <stdlib.h>
#include <string.h>

#include "redoubt/plugin.h"

enum { MOST = 16 };

typedef struct {
  int64_t limit;
} Config;

typedef struct {
  RdHost *host;
  const Config *config;
  uint32_t member, n_members;
  uint64_t seen[MOST]; /* by each, as far as it is known here */
  uint32_t judged, heard, strange, places;
} Gossip;

static void *gossip_open(RdHost *host, const void *config, const RdDefenseSetup *setup) {
  Gossip *g = calloc(1, sizeof *g);
  if (!g)
    return NULL;
  g->host = host;
  g->config = config;
  g->member = setup->member;
  g->n_members = setup->n_members;
  g->judged = host->counter(host, "judged");
  g->heard = host->counter(host, "heard");
  g->strange = host->counter(host, "strange");
  g->places = host->counter(host, "places");
  host->count(host, g->places, setup->n_places);
  return g;
}

static void tell(Gossip *g) {
  uint64_t own = g->seen[g->member];
  for (uint32_t i = 0; i < g->n_members; i++)
    if (g->host->report(g->host, i, &own, sizeof own) != (i != g->member))
      g->host->count(g->host, g->strange, 1);
  if (g->host->report(g->host, g->n_members, &own, sizeof own)) /* there is no such member */
    g->host->count(g->host, g->strange, 1);
}

static void gossip_judge(void *self, const RdMessage *m, RdVerdict *v) {
  Gossip *g = self;
  uint64_t all = 0;
  if (m->attachment != 0)
    g->host->count(g->host, g->strange, 1);
  g->host->count(g->host, g->judged, 1);
  g->seen[g->member]++;
  tell(g);
  for (unsigned i = 0; i < MOST; i++)
    all += g->seen[i];
  v->score = all > (uint64_t)g->config->limit;
  if (all > (uint64_t)g->config->limit) {
    v->action = RD_DROP;
    v->classes = "dos";
    v->reason = "all together are too many";
  }
}

static void gossip_receive(void *self, const RdMessage *m) {
  Gossip *g = self;
  if (m->kind != RD_REPORT || m->len != sizeof(uint64_t) || m->sender >= MOST ||
      m->sender == g->member)
    g->host->count(g->host, g->strange, 1);
  else
    memcpy(&g->seen[m->sender], m->bytes, sizeof(uint64_t));
  g->host->count(g->host, g->heard, 1);
}

static bool gossip_act(void *self, uint32_t verb, const void *arguments, char reply[RD_REPLY]) {
  Gossip *g = self;
  (void)verb, (void)arguments, (void)reply;
  memset(g->seen, 0, sizeof g->seen);
  return true;
}

static void gossip_close(void *self) {
  free(self);
}

static const RdParam params[] = {
    RD_PARAM(Config, "limit", RD_INTEGER, limit, "10", 0, 1e9, "", "Messages that all may see."),
    RD_PARAM_END};

static const RdVerb verbs[] = {{"forget", NULL, 0, "Begins to count anew."}, RD_VERB_END};

RD_PART(RD_DEFENSE, "gossip", "Test: members that tell each other what they see",
        RD_CONFIG(Config, params), RD_VERBS(verbs),
        RD_DEFENSE_OPS(.open = gossip_open, .judge = gossip_judge, .receive = gossip_receive,
                       .close = gossip_close, .act = gossip_act));
