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

bool rd_sip_has_control(RdSlice head) {
  const char *at = head.at, *end = rd_slice_end(head);
  bool quoted = false;
  for (; at < end; at++) {
    uint8_t c = (uint8_t)*at;
    char next = at + 1 < end ? at[1] : 0;
    if (c == '\n')
      quoted = quoted && (next == ' ' || next == '\t'); /* a string may be folded, no further */
    else if (c == '"')
      quoted = !quoted;
    else if (c == '\\' && quoted && at + 1 < end && next != '\r' && next != '\n')
      at++; /* a quoted-pair may be of any octet (s25.1) */
    else if ((c < 0x20 && c != '\t' && !(c == '\r' && next == '\n')) || c == 0x7f)
      return true;
  }
  return false;
}
