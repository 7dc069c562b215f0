/* Addresses as text and back. */
#include <string.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "tests/check_main.h"

START_TEST(reads_what_it_writes) {
  static const struct {
    const char *text, *written, *ip;
    int family, port;
  } rows[] = {
      {"192.0.2.1", "192.0.2.1:0", "192.0.2.1", 4, 0},
      {"192.0.2.1:5060", "192.0.2.1:5060", "192.0.2.1", 4, 5060},
      {"0.0.0.0:65535", "0.0.0.0:65535", "0.0.0.0", 4, 65535},
      {"[2001:DB8::1]:5061", "[2001:db8::1]:5061", "2001:db8::1", 6, 5061},
      {"[2001:db8::1]", "[2001:db8::1]:0", "2001:db8::1", 6, 0},
      {"2001:db8::1", "[2001:db8::1]:0", "2001:db8::1", 6, 0},
      {"::", "[::]:0", "::", 6, 0},
      {"::ffff:192.0.2.1", "[::ffff:192.0.2.1]:0", "::ffff:192.0.2.1", 6, 0},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    RdAddress a;
    char text[RD_ADDRESS_TEXT];
    ck_assert_msg(rd_address_parse(rd_slice(rows[i].text), &a), "%s", rows[i].text);
    ck_assert_int_eq(a.family, rows[i].family);
    ck_assert_int_eq(a.port, rows[i].port);
    ck_assert_uint_eq(rd_address_text(&a, text), strlen(rows[i].written));
    ck_assert_str_eq(text, rows[i].written);
    rd_address_ip_text(&a, text);
    ck_assert_str_eq(text, rows[i].ip);
  }
}
END_TEST

START_TEST(refuses_what_is_none) {
  static const char *const texts[] = {"",
                                      "192.0.2",
                                      "192.0.2.256",
                                      "192.0.2.1:65536",
                                      "192.0.2.1:",
                                      "192.0.2.1:x",
                                      "[2001:db8::1",
                                      "[2001:db8::1]x",
                                      "[2001:db8::1]5060",
                                      "[]:1",
                                      "2001:db8::1::2",
                                      "example.com",
                                      "192.0.2.1 "};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    RdAddress a, before;
    memset(&a, 0x5a, sizeof a);
    before = a;
    ck_assert_msg(!rd_address_parse(rd_slice(texts[i]), &a), "%s", texts[i]);
    ck_assert_int_eq(memcmp(&a, &before, sizeof a), 0);
  }
  RdAddress a;
  ck_assert(!rd_address_parse(rd_slice_of("192.0.2.1\0x", 11), &a));
}
END_TEST

START_TEST(compares) {
  RdAddress a = rd_address_ip4(0xc0000201, 5060), b = rd_address_ip4(0xc0000201, 5061), c;
  ck_assert(rd_address_same_ip(&a, &b));
  ck_assert(!rd_address_equal(&a, &b));
  ck_assert_uint_eq(rd_address_as_ip4(&a), 0xc0000201);
  ck_assert(rd_address_parse(rd_slice("192.0.2.1:5060"), &c));
  ck_assert(rd_address_equal(&a, &c));
  ck_assert(rd_address_parse(rd_slice("c000:201::"), &c));
  ck_assert(!rd_address_same_ip(&a, &c));
  ck_assert_uint_eq(rd_address_as_ip4(&c), 0);
}
END_TEST

static Suite *make(void) {
  Suite *suite = suite_create("address");
  TCase *t = tcase_create("address");
  tcase_add_test(t, reads_what_it_writes);
  tcase_add_test(t, refuses_what_is_none);
  tcase_add_test(t, compares);
  suite_add_tcase(suite, t);
  return suite;
}

int main(void) {
  return rd_check_main(make);
}
