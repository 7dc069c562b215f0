/* What Via and Contact say, read for those who have to believe or grant it. */
#include <stdio.h>
#include <string.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/sip/contact.h"
#include "lab/sip/scan.h"
#include "lab/sip/via.h"
#include "tests/check_main.h"

static const struct {
  const char *via, *source; /* NULL: nobody's address */
} vias[] = {
    {"SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1", "192.0.2.1:5060"},
    {"SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bK1", "192.0.2.1:5070"},
    {"SIP/2.0/UDP [2001:db8::1]:5070;branch=z9hG4bK1", "[2001:db8::1]:5070"},
    {"SIP/2.0/UDP phone.example.com;branch=z9hG4bK1", NULL},
    {"SIP/2.0/UDP phone.example.com;received=192.0.2.9;branch=z9hG4bK1", "192.0.2.9:5060"},
    {"SIP/2.0/UDP 192.0.2.1:5070;received=192.0.2.9;branch=z9hG4bK1", "192.0.2.9:5070"},
    {"SIP/2.0/UDP 192.0.2.1;received=192.0.2.9;rport=1024", "192.0.2.9:1024"},
    {"SIP/2.0/UDP 192.0.2.1;rport=0", "192.0.2.1:5060"},
    {"SIP/2.0/UDP 192.0.2.1;rport=65536", "192.0.2.1:5060"},
    {"SIP/2.0/UDP 192.0.2.1;received=phone", NULL},
    {"", NULL},
};

START_TEST(a_via_names_its_writer) {
  RdAddress a;
  char text[RD_ADDRESS_TEXT];
  const bool named = rd_sip_via_source(rd_slice(vias[_i].via), &a);
  ck_assert_int_eq(named, vias[_i].source != NULL);
  if (named) {
    rd_address_text(&a, text);
    ck_assert_str_eq(text, vias[_i].source);
  }
}
END_TEST

static const struct {
  const char *contacts, *user;
  int64_t seconds; /* -1: states none */
} grants[] = {
    {"Contact: <sip:a@h>;expires=60\r\n", NULL, 60},
    {"Contact: <sip:a@h>;expires=60\r\n", "a", 60},
    {"Contact: <sip:a@h>;expires=60\r\n", "b", -1},
    {"Contact: <sip:a@h>\r\n", NULL, -1},
    {"Contact: <sip:a@h>, <sip:b@h>;expires=60\r\n", NULL, -1}, /* the first states none */
    {"Contact: <sip:a@h>;expires=5, <sip:b@h>;expires=60\r\n", "b", 60},
    {"Contact: <sip:a@h>;expires=5\r\nContact: <sip:b@h>;expires=60\r\n", "b", 60},
    {"Contact: <sip:a@h>;expires=5\r\nContact: <sip:a@i>;expires=60\r\n", "a", 60}, /* the last */
    {"Contact: <SIP:A@h>;expires=60\r\n", "a", 60},
    {"Contact: <tel:a>;expires=60\r\n", "a", -1},
    {"Contact: <sip:a@h>;expires=soon\r\n", "a", -1},
    {"", NULL, -1},
};

START_TEST(a_contact_grants_its_time) {
  char text[500];
  RdSipScan scan;
  uint64_t seconds = 7;
  const int n =
      snprintf(text, sizeof text,
               "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>"
               ";tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: x\r\nCSeq: 1 REGISTER\r\n%s\r\n",
               grants[_i].contacts);
  ck_assert(rd_sip_scan(&scan, text, (size_t)n, RD_SIP_DATAGRAM));
  ck_assert_int_eq(rd_sip_contact_expires(&scan.sip, grants[_i].user, &seconds),
                   grants[_i].seconds >= 0);
  ck_assert_uint_eq(seconds, grants[_i].seconds >= 0 ? (uint64_t)grants[_i].seconds : 7);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("headers");
  TCase *c = tcase_create("headers");
  suite_add_tcase(s, c);
  tcase_add_loop_test(c, a_via_names_its_writer, 0, sizeof vias / sizeof *vias);
  tcase_add_loop_test(c, a_contact_grants_its_time, 0, sizeof grants / sizeof *grants);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
