#include "lab/config/costs.h"

#include <string.h>

#include "lab/base/random.h"
#include "lab/config/read.h"
#include "lab/plugin/costs.h"
#include "lab/plugin/files.h"
#include "lab/text/quantity.h"
#include "lab/text/words.h"

#define ROWS_MAX 4096

typedef struct {
  char *part, *operation;
  uint64_t base, per_byte, per_doubling; /* picoseconds */
  bool exponential;
  uint32_t drawn; /* what its draws are keyed by: of the operation's name; 0: it is fixed */
  bool of_part; /* not of the table: as the part itself declares it */
} Row;

struct RdCosts {
  GArray *rows; /* Row; number n of the interface is rows[n - 1] */
  char *version;
};

static void row_clear(gpointer data) {
  Row *row = data;
  g_free(row->part);
  g_free(row->operation);
}

/* 32 bits of a hash are enough: a part has a handful of operations. */
static uint32_t key_of(const char *operation) {
  return (uint32_t)rd_stream(0, operation) | 1;
}

static void add_row(RdCosts *costs, Row row) {
  row.drawn = row.exponential ? key_of(row.operation) : 0;
  g_array_append_val(costs->rows, row);
}

static void read_cost(RdDiagnostics *d, const RdYaml *node, uint64_t *ret) {
  g_autofree char *why = NULL;
  if (node && rd_schema_text(d, node) && !rd_cost_parse(node->text, ret, &why))
    rd_schema_fault(d, node, "%s", why);
}

/* --- are there such parts, and such operations? ------------------------------------------------ */

static void add_names(GPtrArray *all, const char *const *names) {
  for (; *names; names++)
    if (!g_ptr_array_find_with_equal_func(all, *names, g_str_equal, NULL))
      g_ptr_array_add(all, g_strdup(*names));
}

static GPtrArray *part_names(RdParts *parts) {
  GPtrArray *all = g_ptr_array_new_with_free_func(g_free);
  for (RdPartKind kind = RD_NODE; kind <= RD_DEFENSE; kind++) {
    g_auto(GStrv) names = rd_parts_names(parts, kind);
    add_names(all, (const char *const *)names);
  }
  return all;
}

/* What is spent for parts of one name, NULL-terminated. */
static GPtrArray *operations_of(const GPtrArray *named) {
  GPtrArray *all = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < named->len; i++) {
    g_autofree const char **operations = rd_part_operations(named->pdata[i]);
    add_names(all, operations);
  }
  g_ptr_array_add(all, NULL);
  return all;
}

static void check_of_part(RdDiagnostics *d, RdParts *parts, const RdYaml *part,
                          const RdYaml *operation) {
  g_autoptr(GError) broken = NULL;
  g_autoptr(GPtrArray) named = rd_parts_named(parts, part->text, &broken);
  g_autofree char *quoted = rd_words_quote(broken || !named->len ? part->text : operation->text);
  if (broken) {
    rd_schema_fault(d, part, "%s", broken->message);
    return;
  }
  if (named->len == 0) {
    g_autoptr(GPtrArray) all = part_names(parts);
    g_ptr_array_add(all, NULL);
    const char *const *names = (const char *const *)all->pdata;
    g_autofree char *suggestion = rd_words_suggestion(part->text, names);
    g_autofree char *known = rd_words_join(names);
    rd_schema_fault(d, part, "there is no part %s%s (parts: %s)", quoted, suggestion, known);
    return;
  }
  g_autoptr(GPtrArray) operations = operations_of(named);
  const char *const *names = (const char *const *)operations->pdata;
  if (g_strv_contains(names, operation->text))
    return;
  g_autofree char *suggestion = rd_words_suggestion(operation->text, names);
  g_autofree char *known = rd_words_join(names);
  rd_schema_fault(d, operation, "part %s has no operation %s%s (it has: %s)", part->text, quoted,
                  suggestion, known);
}

/* A row of part "*" is for an operation of the engine, of a library that parts share, or of any part
 * that there is. */
static void check_common(RdDiagnostics *d, RdParts *parts, const RdYaml *operation) {
  if (g_strv_contains(rd_common_operations, operation->text))
    return;
  g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
  add_names(all, rd_common_operations);
  g_autoptr(GPtrArray) parts_of = part_names(parts);
  for (guint i = 0; i < parts_of->len; i++) {
    g_autoptr(GPtrArray) named = rd_parts_named(parts, parts_of->pdata[i], NULL);
    g_autoptr(GPtrArray) operations = operations_of(named);
    add_names(all, (const char *const *)operations->pdata);
  }
  g_ptr_array_add(all, NULL);
  const char *const *names = (const char *const *)all->pdata;
  if (g_strv_contains(names, operation->text))
    return;
  g_autofree char *quoted = rd_words_quote(operation->text);
  g_autofree char *suggestion = rd_words_suggestion(operation->text, names);
  g_autofree char *known = rd_words_join(names);
  rd_schema_fault(d, operation, "no part has an operation %s%s (there are: %s)", quoted, suggestion,
                  known);
}

/* --- the file ---------------------------------------------------------------------------------- */

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
  if (parts && strcmp(part, "*") == 0)
    check_common(d, parts, rd_yaml_get(node, "operation"));
  else if (parts)
    check_of_part(d, parts, rd_yaml_get(node, "part"), rd_yaml_get(node, "operation"));
  for (guint i = 0; i < costs->rows->len; i++) {
    const Row *other = &g_array_index(costs->rows, Row, i);
    if (strcmp(other->part, part) == 0 && strcmp(other->operation, operation) == 0)
      rd_schema_fault_key(d, node, NULL, "part %s, operation %s is there twice", part, operation);
  }
  row.part = g_strdup(part);
  row.operation = g_strdup(operation);
  add_row(costs, row);
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

/* --- looking up -------------------------------------------------------------------------------- */

/* The number of a row; 0 if there is none. */
static uint32_t find(const RdCosts *costs, const char *part, const char *operation) {
  for (guint i = 0; i < costs->rows->len; i++) {
    const Row *row = &g_array_index(costs->rows, Row, i);
    if (strcmp(row->operation, operation) == 0 && strcmp(row->part, part) == 0)
      return i + 1;
  }
  return 0;
}

/* Appends the part's own row. Its texts were checked when it was loaded. */
static uint32_t take_own(RdCosts *costs, const RdPart *part, const RdCost *own) {
  Row row = {.part = g_strdup(part->plugin.name),
             .operation = g_strdup(own->operation),
             .exponential = own->distribution == RD_COST_EXPONENTIAL,
             .of_part = true};
  g_autofree char *why = NULL;
  if (!rd_cost_parse(own->base, &row.base, &why) ||
      !rd_cost_parse(own->per_byte, &row.per_byte, &why) ||
      !rd_cost_parse(own->per_doubling, &row.per_doubling, &why))
    g_error("a cost of a part that was loaded: %s", why);
  add_row(costs, row);
  return costs->rows->len;
}

uint32_t rd_costs_row(RdCosts *costs, const RdPart *part, const char *operation) {
  const uint32_t listed = part ? find(costs, part->plugin.name, operation) : 0;
  if (listed)
    return listed;
  const RdCost *own = part ? rd_part_cost(part, operation) : NULL;
  return own && own->base ? take_own(costs, part, own) : find(costs, "*", operation);
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
  if (ns > (U128)(RD_COST_MAX_PS / 1000))
    ns = (U128)(RD_COST_MAX_PS / 1000);
  if (!row->exponential)
    return (RdTime)ns;
  double drawn = rd_exponential(bits, (double)(uint64_t)ns);
  return drawn < (double)RD_COST_MAX_PS ? (RdTime)(drawn + 0.5) : (RdTime)RD_COST_MAX_PS;
}

uint32_t rd_costs_drawn(const RdCosts *costs, uint32_t number) {
  if (number == 0 || number > costs->rows->len)
    return 0;
  return g_array_index(costs->rows, Row, number - 1).drawn;
}

void rd_costs_set(RdCosts *costs, const char *part, const char *operation, uint64_t base_ps,
                  uint64_t per_byte_ps, uint64_t per_doubling_ps) {
  Row row = {.part = g_strdup(part),
             .operation = g_strdup(operation),
             .base = base_ps,
             .per_byte = per_byte_ps,
             .per_doubling = per_doubling_ps};
  for (guint i = 0; i < costs->rows->len; i++) {
    Row *other = &g_array_index(costs->rows, Row, i);
    if (strcmp(other->part, part) != 0 || strcmp(other->operation, operation) != 0)
      continue;
    row_clear(other);
    *other = row;
    return;
  }
  add_row(costs, row);
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

static void append_row(GString *text, const Row *row) {
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

char *rd_costs_yaml(const RdCosts *costs) {
  GString *text = g_string_new(NULL);
  g_string_append(text, "version: ");
  append_quoted(text, costs->version);
  g_string_append(text, "\nrows:\n");
  for (guint i = 0; i < costs->rows->len; i++)
    if (!g_array_index(costs->rows, Row, i).of_part)
      append_row(text, &g_array_index(costs->rows, Row, i));
  return g_string_free(text, FALSE);
}

char *rd_costs_used(RdCosts *costs, const RdPart *part) {
  GString *text = g_string_new(NULL);
  g_autofree const char **operations = rd_part_operations(part);
  for (const char **o = operations; *o; o++) {
    const uint32_t number = rd_costs_row(costs, part, *o);
    Row row = {0};
    if (number)
      row = g_array_index(costs->rows, Row, number - 1);
    row.part = (char *)part->plugin.name; /* a common row, too, is used as the part's */
    row.operation = (char *)*o;
    append_row(text, &row);
  }
  return g_string_free(text, FALSE);
}

void rd_costs_free(RdCosts *costs) {
  if (!costs)
    return;
  g_array_unref(costs->rows);
  g_free(costs->version);
  g_free(costs);
}
