#include "lab/plugin/inspect.h"

#include <string.h>

#include "lab/base/take.h"
#include "lab/plugin/costs.h"
#include "lab/plugin/params.h"

#define ROWS_MAX 256
#define SIZE_MAX_SANE 65536
#define CONFIG_MAX (1u << 20)

/* The smallest structs that ABI 1 ever had: everything before this was there from the start. */
#define PLUGIN_LEAST RD_END_OF(RdPlugin, defense)
#define PARAM_LEAST RD_END_OF(RdParam, values)
#define COST_LEAST RD_END_OF(RdCost, help)
#define VERB_LEAST RD_END_OF(RdVerb, help)
#define ACTOR_LEAST RD_END_OF(RdActorOps, close)
#define DEFENSE_LEAST RD_END_OF(RdDefenseOps, close)

/* What stands for an operation that a part left out. */
static void nothing_to_do(void *self) {
  (void)self;
}

static void nothing_to_receive(void *self, const RdMessage *message) {
  (void)self, (void)message;
}

static void nothing_due(void *self, RdTimer timer, uint64_t cookie) {
  (void)self, (void)timer, (void)cookie;
}

static char *head_fault(const RdPlugin *f, gsize room) {
  if (room < PLUGIN_LEAST)
    return g_strdup_printf(
        "its redoubt_plugin has only %" G_GSIZE_FORMAT " bytes, too few for an RdPlugin", room);
  if (f->abi != RD_ABI)
    return g_strdup_printf("speaks ABI %u, this program speaks ABI %u: build it again against "
                           "this version's headers",
                           f->abi, RD_ABI);
  if (f->size < PLUGIN_LEAST || f->size > SIZE_MAX_SANE || f->size > room)
    return g_strdup_printf("states an RdPlugin of %u bytes where %" G_GSIZE_FORMAT
                           " are: set .size = sizeof(RdPlugin)",
                           f->size, MIN(room, sizeof(RdPlugin)));
  return NULL;
}

static char *identity_fault(const RdPlugin *p, RdPartKind kind, const char *name) {
  if (p->kind < RD_NODE || p->kind > RD_DEFENSE)
    return g_strdup_printf("is of unknown kind %u", p->kind);
  if (p->kind != kind)
    return g_strdup_printf("is %s %s, not %s %s: it belongs in %s/",
                           p->kind == RD_ATTACK ? "an" : "a", rd_part_kind_name(p->kind),
                           kind == RD_ATTACK ? "an" : "a", rd_part_kind_name(kind),
                           rd_part_kind_folder(p->kind));
  if (!p->name || !p->summary)
    return g_strdup("has no name or no summary");
  if (strcmp(p->name, name) != 0)
    return g_strdup_printf("calls itself \"%s\" where \"%s\" is expected: folder, file and .name "
                           "have to agree",
                           p->name, name);
  if (p->config_size > CONFIG_MAX)
    return g_strdup_printf("wants a configuration of %" G_GSIZE_FORMAT " bytes, above the limit",
                           p->config_size);
  if (p->interface >= RD_IF_COUNT)
    return g_strdup_printf("comes in by the unknown interface %u", p->interface);
  return NULL;
}

static char *actor_fault(RdPart *part) {
  const RdActorOps *ops = part->plugin.actor;
  if (!ops)
    return g_strdup("has no .actor");
  if (ops->size < ACTOR_LEAST || ops->size > SIZE_MAX_SANE)
    return g_strdup_printf("states an RdActorOps of %u bytes: set .size = sizeof(RdActorOps)",
                           ops->size);
  rd_take(&part->actor, sizeof part->actor, ACTOR_LEAST, ops);
  RdActorOps *a = &part->actor;
  if (!a->open || !a->close)
    return g_strdup("leaves out open or close: both are required");
  a->start = a->start ? a->start : nothing_to_do;
  a->receive = a->receive ? a->receive : nothing_to_receive;
  a->timer = a->timer ? a->timer : nothing_due;
  if (part->plugin.kind == RD_ATTACK && !part->plugin.benign && !a->success)
    return g_strdup("has no success predicate: an attack that is no benign twin needs one");
  return NULL;
}

static char *defense_fault(RdPart *part) {
  const RdDefenseOps *ops = part->plugin.defense;
  if (!ops)
    return g_strdup("has no .defense");
  if (ops->size < DEFENSE_LEAST || ops->size > SIZE_MAX_SANE)
    return g_strdup_printf("states an RdDefenseOps of %u bytes: set .size = sizeof(RdDefenseOps)",
                           ops->size);
  rd_take(&part->defense, sizeof part->defense, DEFENSE_LEAST, ops);
  RdDefenseOps *d = &part->defense;
  if (!d->open || !d->judge || !d->close)
    return g_strdup("leaves out one of open, judge, close: all are required");
  d->receive = d->receive ? d->receive : nothing_to_receive;
  d->timer = d->timer ? d->timer : nothing_due;
  return NULL;
}

/* A table of rows, each beginning with its name, ended by one whose name is NULL. */
typedef struct {
  const char *what, *member; /* in messages: "parameter", ".param_size = sizeof(RdParam)" */
  const void *rows;
  gsize stride, least, size; /* as the part states it; of the first release; today's */
} Table;

/* Today's shape of the rows, `*ret_n` of them; to be freed. NULL: `*ret_fault` says what is wrong. */
static void *copy_rows(const Table *t, unsigned *ret_n, char **ret_fault) {
  g_autofree char *rows = g_malloc0((ROWS_MAX + 1) * t->size);
  unsigned n = 0;
  if (t->rows &&
      (t->stride < t->least || t->stride > SIZE_MAX_SANE || t->stride % _Alignof(void *) != 0)) {
    *ret_fault = g_strdup_printf("states %s rows of %" G_GSIZE_FORMAT " bytes: set %s", t->what,
                                 t->stride, t->member);
    return NULL;
  }
  for (const char *at = t->rows; at; at += t->stride, n++) {
    const char *name;
    memcpy(&name, at, sizeof name);
    if (!name)
      break;
    if (n == ROWS_MAX) {
      *ret_fault = g_strdup_printf("has more than %d %s rows, or none with a NULL name to end them",
                                   ROWS_MAX, t->what);
      return NULL;
    }
    memcpy(rows + n * t->size, at, MIN(t->stride, t->size));
  }
  *ret_n = n;
  return g_memdup2(rows, (n + 1) * t->size);
}

/* A verb's arguments are rows like a part's, of a struct of their own. */
static RdPart *arguments_of(const RdPart *part, const RdVerb *verb, char **ret_fault) {
  const Table rows = {"argument",      ".param_size = sizeof(RdParam)",
                      verb->arguments, part->plugin.param_size,
                      PARAM_LEAST,     sizeof(RdParam)};
  RdPart *a = g_new0(RdPart, 1);
  a->plugin.kind = part->plugin.kind;
  a->plugin.name = g_strdup_printf("%s %s", part->plugin.name, verb->name);
  a->plugin.config_size = verb->arguments_size;
  a->params = copy_rows(&rows, &a->n_params, ret_fault);
  if (!*ret_fault && verb->arguments_size > CONFIG_MAX)
    *ret_fault = g_strdup("wants too many octets of arguments");
  if (!*ret_fault)
    *ret_fault = rd_params_fault(a);
  return a;
}

static char *verb_fault(RdPart *part, const RdVerb *rows, unsigned n) {
  part->verbs = g_new0(RdPartVerb, n + 1);
  for (unsigned i = 0; i < n; i++) {
    char *fault = NULL;
    if (!rd_params_key_fits(rows[i].name))
      return g_strdup_printf("verb %s: names are lower-case-with-hyphens", rows[i].name);
    if (rd_part_verb(part, rows[i].name) >= 0)
      return g_strdup_printf("verb %s: the name is there twice", rows[i].name);
    if (!rows[i].help)
      return g_strdup_printf("verb %s: has no .help", rows[i].name);
    part->verbs[i] = (RdPartVerb){rows[i].name, rows[i].help, arguments_of(part, &rows[i], &fault)};
    part->n_verbs++;
    if (fault) {
      char *whole = g_strdup_printf("verb %s: %s", rows[i].name, fault);
      g_free(fault);
      return whole;
    }
  }
  if (n > 0 &&
      !(part->plugin.kind == RD_DEFENSE ? part->defense.act != NULL : part->actor.act != NULL))
    return g_strdup("has verbs and no .act to carry them out");
  return NULL;
}

static char *verbs_fault(RdPart *part) {
  const RdPlugin *p = &part->plugin;
  const Table table = {
      "verb", ".verb_size = sizeof(RdVerb)", p->verbs, p->verb_size, VERB_LEAST, sizeof(RdVerb)};
  unsigned n = 0;
  char *fault = NULL;
  g_autofree RdVerb *rows = copy_rows(&table, &n, &fault);
  return fault ? fault : verb_fault(part, rows, n);
}

static char *tables_fault(RdPart *part) {
  const RdPlugin *p = &part->plugin;
  const Table params = {"parameter", ".param_size = sizeof(RdParam)",
                        p->params,   p->param_size,
                        PARAM_LEAST, sizeof(RdParam)};
  const Table costs = {
      "cost", ".cost_size = sizeof(RdCost)", p->costs, p->cost_size, COST_LEAST, sizeof(RdCost)};
  char *fault = NULL;
  part->params = copy_rows(&params, &part->n_params, &fault);
  if (!fault)
    part->costs = copy_rows(&costs, &part->n_costs, &fault);
  if (!fault)
    fault = rd_params_fault(part);
  if (!fault)
    fault = rd_part_costs_fault(part);
  return fault ? fault : verbs_fault(part);
}

char *rd_inspect(RdPart *part, const RdPlugin *foreign, gsize room, RdPartKind kind,
                 const char *name) {
  char *fault = head_fault(foreign, room);
  if (fault)
    return fault;
  memcpy(&part->plugin, foreign, MIN(foreign->size, sizeof part->plugin));
  fault = identity_fault(&part->plugin, kind, name);
  if (!fault)
    fault = kind == RD_DEFENSE ? defense_fault(part) : actor_fault(part);
  return fault ? fault : tables_fault(part);
}
