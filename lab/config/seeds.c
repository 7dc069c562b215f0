#include "lab/config/seeds.h"

#include <string.h>

#include "lab/text/quantity.h"
#include "lab/text/words.h"

/* "7" or "101-105", ends included. */
static gboolean read_range(const char *entry, uint64_t *ret_first, uint64_t *ret_last,
                           char **ret_why) {
  const char *dash = strchr(entry, '-');
  g_autofree char *left = g_strndup(entry, dash ? (gsize)(dash - entry) : strlen(entry));
  g_autofree char *right = g_strdup(dash ? dash + 1 : left);
  if (!rd_quantity_unsigned(g_strstrip(left), ret_first, ret_why))
    return FALSE;
  if (!rd_quantity_unsigned(g_strstrip(right), ret_last, ret_why))
    return FALSE;
  if (*ret_last >= *ret_first)
    return TRUE;
  g_autofree char *quoted = rd_words_quote(entry);
  *ret_why = g_strdup_printf("a range of seeds begins with the lower one, got %s", quoted);
  return FALSE;
}

static gboolean has(const GArray *seeds, uint64_t seed) {
  for (guint i = 0; i < seeds->len; i++)
    if (g_array_index(seeds, uint64_t, i) == seed)
      return TRUE;
  return FALSE;
}

gboolean rd_seeds_add(GArray *seeds, const char *entry, char **ret_why) {
  uint64_t first = 0, last = 0;
  if (!read_range(entry, &first, &last, ret_why))
    return FALSE;
  if (last - first >= RD_SEEDS_MAX - seeds->len) {
    *ret_why = g_strdup_printf("at most %d seeds are possible", RD_SEEDS_MAX);
    return FALSE;
  }
  for (uint64_t i = 0; i <= last - first; i++) {
    uint64_t seed = first + i;
    if (has(seeds, seed)) {
      *ret_why = g_strdup_printf("seed %" G_GUINT64_FORMAT " is there twice", seed);
      return FALSE;
    }
    g_array_append_val(seeds, seed);
  }
  return TRUE;
}

static gboolean add_first(GArray *seeds, const char *text, char **ret_why) {
  int64_t n = 0;
  if (!rd_quantity_integer(text, NULL, &n, ret_why))
    return FALSE;
  if (n < 1 || n > RD_SEEDS_MAX) {
    g_autofree char *quoted = rd_words_quote(text);
    *ret_why = g_strdup_printf("must be from 1 to %d, got %s", RD_SEEDS_MAX, quoted);
    return FALSE;
  }
  for (uint64_t seed = 1; seed <= (uint64_t)n; seed++)
    g_array_append_val(seeds, seed);
  return TRUE;
}

GArray *rd_seeds_parse(const char *text, char **ret_why) {
  GArray *seeds = g_array_new(FALSE, FALSE, sizeof(uint64_t));
  g_auto(GStrv) entries = g_strsplit(text, ",", -1);
  gboolean count = !strpbrk(text, ",-"), ok = !count || add_first(seeds, text, ret_why);
  for (char **e = entries; !count && ok && *e; e++)
    ok = rd_seeds_add(seeds, *e, ret_why);
  if (ok)
    return seeds;
  g_array_unref(seeds);
  return NULL;
}
