#include <stdio.h>
#include <string.h>

#include "lab/auth/digest.h"
#include "lab/base/slice.h"
#include "tests/check_main.h"

#define RFC2617_NONCE "dcd98b7102dd2f0e8b11d0f600bfb0c093"
#define RFC7616_NONCE "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
#define RFC7616_CNONCE "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"

/* What is known, and the response that follows. */
static const struct {
  const char *source, *realm, *nonce, *algorithm, *qop, *cnonce, *password, *response;
} known[] = {
    {"RFC 2069 s2.4, as its erratum has it", "testrealm@host.com", RFC2617_NONCE, NULL, NULL, NULL,
     "CircleOfLife", "1949323746fe6a43ef61f9606e7febea"},
    {"RFC 2617 s3.5", "testrealm@host.com", RFC2617_NONCE, NULL, "auth", "0a4f113b",
     "Circle Of Life", "6629fae49393a05397450978507c4ef1"},
    {"RFC 7616 s3.9.1, MD5", "http-auth@example.org", RFC7616_NONCE, "MD5", "auth", RFC7616_CNONCE,
     "Circle of Life", "8ca523f5e9506fed4657c9700eebdbec"},
    {"RFC 7616 s3.9.1, SHA-256", "http-auth@example.org", RFC7616_NONCE, "SHA-256", "auth",
     RFC7616_CNONCE, "Circle of Life",
     "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"},
    /* RFC 2617's example turned to -sess; the expectation is from another implementation */
    {"-sess, MD5", "testrealm@host.com", RFC2617_NONCE, "MD5-sess", "auth", "0a4f113b",
     "Circle Of Life", "8e3825c57e897f5a0dec6c2d4e5059d0"},
    {"-sess, SHA-256", "testrealm@host.com", RFC2617_NONCE, "SHA-256-sess", "auth", "0a4f113b",
     "Circle Of Life", "b8822e12417cb7750f4e2b8515f0dcf25b7dd26993e80bee1426201446a7f59b"},
};

static RdDigest example(int i) {
  return (RdDigest){.realm = rd_slice(known[i].realm),
                    .nonce = rd_slice(known[i].nonce),
                    .algorithm = rd_slice(known[i].algorithm),
                    .qop = rd_slice(known[i].qop)};
}

START_TEST(known_answers) {
  char value[1024];
  RdDigest challenge = example(_i), got;
  RdSlice password = rd_slice(known[_i].password), get = rd_slice("GET");
  size_t n =
      rd_digest_answer(&challenge, rd_slice("Mufasa"), password, get, rd_slice("/dir/index.html"),
                       rd_slice(known[_i].cnonce), 1, NULL, value, sizeof value);
  ck_assert_uint_eq(n, strlen(value));
  ck_assert(rd_digest_parse(rd_slice(value), &got));
  ck_assert_msg(rd_slice_is(got.response, known[_i].response), "%s: %s", known[_i].source, value);
  ck_assert(rd_digest_verify(&got, password, get));
  ck_assert(!rd_digest_verify(&got, rd_slice("wrong"), get));
  ck_assert(!rd_digest_verify(&got, password, rd_slice("POST")));
  char *digit = strstr(value, "response=\"") + 10;
  *digit = *digit == '0' ? '1' : '0';
  ck_assert(rd_digest_parse(rd_slice(value), &got));
  ck_assert(!rd_digest_verify(&got, password, get));
}
END_TEST

START_TEST(parameters_are_cut_out) {
  RdDigest d;
  const char *text =
      "  dIgEsT\trealm=\"a, \\\"b\\\" = c\",NONCE = \"\" ,  stale=TRUE,x-new=\"1,2\" ,"
      "\r\n opaque=\"\\\\\",algorithm=SHA-256,qop=\"auth,auth-int\"";
  ck_assert(rd_digest_parse(rd_slice(text), &d));
  ck_assert(rd_slice_is(d.realm, "a, \\\"b\\\" = c"));
  ck_assert(d.nonce.at && d.nonce.len == 0);
  ck_assert(rd_slice_is(d.stale, "TRUE"));
  ck_assert(rd_slice_is(d.opaque, "\\\\"));
  ck_assert(rd_slice_is(d.algorithm, "SHA-256"));
  ck_assert(rd_digest_offers(d.qop, "auth") && rd_digest_offers(d.qop, "auth-int"));
  ck_assert(!rd_digest_offers(d.qop, "aut") && !rd_digest_offers((RdSlice){0}, "auth"));
  ck_assert(!d.username.at && !d.response.at);
}
END_TEST

static const char *const broken[] = {
    "",
    "Digest",
    "Digestrealm=\"a\"",
    "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
    "Digest realm",
    "Digest realm=",
    "Digest realm=\"a",
    "Digest realm=\"a\\",
    "Digest realm=\"a\\\"",
    "Digest realm=\"a\" nonce=\"b\"",
    "Digest realm=\"a\", realm=\"b\"",
    "Digest realm=\"a\", nonce=,",
    "Digest realm=\"a\",,",
};

START_TEST(broken_lists_are_refused) {
  RdDigest d;
  ck_assert_msg(!rd_digest_parse(rd_slice(broken[_i]), &d), "%s", broken[_i]);
}
END_TEST

START_TEST(every_prefix_is_survived) {
  const char *text = "Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"sip:x\", "
                     "response=\"0123456789abcdef0123456789abcdef\", algorithm=MD5, qop=auth, "
                     "cnonce=\"c\", nc=00000001";
  for (size_t n = 0; n <= strlen(text); n++) {
    char *copy = malloc(n + 1); /* to the byte, for ASan */
    memcpy(copy, text, n);
    RdDigest d;
    if (rd_digest_parse(rd_slice_of(copy, n), &d))
      ck_assert(!rd_digest_verify(&d, rd_slice("secret"), rd_slice("INVITE")));
    free(copy);
  }
}
END_TEST

START_TEST(incomplete_credentials_prove_nothing) {
  RdDigest d;
  char response[RD_DIGEST_HEX], value[512];
  RdSlice password = rd_slice("p"), method = rd_slice("REGISTER");
  RdDigest full = {.username = rd_slice("u"),
                   .realm = rd_slice("r"),
                   .nonce = rd_slice("n"),
                   .uri = rd_slice("sip:x"),
                   .qop = rd_slice("auth"),
                   .cnonce = rd_slice("c"),
                   .nc = rd_slice("00000001")};
  ck_assert(rd_digest_response(&full, password, method, response));
  full.response = rd_slice(response);
  size_t n = rd_digest_write_credentials(&full, value, sizeof value);
  ck_assert(rd_digest_parse(rd_slice_of(value, n), &d) && rd_digest_verify(&d, password, method));
  RdSlice *needed[] = {&d.username, &d.realm, &d.nonce, &d.uri, &d.response, &d.cnonce, &d.nc};
  for (unsigned i = 0; i < sizeof needed / sizeof *needed; i++) {
    RdSlice kept = *needed[i];
    *needed[i] = (RdSlice){0};
    ck_assert(!rd_digest_verify(&d, password, method));
    *needed[i] = kept;
  }
  /* not even with the response that leaves it out (RFC 7616 s3.4) */
  RdDigest short_of[2] = {full, full};
  short_of[0].nc = short_of[1].cnonce = (RdSlice){0};
  for (int i = 0; i < 2; i++) {
    char made[RD_DIGEST_HEX];
    ck_assert(rd_digest_response(&short_of[i], password, method, made));
    short_of[i].response = rd_slice(made);
    ck_assert(!rd_digest_verify(&short_of[i], password, method));
  }
  d.qop = rd_slice("auth-int");
  ck_assert(!rd_digest_verify(&d, password, method));
  d.qop = rd_slice("auth");
  d.algorithm = rd_slice("SHA-512-256");
  ck_assert(!rd_digest_verify(&d, password, method));
  d.algorithm = (RdSlice){0};
  for (char *c = response; *c; c++) /* upper-case hex is the same number */
    if (*c >= 'a')
      *c = (char)(*c - 32);
  d.response = rd_slice(response);
  ck_assert(rd_digest_verify(&d, password, method));
}
END_TEST

START_TEST(values_cannot_break_out) {
  static const char *const bad[] = {"a\"", "a\r\nVia: x", "a\\", "a\\\\\""};
  char value[256];
  for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
    RdDigest d = {.realm = rd_slice(bad[i]), .nonce = rd_slice("n")};
    ck_assert_uint_eq(rd_digest_write_challenge(&d, value, sizeof value), 0);
  }
  RdDigest d = {.realm = rd_slice("a\\\"b"), .nonce = rd_slice("n"), .qop = rd_slice("auth")};
  ck_assert_uint_gt(rd_digest_write_challenge(&d, value, sizeof value), 0);
  ck_assert_str_eq(value, "Digest realm=\"a\\\"b\", nonce=\"n\", qop=\"auth\"");
  ck_assert_uint_eq(rd_digest_write_challenge(&d, value, 20), 0);
  d.algorithm = rd_slice("MD5, x=1");
  ck_assert_uint_eq(rd_digest_write_challenge(&d, value, sizeof value), 0);
}
END_TEST

START_TEST(a_challenge_without_auth_is_not_answered) {
  char value[256];
  RdDigest c = {.realm = rd_slice("r"), .nonce = rd_slice("n"), .qop = rd_slice("auth-int")};
  RdSlice x = rd_slice("x");
  ck_assert_uint_eq(rd_digest_answer(&c, x, x, x, x, x, 1, NULL, value, sizeof value), 0);
  c.qop = (RdSlice){0};
  ck_assert_uint_gt(rd_digest_answer(&c, x, x, x, x, x, 1, "AUTS", value, sizeof value), 0);
  ck_assert_ptr_nonnull(strstr(value, "auts=\"AUTS\""));
  ck_assert_ptr_null(strstr(value, "cnonce"));
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("digest");
  TCase *c = tcase_create("digest");
  suite_add_tcase(s, c);
  tcase_add_loop_test(c, known_answers, 0, sizeof known / sizeof *known);
  tcase_add_test(c, parameters_are_cut_out);
  tcase_add_loop_test(c, broken_lists_are_refused, 0, sizeof broken / sizeof *broken);
  tcase_add_test(c, every_prefix_is_survived);
  tcase_add_test(c, incomplete_credentials_prove_nothing);
  tcase_add_test(c, values_cannot_break_out);
  tcase_add_test(c, a_challenge_without_auth_is_not_answered);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
