/* read.h - the pieces that topology, trial and campaign are read with. Not for use outside this
 * folder. */
#pragma once

#include "lab/config/capacity.h"
#include "lab/config/costs.h"
#include "lab/config/trial.h"
#include "lab/yaml/schema.h"

#define RD_ENTITIES_MAX (UINT64_C(1) << 24) /* of one population */
#define RD_DURATION_MAX (INT64_C(36000000) * RD_SECOND)
#define RD_ATTACKS_MAX 64

/* What a trial changes in its topology; each may be NULL. */
typedef struct {
  const RdYaml *networks, *set, *cpu;
} RdOverrides;

/* One topology being read. */
typedef struct {
  RdDiagnostics *d;
  RdParts *parts;
  RdTopology *topology;
  const RdYaml **node_at; /* where each node is written; owned array */
  char **node_names; /* NULL-terminated; owned */
  char **network_names;
  RdSeats *taken; /* of each network */
} RdReading;

/* Reads what it can and reports the rest; reading->topology is never NULL afterwards, and complete
 * only if nothing was reported. */
void rd_topology_read(RdReading *reading, const RdYaml *root, const RdOverrides *overrides);
void rd_reading_clear(RdReading *reading); /* frees all but the topology */
/* Loads the file a `topology:` names, or hands out the map that stands there. *ret_owned is to be
 * freed after use. */
const RdYaml *rd_topology_locate(RdDiagnostics *d, const RdYaml *node, RdYaml **ret_owned);

/* The part a node, attack or defense entry names; NULL after reporting. */
const RdPart *rd_read_part(RdReading *reading, const RdYaml *node, RdPartKind kind);
/* Fills a configuration from a `set:` map (NULL: nothing set). */
void rd_read_set(RdReading *reading, void *config, const RdYaml *set);
/* Missing and dangling parameters, blamed on `at`. False if there were any. */
bool rd_read_check(RdReading *reading, const void *config, const RdYaml *at);
/* The size of a population; only for a configuration without faults. */
bool rd_read_entities(RdReading *reading, const RdPart *part, const void *config, const RdYaml *at,
                      uint64_t *ret);
void rd_read_line(RdReading *reading, const RdYaml *node, RdLine *line);
/* Takes addresses out of a network; reports at `at` when it has no more. */
void rd_read_take_addresses(RdReading *reading, unsigned network, RdSeat seat, uint64_t entities,
                            const RdYaml *at);
int rd_read_network(RdReading *reading, const RdYaml *node, const char *name);
int rd_read_node(RdReading *reading, const RdYaml *node, const char *name);

/* A cost table of what could be read of it; never NULL. */
RdCosts *rd_costs_parse(const char *text, gsize len, const char *path, RdParts *parts,
                        RdDiagnostics *d);
/* A path as it stands in the file of `node`: relative to that file's folder. */
char *rd_read_path(const RdYaml *node, const char *text);

/* A trial put together from pieces that may lie in different files. */
typedef struct {
  const RdYaml *root; /* duration, warmup, costs, set, cpu, networks */
  const RdYaml *topology; /* root map of a topology; NULL: unreadable, check the rest */
  const char *name;
  uint64_t seed;
  const RdYaml *const *attacks;
  unsigned n_attacks;
  const RdYaml *const *defenses;
  unsigned n_defenses;
  const RdYaml *acts; /* NULL: none */
} RdTrialPieces;
/* Never NULL; complete only if nothing was reported. */
RdTrial *rd_trial_build(const RdTrialPieces *pieces, RdParts *parts, RdDiagnostics *d);
