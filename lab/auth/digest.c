#include "lab/auth/digest.h"

#include <nettle/md5.h>
#include <nettle/memops.h>
#include <nettle/sha2.h>

#include "lab/base/slice.h"
#include "lab/base/text.h"

/* One row a parameter; the order is the order of writing. */
typedef struct {
  const char *name;
  size_t offset;
  bool quoted;
} Field;

#define FIELD(name, member, quoted)                                                                \
  { name, offsetof(RdDigest, member), quoted }
static const Field fields[] = {
    FIELD("username", username, true), FIELD("realm", realm, true),
    FIELD("nonce", nonce, true),       FIELD("uri", uri, true),
    FIELD("response", response, true), FIELD("algorithm", algorithm, false),
    FIELD("cnonce", cnonce, true),     FIELD("opaque", opaque, true),
    FIELD("qop", qop, false),          FIELD("nc", nc, false),
    FIELD("stale", stale, false),      FIELD("domain", domain, true),
    FIELD("auts", auts, true),
};
#define N_FIELDS (sizeof fields / sizeof *fields)

static RdSlice *member(RdDigest *d, const Field *f) {
  return (RdSlice *)((char *)d + f->offset);
}

static RdSlice member_of(const RdDigest *d, const Field *f) {
  return *(const RdSlice *)((const char *)d + f->offset);
}

/* --- reading --- */

static RdSlice from(RdSlice s, uint32_t at) {
  return rd_slice_of(s.at + at, s.len - at);
}

/* Cuts the value that *rest begins with: a quoted-string without its quotes, or all up to a comma. */
static bool cut_value(RdSlice *rest, RdSlice *ret) {
  uint32_t i = 0;
  if (rest->len > 0 && rest->at[0] == '"') {
    for (i = 1; i < rest->len && rest->at[i] != '"'; i++)
      i += rest->at[i] == '\\';
    if (i >= rest->len)
      return false;
    *ret = rd_slice_of(rest->at + 1, i - 1);
    *rest = rd_slice_trim(from(*rest, i + 1));
    return rest->len == 0 || rest->at[0] == ',';
  }
  while (i < rest->len && rest->at[i] != ',')
    i++;
  *ret = rd_slice_trim(rd_slice_of(rest->at, i));
  *rest = from(*rest, i);
  return ret->len > 0;
}

static bool set_field(RdDigest *d, RdSlice name, RdSlice value) {
  for (size_t i = 0; i < N_FIELDS; i++) {
    if (!rd_slice_is_nocase(name, fields[i].name))
      continue;
    RdSlice *m = member(d, &fields[i]);
    if (m->at)
      return false;
    *m = value;
  }
  return true; /* unknown parameters are ignored (RFC 7616 s3.3) */
}

bool rd_digest_parse(RdSlice value, RdDigest *ret) {
  RdSlice rest = rd_slice_trim(value);
  memset(ret, 0, sizeof *ret);
  if (!rd_slice_starts_nocase(rest, "Digest") || rest.len < 7 || !memchr(" \t\r\n", rest.at[6], 4))
    return false;
  rest = rd_slice_trim(from(rest, 6));
  while (rest.len > 0) {
    const char *equals = memchr(rest.at, '=', rest.len);
    if (!equals)
      return false;
    RdSlice name = rd_slice_trim(rd_slice_of(rest.at, (size_t)(equals - rest.at))), v;
    rest = rd_slice_trim(from(rest, (uint32_t)(equals - rest.at) + 1));
    if (!cut_value(&rest, &v) || !set_field(ret, name, v))
      return false;
    if (rest.len > 0) /* a comma */
      rest = rd_slice_trim(from(rest, 1));
  }
  return true;
}

bool rd_digest_algorithm(RdSlice token, RdDigestAlgorithm *ret) {
  static const struct {
    const char *name;
    RdDigestAlgorithm algorithm;
  } known[] = {
      {"MD5", {RD_DIGEST_MD5, false, false}},
      {"MD5-sess", {RD_DIGEST_MD5, true, false}},
      {"SHA-256", {RD_DIGEST_SHA256, false, false}},
      {"SHA-256-sess", {RD_DIGEST_SHA256, true, false}},
      {"AKAv1-MD5", {RD_DIGEST_MD5, false, true}},
  };
  if (!token.at)
    token = rd_slice("MD5");
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    if (rd_slice_is_nocase(token, known[i].name)) {
      *ret = known[i].algorithm;
      return true;
    }
  }
  return false;
}

bool rd_digest_offers(RdSlice list, const char *qop) {
  while (list.len > 0) {
    const char *comma = memchr(list.at, ',', list.len);
    uint32_t n = comma ? (uint32_t)(comma - list.at) : list.len;
    if (rd_slice_is_nocase(rd_slice_trim(rd_slice_of(list.at, n)), qop))
      return true;
    list = from(list, comma ? n + 1 : n);
  }
  return false;
}

/* --- computing --- */

/* The hash of parts joined by colons, in hex. */
static void hash_hex(RdDigestHash hash, const RdSlice *parts, size_t n, char ret[RD_DIGEST_HEX]) {
  struct md5_ctx md5;
  struct sha256_ctx sha;
  uint8_t out[32];
  size_t len = hash == RD_DIGEST_MD5 ? 16 : 32;
  md5_init(&md5);
  sha256_init(&sha);
  for (size_t i = 0; i < 2 * n - 1; i++) {
    RdSlice part = i % 2 ? rd_slice(":") : parts[i / 2];
    if (hash == RD_DIGEST_MD5)
      md5_update(&md5, part.len, (const uint8_t *)part.at);
    else
      sha256_update(&sha, part.len, (const uint8_t *)part.at);
  }
  if (hash == RD_DIGEST_MD5)
    md5_digest(&md5, 16, out);
  else
    sha256_digest(&sha, 32, out);
  RdText text = rd_text(ret, RD_DIGEST_HEX);
  for (size_t i = 0; i < len; i++)
    rd_text_hex(&text, out[i], 2);
}

/* From H(username:realm:password) on; `algorithm` is that of `d`. */
static bool respond(const RdDigest *d, RdDigestAlgorithm algorithm, char a1[RD_DIGEST_HEX],
                    RdSlice method, char ret[RD_DIGEST_HEX]) {
  char a2[RD_DIGEST_HEX];
  const bool auth = d->qop.at != NULL;
  const RdDigestHash hash = algorithm.hash;
  if (auth && !rd_slice_is_nocase(d->qop, "auth"))
    return false;
  if (algorithm.session) {
    RdSlice inner = rd_slice(a1);
    char outer[RD_DIGEST_HEX];
    hash_hex(hash, (RdSlice[]){inner, d->nonce, d->cnonce}, 3, outer);
    memcpy(a1, outer, sizeof outer);
  }
  hash_hex(hash, (RdSlice[]){method, d->uri}, 2, a2);
  if (auth)
    hash_hex(hash, (RdSlice[]){rd_slice(a1), d->nonce, d->nc, d->cnonce, d->qop, rd_slice(a2)}, 6,
             ret);
  else
    hash_hex(hash, (RdSlice[]){rd_slice(a1), d->nonce, rd_slice(a2)}, 3, ret);
  return true;
}

bool rd_digest_response(const RdDigest *d, RdSlice password, RdSlice method,
                        char ret[RD_DIGEST_HEX]) {
  RdDigestAlgorithm algorithm;
  char a1[RD_DIGEST_HEX];
  if (!rd_digest_algorithm(d->algorithm, &algorithm))
    return false;
  hash_hex(algorithm.hash, (RdSlice[]){d->username, d->realm, password}, 3, a1);
  return respond(d, algorithm, a1, method, ret);
}

void rd_digest_ha1(RdSlice username, RdSlice realm, RdSlice password, char ret[RD_DIGEST_HEX]) {
  hash_hex(RD_DIGEST_MD5, (RdSlice[]){username, realm, password}, 3, ret);
}

static bool complete(const RdDigest *d) {
  return d->username.at && d->realm.at && d->nonce.at && d->uri.at && d->response.at &&
         (!d->qop.at || (d->cnonce.at && d->nc.at));
}

/* In constant time for a given length; hex in either case. */
static bool agrees(const RdDigest *d, const char *expected) {
  char given[RD_DIGEST_HEX];
  if (d->response.len != strlen(expected))
    return false;
  rd_slice_copy(d->response, given, sizeof given);
  for (char *c = given; *c; c++)
    if (*c >= 'A' && *c <= 'F')
      *c = (char)(*c + 32);
  return memeql_sec(expected, given, d->response.len);
}

bool rd_digest_verify(const RdDigest *d, RdSlice password, RdSlice method) {
  char expected[RD_DIGEST_HEX];
  return complete(d) && rd_digest_response(d, password, method, expected) && agrees(d, expected);
}

bool rd_digest_verify_ha1(const RdDigest *d, const char *ha1, RdSlice method) {
  RdDigestAlgorithm algorithm;
  char a1[RD_DIGEST_HEX], expected[RD_DIGEST_HEX];
  if (!complete(d) || !rd_digest_algorithm(d->algorithm, &algorithm) ||
      algorithm.hash != RD_DIGEST_MD5 || strlen(ha1) != 32)
    return false;
  memcpy(a1, ha1, 33);
  return respond(d, algorithm, a1, method, expected) && agrees(d, expected);
}

/* --- writing --- */

/* Would this value break out of its place? */
static bool writable(RdSlice value, bool quoted) {
  for (uint32_t i = 0; i < value.len; i++) {
    char c = value.at[i];
    if (c == '\\' && (!quoted || ++i == value.len)) /* a quoted pair may hold a quote */
      return false;
    bool pair = c == '\\';
    c = value.at[i];
    if (c == '\r' || c == '\n' || c == 0 || (!pair && c == '"') || (!quoted && c == ','))
      return false;
  }
  return true;
}

static size_t write_fields(const RdDigest *d, bool quote_qop, char *ret, size_t cap) {
  RdText text = rd_text(ret, cap);
  const char *separator = "Digest ";
  for (size_t i = 0; i < N_FIELDS; i++) {
    RdSlice value = member_of(d, &fields[i]);
    bool quoted = fields[i].quoted || (quote_qop && fields[i].offset == offsetof(RdDigest, qop));
    if (!value.at)
      continue;
    if (!writable(value, quoted))
      return 0;
    rd_text_add(&text, separator);
    rd_text_add(&text, fields[i].name);
    rd_text_add(&text, quoted ? "=\"" : "=");
    rd_text_slice(&text, value);
    rd_text_add(&text, quoted ? "\"" : "");
    separator = ", ";
  }
  return text.full ? 0 : text.len;
}

size_t rd_digest_write_challenge(const RdDigest *d, char *ret, size_t cap) {
  return write_fields(d, true, ret, cap);
}

size_t rd_digest_write_credentials(const RdDigest *d, char *ret, size_t cap) {
  return write_fields(d, false, ret, cap);
}

size_t rd_digest_answer(const RdDigest *challenge, RdSlice username, RdSlice password,
                        RdSlice method, RdSlice uri, RdSlice cnonce, uint32_t nc, const char *auts,
                        char *ret, size_t cap) {
  RdDigestAlgorithm algorithm;
  char count[9], response[RD_DIGEST_HEX];
  RdText text = rd_text(count, sizeof count);
  rd_text_hex(&text, nc, 8);
  RdDigest d = {.realm = challenge->realm,
                .nonce = challenge->nonce,
                .opaque = challenge->opaque,
                .algorithm = challenge->algorithm,
                .username = username,
                .uri = uri,
                .auts = rd_slice(auts)};
  bool auth = rd_digest_offers(challenge->qop, "auth");
  if (!rd_digest_algorithm(d.algorithm, &algorithm) || (challenge->qop.at && !auth))
    return 0;
  if (auth) {
    d.qop = rd_slice("auth");
    d.nc = rd_slice(count);
  }
  if (auth || algorithm.session)
    d.cnonce = cnonce;
  if (!rd_digest_response(&d, password, method, response))
    return 0;
  d.response = rd_slice(response);
  return rd_digest_write_credentials(&d, ret, cap);
}
