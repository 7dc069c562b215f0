#include <math.h>

#include "defenses/sketch3d-hd/known.h"
#include "defenses/sketch3d-hd/plane.h"
#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "lab/detector/classes.h"
#include "lab/detector/measure.h"
#include "tests/check_main.h"
#include "tests/defenses/series.h"

static void *config;

static void setup(void) {
  config = mock_config(&redoubt_plugin);
}
static void teardown(void) {
  g_free(config);
}

static Plane small(void) {
  Plane p = {.rows = 2,
             .cells = 8,
             .inner = 2,
             .vote = 2,
             .floor = 0.5,
             .deviations = 4,
             .ratio = 4,
             .alarm = {.freeze = 5, .calm = 1}};
  plane_open(&p);
  return p;
}

/* By hand: 98 % over 2 inner cells and 2 % over 8. All of a window in one inner cell has a likeness of
 * sqrt(0.4925); all in an outer one, of sqrt(0.0025). */
START_TEST(worked_distances) {
  Plane p = small();
  uint64_t key = 0;
  ck_assert(isnan(plane_distance(&p, 0)));
  for (unsigned i = 0; i < 10; i++)
    plane_count(&p, 7, true);
  ck_assert_double_eq_tol(plane_distance(&p, 0), 1 - sqrt(0.4925), 1e-9);
  plane_next(&p, 1, true, false);
  while (plane_cell(&p, 0, key, false) < 2)
    key++;
  for (unsigned i = 0; i < 10; i++)
    plane_count(&p, key, false);
  ck_assert_double_eq_tol(plane_distance(&p, 0), 1 - sqrt(0.0025), 1e-9);
  ck_assert_double_eq(plane_threshold(&p, 0), 0.5);
  plane_close(&p);
}
END_TEST

START_TEST(what_is_usual_follows_and_freezes) {
  Plane p = small();
  const uint32_t cell = plane_cell(&p, 0, 7, true);
  for (unsigned i = 0; i < 10; i++)
    plane_count(&p, 7, true);
  plane_next(&p, 1, true, true);
  ck_assert_double_eq_tol(p.usual[cell], 0.4925 + (1 - 0.4925) / 8, 1e-12);
  ck_assert_double_eq_tol(p.distance[0].mean, 1 - sqrt(0.4925), 1e-12);
  uint64_t key = 0;
  while (plane_cell(&p, 0, key, false) < 2 || plane_cell(&p, 1, key, false) < 2)
    key++;
  const double before = p.usual[cell];
  for (unsigned i = 0; i < 10; i++)
    plane_count(&p, key, false);
  ck_assert_int_eq(plane_next(&p, 2, true, true), RD_ALARM_BEGINS);
  ck_assert_double_eq(p.usual[cell], before);
  ck_assert(plane_abnormal(&p, key, false));
  ck_assert(!plane_abnormal(&p, 7, true));
  plane_close(&p);
}
END_TEST

START_TEST(an_alarm_is_given_up_and_what_is_usual_forgotten) {
  Plane p = small();
  RdAlarmStep step = RD_ALARM_NONE;
  for (unsigned w = 0; w < 6 && step != RD_ALARM_GIVEN_UP; w++) {
    for (uint64_t key = 0; key < 40; key++)
      if (plane_cell(&p, 0, key, false) >= 2 && plane_cell(&p, 1, key, false) >= 2)
        plane_count(&p, key, false);
    step = plane_next(&p, w + 1, true, true);
  }
  ck_assert_int_eq(step, RD_ALARM_GIVEN_UP);
  ck_assert_double_eq_tol(p.usual[0], 0.98 / 2 + 0.02 / 8, 1e-12);
  plane_close(&p);
}
END_TEST

START_TEST(who_is_served_becomes_known_later_and_is_forgotten) {
  Known k;
  known_open(&k, 1024);
  known_served(&k, 5);
  ck_assert(!known_has(&k, 5));
  known_discard(&k);
  known_settle(&k);
  ck_assert(!known_has(&k, 5));
  known_served(&k, 5);
  known_settle(&k);
  ck_assert(known_has(&k, 5));
  known_next_age(&k);
  ck_assert(known_has(&k, 5));
  known_served(&k, 5); /* again: stays */
  known_settle(&k);
  known_next_age(&k);
  ck_assert(known_has(&k, 5));
  known_next_age(&k);
  ck_assert(!known_has(&k, 5));
  known_close(&k);
}
END_TEST

START_TEST(seldom_alarms_and_finds_floods) {
  const SeriesFlood spread = {.method = RD_SIP_INVITE, .sources = 2000};
  series_hold(&redoubt_plugin, config, &spread, 20, 60);
}
END_TEST

START_TEST(discards_the_flood_and_spares_the_known) {
  const SeriesFlood spread = {
      .method = RD_SIP_INVITE, .rate = 300, .start = 600, .length = 20, .sources = 2000};
  g_autoptr(GArray) events = series_make(SHAPE_BURSTY, 105, 700, &spread);
  const SeriesOutcome o = series_run(&redoubt_plugin, config, events, 700, &spread);
  ck_assert_double_gt(o.flood_acted, 0.8 * o.flood_messages);
  ck_assert_double_lt(o.benign_acted, 0.03 * o.benign_messages);
  ck_assert_uint_eq(o.alerts, 1);
}
END_TEST

START_TEST(only_warns_if_told_so) {
  const SeriesFlood spread = {
      .method = RD_SIP_INVITE, .rate = 300, .start = 100, .length = 20, .sources = 2000};
  mock_set_text(&redoubt_plugin, config, "act", "alert");
  g_autoptr(GArray) events = series_make(SHAPE_STEADY, 106, 150, &spread);
  const SeriesOutcome o = series_run(&redoubt_plugin, config, events, 150, &spread);
  ck_assert_uint_eq(o.flood_acted, 0);
  ck_assert_double_le(o.detected, 1);
}
END_TEST

/* The published claim: a flood that keeps the ratio of methods. A distance of ratios sees next to nothing
 * of it (tests/defenses/hellinger has the detector itself), the sketch finds it. */
START_TEST(finds_a_proportional_flood) {
  const SeriesFlood whole = {.method = RD_SIP_INVITE,
                             .rate = 200,
                             .start = 600.3,
                             .length = 20,
                             .sources = 50,
                             .whole = true};
  g_autoptr(GArray) events = series_make(SHAPE_STEADY, 107, 650, &whole);
  double before[4] = {0}, during[4] = {0};
  for (unsigned i = 0; i < events->len; i++) {
    const SeriesEvent *e = &g_array_index(events, SeriesEvent, i);
    const double at = (double)e->at * 1e-9;
    double *count = at < 600 ? before : at < 620 ? during : NULL;
    const RdSip sip = {.is_request = e->status == 0, .method = e->method, .status = e->status};
    const RdClass c = rd_class(&sip);
    const int kind = c == RD_CLASS_INVITE      ? 0
                     : c == RD_CLASS_INVITE_OK ? 1
                     : c == RD_CLASS_ACK       ? 2
                     : c == RD_CLASS_BYE       ? 3
                                               : -1;
    if (count && kind >= 0)
      count[kind]++;
  }
  ck_assert_double_lt(rd_hellinger(before, during, 4), 0.02);
  ck_assert_double_le(series_run(&redoubt_plugin, config, events, 650, &whole).detected, 1);
}
END_TEST

/* One known caller gone mad: its own cells are flooded, and nobody else's. */
START_TEST(finds_a_known_caller_that_floods) {
  g_autoptr(GArray) events = series_make(SHAPE_STEADY, 108, 400, NULL);
  const SeriesFlood window = {.start = 300, .length = 20};
  for (unsigned i = 0; i < 4000; i++) {
    SeriesEvent e = {.at = 300 * RD_SECOND + i * 5 * RD_MILLISECOND,
                     .order = events->len,
                     .call = UINT32_C(4000000000) + i,
                     .method = RD_SIP_INVITE,
                     .caller = 300,
                     .source = 300,
                     .flood = true};
    g_array_append_val(events, e);
  }
  GArray *sorted = g_array_sized_new(FALSE, FALSE, sizeof(SeriesEvent), events->len);
  unsigned n = events->len - 4000, a = 0, b = n;
  while (a < n || b < events->len) {
    const SeriesEvent *x = &g_array_index(events, SeriesEvent, a < n ? a : 0);
    const SeriesEvent *y = &g_array_index(events, SeriesEvent, b < events->len ? b : n);
    const bool first = b >= events->len || (a < n && x->at <= y->at);
    g_array_append_val(sorted, *(first ? x : y));
    *(first ? &a : &b) += 1;
  }
  const SeriesOutcome o = series_run(&redoubt_plugin, config, sorted, 400, &window);
  ck_assert_double_le(o.detected, 1);
  ck_assert_double_gt(o.flood_acted, 0.9 * o.flood_messages);
  ck_assert_double_lt(o.benign_acted, 0.1 * o.benign_messages);
  g_array_unref(sorted);
}
END_TEST

/* Names of P-Associated-URI are served names, whichever the registration went by. */
START_TEST(a_registered_subscribers_numbers_are_known) {
  static const char ok[] =
      "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\n"
      "From: <sip:001010000000001@example.com>;tag=1\r\nTo: "
      "<sip:001010000000001@example.com>;tag=2\r\n"
      "Call-ID: r\r\nCSeq: 2 REGISTER\r\n"
      "P-Associated-URI: <sip:+99900000001@example.com>, <tel:+99900000001>, <broken\r\n"
      "Content-Length: 0\r\n\r\n";
  Bench b;
  uint64_t bytes;
  bench_open(&b, &redoubt_plugin, config);
  bench_bytes(&b, RD_EGRESS, ok, sizeof ok - 1);
  bench_wait(&b, 11 * RD_SECOND);
  bench_request(&b, "INVITE", 1);
  ck_assert_uint_eq(redoubt_plugin.defense->state(b.self, &bytes), 3);
  ck_assert_uint_gt(bytes, 3 * 2048 * 4 * 16);
  bench_close(&b);
}
END_TEST

START_TEST(a_sketch_that_cannot_be_is_refused) {
  MockWorld *world = mock_world_new(1);
  MockHost *mock = mock_host_new(world, "sketch");
  const RdDefenseSetup none = {.size = sizeof none};
  mock_set(&redoubt_plugin, config, "vote", 4);
  ck_assert_ptr_null(redoubt_plugin.defense->open(mock_host(mock), config, &none));
  ck_assert_uint_eq(mock_n_logs(mock, RD_LOG_ERROR), 1);
  mock_world_free(world);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("sketch3d-hd");
  TCase *t = tcase_create("sketch");
  tcase_set_timeout(t, 150);
  tcase_add_checked_fixture(t, setup, teardown);
  tcase_add_test(t, worked_distances);
  tcase_add_test(t, what_is_usual_follows_and_freezes);
  tcase_add_test(t, an_alarm_is_given_up_and_what_is_usual_forgotten);
  tcase_add_test(t, who_is_served_becomes_known_later_and_is_forgotten);
  tcase_add_test(t, seldom_alarms_and_finds_floods);
  tcase_add_test(t, discards_the_flood_and_spares_the_known);
  tcase_add_test(t, only_warns_if_told_so);
  tcase_add_test(t, finds_a_proportional_flood);
  tcase_add_test(t, finds_a_known_caller_that_floods);
  tcase_add_test(t, a_registered_subscribers_numbers_are_known);
  tcase_add_test(t, a_sketch_that_cannot_be_is_refused);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
