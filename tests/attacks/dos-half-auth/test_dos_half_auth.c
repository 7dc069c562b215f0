/* dos-half-auth: takes challenges, answers none, each a challenge of its own. */
#include "lab/base/slice.h"
#include "lab/sip/scan.h"
#include "tests/attacks/floods.h"

static const FloodTraits traits = {RD_SIP_REGISTER, {{"rate", 60}, {"sources", 3}}, 60, 60};

START_TEST(it_takes_the_challenge_and_is_silent) {
  Bench b;
  bench_open(&b, 1, FLOOD_END, "rate", 10.0, "sources", 1.0, NULL);
  for (unsigned i = 0; i < 10; i++) {
    mock_run_until(b.world, RD_SECOND + i * 100 * RD_MILLISECOND);
    const MockSent *sent = mock_last(b.mock);
    ck_assert(!rd_sip_first(&sent->scan->sip, RD_HDR_AUTHORIZATION));
    bench_answer(&b, sent, i % 2 ? 401 : 404);
    ck_assert_uint_eq(mock_n_sent(b.mock), i + 1); /* no answer to it */
  }
  ck_assert_int_eq(mock_count(b.mock, "challenges-taken"), 5);
  bench_close(&b);
}
END_TEST

static Suite *suite(void) {
  harm_of(RD_ATTEMPT_REGISTER, "registrations");
  Suite *s = flood_suite(&traits);
  TCase *t = tcase_create("half-auth");
  tcase_add_test(t, it_takes_the_challenge_and_is_silent);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
