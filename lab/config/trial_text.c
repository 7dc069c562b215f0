/* A trial written out again, and its identity. */
#include <string.h>

#include "lab/base/address.h"
#include "lab/config/costs.h"
#include "lab/config/trial.h"
#include "lab/plugin/params.h"
#include "lab/text/quantity.h"
#include "lab/yaml/yaml.h"

typedef struct {
  GString *s;
  const char *costs; /* identity: contents stand for what has a path; NULL: readable text */
} Writer;

/* A double-quoted scalar: what JSON writes, YAML 1.2 reads. */
static void add_quoted(GString *s, const char *text) {
  g_string_append_c(s, '"');
  for (const char *p = text; *p; p++) {
    if (*p == '"' || *p == '\\')
      g_string_append_printf(s, "\\%c", *p);
    else if (*p == '\n')
      g_string_append(s, "\\n");
    else if ((guchar)*p < 0x20 || *p == 0x7f)
      g_string_append_printf(s, "\\x%02x", (guchar)*p);
    else
      g_string_append_c(s, *p);
  }
  g_string_append_c(s, '"');
}

static void add_key(Writer *w, const char *indent, const char *key, const char *value) {
  g_string_append_printf(w->s, "%s%s: ", indent, key);
  add_quoted(w->s, value);
  g_string_append_c(w->s, '\n');
}

static void add_duration(Writer *w, const char *before, RdTime t) {
  g_autofree char *text = rd_quantity_duration_text(t);
  g_string_append_printf(w->s, "%s%s", before, text);
}

static void add_line(Writer *w, const RdLine *line) {
  g_autofree char *rate = rd_quantity_rate_text(line->rate);
  g_autofree char *loss = rd_quantity_number_text(line->loss);
  g_string_append_printf(w->s, "{rate: %s", rate);
  add_duration(w, ", delay: ", line->delay);
  g_string_append_printf(w->s, ", loss: %s, queue: %u}\n", loss, line->queue);
}

static void add_part(Writer *w, const char *indent, const char *key, const RdPart *part) {
  if (w->costs)
    g_string_append_printf(w->s, "%s%s: %s#sha256=%s\n", indent, key, part->plugin.name,
                           part->digest);
  else
    add_key(w, indent, key, part->by_path ? part->path : part->plugin.name);
}

static void add_set(Writer *w, const char *indent, const void *config) {
  const RdPart *part = rd_params_part(config);
  g_string_append_printf(w->s, "%sset:%s\n", indent, part->n_params ? "" : " {}");
  for (unsigned i = 0; i < part->n_params; i++) {
    g_autofree char *text = rd_params_text(config, i);
    g_string_append_printf(w->s, "%s  %s: ", indent, part->params[i].key);
    add_quoted(w->s, text ? text : "");
    g_string_append_c(w->s, '\n');
  }
}

static void add_network(Writer *w, const RdNetwork *n) {
  char ip[RD_ADDRESS_TEXT];
  rd_address_ip_text(&n->prefix, ip);
  g_string_append_printf(w->s,
                         "    \"%s\":\n      interface: %s\n      domain: \"%s\"\n"
                         "      fidelity: %s\n      prefix: \"%s/%u\"\n      line: ",
                         n->name, rd_interface_name(n->interface), n->domain,
                         rd_fidelity_name(n->fidelity), ip, n->prefix_length);
  add_line(w, &n->line);
  g_autofree char *loss = rd_quantity_number_text(n->path_loss);
  g_string_append_printf(w->s, "      path: {loss: %s}\n", loss);
  if (n->sealed)
    g_string_append(w->s, "      sealed: true\n");
}

static void add_node(Writer *w, const RdTopology *t, const RdNode *n) {
  g_autofree char *speed = rd_quantity_number_text(n->cpu.speed);
  g_autofree char *buffer = rd_quantity_size_text(n->cpu.buffer);
  g_string_append_printf(w->s, "    \"%s\":\n", n->name);
  add_part(w, "      ", "node", n->part);
  g_string_append(w->s, "      attach:\n");
  for (unsigned i = 0; i < n->n_attach; i++) {
    g_string_append_printf(w->s, "        \"%s\": ", t->networks[n->attach[i].network].name);
    add_line(w, &n->attach[i].line);
  }
  g_string_append_printf(w->s, "      cpu: {workers: %u, sharing: %s, buffer: %s", n->cpu.workers,
                         rd_sharing_name(n->cpu.sharing), buffer);
  add_duration(w, ", tick: ", n->cpu.tick);
  g_string_append_printf(w->s, ", speed: %s", speed);
  if (n->cpu.connections > 0)
    g_string_append_printf(w->s, ", connections: %" G_GUINT64_FORMAT, n->cpu.connections);
  if (n->cpu.unframed > 0)
    g_string_append_printf(w->s, ", unframed: %" G_GUINT64_FORMAT " B", n->cpu.unframed);
  g_string_append(w->s, "}\n");
  add_set(w, "      ", n->config);
}

static void add_topology(Writer *w, const RdTopology *t) {
  g_string_append_printf(w->s, "topology:\n  topology: \"%s\"\n  networks:\n", t->name);
  for (unsigned i = 0; i < t->n_networks; i++)
    add_network(w, &t->networks[i]);
  g_string_append(w->s, "  nodes:\n");
  for (unsigned i = 0; i < t->n_nodes; i++)
    add_node(w, t, &t->nodes[i]);
}

static void add_places(Writer *w, const RdTrial *t, const RdTrialPlace *places, unsigned n) {
  g_string_append_c(w->s, '[');
  for (unsigned i = 0; i < n; i++) {
    const RdNode *node = &t->topology->nodes[places[i].node];
    g_string_append_printf(w->s, "%s\"%s.%s\"", i > 0 ? ", " : "", node->name,
                           t->topology->networks[node->attach[places[i].attach].network].name);
  }
  g_string_append(w->s, "]\n");
}

static void add_attack(Writer *w, const RdTrial *t, const RdTrialAttack *a) {
  add_part(w, "  - ", "attack", a->part);
  g_string_append_printf(w->s, "    name: \"%s\"\n    network:\n", a->name);
  for (unsigned i = 0; i < a->n_attach; i++) {
    g_string_append_printf(w->s,
                           "      \"%s\": ", t->topology->networks[a->attach[i].network].name);
    add_line(w, &a->attach[i].line);
  }
  if (a->n_links > 0) {
    g_string_append(w->s, "    on: ");
    add_places(w, t, a->links, a->n_links);
  }
  add_duration(w, "    at: ", a->start);
  add_duration(w, "\n    for: ", a->stop - a->start);
  g_string_append_c(w->s, '\n');
  /* What it would be anyway is left out: worlds of one kind of attack keep their identity. */
  if (a->role != (a->benign ? RD_ROLE_TWIN : RD_ROLE_ATTACK))
    g_string_append_printf(w->s, "    role: %s\n", rd_attack_role_name(a->role));
  add_set(w, "    ", a->config);
}

static void add_defense(Writer *w, const RdTrial *t, const RdTrialDefense *d) {
  add_part(w, "  - ", "defense", d->part);
  g_string_append_printf(w->s, "    name: \"%s\"\n    at: ", d->name);
  add_places(w, t, d->places, d->n_places);
  if (d->apart) {
    g_autofree char *loss = rd_quantity_number_text(d->report_loss);
    add_duration(w, "    apart: true\n    report: {delay: ", d->report_delay);
    g_string_append_printf(w->s, ", loss: %s}\n", loss);
  }
  add_set(w, "    ", d->config);
}

/* One act, as a trial has it and as its log does. */
static void add_act(Writer *w, const RdTrial *t, const RdTrialAct *act) {
  const RdPart *arguments = rd_params_part(act->arguments);
  const char *verb = rd_trial_act_part(t, act)->verbs[act->verb].name;
  add_duration(w, "- {at: ", act->at);
  g_string_append_printf(w->s, ", who: \"%s\", do: %s, with: {", rd_trial_act_who(t, act), verb);
  for (unsigned i = 0; i < arguments->n_params; i++) {
    g_autofree char *text = rd_params_text(act->arguments, i);
    g_string_append_printf(w->s, "%s%s: ", i > 0 ? ", " : "", arguments->params[i].key);
    add_quoted(w->s, text ? text : "");
  }
  g_string_append_c(w->s, '}');
}

void rd_trial_act_text(GString *s, const RdTrial *t, const RdTrialAct *act, bool done,
                       const char *reply) {
  Writer w = {s, NULL};
  add_act(&w, t, act);
  g_string_append_printf(s, ", done: %s, reply: ", done ? "true" : "false");
  add_quoted(s, reply);
  g_string_append(s, "}\n");
}

static char *write_trial(const RdTrial *t, const char *costs) {
  Writer w = {g_string_new(NULL), costs};
  if (!costs)
    add_key(&w, "", "trial", t->name);
  g_string_append_printf(w.s, "seed: %" G_GUINT64_FORMAT "\n", t->seed);
  add_duration(&w, "duration: ", t->duration);
  add_duration(&w, "\nwarmup: ", t->warmup);
  g_string_append_c(w.s, '\n');
  g_autoptr(GDateTime) epoch = g_date_time_new_from_unix_utc(t->epoch);
  g_autofree char *epoch_text = g_date_time_format(epoch, "%Y-%m-%dT%H:%M:%SZ");
  add_key(&w, "", "epoch", epoch_text);
  add_key(&w, "", "costs", costs ? costs : t->costs);
  add_topology(&w, t->topology);
  g_string_append_printf(w.s, "attacks:%s\n", t->n_attacks ? "" : " []");
  for (unsigned i = 0; i < t->n_attacks; i++)
    add_attack(&w, t, &t->attacks[i]);
  g_string_append_printf(w.s, "defenses:%s\n", t->n_defenses ? "" : " []");
  for (unsigned i = 0; i < t->n_defenses; i++)
    add_defense(&w, t, &t->defenses[i]);
  g_string_append(w.s, t->n_acts ? "acts:\n" : "");
  for (unsigned i = 0; i < t->n_acts; i++) {
    add_act(&w, t, &t->acts[i]);
    g_string_append(w.s, "}\n");
  }
  return g_string_free(w.s, FALSE);
}

char *rd_trial_text(const RdTrial *trial) {
  return write_trial(trial, NULL);
}

static void add_used(GHashTable *used, RdCosts *costs, const RdPart *part) {
  char *rows = rd_costs_used(costs, part);
  g_hash_table_replace(
      used, g_strdup_printf("%s %s", rd_part_kind_name(part->plugin.kind), part->plugin.name),
      rows);
}

GHashTable *rd_trial_costs(const RdTrial *t, GError **error) {
  g_autoptr(RdCosts) costs = rd_costs_load(t->costs, NULL, error);
  if (!costs)
    return NULL;
  GHashTable *used = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  for (unsigned i = 0; i < t->topology->n_nodes; i++)
    add_used(used, costs, t->topology->nodes[i].part);
  for (unsigned i = 0; i < t->n_attacks; i++)
    add_used(used, costs, t->attacks[i].part);
  for (unsigned i = 0; i < t->n_defenses; i++)
    add_used(used, costs, t->defenses[i].part);
  return used;
}

static gint by_text(gconstpointer a, gconstpointer b) {
  return strcmp(a, b);
}

char *rd_trial_identity(const RdTrial *trial, GError **error) {
  g_autoptr(GHashTable) used = rd_trial_costs(trial, error);
  if (!used)
    return NULL;
  g_autoptr(GString) costs = g_string_new(NULL);
  g_autoptr(GList) parts = g_list_sort(g_hash_table_get_keys(used), by_text);
  for (GList *p = parts; p; p = p->next)
    g_string_append(costs, g_hash_table_lookup(used, p->data));
  g_autofree char *text = write_trial(trial, costs->str);
  return g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
}
