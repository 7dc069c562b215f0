/* Phones register: AKA, refusals, refreshes, patience, and what a subscriber costs. */
#include <string.h>

#include "lab/auth/digest.h"
#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "nodes/ue/ue.h"
#include "tests/check_main.h"
#include "tests/nodes/ue/network.h"

static const RdAttempt *only_attempt(const Lab *lab) {
  ck_assert_uint_eq(mock_n_attempts(lab->phones), 1);
  return mock_attempt(lab->phones, 0);
}

static void at_once(void *config) {
  mock_set(&redoubt_plugin, config, "register-over", 0);
}

START_TEST(it_registers_with_aka) {
  Lab lab;
  lab_open(&lab, 1, 1, at_once);
  lab_run(&lab, 5 * RD_SECOND);
  const RdAttempt *a = only_attempt(&lab);
  ck_assert_uint_eq(lab.network.registers, 2);
  ck_assert_uint_eq(lab.network.authenticated, 1);
  ck_assert_uint_eq(a->kind, RD_ATTEMPT_REGISTER);
  ck_assert_uint_eq(a->status, 200);
  ck_assert_uint_eq(a->retries, 0);
  ck_assert_int_eq(a->started, 0);
  ck_assert_int_eq(a->answered, 40 * RD_MILLISECOND); /* two round trips: the challenge is in it */
  ck_assert_int_eq(mock_count(lab.phones, "registrations"), 1);
  lab_close(&lab);
}
END_TEST

START_TEST(the_second_register_is_a_new_transaction_of_the_same_call) {
  Lab lab;
  RdDigest d;
  lab_open(&lab, 1, 1, at_once);
  lab_run(&lab, 5 * RD_SECOND);
  const RdSip *a = &mock_sent(lab.phones, 0)->scan->sip, *b = &mock_sent(lab.phones, 1)->scan->sip;
  ck_assert_uint_eq(a->defects | b->defects, 0);
  ck_assert(rd_slice_equal(a->call_id, b->call_id));
  ck_assert(rd_slice_equal(a->from_tag, b->from_tag));
  ck_assert(!rd_slice_equal(a->via_branch, b->via_branch));
  ck_assert_uint_eq(b->cseq, a->cseq + 1);
  ck_assert(rd_slice_is(a->uri, "sip:" RD_IMS_DOMAIN));
  ck_assert(rd_digest_parse(rd_sip_value(a, RD_HDR_AUTHORIZATION), &d));
  ck_assert_uint_eq(d.nonce.len, 0);
  ck_assert_uint_eq(d.response.len, 0);
  ck_assert_int_eq(a->expires, 600000);
  lab_close(&lab);
}
END_TEST

START_TEST(it_refuses_a_network_with_a_wrong_mac) {
  Lab lab;
  lab_open(&lab, 1, 1, at_once);
  lab.network.wrong_mac = true;
  lab_run(&lab, 5 * RD_SECOND);
  const RdAttempt *a = only_attempt(&lab);
  ck_assert_uint_eq(lab.network.registers, 1); /* it never answers such a challenge */
  ck_assert_uint_eq(a->status, 401);
  ck_assert_int_eq(mock_count(lab.phones, "networks-refused"), 1);
  ck_assert_int_eq(mock_count(lab.phones, "registrations"), 0);
  lab_close(&lab);
}
END_TEST

START_TEST(it_resynchronises_a_stale_sequence_number) {
  Lab lab;
  lab_open(&lab, 1, 1, at_once);
  lab.network.sqn = 500;
  lab_run(&lab, RD_SECOND);
  lab.network.sqn = 100;
  lab_run(&lab, 3100 * RD_SECOND); /* past the refresh */
  ck_assert_uint_eq(lab.network.resyncs, 1);
  ck_assert_uint_eq(lab.network.authenticated, 2);
  ck_assert_int_eq(mock_count(lab.phones, "resynchronisations"), 1);
  lab_close(&lab);
}
END_TEST

static const struct {
  RdTime expires, refresh;
} refreshes[] = {{600000, 599400}, {3600, 3000}, {1201, 601}, {1200, 600}, {600, 300}, {0, 1}};

START_TEST(refresh_follows_the_rule_of_24_229) {
  ck_assert_int_eq(ue_refresh_after(refreshes[_i].expires * RD_SECOND),
                   refreshes[_i].refresh * RD_SECOND);
}
END_TEST

START_TEST(it_registers_again_in_time) {
  Lab lab;
  lab_open(&lab, 1, 1, at_once);
  lab_run(&lab, 3600 * RD_SECOND);
  ck_assert_uint_eq(mock_n_attempts(lab.phones), 2);
  const RdAttempt *a = mock_attempt(lab.phones, 1);
  ck_assert_int_eq(a->started, mock_attempt(lab.phones, 0)->answered + 3000 * RD_SECOND);
  ck_assert_uint_eq(a->status, 200);
  ck_assert_uint_eq(a->attempt, 1);
  lab_close(&lab);
}
END_TEST

START_TEST(it_waits_as_long_as_retry_after_says) {
  Lab lab;
  lab_open(&lab, 1, 1, at_once);
  lab.network.refuse_register = 503;
  lab.network.refuse_times = 1;
  lab.network.retry_after = 7;
  lab_run(&lab, 30 * RD_SECOND);
  const RdAttempt *a = only_attempt(&lab);
  ck_assert_uint_eq(a->status, 200);
  ck_assert_uint_eq(a->retries, 1);
  ck_assert_int_eq(mock_sent(lab.phones, 1)->at, 7 * RD_SECOND + 20 * RD_MILLISECOND);
  lab_close(&lab);
}
END_TEST

START_TEST(a_wait_beyond_its_patience_is_a_failure) {
  Lab lab;
  lab_open(&lab, 1, 1, at_once);
  lab.network.refuse_register = 503;
  lab.network.refuse_times = 1;
  lab.network.retry_after = 100;
  lab_run(&lab, 99 * RD_SECOND);
  ck_assert_uint_eq(only_attempt(&lab)->status, 503);
  ck_assert_uint_eq(lab.network.registers, 1);
  lab_run(&lab, 102 * RD_SECOND); /* and then a new attempt */
  ck_assert_uint_eq(mock_n_attempts(lab.phones), 2);
  ck_assert_uint_eq(mock_attempt(lab.phones, 1)->status, 200);
  ck_assert_uint_eq(mock_attempt(lab.phones, 1)->attempt, 1);
  lab_close(&lab);
}
END_TEST

START_TEST(silence_ends_with_its_patience) {
  Lab lab;
  lab_open(&lab, 1, 1, at_once);
  lab.network.deaf = true;
  lab_run(&lab, 31 * RD_SECOND);
  ck_assert_uint_eq(mock_n_attempts(lab.phones), 0);
  lab_run(&lab, 33 * RD_SECOND);
  const RdAttempt *a = only_attempt(&lab);
  ck_assert_uint_eq(a->status, 0);
  ck_assert_int_eq(a->answered, RD_NEVER);
  /* Timer E of a UE: 0, 2, 6, 14, 30 s (T1 2 s, T2 16 s) */
  static const RdTime at[] = {0, 2, 6, 14, 30};
  ck_assert_uint_eq(mock_n_sent(lab.phones), 5);
  for (unsigned i = 0; i < 5; i++)
    ck_assert_int_eq(mock_sent(lab.phones, i)->at, at[i] * RD_SECOND);
  lab_close(&lab);
}
END_TEST

START_TEST(back_off_doubles_within_its_bounds) {
  Lab lab;
  lab_open(&lab, 1, 1, at_once);
  lab.network.refuse_register = 403;
  lab.network.refuse_times = 4;
  lab_run(&lab, 1000 * RD_SECOND);
  ck_assert_uint_eq(mock_n_attempts(lab.phones), 5);
  for (unsigned i = 0; i < 4; i++) {
    const RdAttempt *a = mock_attempt(lab.phones, i), *b = mock_attempt(lab.phones, i + 1);
    const RdTime base = (30 * RD_SECOND) << i, wait = b->started - a->answered;
    ck_assert_uint_eq(a->status, 403);
    ck_assert_int_ge(wait, base / 2);
    ck_assert_int_le(wait, base);
  }
  ck_assert_uint_eq(mock_attempt(lab.phones, 4)->status, 200);
  lab_close(&lab);
}
END_TEST

/* A success ends the row: the next refusal is the first again. */
START_TEST(back_off_begins_anew_after_a_success) {
  Lab lab;
  lab_open(&lab, 1, 1, at_once);
  lab.network.expires = 1200; /* refreshed after 600 s */
  lab.network.refuse_register = 403;
  lab.network.refuse_times = 3;
  lab_run(&lab, 400 * RD_SECOND);
  ck_assert_uint_eq(mock_n_attempts(lab.phones), 4);
  ck_assert_uint_eq(mock_attempt(lab.phones, 3)->status, 200);
  lab.network.refuse_times = 1;
  lab_run(&lab, 1200 * RD_SECOND);
  ck_assert_uint_ge(mock_n_attempts(lab.phones), 6);
  const RdAttempt *refused = mock_attempt(lab.phones, 4), *next = mock_attempt(lab.phones, 5);
  ck_assert_uint_eq(refused->status, 403);
  ck_assert_int_ge(next->started - refused->answered, 15 * RD_SECOND);
  ck_assert_int_le(next->started - refused->answered, 30 * RD_SECOND);
  lab_close(&lab);
}
END_TEST

static void spread_out(void *config) {
  mock_set(&redoubt_plugin, config, "register-over", 10);
}

START_TEST(first_registrations_fill_their_time_evenly) {
  Lab lab;
  unsigned halves[2] = {0};
  lab_open(&lab, 3, 400, spread_out);
  lab_run(&lab, 20 * RD_SECOND);
  ck_assert_uint_eq(mock_n_attempts(lab.phones), 400);
  for (unsigned i = 0; i < 400; i++) {
    const RdAttempt *a = mock_attempt(lab.phones, i);
    ck_assert_uint_eq(a->status, 200);
    ck_assert_int_lt(a->started, 10 * RD_SECOND);
    halves[a->started >= 5 * RD_SECOND]++;
  }
  ck_assert_uint_ge(halves[0], 150); /* 200 +- 5 standard deviations */
  ck_assert_uint_le(halves[0], 250);
  lab_close(&lab);
}
END_TEST

static void power_cycles(void *config) {
  mock_set(&redoubt_plugin, config, "register-over", 1);
  mock_set(&redoubt_plugin, config, "registrations", 36);
}

START_TEST(power_cycles_come_whatever_becomes_of_them) {
  GArray *times[2];
  for (unsigned refused = 0; refused < 2; refused++) {
    Lab lab;
    times[refused] = g_array_new(FALSE, FALSE, sizeof(RdTime));
    lab_open(&lab, 5, 50, power_cycles);
    lab.network.refuse_register = refused ? 403 : 0;
    lab.network.refuse_times = UINT_MAX;
    lab_run(&lab, 200 * RD_SECOND);
    for (unsigned i = 0; i < mock_n_attempts(lab.phones); i++) {
      const RdAttempt *a = mock_attempt(lab.phones, i);
      if (a->attempt > 0 && (a->attempt & 0xffff) == 0) /* an initial one, not a follow-up */
        g_array_append_val(times[refused], a->started);
    }
    lab_close(&lab);
  }
  ck_assert_uint_ge(times[0]->len, 60); /* 100 expected: 50 phones x 36/h x 200 s */
  ck_assert_uint_eq(times[0]->len, times[1]->len);
  for (unsigned i = 0; i < times[0]->len; i++)
    ck_assert_int_eq(g_array_index(times[0], RdTime, i), g_array_index(times[1], RdTime, i));
  g_array_free(times[0], TRUE);
  g_array_free(times[1], TRUE);
}
END_TEST

static void busy_power_cycles(void *config) {
  mock_set(&redoubt_plugin, config, "register-over", 1);
  mock_set(&redoubt_plugin, config, "registrations", 100);
  mock_set(&redoubt_plugin, config, "retry-base", 2);
  mock_set(&redoubt_plugin, config, "retry-max", 2);
}

/* In silence an attempt ends with its own patience or with the next power cycle, never with the
 * patience of one that a power cycle ended before. */
START_TEST(an_attempt_has_its_patience_for_itself) {
  Lab lab;
  lab_open(&lab, 5, 50, busy_power_cycles);
  lab.network.deaf = true;
  lab_run(&lab, 300 * RD_SECOND);
  RdTime started[50] = {0};
  unsigned cut_short = 0, followed = 0;
  for (unsigned i = 0; i < mock_n_attempts(lab.phones); i++) {
    const RdAttempt *a = mock_attempt(lab.phones, i);
    const RdTime after = a->started - started[a->entity];
    if ((a->attempt & 0xffff) > 0) {
      followed++;
      ck_assert_int_ge(after, (32 + 1) * RD_SECOND); /* patience, and half the back-off */
    } else if (a->attempt > 0) {
      cut_short += after < 32 * RD_SECOND;
    }
    started[a->entity] = a->started;
  }
  ck_assert_uint_gt(cut_short, 20);
  ck_assert_uint_gt(followed, 20);
  lab_close(&lab);
}
END_TEST

START_TEST(an_idle_subscriber_is_small_and_costs_no_timer_past_the_end) {
  Lab lab;
  ck_assert_uint_le(sizeof(Subscriber), 72);
  lab_open(&lab, 1, 100, at_once);
  lab.network.expires = 600000; /* to be refreshed long after the end */
  lab_run(&lab, 100 * RD_SECOND); /* timers of ended transactions (T4 17 s) are gone too */
  ck_assert_int_eq(mock_count(lab.phones, "registrations"), 100);
  ck_assert_uint_eq(mock_pending(lab.phones), 0);
  lab_close(&lab);
}
END_TEST

START_TEST(nobody_but_the_proxy_is_heard) {
  Lab lab;
  lab_open(&lab, 1, 1, at_once);
  lab_run(&lab, RD_SECOND);
  mock_forget_sent(lab.phones);
  mock_receive_text(lab.phones, 0, "198.18.9.9:5060",
                    "OPTIONS sip:a@198.18.1.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                    "198.18.9.9:5060;branch=z9hG4bKx\r\nMax-Forwards: 70\r\nFrom: <sip:x@y>;tag=1"
                    "\r\nTo: <sip:z@y>\r\nCall-ID: q\r\nCSeq: 1 OPTIONS\r\n\r\n");
  ck_assert_uint_eq(mock_n_sent(lab.phones), 0);
  ck_assert_int_eq(mock_count(lab.phones, "messages-not-from-proxy"), 1);
  lab_close(&lab);
}
END_TEST

/* Or a network could have it compute for ever. */
START_TEST(it_answers_three_challenges_and_no_more) {
  Lab lab;
  lab_open(&lab, 1, 1, at_once);
  lab.network.never_content = true;
  lab_run(&lab, 5 * RD_SECOND);
  const RdAttempt *a = only_attempt(&lab);
  ck_assert_uint_eq(lab.network.registers, 4);
  ck_assert_uint_eq(a->status, 401);
  ck_assert_int_eq(a->answered, 80 * RD_MILLISECOND);
  lab_close(&lab);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("ue-registration");
  TCase *t = tcase_create("registration");
  tcase_add_test(t, it_registers_with_aka);
  tcase_add_test(t, the_second_register_is_a_new_transaction_of_the_same_call);
  tcase_add_test(t, it_refuses_a_network_with_a_wrong_mac);
  tcase_add_test(t, it_resynchronises_a_stale_sequence_number);
  tcase_add_loop_test(t, refresh_follows_the_rule_of_24_229, 0, G_N_ELEMENTS(refreshes));
  tcase_add_test(t, it_registers_again_in_time);
  tcase_add_test(t, it_waits_as_long_as_retry_after_says);
  tcase_add_test(t, a_wait_beyond_its_patience_is_a_failure);
  tcase_add_test(t, silence_ends_with_its_patience);
  tcase_add_test(t, back_off_doubles_within_its_bounds);
  tcase_add_test(t, back_off_begins_anew_after_a_success);
  tcase_add_test(t, first_registrations_fill_their_time_evenly);
  tcase_add_test(t, power_cycles_come_whatever_becomes_of_them);
  tcase_add_test(t, an_attempt_has_its_patience_for_itself);
  tcase_add_test(t, an_idle_subscriber_is_small_and_costs_no_timer_past_the_end);
  tcase_add_test(t, nobody_but_the_proxy_is_heard);
  tcase_add_test(t, it_answers_three_challenges_and_no_more);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
