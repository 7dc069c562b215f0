/* Classes of octets, and the hunt for those that no head may hold. */
#include "lab/sip/scan_private.h"

#define W RD_SIP_WORD
#define U RD_SIP_URI
#define P (RD_SIP_WORD | RD_SIP_URI)
#define K (RD_SIP_TOKEN | RD_SIP_WORD)
#define T (K | RD_SIP_URI)
#define H (T | RD_SIP_HOST)
#define X (H | RD_SIP_HEX)

/* clang-format off */
const uint8_t rd_sip_octet[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 0x00 */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 0x10 */
    0, T, W, 0, U, T, U, T, P, P, T, T, U, H, H, P, /* 0x20 */
    X, X, X, X, X, X, X, X, X, X, P, U, W, U, W, P, /* 0x30 */
    U, X, X, X, X, X, X, H, H, H, H, H, H, H, H, H, /* 0x40 */
    H, H, H, H, H, H, H, H, H, H, H, P, W, P, 0, H, /* 0x50 */
    K, X, X, X, X, X, X, H, H, H, H, H, H, H, H, H, /* 0x60 */
    H, H, H, H, H, H, H, H, H, H, H, W, 0, W, T, 0, /* 0x70 */
};
/* clang-format on */

/* A control octet is allowed behind a backslash in a quoted string alone (s25.1 quoted-pair). */
static bool hunt(const char *at, const char *end) {
  bool quoted = false;
  for (; at < end; at++) {
    uint8_t c = (uint8_t)*at;
    char next = at + 1 < end ? at[1] : 0;
    if (c == '\n')
      quoted = quoted && (next == ' ' || next == '\t'); /* a string may be folded, no further */
    else if (c == '"')
      quoted = !quoted;
    else if (c == '\\' && quoted && at + 1 < end && next != '\r' && next != '\n')
      at++;
    else if ((c < 0x20 && c != '\t' && !(c == '\r' && next == '\n')) || c == 0x7f)
      return true;
  }
  return false;
}

typedef uint8_t Octets __attribute__((vector_size(16)));

static bool any(Octets v) {
  uint64_t halves[2];
  memcpy(halves, &v, sizeof halves);
  return (halves[0] | halves[1]) != 0;
}

/* Nearly every head is clean, so it is first asked sixteen octets at a time. */
bool rd_sip_has_control(RdSlice head) {
  const char *at = head.at, *end = at + head.len;
  Octets bad = {0};
  for (; end - at > 16; at += 16) {
    Octets here, next;
    memcpy(&here, at, 16);
    memcpy(&next, at + 1, 16);
    Octets line_end = (Octets)((here == '\n') | ((here == '\r') & (next == '\n')));
    bad |= (Octets)((here < 0x20) & (here != '\t')) & ~line_end;
    bad |= (Octets)(here == 0x7f);
  }
  return any(bad) ? hunt(head.at, end) : hunt(at, end);
}
