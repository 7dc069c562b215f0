/* acc-enum: tries each number once, and claims what the answers tell. */
#include <math.h>
#include <string.h>

#include "lab/base/slice.h"
#include "lab/subscribers/provision.h"
#include "tests/attacks/bench.h"
#include "tests/check_main.h"

#define END (31 * RD_SECOND)
#define RANGE 100

static RdProvision provision;

/* Answers every probe: as told if the number is a subscriber's, else as told otherwise. `late` is how
 * much longer a subscriber's takes. */
static void answer_all(Bench *b, unsigned exists, unsigned absent, RdTime late) {
  unsigned done = 0;
  for (RdTime t = RD_SECOND; t < END; t += 5 * RD_MILLISECOND) {
    mock_run_until(b->world, t);
    for (; done < mock_n_sent(b->mock); done++) {
      const MockSent *sent = mock_sent(b->mock, done);
      uint64_t who;
      const bool real = rd_provision_find(&provision, sent->scan->sip.to_uri, &who);
      const unsigned status = real ? exists : absent;
      if (real && t < sent->at + late)
        break;
      if (status == 0)
        continue;
      bench_answer(b, sent, status);
    }
  }
  mock_run_until(b->world, END);
  mock_stop(b->mock);
}

static void open_range(Bench *b, double method, double oracle) {
  ck_assert(rd_provision_init(&provision, "redoubt", 2, 50));
  bench_open(b, 1, END, "range", (double)RANGE, "method", method, "oracle", oracle, NULL);
}

/* Of the claims above a half, those that are true; and of all true ones, those missed. */
static void score(const Bench *b, unsigned *hits, unsigned *wrong) {
  *hits = *wrong = 0;
  for (unsigned i = 0; i < mock_n_claims(b->mock); i++) {
    const MockClaim *c = mock_claim(b->mock, i);
    uint64_t who;
    const bool real = rd_provision_find(&provision, rd_slice(c->subject), &who);
    ck_assert_str_eq(c->kind, "identity-exists");
    *hits += real && c->value > 0.5;
    *wrong += real != (c->value > 0.5);
  }
}

static char *name_of(uint64_t i, bool callee) {
  return callee ? g_strdup_printf("sip:+999%010u@" RD_IMS_DOMAIN ";user=phone", (unsigned)i)
                : g_strdup_printf("sip:00101%010u@" RD_IMS_DOMAIN, (unsigned)i);
}

START_TEST(it_tries_each_number_once_in_order) {
  Bench b;
  open_range(&b, _i, 0);
  mock_run_until(b.world, END);
  ck_assert_uint_eq(mock_n_sent(b.mock), RANGE);
  for (unsigned i = 0; i < RANGE; i++) {
    const RdSip *sip = &mock_sent(b.mock, i)->scan->sip;
    static const RdSipMethod methods[] = {RD_SIP_REGISTER, RD_SIP_OPTIONS, RD_SIP_INVITE};
    g_autofree char *uri = _i == 2 ? g_strdup_printf("tel:+999%010u", i) : name_of(i, _i > 0);
    ck_assert_uint_eq(sip->method, methods[_i]);
    ck_assert_uint_eq(sip->defects, 0);
    ck_assert(rd_slice_is(sip->to_uri, uri));
    ck_assert_int_eq(mock_sent(b.mock, i)->at, RD_SECOND + i * RD_SECOND / 20);
  }
  bench_close(&b);
}
END_TEST

/* What it asks with and whom it names can be chosen apart. */
START_TEST(it_seeks_whom_it_is_told_to) {
  const unsigned method = (unsigned)_i / 3, seeks = (unsigned)_i % 3;
  const bool callees = seeks == 0 ? method > 0 : seeks == 2;
  Bench b;
  bench_open(&b, 1, END, "range", 10.0, "first", 5.0, "method", (double)method, "seeks",
             (double)seeks, NULL);
  mock_run_until(b.world, END);
  mock_stop(b.mock);
  ck_assert_uint_eq(mock_n_claims(b.mock), 10);
  for (unsigned i = 0; i < 10; i++) {
    const RdSip *sip = &mock_sent(b.mock, i)->scan->sip;
    g_autofree char *uri = name_of(5 + i, callees);
    if (method < 2 || !callees) /* INVITE dials tel: */
      ck_assert(rd_slice_is(sip->to_uri, uri));
    ck_assert_str_eq(mock_claim(b.mock, i)->subject, uri);
    if (method > 0)
      ck_assert(rd_slice_is(sip->from_uri, "sip:+9999999999999@" RD_IMS_DOMAIN ";user=phone"));
  }
  bench_close(&b);
}
END_TEST

START_TEST(the_status_tells_it_who_is_there) {
  Bench b;
  unsigned hits, wrong;
  open_range(&b, 0, 0);
  answer_all(&b, 401, 404, 0);
  score(&b, &hits, &wrong);
  ck_assert_uint_eq(mock_n_claims(b.mock), RANGE);
  ck_assert_uint_eq(hits, 50);
  ck_assert_uint_eq(wrong, 0);
  ck_assert_int_eq(mock_count(b.mock, "answers"), RANGE);
  bench_close(&b);
}
END_TEST

START_TEST(one_status_for_all_tells_it_nothing) {
  Bench b;
  open_range(&b, 0, 0);
  answer_all(&b, 401, 401, 0);
  for (unsigned i = 0; i < mock_n_claims(b.mock); i++)
    ck_assert_double_eq(mock_claim(b.mock, i)->value, 1);
  bench_close(&b);
}
END_TEST

START_TEST(time_tells_it_too) {
  Bench b;
  unsigned hits, wrong;
  open_range(&b, 0, 1);
  answer_all(&b, 401, 401, 15 * RD_MILLISECOND);
  score(&b, &hits, &wrong);
  ck_assert_uint_eq(hits, 50);
  ck_assert_uint_eq(wrong, 0);
  bench_close(&b);
}
END_TEST

START_TEST(silence_is_half_a_chance) {
  Bench b;
  open_range(&b, 0, 0);
  answer_all(&b, 401, 0, 0);
  ck_assert_uint_eq(mock_n_claims(b.mock), RANGE);
  for (unsigned i = 0; i < RANGE; i++) {
    const MockClaim *c = mock_claim(b.mock, i);
    uint64_t who;
    const bool real = rd_provision_find(&provision, rd_slice(c->subject), &who);
    ck_assert_double_eq(c->value, real ? 1 : 0.5);
  }
  bench_close(&b);
}
END_TEST

START_TEST(answers_to_nothing_it_asked_are_ignored) {
  Bench b;
  open_range(&b, 0, 0);
  mock_run_until(b.world, 2 * RD_SECOND);
  mock_receive_text(b.mock, 0, "198.18.0.1:5060",
                    "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1"
                    "\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: 0123456789abcdef\r\nCSeq: 1 REGISTER\r\n"
                    "\r\n");
  mock_receive_text(b.mock, 0, "198.18.0.1:5060",
                    "SIP/2.0 200 OK\r\nCall-ID: 0123456789ABCDEFG\r\n\r\n");
  ck_assert_int_eq(mock_count(b.mock, "answers"), 0);
  mock_stop(b.mock);
  ck_assert_uint_eq(mock_n_claims(b.mock), 21); /* those tried in its first second, and no other */
  for (unsigned i = 0; i < 21; i++)
    ck_assert_double_eq(mock_claim(b.mock, i)->value, 0.5);
  bench_close(&b);
}
END_TEST

/* Of 50 subscribers and 150 others among 200 numbers. */
static const struct {
  uint64_t right, wrong;
  double effect;
  bool success;
} cases[] = {{50, 0, 100, true},  {5, 0, 10, true}, /* the threshold */
             {4, 0, 8, false},    {0, 0, 0, false}, /* it was told nothing */
             {50, 150, 0, false}, /* calls everybody a subscriber: it knows nothing */
             {25, 75, 0, false}, /* as a coin would */
             {10, 15, 10, false}}; /* chance is not excluded */

START_TEST(success_is_knowing_not_guessing) {
  FakeEvidence fake;
  void *config = mock_config(&redoubt_plugin);
  evidence_of_nothing(&fake);
  fake.claimed = (RdClaimed){200, 50, cases[_i].right, 150, cases[_i].wrong, 0.75};
  const RdSuccess s = evidence_judge(&fake, config);
  ck_assert_double_eq_tol(s.effect, cases[_i].effect, 1e-9);
  ck_assert_double_eq(s.threshold, 10);
  ck_assert_int_eq(s.succeeded, cases[_i].success);
  ck_assert_ptr_nonnull(strstr(s.why, "AUC 0.750"));
  g_free(config);
}
END_TEST

START_TEST(without_both_kinds_nothing_is_known) {
  FakeEvidence fake;
  void *config = mock_config(&redoubt_plugin);
  evidence_of_nothing(&fake);
  fake.claimed = (RdClaimed){200, 200, 200, 0, 0, NAN};
  const RdSuccess s = evidence_judge(&fake, config);
  ck_assert(isnan(s.effect) && !s.succeeded);
  ck_assert_ptr_null(strstr(s.why, "AUC"));
  g_free(config);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("acc-enum");
  TCase *t = tcase_create("enum");
  tcase_add_loop_test(t, it_tries_each_number_once_in_order, 0, 3);
  tcase_add_loop_test(t, it_seeks_whom_it_is_told_to, 0, 9);
  tcase_add_test(t, the_status_tells_it_who_is_there);
  tcase_add_test(t, one_status_for_all_tells_it_nothing);
  tcase_add_test(t, time_tells_it_too);
  tcase_add_test(t, silence_is_half_a_chance);
  tcase_add_test(t, answers_to_nothing_it_asked_are_ignored);
  tcase_add_loop_test(t, success_is_knowing_not_guessing, 0, G_N_ELEMENTS(cases));
  tcase_add_test(t, without_both_kinds_nothing_is_known);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
