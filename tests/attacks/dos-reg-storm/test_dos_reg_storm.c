/* dos-reg-storm: valid phones come back, are told of, and attack nobody. */
#include <string.h>

#include "lab/auth/aka.h"
#include "lab/auth/digest.h"
#include "lab/base/slice.h"
#include "lab/sip/build.h"
#include "lab/subscribers/provision.h"
#include "tests/attacks/bench.h"
#include "tests/check_main.h"

#define END (61 * RD_SECOND)

static RdProvision provision;

/* A registrar that answers at once: challenges, checks, accepts, unless it is `full`. */
static void answer_register(Bench *b, const MockSent *sent, bool full) {
  char buffer[2048], nonce[RD_AKA_NONCE];
  const RdSip *sip = &sent->scan->sip;
  uint8_t rand[16] = {7};
  RdAkaKeys keys;
  RdAkaVector vector;
  RdDigest d;
  uint64_t who;
  ck_assert(rd_digest_parse(rd_sip_value(sip, RD_HDR_AUTHORIZATION), &d));
  ck_assert(rd_provision_find(&provision, d.username, &who));
  ck_assert_uint_eq(who, 100000 + sent->entity); /* first-subscriber */
  rd_provision_keys(&provision, who, keys.k, keys.opc);
  rd_aka_vector(&keys, rand, sip->cseq, &vector);
  rd_aka_nonce(&vector, nonce);
  const bool answered = rd_aka_nonce_rand(d.nonce, rand);
  if (answered)
    ck_assert(
        rd_digest_verify(&d, rd_slice_of(vector.res, sizeof vector.res), rd_slice("REGISTER")));
  RdSipBuild r = rd_sip_reply(buffer, sizeof buffer, sip,
                              full       ? 503
                              : answered ? 200
                                         : 401,
                              NULL, rd_slice("r"));
  if (full)
    rd_sip_add(&r, "Retry-After", rd_slice("10"));
  else if (answered)
    rd_sip_add(&r, "Expires", rd_slice("3600"));
  else
    rd_sip_addf(&r, "WWW-Authenticate",
                "Digest realm=\"%s\", nonce=\"%s\", algorithm=AKAv1-MD5, qop=\"auth\"",
                RD_IMS_DOMAIN, nonce);
  const size_t n = rd_sip_finish(&r, NULL, (RdSlice){0});
  RdMessage m = *mock_message(b->mock, 0, RD_INGRESS, "198.18.0.1:5060", buffer, n);
  m.entity = sent->entity;
  m.local = sent->local;
  mock_deliver(b->mock, &m);
}

/* Runs to the end; the registrar is full until `full_until`. */
static void run(Bench *b, RdTime full_until) {
  unsigned done = 0;
  for (RdTime t = RD_SECOND; t <= END; t += 10 * RD_MILLISECOND) {
    mock_run_until(b->world, t);
    for (; done < mock_n_sent(b->mock); done++)
      answer_register(b, mock_sent(b->mock, done), t < full_until);
  }
}

static void open_storm(Bench *b) {
  ck_assert(rd_provision_init(&provision, "redoubt", 2, 100200));
  bench_open(b, 1, END, "subscribers", 200.0, "window", 4.0, NULL);
}

START_TEST(every_phone_comes_back_within_the_window) {
  Bench b;
  open_storm(&b);
  run(&b, 0);
  ck_assert_int_eq(mock_count(b.mock, "registered"), 200);
  ck_assert_int_eq(mock_count(b.mock, "attempts-failed"), 0);
  ck_assert_int_le(mock_count(b.mock, "drained-after-ms"), 4100);
  ck_assert_int_ge(mock_count(b.mock, "drained-after-ms"), 3500);
  ck_assert_uint_eq(mock_n_attempts(b.mock), 200);
  for (unsigned i = 0; i < 200; i++) {
    const RdAttempt *a = mock_attempt(b.mock, i);
    ck_assert_uint_eq(a->status, 200);
    ck_assert_int_ge(a->started, RD_SECOND);
    ck_assert_int_lt(a->started, 5 * RD_SECOND);
  }
  bench_close(&b);
}
END_TEST

START_TEST(phones_wait_as_they_are_told_and_come_again) {
  Bench b;
  open_storm(&b);
  run(&b, 3 * RD_SECOND);
  ck_assert_int_eq(mock_count(b.mock, "registered"), 200);
  ck_assert_int_ge(mock_count(b.mock, "drained-after-ms"), 10000);
  unsigned retried = 0;
  for (unsigned i = 0; i < mock_n_attempts(b.mock); i++)
    retried += mock_attempt(b.mock, i)->retries > 0;
  ck_assert_uint_ge(retried, 60); /* about half of 200 came in the first two of four seconds */
  bench_close(&b);
}
END_TEST

START_TEST(no_attempt_begins_after_its_end) {
  Bench b;
  open_storm(&b);
  run(&b, END + RD_SECOND);
  mock_run_until(b.world, 1000 * RD_SECOND);
  for (unsigned i = 0; i < mock_n_attempts(b.mock); i++)
    ck_assert_int_lt(mock_attempt(b.mock, i)->started, END);
  ck_assert_int_eq(mock_count(b.mock, "registered"), 0);
  bench_close(&b);
}
END_TEST

START_TEST(it_is_benign_and_never_succeeds) {
  FakeEvidence fake;
  void *config = mock_config(&redoubt_plugin);
  evidence_of_nothing(&fake);
  ck_assert(redoubt_plugin.benign);
  fake.registered = 125; /* of 500 */
  fake.failed = 400;
  fake.drained = 12345;
  const RdSuccess s = evidence_judge(&fake, config);
  ck_assert(!s.succeeded);
  ck_assert_double_eq_tol(s.effect, 75, 1e-9);
  ck_assert_ptr_nonnull(strstr(s.why, "12.3 s"));
  g_free(config);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("dos-reg-storm");
  TCase *t = tcase_create("storm");
  tcase_add_test(t, every_phone_comes_back_within_the_window);
  tcase_add_test(t, phones_wait_as_they_are_told_and_come_again);
  tcase_add_test(t, no_attempt_begins_after_its_end);
  tcase_add_test(t, it_is_benign_and_never_succeeds);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
