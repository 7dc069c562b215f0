/* How calls end: by whose will, who is told, and how a phone gets out of half a call. */
#include <string.h>

#include "lab/base/slice.h"
#include "tests/check_main.h"
#include "tests/nodes/ue/calls.h"

/* The first INVITE of every call is lost, and patience ends twice: the caller is there for the try
 * that is answered. */
static bool lose_first_tries(void *user, MockHost *from, const MockSent *sent) {
  GHashTable *lost = user;
  (void)from;
  if (!sent->scan || !sent->scan->sip.is_request || sent->scan->sip.method != RD_SIP_INVITE)
    return true;
  const RdSip *sip = &sent->scan->sip;
  g_autofree char *who = g_strdup_printf("%.*s>%.*s", (int)sip->from_uri.len, sip->from_uri.at,
                                         (int)sip->to_uri.len, sip->to_uri.at);
  g_autofree char *call = g_strndup(sip->call_id.at, sip->call_id.len);
  if (!g_hash_table_contains(lost, who))
    g_hash_table_insert(lost, g_strdup(who), g_strdup(call));
  return strcmp(g_hash_table_lookup(lost, who), call) != 0;
}

START_TEST(who_redials_is_there_again) {
  Lab lab;
  GHashTable *lost = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  lab_open(&lab, 2, 2, always_answered);
  mock_set(&redoubt_plugin, lab.config, "redials", 1);
  mock_wire_filter(lab.world, lose_first_tries, lost);
  lab_run(&lab, 300 * RD_SECOND);
  const RdAttempt *a = find_call(&lab, true);
  ck_assert_uint_eq(a->retries, 1);
  ck_assert_int_gt(a->answered - a->started, 15 * RD_SECOND);
  ck_assert_int_eq(a->left, RD_NEVER);
  ck_assert_int_gt(a->wanted, 0);
  ck_assert_int_eq(a->talked, a->wanted);
  lab_close(&lab);
  g_hash_table_destroy(lost);
}
END_TEST

/* BYEs are lost: a callee hears nothing once its caller has hung up, and so is free again long before
 * its own transactions would end. */
START_TEST(a_callee_left_alone_frees_itself) {
  Lab lab;
  unsigned byes = 0;
  lab_open(&lab, 2, 2, always_answered);
  mock_set(&redoubt_plugin, lab.config, "bhca", 6);
  lab.network.lose_byes = true;
  lab_run(&lab, 600 * RD_SECOND);
  ck_assert_int_gt(mock_count(lab.phones, "calls-orphaned"), 0);
  const RdAttempt *a = find_call(&lab, true);
  ck_assert_int_eq(a->closed - a->ended, 128 * RD_SECOND); /* timer F: 64 * T1 */
  ck_assert_int_eq(a->talked, a->wanted); /* nobody lost a word */
  for (unsigned i = 0; i < mock_n_sent(lab.phones); i++) {
    const MockSent *sent = mock_sent(lab.phones, i);
    if (sent->entity == a->peer && sent->scan->sip.is_request &&
        sent->scan->sip.method == RD_SIP_BYE && sent->at > a->ended && byes++ == 0)
      ck_assert_int_eq(sent->at - a->ended, 20 * RD_SECOND);
  }
  ck_assert_uint_gt(byes, 0);
  lab_close(&lab);
}
END_TEST

static bool lose_answers(void *user, MockHost *from, const MockSent *sent) {
  (void)user;
  (void)from;
  return !(sent->scan && sent->scan->sip.method == RD_SIP_INVITE && sent->scan->sip.status == 200);
}

/* A callee that answers nobody: no 200 arrives, so nobody acknowledges it nor speaks. */
START_TEST(an_answer_to_nobody_ends_when_nothing_is_heard) {
  Lab lab;
  RdTime answered = 0, given_up = 0;
  lab_open(&lab, 2, 2, always_answered);
  mock_wire_filter(lab.world, lose_answers, NULL);
  lab_run(&lab, 300 * RD_SECOND);
  for (unsigned i = 0; i < mock_n_sent(lab.phones) && !given_up; i++) {
    const MockSent *sent = mock_sent(lab.phones, i);
    const RdSip *sip = &sent->scan->sip;
    if (!answered && sip->method == RD_SIP_INVITE && sip->status == 200)
      answered = sent->at;
    if (answered && sip->is_request && sip->method == RD_SIP_BYE)
      given_up = sent->at;
  }
  ck_assert_int_gt(answered, 0);
  ck_assert_int_eq(given_up - answered, 20 * RD_SECOND);
  lab_close(&lab);
}
END_TEST

/* A CANCEL that never comes: the phone rings to nobody until its own limit. */
static bool lose_cancels(void *user, MockHost *from, const MockSent *sent) {
  (void)user;
  (void)from;
  return !(sent->scan && sent->scan->sip.is_request && sent->scan->sip.method == RD_SIP_CANCEL);
}

START_TEST(a_phone_stops_ringing_by_itself) {
  Lab lab;
  lab_open(&lab, 2, 2, never_answered);
  mock_wire_filter(lab.world, lose_cancels, NULL);
  lab_run(&lab, 300 * RD_SECOND);
  const MockSent *ringing = first_sent(&lab, RD_SIP_INVITE, false, 180);
  const MockSent *stops = first_sent(&lab, RD_SIP_INVITE, false, 480);
  ck_assert_int_eq(stops->at - ringing->at, 90 * RD_SECOND);
  lab_close(&lab);
}
END_TEST

/* A BYE within a call's dialog, to one of the two, from whoever can speak as the proxy. */
static void tear_down(Lab *lab, const MockSent *ok, bool at_caller) {
  const RdSip *sip = &ok->scan->sip;
  const RdSlice own = at_caller ? sip->from_tag : sip->to_tag;
  const RdSlice other = at_caller ? sip->to_tag : sip->from_tag;
  g_autofree char *bye = g_strdup_printf(
      "BYE sip:x@y SIP/2.0\r\nVia: SIP/2.0/UDP 198.18.0.1:5060;branch=z9hG4bKforged%d\r\n"
      "From: <sip:x@y>;tag=%.*s\r\nTo: <sip:x@y>;tag=%.*s\r\nCall-ID: %.*s\r\n"
      "CSeq: 9 BYE\r\n\r\n",
      at_caller, (int)other.len, other.at, (int)own.len, own.at, (int)sip->call_id.len,
      sip->call_id.at);
  const MockSent *invite = first_sent(lab, RD_SIP_INVITE, true, 0);
  RdMessage m = *mock_message(lab->phones, 0, RD_INGRESS, "198.18.0.1:5060", bye, strlen(bye));
  m.entity = at_caller ? invite->entity : ok->entity;
  m.local = mock_setup(lab->phones)->address(mock_host(lab->phones), 0, m.entity);
  mock_deliver(lab->phones, &m);
}

/* Up to the first call that both are in, a second after its answer. */
static const MockSent *talking(Lab *lab) {
  const MockSent *ok = NULL;
  for (RdTime t = 0; !ok; t += RD_SECOND) {
    lab_run(lab, t);
    ok = first_sent(lab, RD_SIP_INVITE, false, 200);
  }
  lab_run(lab, ok->at + RD_SECOND);
  return ok;
}

static void talkative(void *config) {
  always_answered(config);
  mock_set(&redoubt_plugin, config, "bhca", 6);
  mock_set(&redoubt_plugin, config, "hold", 600);
  mock_set(&redoubt_plugin, config, "hold-max", 600);
}

START_TEST(a_call_torn_down_is_told_as_such) {
  const bool at_caller = _i;
  Lab lab;
  lab_open(&lab, 2, 2, talkative);
  const MockSent *ok = talking(&lab);
  const RdTime torn = mock_now(lab.world);
  tear_down(&lab, ok, at_caller);
  lab_run(&lab, torn + 100 * RD_SECOND);
  const RdAttempt *a = find_call(&lab, true);
  ck_assert_int_eq(a->talked, torn - a->answered);
  ck_assert_int_gt(a->wanted, a->talked);
  /* The other of the two hears nothing any more. */
  ck_assert_int_eq(a->ended - torn, at_caller ? 0 : 20 * RD_SECOND);
  const MockSent *bye = first_sent(&lab, RD_SIP_BYE, true, 0);
  ck_assert_uint_eq(bye->entity, at_caller ? a->peer : a->entity);
  ck_assert_int_eq(bye->at - torn, 20 * RD_SECOND);
  ck_assert_int_eq(mock_count(lab.phones, "calls-orphaned"), 1);
  lab_close(&lab);
}
END_TEST

START_TEST(a_call_up_at_the_end_has_lost_nothing) {
  Lab lab;
  lab_open(&lab, 2, 2, talkative);
  talking(&lab);
  mock_stop(lab.phones);
  const RdAttempt *a = find_call(&lab, true);
  ck_assert_int_eq(a->ended, RD_NEVER);
  ck_assert_int_eq(a->wanted, mock_now(lab.world) - a->answered);
  ck_assert_int_eq(a->talked, a->wanted);
  lab_close(&lab);
}
END_TEST

static void quiet(void *config) {
  always_answered(config);
  mock_set(&redoubt_plugin, config, "bhca", 0);
}

/* A call from another population: its phones are unknown here, so only its ACK tells of it. */
START_TEST(a_caller_from_elsewhere_is_heard_by_its_ack) {
  const bool acknowledged = _i;
  Lab lab;
  lab_open(&lab, 2, 2, quiet);
  lab_run(&lab, 10 * RD_SECOND);
  g_autofree char *impu = g_new0(char, RD_IDENTITY_TEXT);
  rd_provision_temporary(&lab.network.provision, 0, impu);
  const char *form = "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP 198.18.0.1:5060;branch=z9hG4bK%s\r\n"
                     "From: <sip:x@y>;tag=far\r\nTo: <sip:z@y>%s\r\nCall-ID: far\r\nCSeq: 1 %s\r\n"
                     "Contact: <sip:x@198.18.0.1>\r\n\r\n";
  g_autofree char *invite = g_strdup_printf(form, "INVITE", impu, "far", "", "INVITE");
  mock_receive_text(lab.phones, 0, "198.18.0.1:5060", invite);
  lab_run(&lab, 14 * RD_SECOND); /* it has been answered */
  const MockSent *ok = first_sent(&lab, RD_SIP_INVITE, false, 200);
  g_autofree char *tag =
      g_strdup_printf(";tag=%.*s", (int)ok->scan->sip.to_tag.len, ok->scan->sip.to_tag.at);
  g_autofree char *ack = g_strdup_printf(form, "ACK", impu, "ack", tag, "ACK");
  if (acknowledged)
    mock_receive_text(lab.phones, 0, "198.18.0.1:5060", ack);
  const RdTime since = acknowledged ? mock_now(lab.world) : ok->at;
  lab_run(&lab, 100 * RD_SECOND);
  ck_assert_int_eq(first_sent(&lab, RD_SIP_BYE, true, 0)->at - since,
                   acknowledged ? 40 * RD_SECOND : 20 * RD_SECOND);
  lab_close(&lab);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("ue-ends");
  TCase *t = tcase_create("ends");
  tcase_add_test(t, who_redials_is_there_again);
  tcase_add_test(t, a_callee_left_alone_frees_itself);
  tcase_add_test(t, an_answer_to_nobody_ends_when_nothing_is_heard);
  tcase_add_test(t, a_phone_stops_ringing_by_itself);
  tcase_add_loop_test(t, a_call_torn_down_is_told_as_such, 0, 2);
  tcase_add_test(t, a_call_up_at_the_end_has_lost_nothing);
  tcase_add_loop_test(t, a_caller_from_elsewhere_is_heard_by_its_ack, 0, 2);
  tcase_set_timeout(t, 60);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
