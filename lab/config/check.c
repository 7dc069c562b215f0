#include "lab/config/check.h"

#include "lab/yaml/schema.h"

const char *rd_file_kind_name(RdFileKind kind) {
  static const char *const names[] = {"", "trial", "campaign", "topology", "cost table"};
  return names[kind];
}

/* A trial and a campaign name a topology as well, so theirs are looked for first. */
static bool detect(const RdYaml *root, RdFileKind *ret) {
  static const struct {
    const char *key;
    RdFileKind kind;
  } signs[] = {{"trial", RD_FILE_TRIAL},
               {"campaign", RD_FILE_CAMPAIGN},
               {"rows", RD_FILE_COSTS},
               {"topology", RD_FILE_TOPOLOGY}};
  for (size_t i = 0; i < G_N_ELEMENTS(signs); i++)
    if (rd_yaml_get(root, signs[i].key)) {
      *ret = signs[i].kind;
      return true;
    }
  return false;
}

static bool look(const char *path, RdFileKind *ret, GError **error) {
  g_autoptr(RdDiagnostics) d = rd_diagnostics_new();
  g_autoptr(RdYaml) root = rd_yaml_load(path, d);
  if (root && detect(root, ret))
    return true; /* what is wrong inside will be found again when it is read as what it is */
  if (root)
    rd_schema_fault(d, root,
                    "neither a trial, a campaign, a topology nor a cost table: one of the keys "
                    "trial, campaign, topology, rows is expected");
  return rd_diagnostics_ok(d, error);
}

bool rd_config_check(const char *path, RdParts *parts, RdFileKind *ret, GError **error) {
  g_autoptr(GError) local = NULL;
  if (!look(path, ret, error))
    return false;
  if (*ret == RD_FILE_TRIAL)
    rd_trial_free(rd_trial_load(path, parts, &local));
  else if (*ret == RD_FILE_CAMPAIGN)
    rd_campaign_free(rd_campaign_load(path, parts, &local));
  else if (*ret == RD_FILE_TOPOLOGY)
    rd_topology_free(rd_topology_load(path, parts, &local));
  else
    rd_costs_free(rd_costs_load(path, parts, &local));
  if (!local)
    return true;
  g_propagate_error(error, g_steal_pointer(&local));
  return false;
}
