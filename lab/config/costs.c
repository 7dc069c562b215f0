#include "lab/config/costs.h"

#include <string.h>

#include "lab/base/random.h"
#include "lab/config/read.h"
#include "lab/plugin/files.h"
#include "lab/text/quantity.h"
#include "lab/text/words.h"

#define ROWS_MAX 4096
#define COST_MAX_PS (INT64_C(3600) * 1000000000000) /* an hour: no operation costs more */

typedef struct {
  char *part, *operation;
  uint64_t base, per_byte, per_doubling; /* picoseconds */
  bool exponential;
} Row;

struct RdCosts {
  GArray *rows; /* Row; number n of the interface is rows[n - 1] */
  char *version, *digest, *path;
  GPtrArray *asked; /* char *part, char *operation, in turn: what was looked up; each pair once */
};

static void row_clear(gpointer data) {
  Row *row = data;
  g_free(row->part);
  g_free(row->operation);
}

static void read_cost(RdDiagnostics *d, const RdYaml *node, uint64_t *ret) {
  char *why = NULL;
  int64_t ps;
  if (!node)
    return;
  if (!rd_schema_text(d, node))
    return;
  if (!rd_quantity_picoseconds(node->text, &ps, &why))
    rd_schema_fault(d, node, "%s", why);
  else if (ps > COST_MAX_PS)
    rd_schema_fault(d, node, "at most 1 h is possible");
  else
    *ret = (uint64_t)ps;
  g_free(why);
}

/* A part that is not here may be on another machine; one that is nearly here is misspelt. */
static void check_part(RdDiagnostics *d, RdParts *parts, const RdYaml *node) {
  static const RdPartKind kinds[] = {RD_NODE, RD_ATTACK, RD_DEFENSE};
  const char *near = NULL;
  g_autofree char *suggestion = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
    g_auto(GStrv) names = rd_parts_names(parts, kinds[i]);
    if (g_strv_contains((const char *const *)names, node->text))
      return;
    near = suggestion ? NULL : rd_words_nearest(node->text, (const char *const *)names);
    if (near)
      suggestion = rd_words_suggestion(node->text, (const char *const *)names);
  }
  g_autofree char *quoted = rd_words_quote(node->text);
  if (suggestion)
    rd_schema_fault(d, node, "there is no part %s%s", quoted, suggestion);
}

static void read_row(RdCosts *costs, RdDiagnostics *d, const RdYaml *node, RdParts *parts) {
  static const char *const known[] = {"part",         "operation",    "base", "per-byte",
                                      "per-doubling", "distribution", NULL};
  static const char *const distributions[] = {"fixed", "exponential", NULL};
  if (!rd_schema_map(d, node, known))
    return;
  const char *part = rd_schema_text(d, rd_schema_need(d, node, "part"));
  const char *operation = rd_schema_text(d, rd_schema_need(d, node, "operation"));
  const RdYaml *distribution = rd_yaml_get(node, "distribution");
  Row row = {0};
  read_cost(d, rd_schema_need(d, node, "base"), &row.base);
  read_cost(d, rd_yaml_get(node, "per-byte"), &row.per_byte);
  read_cost(d, rd_yaml_get(node, "per-doubling"), &row.per_doubling);
  if (distribution)
    row.exponential = rd_schema_choice(d, distribution, distributions) == 1;
  if (!part || !operation)
    return;
  if (parts && strcmp(part, "*") != 0)
    check_part(d, parts, rd_yaml_get(node, "part"));
  for (guint i = 0; i < costs->rows->len; i++) {
    const Row *other = &g_array_index(costs->rows, Row, i);
    if (strcmp(other->part, part) == 0 && strcmp(other->operation, operation) == 0)
      rd_schema_fault_key(d, node, NULL, "part %s, operation %s is there twice", part, operation);
  }
  row.part = g_strdup(part);
  row.operation = g_strdup(operation);
  g_array_append_val(costs->rows, row);
}

static void read_table(RdCosts *costs, RdDiagnostics *d, const RdYaml *root, RdParts *parts) {
  static const char *const known[] = {"version", "rows", NULL};
  if (!rd_schema_map(d, root, known))
    return;
  costs->version = g_strdup(rd_schema_text(d, rd_schema_need(d, root, "version")));
  const RdYaml *rows = rd_schema_need(d, root, "rows");
  if (!rows || !rd_schema_list(d, rows, "rows"))
    return;
  if (rows->items->len > ROWS_MAX)
    rd_schema_fault(d, rows, "at most %d rows are possible", ROWS_MAX);
  for (guint i = 0; i < MIN(rows->items->len, ROWS_MAX); i++)
    read_row(costs, d, rows->items->pdata[i], parts);
}

RdCosts *rd_costs_parse(const char *text, gsize len, const char *path, RdParts *parts,
                        RdDiagnostics *d) {
  RdCosts *costs = g_new0(RdCosts, 1);
  costs->rows = g_array_new(FALSE, TRUE, sizeof(Row));
  g_array_set_clear_func(costs->rows, row_clear);
  costs->asked = g_ptr_array_new_with_free_func(g_free);
  costs->path = g_strdup(path);
  costs->digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, (gssize)len);
  g_autoptr(RdYaml) root = rd_yaml_parse(text, len, path, d);
  if (root)
    read_table(costs, d, root, parts);
  return costs;
}

RdCosts *rd_costs_load(const char *path, RdParts *parts, GError **error) {
  g_autofree char *text = NULL, *why = NULL;
  gsize len;
  if (!rd_files_read(path, RD_YAML_MAX_BYTES, &text, &len, &why)) {
    g_autofree char *shown = rd_words_printable(path);
    g_set_error(error, RD_CONFIG_ERROR, RD_CONFIG_IO, "%s: %s", shown, why);
    return NULL;
  }
  g_autoptr(RdDiagnostics) d = rd_diagnostics_new();
  g_autoptr(RdCosts) costs = rd_costs_parse(text, len, path, parts, d);
  return rd_diagnostics_ok(d, error) ? g_steal_pointer(&costs) : NULL;
}

const char *rd_costs_digest(const RdCosts *costs) {
  return costs->digest;
}

static void note_asked(const RdCosts *costs, const char *part, const char *operation) {
  for (guint i = 0; i < costs->asked->len; i += 2)
    if (strcmp(costs->asked->pdata[i], part) == 0 &&
        strcmp(costs->asked->pdata[i + 1], operation) == 0)
      return;
  if (costs->asked->len >= 2 * ROWS_MAX)
    return;
  g_ptr_array_add(costs->asked, g_strdup(part));
  g_ptr_array_add(costs->asked, g_strdup(operation));
}

/* What a part asked for, NULL-terminated; borrowed. */
static GPtrArray *asked_by(const RdCosts *costs, const char *part) {
  GPtrArray *operations = g_ptr_array_new();
  for (guint i = 0; i < costs->asked->len; i += 2)
    if (strcmp(costs->asked->pdata[i], part) == 0)
      g_ptr_array_add(operations, costs->asked->pdata[i + 1]);
  g_ptr_array_add(operations, NULL);
  return operations;
}

bool rd_costs_check(const RdCosts *costs, GError **error) {
  for (guint i = 0; i < costs->rows->len; i++) {
    const Row *row = &g_array_index(costs->rows, Row, i);
    g_autoptr(GPtrArray) operations = asked_by(costs, row->part);
    const char *const *names = (const char *const *)operations->pdata;
    if (operations->len == 1 || g_strv_contains(names, row->operation))
      continue;
    g_autofree char *shown = rd_words_printable(costs->path), *known = rd_words_join(names);
    g_autofree char *quoted = rd_words_quote(row->operation);
    g_autofree char *suggestion = rd_words_suggestion(row->operation, names);
    g_set_error(error, RD_CONFIG_ERROR, RD_CONFIG_INVALID,
                "%s: row %u: part %s has no operation %s%s (it has: %s)", shown, i + 1, row->part,
                quoted, suggestion, known);
    return false;
  }
  return true;
}

uint32_t rd_costs_row(const RdCosts *costs, const char *part, const char *operation) {
  uint32_t general = 0;
  note_asked(costs, part, operation);
  for (guint i = 0; i < costs->rows->len; i++) {
    const Row *row = &g_array_index(costs->rows, Row, i);
    if (strcmp(row->operation, operation) != 0)
      continue;
    if (strcmp(row->part, part) == 0)
      return i + 1;
    if (strcmp(row->part, "*") == 0)
      general = i + 1;
  }
  return general;
}

/* log2(x) * 2^16 for x >= 1, rounded down: the integer part by counting, the fraction bit by bit by
 * squaring. Integers only, so the same everywhere. */
static uint64_t log2_16(uint64_t x) {
  unsigned whole = 63u - (unsigned)__builtin_clzll(x);
  uint64_t mantissa = whole >= 31 ? x >> (whole - 31) : x << (31 - whole); /* in [2^31, 2^32) */
  uint64_t result = whole;
  for (int i = 0; i < 16; i++) {
    mantissa = mantissa * mantissa >> 31;
    result <<= 1;
    if (mantissa >> 32) {
      result |= 1;
      mantissa >>= 1;
    }
  }
  return result;
}

__extension__ typedef unsigned __int128 U128;

RdTime rd_costs_ns(const RdCosts *costs, uint32_t number, uint64_t bytes, uint64_t occupancy,
                   uint64_t bits) {
  if (number == 0 || number > costs->rows->len)
    return 0;
  const Row *row = &g_array_index(costs->rows, Row, number - 1);
  U128 ps = row->base;
  ps += (U128)row->per_byte * bytes;
  ps += (U128)row->per_doubling * log2_16(occupancy < UINT64_MAX ? occupancy + 1 : occupancy) >> 16;
  U128 ns = (ps + 500) / 1000;
  if (ns > (U128)(COST_MAX_PS / 1000))
    ns = (U128)(COST_MAX_PS / 1000);
  if (!row->exponential)
    return (RdTime)ns;
  double drawn = rd_exponential(bits, (double)(uint64_t)ns);
  return drawn < (double)COST_MAX_PS ? (RdTime)(drawn + 0.5) : (RdTime)COST_MAX_PS;
}

void rd_costs_set(RdCosts *costs, const char *part, const char *operation, uint64_t base_ps,
                  uint64_t per_byte_ps, uint64_t per_doubling_ps) {
  Row row = {g_strdup(part), g_strdup(operation), base_ps, per_byte_ps, per_doubling_ps, false};
  for (guint i = 0; i < costs->rows->len; i++) {
    Row *other = &g_array_index(costs->rows, Row, i);
    if (strcmp(other->part, part) != 0 || strcmp(other->operation, operation) != 0)
      continue;
    row_clear(other);
    *other = row;
    return;
  }
  g_array_append_val(costs->rows, row);
}

/* A double-quoted YAML scalar: names in a table may be any text. */
static void append_quoted(GString *text, const char *value) {
  g_string_append_c(text, '"');
  for (const unsigned char *p = (const unsigned char *)value; *p; p++) {
    if (*p < 0x20 || *p == 0x7f)
      g_string_append_printf(text, "\\x%02x", *p);
    else if (*p == '"' || *p == '\\')
      g_string_append_printf(text, "\\%c", *p);
    else
      g_string_append_c(text, (char)*p);
  }
  g_string_append_c(text, '"');
}

static void append_cost(GString *text, const char *key, uint64_t ps) {
  g_autofree char *cost = rd_quantity_picoseconds_text((int64_t)ps);
  g_string_append_printf(text, ", %s: %s", key, cost);
}

char *rd_costs_yaml(const RdCosts *costs) {
  GString *text = g_string_new(NULL);
  g_string_append(text, "version: ");
  append_quoted(text, costs->version);
  g_string_append(text, "\nrows:\n");
  for (guint i = 0; i < costs->rows->len; i++) {
    const Row *row = &g_array_index(costs->rows, Row, i);
    g_string_append(text, "  - {part: ");
    append_quoted(text, row->part);
    g_string_append(text, ", operation: ");
    append_quoted(text, row->operation);
    append_cost(text, "base", row->base);
    if (row->per_byte)
      append_cost(text, "per-byte", row->per_byte);
    if (row->per_doubling)
      append_cost(text, "per-doubling", row->per_doubling);
    g_string_append(text, row->exponential ? ", distribution: exponential}\n" : "}\n");
  }
  return g_string_free(text, FALSE);
}

void rd_costs_free(RdCosts *costs) {
  if (!costs)
    return;
  g_array_unref(costs->rows);
  g_free(costs->version);
  g_ptr_array_unref(costs->asked);
  g_free(costs->path);
  g_free(costs->digest);
  g_free(costs);
}
