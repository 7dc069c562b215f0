#include "lab/sip/security.h"

#include "lab/base/slice.h"
#include "lab/base/text.h"
#include "lab/sip/scan.h"

#define SPI_LEAST 256 /* RFC 4303 s2.1: 0 is of local use, 1 to 255 are kept for the IANA */

static const char *const integrity_names[] = {[RD_INTEGRITY_NONE] = "",
                                              [RD_HMAC_MD5_96] = "hmac-md5-96",
                                              [RD_HMAC_SHA_1_96] = "hmac-sha-1-96"};
static const char *const cipher_names[] = {
    [RD_CIPHER_NULL] = "null", [RD_CIPHER_AES_CBC] = "aes-cbc"};

const char *rd_integrity_name(RdIntegrity integrity) {
  return (unsigned)integrity <= RD_HMAC_SHA_1_96 ? integrity_names[integrity] : "";
}

const char *rd_cipher_name(RdCipher cipher) {
  return (unsigned)cipher <= RD_CIPHER_AES_CBC ? cipher_names[cipher] : "";
}

/* "0.5" as 500: at most three digits behind the point, at most 1 (RFC 3261 s25.1, qvalue). False: it is
 * no such number. */
static bool thousandths(RdSlice text, uint16_t *ret) {
  unsigned n = 0, digit = 1000;
  if (text.len == 0 || text.len > 5 || (text.at[0] != '0' && text.at[0] != '1'))
    return false;
  n = text.at[0] == '1' ? 1000 : 0;
  if (text.len > 1 && text.at[1] != '.')
    return false;
  for (uint32_t i = 2; i < text.len; i++) {
    if (text.at[i] < '0' || text.at[i] > '9')
      return false;
    digit /= 10;
    n += digit * (unsigned)(text.at[i] - '0');
  }
  *ret = (uint16_t)n;
  return n <= 1000;
}

/* A number of a parameter that has to be there. */
static bool number(RdSlice params, const char *name, uint64_t least, uint64_t most, uint64_t *ret) {
  return rd_slice_uint(rd_sip_param(params, name), ret) && *ret >= least && *ret <= most;
}

/* Is a parameter absent, or as said? */
static bool is_default(RdSlice params, const char *name, const char *value) {
  const RdSlice said = rd_sip_param(params, name);
  return !said.at || rd_slice_is_nocase(said, value);
}

static bool read_algorithms(RdSlice params, RdSecurity *ret) {
  const RdSlice alg = rd_sip_param(params, "alg"), ealg = rd_sip_param(params, "ealg");
  if (rd_slice_is_nocase(alg, "hmac-sha-1-96"))
    ret->integrity = RD_HMAC_SHA_1_96;
  else if (rd_slice_is_nocase(alg, "hmac-md5-96"))
    ret->integrity = RD_HMAC_MD5_96;
  if (rd_slice_is_nocase(ealg, "aes-cbc"))
    ret->cipher = RD_CIPHER_AES_CBC;
  return ret->integrity != RD_INTEGRITY_NONE &&
         (ret->cipher == RD_CIPHER_AES_CBC || is_default(params, "ealg", "null"));
}

static bool read_ports(RdSlice params, RdSecurity *ret) {
  uint64_t spi_c, spi_s, port_c, port_s;
  if (!number(params, "spi-c", SPI_LEAST, UINT32_MAX, &spi_c) ||
      !number(params, "spi-s", SPI_LEAST, UINT32_MAX, &spi_s) ||
      !number(params, "port-c", 1, UINT16_MAX, &port_c) ||
      !number(params, "port-s", 1, UINT16_MAX, &port_s))
    return false;
  ret->spi_c = (uint32_t)spi_c;
  ret->spi_s = (uint32_t)spi_s;
  ret->port_c = (uint16_t)port_c;
  ret->port_s = (uint16_t)port_s;
  return spi_c != spi_s && port_c != port_s;
}

static RdSecurity read_entry(RdSlice text) {
  RdSecurity entry = {.q = 1000};
  const char *semicolon = memchr(text.at, ';', text.len);
  if (!semicolon)
    return entry;
  const size_t head = (size_t)(semicolon - text.at);
  const RdSlice mechanism = rd_slice_trim(rd_slice_of(text.at, head));
  const RdSlice params = rd_slice_of(semicolon + 1, text.len - head - 1);
  const RdSlice q = rd_sip_param(params, "q");
  entry.usable = rd_slice_is_nocase(mechanism, "ipsec-3gpp") &&
                 (!q.at || thousandths(q, &entry.q)) && is_default(params, "prot", "esp") &&
                 is_default(params, "mod", "trans");
  entry.usable = entry.usable && read_algorithms(params, &entry) && read_ports(params, &entry);
  return entry;
}

unsigned rd_security_read(const RdSip *sip, RdHeaderId header, RdSecurity *ret, unsigned cap) {
  unsigned n = 0;
  for (const RdSipHeader *h = rd_sip_first(sip, header); h; h = rd_sip_next(sip, h)) {
    RdSlice rest = h->value;
    for (RdSlice one = rd_sip_split(&rest); one.at; one = rd_sip_split(&rest), n++)
      if (n < cap)
        ret[n] = read_entry(one);
  }
  return n;
}

static void add_number(RdText *t, const char *name, uint64_t n) {
  rd_text_add(t, name);
  rd_text_uint(t, n);
}

static void add_q(RdText *t, unsigned q) {
  rd_text_add(t, ";q=0.");
  for (unsigned digit = 100; digit > 0 && q > 0; q %= digit, digit /= 10)
    rd_text_char(t, (char)('0' + q / digit));
}

size_t rd_security_write(const RdSecurity *entry, char *buffer, size_t cap) {
  RdText t = rd_text(buffer, cap);
  if (!entry->usable)
    return 0;
  rd_text_add(&t, "ipsec-3gpp");
  if (entry->q < 1000)
    add_q(&t, entry->q);
  rd_text_add(&t, ";alg=");
  rd_text_add(&t, rd_integrity_name(entry->integrity));
  rd_text_add(&t, ";ealg=");
  rd_text_add(&t, rd_cipher_name(entry->cipher));
  rd_text_add(&t, ";prot=esp;mod=trans");
  add_number(&t, ";spi-c=", entry->spi_c);
  add_number(&t, ";spi-s=", entry->spi_s);
  add_number(&t, ";port-c=", entry->port_c);
  add_number(&t, ";port-s=", entry->port_s);
  return t.full ? 0 : t.len;
}

bool rd_security_equal(const RdSecurity *a, const RdSecurity *b) {
  return a->usable && b->usable && a->integrity == b->integrity && a->cipher == b->cipher &&
         a->port_c == b->port_c && a->port_s == b->port_s && a->q == b->q && a->spi_c == b->spi_c &&
         a->spi_s == b->spi_s;
}

int rd_security_choose(const RdSecurity *own, unsigned n_own, const RdSecurity *offered,
                       unsigned n_offered) {
  for (unsigned i = 0; i < n_own; i++)
    for (unsigned k = 0; k < n_offered; k++)
      if (offered[k].usable && offered[k].integrity == own[i].integrity &&
          offered[k].cipher == own[i].cipher)
        return (int)k;
  return -1;
}
