/* A cell's word, by the interval of its effect, that of the undefended cell, and the threshold. */
#include "bench/judge/matrix.h"

#include "tests/check_main.h"

#define THRESHOLD 5.0

static const struct {
  RdInterval here, undefended;
  const char *word;
} cells[] = {
    {{5, 9}, {5, 9}, "lost"},
    {{6, 9}, {0, 1}, "lost"}, /* the defense made it so */
    {{4.9, 9}, {6, 9}, "open"},
    {{0, 0}, {6, 9}, "held"},
    {{1, 2}, {6, 9}, "held"}, /* less than the threshold, though somebody loses something */
    {{0, 0}, {2, 9}, "open"}, /* nobody knows whether there was anything to hold */
    {{3.2, 4.8}, {3.2, 4.8}, "minor"},
    {{0, 0}, {3.2, 4.8}, "harmless"},
    {{-0.5, 1}, {-0.5, 1}, "harmless"},
    {{0.1, 5}, {0, 0}, "open"}, /* the threshold itself is reached */
};

START_TEST(the_word_goes_by_the_intervals) {
  ck_assert_str_eq(
      rd_cell_outcome_name(rd_cell_outcome_of(cells[_i].here, cells[_i].undefended, THRESHOLD)),
      cells[_i].word);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("matrix");
  TCase *t = tcase_create("words");
  tcase_add_loop_test(t, the_word_goes_by_the_intervals, 0, (int)G_N_ELEMENTS(cells));
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
