/* Addresses and places, there and back, at the edges of a prefix. */
#include "lab/drive/world/place.h"

#include <string.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/config/capacity.h"
#include "tests/check_main.h"

static RdAddress address(const char *text) {
  RdAddress a;
  ck_assert_msg(rd_address_parse(rd_slice_of(text, strlen(text)), &a), "%s", text);
  return a;
}

static RdNetwork network(const char *prefix, unsigned length) {
  return (RdNetwork){.prefix = address(prefix), .prefix_length = (uint8_t)length};
}

typedef struct {
  const char *prefix;
  unsigned length;
  uint64_t place;
  const char *address;
} Pair;

static const Pair pairs[] = {
    {"198.18.0.0", 15, 1, "198.18.0.1"},
    {"198.18.0.0", 15, 256, "198.18.1.0"},
    {"198.18.0.0", 15, 0x1fffe, "198.19.255.254"},
    {"0.0.0.0", 0, 0xfffffffe, "255.255.255.254"},
    /* servers, in the first /64 */
    {"2001:db8::", 34, 1, "2001:db8::1"},
    {"2001:db8:1::", 64, 255, "2001:db8:1::ff"},
    {"2001:db8:1::", 64, 256, "2001:db8:1::100"},
    {"2001:db8:1::", 64, RD_NETS - 1, "2001:db8:1::ffff:ffff"},
    {"2001:db8:1::8000", 113, 0x7ffe, "2001:db8:1::fffe"},
    /* /64s of one's own: the first, over the borders of octets, the last */
    {"2001:db8:4000::", 34, RD_NETS + 1, "2001:db8:4000:1::1"},
    {"2001:db8:4000::", 34, RD_NETS + 0xff, "2001:db8:4000:ff::1"},
    {"2001:db8:4000::", 34, RD_NETS + 0x100, "2001:db8:4000:100::1"},
    {"2001:db8:4000::", 34, RD_NETS + 0xffff, "2001:db8:4000:ffff::1"},
    {"2001:db8:4000::", 34, RD_NETS + 0x10000, "2001:db8:4001::1"},
    {"2001:db8:4000::", 34, RD_NETS + 0x3fffffff, "2001:db8:7fff:ffff::1"},
    {"2001:db8:0:fe::", 63, RD_NETS + 1, "2001:db8:0:ff::1"},
    {"2001::", 16, RD_NETS + 0xffffffffffff, "2001:ffff:ffff:ffff::1"},
    {"::", 0, RD_NETS + 0xffffffffffff, "0:ffff:ffff:ffff::1"},
};

START_TEST(there_and_back) {
  const Pair *p = &pairs[_i];
  RdNetwork n = network(p->prefix, p->length);
  RdAddress wanted = address(p->address), got = rd_place_address(&n, p->place);
  uint64_t place;
  char text[RD_ADDRESS_TEXT];
  rd_address_ip_text(&got, text);
  ck_assert_msg(rd_address_same_ip(&got, &wanted), "%s, wanted %s", text, p->address);
  ck_assert_uint_eq(got.port, 5060);
  ck_assert(rd_place_inside(&n, &got));
  ck_assert(rd_place_of(&n, &wanted, &place));
  ck_assert_uint_eq(place, p->place);
}
END_TEST

static const Pair strangers[] = {
    {"198.18.0.0", 15, 0, "198.20.0.1"},
    {"198.18.0.0", 15, 0, "2001:db8::1"},
    {"2001:db8:4000::", 34, 0, "2001:db8:8000::1"}, /* the first beyond */
    {"2001:db8:4000::", 34, 0, "2001:db8:3fff:ffff::1"}, /* the last before */
    {"2001:db8:4000::", 34, 0, "2001:db8:4000:1::2"}, /* in somebody's /64, not the host there */
    {"2001:db8:4000::", 34, 0, "2001:db8:4000:1::"},
    {"2001:db8:4000::", 34, 0, "2001:db8:4000:1:0:1::1"},
    {"2001:db8:4000::", 34, 0, "2001:db8:4000::1:0:1"}, /* past the numbered hosts */
    {"2001:db8:4000::", 34, 0, "2001:db8:4000:0:1::1"},
    {"::", 0, 0, "1::1"}, /* past the numbered /64s */
    {"::", 0, 0, "ffff:ffff:ffff:ffff::1"},
};

START_TEST(nobody_is_there) {
  const Pair *p = &strangers[_i];
  RdNetwork n = network(p->prefix, p->length);
  RdAddress a = address(p->address);
  uint64_t place;
  ck_assert_msg(!rd_place_of(&n, &a, &place), "%s has a place in %s/%u", p->address, p->prefix,
                p->length);
}
END_TEST

START_TEST(spans) {
  RdNetwork v4 = network("198.18.0.0", 15), v6 = network("2001:db8::", 56),
            one = network("2001:db8::", 64), few = network("2001:db8::", 120);
  RdSpan s = rd_place_span(&v4);
  ck_assert_uint_eq(s.servers_end, 0x1ffff);
  ck_assert_uint_eq(s.first, 0);
  ck_assert_uint_eq(s.end, 0x1ffff);
  s = rd_place_span(&v6);
  ck_assert_uint_eq(s.servers_end, RD_NETS - 1);
  ck_assert_uint_eq(s.first, RD_NETS + 1);
  ck_assert_uint_eq(s.end, RD_NETS + 256);
  s = rd_place_span(&one);
  ck_assert_uint_eq(s.end, s.first); /* no room for a phone */
  s = rd_place_span(&few);
  ck_assert_uint_eq(s.servers_end, 255);
  ck_assert_uint_eq(s.end, s.first);
}
END_TEST

/* With the first /64 for the servers, 255 phones fit in a /56 and 256 do not. */
START_TEST(prefix_lengths) {
  static const struct {
    uint64_t servers, phones, attackers;
    unsigned length;
  } rows[] = {{4, 0, 0, 64},
              {0, 1, 0, 63},
              {1, 2, 0, 62},
              {1, 255, 0, 56},
              {1, 256, 0, 55},
              {0, 0, 1, 62},
              {1, 300, 1, 54},
              {1, 255, 256, 54},
              {9, 65535, 0, 48},
              {9, 65536, 0, 47},
              {1, 1 << 24, 1 << 24, 37}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    RdSeats taken = {{rows[i].servers, rows[i].phones, rows[i].attackers}};
    ck_assert_msg(rd_capacity_prefix(&taken) == rows[i].length, "row %zu: /%u", i,
                  rd_capacity_prefix(&taken));
  }
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("place");
  TCase *c = tcase_create("place");
  tcase_add_loop_test(c, there_and_back, 0, G_N_ELEMENTS(pairs));
  tcase_add_loop_test(c, nobody_is_there, 0, G_N_ELEMENTS(strangers));
  tcase_add_test(c, spans);
  tcase_add_test(c, prefix_lengths);
  suite_add_tcase(s, c);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
