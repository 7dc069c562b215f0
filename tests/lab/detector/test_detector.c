/* What detectors are built on, held to worked values and to the bounds that are published for it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lab/base/address.h"
#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "lab/detector/alarm.h"
#include "lab/detector/bloom.h"
#include "lab/detector/classes.h"
#include "lab/detector/ewma.h"
#include "lab/detector/identity.h"
#include "lab/detector/measure.h"
#include "lab/detector/report.h"
#include "lab/detector/sketch.h"
#include "lab/detector/top.h"
#include "lab/detector/window.h"
#include "tests/check_main.h"
#include "tests/mock/host.h"

static const uint64_t secret[2] = {11, 22};

START_TEST(windows_count_those_in_which_nothing_came) {
  RdWindow w = rd_window(RD_SECOND);
  ck_assert_uint_eq(rd_window_roll(&w, 5500 * RD_MILLISECOND),
                    0); /* the first is the one it opens in */
  ck_assert_int_eq(rd_window_start(&w), 5 * RD_SECOND);
  ck_assert_uint_eq(rd_window_roll(&w, 5999 * RD_MILLISECOND), 0);
  ck_assert_uint_eq(rd_window_roll(&w, 6 * RD_SECOND), 1);
  ck_assert_uint_eq(rd_window_roll(&w, 9 * RD_SECOND), 3);
  ck_assert_uint_eq(rd_window_roll(&w, 2 * RD_SECOND), 0); /* time that goes back closes none */
  ck_assert_int_eq(rd_window_start(&w), 9 * RD_SECOND);
  ck_assert_uint_eq(rd_window_roll(&w, RD_NEVER), RD_WINDOW_IDLE_MOST);
  RdWindow before = rd_window(RD_SECOND);
  rd_window_roll(&before, -1);
  ck_assert_int_eq(rd_window_start(&before), -RD_SECOND);
}
END_TEST

/* 10, 10, 20, 12 with alpha 1/8 and beta 1/4, by hand. */
START_TEST(moving_mean_of_a_printed_series) {
  RdEwma e = {0};
  rd_ewma_add(&e, 10, 0.125, 0.25);
  ck_assert_double_eq(e.mean, 10);
  ck_assert_double_eq(e.deviation, 0);
  rd_ewma_add(&e, 10, 0.125, 0.25); /* alpha is 1/2, beta 1 */
  rd_ewma_add(&e, 20, 0.125, 0.25); /* alpha 1/3: 10 + 10/3; beta 1/2: 0 + 10/2 */
  ck_assert_double_eq_tol(e.mean, 13.333333333, 1e-8);
  ck_assert_double_eq_tol(e.deviation, 5, 1e-12);
  ck_assert_double_eq_tol(e.variance, 50, 1e-12);
  rd_ewma_add(&e, 12, 0.125, 0.25); /* alpha 1/4, beta 1/3; it strays by -4/3 */
  ck_assert_double_eq_tol(e.mean, 13, 1e-8);
  ck_assert_double_eq_tol(e.deviation, 5 + (4.0 / 3 - 5) / 3, 1e-8);
  ck_assert_double_eq_tol(rd_ewma_sigma(&e), sqrt(e.variance) * 2, 1e-12);
}
END_TEST

START_TEST(moving_mean_forgets_at_its_own_pace) {
  RdEwma e = {0};
  for (unsigned i = 0; i < 100; i++)
    rd_ewma_add(&e, 0, 0.125, 0.25);
  for (unsigned i = 0; i < 8; i++)
    rd_ewma_add(&e, 1, 0.125, 0.25);
  ck_assert_double_eq_tol(e.mean, 1 - pow(0.875, 8), 1e-12);
}
END_TEST

START_TEST(an_alarm_ends_when_calm_and_never_lasts_for_ever) {
  RdAlarm a = {.freeze = 5, .calm = 2};
  ck_assert_int_eq(rd_alarm_close(&a, false), RD_ALARM_NONE);
  ck_assert_int_eq(rd_alarm_close(&a, true), RD_ALARM_BEGINS);
  ck_assert_int_eq(rd_alarm_close(&a, false), RD_ALARM_NONE);
  ck_assert_int_eq(rd_alarm_close(&a, false), RD_ALARM_ENDS);
  ck_assert(!a.on);
  ck_assert(rd_alarm_raise(&a));
  ck_assert(!rd_alarm_raise(&a));
  for (unsigned i = 0; i < 4; i++)
    ck_assert_int_eq(rd_alarm_close(&a, true), RD_ALARM_NONE);
  ck_assert_int_eq(rd_alarm_close(&a, true), RD_ALARM_GIVEN_UP);
  ck_assert(!a.on);
}
END_TEST

START_TEST(hellinger_distance_of_given_distributions) {
  const double p[] = {1, 1, 1, 1}, q[] = {5, 5, 5, 5}, r[] = {1, 0, 0, 0}, none[4] = {0};
  const double s[] = {0.36, 0.64}, t[] = {0.64, 0.36};
  ck_assert_double_eq_tol(rd_hellinger(p, q, 4), 0, 1e-15);
  ck_assert_double_eq_tol(rd_hellinger(p, r, 4), 0.5, 1e-12); /* 1 - sqrt(1/4) */
  ck_assert_double_eq_tol(rd_hellinger(s, t, 2), 0.04, 1e-12); /* (0.6 - 0.8)^2 */
  ck_assert_double_eq(rd_hellinger((const double[]){1, 0}, (const double[]){0, 1}, 2), 1);
  ck_assert(isnan(rd_hellinger(p, none, 4)));
}
END_TEST

START_TEST(entropy_of_given_counts) {
  ck_assert_double_eq_tol(rd_entropy((const uint32_t[]){7, 7, 7, 7}, 4), 2, 1e-12);
  ck_assert_double_eq(rd_entropy((const uint32_t[]){9, 0, 0}, 3), 0);
  ck_assert_double_eq_tol(rd_entropy((const uint32_t[]){1, 1, 2}, 3), 1.5, 1e-12);
  ck_assert_double_eq_tol(rd_entropy((const uint32_t[]){1, 3}, 2), 0.811278124459, 1e-10);
  ck_assert(isnan(rd_entropy((const uint32_t[]){0, 0}, 2)));
}
END_TEST

START_TEST(decay_is_a_power_of_a_half) {
  ck_assert_double_eq(rd_half_to(0), 1);
  ck_assert_double_eq(rd_half_to(-1), 1);
  ck_assert_double_eq(rd_half_to(3), 0.125);
  ck_assert_double_eq(rd_half_to(64), 0);
  for (double x = 0; x < 20; x += 0.0173)
    ck_assert_double_eq_tol(rd_half_to(x), pow(2, -x), 2e-4 * pow(2, -x));
}
END_TEST

/* Never below the truth; above it by more than e/cells of all with a probability of e^-rows. */
START_TEST(count_min_keeps_its_error_bound) {
  enum { KEYS = 4000, ROWS = 4, CELLS = 256 };
  static uint32_t truth[KEYS];
  unsigned over[2] = {0};
  for (unsigned conservative = 0; conservative < 2; conservative++) {
    RdSketch s;
    rd_sketch_open(&s, ROWS, CELLS);
    memset(truth, 0, sizeof truth);
    for (unsigned i = 0; i < 100000; i++) {
      const double u = rd_unit(rd_random(5, i, 1, 0));
      const unsigned key = (unsigned)(KEYS * u * u * u);
      truth[key]++;
      rd_sketch_add(&s, rd_siphash(secret, &key, sizeof key), conservative);
    }
    const double bound = 2.718281828 / CELLS * (double)s.total;
    for (unsigned key = 0; key < KEYS; key++) {
      const uint32_t estimate = rd_sketch_estimate(&s, rd_siphash(secret, &key, sizeof key));
      ck_assert_uint_ge(estimate, truth[key]);
      over[conservative] += estimate > truth[key] + bound;
    }
    ck_assert_uint_eq(s.total, 100000);
    ck_assert_uint_eq(rd_sketch_bytes(&s), ROWS * CELLS * 4);
    rd_sketch_close(&s);
  }
  ck_assert_double_le(over[0], exp(-ROWS) * KEYS);
  ck_assert_uint_le(over[1], over[0]);
}
END_TEST

/* Another key, other cells: nobody who does not know it can aim. */
START_TEST(a_sketch_cannot_be_aimed_at) {
  RdSketch s;
  const uint64_t other[2] = {12, 22};
  unsigned same = 0;
  rd_sketch_open(&s, 1, 4096);
  for (unsigned key = 0; key < 1000; key++)
    same += rd_sketch_cell(&s, 0, rd_siphash(secret, &key, sizeof key)) ==
            rd_sketch_cell(&s, 0, rd_siphash(other, &key, sizeof key));
  ck_assert_uint_lt(same, 5);
  rd_sketch_close(&s);
}
END_TEST

START_TEST(bloom_has_its_false_positives_and_no_negatives) {
  enum { KEYS = 1000, CELLS = 8192, HASHES = 4, STRANGERS = 100000 };
  RdBloom b;
  rd_bloom_open(&b, CELLS, HASHES);
  for (unsigned key = 0; key < KEYS; key++)
    rd_bloom_put(&b, rd_siphash(secret, &key, sizeof key));
  for (unsigned key = 0; key < KEYS; key++)
    ck_assert(rd_bloom_has(&b, rd_siphash(secret, &key, sizeof key)));
  unsigned wrong = 0;
  for (unsigned key = KEYS; key < KEYS + STRANGERS; key++)
    wrong += rd_bloom_has(&b, rd_siphash(secret, &key, sizeof key));
  const double expected = pow(1 - exp(-(double)HASHES * KEYS / CELLS), HASHES); /* 2.2 % */
  ck_assert_double_eq_tol((double)wrong / STRANGERS, expected, 0.15 * expected);
  for (unsigned key = 0; key < KEYS; key++)
    rd_bloom_take(&b, rd_siphash(secret, &key, sizeof key));
  ck_assert_uint_eq(b.keys, 0);
  for (unsigned i = 0; i < b.cells; i++)
    ck_assert_uint_eq(b.counts[i], 0);
  rd_bloom_take(&b, 7); /* is not in there */
  ck_assert_uint_eq(b.keys, 0);
  rd_bloom_close(&b);
}
END_TEST

START_TEST(a_counter_that_stopped_stays) {
  RdBloom b;
  rd_bloom_open(&b, 2, 1);
  for (unsigned i = 0; i < 70000; i++)
    rd_bloom_put(&b, 9);
  for (unsigned i = 0; i < 70000; i++)
    rd_bloom_take(&b, 9);
  ck_assert(rd_bloom_has(&b, 9));
  rd_bloom_clear(&b);
  ck_assert(!rd_bloom_has(&b, 9));
  rd_bloom_close(&b);
}
END_TEST

START_TEST(a_decaying_filter_halves_and_adds) {
  RdDecaying d;
  rd_decaying_open(&d, 1024, 4, 10 * RD_SECOND);
  ck_assert_double_eq(rd_decaying_add(&d, 1, 8, 0), 8);
  ck_assert_double_eq_tol(rd_decaying_read(&d, 1, 10 * RD_SECOND), 4, 1e-9);
  ck_assert_double_eq_tol(rd_decaying_add(&d, 1, 1, 20 * RD_SECOND), 3, 1e-9);
  ck_assert_double_eq_tol(rd_decaying_read(&d, 1, 5 * RD_SECOND), 3, 1e-9); /* never back in time */
  ck_assert_double_eq(rd_decaying_read(&d, 2, 0), 0);
  for (uint64_t key = 10; key < 210; key++)
    rd_decaying_add(&d, rd_mix(key, 1), 1, 20 * RD_SECOND);
  for (uint64_t key = 10; key < 210; key++)
    ck_assert_double_ge(rd_decaying_read(&d, rd_mix(key, 1), 20 * RD_SECOND), 1);
  rd_decaying_close(&d);
}
END_TEST

START_TEST(the_largest_are_kept) {
  static RdTop t;
  char name[8];
  memset(&t, 0, sizeof t);
  ck_assert_int_eq(rd_top_first(&t), -1);
  for (unsigned i = 0; i < 50; i++) {
    snprintf(name, sizeof name, "n%u", i);
    rd_top_offer(&t, i, i % 2 ? i : 100 - i, rd_slice(name));
  }
  ck_assert_uint_eq(t.n, RD_TOP_MOST);
  ck_assert_str_eq(t.at[rd_top_first(&t)].name, "n0");
  rd_top_offer(&t, 77, 1, rd_slice("small"));
  rd_top_offer(&t, 0, 500, rd_slice("n0"));
  ck_assert_uint_eq(t.at[rd_top_first(&t)].count, 500);
  for (unsigned i = 0; i < t.n; i++)
    ck_assert_uint_ge(t.at[i].count, 47);
}
END_TEST

static RdClass class_of(bool request, RdSipMethod method, uint16_t status) {
  return rd_class(&(RdSip){.is_request = request, .method = (uint8_t)method, .status = status});
}

START_TEST(classes_of_messages) {
  ck_assert_int_eq(class_of(true, RD_SIP_INVITE, 0), RD_CLASS_INVITE);
  ck_assert_int_eq(class_of(true, RD_SIP_NOTIFY, 0), RD_CLASS_SUBSCRIBE);
  ck_assert_int_eq(class_of(true, (RdSipMethod)200, 0), RD_CLASS_OTHER_REQUEST);
  ck_assert_int_eq(class_of(false, RD_SIP_INVITE, 183), RD_CLASS_PROVISIONAL);
  ck_assert_int_eq(class_of(false, RD_SIP_INVITE, 200), RD_CLASS_INVITE_OK);
  ck_assert_int_eq(class_of(false, RD_SIP_BYE, 200), RD_CLASS_OTHER_OK);
  ck_assert_int_eq(class_of(false, RD_SIP_REGISTER, 401), RD_CLASS_CHALLENGE);
  ck_assert_int_eq(class_of(false, RD_SIP_INVITE, 486), RD_CLASS_CLIENT_ERROR);
  ck_assert_int_eq(class_of(false, RD_SIP_INVITE, 603), RD_CLASS_SERVER_ERROR);
  ck_assert_str_eq(rd_class_name(RD_CLASS_INVITE_OK), "2xx of INVITE");
  ck_assert_str_eq(rd_class_name(RD_CLASSES), "?");
}
END_TEST

static const char *spelled(const char *uri, const char *user, const char *host) {
  static char text[RD_IDENTITY_TEXT];
  const RdSipUserHost at = {rd_slice(user), rd_slice(host), 0};
  rd_identity_text(rd_slice(uri), &at, text);
  return text;
}

START_TEST(one_identity_has_one_spelling) {
  ck_assert_str_eq(spelled("sip:Alice@EXAMPLE.com;transport=tcp", "Alice", "EXAMPLE.com"),
                   "Alice@example.com");
  ck_assert_str_eq(spelled("sip:%61lice@example.com", "%61lice", "example.com"),
                   "alice@example.com"); /* RFC 3261 s19.1.4 */
  ck_assert_str_eq(spelled("sip:a%40b@x", "a%40b", "x"), "a%40b@x"); /* "@" has to be escaped */
  ck_assert_str_eq(spelled("sip:+999-(00).12@x", "+999-(00).12", "x"), "+9990012@x");
  ck_assert_str_eq(spelled("sip:example.com", NULL, "Example.COM"), "example.com");
  ck_assert_str_eq(spelled("tel:+999-00-12;phone-context=x", NULL, NULL), "+9990012");
  ck_assert_str_eq(spelled("urn:service:sos", NULL, NULL), "urn:service:sos");
  ck_assert_str_eq(spelled("sip:a%4", "a%4", "x"), "a%4@x");
  ck_assert_str_eq(spelled(NULL, NULL, NULL), "");
}
END_TEST

/* One that needs no copy has the key of one that does. */
START_TEST(the_key_does_not_depend_on_how_it_is_made) {
  static const struct {
    const char *uri;
    unsigned user, user_len, host, host_len;
  } same[] = {{"sip:+9990012@example.com", 4, 8, 13, 11},
              {"sip:+9990012:word@example.com", 4, 8, 18, 11},
              {"sip:+999-00.12@Example.COM", 4, 10, 15, 11},
              {"sip:%2B9990012@example.com", 4, 10, 15, 11}};
  uint64_t keys[4];
  for (unsigned i = 0; i < 4; i++) {
    const RdSipUserHost at = {rd_slice_of(same[i].uri + same[i].user, same[i].user_len),
                              rd_slice_of(same[i].uri + same[i].host, same[i].host_len), 0};
    keys[i] = rd_identity_key(secret, rd_slice(same[i].uri), &at);
  }
  ck_assert_uint_eq(keys[1], keys[0]);
  ck_assert_uint_eq(keys[2], keys[0]);
  ck_assert_uint_ne(keys[3], keys[0]); /* "+" is reserved: %2B is another name (s19.1.4) */
}
END_TEST

/* What is cut to the room is still counted as what it is. */
START_TEST(long_identities_are_told_apart) {
  char a[400], b[400];
  memset(a, 'x', sizeof a - 1);
  a[sizeof a - 1] = 0;
  memcpy(b, a, sizeof a);
  b[390] = 'y';
  const RdSipUserHost none = {0};
  ck_assert_uint_ne(rd_identity_key(secret, rd_slice(a), &none),
                    rd_identity_key(secret, rd_slice(b), &none));
  ck_assert_str_eq(spelled(a, NULL, NULL), spelled(b, NULL, NULL));
}
END_TEST

START_TEST(an_ipv6_host_is_its_64) {
  RdAddress a, b;
  rd_address_parse(rd_slice("2001:db8:1:2::7"), &a);
  rd_address_parse(rd_slice("2001:db8:1:2:ffff::8"), &b);
  ck_assert_uint_eq(rd_source_key(secret, &a), rd_source_key(secret, &b));
  rd_address_parse(rd_slice("2001:db8:1:3::7"), &b);
  ck_assert_uint_ne(rd_source_key(secret, &a), rd_source_key(secret, &b));
}
END_TEST

START_TEST(an_alert_says_what_it_was_told) {
  MockWorld *world = mock_world_new(1);
  MockHost *mock = mock_host_new(world, "detector");
  rd_report(mock_host(mock), RD_SUBJECT_SOURCE, "192.0.2.1", 7, NULL, "%u of %s", 3U, "INVITE");
  const MockAlert *alert = mock_alert(mock, 0);
  ck_assert_str_eq(alert->evidence, "3 of INVITE");
  ck_assert_str_eq(alert->classes, "dos");
  ck_assert_double_eq(alert->score, 1);
  mock_world_free(world);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("lab-detector");
  TCase *t = tcase_create("detector");
  const TTest *const tests[] = {windows_count_those_in_which_nothing_came,
                                moving_mean_of_a_printed_series,
                                moving_mean_forgets_at_its_own_pace,
                                an_alarm_ends_when_calm_and_never_lasts_for_ever,
                                hellinger_distance_of_given_distributions,
                                entropy_of_given_counts,
                                decay_is_a_power_of_a_half,
                                count_min_keeps_its_error_bound,
                                a_sketch_cannot_be_aimed_at,
                                bloom_has_its_false_positives_and_no_negatives,
                                a_counter_that_stopped_stays,
                                a_decaying_filter_halves_and_adds,
                                the_largest_are_kept,
                                classes_of_messages,
                                one_identity_has_one_spelling,
                                the_key_does_not_depend_on_how_it_is_made,
                                long_identities_are_told_apart,
                                an_ipv6_host_is_its_64,
                                an_alert_says_what_it_was_told};
  for (unsigned i = 0; i < sizeof tests / sizeof *tests; i++)
    tcase_add_test(t, tests[i]);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
