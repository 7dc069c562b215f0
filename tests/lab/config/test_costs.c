/* The cost table: which row, and how many nanoseconds. */
#include "lab/config/costs.h"

#include <string.h>

#include "lab/base/random.h"
#include "lab/config/read.h"
#include "tests/check_main.h"
#include "tests/lab/config/stub.h"

static RdParts *parts;
static RdCosts *costs;
static const RdPart *box, *sbc;

static void setup(void) {
  g_autoptr(GError) error = NULL;
  parts = stub_parts();
  box = rd_parts_get(parts, RD_NODE, "box", NULL);
  sbc = rd_parts_get(parts, RD_NODE, "sbc", NULL);
  costs = rd_costs_load(FOLDER "/costs.yaml", parts, &error);
  ck_assert_msg(costs != NULL, "%s", error ? error->message : "");
}
static void teardown(void) {
  rd_costs_free(costs);
  rd_parts_free(parts);
}

START_TEST(a_parts_own_row_goes_before_the_general_one) {
  uint32_t own = rd_costs_row(costs, box, "scan"), general = rd_costs_row(costs, sbc, "scan");
  ck_assert_uint_ne(own, general);
  ck_assert_uint_ne(general, 0);
  ck_assert_uint_eq(rd_costs_row(costs, box, "no-such"), 0);
  ck_assert_uint_eq(rd_costs_row(costs, sbc, "vector"), 0);
  ck_assert_int_eq(rd_costs_ns(costs, 0, 1000, 1000, 1), 0);
  ck_assert_int_eq(rd_costs_ns(costs, 99, 1000, 1000, 1), 0);
}
END_TEST

/* What a part declares stands where the table has no row of its name, and before that of "*". */
START_TEST(a_part_brings_its_own_rows) {
  uint32_t own = rd_costs_row(costs, box, "look-up");
  ck_assert_int_eq(rd_costs_ns(costs, own, 0, 0, 1), 7000);
  ck_assert_int_eq(rd_costs_ns(costs, own, 500, 1023, 1), 7000 + 10 * 100);
  ck_assert_uint_eq(rd_costs_row(costs, box, "look-up"), own);
  ck_assert_uint_eq(rd_costs_row(costs, sbc, "look-up"), 0); /* it is the box's alone */
  rd_costs_set(costs, "*", "look-up", 1, 0, 0);
  ck_assert_uint_eq(rd_costs_row(costs, box, "look-up"), own);
  ck_assert_uint_ne(rd_costs_row(costs, sbc, "look-up"), 0);
  /* declared without a cost: that of all */
  ck_assert_uint_eq(rd_costs_row(costs, box, "table"), rd_costs_row(costs, NULL, "table"));
}
END_TEST

START_TEST(the_table_overrides_what_a_part_declares) {
  uint32_t vector = rd_costs_row(costs, box, "vector"); /* 9 ms by the part, 3 ms by the table */
  double sum = 0;
  for (unsigned i = 0; i < 1000; i++)
    sum += (double)rd_costs_ns(costs, vector, 0, 0, rd_random(7, i, 0, 0));
  ck_assert(sum / 1000 > 2.5e6 && sum / 1000 < 3.5e6);
  g_autofree char *text = rd_costs_yaml(costs);
  rd_costs_row(costs, box, "look-up");
  g_autofree char *later = rd_costs_yaml(costs); /* rows of parts are no part of the table */
  ck_assert_str_eq(text, later);
}
END_TEST

/* What would make work free without a word. */
static const struct {
  const char *row, *says;
} faults[] = {
    {"{part: phnoe, operation: scan, base: 1 us}",
     "t.yaml:2:14: part: there is no part \"phnoe\"; did you mean \"phone\"?"},
    {"{part: elsewhere, operation: scan, base: 1 us}",
     "t.yaml:2:14: part: there is no part \"elsewhere\" (parts: "},
    {"{part: ../box, operation: scan, base: 1 us}", "there is no part \"../box\""},
    {"{part: box, operation: vectr, base: 1 us}",
     "t.yaml:2:30: operation: part box has no operation \"vectr\"; did you mean \"vector\"? (it "
     "has: scan, handle, send, timer, vector, look-up, table)"},
    {"{part: sbc, operation: vector, base: 1 us}", "part sbc has no operation \"vector\""},
    {"{part: limit, operation: handle, base: 1 us}", "part limit has no operation \"handle\""},
    {"{part: '*', operation: scna, base: 1 us}",
     "no part has an operation \"scna\"; did you mean \"scan\"?"},
};

static char *refusal(const char *row) {
  g_autoptr(RdDiagnostics) d = rd_diagnostics_new();
  g_autoptr(GError) error = NULL;
  g_autofree char *text = g_strdup_printf("{version: t, rows: [\n      %s]}", row);
  rd_costs_free(rd_costs_parse(text, strlen(text), "t.yaml", parts, d));
  return rd_diagnostics_ok(d, &error) ? NULL : g_strdup(error->message);
}

START_TEST(a_row_of_nobody_is_a_fault) {
  g_autofree char *message = refusal(faults[_i].row);
  ck_assert_msg(message != NULL, "%s was taken", faults[_i].row);
  ck_assert_msg(strstr(message, faults[_i].says) != NULL, "%s", message);
}
END_TEST

START_TEST(a_row_of_somebody_is_none) {
  static const char *const sound[] = {"{part: limit, operation: judge, base: 1 us}",
                                      "{part: flood, operation: send, base: 1 us}",
                                      "{part: box, operation: look-up, base: 1 us}",
                                      "{part: box, operation: table, base: 1 us}",
                                      "{part: '*', operation: look-up, base: 1 us}",
                                      "{part: '*', operation: transaction, base: 1 us}"};
  for (size_t i = 0; i < G_N_ELEMENTS(sound); i++) {
    g_autofree char *message = refusal(sound[i]);
    ck_assert_msg(message == NULL, "%s", message);
  }
}
END_TEST

START_TEST(what_a_part_uses_is_named_row_by_row) {
  g_autofree char *used = rd_costs_used(costs, box);
  ck_assert_str_eq(
      used, "  - {part: \"box\", operation: \"scan\", base: 1500 ps}\n"
            "  - {part: \"box\", operation: \"handle\", base: 0 s}\n"
            "  - {part: \"box\", operation: \"send\", base: 0 s}\n"
            "  - {part: \"box\", operation: \"timer\", base: 0 s}\n"
            "  - {part: \"box\", operation: \"vector\", base: 3 ms, distribution: exponential}\n"
            "  - {part: \"box\", operation: \"look-up\", base: 7 us, per-doubling: 100 ns}\n"
            "  - {part: \"box\", operation: \"table\", base: 1 us, per-doubling: 200 ns}\n");
}
END_TEST

START_TEST(base_and_bytes_add_up) {
  uint32_t scan = rd_costs_row(costs, sbc, "scan");
  ck_assert_int_eq(rd_costs_ns(costs, scan, 0, 0, 1), 5000);
  ck_assert_int_eq(rd_costs_ns(costs, scan, 904, 0, 1), 5000 + 904 * 4);
  /* 1500 ps rounds half up to 2 ns */
  ck_assert_int_eq(rd_costs_ns(costs, rd_costs_row(costs, box, "scan"), 9, 9, 1), 2);
}
END_TEST

START_TEST(occupancy_counts_by_doublings) {
  uint32_t table = rd_costs_row(costs, NULL, "table");
  ck_assert_int_eq(rd_costs_ns(costs, table, 0, 0, 1), 1000);
  for (int k = 0; k < 63; k++)
    ck_assert_int_eq(rd_costs_ns(costs, table, 0, (UINT64_C(1) << k) - 1, 1), 1000 + 200 * k);
  /* log2(1000) = 9.96578... */
  ck_assert_int_eq(rd_costs_ns(costs, table, 0, 999, 1), 1000 + 1993);
  ck_assert_int_eq(rd_costs_ns(costs, table, 0, UINT64_MAX, 1), 1000 + 12800);
}
END_TEST

START_TEST(an_absurd_size_saturates) {
  uint32_t scan = rd_costs_row(costs, sbc, "scan");
  ck_assert_int_eq(rd_costs_ns(costs, scan, UINT64_MAX, 0, 1), 3600 * RD_SECOND);
}
END_TEST

/* 10^5 draws of mean 3 ms: the sample mean's standard error is 3 ms / sqrt(10^5) = 0.32 %, and the
 * share above the mean is e^-1. */
START_TEST(exponential_rows_are_exponential) {
  uint32_t vector = rd_costs_row(costs, box, "vector");
  uint64_t stream = rd_stream(1, "test");
  double sum = 0;
  unsigned above = 0, n = 100000;
  for (unsigned i = 0; i < n; i++) {
    RdTime t = rd_costs_ns(costs, vector, 0, 0, rd_random(stream, i, 0, 0));
    sum += (double)t;
    above += t > 3 * RD_MILLISECOND;
  }
  ck_assert(sum / n > 0.987 * 3e6 && sum / n < 1.013 * 3e6);
  ck_assert(above > 0.3618 * n && above < 0.3739 * n);
}
END_TEST

START_TEST(the_shipped_table_loads) {
  g_autoptr(GError) error = NULL;
  g_autoptr(RdCosts) shipped = rd_costs_load(FOLDER "/../../../lab/costs.yaml", NULL, &error);
  ck_assert_msg(shipped != NULL, "%s", error ? error->message : "");
  static const char *const engine[] = {"scan", "judge", "handle", "send", "timer"};
  for (size_t i = 0; i < G_N_ELEMENTS(engine); i++)
    ck_assert_uint_ne(rd_costs_row(shipped, NULL, engine[i]), 0);
}
END_TEST

/* Loads a table's own text again. */
static RdCosts *again(const RdCosts *table) {
  g_autoptr(RdDiagnostics) d = rd_diagnostics_new();
  g_autoptr(GError) error = NULL;
  g_autofree char *text = rd_costs_yaml(table);
  RdCosts *read = rd_costs_parse(text, strlen(text), "again.yaml", NULL, d);
  ck_assert_msg(rd_diagnostics_ok(d, &error), "%s in %s", error ? error->message : "", text);
  return read;
}

START_TEST(a_row_can_be_set_and_the_table_written) {
  rd_costs_set(costs, "sbc", "new \"part\"\x01", 1234567, 250, 60000);
  rd_costs_set(costs, "box", "scan", 7000, 0, 0); /* replaces */
  g_autoptr(RdCosts) read = again(costs);
  uint32_t set = rd_costs_row(read, sbc, "new \"part\"\x01");
  ck_assert_int_eq(rd_costs_ns(read, set, 1000, 1, 0), 1235 + 250 + 60);
  ck_assert_int_eq(rd_costs_ns(read, rd_costs_row(read, box, "scan"), 9, 9, 1), 7);
  for (uint32_t row = 1; row < 5; row++) /* all others as they were, exponential ones too */
    ck_assert_int_eq(rd_costs_ns(read, row, 904, 77, 12345),
                     rd_costs_ns(costs, row, 904, 77, 12345));
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("costs");
  TCase *c = tcase_create("costs");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, a_parts_own_row_goes_before_the_general_one);
  tcase_add_test(c, a_part_brings_its_own_rows);
  tcase_add_test(c, the_table_overrides_what_a_part_declares);
  tcase_add_loop_test(c, a_row_of_nobody_is_a_fault, 0, G_N_ELEMENTS(faults));
  tcase_add_test(c, a_row_of_somebody_is_none);
  tcase_add_test(c, what_a_part_uses_is_named_row_by_row);
  tcase_add_test(c, base_and_bytes_add_up);
  tcase_add_test(c, occupancy_counts_by_doublings);
  tcase_add_test(c, an_absurd_size_saturates);
  tcase_add_test(c, exponential_rows_are_exponential);
  tcase_add_test(c, the_shipped_table_loads);
  tcase_add_test(c, a_row_can_be_set_and_the_table_written);
  suite_add_tcase(s, c);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
