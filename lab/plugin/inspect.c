#include "lab/plugin/inspect.h"

#include <string.h>

#include "lab/plugin/params.h"

#define PARAMS_MAX 256
#define SIZE_MAX_SANE 65536
#define CONFIG_MAX (1u << 20)

#define END_OF(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))

/* The smallest structs that ABI 1 ever had: everything before this was there from the start. */
#define PLUGIN_LEAST END_OF(RdPlugin, defense)
#define PARAM_LEAST END_OF(RdParam, values)
#define ACTOR_LEAST END_OF(RdActorOps, close)
#define DEFENSE_LEAST END_OF(RdDefenseOps, close)

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
  memcpy(&part->actor, ops, MIN(ops->size, sizeof part->actor));
  const RdActorOps *a = &part->actor;
  if (!a->open || !a->start || !a->receive || !a->timer || !a->close)
    return g_strdup("leaves out one of open, start, receive, timer, close: all are required");
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
  memcpy(&part->defense, ops, MIN(ops->size, sizeof part->defense));
  if (!part->defense.open || !part->defense.judge || !part->defense.close)
    return g_strdup("leaves out one of open, judge, close: all are required");
  return NULL;
}

static char *copy_rows(RdPart *part) {
  const RdPlugin *p = &part->plugin;
  g_autofree RdParam *rows = g_new0(RdParam, PARAMS_MAX);
  unsigned n = 0;
  if (p->params && (p->param_size < PARAM_LEAST || p->param_size > SIZE_MAX_SANE ||
                    p->param_size % _Alignof(RdParam) != 0))
    return g_strdup_printf("states rows of %u bytes: set .param_size = sizeof(RdParam)",
                           p->param_size);
  for (const char *at = (const char *)p->params; at; at += p->param_size, n++) {
    const char *key;
    memcpy(&key, at + offsetof(RdParam, key), sizeof key);
    if (!key)
      break;
    if (n == PARAMS_MAX)
      return g_strdup_printf("has more than %d parameter rows, or none with a NULL key to end them",
                             PARAMS_MAX);
    memcpy(&rows[n], at, MIN(p->param_size, sizeof(RdParam)));
  }
  part->params = g_memdup2(rows, n * sizeof *rows);
  part->n_params = n;
  return NULL;
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
  if (!fault)
    fault = copy_rows(part);
  return fault ? fault : rd_params_fault(part);
}
