/* part.h - sets parameters of a part's config by key, as a trial would. */
#pragma once

#include <string.h>

#include "redoubt/plugin.h"
#include "tests/check_main.h"

static inline void *part_field(const RdPlugin *plugin, void *config, const char *key,
                               const RdParam **ret) {
  for (const RdParam *p = plugin->params; p->key; p++)
    if (strcmp(p->key, key) == 0) {
      *ret = p;
      return (char *)config + p->offset;
    }
  ck_abort_msg("%s has no parameter %s", plugin->name, key);
  return NULL;
}

static inline void part_text(const RdPlugin *plugin, void *config, const char *key,
                             const char *value) {
  const RdParam *p;
  *(const char **)part_field(plugin, config, key, &p) = value;
}

static inline void part_integer(const RdPlugin *plugin, void *config, const char *key,
                                int64_t value) {
  const RdParam *p;
  *(int64_t *)part_field(plugin, config, key, &p) = value;
}

static inline void part_number(const RdPlugin *plugin, void *config, const char *key,
                               double value) {
  const RdParam *p;
  *(double *)part_field(plugin, config, key, &p) = value;
}

static inline void part_choice(const RdPlugin *plugin, void *config, const char *key,
                               const char *value) {
  const RdParam *p;
  int *at = part_field(plugin, config, key, &p);
  for (int i = 0; p->values[i]; i++)
    if (strcmp(p->values[i], value) == 0) {
      *at = i;
      return;
    }
  ck_abort_msg("%s: %s cannot be %s", plugin->name, key, value);
}
