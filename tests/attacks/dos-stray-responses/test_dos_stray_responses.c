/* dos-stray-responses: exact, well-formed, unique, from itself or in phones' names. */
#include <string.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "tests/attacks/floods.h"

static void open_strays(Bench *b, int pose) {
  void *config = mock_config(&redoubt_plugin);
  mock_set(&redoubt_plugin, config, "rate", 60);
  mock_set(&redoubt_plugin, config, "sources", 3);
  mock_set(&redoubt_plugin, config, "pose", pose);
  mock_set(&redoubt_plugin, config, "population", 20);
  mock_set_text(&redoubt_plugin, config, "phones", "sbc"); /* the one name that the bench knows */
  bench_open_with(b, 1, FLOOD_END, config);
  mock_run_until(b->world, 100 * RD_SECOND);
}

START_TEST(its_rate_is_exact_and_ends) {
  Bench b;
  open_strays(&b, 0);
  ck_assert_uint_eq(mock_n_sent(b.mock), 600);
  ck_assert_int_lt(mock_last(b.mock)->at, FLOOD_END);
  ck_assert_int_eq(mock_count(b.mock, "sent"), 600);
  bench_close(&b);
}
END_TEST

START_TEST(they_are_answers_to_nothing) {
  GHashTable *seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  unsigned of_class[7] = {0};
  Bench b;
  open_strays(&b, 0);
  for (unsigned i = 0; i < 600; i++) {
    const RdSip *sip = &mock_sent(b.mock, i)->scan->sip;
    ck_assert(!sip->is_request);
    ck_assert_uint_eq(sip->defects, 0);
    ck_assert(rd_slice_is(sip->via_sent_by, "198.18.0.1:5060")); /* or the target would not look */
    ck_assert(g_hash_table_add(seen, g_strndup(sip->via_branch.at, sip->via_branch.len)));
    of_class[sip->status / 100]++;
  }
  ck_assert_uint_gt(of_class[1], 100);
  ck_assert_uint_gt(of_class[2], 100);
  ck_assert_uint_gt(of_class[4], 100);
  g_hash_table_destroy(seen);
  bench_close(&b);
}
END_TEST

/* 600 draws out of 20 phones miss one with a chance of 20 * 0.95^600, nothing. */
START_TEST(in_phones_names_it_uses_all_of_them) {
  GHashTable *from = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  Bench b;
  open_strays(&b, 1);
  for (unsigned i = 0; i < 600; i++) {
    char text[RD_ADDRESS_TEXT];
    rd_address_text(&mock_sent(b.mock, i)->local, text);
    ck_assert(g_str_has_prefix(text, "198.18.0."));
    g_hash_table_add(from, g_strdup(text));
  }
  ck_assert_uint_eq(g_hash_table_size(from), 20);
  g_hash_table_destroy(from);
  bench_close(&b);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("dos-stray-responses");
  TCase *t = tcase_create("strays");
  tcase_add_test(t, its_rate_is_exact_and_ends);
  tcase_add_test(t, they_are_answers_to_nothing);
  tcase_add_test(t, in_phones_names_it_uses_all_of_them);
  suite_add_tcase(s, t);
  harm_add(s);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
