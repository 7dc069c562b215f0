/* The defenses of a trial, and places: one node's side of a network. */
#include <string.h>

#include "lab/config/building.h"
#include "lab/plugin/params.h"
#include "lab/text/words.h"

#define PLACES_MAX 256

static int find_attach(RdBuilding *b, const RdYaml *at, unsigned node, const char *network) {
  const RdTopology *t = b->reading.topology;
  const RdNode *n = &t->nodes[node];
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  for (unsigned i = 0; i < n->n_attach; i++) {
    const char *name = t->networks[n->attach[i].network].name;
    if (strcmp(name, network) == 0)
      return (int)i;
    g_ptr_array_add(names, (gpointer)name);
  }
  g_ptr_array_add(names, NULL);
  g_autofree char *known = rd_words_join((const char *const *)names->pdata);
  g_autofree char *quoted = rd_words_quote(network);
  rd_schema_fault(b->reading.d, at, "node %s is not attached to a network %s (it is to: %s)",
                  n->name, quoted, known);
  return -1;
}

/* False after reporting. */
static bool read_place(RdBuilding *b, const RdYaml *at, RdTrialPlace *ret) {
  const char *text = rd_schema_text(b->reading.d, at);
  const char *dot = text ? strchr(text, '.') : NULL;
  if (!text)
    return false;
  if (!dot) {
    rd_schema_fault(b->reading.d, at,
                    "a place is NODE.NETWORK, the node's side of that network, as in sbc.gm");
    return false;
  }
  g_autofree char *name = g_strndup(text, (gsize)(dot - text));
  int node = rd_read_node(&b->reading, at, name);
  int attach = node >= 0 ? find_attach(b, at, (unsigned)node, dot + 1) : -1;
  *ret = (RdTrialPlace){(unsigned)node, (unsigned)attach};
  return attach >= 0;
}

RdTrialPlace *rd_building_places(RdBuilding *b, const RdYaml *at, unsigned *ret_n) {
  bool list = at->kind == RD_YAML_LIST;
  guint n = list ? at->items->len : 1;
  *ret_n = 0;
  if (n < 1 || n > PLACES_MAX) {
    rd_schema_fault(b->reading.d, at, "1 to %d places are possible, got %u", PLACES_MAX, n);
    return NULL;
  }
  RdTrialPlace *places = g_new0(RdTrialPlace, n);
  for (guint i = 0; i < n; i++) {
    const RdYaml *item = list ? at->items->pdata[i] : at;
    RdTrialPlace place;
    bool twice = false;
    if (!read_place(b, item, &place))
      continue;
    for (unsigned k = 0; k < *ret_n; k++)
      twice = twice || (places[k].node == place.node && places[k].attach == place.attach);
    if (twice)
      rd_schema_fault(b->reading.d, item, "stands at %s twice", item->text);
    else
      places[(*ret_n)++] = place;
  }
  return places;
}

/* Members that share no memory, and what their reports to each other suffer. */
static void read_members(RdDiagnostics *d, const RdYaml *entry, RdTrialDefense *defense) {
  static const char *const known[] = {"delay", "loss", NULL};
  const RdYaml *apart = rd_yaml_get(entry, "apart"), *report = rd_yaml_get(entry, "report");
  rd_schema_bool(d, apart, &defense->apart);
  if (report && !defense->apart) {
    rd_schema_fault(d, report, "only members that stand apart send reports (apart: true)");
  } else if (report && rd_schema_map(d, report, known)) {
    rd_schema_duration(d, rd_yaml_get(report, "delay"), 0, 3600 * RD_SECOND,
                       &defense->report_delay);
    rd_schema_number(d, rd_yaml_get(report, "loss"), 0, 1, &defense->report_loss);
  }
}

void rd_read_defense(RdBuilding *b, const RdYaml *entry, RdTrialDefense *defense) {
  static const char *const known[] = {"defense", "name", "at", "set", "apart", "report", NULL};
  RdReading *r = &b->reading;
  if (!rd_schema_map(r->d, entry, known))
    return;
  const RdYaml *at = rd_schema_need(r->d, entry, "at");
  if (at)
    defense->places = rd_building_places(b, at, &defense->n_places);
  read_members(r->d, entry, defense);
  defense->part = rd_read_part(r, rd_schema_need(r->d, entry, "defense"), RD_DEFENSE);
  if (!defense->part)
    return;
  defense->name = rd_building_name(b, entry, defense->part);
  defense->config = rd_params_defaults(defense->part);
  rd_read_set(r, defense->config, rd_yaml_get(entry, "set"));
  rd_read_check(r, defense->config, entry);
}
