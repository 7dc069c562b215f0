/* The acts of a trial: what its instances are told to do, and when. */
#include <string.h>

#include "lab/config/building.h"
#include "lab/plugin/params.h"
#include "lab/text/words.h"

#define ACTS_MAX 65536

/* The part that an instance of this name is of; NULL: there is none. */
static const RdPart *find_instance(const RdTrial *t, const char *name, RdTrialAct *ret) {
  const RdTopology *top = t->topology;
  for (unsigned i = 0; i < top->n_nodes; i++)
    if (top->nodes[i].part && strcmp(top->nodes[i].name, name) == 0) {
      ret->kind = RD_NODE;
      ret->index = i;
      return top->nodes[i].part;
    }
  for (unsigned i = 0; i < t->n_attacks; i++)
    if (t->attacks[i].part && strcmp(t->attacks[i].name, name) == 0) {
      ret->kind = RD_ATTACK;
      ret->index = i;
      return t->attacks[i].part;
    }
  for (unsigned i = 0; i < t->n_defenses; i++)
    if (t->defenses[i].part && strcmp(t->defenses[i].name, name) == 0) {
      ret->kind = RD_DEFENSE;
      ret->index = i;
      return t->defenses[i].part;
    }
  return NULL;
}

static const RdPart *read_who(RdBuilding *b, const RdYaml *entry, RdTrialAct *act) {
  const RdYaml *node = rd_schema_need(b->reading.d, entry, "who");
  const char *name = node ? rd_schema_text(b->reading.d, node) : NULL;
  const RdPart *part = name ? find_instance(b->trial, name, act) : NULL;
  if (name && !part) {
    g_autofree const char **names = (const char **)g_hash_table_get_keys_as_array(b->names, NULL);
    g_autofree char *quoted = rd_words_quote(name);
    g_autofree char *suggestion = rd_words_suggestion(name, names);
    rd_schema_fault(b->reading.d, node, "there is no node, attack or defense %s%s", quoted,
                    suggestion);
  }
  return part;
}

/* -1 after reporting. */
static int read_verb(RdBuilding *b, const RdYaml *entry, const RdPart *part) {
  const RdYaml *node = rd_schema_need(b->reading.d, entry, "do");
  const char *name = node ? rd_schema_text(b->reading.d, node) : NULL;
  int verb = name ? rd_part_verb(part, name) : -1;
  if (!name || verb >= 0)
    return verb;
  g_autofree const char **names = g_new0(const char *, part->n_verbs + 1);
  for (unsigned i = 0; i < part->n_verbs; i++)
    names[i] = part->verbs[i].name;
  g_autofree char *quoted = rd_words_quote(name);
  g_autofree char *known = rd_words_join(names);
  g_autofree char *suggestion = rd_words_suggestion(name, names);
  rd_schema_fault(b->reading.d, node, "%s cannot %s%s (it can: %s)", part->plugin.name, quoted,
                  suggestion, known);
  return -1;
}

static bool read_act(RdBuilding *b, const RdYaml *entry, RdTrialAct *act) {
  /* "done" and "reply" are what a log says beside; they are not asked for. */
  static const char *const known[] = {"at", "who", "do", "with", "done", "reply", NULL};
  RdReading *r = &b->reading;
  if (!rd_schema_map(r->d, entry, known))
    return false;
  const RdYaml *at = rd_schema_need(r->d, entry, "at");
  bool timely = rd_schema_duration(r->d, at, 0, RD_DURATION_MAX, &act->at);
  if (timely && b->trial->duration && act->at > b->trial->duration)
    rd_schema_fault(r->d, at, "comes after the trial has ended");
  const RdPart *part = read_who(b, entry, act);
  int verb = part ? read_verb(b, entry, part) : -1;
  if (verb < 0)
    return false;
  act->verb = (uint32_t)verb;
  act->arguments = rd_params_defaults(part->verbs[verb].arguments);
  rd_read_set(r, act->arguments, rd_yaml_get(entry, "with"));
  rd_read_check(r, act->arguments, entry);
  return true;
}

static gint by_time(gconstpointer a, gconstpointer b, gpointer user) {
  const RdTrialAct *x = a, *y = b;
  (void)user;
  return x->at < y->at ? -1 : x->at > y->at;
}

static void read_list(RdBuilding *b, const RdYaml *list) {
  RdTrial *t = b->trial;
  if (!rd_schema_list(b->reading.d, list, "acts"))
    return;
  if (list->items->len > ACTS_MAX) {
    rd_schema_fault(b->reading.d, list, "at most %d are possible, got %u", ACTS_MAX,
                    list->items->len);
    return;
  }
  t->acts = g_new0(RdTrialAct, list->items->len + 1);
  for (guint i = 0; i < list->items->len; i++)
    t->n_acts += read_act(b, list->items->pdata[i], &t->acts[t->n_acts]);
  g_qsort_with_data(t->acts, (gint)t->n_acts, sizeof *t->acts, by_time, NULL); /* it is stable */
}

void rd_read_acts(RdBuilding *b, const RdYaml *acts) {
  if (acts->kind != RD_YAML_SCALAR) {
    read_list(b, acts);
    return;
  }
  const char *given = rd_schema_text(b->reading.d, acts);
  g_autofree char *path = given ? rd_read_path(acts, given) : NULL;
  RdYaml *root = path ? rd_yaml_load(path, b->reading.d) : NULL;
  if (root)
    read_list(b, root);
  rd_yaml_free(root);
}
