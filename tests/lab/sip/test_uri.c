/* URIs: taken apart, turned into addresses, and compared (RFC 3261 s19.1.4). */
#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/sip/uri.h"
#include "tests/check_main.h"

static RdSipUri parse(const char *text) {
  RdSipUri uri;
  ck_assert_msg(rd_sip_uri_parse(rd_slice(text), &uri), "%s", text);
  return uri;
}

START_TEST(takes_a_sip_uri_apart) {
  RdSipUri uri = parse("sips:ada;x=1:p%40w@[2001:db8::1]:5061;transport=tcp;lr?a=b&c=d");
  ck_assert(rd_slice_is(uri.scheme, "sips"));
  ck_assert(rd_slice_is(uri.user, "ada;x=1"));
  ck_assert(rd_slice_is(uri.password, "p%40w"));
  ck_assert(rd_slice_is(uri.host, "[2001:db8::1]"));
  ck_assert_int_eq(uri.port, 5061);
  ck_assert(rd_slice_is(uri.params, "transport=tcp;lr"));
  ck_assert(rd_slice_is(uri.headers, "a=b&c=d"));
  ck_assert(uri.host_is_ip);
}
END_TEST

START_TEST(takes_short_uris_apart) {
  RdSipUri uri = parse("sip:example.com");
  ck_assert_ptr_null(uri.user.at);
  ck_assert_int_eq(uri.port, 0);
  ck_assert_ptr_null(uri.params.at);
  ck_assert(!uri.host_is_ip);
  uri = parse("sip:who?me@example.com?x=y");
  ck_assert(rd_slice_is(uri.user, "who?me"));
  ck_assert(rd_slice_is(uri.headers, "x=y"));
  uri = parse("tel:+1-201-555-0123;phone-context=example.com");
  ck_assert(rd_slice_is(uri.user, "+1-201-555-0123"));
  ck_assert(rd_slice_is(uri.params, "phone-context=example.com"));
}
END_TEST

START_TEST(refuses_what_is_none) {
  static const char *const texts[] = {"",
                                      "sip",
                                      "sip:",
                                      "sip:@example.com",
                                      "sip:ada@",
                                      "sip:ada@evil.example@example.com",
                                      "sip:ada@example.com:",
                                      "sip:ada@example.com:65536",
                                      "sip:ada@example.com:5060x",
                                      "sip:ada@[2001:db8::1",
                                      "sip:ada@exa mple.com",
                                      "tel:",
                                      "http://example.com",
                                      ":ada@example.com"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    RdSipUri uri;
    ck_assert_msg(!rd_sip_uri_parse(rd_slice(texts[i]), &uri), "%s", texts[i]);
    ck_assert_ptr_null(uri.scheme.at);
    ck_assert_ptr_null(uri.host.at);
  }
}
END_TEST

START_TEST(gives_the_address) {
  RdAddress address;
  RdSipUri uri = parse("sip:ada@192.0.2.7");
  ck_assert(rd_sip_uri_address(&uri, &address));
  ck_assert_uint_eq(rd_address_as_ip4(&address), 0xc0000207);
  ck_assert_int_eq(address.port, 5060);
  uri = parse("sip:[2001:db8::7]:5070");
  ck_assert(rd_sip_uri_address(&uri, &address));
  ck_assert_int_eq(address.family, 6);
  ck_assert_int_eq(address.port, 5070);
  uri = parse("sip:ada@example.com");
  ck_assert(!rd_sip_uri_address(&uri, &address));
  uri = parse("sip:ada@300.0.2.7");
  ck_assert(!rd_sip_uri_address(&uri, &address));
}
END_TEST

typedef struct {
  const char *a, *b;
  bool equal;
} Pair;

START_TEST(compares_as_the_rfc_says) {
  static const Pair pairs[] = {
      {"sip:%61lice@atlanta.example;transport=TCP", "sip:alice@AtLanTa.ExAmple;Transport=tcp",
       true},
      {"sip:carol@chicago.example", "sip:carol@chicago.example;newparam=5", true},
      {"sip:carol@chicago.example;newparam=5", "sip:carol@chicago.example;security=on", true},
      {"sip:carol@chicago.example;newparam=5", "sip:carol@chicago.example;newparam=6", false},
      {"SIP:ada@example.com;lr", "sip:ada@example.com", true},
      {"sip:ada@example.com", "sip:Ada@example.com", false},
      {"sip:ada@example.com", "sips:ada@example.com", false},
      {"sip:ada@example.com", "sip:ada@example.com:5060", false},
      {"sip:ada@example.com", "sip:ada@example.com;transport=udp", false},
      {"sip:ada@example.com;user=phone", "sip:ada@example.com", false},
      {"sip:ada@example.com;transport=udp", "sip:ada@example.com;transport=tcp", false},
      {"sip:ada:x@example.com", "sip:ada:y@example.com", false},
      {"sip:ada@example.com", "sip:example.com", false},
      {"sip:ada@192.0.2.1", "sip:ada@192.0.2.10", false},
      {"sip:ada@[2001:db8::1]", "sip:ada@[2001:DB8:0:0::1]", true},
      {"tel:+1-201-555-0123", "tel:+12015550123", true},
      {"tel:(201)555", "tel:201555", true},
      {"tel:7042;phone-context=a.example", "tel:7042;phone-context=b.example", false},
      {"tel:7042;phone-context=a.example", "tel:7042", false},
  };
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
    RdSipUri a = parse(pairs[i].a), b = parse(pairs[i].b);
    ck_assert_msg(rd_sip_uri_equal(&a, &b) == pairs[i].equal, "%s %s", pairs[i].a, pairs[i].b);
    ck_assert_msg(rd_sip_uri_equal(&b, &a) == pairs[i].equal, "%s %s", pairs[i].b, pairs[i].a);
  }
}
END_TEST

static Suite *make(void) {
  Suite *suite = suite_create("uri");
  TCase *t = tcase_create("uri");
  tcase_add_test(t, takes_a_sip_uri_apart);
  tcase_add_test(t, takes_short_uris_apart);
  tcase_add_test(t, refuses_what_is_none);
  tcase_add_test(t, gives_the_address);
  tcase_add_test(t, compares_as_the_rfc_says);
  suite_add_tcase(suite, t);
  return suite;
}

int main(void) {
  return rd_check_main(make);
}
