#include "lab/config/topology.h"

#include <string.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/config/read.h"
#include "lab/plugin/files.h"
#include "lab/plugin/params.h"
#include "lab/text/names.h"
#include "lab/text/words.h"

#define NETWORKS_MAX 256
#define NODES_MAX 4096

static const char *const fidelities[] = {"flow", "packet", NULL};
static const char *const sharings[] = {"node", "address", "socket", NULL};
static const RdLine default_line = {.queue = 1000};
/* Linux: net.core.rmem_default */
static const RdCpu populous_cpu = {.workers = 0, .buffer = 212992, .speed = 1};
static const RdCpu default_cpu = {.workers = 1, .buffer = 212992, .speed = 1};

const char *rd_fidelity_name(RdFidelity fidelity) {
  return fidelities[fidelity];
}

const char *rd_sharing_name(RdSharing sharing) {
  return sharings[sharing];
}

int rd_topology_network(const RdTopology *t, const char *name) {
  for (unsigned i = 0; i < t->n_networks; i++)
    if (strcmp(t->networks[i].name, name) == 0)
      return (int)i;
  return -1;
}

int rd_topology_node(const RdTopology *t, const char *name) {
  for (unsigned i = 0; i < t->n_nodes; i++)
    if (strcmp(t->nodes[i].name, name) == 0)
      return (int)i;
  return -1;
}

void rd_topology_free(RdTopology *t) {
  if (!t)
    return;
  for (unsigned i = 0; i < t->n_networks; i++) {
    g_free(t->networks[i].name);
    g_free(t->networks[i].domain);
  }
  for (unsigned i = 0; i < t->n_nodes; i++) {
    g_free(t->nodes[i].name);
    g_free(t->nodes[i].attach);
    rd_params_free(t->nodes[i].config);
  }
  g_free(t->networks);
  g_free(t->nodes);
  g_free(t->name);
  g_free(t->path);
  g_free(t);
}

/* Zeroes the host bits; false if any was set. */
static bool mask_prefix(RdAddress *a, unsigned length) {
  bool clean = true;
  for (unsigned bit = length; bit < (a->family == 4 ? 32u : 128u); bit++) {
    uint8_t mask = (uint8_t)(0x80 >> (bit % 8));
    clean &= !(a->ip[bit / 8] & mask);
    a->ip[bit / 8] &= (uint8_t)~mask;
  }
  return clean;
}

static void read_prefix(RdReading *r, const RdYaml *node, RdNetwork *n) {
  const char *text = rd_schema_text(r->d, node);
  if (!text)
    return;
  g_autofree char *quoted = rd_words_quote(text);
  const char *slash = strchr(text, '/');
  RdAddress a;
  uint64_t length;
  if (!slash || !rd_address_parse(rd_slice_of(text, (size_t)(slash - text)), &a) || a.port ||
      !rd_slice_uint(rd_slice(slash + 1), &length) || length > (a.family == 4 ? 32 : 128)) {
    rd_schema_fault(r->d, node, "an address prefix is expected, as in 198.18.0.0/15, got %s",
                    quoted);
    return;
  }
  if (!mask_prefix(&a, (unsigned)length)) {
    char ip[RD_ADDRESS_TEXT];
    rd_address_ip_text(&a, ip);
    rd_schema_fault(r->d, node, "%s has bits set beyond its length; the prefix is %s/%u", quoted,
                    ip, (unsigned)length);
    return;
  }
  a.port = 0;
  n->prefix = a;
  n->prefix_length = (uint8_t)length;
}

static void read_fidelity(RdReading *r, const RdYaml *node, RdNetwork *n) {
  int choice = node ? rd_schema_choice(r->d, node, fidelities) : -1;
  if (choice >= 0)
    n->fidelity = (RdFidelity)choice;
}

static void read_path(RdReading *r, const RdYaml *node, RdNetwork *n) {
  static const char *const known[] = {"loss", NULL};
  if (node && rd_schema_map(r->d, node, known))
    rd_schema_number(r->d, rd_yaml_get(node, "loss"), 0, 1, &n->path_loss);
}

static void read_network(RdReading *r, const RdYaml *node, RdNetwork *n) {
  static const char *const known[] = {"interface", "domain", "fidelity", "prefix",
                                      "line",      "path",   "sealed",   NULL};
  const char *domain = node->key->text;
  n->name = g_strdup(node->key->text);
  n->line = default_line;
  if (rd_schema_map(r->d, node, known)) {
    const RdYaml *interface = rd_schema_need(r->d, node, "interface");
    int choice = interface ? rd_schema_choice(r->d, interface, rd_interface_names()) : -1;
    n->interface = choice >= 0 ? (RdInterface)choice : RD_IF_OTHER;
    rd_schema_name(r->d, rd_yaml_get(node, "domain"), &domain);
    read_fidelity(r, rd_yaml_get(node, "fidelity"), n);
    read_prefix(r, rd_schema_need(r->d, node, "prefix"), n);
    rd_read_line(r, rd_yaml_get(node, "line"), &n->line);
    read_path(r, rd_yaml_get(node, "path"), n);
    rd_schema_bool(r->d, rd_yaml_get(node, "sealed"), &n->sealed);
  }
  n->domain = g_strdup(domain);
}

static bool overlap(const RdNetwork *a, const RdNetwork *b) {
  RdAddress x = a->prefix, y = b->prefix;
  unsigned length = MIN(a->prefix_length, b->prefix_length);
  if (x.family == 0 || x.family != y.family)
    return false;
  mask_prefix(&x, length);
  mask_prefix(&y, length);
  return rd_address_same_ip(&x, &y);
}

static void check_overlaps(RdReading *r, const RdYaml *networks) {
  const RdTopology *t = r->topology;
  for (unsigned i = 0; i < t->n_networks; i++)
    for (unsigned j = 0; j < i; j++)
      if (overlap(&t->networks[i], &t->networks[j]))
        rd_schema_fault_key(r->d, networks->items->pdata[i], NULL,
                            "the prefixes of networks %s and %s overlap", t->networks[j].name,
                            t->networks[i].name);
}

/* Packet links carry IPv4 alone. Blamed on what the trial changed, if it did. */
static void check_fidelity(RdReading *r, const RdYaml *networks, const RdYaml *overrides) {
  const RdTopology *t = r->topology;
  for (unsigned i = 0; i < t->n_networks; i++) {
    const RdNetwork *n = &t->networks[i];
    const RdYaml *change = rd_yaml_get(overrides, n->name);
    bool changed = rd_yaml_get(change, "fidelity") || rd_yaml_get(change, "prefix");
    if (n->fidelity == RD_PACKET && n->prefix.family == 6)
      rd_schema_fault_key(r->d, changed ? change : networks->items->pdata[i], NULL,
                          "network %s: packet fidelity carries IPv4 only, and its prefix is of "
                          "IPv6 (fidelity: flow carries both)",
                          n->name);
  }
}

static void override_networks(RdReading *r, const RdYaml *overrides) {
  static const char *const known[] = {"fidelity", "prefix", "line", "path", "sealed", NULL};
  if (!overrides || !rd_schema_named(r->d, overrides, "networks"))
    return;
  for (guint i = 0; i < overrides->items->len; i++) {
    const RdYaml *item = overrides->items->pdata[i];
    int index = rd_read_network(r, item, item->key->text);
    if (index < 0 || !rd_schema_map(r->d, item, known))
      continue;
    RdNetwork *n = &r->topology->networks[index];
    read_fidelity(r, rd_yaml_get(item, "fidelity"), n);
    read_prefix(r, rd_yaml_get(item, "prefix"), n);
    rd_read_line(r, rd_yaml_get(item, "line"), &n->line);
    read_path(r, rd_yaml_get(item, "path"), n);
    rd_schema_bool(r->d, rd_yaml_get(item, "sealed"), &n->sealed);
  }
}

/* The names of a map's items; an empty list for anything else. */
static char **names_of(const RdYaml *map) {
  guint n = map && map->kind == RD_YAML_MAP ? map->items->len : 0;
  char **names = g_new0(char *, n + 1);
  for (guint i = 0; i < n; i++)
    names[i] = g_strdup(((const RdYaml *)map->items->pdata[i])->key->text);
  return names;
}

static bool countable(RdReading *r, const RdYaml *map, const char *what, unsigned max) {
  if (!map || !rd_schema_named(r->d, map, what))
    return false;
  if (map->items->len >= 1 && map->items->len <= max)
    return true;
  rd_schema_fault(r->d, map, "1 to %u %s are possible, got %u", max, what, map->items->len);
  return false;
}

static void read_networks(RdReading *r, const RdYaml *networks, const RdYaml *overrides) {
  RdTopology *t = r->topology;
  bool good = countable(r, networks, "networks", NETWORKS_MAX);
  r->network_names = names_of(good ? networks : NULL);
  t->n_networks = g_strv_length(r->network_names);
  t->networks = g_new0(RdNetwork, t->n_networks + 1);
  r->taken = g_new0(RdSeats, t->n_networks + 1);
  for (unsigned i = 0; i < t->n_networks; i++)
    read_network(r, networks->items->pdata[i], &t->networks[i]);
  override_networks(r, overrides);
  if (!good)
    return;
  check_overlaps(r, networks);
  check_fidelity(r, networks, overrides);
}

static void attach_to(RdReading *r, RdNode *node, const RdYaml *at, const char *name,
                      const RdYaml *line) {
  int network = rd_read_network(r, at, name);
  if (network < 0)
    return;
  for (unsigned i = 0; i < node->n_attach; i++)
    if (node->attach[i].network == (unsigned)network) {
      rd_schema_fault(r->d, at, "node %s is attached to network %s twice", node->name, name);
      return;
    }
  RdAttach *a = &node->attach[node->n_attach++];
  *a = (RdAttach){(unsigned)network, r->topology->networks[network].line};
  if (line)
    rd_read_line(r, line, &a->line);
}

static void read_attach(RdReading *r, const RdYaml *attach, RdNode *node) {
  if (!attach)
    return;
  if (attach->kind == RD_YAML_SCALAR || attach->items->len == 0) {
    rd_schema_fault(r->d, attach,
                    "a list of networks is expected, or a map from a network to its line");
    return;
  }
  node->attach = g_new0(RdAttach, attach->items->len);
  for (guint i = 0; i < attach->items->len; i++) {
    const RdYaml *item = attach->items->pdata[i];
    bool bare = item->kind == RD_YAML_SCALAR && item->empty;
    if (item->key)
      attach_to(r, node, item, item->key->text, bare ? NULL : item);
    else if (rd_schema_text(r->d, item))
      attach_to(r, node, item, item->text, NULL);
  }
}

static void read_cpu(RdReading *r, const RdYaml *node, RdCpu *cpu) {
  static const char *const known[] = {"workers", "sharing",     "buffer",   "tick",
                                      "speed",   "connections", "unframed", NULL};
  int64_t n;
  if (!rd_schema_map(r->d, node, known))
    return;
  if (rd_schema_integer(r->d, rd_yaml_get(node, "workers"), 0, 1024, &n))
    cpu->workers = (unsigned)n;
  const RdYaml *sharing = rd_yaml_get(node, "sharing");
  int choice = sharing ? rd_schema_choice(r->d, sharing, sharings) : -1;
  if (choice >= 0)
    cpu->sharing = (RdSharing)choice;
  rd_schema_size(r->d, rd_yaml_get(node, "buffer"), UINT64_C(1) << 40, &cpu->buffer);
  rd_schema_duration(r->d, rd_yaml_get(node, "tick"), 0, 60 * RD_SECOND, &cpu->tick);
  rd_schema_number(r->d, rd_yaml_get(node, "speed"), 1e-6, 1e6, &cpu->speed);
  if (rd_schema_integer(r->d, rd_yaml_get(node, "connections"), 0, INT64_C(1) << 32, &n))
    cpu->connections = (uint64_t)n;
  rd_schema_size(r->d, rd_yaml_get(node, "unframed"), UINT64_C(1) << 32, &cpu->unframed);
}

static void read_node(RdReading *r, const RdYaml *yaml, RdNode *node, const RdYaml *set,
                      const RdYaml *cpu) {
  static const char *const known[] = {"node", "attach", "cpu", "set", NULL};
  node->name = g_strdup(yaml->key->text);
  node->cpu = populous_cpu;
  if (!rd_schema_map(r->d, yaml, known))
    return;
  unsigned before = rd_diagnostics_count(r->d);
  const RdYaml *own_cpu = rd_yaml_get(yaml, "cpu");
  read_attach(r, rd_schema_need(r->d, yaml, "attach"), node);
  if (own_cpu || cpu)
    node->cpu = default_cpu;
  if (own_cpu)
    read_cpu(r, own_cpu, &node->cpu);
  if (cpu)
    read_cpu(r, cpu, &node->cpu);
  node->part = rd_read_part(r, rd_schema_need(r->d, yaml, "node"), RD_NODE);
  if (!node->part)
    return;
  node->config = rd_params_defaults(node->part);
  rd_read_set(r, node->config, rd_yaml_get(yaml, "set"));
  rd_read_set(r, node->config, set);
  if (!rd_read_check(r, node->config, yaml) || rd_diagnostics_count(r->d) != before ||
      !rd_read_entities(r, node->part, node->config, yaml, &node->entities))
    return;
  for (unsigned i = 0; i < node->n_attach; i++)
    rd_read_take_addresses(r, node->attach[i].network, rd_seat_of_node(node->part), node->entities,
                           yaml);
}

/* Overrides by node name: reports names that are none. */
static bool usable_overrides(RdReading *r, const RdYaml *overrides) {
  if (!overrides || !rd_schema_named(r->d, overrides, "nodes"))
    return false;
  for (guint i = 0; i < overrides->items->len; i++) {
    const RdYaml *item = overrides->items->pdata[i];
    rd_read_node(r, item, item->key->text);
  }
  return true;
}

static void read_nodes(RdReading *r, const RdYaml *nodes, const RdOverrides *overrides) {
  RdTopology *t = r->topology;
  bool good = countable(r, nodes, "nodes", NODES_MAX);
  r->node_names = names_of(good ? nodes : NULL);
  t->n_nodes = g_strv_length(r->node_names);
  t->nodes = g_new0(RdNode, t->n_nodes + 1);
  r->node_at = g_new0(const RdYaml *, t->n_nodes + 1);
  bool set = usable_overrides(r, overrides->set), cpu = usable_overrides(r, overrides->cpu);
  for (unsigned i = 0; i < t->n_nodes; i++) {
    r->node_at[i] = nodes->items->pdata[i];
    read_node(r, r->node_at[i], &t->nodes[i],
              set ? rd_yaml_get(overrides->set, r->node_names[i]) : NULL,
              cpu ? rd_yaml_get(overrides->cpu, r->node_names[i]) : NULL);
  }
}

void rd_topology_read(RdReading *r, const RdYaml *root, const RdOverrides *overrides) {
  static const char *const known[] = {"topology", "networks", "nodes", NULL};
  const char *name = "topology";
  r->topology = g_new0(RdTopology, 1);
  r->topology->path = rd_files_resolve(root->source->path, NULL);
  bool map = rd_schema_map(r->d, root, known);
  if (map)
    rd_schema_name(r->d, rd_schema_need(r->d, root, "topology"), &name);
  r->topology->name = g_strdup(name);
  read_networks(r, map ? rd_schema_need(r->d, root, "networks") : NULL, overrides->networks);
  read_nodes(r, map ? rd_schema_need(r->d, root, "nodes") : NULL, overrides);
}

void rd_reading_clear(RdReading *r) {
  g_free(r->node_at);
  g_strfreev(r->node_names);
  g_strfreev(r->network_names);
  g_free(r->taken);
}

static bool is_name(const char *text) {
  return !strchr(text, '/') && !strchr(text, '.');
}

/* A file name, or the name of a topology that came with the program. */
static char *locate_file(const RdYaml *node, const char *text) {
  if (!is_name(text))
    return rd_read_path(node, text);
  g_autofree char *shipped = rd_files_topologies();
  g_autofree char *file = g_strconcat(text, ".yaml", NULL);
  return g_build_filename(shipped, file, NULL);
}

static void fault_file(RdDiagnostics *d, const RdYaml *node, const char *path, const char *why) {
  if (!is_name(node->text)) {
    rd_schema_fault(d, node, "%s: %s", path, why);
    return;
  }
  g_autofree char *folder = rd_files_topologies();
  g_auto(GStrv) names = rd_files_yaml_names(folder);
  g_autofree char *known = rd_words_join((const char *const *)names);
  g_autofree char *quoted = rd_words_quote(node->text);
  g_autofree char *suggestion = rd_words_suggestion(node->text, (const char *const *)names);
  rd_schema_fault(d, node, "there is no topology %s%s (known: %s; or the path of a file)", quoted,
                  suggestion, known);
}

const RdYaml *rd_topology_locate(RdDiagnostics *d, const RdYaml *node, RdYaml **ret_owned) {
  if (node->kind == RD_YAML_MAP)
    return node;
  const char *text = rd_schema_text(d, node);
  if (!text)
    return NULL;
  g_autofree char *path = locate_file(node, text);
  g_autofree char *contents = NULL, *why = NULL;
  gsize len;
  if (!rd_files_read(path, RD_YAML_MAX_BYTES, &contents, &len, &why)) {
    fault_file(d, node, path, why);
    return NULL;
  }
  *ret_owned = rd_yaml_parse(contents, len, path, d);
  return *ret_owned;
}

RdTopology *rd_topology_load(const char *path, RdParts *parts, GError **error) {
  g_autoptr(RdDiagnostics) d = rd_diagnostics_new();
  g_autoptr(RdYaml) root = rd_yaml_load(path, d);
  g_autoptr(RdTopology) topology = NULL;
  if (root) {
    RdReading reading = {.d = d, .parts = parts};
    rd_topology_read(&reading, root, &(RdOverrides){0});
    topology = reading.topology;
    rd_reading_clear(&reading);
  }
  return rd_diagnostics_ok(d, error) ? g_steal_pointer(&topology) : NULL;
}
