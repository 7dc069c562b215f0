/* Names as the book of them knows them: by their URIs, by sessions, and by what a registrar says. */
#include "tests/check_main.h"

#include <stdbool.h>
#include <string.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/drive/world/whose.h"
#include "lab/sip/scan.h"

#define REQUEST(method, from, to, call, more)                                                      \
  method " " to " SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <" from ">;tag=1\r\n"     \
         "To: <" to ">\r\nCall-ID: " call "\r\nCSeq: 1 " method "\r\n" more "\r\n"
#define RESPONSE(method, from, to, call, more)                                                     \
  "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <" from ">;tag=1\r\n"             \
  "To: <" to ">;tag=2\r\nCall-ID: " call "\r\nCSeq: 1 " method "\r\n" more "\r\n"

static RdWhoseBook *book;
static RdSipScan scan;

static void open_book(void) {
  book = rd_whose_new();
}

static void close_book(void) {
  rd_whose_free(book);
}

static const RdSip *sip(const char *text) {
  ck_assert(rd_sip_scan(&scan, text, strlen(text), RD_SIP_DATAGRAM));
  return &scan.sip;
}

static void attacks(const char *text) {
  RdAddress from = rd_address_ip4(0xc6120909, 5060), to = rd_address_ip4(0xc6120001, 5060);
  rd_whose_attack(book, &from, &to, text ? sip(text) : NULL, 1);
}

static void is(RdSubject kind, const char *subject, bool sent, bool targeted, bool legit) {
  RdWhose w = rd_whose(book, kind, subject);
  ck_assert_msg(w.sent == sent && w.targeted == targeted && w.legit == legit,
                "%s: sent %d, targeted %d, legitimate %d", subject ? subject : "(none)",
                (int)w.sent, (int)w.targeted, w.legit);
}

/* A BYE forged into somebody's call: the session is the subscriber's and the attack's. */
START_TEST(a_session_is_whose_messages_it_has) {
  rd_whose_legit(book, sip(REQUEST("INVITE", "sip:a@x.org", "sip:b@x.org", "call-1", "")), true);
  attacks(REQUEST("BYE", "sip:a@x.org", "sip:b@x.org", "call-1", ""));
  attacks(REQUEST("INVITE", "sip:m@x.org", "sip:b@x.org", "call-2", ""));
  is(RD_SUBJECT_SESSION, "call-1", true, false, true);
  is(RD_SUBJECT_SESSION, "call-2", true, false, false);
  is(RD_SUBJECT_SESSION, "call-3", false, false, false);
  is(RD_SUBJECT_IDENTITY, "sip:a@x.org", true, false, true);
  is(RD_SUBJECT_IDENTITY, "sip:b@x.org", false, true, false); /* it has sent nothing yet */
  rd_whose_legit(book, sip(RESPONSE("INVITE", "sip:a@x.org", "sip:b@x.org", "call-1", "")), true);
  is(RD_SUBJECT_IDENTITY, "sip:b@x.org", false, true, true);
}
END_TEST

/* A name that is asserted is a name shown; one that somebody else writes in From of a request that is
 * merely answered is not. */
START_TEST(a_name_is_whose_shows_it) {
  attacks(REQUEST("INVITE", "sip:anonymous@anonymous.invalid", "sip:b@x.org", "c",
                  "P-Asserted-Identity: \"A\" <sip:a@x.org>, <tel:+12015550100>\r\n"));
  is(RD_SUBJECT_IDENTITY, "sip:a@x.org", true, false, false);
  is(RD_SUBJECT_IDENTITY, "sip:a@other.org", false, false, false);
  is(RD_SUBJECT_IDENTITY, "a", true, false, false);
  is(RD_SUBJECT_IDENTITY, "a@x.org", true, false, false);
  is(RD_SUBJECT_IDENTITY, "sip:+12015550100@x.org;user=phone", true, false, false);
  attacks(RESPONSE("INVITE", "sip:caller@x.org", "sip:callee@x.org", "d", ""));
  is(RD_SUBJECT_IDENTITY, "sip:caller@x.org", false, false, false);
  is(RD_SUBJECT_IDENTITY, "sip:callee@x.org", true, false, false);
}
END_TEST

/* A subscriber that registers by one name and calls by another owns both. */
START_TEST(a_registrar_tells_a_subscriber_its_names) {
  const char *text = RESPONSE("REGISTER", "sip:001@x.org", "sip:001@x.org", "r",
                              "P-Associated-URI: <sip:001@x.org>, <tel:+12015550101>\r\n");
  rd_whose_legit(book, sip(text), false);
  is(RD_SUBJECT_IDENTITY, "tel:+1-201-555-0101", false, false, true);
  attacks(REQUEST("INVITE", "tel:+12015550101", "sip:b@x.org", "c", ""));
  is(RD_SUBJECT_IDENTITY, "tel:+12015550101", true, false, true);
}
END_TEST

START_TEST(odd_subjects_are_nobodys) {
  g_autofree char *endless = g_strnfill(5000, 'x');
  g_autofree char *uri = g_strconcat("sip:", endless, "@", endless, NULL);
  attacks(NULL);
  attacks(
      "INVITE  SIP/2.0\r\nFrom: ;;;<\r\nTo: \"\r\nCall-ID:\r\nP-Asserted-Identity: ,,<,\r\n\r\n");
  is(RD_SUBJECT_IDENTITY, uri, false, false, false);
  is(RD_SUBJECT_IDENTITY, NULL, false, false, false);
  is(RD_SUBJECT_IDENTITY, "@", false, false, false);
  is(RD_SUBJECT_SESSION, "", false, false, false);
  is(RD_SUBJECT_SOURCE, "nonsense", false, false, false);
  is(RD_SUBJECT_SOURCE, "198.18.9.9", true, false, false);
  is(RD_SUBJECT_SOURCE, "198.18.0.1", false, true, false);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("whose-book");
  TCase *t = tcase_create("whose-book");
  tcase_add_checked_fixture(t, open_book, close_book);
  tcase_add_test(t, a_session_is_whose_messages_it_has);
  tcase_add_test(t, a_name_is_whose_shows_it);
  tcase_add_test(t, a_registrar_tells_a_subscriber_its_names);
  tcase_add_test(t, odd_subjects_are_nobodys);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
