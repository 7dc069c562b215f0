/* Security-Client, -Server and -Verify: what is read is what is written, and what may not be is not usable. */
#include <glib.h>

#include "lab/base/slice.h"
#include "lab/sip/scan.h"
#include "lab/sip/security.h"
#include "tests/check_main.h"

#define PORTS ";spi-c=1000;spi-s=1001;port-c=5062;port-s=5063"
#define SHA "ipsec-3gpp;alg=hmac-sha-1-96"

static unsigned list(const char *lines, RdSecurity *ret, unsigned cap) {
  static RdSipScan scan;
  char *text = g_strdup_printf("REGISTER sip:ims.example SIP/2.0\r\n%s\r\n", lines);
  ck_assert(rd_sip_scan(&scan, text, strlen(text), RD_SIP_DATAGRAM));
  const unsigned n = rd_security_read(&scan.sip, RD_HDR_SECURITY_CLIENT, ret, cap);
  g_free(text);
  return n;
}

static bool usable(const char *entry) {
  RdSecurity e[2];
  char *line = g_strdup_printf("Security-Client: %s\r\n", entry);
  const unsigned n = list(line, e, 2);
  g_free(line);
  ck_assert_uint_eq(n, 1);
  return e[0].usable;
}

START_TEST(reads_a_list) {
  RdSecurity e[8];
  ck_assert_uint_eq(list("Security-Client: " SHA ";ealg=aes-cbc;prot=esp;mod=trans;q=0.25" PORTS
                         ", ipsec-3gpp; alg=HMAC-MD5-96;ealg=null" PORTS "\r\n"
                         "Security-Client: tls;q=0.1\r\n",
                         e, 8),
                    3);
  ck_assert(e[0].usable && e[1].usable && !e[2].usable);
  ck_assert_int_eq(e[0].integrity, RD_HMAC_SHA_1_96);
  ck_assert_int_eq(e[0].cipher, RD_CIPHER_AES_CBC);
  ck_assert_uint_eq(e[0].q, 250);
  ck_assert_uint_eq(e[0].spi_c, 1000);
  ck_assert_uint_eq(e[0].spi_s, 1001);
  ck_assert_uint_eq(e[0].port_c, 5062);
  ck_assert_uint_eq(e[0].port_s, 5063);
  ck_assert_int_eq(e[1].integrity, RD_HMAC_MD5_96);
  ck_assert_int_eq(e[1].cipher, RD_CIPHER_NULL);
  ck_assert_uint_eq(e[1].q, 1000);
}
END_TEST

START_TEST(counts_what_has_no_room) {
  RdSecurity e[1];
  ck_assert_uint_eq(list("", e, 1), 0);
  ck_assert_uint_eq(list("Security-Client: " SHA PORTS ", " SHA PORTS ", tls\r\n", e, 1), 3);
  ck_assert(e[0].usable);
}
END_TEST

START_TEST(defaults_are_esp_in_transport_mode_without_a_cipher) {
  ck_assert(usable(SHA PORTS));
  ck_assert(usable(SHA ";prot=esp;mod=trans;ealg=null" PORTS));
  ck_assert(!usable(SHA ";prot=ah" PORTS));
  ck_assert(!usable(SHA ";mod=tun" PORTS));
  ck_assert(!usable(SHA ";ealg=rot13" PORTS));
  ck_assert(!usable("ipsec-3gpp;alg=crc" PORTS));
  ck_assert(!usable("ipsec-3gpp" PORTS));
  ck_assert(!usable("ipsec-man;alg=hmac-sha-1-96" PORTS));
}
END_TEST

START_TEST(impossible_numbers_are_not_usable) {
  ck_assert(!usable(SHA));
  ck_assert(!usable(SHA ";spi-c=255;spi-s=1001;port-c=5062;port-s=5063"));
  ck_assert(usable(SHA ";spi-c=256;spi-s=4294967295;port-c=1;port-s=65535"));
  ck_assert(!usable(SHA ";spi-c=256;spi-s=4294967296;port-c=1;port-s=65535"));
  ck_assert(!usable(SHA ";spi-c=256;spi-s=257;port-c=0;port-s=65535"));
  ck_assert(!usable(SHA ";spi-c=256;spi-s=257;port-c=1;port-s=65536"));
  ck_assert(!usable(SHA ";spi-c=256;spi-s=256;port-c=1;port-s=2"));
  ck_assert(!usable(SHA ";spi-c=256;spi-s=257;port-c=7;port-s=7"));
  ck_assert(!usable(SHA ";spi-c=-256;spi-s=257;port-c=7;port-s=8"));
  ck_assert(!usable(SHA ";q=1.001" PORTS));
  ck_assert(!usable(SHA ";q=2" PORTS));
  ck_assert(!usable(SHA ";q=.5" PORTS));
  ck_assert(!usable(SHA ";q=" PORTS));
  ck_assert(usable(SHA ";q=0.125" PORTS));
}
END_TEST

START_TEST(what_is_written_is_read_again) {
  const uint16_t qs[] = {1000, 999, 500, 50, 5, 0};
  for (size_t i = 0; i < G_N_ELEMENTS(qs); i++) {
    const RdSecurity e = {true,  RD_HMAC_SHA_1_96, RD_CIPHER_AES_CBC, 65535, 65534,
                          qs[i], 4294967295u,      4294967294u};
    RdSecurity back;
    char text[RD_SECURITY_TEXT];
    const size_t n = rd_security_write(&e, text, sizeof text);
    ck_assert_uint_gt(n, 0);
    for (size_t cap = 1; cap <= n; cap++) {
      char *small = g_malloc(cap);
      ck_assert_uint_eq(rd_security_write(&e, small, cap), 0);
      g_free(small);
    }
    char *line = g_strdup_printf("Security-Client: %s\r\n", text);
    ck_assert_uint_eq(list(line, &back, 1), 1);
    ck_assert_msg(rd_security_equal(&e, &back), "%s", text);
    g_free(line);
  }
  const RdSecurity none = {.usable = false};
  char text[RD_SECURITY_TEXT];
  ck_assert_uint_eq(rd_security_write(&none, text, sizeof text), 0);
}
END_TEST

START_TEST(every_parameter_counts_for_sameness) {
  const RdSecurity e = {true, RD_HMAC_SHA_1_96, RD_CIPHER_AES_CBC, 5062, 5063, 500, 1000, 1001};
  RdSecurity other[8];
  for (size_t i = 0; i < G_N_ELEMENTS(other); i++)
    other[i] = e;
  ck_assert(rd_security_equal(&e, &other[0]));
  other[0].usable = false;
  other[1].integrity = RD_HMAC_MD5_96;
  other[2].cipher = RD_CIPHER_NULL;
  other[3].port_c++;
  other[4].port_s++;
  other[5].q++;
  other[6].spi_c++;
  other[7].spi_s++;
  for (size_t i = 0; i < G_N_ELEMENTS(other); i++)
    ck_assert_msg(!rd_security_equal(&e, &other[i]), "%zu", i);
  ck_assert(!rd_security_equal(&other[0], &other[0]));
}
END_TEST

/* A phone, or who speaks in its place, that puts the weakest first gets the best of what it offers. */
START_TEST(the_own_order_decides) {
  const RdSecurity own[] = {{.integrity = RD_HMAC_SHA_1_96, .cipher = RD_CIPHER_AES_CBC},
                            {.integrity = RD_HMAC_MD5_96, .cipher = RD_CIPHER_AES_CBC}};
  RdSecurity offered[] = {
      {.usable = true, .integrity = RD_HMAC_SHA_1_96, .cipher = RD_CIPHER_NULL, .q = 1000},
      {.usable = true, .integrity = RD_HMAC_MD5_96, .cipher = RD_CIPHER_AES_CBC, .q = 900},
      {.usable = true, .integrity = RD_HMAC_SHA_1_96, .cipher = RD_CIPHER_AES_CBC, .q = 1}};
  ck_assert_int_eq(rd_security_choose(own, 2, offered, 3), 2);
  offered[2].usable = false;
  ck_assert_int_eq(rd_security_choose(own, 2, offered, 3), 1);
  ck_assert_int_eq(rd_security_choose(own, 2, offered, 1), -1);
  ck_assert_int_eq(rd_security_choose(own, 0, offered, 3), -1);
}
END_TEST

static Suite *make(void) {
  Suite *suite = suite_create("security");
  TCase *t = tcase_create("security");
  tcase_add_test(t, reads_a_list);
  tcase_add_test(t, counts_what_has_no_room);
  tcase_add_test(t, defaults_are_esp_in_transport_mode_without_a_cipher);
  tcase_add_test(t, impossible_numbers_are_not_usable);
  tcase_add_test(t, what_is_written_is_read_again);
  tcase_add_test(t, every_parameter_counts_for_sameness);
  tcase_add_test(t, the_own_order_decides);
  suite_add_tcase(suite, t);
  return suite;
}

int main(void) {
  return rd_check_main(make);
}
