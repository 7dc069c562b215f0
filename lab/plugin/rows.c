/* The half of params.h that the loader asks: do a part's rows make sense? */
#include <string.h>

#include "lab/plugin/params.h"

typedef struct {
  gsize size, align;
} Shape;

static bool shape_of(uint32_t type, Shape *ret) {
#define SHAPE(type) ((Shape){sizeof(type), _Alignof(type)})
  switch (type) {
  case RD_NUMBER:
    *ret = SHAPE(double);
    return true;
  case RD_DURATION:
  case RD_INTEGER:
    *ret = SHAPE(int64_t);
    return true;
  case RD_BOOL:
    *ret = SHAPE(bool);
    return true;
  case RD_ENUM:
    *ret = SHAPE(int);
    return true;
  case RD_TEXT:
  case RD_LIST:
  case RD_TABLE:
  case RD_FILE:
  case RD_NODE_NAME:
    *ret = SHAPE(void *);
    return true;
  default:
    return false;
  }
#undef SHAPE
}

bool rd_params_key_fits(const char *key) {
  gsize len = strlen(key);
  return len > 0 && len <= 63 && strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789-") == len &&
         g_ascii_isalpha(key[0]);
}

static char *row_fault(const RdPart *part, unsigned i) {
  const RdParam *row = &part->params[i];
  Shape shape, other;
  if (!rd_params_key_fits(row->key))
    return g_strdup("keys are lower-case-with-hyphens");
  if (!shape_of(row->type, &shape))
    return g_strdup_printf("unknown type %u (a newer part than this program?)", row->type);
  if (row->offset % shape.align != 0 || shape.size > part->plugin.config_size ||
      row->offset > part->plugin.config_size - shape.size)
    return g_strdup_printf("offset %u is not inside its configuration of %" G_GSIZE_FORMAT " bytes",
                           row->offset, part->plugin.config_size);
  if (row->type == RD_ENUM && (!row->values || !row->values[0]))
    return g_strdup("a choice needs .values");
  if (!(row->min <= row->max))
    return g_strdup(".min is above .max");
  for (unsigned j = 0; j < i; j++) {
    const RdParam *before = &part->params[j];
    if (strcmp(before->key, row->key) == 0)
      return g_strdup("the key is there twice");
    if (shape_of(before->type, &other) && row->offset < before->offset + other.size &&
        before->offset < row->offset + shape.size)
      return g_strdup_printf("shares its bytes with parameter %s", before->key);
  }
  return NULL;
}

static char *defaults_fault(const RdPart *part) {
  g_autoptr(GError) error = NULL;
  void *config = rd_params_defaults(part);
  for (unsigned i = 0; i < part->n_params && !error; i++)
    if (part->params[i].fallback)
      rd_params_set_text(config, part->params[i].key, part->params[i].fallback, NULL, &error);
  rd_params_free(config);
  return error ? g_strdup_printf("has a default that cannot be: %s", error->message) : NULL;
}

char *rd_params_fault(const RdPart *part) {
  for (unsigned i = 0; i < part->n_params; i++) {
    g_autofree char *fault = row_fault(part, i);
    if (fault)
      return g_strdup_printf("parameter %s: %s", part->params[i].key, fault);
  }
  return defaults_fault(part);
}
