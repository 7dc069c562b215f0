/* Phones call phones: both sides, every outcome, and chance that nothing moves. */
#include <string.h>

#include "lab/base/slice.h"
#include "lab/sip/build.h"
#include "tests/check_main.h"
#include "tests/nodes/ue/calls.h"

static void always_busy(void *config) {
  busy_hour(config);
  only(config, 0, 0, 1, 0);
}

static void always_rejected(void *config) {
  busy_hour(config);
  only(config, 0, 0, 0, 1);
}

static unsigned n_calls(const Lab *lab) {
  unsigned n = 0;
  for (unsigned i = 0; i < mock_n_attempts(lab->phones); i++)
    n += mock_attempt(lab->phones, i)->kind == RD_ATTEMPT_CALL;
  return n;
}

START_TEST(a_call_is_answered_held_and_hung_up) {
  Lab lab;
  lab_open(&lab, 2, 2, always_answered);
  lab_run(&lab, 300 * RD_SECOND);
  const RdAttempt *a = first_call(&lab);
  ck_assert_uint_eq(a->status, 200);
  ck_assert_uint_eq(a->peer, 1 - a->entity);
  ck_assert_int_eq(a->ringing - a->started, 40 * RD_MILLISECOND); /* there and back, by the relay */
  ck_assert_int_ge(a->answered - a->ringing, RD_SECOND);
  ck_assert_int_le(a->answered - a->ringing, 3 * RD_SECOND);
  ck_assert_int_gt(a->ended, a->answered);
  ck_assert_int_le(a->ended - a->answered, 20 * RD_SECOND);
  ck_assert_int_eq(a->closed - a->ended, 40 * RD_MILLISECOND);
  ck_assert_int_eq(a->left, RD_NEVER);
  ck_assert_int_eq(a->wanted, a->ended - a->answered);
  ck_assert_int_eq(a->talked, a->wanted);
  ck_assert_uint_gt(lab.network.acks, 0);
  lab_close(&lab);
}
END_TEST

/* Once registered, a phone is who the registrar says it is, and knows others by their numbers. */
START_TEST(phones_call_numbers) {
  Lab lab;
  char own[RD_IDENTITY_TEXT], other[RD_IDENTITY_TEXT], temporary[RD_IDENTITY_TEXT];
  lab_open(&lab, 2, 2, always_answered);
  lab.network.tells_no_number = _i;
  lab_run(&lab, 300 * RD_SECOND);
  const MockSent *sent = first_sent(&lab, RD_SIP_INVITE, true, 0);
  const RdSip *invite = &sent->scan->sip;
  const RdSip *bye = &first_sent(&lab, RD_SIP_BYE, true, 0)->scan->sip;
  rd_provision_impu(&lab.network.provision, sent->entity, own);
  rd_provision_temporary(&lab.network.provision, sent->entity, temporary);
  rd_provision_tel(&lab.network.provision, 1 - sent->entity, other);
  const char *name = _i ? temporary : own;
  g_autofree char *preferred = g_strdup_printf("<%s>", name);
  ck_assert(rd_slice_is(invite->from_uri, name));
  ck_assert(rd_slice_is(rd_sip_value(invite, RD_HDR_P_PREFERRED_IDENTITY), preferred));
  ck_assert(rd_slice_is(invite->uri, other));
  ck_assert(rd_slice_is(invite->to_uri, other));
  ck_assert(rd_slice_equal(bye->from_uri, invite->from_uri));
  ck_assert_ptr_null(rd_sip_first(bye, RD_HDR_P_PREFERRED_IDENTITY));
  const RdSip *enrol = &first_sent(&lab, RD_SIP_REGISTER, true, 0)->scan->sip;
  rd_provision_temporary(&lab.network.provision, first_sent(&lab, RD_SIP_REGISTER, true, 0)->entity,
                         temporary);
  ck_assert(rd_slice_is(enrol->to_uri, temporary));
  ck_assert(rd_slice_is(enrol->from_uri, temporary));
  lab_close(&lab);
}
END_TEST

START_TEST(what_it_cannot_do_it_answers_with_what_it_can) {
  Lab lab;
  const char *method = _i ? "OPTIONS" : "MESSAGE";
  lab_open(&lab, 2, 1, NULL);
  lab_run(&lab, 10 * RD_SECOND);
  g_autofree char *text = g_strdup_printf(
      "%s sip:x@198.18.1.1 SIP/2.0\r\nVia: SIP/2.0/UDP 198.18.0.1:5060;branch=z9hG4bKm\r\n"
      "Max-Forwards: 70\r\nFrom: <sip:x@y>;tag=1\r\nTo: <sip:z@y>\r\nCall-ID: m\r\nCSeq: 1 "
      "%s\r\n\r\n",
      method, method);
  mock_receive_text(lab.phones, 0, "198.18.0.1:5060", text);
  const RdSip *sip = &mock_last(lab.phones)->scan->sip;
  ck_assert_uint_eq(sip->status, _i ? 200 : 405);
  const RdSipHeader *allow = rd_sip_first(sip, rd_sip_header_id(rd_slice("Allow")));
  ck_assert_ptr_nonnull(allow);
  ck_assert(rd_slice_is(allow->value, "INVITE, ACK, CANCEL, BYE, OPTIONS"));
  lab_close(&lab);
}
END_TEST

START_TEST(the_dialog_is_kept_as_rfc_3261_says) {
  Lab lab;
  lab_open(&lab, 2, 2, always_answered);
  lab_run(&lab, 300 * RD_SECOND);
  const RdSip *invite = &first_sent(&lab, RD_SIP_INVITE, true, 0)->scan->sip;
  const RdSip *ok = &first_sent(&lab, RD_SIP_INVITE, false, 200)->scan->sip;
  const RdSip *ack = &first_sent(&lab, RD_SIP_ACK, true, 0)->scan->sip;
  const RdSip *bye = &first_sent(&lab, RD_SIP_BYE, true, 0)->scan->sip;
  ck_assert_uint_eq(invite->defects | ok->defects | ack->defects | bye->defects, 0);
  ck_assert_uint_le(first_sent(&lab, RD_SIP_INVITE, true, 0)->len, 1300);
  ck_assert(rd_slice_is(rd_sip_value(invite, RD_HDR_ROUTE), "<sip:orig@s-cscf.example.com;lr>"));
  ck_assert_uint_gt(invite->body.len, 0);
  ck_assert_uint_gt(ok->body.len, 0);
  ck_assert(rd_slice_equal(ack->uri, ok->contact_uri));
  ck_assert(rd_slice_equal(bye->uri, ok->contact_uri));
  ck_assert(rd_slice_equal(bye->to_tag, ok->to_tag));
  ck_assert(rd_slice_equal(bye->from_tag, invite->from_tag));
  ck_assert(rd_slice_equal(bye->call_id, invite->call_id));
  ck_assert_uint_eq(ack->cseq, invite->cseq);
  ck_assert_uint_eq(bye->cseq, invite->cseq + 1);
  ck_assert(!rd_slice_equal(ack->via_branch, invite->via_branch));
  lab_close(&lab);
}
END_TEST

START_TEST(a_caller_cancels_what_nobody_answers) {
  Lab lab;
  lab_open(&lab, 2, 2, never_answered);
  lab_run(&lab, 300 * RD_SECOND);
  const RdAttempt *a = first_call(&lab);
  ck_assert_uint_eq(a->status, 487);
  ck_assert_int_ne(a->ringing, RD_NEVER);
  ck_assert_int_eq(a->answered - a->started, 10 * RD_SECOND + 40 * RD_MILLISECOND);
  ck_assert_int_eq(a->left - a->started, 10 * RD_SECOND);
  ck_assert_int_eq(a->ended, RD_NEVER);
  ck_assert_int_eq(a->wanted, 0);
  ck_assert_int_eq(a->talked, 0);
  const RdSip *invite = &first_sent(&lab, RD_SIP_INVITE, true, 0)->scan->sip;
  const RdSip *cancel = &first_sent(&lab, RD_SIP_CANCEL, true, 0)->scan->sip;
  ck_assert(rd_slice_equal(cancel->via_branch, invite->via_branch));
  ck_assert(rd_slice_equal(cancel->uri, invite->uri));
  ck_assert_uint_eq(cancel->cseq, invite->cseq);
  ck_assert(first_sent(&lab, RD_SIP_CANCEL, false, 200) != NULL);
  lab_close(&lab);
}
END_TEST

START_TEST(a_busy_callee_says_so_at_once) {
  Lab lab;
  lab_open(&lab, 2, 2, always_busy);
  lab_run(&lab, 300 * RD_SECOND);
  const RdAttempt *a = first_call(&lab);
  ck_assert_uint_eq(a->status, 486);
  ck_assert_int_eq(a->ringing, RD_NEVER);
  ck_assert_int_eq(a->answered - a->started, 40 * RD_MILLISECOND);
  lab_close(&lab);
}
END_TEST

START_TEST(a_callee_declines_after_some_ringing) {
  Lab lab;
  lab_open(&lab, 2, 2, always_rejected);
  lab_run(&lab, 300 * RD_SECOND);
  const RdAttempt *a = first_call(&lab);
  ck_assert_uint_eq(a->status, 603);
  ck_assert_int_ge(a->answered - a->ringing, RD_SECOND);
  lab_close(&lab);
}
END_TEST

static void crowded(void *config) {
  always_answered(config);
  mock_set(&redoubt_plugin, config, "bhca", 600);
}

START_TEST(who_is_in_a_call_is_busy) {
  Lab lab;
  unsigned busy = 0, answered = 0;
  lab_open(&lab, 2, 10, crowded);
  lab_run(&lab, 120 * RD_SECOND);
  for (unsigned i = 0; i < mock_n_attempts(lab.phones); i++) {
    const RdAttempt *a = mock_attempt(lab.phones, i);
    busy += a->kind == RD_ATTEMPT_CALL && a->status == 486;
    answered += a->kind == RD_ATTEMPT_CALL && a->status == 200;
  }
  ck_assert_uint_gt(busy, 10);
  ck_assert_uint_gt(answered, 10);
  ck_assert_int_eq(mock_count(lab.phones, "calls-to-busy"), busy);
  lab_close(&lab);
}
END_TEST

START_TEST(the_mix_of_outcomes_is_as_asked_for) {
  Lab lab;
  unsigned answered = 0, cancelled = 0, declined = 0, all = 0;
  lab_open(&lab, 4, 400, busy_hour);
  mock_set(&redoubt_plugin, lab.config, "bhca", 20); /* few meet a phone that is really busy */
  lab_run(&lab, 600 * RD_SECOND);
  for (unsigned i = 0; i < mock_n_attempts(lab.phones); i++) {
    const RdAttempt *a = mock_attempt(lab.phones, i);
    if (a->kind != RD_ATTEMPT_CALL || a->status == 486)
      continue;
    all++;
    answered += a->status == 200;
    cancelled += a->status == 487;
    declined += a->status == 603;
  }
  ck_assert_uint_gt(all, 800);
  ck_assert_uint_eq(answered + cancelled + declined, all);
  /* 70, 14 and 9 of the 93 that are not busy elsewhere; 6 points are 4 standard deviations */
  ck_assert_double_eq_tol((double)answered / all, 70.0 / 93, 0.06);
  ck_assert_double_eq_tol((double)cancelled / all, 14.0 / 93, 0.06);
  ck_assert_double_eq_tol((double)declined / all, 9.0 / 93, 0.06);
  lab_close(&lab);
}
END_TEST

/* --- arrivals ---------------------------------------------------------------------------------- */

static int by_key(gconstpointer a, gconstpointer b) {
  const RdAttempt *x = a, *y = b;
  if (x->entity != y->entity)
    return x->entity < y->entity ? -1 : 1;
  return x->attempt < y->attempt ? -1 : x->attempt > y->attempt;
}

/* The calls of a run, by (caller, attempt), and its INVITEs' bytes. */
static GArray *calls_of(Lab *lab) {
  GArray *calls = g_array_new(FALSE, FALSE, sizeof(RdAttempt));
  for (unsigned i = 0; i < mock_n_attempts(lab->phones); i++) {
    const RdAttempt *a = mock_attempt(lab->phones, i);
    if (a->kind == RD_ATTEMPT_CALL && a->started < 100 * RD_SECOND)
      g_array_append_vals(calls, a, 1);
  }
  g_array_sort(calls, by_key);
  return calls;
}

START_TEST(calls_begin_when_they_would_whatever_becomes_of_them) {
  GArray *calls[2];
  for (unsigned refused = 0; refused < 2; refused++) {
    Lab lab;
    lab_open(&lab, 7, 50, busy_hour);
    lab.network.refuse_invite = refused ? 503 : 0;
    lab_run(&lab, 300 * RD_SECOND);
    calls[refused] = calls_of(&lab);
    lab_close(&lab);
  }
  ck_assert_uint_gt(calls[0]->len, 50); /* 82 expected */
  ck_assert_uint_eq(calls[0]->len, calls[1]->len);
  for (unsigned i = 0; i < calls[0]->len; i++) {
    const RdAttempt *a = &g_array_index(calls[0], RdAttempt, i);
    const RdAttempt *b = &g_array_index(calls[1], RdAttempt, i);
    ck_assert_int_eq(a->started, b->started);
    ck_assert_uint_eq(a->entity, b->entity);
    ck_assert_uint_eq(a->attempt, b->attempt);
    ck_assert_uint_eq(a->peer, b->peer);
    ck_assert_uint_eq(b->status, 503);
  }
  g_array_free(calls[0], TRUE);
  g_array_free(calls[1], TRUE);
}
END_TEST

/* Every INVITE sent, keyed by its bytes. */
static GHashTable *invites_of(const Lab *lab) {
  GHashTable *set = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (unsigned i = 0; i < mock_n_sent(lab->phones); i++) {
    const MockSent *sent = mock_sent(lab->phones, i);
    if (sent->scan->sip.is_request && sent->scan->sip.method == RD_SIP_INVITE)
      g_hash_table_add(set, g_strdup((const char *)sent->bytes));
  }
  return set;
}

START_TEST(identifiers_are_the_same_in_every_run_and_beside_any_traffic) {
  GHashTable *invites[2];
  for (unsigned flooded = 0; flooded < 2; flooded++) {
    Lab lab;
    lab_open(&lab, 7, 50, busy_hour);
    for (RdTime t = 0; t < 100; t++) {
      lab_run(&lab, t * RD_SECOND);
      for (unsigned k = 0; flooded && k < 20; k++) { /* calls of strangers, in by the proxy */
        g_autofree char *text = g_strdup_printf(
            "INVITE sip:x@198.18.1.1 SIP/2.0\r\nVia: SIP/2.0/UDP 198.18.1.%u:5060;branch=z9hG4bK%u"
            "\r\nMax-Forwards: 70\r\nFrom: <sip:x@y>;tag=1\r\nTo: <sip:z@y>\r\nCall-ID: q%u\r\n"
            "CSeq: 1 INVITE\r\nContact: <sip:x@198.18.1.9>\r\n\r\n",
            k + 100, (unsigned)t * 100 + k, (unsigned)t * 100 + k);
        mock_receive_text(lab.phones, 0, "198.18.0.1:5060", text);
      }
    }
    invites[flooded] = invites_of(&lab);
    lab_close(&lab);
  }
  GHashTableIter i;
  gpointer bytes;
  ck_assert_uint_gt(g_hash_table_size(invites[0]), 50);
  ck_assert_uint_eq(g_hash_table_size(invites[0]), g_hash_table_size(invites[1]));
  g_hash_table_iter_init(&i, invites[0]);
  while (g_hash_table_iter_next(&i, &bytes, NULL))
    ck_assert_msg(g_hash_table_contains(invites[1], bytes), "%s", (char *)bytes);
  g_hash_table_destroy(invites[0]);
  g_hash_table_destroy(invites[1]);
}
END_TEST

/* --- what goes wrong --------------------------------------------------------------------------- */

static void redialling(void *config) {
  busy_hour(config);
  mock_set(&redoubt_plugin, config, "redials", 2);
}

START_TEST(a_redial_belongs_to_its_attempt) {
  Lab lab;
  lab_open(&lab, 2, 2, redialling);
  lab.network.refuse_invite = 503;
  lab_run(&lab, 300 * RD_SECOND);
  const RdAttempt *a = first_call(&lab);
  ck_assert_uint_eq(a->status, 503);
  ck_assert_uint_eq(a->retries, 2);
  ck_assert_int_eq(a->left, RD_NEVER);
  ck_assert_int_eq(a->answered - a->started, 10 * RD_SECOND + 60 * RD_MILLISECOND);
  unsigned invites = 0;
  for (unsigned i = 0; i < mock_n_sent(lab.phones); i++) {
    const MockSent *sent = mock_sent(lab.phones, i);
    invites += sent->entity == a->entity && sent->scan->sip.method == RD_SIP_INVITE &&
               sent->scan->sip.is_request && sent->at >= a->started && sent->at <= a->answered;
  }
  ck_assert_uint_eq(invites, 3);
  lab_close(&lab);
}
END_TEST

static bool lose_invites(void *user, MockHost *from, const MockSent *sent) {
  (void)user;
  (void)from;
  return !(sent->scan && sent->scan->sip.is_request && sent->scan->sip.method == RD_SIP_INVITE);
}

START_TEST(silence_is_a_failure_when_patience_ends) {
  Lab lab;
  lab_open(&lab, 2, 2, busy_hour);
  mock_wire_filter(lab.world, lose_invites, NULL);
  lab_run(&lab, 300 * RD_SECOND);
  const RdAttempt *a = first_call(&lab);
  ck_assert_uint_eq(a->status, 0);
  ck_assert_int_eq(a->answered, RD_NEVER);
  ck_assert_int_eq(a->left - a->started, 10 * RD_SECOND);
  ck_assert_uint_eq(lab.network.cancels, 0); /* nothing provisional came: no CANCEL (s9.1) */
  lab_close(&lab);
}
END_TEST

/* Answers the INVITE of a phone as its proxy. */
static void answer_invite(Lab *lab, const MockSent *invite, unsigned status) {
  char buffer[4096];
  RdSipBuild b = rd_sip_reply(buffer, sizeof buffer, &invite->scan->sip, status, NULL,
                              rd_slice(status > 100 ? "far" : NULL));
  RdMessage m = *mock_message(lab->phones, 0, RD_INGRESS, "198.18.0.1:5060", buffer,
                              rd_sip_finish(&b, NULL, (RdSlice){0}));
  m.entity = invite->entity;
  m.local = invite->local;
  mock_deliver(lab->phones, &m);
}

START_TEST(what_rings_too_late_has_not_rung) {
  Lab lab;
  const MockSent *invite = NULL;
  lab_open(&lab, 2, 2, busy_hour);
  for (RdTime t = 0; !invite; t += 10) {
    lab_run(&lab, t * RD_MILLISECOND);
    lab.network.deaf = t > 2000; /* registered, but no call gets through */
    invite = first_sent(&lab, RD_SIP_INVITE, true, 0);
  }
  answer_invite(&lab, invite, 100);
  lab_run(&lab, invite->at + 11 * RD_SECOND);
  ck_assert_ptr_nonnull(first_sent(&lab, RD_SIP_CANCEL, true, 0));
  answer_invite(&lab, invite, 180);
  answer_invite(&lab, invite, 487);
  const RdAttempt *a = first_call(&lab);
  ck_assert_uint_eq(a->status, 487);
  ck_assert_int_eq(a->ringing, RD_NEVER);
  lab_close(&lab);
}
END_TEST

START_TEST(an_answer_that_crosses_the_cancel_is_hung_up) {
  Lab lab;
  const MockSent *invite = NULL;
  lab_open(&lab, 2, 2, busy_hour);
  for (RdTime t = 0; !invite; t += 10) {
    lab_run(&lab, t * RD_MILLISECOND);
    lab.network.deaf = t > 2000;
    invite = first_sent(&lab, RD_SIP_INVITE, true, 0);
  }
  answer_invite(&lab, invite, 180);
  lab_run(&lab, invite->at + 11 * RD_SECOND);
  answer_invite(&lab, invite, 200);
  ck_assert_ptr_nonnull(first_sent(&lab, RD_SIP_ACK, true, 0));
  ck_assert_ptr_nonnull(first_sent(&lab, RD_SIP_BYE, true, 0));
  ck_assert_int_eq(first_sent(&lab, RD_SIP_BYE, true, 0)->at, mock_now(lab.world));
  answer_invite(&lab, invite, 200); /* a repetition is acknowledged and changes nothing */
  mock_stop(lab.phones);
  const RdAttempt *a = first_call(&lab);
  ck_assert_uint_eq(a->status, 200);
  ck_assert_int_eq(a->left - a->started, 10 * RD_SECOND);
  ck_assert_int_eq(a->answered - a->started, 11 * RD_SECOND);
  ck_assert_int_eq(a->wanted, 0);
  ck_assert_int_eq(a->talked, 0);
  lab_close(&lab);
}
END_TEST

START_TEST(a_lost_ack_is_made_good) {
  Lab lab;
  lab_open(&lab, 2, 2, always_answered);
  lab.network.lose_acks = 1;
  lab_run(&lab, 300 * RD_SECOND);
  const RdAttempt *a = first_call(&lab);
  ck_assert_uint_eq(a->status, 200);
  ck_assert_int_ne(a->closed, RD_NEVER);
  ck_assert_uint_gt(lab.network.acks, lab.network.byes); /* one was sent again */
  lab_close(&lab);
}
END_TEST

START_TEST(an_unregistered_phone_cannot_call) {
  Lab lab;
  lab_open(&lab, 2, 2, busy_hour);
  lab.network.refuse_register = 403;
  lab.network.refuse_times = UINT_MAX;
  lab_run(&lab, 300 * RD_SECOND);
  const RdAttempt *a = first_call(&lab);
  ck_assert_uint_eq(a->status, 0);
  ck_assert_uint_eq(lab.network.invites, 0);
  ck_assert_int_eq(mock_count(lab.phones, "calls-while-unregistered"), n_calls(&lab));
  lab_close(&lab);
}
END_TEST

START_TEST(every_attempt_is_told_exactly_once) {
  Lab lab;
  lab_open(&lab, 9, 40, busy_hour);
  lab_run(&lab, 200 * RD_SECOND);
  mock_stop(lab.phones);
  GHashTable *seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  unsigned talking = 0;
  for (unsigned i = 0; i < mock_n_attempts(lab.phones); i++) {
    const RdAttempt *a = mock_attempt(lab.phones, i);
    char *key = g_strdup_printf("%u %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, a->kind, a->entity,
                                a->attempt);
    ck_assert_msg(!g_hash_table_contains(seen, key), "%s twice", key);
    g_hash_table_add(seen, key);
    talking += a->kind == RD_ATTEMPT_CALL && a->status == 200 && a->closed == RD_NEVER;
  }
  ck_assert_uint_gt(talking, 0); /* those that stop() told of */
  ck_assert_uint_le(g_hash_table_size(seen), 40 + lab.network.invites);
  g_hash_table_destroy(seen);
  lab_close(&lab);
}
END_TEST

static const char *const strays[] = {
    "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 198.18.1.1:5060;branch=z9hG4bK1\r\nFrom: "
    "<sip:a@b>;tag=1\r\n"
    "To: <sip:a@b>;tag=2\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\n",
    "BYE sip:x@y SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK2\r\nFrom: <sip:a@b>;tag=1\r\n"
    "To: <sip:a@b>;tag=2\r\nCall-ID: x\r\nCSeq: 1 BYE\r\n\r\n",
    "CANCEL sip:x@y SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK3\r\nFrom: <sip:a@b>;tag=1\r\n"
    "To: <sip:a@b>\r\nCall-ID: x\r\nCSeq: 1 CANCEL\r\n\r\n",
    "ACK sip:x@y SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK4\r\nFrom: <sip:a@b>;tag=1\r\n"
    "To: <sip:a@b>;tag=2\r\nCall-ID: x\r\nCSeq: 1 ACK\r\n\r\n",
    "INVITE sip: SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK5\r\nFrom: nonsense\r\nTo: \r\n"
    "Call-ID: x\r\nCSeq: 1 INVITE\r\n\r\n",
    "INVITE sip:x@y SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK6\r\nFrom: <sip:a@b>;tag=1\r\n"
    "To: <sip:a@b>;tag=2\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\n",
    "WHAT sip:x@y SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK7\r\nFrom: <sip:a@b>;tag=1\r\n"
    "To: <sip:a@b>\r\nCall-ID: x\r\nCSeq: 1 WHAT\r\n\r\n",
    "garbage",
    "\r\n\r\n"};

START_TEST(strays_are_answered_or_dropped_and_harm_nobody) {
  Lab lab;
  lab_open(&lab, 2, 2, always_answered);
  for (RdTime t = 0; t < 60; t++) {
    lab_run(&lab, t * RD_SECOND);
    for (unsigned i = 0; i < G_N_ELEMENTS(strays); i++)
      mock_receive_text(lab.phones, 0, "198.18.0.1:5060", strays[i]);
  }
  mock_wire_filter(lab.world, NULL, NULL);
  lab_run(&lab, 300 * RD_SECOND);
  ck_assert_uint_eq(first_call(&lab)->status, 200);
  lab_close(&lab);
}
END_TEST

static void impatient(void *config) {
  void *c = config;
  busy_hour(config);
  mock_set(&redoubt_plugin, c, "registrations", 60);
  mock_set(&redoubt_plugin, c, "register-patience", 10);
  mock_set(&redoubt_plugin, c, "retry-base", 5);
  mock_set(&redoubt_plugin, c, "t1", 0.5);
  mock_set(&redoubt_plugin, c, "redials", 1);
}

START_TEST(spoiled_messages_harm_nobody_else) {
  Lab lab;
  unsigned answered = 0;
  lab_open(&lab, 11 + (uint64_t)_i, 60, impatient);
  lab.network.mangle = true;
  lab_run(&lab, 600 * RD_SECOND);
  for (unsigned i = 0; i < mock_n_attempts(lab.phones); i++)
    answered += mock_attempt(lab.phones, i)->status == 200;
  ck_assert_uint_gt(answered, 100);
  ck_assert_uint_gt(lab.network.spoiled, 1000);
  lab.network.mangle = false; /* and afterwards all is well again */
  lab_run(&lab, 1000 * RD_SECOND);
  unsigned late = 0, lost = 0;
  for (unsigned i = 0; i < mock_n_attempts(lab.phones); i++) {
    const RdAttempt *a = mock_attempt(lab.phones, i);
    late += a->started > 800 * RD_SECOND;
    lost += a->started > 800 * RD_SECOND && a->status == 0;
  }
  ck_assert_uint_gt(late, 100);
  ck_assert_uint_eq(lost, 0);
  lab_close(&lab);
}
END_TEST

/* Who declines is no failure of the network. */
START_TEST(a_refusal_is_not_redialled) {
  static const unsigned statuses[] = {403, 404, 486, 600, 603};
  for (unsigned i = 0; i < G_N_ELEMENTS(statuses); i++) {
    Lab lab;
    lab_open(&lab, 2, 2, redialling);
    lab.network.refuse_invite = statuses[i];
    lab_run(&lab, 300 * RD_SECOND);
    ck_assert_uint_eq(first_call(&lab)->status, statuses[i]);
    ck_assert_uint_eq(first_call(&lab)->retries, 0);
    lab_close(&lab);
  }
}
END_TEST

static void patient_talkers(void *config) {
  always_answered(config);
  mock_set(&redoubt_plugin, config, "hold", 3600);
  mock_set(&redoubt_plugin, config, "hold-max", 3600);
  mock_set(&redoubt_plugin, config, "media-timeout", 3600);
}

/* s13.3.1.4: the 2xx goes out again for 64*T1; then the callee says BYE. */
START_TEST(a_callee_without_its_ack_hangs_up) {
  Lab lab;
  lab_open(&lab, 2, 2, patient_talkers);
  lab.network.lose_acks = UINT_MAX;
  lab_run(&lab, 400 * RD_SECOND);
  const MockSent *ok = first_sent(&lab, RD_SIP_INVITE, false, 200);
  const MockSent *bye = first_sent(&lab, RD_SIP_BYE, true, 0);
  ck_assert_ptr_nonnull(ok);
  ck_assert_ptr_nonnull(bye);
  ck_assert_uint_eq(bye->entity, ok->entity);
  ck_assert_int_eq(bye->at, ok->at + 128 * RD_SECOND);
  lab_close(&lab);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("ue-calls");
  TCase *t = tcase_create("calls");
  tcase_add_test(t, a_call_is_answered_held_and_hung_up);
  tcase_add_test(t, the_dialog_is_kept_as_rfc_3261_says);
  tcase_add_loop_test(t, phones_call_numbers, 0, 2);
  tcase_add_loop_test(t, what_it_cannot_do_it_answers_with_what_it_can, 0, 2);
  tcase_add_test(t, a_caller_cancels_what_nobody_answers);
  tcase_add_test(t, a_busy_callee_says_so_at_once);
  tcase_add_test(t, a_callee_declines_after_some_ringing);
  tcase_add_test(t, who_is_in_a_call_is_busy);
  tcase_add_test(t, the_mix_of_outcomes_is_as_asked_for);
  tcase_add_test(t, calls_begin_when_they_would_whatever_becomes_of_them);
  tcase_add_test(t, identifiers_are_the_same_in_every_run_and_beside_any_traffic);
  tcase_add_test(t, a_redial_belongs_to_its_attempt);
  tcase_add_test(t, silence_is_a_failure_when_patience_ends);
  tcase_add_test(t, what_rings_too_late_has_not_rung);
  tcase_add_test(t, an_answer_that_crosses_the_cancel_is_hung_up);
  tcase_add_test(t, a_lost_ack_is_made_good);
  tcase_add_test(t, an_unregistered_phone_cannot_call);
  tcase_add_test(t, every_attempt_is_told_exactly_once);
  tcase_add_test(t, strays_are_answered_or_dropped_and_harm_nobody);
  tcase_add_loop_test(t, spoiled_messages_harm_nobody_else, 0, 3);
  tcase_add_test(t, a_refusal_is_not_redialled);
  tcase_add_test(t, a_callee_without_its_ack_hangs_up);
  tcase_set_timeout(t, 60);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
