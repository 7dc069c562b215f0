/* The lines of measure_rows.h are whole, and what is made of them is what stands in the docs. */
#include "bench/judge/measures.h"

#include <math.h>
#include <string.h>

#include "bench/judge/document.h"
#include "tests/check_main.h"

START_TEST(each_line_is_whole) {
  const RdMeasureRow *row = rd_measure((RdMeasure)_i);
  const char *texts[] = {row->name, row->label, row->help, row->worlds};
  for (size_t t = 0; t < G_N_ELEMENTS(texts); t++)
    ck_assert_msg(texts[t] && *texts[t], "line %d has an empty text", _i);
  ck_assert_ptr_nonnull(row->unit);
  ck_assert(row->from != NULL);
  ck_assert_msg(!strpbrk(row->help, "|\n"), "%s: its help would break a table", row->name);
  if (row->show == RD_SHOW_CHANGE) /* two worlds' figures of one kind */
    ck_assert_str_eq(rd_measure(row->before)->unit, row->unit);
}
END_TEST

START_TEST(columns_differ_and_questions_stay_together) {
  g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  unsigned changes = 0;
  for (unsigned m = 0; m < RD_MEASURES; m++) {
    char *column = rd_measure_column((RdMeasure)m);
    ck_assert_msg(!g_hash_table_contains(seen, column), "%s comes twice", column);
    g_hash_table_add(seen, column);
    changes +=
        m > 0 && rd_measure((RdMeasure)m)->question != rd_measure((RdMeasure)(m - 1))->question;
  }
  ck_assert_uint_eq(changes, RD_QUESTIONS - 1); /* or the report would ask one twice */
}
END_TEST

START_TEST(the_docs_have_the_table) {
  g_autofree char *docs = NULL, *table = rd_measures_table();
  ck_assert(g_file_get_contents(DOCS "/result-format.md", &docs, NULL, NULL));
  ck_assert_msg(strstr(docs, table) != NULL,
                "docs/result-format.md is not what `redoubt report --columns` prints: put it in");
}
END_TEST

/* ---- figures by hand ---- */

#define IN_D                                                                                       \
  "{\"defenses\": [{\"name\": \"one\", \"alerts\": {\"false_alarms\": 2}},{\"name\": \"two\", "    \
  "\"alerts\": {\"false_alarms\": 3}}]}"

static const char *const worlds[RD_WORLDS] = {
    [RD_IN_N] = "{\"legit\": {\"call\": {\"ser\": 99.5, \"srd_ns\": {\"p95\": 250000000}}}}",
    [RD_IN_A] = "{\"legit\": {\"call\": {\"ser\": null}}}",
    [RD_IN_B] =
        "{\"legit\": {\"call\": {\"ser\": 60}}, \"attacks\": ["
        "{\"name\": \"other\", \"detected\": false},"
        "{\"name\": \"drum\", \"detected\": true, \"ttd_ns\": 1500000000}], \"defenses\": ["
        "{\"name\": \"one\", \"message\": {\"fpr\": 0.01}, \"cost\": {\"per_message_ns\": 100},"
        " \"judged\": {\"benign\": {\"n\": 30}, \"twin\": {\"n\": 0}},"
        " \"not_judged\": {\"benign\": {\"n\": 70}, \"twin\": {\"n\": 0}}},"
        "{\"name\": \"two\", \"message\": {\"fpr\": 0.02}, \"cost\": {\"per_message_ns\": 11}},"
        "{\"name\": \"gone\", \"message\": {\"fpr\": 0.5}, \"cost\": {\"per_message_ns\": 7}}]}",
    [RD_IN_D] = IN_D};

typedef struct {
  RdTrial trial;
  RdTrialAttack attack;
  RdTrialDefense defenses[3];
  RdComparisons comparisons;
  RdSuccess alone, defended;
  JsonObject *results[RD_WORLDS];
  RdSources sources;
  double m[RD_MEASURES];
} Reading;

static void setup(Reading *r) {
  *r = (Reading){
      .attack = {.name = (char *)"drum"},
      .defenses = {{.name = (char *)"one"}, {.name = (char *)"two"}, {.name = (char *)"gone"}},
      .alone = {.effect = 40, .succeeded = true},
      .defended = {.effect = 3, .threshold = 5, .worst = NAN}};
  r->comparisons.calls = (RdComparison){.attempts = 90, .lost = {[RD_IN_A] = 40, [RD_IN_D] = 4}};
  r->comparisons.registers = (RdComparison){.attempts = 10, .lost = {[RD_IN_A] = 2, [RD_IN_D] = 1}};
  r->comparisons.calls.combinations[rd_combination(true, true, false, false)] = 5;
  r->comparisons.registers.combinations[rd_combination(true, true, false, true)] = 6;
  r->comparisons.calls.fates[RD_FATE_RESCUED] = 7;
  for (unsigned w = 0; w < RD_WORLDS; w++)
    r->results[w] = rd_document_parse(worlds[w], NULL);
  r->trial =
      (RdTrial){.attacks = &r->attack, .n_attacks = 1, .defenses = r->defenses, .n_defenses = 3};
  r->sources = (RdSources){.trial = &r->trial,
                           .subject = &r->attack,
                           .results = r->results,
                           .comparisons = &r->comparisons,
                           .alone = &r->alone,
                           .defended = &r->defended,
                           .guarded = TRUE};
}

static void teardown(Reading *r) {
  for (unsigned w = 0; w < RD_WORLDS; w++)
    json_object_unref(r->results[w]);
}

START_TEST(figures_come_from_where_they_say) {
  Reading r;
  setup(&r);
  rd_measures_take(&r.sources, r.m);
  ck_assert_double_eq(r.m[RD_M_SER_N], 99.5);
  ck_assert_double_nan(r.m[RD_M_SER_A]);
  ck_assert_double_eq(r.m[RD_M_SER_B], 60);
  ck_assert_double_nan(r.m[RD_M_SER_D]);
  ck_assert_double_eq(r.m[RD_M_SRD_N], 250);
  ck_assert_double_eq(r.m[RD_M_DETECTED], 1); /* the subject's, not the first one's */
  ck_assert_double_eq(r.m[RD_M_TTD], 1.5);
  ck_assert_double_eq(r.m[RD_M_FPR], 0.02); /* `gone` is not told of in both worlds */
  ck_assert_double_eq(r.m[RD_M_COST], 111);
  ck_assert_double_eq(r.m[RD_M_FALSE_ALARMS_PEACE], 5);
  ck_assert_double_eq(r.m[RD_M_JUDGED_LEGIT], 0.3);
  ck_assert_double_eq(r.m[RD_M_EFFECT_ALONE], 40);
  ck_assert_double_eq(r.m[RD_M_EFFECT], 3);
  ck_assert_double_eq(r.m[RD_M_SUCCEEDED_ALONE], 1);
  ck_assert_double_eq(r.m[RD_M_SUCCEEDED], 0);
  ck_assert_double_eq(r.m[RD_M_THRESHOLD], 5);
  ck_assert_double_eq(r.m[RD_M_ATTEMPTS], 100);
  ck_assert_double_eq(r.m[RD_M_LOST_ALONE], 42);
  ck_assert_double_eq(r.m[RD_M_LOST_PEACE], 5);
  ck_assert_double_eq(r.m[RD_M_LOST_BEYOND], 11);
  ck_assert_double_eq(r.m[RD_M_RESCUED], 7);
  ck_assert_double_nan(r.m[RD_M_NOISE]);
  ck_assert_double_nan(r.m[RD_M_TWIN_EFFECT]);
  teardown(&r);
}
END_TEST

START_TEST(what_has_no_defense_or_no_denominator_is_undefined) {
  Reading r;
  RdDrift drift = {.served_differs = 3, .missing = 1};
  RdChange twin = {.attempts = 50, .lost = 4, .gained = 1};
  setup(&r);
  r.sources.guarded = FALSE;
  r.sources.benign = TRUE;
  r.sources.drift = &drift;
  r.sources.twin = &twin;
  r.comparisons = (RdComparisons){0};
  rd_measures_take(&r.sources, r.m);
  ck_assert_double_nan(r.m[RD_M_DETECTED]);
  ck_assert_double_nan(r.m[RD_M_SUCCEEDED]); /* a twin wants nothing */
  ck_assert_double_nan(r.m[RD_M_LOST]);
  ck_assert_double_nan(r.m[RD_M_LOST_PEACE]);
  ck_assert_double_eq(r.m[RD_M_NOISE], 4);
  ck_assert_double_eq(r.m[RD_M_TWIN_EFFECT], 6);
  twin.attempts = 0;
  rd_measures_take(&r.sources, r.m);
  ck_assert_double_nan(r.m[RD_M_TWIN_EFFECT]);
  teardown(&r);
}
END_TEST

static Suite *make(void) {
  Suite *suite = suite_create("measures");
  TCase *tc = tcase_create("measures");
  tcase_add_loop_test(tc, each_line_is_whole, 0, RD_MEASURES);
  tcase_add_test(tc, columns_differ_and_questions_stay_together);
  tcase_add_test(tc, the_docs_have_the_table);
  tcase_add_test(tc, figures_come_from_where_they_say);
  tcase_add_test(tc, what_has_no_defense_or_no_denominator_is_undefined);
  suite_add_tcase(suite, tc);
  return suite;
}

int main(void) {
  return rd_check_main(make);
}
