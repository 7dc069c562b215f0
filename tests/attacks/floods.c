/* The floods: exact rates, unique requests, silence after the end. Linked
 * with each of them (tests/attacks/NAME/). */
#include <string.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/subscribers/provision.h"
#include "tests/attacks/floods.h"
#include "tests/check_main.h"

static const FloodTraits *flood; /* of the one under test */

/* With the settings that make 60 a second, and with one more (or NULL). */
static void open_as(Bench *b, uint64_t seed, const char *key, double value) {
  void *config = mock_config(&redoubt_plugin);
  const FloodSetting *settings = flood->sixty;
  if (key)
    mock_set(&redoubt_plugin, config, key, value);
  for (unsigned i = 0; i < FLOOD_SETTINGS && settings[i].key; i++)
    mock_set(&redoubt_plugin, config, settings[i].key, settings[i].value);
  bench_open_with(b, seed, FLOOD_END, config);
}

/* Ten seconds at 60 messages a second in all. */
static void open_60(Bench *b, uint64_t seed) {
  open_as(b, seed, NULL, 0);
}

START_TEST(its_rate_is_exact) {
  Bench b;
  open_60(&b, 1);
  mock_run_until(b.world, FLOOD_END);
  ck_assert_uint_eq(mock_n_sent(b.mock), 600);
  ck_assert_int_eq(mock_count(b.mock, "sent"), 600);
  unsigned seconds[10] = {0};
  for (unsigned i = 0; i < 600; i++)
    seconds[mock_sent(b.mock, i)->at / RD_SECOND - 1]++;
  for (unsigned i = 0; i < 10; i++) {
    ck_assert_uint_ge(seconds[i], flood->least);
    ck_assert_uint_le(seconds[i], flood->most);
  }
  bench_close(&b);
}
END_TEST

START_TEST(it_keeps_few_timers) {
  Bench b;
  open_60(&b, 1);
  const unsigned sources = (unsigned)mock_setup(b.mock)->entities;
  for (RdTime t = RD_SECOND; t < FLOOD_END; t += 100 * RD_MILLISECOND) {
    mock_run_until(b.world, t);
    ck_assert_uint_le(mock_pending(b.mock), sources);
  }
  bench_close(&b);
}
END_TEST

START_TEST(nothing_is_sent_after_the_end) {
  Bench b;
  open_60(&b, 1);
  mock_run_until(b.world, FLOOD_END);
  const unsigned sent = mock_n_sent(b.mock);
  mock_run_until(b.world, 100 * RD_SECOND);
  ck_assert_uint_eq(mock_n_sent(b.mock), sent);
  ck_assert_int_lt(mock_last(b.mock)->at, FLOOD_END);
  ck_assert_uint_eq(mock_pending(b.mock), 0);
  bench_close(&b);
}
END_TEST

START_TEST(no_two_requests_share_an_identifier) {
  Bench b;
  GHashTable *seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  open_60(&b, 1);
  mock_run_until(b.world, FLOOD_END);
  for (unsigned i = 0; i < mock_n_sent(b.mock); i++) {
    const RdSip *sip = &mock_sent(b.mock, i)->scan->sip;
    const RdSlice ids[] = {sip->call_id, sip->via_branch, sip->from_tag};
    ck_assert_uint_eq(sip->defects, 0);
    for (unsigned k = 0; k < G_N_ELEMENTS(ids); k++)
      ck_assert(g_hash_table_add(seen, g_strdup_printf("%u %.*s", k, (int)ids[k].len, ids[k].at)));
  }
  g_hash_table_destroy(seen);
  bench_close(&b);
}
END_TEST

START_TEST(it_sends_what_its_name_says) {
  Bench b;
  open_60(&b, 1);
  mock_run_until(b.world, FLOOD_END);
  for (unsigned i = 0; i < mock_n_sent(b.mock); i++) {
    const MockSent *sent = mock_sent(b.mock, i);
    const RdSip *sip = &sent->scan->sip;
    char from[RD_ADDRESS_TEXT], to[RD_ADDRESS_TEXT];
    rd_address_text(&sent->remote, to);
    ck_assert_str_eq(to, "198.18.0.1:5060");
    rd_address_text(&sent->local, from);
    ck_assert(rd_slice_is(sip->via_sent_by, from)); /* its own address, not another's */
    ck_assert_uint_le(sent->len, 1300);
    ck_assert_uint_eq(sip->method, flood->method);
    if (flood->method == RD_SIP_REGISTER) {
      ck_assert(rd_slice_equal(sip->from_uri, sip->to_uri));
      ck_assert(rd_slice_is(sip->uri, "sip:" RD_IMS_DOMAIN));
    } else {
      ck_assert_uint_gt(sip->body.len, 100);
      ck_assert(rd_slice_equal(sip->uri, sip->to_uri));
      ck_assert(rd_slice_starts_nocase(sip->uri, "tel:+999"));
      ck_assert(rd_slice_starts_nocase(sip->from_uri, "sip:+999"));
      ck_assert(rd_slice_starts_nocase(sip->contact_uri, "sip:00101"));
    }
  }
  bench_close(&b);
}
END_TEST

START_TEST(it_names_as_many_real_subscribers_as_it_knows) {
  static const double shares[] = {0, 0.5, 1};
  Bench b;
  RdProvision p;
  unsigned real = 0;
  ck_assert(rd_provision_init(&p, "redoubt", 2, 100));
  open_as(&b, 3, "known", shares[_i]);
  mock_run_until(b.world, FLOOD_END);
  for (unsigned i = 0; i < mock_n_sent(b.mock); i++) {
    uint64_t who;
    const RdSlice to = mock_sent(b.mock, i)->scan->sip.to_uri;
    real += flood->method == RD_SIP_REGISTER ? rd_provision_find(&p, to, &who)
                                             : rd_provision_find_number(&p, to, &who);
  }
  /* 600 draws: 5 standard deviations of a fair coin are 61 */
  const double slack = shares[_i] == 0.5 ? 61 : 0.5;
  ck_assert_double_eq_tol(real, 600 * shares[_i], slack);
  bench_close(&b);
}
END_TEST

START_TEST(two_runs_send_the_same_bytes) {
  Bench a, b;
  open_60(&a, 9);
  open_60(&b, 9);
  mock_run_until(a.world, FLOOD_END);
  mock_run_until(b.world, FLOOD_END);
  for (unsigned i = 0; i < 600; i++) {
    ck_assert_int_eq(mock_sent(a.mock, i)->at, mock_sent(b.mock, i)->at);
    ck_assert_str_eq((const char *)mock_sent(a.mock, i)->bytes,
                     (const char *)mock_sent(b.mock, i)->bytes);
  }
  bench_close(&a);
  bench_close(&b);
}
END_TEST

START_TEST(answers_do_not_move_it) {
  Bench b;
  open_60(&b, 1);
  for (RdTime t = RD_SECOND; t < FLOOD_END; t += RD_SECOND) {
    mock_run_until(b.world, t);
    mock_receive_text(b.mock, 0, "198.18.0.1:5060",
                      "SIP/2.0 503 Service Unavailable\r\nVia: SIP/2.0/UDP "
                      "198.18.64.1:5060;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n"
                      "To: <sip:a@b>;tag=2\r\nCall-ID: 0000000000000000\r\nCSeq: 1 INVITE\r\n"
                      "Retry-After: 60\r\n\r\n");
    mock_receive_text(b.mock, 0, "198.18.0.1:5060", "junk");
  }
  mock_run_until(b.world, FLOOD_END);
  ck_assert_uint_eq(mock_n_sent(b.mock), 600);
  bench_close(&b);
}
END_TEST

START_TEST(a_target_that_is_not_there_is_said) {
  MockWorld *world = mock_world_new(1);
  MockHost *mock = mock_host_new(world, "attack");
  void *config = mock_config(&redoubt_plugin);
  mock_attach(mock, RD_IF_GM, "gm", "access", "198.18.64.1/15");
  mock_population(mock, 1, 0, FLOOD_END);
  ck_assert(mock_open(mock, redoubt_plugin.actor, config) != NULL);
  mock_start(mock);
  mock_run_until(world, FLOOD_END);
  ck_assert_uint_eq(mock_n_logs(mock, RD_LOG_ERROR), 1);
  ck_assert_uint_eq(mock_n_sent(mock), 0);
  mock_close(mock);
  mock_world_free(world);
  g_free(config);
}
END_TEST

Suite *flood_suite(const FloodTraits *traits) {
  flood = traits;
  Suite *s = suite_create(redoubt_plugin.name);
  TCase *t = tcase_create("flood");
  tcase_add_test(t, its_rate_is_exact);
  tcase_add_test(t, it_keeps_few_timers);
  tcase_add_test(t, nothing_is_sent_after_the_end);
  tcase_add_test(t, no_two_requests_share_an_identifier);
  tcase_add_test(t, it_sends_what_its_name_says);
  tcase_add_loop_test(t, it_names_as_many_real_subscribers_as_it_knows, 0, 3);
  tcase_add_test(t, two_runs_send_the_same_bytes);
  tcase_add_test(t, answers_do_not_move_it);
  tcase_add_test(t, a_target_that_is_not_there_is_said);
  suite_add_tcase(s, t);
  harm_add(s);
  return s;
}
