#include <string.h>

#include "tests/mock/host.h"

static double scaled(const char *text, const char *const *units, const double *factors) {
  char *end = NULL;
  double x = g_ascii_strtod(text, &end);
  g_autofree char *unit = g_strstrip(g_strdup(end));
  if (*unit == 0)
    return x;
  for (unsigned i = 0; units[i]; i++)
    if (strcmp(unit, units[i]) == 0)
      return x * factors[i];
  g_error("mock: default \"%s\" has an unknown unit", text);
}

static double number(const char *text) {
  static const char *const units[] = {"k", "M", "G", "%", NULL};
  static const double factors[] = {1e3, 1e6, 1e9, 0.01};
  return scaled(text, units, factors);
}

static RdTime duration(const char *text) {
  static const char *const units[] = {"ns", "us", "ms", "s", "min", "h", "d", NULL};
  static const double factors[] = {1e-9, 1e-6, 1e-3, 1, 60, 3600, 86400};
  return (RdTime)(scaled(text, units, factors) * 1e9 + 0.5);
}

static int choice(const char *text, const char *const *values) {
  for (int i = 0; values[i]; i++)
    if (strcmp(values[i], text) == 0)
      return i;
  g_error("mock: default \"%s\" is none of the values", text);
}

static void fill(const RdParam *p, char *config, const char *text) {
  void *at = config + p->offset;
  if (!text)
    return;
  switch ((RdParamType)p->type) {
  case RD_NUMBER:
    *(double *)at = number(text);
    break;
  case RD_DURATION:
    *(RdTime *)at = duration(text);
    break;
  case RD_BOOL:
    *(bool *)at = strcmp(text, "true") == 0;
    break;
  case RD_ENUM:
    *(int *)at = choice(text, p->values);
    break;
  case RD_INTEGER:
    *(int64_t *)at = (int64_t)number(text);
    break;
  case RD_TEXT:
  case RD_NODE_NAME:
    *(const char **)at = text;
    break;
  case RD_LIST:
  case RD_TABLE:
  case RD_FILE:
    break;
  }
}

void *mock_config(const RdPlugin *plugin) {
  char *config = g_malloc0(plugin->config_size);
  for (const RdParam *p = plugin->params; p && p->key; p++)
    fill(p, config, p->fallback);
  return config;
}

static const RdParam *row_of(const RdPlugin *plugin, const char *key) {
  for (const RdParam *p = plugin->params; p && p->key; p++)
    if (strcmp(p->key, key) == 0)
      return p;
  g_error("mock: %s has no parameter \"%s\"", plugin->name, key);
}

void mock_set_text(const RdPlugin *plugin, void *config, const char *key, const char *text) {
  fill(row_of(plugin, key), config, text);
}

void mock_set(const RdPlugin *plugin, void *config, const char *key, double value) {
  const RdParam *p = row_of(plugin, key);
  void *at = (char *)config + p->offset;
  switch (p->type) {
  case RD_NUMBER:
    *(double *)at = value;
    break;
  case RD_DURATION:
    *(RdTime *)at = (RdTime)(value * 1e9 + (value < 0 ? -0.5 : 0.5));
    break;
  case RD_INTEGER:
    *(int64_t *)at = (int64_t)value;
    break;
  case RD_BOOL:
    *(bool *)at = value != 0;
    break;
  case RD_ENUM:
    *(int *)at = (int)value;
    break;
  default:
    g_error("mock: %s of %s is no number", key, plugin->name);
  }
}
