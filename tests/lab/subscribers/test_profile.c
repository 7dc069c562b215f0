/* User profiles: written, read again, matched; and what is refused. */
#include <stdio.h>
#include <string.h>

#include "lab/base/slice.h"
#include "lab/sip/scan.h"
#include "lab/subscribers/profile.h"
#include "tests/check_main.h"

static RdProfile subscription(void) {
  RdProfile p = {.impi = "001010000000001@ims.example", .n_identities = 2, .n_criteria = 2};
  strcpy(p.identities[0].uri, "sip:001010000000001@ims.example");
  p.identities[0].barred = true;
  strcpy(p.identities[1].uri, "tel:+9990000000001");
  p.criteria[0] =
      (RdFilterCriteria){.priority = 1,
                         .conjunctive = true,
                         .n_points = 2,
                         .points = {{.kind = RD_POINT_METHOD, .groups = 1, .text = "INVITE"},
                                    {.kind = RD_POINT_CASE,
                                     .groups = 2,
                                     .session_case = RD_CASE_TERMINATING_REGISTERED}},
                         .server = "sip:tas.ims.example"};
  p.criteria[1] = (RdFilterCriteria){.priority = 7,
                                     .ends_session = true,
                                     .n_points = 1,
                                     .points = {{.kind = RD_POINT_HEADER,
                                                 .negated = true,
                                                 .groups = 1u << 5,
                                                 .header = "X",
                                                 .text = "a<b&c"}},
                                     .server = "sip:other.ims.example"};
  return p;
}

START_TEST(a_profile_is_read_as_it_was_written) {
  RdProfile p = subscription(), back;
  char xml[RD_PROFILE_XML];
  const size_t len = rd_profile_write(&p, xml, sizeof xml);
  ck_assert_uint_gt(len, 0);
  ck_assert(rd_profile_read(rd_slice_of(xml, len), &back));
  ck_assert_mem_eq(&back, &p, sizeof p);
}
END_TEST

/* As a foreign HSS would write it: white space, an unknown extension, priorities out of order. */
START_TEST(a_foreign_profile_is_read) {
  static const char xml[] =
      "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<!-- one -->\n"
      "<IMSSubscription xmlns:x=\"urn:x\">\n <PrivateID> a@b </PrivateID>\n <ServiceProfile>\n"
      "  <PublicIdentity><BarringIndication>0</BarringIndication><Identity>sip:a@b</Identity>"
      "<Extension><IdentityType>0</IdentityType></Extension></PublicIdentity>\n"
      "  <InitialFilterCriteria><Priority>9</Priority><ApplicationServer><ServerName>sip:late"
      "</ServerName></ApplicationServer></InitialFilterCriteria>\n"
      "  "
      "<InitialFilterCriteria><Priority>2</Priority><TriggerPoint><ConditionTypeCNF>0</"
      "ConditionTypeCNF>"
      "<SPT><ConditionNegated>0</ConditionNegated><Group>0</Group><Method>REGISTER</"
      "Method><Extension>"
      "<RegistrationType>0</RegistrationType><RegistrationType>2</RegistrationType></Extension></"
      "SPT>"
      "</TriggerPoint><ApplicationServer><ServerName>sip:early</ServerName></ApplicationServer>"
      "</InitialFilterCriteria>\n </ServiceProfile>\n</IMSSubscription>\n";
  RdProfile p;
  ck_assert(rd_profile_read(rd_slice(xml), &p));
  ck_assert_str_eq(p.impi, "a@b");
  ck_assert_str_eq(p.identities[0].uri, "sip:a@b");
  ck_assert_str_eq(p.criteria[0].server, "sip:early");
  ck_assert_uint_eq(p.criteria[0].points[0].registers, RD_REGISTERS_INITIALLY | RD_REGISTERS_OUT);
  ck_assert_str_eq(p.criteria[1].server, "sip:late");
}
END_TEST

static const char *const refused[] = {
    "",
    "no xml",
    "<IMSSubscription>",
    "<IMSSubscription><ServiceProfile></ServiceProfile></IMSSubscription>", /* nobody */
    "<IMSSubscription><ServiceProfile><PublicIdentity></PublicIdentity></ServiceProfile></"
    "IMSSubscription>",
    "<IMSSubscription><ServiceProfile><PublicIdentity><Identity>sip:a@b</Identity></PublicIdentity>"
    "<InitialFilterCriteria><Priority>1</Priority></InitialFilterCriteria></ServiceProfile></"
    "IMSSubscription>",
    "<a><b><c><d><e><f><g><h><i><j><k><l><m></m></l></k></j></i></h></g></f></e></d></c></b></a>",
    "<IMSSubscription><ServiceProfile><PublicIdentity><Identity>sip:a@b</Identity></PublicIdentity>"
    "</ServiceProfile><ServiceProfile></ServiceProfile></IMSSubscription>",
    "<IMSSubscription><ServiceProfile><PublicIdentity><Identity>sip:a@b</Identity></PublicIdentity>"
    "<InitialFilterCriteria><TriggerPoint><SPT><Group>32</Group></SPT></"
    "TriggerPoint><ApplicationServer>"
    "<ServerName>sip:s</ServerName></ApplicationServer></InitialFilterCriteria></ServiceProfile></"
    "IMSSubscription>",
};

START_TEST(what_is_no_profile_is_refused) {
  RdProfile p;
  ck_assert_msg(!rd_profile_read(rd_slice(refused[_i]), &p), "%s", refused[_i]);
}
END_TEST

START_TEST(too_many_are_refused) {
  char xml[4096];
  size_t n = (size_t)snprintf(xml, sizeof xml, "<IMSSubscription><ServiceProfile>");
  for (int i = 0; i <= RD_PROFILE_IDENTITIES; i++)
    n += (size_t)snprintf(xml + n, sizeof xml - n,
                          "<PublicIdentity><Identity>sip:%d@b</Identity></PublicIdentity>", i);
  snprintf(xml + n, sizeof xml - n, "</ServiceProfile></IMSSubscription>");
  RdProfile p;
  ck_assert(!rd_profile_read(rd_slice(xml), &p));
}
END_TEST

START_TEST(a_profile_that_does_not_fit_is_not_cut) {
  RdProfile p = subscription();
  char xml[200];
  ck_assert_uint_eq(rd_profile_write(&p, xml, sizeof xml), 0);
}
END_TEST

static RdSipScan scan;
static const RdSip *request(const char *method, const char *more) {
  static char text[1000];
  snprintf(text, sizeof text,
           "%s sip:bob@ims.example SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1\r\n"
           "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: 1\r\nCSeq: 1 %s\r\n%s\r\n",
           method, method, more);
  ck_assert(rd_sip_scan(&scan, text, strlen(text), RD_SIP_DATAGRAM));
  return &scan.sip;
}

START_TEST(groups_are_joined_as_the_profile_says) {
  RdProfile p = subscription();
  const RdFilterCriteria *both = &p.criteria[0], *negated = &p.criteria[1];
  const RdSessionCase called = RD_CASE_TERMINATING_REGISTERED, calling = RD_CASE_ORIGINATING;
  ck_assert(rd_criteria_match(both, request("INVITE", ""), called, 0));
  ck_assert(!rd_criteria_match(both, request("INVITE", ""), calling, 0));
  ck_assert(!rd_criteria_match(both, request("MESSAGE", ""), called, 0));
  p.criteria[0].conjunctive = false; /* either of the groups */
  ck_assert(rd_criteria_match(both, request("INVITE", ""), calling, 0));
  ck_assert(!rd_criteria_match(both, request("MESSAGE", ""), calling, 0));
  ck_assert(!rd_criteria_match(negated, request("INVITE", "X: 1a<b&c2\r\n"), called, 0));
  ck_assert(rd_criteria_match(negated, request("INVITE", "X: 12\r\n"), called, 0));
}
END_TEST

START_TEST(points_of_one_group) {
  RdFilterCriteria c = {.conjunctive = true,
                        .n_points = 2,
                        .points = {{.kind = RD_POINT_METHOD, .groups = 1, .text = "INVITE"},
                                   {.kind = RD_POINT_METHOD, .groups = 1, .text = "MESSAGE"}}};
  ck_assert(rd_criteria_match(&c, request("MESSAGE", ""), RD_CASE_ORIGINATING, 0));
  c.conjunctive = false; /* both at once: never */
  ck_assert(!rd_criteria_match(&c, request("MESSAGE", ""), RD_CASE_ORIGINATING, 0));
  c.n_points = 0;
  ck_assert(rd_criteria_match(&c, request("MESSAGE", ""), RD_CASE_ORIGINATING, 0));
}
END_TEST

START_TEST(kinds_of_registering_are_told_apart) {
  RdFilterCriteria c = {.conjunctive = true,
                        .n_points = 1,
                        .points = {{.kind = RD_POINT_METHOD,
                                    .groups = 1,
                                    .registers = RD_REGISTERS_OUT,
                                    .text = "REGISTER"}}};
  ck_assert(rd_criteria_match(&c, request("REGISTER", ""), RD_CASE_ORIGINATING, RD_REGISTERS_OUT));
  ck_assert(
      !rd_criteria_match(&c, request("REGISTER", ""), RD_CASE_ORIGINATING, RD_REGISTERS_AGAIN));
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("profile");
  TCase *c = tcase_create("profile");
  suite_add_tcase(s, c);
  tcase_add_test(c, a_profile_is_read_as_it_was_written);
  tcase_add_test(c, a_foreign_profile_is_read);
  tcase_add_loop_test(c, what_is_no_profile_is_refused, 0, (int)(sizeof refused / sizeof *refused));
  tcase_add_test(c, too_many_are_refused);
  tcase_add_test(c, a_profile_that_does_not_fit_is_not_cut);
  tcase_add_test(c, groups_are_joined_as_the_profile_says);
  tcase_add_test(c, points_of_one_group);
  tcase_add_test(c, kinds_of_registering_are_told_apart);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
