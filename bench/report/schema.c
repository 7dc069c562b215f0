/* schema.c - what --format json prints, as JSON schemas. */
#include "bench/report/schema.h"

#include <math.h>
#include <string.h>

#include "bench/judge/matrix.h"
#include "lab/result/result_schema.h"
#include "lab/text/json.h"

/* Members and their types; "?" behind a type: or null. A type that begins with # is one of $defs. */
typedef struct {
  const char *key, *type;
} Member;

static void put_type(RdJson *j, const char *key, const char *type) {
  const gboolean nullable = g_str_has_suffix(type, "?");
  g_autofree char *plain = g_strndup(type, strlen(type) - nullable);
  rd_json_open_flat(j, key, '{');
  if (*type == '#') {
    g_autofree char *ref = g_strconcat("#/$defs/", plain + 1, NULL);
    rd_json_text(j, "$ref", ref);
  } else if (nullable) {
    rd_json_open(j, "type", '[');
    rd_json_text(j, NULL, plain);
    rd_json_text(j, NULL, "null");
    rd_json_close(j);
  } else {
    rd_json_text(j, "type", plain);
  }
  rd_json_close(j);
}

static void put_array(RdJson *j, const char *key, const char *def) {
  rd_json_open(j, key, '{');
  rd_json_text(j, "type", "array");
  put_type(j, "items", def);
  rd_json_close(j);
}

static void begin_object(RdJson *j, const char *key) {
  rd_json_open(j, key, '{');
  rd_json_text(j, "type", "object");
  rd_json_bool(j, "additionalProperties", false);
}

static void put_required(RdJson *j, const Member *members, size_t n) {
  rd_json_open_flat(j, "required", '[');
  for (size_t i = 0; i < n; i++)
    rd_json_text(j, NULL, members[i].key);
  rd_json_close(j);
}

/* An object of these members, all of them there. */
static void put_object(RdJson *j, const char *key, const Member *members, size_t n) {
  begin_object(j, key);
  put_required(j, members, n);
  rd_json_open(j, "properties", '{');
  for (size_t i = 0; i < n; i++)
    put_type(j, members[i].key, members[i].type);
  rd_json_close(j);
  rd_json_close(j);
}

#define PUT_OBJECT(j, key, members) put_object(j, key, members, G_N_ELEMENTS(members))

/* ---- figures ---------------------------------------------------------------------------------- */

static const char *const ranges[] = {
    [RD_RANGE_POSITIVE] = "positive", [RD_RANGE_ANY] = "any",
    [RD_RANGE_SHARE] = "share",       [RD_RANGE_PERCENT] = "percent",
    [RD_RANGE_POINTS] = "points",     [RD_RANGE_ATTEMPTS] = "positive",
    [RD_RANGE_EFFECT] = "any"};

/* A number within a range, or null for what is undefined. */
static void put_number(RdJson *j, const char *key, double least, double most) {
  rd_json_open_flat(j, key, '{');
  rd_json_open(j, "type", '[');
  rd_json_text(j, NULL, "number");
  rd_json_text(j, NULL, "null");
  rd_json_close(j);
  if (!isinf(least))
    rd_json_real(j, "minimum", least);
  if (!isinf(most))
    rd_json_real(j, "maximum", most);
  rd_json_close(j);
}

static void put_numbers(RdJson *j) {
  put_number(j, "any", -INFINITY, INFINITY);
  put_number(j, "positive", 0, INFINITY);
  put_number(j, "share", 0, 1);
  put_number(j, "percent", 0, 100);
  put_number(j, "points", -100, 100);
}

static void put_summaries(RdJson *j) {
  static const char *const names[] = {"any", "positive", "share", "percent", "points"};
  for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *key = g_strconcat("summary_", names[i], NULL);
    g_autofree char *number = g_strconcat("#", names[i], NULL);
    const Member members[] = {
        {"n", "integer"}, {"mean", number}, {"median", number}, {"low", number}, {"high", number}};
    PUT_OBJECT(j, key, members);
  }
}

/* `prefix`: "summary_" over seeds, "" of one row. */
static void put_measures(RdJson *j, const char *prefix) {
  begin_object(j, "measures");
  rd_json_open_flat(j, "required", '[');
  for (unsigned m = 0; m < RD_MEASURES; m++)
    rd_json_text(j, NULL, rd_measure_name((RdMeasure)m));
  rd_json_close(j);
  rd_json_open(j, "properties", '{');
  for (unsigned m = 0; m < RD_MEASURES; m++) {
    const RdMeasureRow *row = rd_measure((RdMeasure)m);
    g_autofree char *ref = g_strconcat("#/$defs/", prefix, ranges[row->range], NULL);
    rd_json_open(j, row->name, '{');
    rd_json_text(j, "$ref", ref);
    rd_json_text(j, "title", row->label);
    rd_json_text(j, "description", row->help);
    rd_json_text(j, "unit", row->unit);
    rd_json_text(j, "worlds", row->worlds);
    rd_json_close(j);
  }
  rd_json_close(j);
  rd_json_close(j);
}

/* ---- bench ------------------------------------------------------------------------------------ */

static const Member share[] = {
    {"k", "integer"}, {"n", "integer"}, {"low", "#share"}, {"high", "#share"}};

static const Member cell[] = {{"attack", "string"},
                              {"defense", "string"},
                              {"benign", "boolean"},
                              {"seeds", "integer"},
                              {"usable", "integer"},
                              {"verdict", "#verdict"},
                              {"acts", "boolean"},
                              {"alerts", "boolean"},
                              {"detected", "#share_of_seeds"},
                              {"ttd_median_s", "#positive"},
                              {"ttd_median_low_s", "#positive"},
                              {"ttd_median_high_s", "#positive"},
                              {"succeeded_without_defense", "#share_of_seeds"},
                              {"succeeded", "#share_of_seeds"},
                              {"effect_unit", "string?"},
                              {"threshold", "#any"},
                              {"effect_change", "#summary_any"},
                              {"effect_change_p", "#share"},
                              {"effect_change_p_holm", "#share"},
                              {"attacks", "#attacks"},
                              {"measures", "#measures"}};

static const Member cell_attack[] = {{"name", "string"},
                                     {"role", "#role"},
                                     {"unit", "string?"},
                                     {"threshold", "#any"},
                                     {"succeeded_without_defense", "#share_of_seeds"},
                                     {"succeeded", "#share_of_seeds"},
                                     {"effect_without_defense", "#summary_any"},
                                     {"effect", "#summary_any"}};

static void put_roles(RdJson *j) {
  rd_json_open_flat(j, "role", '{');
  rd_json_open(j, "enum", '[');
  for (int i = RD_ROLE_ATTACK; i <= RD_ROLE_TWIN; i++)
    rd_json_text(j, NULL, rd_attack_role_name((RdAttackRole)i));
  rd_json_close(j);
  rd_json_close(j);
}

static const Member unusable[] = {
    {"attack", "string"}, {"defense", "string"}, {"seed", "integer"}, {"why", "string"}};

static void put_verdicts(RdJson *j) {
  rd_json_open(j, "verdict", '{');
  rd_json_open_flat(j, "enum", '[');
  for (int i = RD_CELL_NOTHING; i <= RD_CELL_HARMED; i++)
    rd_json_text(j, NULL, rd_cell_outcome_name((RdCellOutcome)i));
  rd_json_close(j);
  rd_json_close(j);
}

static void put_const(RdJson *j, const char *key, const char *value) {
  rd_json_open_flat(j, key, '{');
  rd_json_text(j, "const", value);
  rd_json_close(j);
}

static void begin_schema(RdJson *j, const char *title, const Member *members, size_t n) {
  rd_json_init(j);
  rd_json_open(j, NULL, '{');
  rd_json_text(j, "$schema", "https://json-schema.org/draft/2020-12/schema");
  rd_json_text(j, "title", title);
  rd_json_text(j, "type", "object");
  rd_json_bool(j, "additionalProperties", false);
  put_required(j, members, n);
}

char *rd_schema_bench(void) {
  static const Member root[] = {
      {"format", ""}, {"campaign", ""}, {"confidence", ""}, {"cells", ""}, {"unusable", ""}};
  RdJson j;
  begin_schema(&j, "redoubt bench --format json", root, G_N_ELEMENTS(root));
  rd_json_open(&j, "properties", '{');
  put_const(&j, "format", "redoubt-bench-1");
  put_type(&j, "campaign", "string");
  put_type(&j, "confidence", "number");
  put_array(&j, "cells", "#cell");
  put_array(&j, "unusable", "#unusable");
  rd_json_close(&j);
  rd_json_open(&j, "$defs", '{');
  put_numbers(&j);
  put_summaries(&j);
  PUT_OBJECT(&j, "share_of_seeds", share);
  put_verdicts(&j);
  PUT_OBJECT(&j, "cell", cell);
  put_roles(&j);
  PUT_OBJECT(&j, "attack", cell_attack);
  put_array(&j, "attacks", "#attack");
  PUT_OBJECT(&j, "unusable", unusable);
  put_measures(&j, "summary_");
  rd_json_close(&j);
  rd_json_close(&j);
  return rd_json_finish(&j);
}

/* ---- run -------------------------------------------------------------------------------------- */

static const Member success[] = {{"succeeded", "boolean"}, {"effect", "#any"},
                                 {"effect_low", "#any"},   {"effect_high", "#any"},
                                 {"threshold", "#any"},    {"worst_10s", "#any"},
                                 {"unit", "string"},       {"why", "string?"}};

static const Member run_attack[] = {{"name", "string"},
                                    {"role", "#role"},
                                    {"without_defense", "#success"},
                                    {"with_defense", "#success"}};

static void put_fates(RdJson *j) {
  Member members[RD_FATES + 1] = {{"attempts", "integer"}};
  for (unsigned f = 0; f < RD_FATES; f++)
    members[f + 1] = (Member){rd_fate_name((RdFate)f), "integer"};
  PUT_OBJECT(j, "fates", members);
}

/* Null for a trial that is run alone; without a word on success where nobody attacks. */
static void put_comparison(RdJson *j) {
  static const Member always[] = {{"attacks", "#attacks"},
                                  {"registrations", "#fates"},
                                  {"calls", "#fates"},
                                  {"messages", "#fates"},
                                  {"measures", "#measures"}};
  rd_json_open(j, "comparison", '{');
  rd_json_open_flat(j, "type", '[');
  rd_json_text(j, NULL, "object");
  rd_json_text(j, NULL, "null");
  rd_json_close(j);
  rd_json_bool(j, "additionalProperties", false);
  put_required(j, always, G_N_ELEMENTS(always));
  rd_json_open(j, "properties", '{');
  put_type(j, "without_defense", "#success");
  put_type(j, "with_defense", "#success");
  for (size_t i = 0; i < G_N_ELEMENTS(always); i++)
    put_type(j, always[i].key, always[i].type);
  rd_json_close(j);
  rd_json_close(j);
}

/* A world's own result.json stands in as it is. */
static void put_worlds(RdJson *j) {
  static const char *const names[] = {"nothing", "attack", "both", "defense"};
  rd_json_open(j, "worlds", '{');
  rd_json_text(j, "type", "object");
  rd_json_bool(j, "additionalProperties", false);
  rd_json_open(j, "properties", '{');
  for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
    put_type(j, names[i], "#world");
  rd_json_close(j);
  rd_json_close(j);
}

char *rd_schema_run(void) {
  static const Member root[] = {{"format", ""}, {"id", ""}, {"comparison", ""}, {"worlds", ""}};
  RdJson j;
  begin_schema(&j, "redoubt run --format json", root, G_N_ELEMENTS(root));
  rd_json_open(&j, "properties", '{');
  put_const(&j, "format", "redoubt-run-1");
  put_type(&j, "id", "string");
  put_comparison(&j);
  put_worlds(&j);
  rd_json_close(&j);
  rd_json_open(&j, "$defs", '{');
  put_numbers(&j);
  PUT_OBJECT(&j, "success", success);
  put_roles(&j);
  PUT_OBJECT(&j, "attack", run_attack);
  put_array(&j, "attacks", "#attack");
  put_fates(&j);
  put_measures(&j, "");
  rd_result_schema_put(&j, "world");
  rd_json_close(&j);
  rd_json_close(&j);
  return rd_json_finish(&j);
}

/* ---- a world's result ------------------------------------------------------------------------- */

char *rd_schema_result(void) {
  return rd_result_schema();
}
