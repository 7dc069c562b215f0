/* Numbers with units: what is accepted, what is refused, and that texts come back exactly. */
#include "lab/text/quantity.h"

#include <math.h>
#include <string.h>

#include "lab/base/random.h"
#include "tests/check_main.h"

#define SECOND RD_SECOND

START_TEST(numbers) {
  static const struct {
    const char *text, *unit;
    double value;
  } good[] = {{"0", NULL, 0},
              {"-0", NULL, 0},
              {"5", NULL, 5},
              {" 5 ", NULL, 5},
              {"+5", NULL, 5},
              {"-2.5", NULL, -2.5},
              {".5", NULL, 0.5},
              {"5.", NULL, 5},
              {"1e3", NULL, 1000},
              {"1E-3", NULL, 0.001},
              {"5k", NULL, 5000},
              {"2M", NULL, 2e6},
              {"1.5G", NULL, 1.5e9},
              {"2 T", NULL, 2e12},
              {"30 %", NULL, 0.3},
              {"30%", NULL, 0.3},
              {"0.1k", NULL, 100},
              {"800 1/s", "1/s", 800},
              {"800/s", "1/s", 800},
              {"5k/s", "1/s", 5000},
              {"5 k 1/s", "1/s", 5000},
              {"30 %", "%", 30},
              {"12 s", "s", 12},
              {"3 M", "M", 3},
              {"1e2 %", NULL, 1},
              {"0.07", NULL, 0.07},
              {"123456789012345678901234567890", NULL, 123456789012345678901234567890.}};
  for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
    double value = NAN;
    char *why = NULL;
    ck_assert_msg(rd_quantity_number(good[i].text, good[i].unit, &value, &why), "%s: %s",
                  good[i].text, why);
    ck_assert_msg(value == good[i].value && !(value == 0 && signbit(value)), "%s is %.17g",
                  good[i].text, value);
  }
}
END_TEST

START_TEST(no_numbers) {
  static const char *const bad[] = {"",     " ",        "x",     "nan",    "NaN",   "inf",
                                    "-inf", "infinity", "1e999", "-1e999", "0x10",  "1,5",
                                    "1 5",  "5kk",      "5 q",   "5k%",    "--5",   "1e",
                                    "1e+",  ".",        "-",     "5 1/s",  "1.2.3", "5e3x"};
  for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
    double value = 77;
    g_autofree char *why = NULL;
    ck_assert_msg(!rd_quantity_number(bad[i], NULL, &value, &why), "\"%s\" is %.17g", bad[i],
                  value);
    ck_assert_ptr_nonnull(why);
    ck_assert(value == 77);
  }
}
END_TEST

START_TEST(integers) {
  static const struct {
    const char *text;
    int64_t value;
  } good[] = {{"0", 0},       {"-7", -7},     {"1e3", 1000},  {"5k", 5000},
              {"1.5k", 1500}, {"2.50e1", 25}, {"1000e-3", 1}, {"9223372036854775807", INT64_MAX},
              {"1.0", 1}};
  static const char *const bad[] = {"1.5", "1e-1",  "9223372036854775808",     "1e19",  "",
                                    "x",   "0.5k5", "99999999999999999999999", "1e400", "5 %"};
  for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
    int64_t value = 0;
    char *why = NULL;
    ck_assert_msg(rd_quantity_integer(good[i].text, NULL, &value, &why), "%s: %s", good[i].text,
                  why);
    ck_assert_int_eq(value, good[i].value);
  }
  for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
    int64_t value = 77;
    g_autofree char *why = NULL;
    ck_assert_msg(!rd_quantity_integer(bad[i], NULL, &value, &why), "%s", bad[i]);
    ck_assert_int_eq(value, 77);
  }
}
END_TEST

START_TEST(durations) {
  static const struct {
    const char *text;
    RdTime value;
  } good[] = {{"30 s", 30 * SECOND},
              {"5 ms", 5000000},
              {"500us", 500000},
              {"2 h", 7200 * SECOND},
              {"1.5 min", 90 * SECOND},
              {"1 d", 86400 * SECOND},
              {"7 ns", 7},
              {"0", 0},
              {"0 s", 0},
              {"0.1 s", 100000000},
              {"1e3 us", 1000000},
              {"0.000000001 s", 1},
              {"-0 s", 0},
              {"9223372036854775807 ns", INT64_MAX}};
  static const char *const bad[] = {"100",
                                    "5",
                                    "-1 s",
                                    "5 S",
                                    "5 m",
                                    "0.1 ns",
                                    "1e-10 s",
                                    "inf s",
                                    "nan",
                                    "",
                                    "s",
                                    "1e30 s",
                                    "300 y",
                                    "5 s s",
                                    "9223372036854775808 ns",
                                    "1e999 s",
                                    "0.12345678901234567890123 s",
                                    "5 ps"};
  for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
    RdTime value = -1;
    char *why = NULL;
    ck_assert_msg(rd_quantity_duration(good[i].text, &value, &why), "%s: %s", good[i].text, why);
    ck_assert_int_eq(value, good[i].value);
  }
  for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
    RdTime value = 77;
    g_autofree char *why = NULL;
    ck_assert_msg(!rd_quantity_duration(bad[i], &value, &why), "%s is %" G_GINT64_FORMAT, bad[i],
                  value);
    ck_assert_int_eq(value, 77);
  }
}
END_TEST

START_TEST(a_bare_duration_is_told_the_units) {
  RdTime value;
  g_autofree char *why = NULL;
  ck_assert(!rd_quantity_duration("100", &value, &why));
  ck_assert_str_eq(why,
                   "a duration with a unit (ns, us, ms, s, min, h, d) is expected, got \"100\"");
}
END_TEST

START_TEST(rates) {
  static const struct {
    const char *text;
    uint64_t value;
  } good[] = {{"1 Gbit/s", 1000000000},
              {"100Mbit/s", 100000000},
              {"64 kbit/s", 64000},
              {"500 bit/s", 500},
              {"0", 0},
              {"2.5 Gbit/s", 2500000000},
              {"1 Tbit/s", UINT64_C(1000000000000)}};
  static const char *const bad[] = {"5",          "1 GB/s", "-1 bit/s", "0.5 bit/s",
                                    "1e30 bit/s", "fast",   ""};
  for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
    uint64_t value = 1;
    char *why = NULL;
    ck_assert_msg(rd_quantity_rate(good[i].text, &value, &why), "%s: %s", good[i].text, why);
    ck_assert_uint_eq(value, good[i].value);
  }
  for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
    uint64_t value;
    g_autofree char *why = NULL;
    ck_assert_msg(!rd_quantity_rate(bad[i], &value, &why), "%s", bad[i]);
  }
}
END_TEST

START_TEST(sizes) {
  static const struct {
    const char *text;
    uint64_t value;
    const char *back;
  } good[] = {{"0", 0, "0"},
              {"212992 B", 212992, "208 KiB"},
              {"208 KiB", 212992, "208 KiB"},
              {"1.5 KiB", 1536, "1536 B"},
              {"1024 MiB", 1 << 30, "1 GiB"},
              {"1 TiB", UINT64_C(1) << 40, "1 TiB"}};
  static const char *const bad[] = {"5", "-1 B", "5 kB", "0.3 B", "1 KB ", "9e9 TiB", "", "KiB"};
  char *why = NULL;
  for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
    uint64_t value;
    ck_assert_msg(rd_quantity_size(good[i].text, &value, &why), "%s: %s", good[i].text, why);
    ck_assert_uint_eq(value, good[i].value);
    g_autofree char *back = rd_quantity_size_text(value);
    ck_assert_str_eq(back, good[i].back);
  }
  for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
    uint64_t value = 7;
    ck_assert_msg(!rd_quantity_size(bad[i], &value, &why), "%s", bad[i]);
    ck_assert_uint_eq(value, 7);
    g_clear_pointer(&why, g_free);
  }
}
END_TEST

/* Doubles of every magnitude, by their bits; durations and rates of every length. */
START_TEST(texts_come_back_exactly) {
  uint64_t stream = rd_stream(1, "quantity");
  for (uint64_t i = 0; i < 20000; i++) {
    uint64_t bits = rd_random(stream, i, 0, 0);
    double number, back;
    char *why = NULL;
    memcpy(&number, &bits, sizeof number);
    if (isfinite(number)) {
      g_autofree char *text = rd_quantity_number_text(number);
      ck_assert_msg(rd_quantity_number(text, NULL, &back, &why), "%s: %s", text, why);
      ck_assert_msg(back == number, "%s", text);
    }
    uint64_t whole = bits >> 1 >> (i % 63), rate;
    RdTime t;
    g_autofree char *duration = rd_quantity_duration_text((RdTime)whole);
    ck_assert(rd_quantity_duration(duration, &t, &why) && t == (RdTime)whole);
    g_autofree char *speed = rd_quantity_rate_text(whole);
    ck_assert(rd_quantity_rate(speed, &rate, &why) && rate == whole);
  }
}
END_TEST

START_TEST(texts_are_readable) {
  static const struct {
    double value;
    const char *text;
  } plain[] = {{1000, "1000"}, {0.3, "0.3"}, {10000000, "10000000"}, {1e20, "1e+20"}, {0, "0"}};
  static const struct {
    RdTime value;
    const char *text;
  } times[] = {{0, "0 s"}, {90 * SECOND, "90 s"}, {1500000, "1500 us"}, {7, "7 ns"}};
  for (size_t i = 0; i < G_N_ELEMENTS(plain); i++) {
    g_autofree char *text = rd_quantity_number_text(plain[i].value);
    ck_assert_str_eq(text, plain[i].text);
  }
  for (size_t i = 0; i < G_N_ELEMENTS(times); i++) {
    g_autofree char *text = rd_quantity_duration_text(times[i].value);
    ck_assert_str_eq(text, times[i].text);
  }
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("quantity");
  TCase *c = tcase_create("quantity");
  tcase_add_test(c, numbers);
  tcase_add_test(c, no_numbers);
  tcase_add_test(c, integers);
  tcase_add_test(c, durations);
  tcase_add_test(c, a_bare_duration_is_told_the_units);
  tcase_add_test(c, rates);
  tcase_add_test(c, sizes);
  tcase_add_test(c, texts_come_back_exactly);
  tcase_add_test(c, texts_are_readable);
  suite_add_tcase(s, c);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
