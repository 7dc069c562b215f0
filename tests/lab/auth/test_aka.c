#include <string.h>

#include "lab/auth/aka.h"
#include "lab/auth/digest.h"
#include "lab/base/slice.h"
#include "tests/check_main.h"

static const RdAkaKeys keys = {{0x46, 0x5b, 0x5c, 0xe8, 0xb1, 0x99, 0xb4, 0x9f, 0xaa, 0x5f, 0x0a,
                                0x2e, 0xe2, 0x38, 0xa6, 0xbc},
                               {0xcd, 0x63, 0xcb, 0x71, 0x95, 0x4a, 0x9f, 0x4e, 0x48, 0xa5, 0x99,
                                0x4e, 0x37, 0xa0, 0x2b, 0xaf}};

static void challenge(uint8_t first, uint64_t sqn, RdAkaVector *v, char nonce[RD_AKA_NONCE]) {
  uint8_t rand[16] = {first, 2, 3};
  rd_aka_vector(&keys, rand, sqn, v);
  rd_aka_nonce(v, nonce);
}

START_TEST(both_sides_agree) {
  RdAkaVector v;
  char nonce[RD_AKA_NONCE], auts[RD_AKA_AUTS];
  uint8_t res[RD_AKA_RES], rand[16];
  uint64_t sqn = 0;
  for (uint64_t n = 1; n < 200; n++) {
    challenge((uint8_t)n, n, &v, nonce);
    ck_assert_uint_eq(strlen(nonce), 44);
    ck_assert_int_eq(rd_aka_answer(&keys, rd_slice(nonce), &sqn, res, auts), RD_AKA_OK);
    ck_assert_mem_eq(res, v.res, RD_AKA_RES);
    ck_assert_uint_eq(sqn, n);
    ck_assert(rd_aka_nonce_rand(rd_slice(nonce), rand));
    ck_assert_mem_eq(rand, v.rand, 16);
  }
}
END_TEST

START_TEST(an_old_sqn_is_resynchronised) {
  RdAkaVector v;
  char nonce[RD_AKA_NONCE], auts[RD_AKA_AUTS];
  uint8_t res[RD_AKA_RES];
  uint64_t sqn = UINT64_C(0x123456789a), told = 0;
  static const uint64_t stale[] = {0, 7, UINT64_C(0x123456789a),
                                   UINT64_C(0x123456789b) + (1 << 28)};
  for (int i = 0; i < 4; i++) {
    challenge(9, stale[i], &v, nonce);
    ck_assert_int_eq(rd_aka_answer(&keys, rd_slice(nonce), &sqn, res, auts), RD_AKA_SYNC_FAILURE);
    ck_assert_uint_eq(sqn, UINT64_C(0x123456789a));
    ck_assert(rd_aka_resync(&keys, v.rand, rd_slice(auts), &told));
    ck_assert_uint_eq(told, sqn);
  }
  v.rand[0] ^= 1; /* an AUTS is good for its own RAND alone */
  ck_assert(!rd_aka_resync(&keys, v.rand, rd_slice(auts), &told));
  ck_assert(!rd_aka_resync(&keys, v.rand, rd_slice("AAAA"), &told));
  ck_assert(!rd_aka_resync(&keys, v.rand, rd_slice(""), &told));
  challenge(9, sqn + (1 << 28), &v, nonce);
  ck_assert_int_eq(rd_aka_answer(&keys, rd_slice(nonce), &sqn, res, auts), RD_AKA_OK);
}
END_TEST

START_TEST(a_false_network_is_told) {
  RdAkaVector v;
  char nonce[RD_AKA_NONCE], auts[RD_AKA_AUTS];
  uint8_t res[RD_AKA_RES];
  uint64_t sqn = 0;
  RdAkaKeys other = keys;
  other.k[3] ^= 0x10;
  challenge(1, 5, &v, nonce);
  ck_assert_int_eq(rd_aka_answer(&other, rd_slice(nonce), &sqn, res, auts), RD_AKA_BAD_MAC);
  v.autn[15] ^= 1;
  rd_aka_nonce(&v, nonce);
  ck_assert_int_eq(rd_aka_answer(&keys, rd_slice(nonce), &sqn, res, auts), RD_AKA_BAD_MAC);
  ck_assert_uint_eq(sqn, 0);
}
END_TEST

START_TEST(other_nonces_are_no_aka) {
  static const char *const nonces[] = {
      "", "dcd98b7102dd2f0e8b11d0f600bfb0c093", "!!!!",
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", /* 31 bytes */
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}; /* cut short */
  uint8_t res[RD_AKA_RES];
  char auts[RD_AKA_AUTS], longest[4001];
  uint64_t sqn = 0;
  for (unsigned i = 0; i < sizeof nonces / sizeof *nonces; i++)
    ck_assert_int_eq(rd_aka_answer(&keys, rd_slice(nonces[i]), &sqn, res, auts), RD_AKA_BAD_NONCE);
  memset(longest, 'A', sizeof longest - 1);
  longest[sizeof longest - 1] = 0;
  ck_assert_int_eq(rd_aka_answer(&keys, rd_slice(longest), &sqn, res, auts), RD_AKA_BAD_NONCE);
}
END_TEST

/* RES is raw bytes: 00, quotes and brackets must all work as a password. */
START_TEST(res_is_binary_safe) {
  static const char res[][RD_AKA_RES] = {{0, 0, 0, 0, 0, 0, 0, 0},
                                         {0x5b, 0x22, 0x5c, 0, 0x0d, 0x0a, 0x3a, 0x7f}};
  RdDigest c = {.realm = rd_slice(""),
                .nonce = rd_slice("bm9uY2U="),
                .algorithm = rd_slice("AKAv1-MD5"),
                .qop = rd_slice("auth")};
  for (int i = 0; i < 2; i++) {
    char value[512];
    RdDigest got;
    RdSlice password = rd_slice_of(res[i], RD_AKA_RES);
    size_t n = rd_digest_answer(&c, rd_slice("001010000000001@example.org"), password,
                                rd_slice("REGISTER"), rd_slice("sip:example.org"), rd_slice("c"), 1,
                                NULL, value, sizeof value);
    ck_assert_uint_gt(n, 0);
    ck_assert(rd_digest_parse(rd_slice_of(value, n), &got));
    ck_assert(rd_digest_verify(&got, password, rd_slice("REGISTER")));
    ck_assert(!rd_digest_verify(&got, rd_slice_of(res[i], RD_AKA_RES - 1), rd_slice("REGISTER")));
    ck_assert(!rd_digest_verify(&got, rd_slice_of(res[!i], RD_AKA_RES), rd_slice("REGISTER")));
  }
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("aka");
  TCase *c = tcase_create("aka");
  suite_add_tcase(s, c);
  tcase_add_test(c, both_sides_agree);
  tcase_add_test(c, an_old_sqn_is_resynchronised);
  tcase_add_test(c, a_false_network_is_told);
  tcase_add_test(c, other_nonces_are_no_aka);
  tcase_add_test(c, res_is_binary_safe);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
