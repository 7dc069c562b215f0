#include <stdio.h>

#include "lab/base/slice.h"
#include "lab/subscribers/provision.h"
#include "tests/check_main.h"

static RdProvision population(uint64_t spread, uint64_t count) {
  RdProvision p;
  ck_assert(rd_provision_init(&p, "test secret", spread, count));
  return p;
}

START_TEST(identities_are_found_again) {
  RdProvision p = population(7, 500);
  for (uint64_t i = 0; i < p.count; i++) {
    char imsi[RD_IMSI_TEXT], impi[RD_IDENTITY_TEXT], impu[RD_IDENTITY_TEXT], with[100];
    uint64_t found = 0;
    rd_provision_imsi(&p, i, imsi);
    rd_provision_impi(&p, i, impi);
    rd_provision_temporary(&p, i, impu);
    snprintf(with, sizeof with, "%s;user=phone", impu);
    ck_assert_uint_eq(strlen(imsi), 15);
    const char *forms[] = {imsi, impi, impu, with};
    for (unsigned k = 0; k < 4; k++) {
      found = UINT64_MAX;
      ck_assert(rd_provision_find(&p, rd_slice(forms[k]), &found));
      ck_assert_uint_eq(found, i);
    }
  }
}
END_TEST

START_TEST(numbers_are_found_again) {
  RdProvision p = population(7, 500);
  unsigned same = 0;
  for (uint64_t i = 0; i < p.count; i++) {
    char number[RD_NUMBER_TEXT], impu[RD_IDENTITY_TEXT], tel[RD_IDENTITY_TEXT], other[100];
    char bare[100], imsi[RD_IMSI_TEXT];
    uint64_t found;
    rd_provision_number(&p, i, number);
    rd_provision_imsi(&p, i, imsi);
    rd_provision_impu(&p, i, impu);
    rd_provision_tel(&p, i, tel);
    ck_assert_uint_eq(strlen(number), 14);
    snprintf(other, sizeof other, "TEL:+(999)-%.5s.%s;x=1", number + 4, number + 9);
    snprintf(bare, sizeof bare, "sip:%s@" RD_IMS_DOMAIN, number);
    same += strcmp(number + 4, imsi + 5) == 0;
    const char *forms[] = {impu, tel, other, bare};
    for (unsigned k = 0; k < 4; k++) {
      found = UINT64_MAX;
      ck_assert_msg(rd_provision_find_number(&p, rd_slice(forms[k]), &found), "%s", forms[k]);
      ck_assert_uint_eq(found, i);
      ck_assert(!rd_provision_find(&p, rd_slice(forms[k]), &found)); /* no name to register by */
    }
  }
  ck_assert_uint_lt(same, 150); /* one in 7 by chance: the number does not tell the IMSI */
}
END_TEST

START_TEST(foreign_numbers_are_nobody_s) {
  RdProvision p = population(1, 10);
  static const char *const strangers[] = {"",
                                          "tel:",
                                          "+9990000000001", /* no URI */
                                          "tel:+9990000000010", /* one past the last */
                                          "tel:9990000000001",
                                          "tel:+999000000001",
                                          "tel:+99900000000001",
                                          "tel:+999000000000a",
                                          "tel:+9980000000001",
                                          "tel:+999%300000000001",
                                          "tel:+9990000000001-2",
                                          "sip:+9990000000001@example.com",
                                          "sip:+9990000000001:pw@" RD_IMS_DOMAIN,
                                          "sip:+9990000000001@" RD_IMS_DOMAIN ":5060",
                                          "sips:+9990000000001@" RD_IMS_DOMAIN,
                                          "sip:001010000000001@" RD_IMS_DOMAIN};
  uint64_t index;
  for (unsigned i = 0; i < sizeof strangers / sizeof *strangers; i++)
    ck_assert_msg(!rd_provision_find_number(&p, rd_slice(strangers[i]), &index), "%s",
                  strangers[i]);
  ck_assert(!rd_provision_find_number(&p, (RdSlice){0}, &index));
  ck_assert(rd_provision_find_number(&p, rd_slice("tel:+9990000000009"), &index));
}
END_TEST

START_TEST(numbers_in_between_belong_to_nobody) {
  RdProvision p = population(4, 250);
  unsigned real = 0;
  for (uint64_t msin = 0; msin < 1010; msin++) {
    char guess[RD_IMSI_TEXT];
    uint64_t index;
    rd_provision_guess(msin, guess);
    if (!rd_provision_find(&p, rd_slice(guess), &index))
      continue;
    ck_assert_uint_eq(index, msin / 4);
    real++;
  }
  unsigned numbers = 0;
  for (uint64_t digits = 0; digits < 1010; digits++) {
    char guess[RD_NUMBER_TEXT], uri[RD_IDENTITY_TEXT];
    uint64_t index;
    rd_provision_guess_number(digits, guess);
    snprintf(uri, sizeof uri, "tel:%s", guess);
    numbers += rd_provision_find_number(&p, rd_slice(uri), &index);
  }
  ck_assert_uint_eq(numbers, 250);
  ck_assert_uint_eq(real, 250);
}
END_TEST

START_TEST(strangers_are_nobody) {
  RdProvision p = population(1, 10);
  static const char *const strangers[] = {"",
                                          "sip:",
                                          "sip:@",
                                          "001010000000010", /* one past the last */
                                          "00101000000000",
                                          "0010100000000001",
                                          "00101000000000a",
                                          "001020000000001",
                                          "sip:001010000000001@example.com",
                                          "sip:alice@ims.mnc001.mcc001.3gppnetwork.org",
                                          ("tel:001010000000001@" RD_IMS_DOMAIN)};
  uint64_t index;
  for (unsigned i = 0; i < sizeof strangers / sizeof *strangers; i++)
    ck_assert_msg(!rd_provision_find(&p, rd_slice(strangers[i]), &index), "%s", strangers[i]);
  ck_assert(!rd_provision_find(&p, (RdSlice){0}, &index));
  ck_assert(rd_provision_find(&p, rd_slice("SIP:001010000000009@" RD_IMS_DOMAIN), &index));
}
END_TEST

START_TEST(keys_differ_and_repeat) {
  RdProvision p = population(2, 100), other;
  uint8_t k[3][16], opc[3][16];
  ck_assert(rd_provision_init(&other, "another secret", 2, 100));
  rd_provision_keys(&p, 1, k[0], opc[0]);
  rd_provision_keys(&p, 1, k[1], opc[1]);
  ck_assert_mem_eq(k[0], k[1], 16);
  ck_assert_mem_eq(opc[0], opc[1], 16);
  rd_provision_keys(&p, 2, k[1], opc[1]);
  rd_provision_keys(&other, 1, k[2], opc[2]);
  for (int i = 1; i < 3; i++) {
    ck_assert_mem_ne(k[0], k[i], 16);
    ck_assert_mem_ne(opc[0], opc[i], 16);
  }
  ck_assert_mem_ne(k[0], opc[0], 16);
}
END_TEST

START_TEST(impossible_populations_are_refused) {
  RdProvision p;
  ck_assert(!rd_provision_init(&p, "s", 0, 1));
  ck_assert(!rd_provision_init(&p, "s", 2, UINT64_C(5000000001)));
  ck_assert(rd_provision_init(&p, "s", 2, UINT64_C(5000000000)));
  char imsi[RD_IMSI_TEXT];
  uint64_t index;
  rd_provision_imsi(&p, p.count - 1, imsi);
  ck_assert(rd_provision_find(&p, rd_slice(imsi), &index));
  ck_assert_uint_eq(index, p.count - 1);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("provision");
  TCase *c = tcase_create("rule");
  suite_add_tcase(s, c);
  tcase_add_test(c, identities_are_found_again);
  tcase_add_test(c, numbers_are_found_again);
  tcase_add_test(c, foreign_numbers_are_nobody_s);
  tcase_add_test(c, numbers_in_between_belong_to_nobody);
  tcase_add_test(c, strangers_are_nobody);
  tcase_add_test(c, keys_differ_and_repeat);
  tcase_add_test(c, impossible_populations_are_refused);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
