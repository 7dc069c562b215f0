#include "cli/judges.h"

#include <string.h>

#define RD_JUDGES_ERROR g_quark_from_static_string("rd-judges")

/* At the commas; "\," is a comma of a value. */
static GPtrArray *pieces(const char *text) {
  GPtrArray *all = g_ptr_array_new_with_free_func(g_free);
  GString *piece = g_string_new(NULL);
  for (; *text; text++) {
    if (text[0] == '\\' && text[1] == ',') {
      g_string_append_c(piece, *++text);
    } else if (*text == ',') {
      g_ptr_array_add(all, g_string_free(piece, FALSE));
      piece = g_string_new(NULL);
    } else {
      g_string_append_c(piece, *text);
    }
  }
  g_ptr_array_add(all, g_string_free(piece, FALSE));
  return all;
}

static void first_fault(const char *message, void *user) {
  char **fault = user;
  if (!*fault)
    *fault = g_strdup(message);
}

static bool set(RdJudge *j, const char *piece, const RdParamScope *scope, GError **error) {
  const char *equals = strchr(piece, '=');
  if (!equals) {
    g_set_error(error, RD_JUDGES_ERROR, 1, "\"%s\": key=value is expected", piece);
    return false;
  }
  g_autofree char *key = g_strndup(piece, (gsize)(equals - piece));
  if (strcmp(key, "name") == 0 && rd_params_row(j->part, key) < 0) {
    g_free(j->name);
    j->name = g_strdup(equals + 1);
    return true;
  }
  return rd_params_set_text(j->config, key, equals + 1, scope, error);
}

static bool parse(RdParts *parts, const char *text, const RdParamScope *scope, RdJudge *j,
                  GError **error) {
  g_autoptr(GPtrArray) all = pieces(text);
  g_autofree char *fault = NULL;
  j->part = rd_parts_get(parts, RD_DEFENSE, all->pdata[0], error);
  if (!j->part)
    return false;
  j->name = g_strdup(j->part->plugin.name);
  j->config = rd_params_defaults(j->part);
  for (guint i = 1; i < all->len; i++)
    if (!set(j, all->pdata[i], scope, error))
      return false;
  if (rd_params_check(j->config, scope, first_fault, &fault) == 0)
    return true;
  g_set_error_literal(error, RD_JUDGES_ERROR, 1, fault);
  return false;
}

bool rd_judges_parse(RdParts *parts, char *const *texts, const char *const *nodes, RdJudges *ret,
                     GError **error) {
  RdParamScope scope = {NULL, nodes};
  *ret = (RdJudges){0};
  for (; texts && *texts; texts++) {
    ret->judges = g_renew(RdJudge, ret->judges, ret->n + 1);
    RdJudge *j = &ret->judges[ret->n++];
    *j = (RdJudge){0};
    if (!parse(parts, *texts, &scope, j, error)) {
      g_prefix_error(error, "--defense %s: ", *texts);
      rd_judges_clear(ret);
      return false;
    }
  }
  return true;
}

void rd_judges_clear(RdJudges *judges) {
  for (unsigned i = 0; i < judges->n; i++) {
    g_free(judges->judges[i].name);
    rd_params_free(judges->judges[i].config);
  }
  g_free(judges->judges);
  *judges = (RdJudges){0};
}
