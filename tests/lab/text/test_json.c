#include <math.h>

#include "lab/text/json.h"
#include "tests/check_main.h"

START_TEST(layout) {
  RdJson j;
  rd_json_init(&j);
  rd_json_open(&j, NULL, '{');
  rd_json_text(&j, "name", "a \"b\"\\\n\x7f");
  rd_json_open(&j, "empty", '[');
  rd_json_close(&j);
  rd_json_open(&j, "rows", '[');
  rd_json_open_flat(&j, NULL, '{');
  rd_json_int(&j, "i", INT64_MIN);
  rd_json_open(&j, "deep", '[');
  rd_json_uint(&j, NULL, UINT64_MAX);
  rd_json_bool(&j, NULL, true);
  rd_json_close(&j);
  rd_json_close(&j);
  rd_json_null(&j, NULL);
  rd_json_close(&j);
  rd_json_close(&j);
  g_autofree char *text = rd_json_finish(&j);
  ck_assert_str_eq(text,
                   "{\n"
                   " \"name\": \"a \\\"b\\\"\\\\\\u000a\\u007f\",\n"
                   " \"empty\": [],\n"
                   " \"rows\": [\n"
                   "  {\"i\": -9223372036854775808, \"deep\": [18446744073709551615, true]},\n"
                   "  null\n"
                   " ]\n"
                   "}\n");
}
END_TEST

START_TEST(numbers_and_nothing) {
  RdJson j;
  rd_json_init(&j);
  rd_json_open_flat(&j, NULL, '[');
  rd_json_real(&j, NULL, 1.0 / 3);
  rd_json_real(&j, NULL, -1e-9);
  rd_json_real(&j, NULL, NAN);
  rd_json_real(&j, NULL, INFINITY);
  rd_json_real(&j, NULL, 1e15);
  rd_json_time(&j, NULL, RD_NEVER);
  rd_json_time(&j, NULL, -1);
  rd_json_time(&j, NULL, 0);
  rd_json_text(&j, NULL, NULL);
  rd_json_close(&j);
  g_autofree char *text = rd_json_finish(&j);
  ck_assert_str_eq(text, "[0.333333, 0.000000, null, null, 1000000000000000.000000, null, null, 0, "
                         "null]\n");
}
END_TEST

START_TEST(foreign_octets_become_valid_text) {
  RdJson j;
  rd_json_init(&j);
  rd_json_text(&j, NULL, "caf\xc3\xa9 \xff");
  g_autofree char *text = rd_json_finish(&j);
  ck_assert(g_utf8_validate(text, -1, NULL));
  ck_assert_str_eq(text, "\"caf\xc3\xa9 \xef\xbf\xbd\"\n");
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("json");
  TCase *t = tcase_create("json");
  tcase_add_test(t, layout);
  tcase_add_test(t, numbers_and_nothing);
  tcase_add_test(t, foreign_octets_become_valid_text);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
