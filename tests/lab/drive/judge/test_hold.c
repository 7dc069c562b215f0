/* Messages held, and what ends a hold. */
#include <string.h>

#include "lab/base/slice.h"
#include "lab/drive/judge/hold.h"
#include "tests/check_main.h"

static RdVerdict hold_verdict(RdTicket ticket) {
  return (RdVerdict){
      .size = sizeof(RdVerdict), .action = RD_HOLD, .ticket = ticket, .fallback = RD_DROP};
}

START_TEST(a_ticket_is_held_once) {
  RdHolds *h = rd_holds_new();
  int message;
  RdVerdict v = hold_verdict(7), none = hold_verdict(0);
  RdHeld *held = rd_holds_put(h, &v, &message, 50);
  ck_assert_ptr_nonnull(held);
  ck_assert_ptr_eq(rd_holds_find(h, 7), held);
  ck_assert_ptr_eq(held->message, &message);
  ck_assert_int_eq(held->deadline, 50);
  ck_assert_uint_eq(rd_hold_fallback(held->fallback).action, RD_DROP);
  ck_assert_ptr_null(rd_holds_put(h, &v, &message, 60));
  ck_assert_ptr_null(rd_holds_put(h, &none, &message, 60));
  rd_holds_remove(h, held);
  ck_assert_ptr_null(rd_holds_find(h, 7));
  ck_assert_ptr_nonnull(rd_holds_put(h, &v, &message, 60));
  rd_holds_free(h);
}
END_TEST

START_TEST(no_more_than_the_limit_are_held) {
  RdHolds *h = rd_holds_new();
  for (RdTicket t = 1; t <= RD_HOLDS_MOST; t++) {
    RdVerdict v = hold_verdict(t);
    ck_assert_ptr_nonnull(rd_holds_put(h, &v, NULL, 0));
  }
  RdVerdict v = hold_verdict(RD_HOLDS_MOST + 1);
  ck_assert_ptr_null(rd_holds_put(h, &v, NULL, 0));
  ck_assert_uint_eq(rd_holds_count(h), RD_HOLDS_MOST);
  rd_holds_free(h);
}
END_TEST

static const char options[] =
    "OPTIONS sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\n"
    "Max-Forwards: 70\r\nFrom: <sip:a@example.com>;tag=a\r\nTo: <sip:b@example.com>\r\n"
    "Call-ID: one\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";

static RdMessage message(RdView *view) {
  RdMessage m = {.size = sizeof m,
                 .protocol = RD_PROTO_SIP,
                 .bytes = (const uint8_t *)options,
                 .len = sizeof options - 1};
  rd_codec_view(view, &m);
  return m;
}

START_TEST(a_rewrite_is_made_at_once) {
  RdView view;
  RdMessage m = message(&view);
  RdEdit edit = {RD_EDIT_ADD, rd_slice("X-One"), rd_slice("1")};
  RdVerdict given = {.size = sizeof given,
                     .action = RD_REWRITE,
                     .edits = &edit,
                     .n_edits = 1,
                     .edit_stride = sizeof edit};
  RdVerdict v;
  char *bytes;
  size_t len;
  ck_assert(rd_hold_release(&given, &m, &v, &bytes, &len));
  ck_assert_uint_eq(v.action, RD_PASS);
  ck_assert_ptr_null(v.edits);
  ck_assert_ptr_nonnull(memmem(bytes, len, "X-One: 1\r\n", 10));
  g_free(bytes);
  given.edits = NULL; /* edits that are not there */
  ck_assert(rd_hold_release(&given, &m, &v, &bytes, &len));
  ck_assert_uint_eq(v.action, RD_DROP);
  ck_assert_ptr_null(bytes);
}
END_TEST

START_TEST(what_is_no_verdict_releases_nothing) {
  RdView view;
  RdMessage m = message(&view);
  RdVerdict small = {.size = 8}, v;
  char *bytes;
  size_t len;
  ck_assert(!rd_hold_release(NULL, &m, &v, &bytes, &len));
  ck_assert(!rd_hold_release(&small, &m, &v, &bytes, &len));
}
END_TEST

/* A challenge in the caller's own buffer must not be read after the call. */
START_TEST(a_kept_verdict_owns_its_challenge) {
  char local[] = "Digest realm=\"x\"";
  RdVerdict v = {.size = sizeof v, .action = RD_CHALLENGE, .challenge = local, .reason = local};
  RdVerdict *kept = rd_verdict_keep(&v);
  memset(local, '!', sizeof local - 1);
  ck_assert_str_eq(kept->challenge, "Digest realm=\"x\"");
  ck_assert_ptr_null(kept->reason);
  g_free(kept);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("hold");
  TCase *t = tcase_create("hold");
  tcase_add_test(t, a_ticket_is_held_once);
  tcase_add_test(t, no_more_than_the_limit_are_held);
  tcase_add_test(t, a_rewrite_is_made_at_once);
  tcase_add_test(t, what_is_no_verdict_releases_nothing);
  tcase_add_test(t, a_kept_verdict_owns_its_challenge);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
