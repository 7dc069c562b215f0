/* ben-televote: everybody calls one number once or twice, and it listens to all. Never a success. */
#include <math.h>
#include <string.h>

#include "lab/base/slice.h"
#include "lab/subscribers/provision.h"
#include "tests/attacks/network.h"
#include "tests/check_main.h"

#define END (61 * RD_SECOND)

START_TEST(all_call_one_number) {
  FakeNetwork n = {.status = 200};
  RdProvision p;
  Bench b;
  ck_assert(redoubt_plugin.benign);
  ck_assert(rd_provision_init(&p, "redoubt", 2, 200010));
  bench_open(&b, 1, END, "accounts", 10.0, "window", 4.0, "hold", 1.0, NULL);
  network_run(&n, &b, END + 10 * RD_SECOND);
  ck_assert_uint_eq(n.invites, 18); /* nine voters, two calls each */
  ck_assert_uint_eq(n.byes, 18);
  unsigned told = 0;
  for (unsigned i = 0; i < mock_n_sent(b.mock); i++) {
    const MockSent *sent = mock_sent(b.mock, i);
    uint64_t who;
    if (!sent->scan->sip.is_request || sent->scan->sip.method != RD_SIP_INVITE)
      continue;
    ck_assert(rd_provision_find_number(&p, sent->scan->sip.uri, &who));
    ck_assert_uint_eq(who, 200000); /* its own account 0, which does not vote */
    ck_assert_uint_ne(sent->entity, 0);
  }
  for (unsigned i = 0; i < mock_n_attempts(b.mock); i++)
    told +=
        mock_attempt(b.mock, i)->kind == RD_ATTEMPT_CALL && mock_attempt(b.mock, i)->status == 200;
  ck_assert_uint_eq(told, 18); /* a twin's calls are counted */
  bench_close(&b);
}
END_TEST

START_TEST(the_machine_answers_all_at_once) {
  FakeNetwork n = {.status = 486};
  Bench b;
  bench_open(&b, 1, END, "accounts", 3.0, NULL);
  network_run(&n, &b, 5 * RD_SECOND);
  network_ask(&b, 0, "INVITE", "one");
  network_ask(&b, 0, "INVITE", "two");
  network_ask(&b, 1, "INVITE", "three");
  ck_assert_uint_eq(network_answer(&b, "one"), 200);
  ck_assert_uint_eq(network_answer(&b, "two"), 200);
  ck_assert_uint_eq(network_answer(&b, "three"), 486);
  bench_close(&b);
}
END_TEST

START_TEST(it_never_succeeds) {
  FakeEvidence fake;
  void *config = mock_config(&redoubt_plugin);
  evidence_of_nothing(&fake);
  fake.placed = 40, fake.answered = 30;
  RdSuccess s = evidence_judge(&fake, config);
  ck_assert_double_eq(s.effect, 25);
  ck_assert(!s.succeeded && isnan(s.threshold));
  fake.placed = fake.answered = 0;
  s = evidence_judge(&fake, config);
  ck_assert(isnan(s.effect) && !s.succeeded);
  g_free(config);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("ben-televote");
  TCase *t = tcase_create("televote");
  tcase_add_test(t, all_call_one_number);
  tcase_add_test(t, the_machine_answers_all_at_once);
  tcase_add_test(t, it_never_succeeds);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
