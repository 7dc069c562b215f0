/* The attacks of a trial. */
#include "lab/config/building.h"
#include "lab/plugin/params.h"
#include "lab/text/quantity.h"

#define ATTACHMENTS_MAX 16

static const char *const roles[] = {
    [RD_ROLE_ATTACK] = "attack", [RD_ROLE_PROBE] = "probe", [RD_ROLE_TWIN] = "twin", NULL};

const char *rd_attack_role_name(RdAttackRole role) {
  return roles[role];
}

/* A file may decide what its attack is (a scenario), else the part's table does. */
static void read_family(RdTrialAttack *a) {
  a->family = a->part->plugin.family;
  a->benign = a->part->plugin.benign;
  if (a->part->actor.family) {
    const char *family = a->part->actor.family(a->config, &a->benign);
    a->family = family ? family : a->family;
  }
}

/* A benign part wants nothing, and a hostile one is no twin. */
static void read_role(RdDiagnostics *d, const RdYaml *node, RdTrialAttack *a) {
  a->role = a->benign ? RD_ROLE_TWIN : RD_ROLE_ATTACK;
  const int role = node ? rd_schema_choice(d, node, roles) : -1;
  if (role < 0)
    return;
  if ((role == RD_ROLE_TWIN) != a->benign)
    rd_schema_fault(d, node,
                    a->benign ? "%s is a benign twin: its role is twin"
                              : "%s is no benign twin: its role is attack or probe",
                    a->part->plugin.name);
  a->role = (RdAttackRole)role;
}

/* --- where it stands -------------------------------------------------------------------------- */

static int default_network(RdBuilding *b, const RdYaml *at, const RdPart *part) {
  const RdTopology *t = b->reading.topology;
  for (unsigned i = 0; i < t->n_networks; i++)
    if (t->networks[i].interface == part->plugin.interface)
      return (int)i;
  rd_schema_fault(b->reading.d, at, "%s comes in by %s, and no network of the topology is one",
                  part->plugin.name, rd_interface_name(part->plugin.interface));
  return -1;
}

/* What the trial says of its line comes over the network's own; `own` is said of this one alone. Either may
 * be NULL. */
typedef struct {
  const RdYaml *all, *own;
} Lines;

static void attach_to(RdBuilding *b, RdTrialAttack *a, const RdYaml *at, unsigned network,
                      Lines lines) {
  const RdNetwork *n = &b->reading.topology->networks[network];
  RdAttach *attach = &a->attach[a->n_attach];
  for (unsigned i = 0; i < a->n_attach; i++)
    if (a->attach[i].network == network) {
      rd_schema_fault(b->reading.d, at, "is attached to network %s twice", n->name);
      return;
    }
  *attach = (RdAttach){network, n->line};
  rd_read_line(&b->reading, lines.all, &attach->line);
  rd_read_line(&b->reading, lines.own, &attach->line);
  a->n_attach++;
}

/* The first network that is named is the one that it comes in by. */
static void attach_named(RdBuilding *b, RdTrialAttack *a, const RdYaml *at, const char *name,
                         Lines lines) {
  const RdTopology *t = b->reading.topology;
  int index = name ? rd_read_network(&b->reading, at, name) : -1;
  RdInterface wanted = (RdInterface)a->part->plugin.interface;
  if (index < 0)
    return;
  if (a->n_attach == 0 && wanted != RD_IF_OTHER && t->networks[index].interface != wanted)
    rd_schema_fault(b->reading.d, at, "%s comes in by %s, network %s is %s", a->part->plugin.name,
                    rd_interface_name(wanted), name,
                    rd_interface_name(t->networks[index].interface));
  else
    attach_to(b, a, at, (unsigned)index, lines);
}

/* A list of networks, or a map from each to its line. */
static void attach_listed(RdBuilding *b, RdTrialAttack *a, const RdYaml *node, const RdYaml *all) {
  RdDiagnostics *d = b->reading.d;
  if (node->items->len < 1 || node->items->len > ATTACHMENTS_MAX) {
    rd_schema_fault(d, node, "1 to %d networks are possible, got %u", ATTACHMENTS_MAX,
                    node->items->len);
    return;
  }
  for (guint i = 0; i < node->items->len; i++) {
    const RdYaml *item = node->items->pdata[i];
    bool bare = item->kind == RD_YAML_SCALAR && item->empty;
    attach_named(b, a, item, item->key ? item->key->text : rd_schema_text(d, item),
                 (Lines){all, item->key && !bare ? item : NULL});
  }
}

static unsigned network_of(const RdTopology *t, const RdTrialPlace *place) {
  return t->nodes[place->node].attach[place->attach].network;
}

/* Who sits on lines and names no network is attached to theirs. */
static void attach_to_links(RdBuilding *b, RdTrialAttack *a, const RdYaml *entry,
                            const RdYaml *all) {
  const RdTopology *t = b->reading.topology;
  for (unsigned i = 0; i < a->n_links; i++) {
    unsigned network = network_of(t, &a->links[i]);
    bool known = false;
    for (unsigned k = 0; k < a->n_attach; k++)
      known = known || a->attach[k].network == network;
    if (!known && a->n_attach < ATTACHMENTS_MAX)
      attach_to(b, a, entry, network, (Lines){all, NULL});
  }
}

/* A fault of a line is told once, however many networks it is said of. */
static const RdYaml *sound_line(RdBuilding *b, const RdYaml *line) {
  RdLine ignored = {.queue = 1000};
  unsigned before = rd_diagnostics_count(b->reading.d);
  rd_read_line(&b->reading, line, &ignored);
  return rd_diagnostics_count(b->reading.d) == before ? line : NULL;
}

static void read_attachments(RdBuilding *b, const RdYaml *entry, RdTrialAttack *a) {
  const RdYaml *node = rd_yaml_get(entry, "network");
  const RdYaml *all = sound_line(b, rd_yaml_get(entry, "line"));
  a->attach = g_new0(RdAttach, ATTACHMENTS_MAX);
  if (node && node->kind != RD_YAML_SCALAR) {
    attach_listed(b, a, node, all);
  } else if (node) {
    attach_named(b, a, node, rd_schema_text(b->reading.d, node), (Lines){all, NULL});
  } else if (a->n_links > 0) {
    attach_to_links(b, a, entry, all);
  } else {
    int network = default_network(b, entry, a->part);
    if (network >= 0)
      attach_to(b, a, entry, (unsigned)network, (Lines){all, NULL});
  }
}

static void read_links(RdBuilding *b, const RdYaml *entry, RdTrialAttack *a) {
  const RdYaml *on = rd_yaml_get(entry, "on");
  if (on && !a->part->actor.intercept)
    rd_schema_fault(b->reading.d, on, "%s does not listen on lines", a->part->plugin.name);
  else if (on)
    a->links = rd_building_places(b, on, &a->n_links);
  else if (a->part->actor.intercept)
    rd_schema_fault_key(b->reading.d, entry, NULL,
                        "%s listens on lines: say on which (key \"on\", as in on: [sbc.gm])",
                        a->part->plugin.name);
}

/* --- the whole ---------------------------------------------------------------------------------- */

static void read_window(RdBuilding *b, const RdYaml *entry, RdTrialAttack *a) {
  RdDiagnostics *d = b->reading.d;
  const RdYaml *at = rd_yaml_get(entry, "at"), *span = rd_yaml_get(entry, "for");
  RdTime duration = b->trial->duration, length = 0;
  bool good = !at || rd_schema_duration(d, at, 0, RD_DURATION_MAX, &a->start);
  if (span)
    good = rd_schema_duration(d, span, 1, RD_DURATION_MAX, &length) && good;
  a->stop = duration;
  if (!good || duration == 0)
    return;
  g_autofree char *whole = rd_quantity_duration_text(duration);
  if (a->start >= duration) {
    rd_schema_fault(d, at, "begins after the trial has ended (%s)", whole);
  } else if (span && length > duration - a->start) {
    g_autofree char *end = rd_quantity_duration_text(a->start + length);
    rd_schema_fault(d, span, "the attack would last until %s, the trial ends at %s", end, whole);
  } else if (span) {
    a->stop = a->start + length;
  }
}

void rd_read_attack(RdBuilding *b, const RdYaml *entry, RdTrialAttack *a) {
  static const char *const known[] = {"attack", "name", "network", "on",   "line",
                                      "at",     "for",  "set",     "role", NULL};
  RdReading *r = &b->reading;
  unsigned before = rd_diagnostics_count(r->d);
  if (!rd_schema_map(r->d, entry, known))
    return;
  read_window(b, entry, a);
  a->part = rd_read_part(r, rd_schema_need(r->d, entry, "attack"), RD_ATTACK);
  if (!a->part)
    return;
  a->name = rd_building_name(b, entry, a->part);
  read_links(b, entry, a);
  read_attachments(b, entry, a);
  a->config = rd_params_defaults(a->part);
  rd_read_set(r, a->config, rd_yaml_get(entry, "set"));
  bool whole = rd_read_check(r, a->config, entry) && rd_diagnostics_count(r->d) == before;
  if (whole)
    read_family(a);
  read_role(r->d, rd_yaml_get(entry, "role"), a);
  if (whole && rd_read_entities(r, a->part, a->config, entry, &a->entities))
    for (unsigned i = 0; i < a->n_attach; i++)
      rd_read_take_addresses(r, a->attach[i].network, RD_SEAT_ATTACKER, a->entities, entry);
}
