/* build.h - writes a Diameter message into a caller's buffer (RFC 6733 s3, s4). Pure.
 *
 * What does not fit is remembered, and nothing comes of it in the end: rd_dia_finish() gives 0. */
#pragma once

#include "lab/diameter/names.h"
#include "redoubt/diameter.h"

#define RD_DIA_DEEPEST 8 /* groups within groups */

/* Bits of the header's flags. */
typedef enum {
  RD_DIA_REQUEST = 0x80,
  RD_DIA_PROXIABLE = 0x40,
  RD_DIA_ERROR = 0x20,
  RD_DIA_REPEATED = 0x10
} RdDiaFlag;

typedef struct {
  uint8_t *at;
  size_t len, cap;
  bool full; /* it did not fit, or groups were nested wrongly */
  unsigned depth;
  size_t groups[RD_DIA_DEEPEST]; /* where those that are open begin */
} RdDiaBuild;

/* Begins with the header. `flags` are RdDiaFlag bits. */
RdDiaBuild rd_dia_build(void *buffer, size_t cap, unsigned flags, uint32_t command,
                        uint32_t application, uint32_t hop_by_hop, uint32_t end_to_end);
/* An AVP; V is set if it has a vendor, M as its specification wants it (rd_avp_mandatory()). */
void rd_dia_add(RdDiaBuild *build, RdAvpId id, RdSlice data);
/* An AVP as it stands in the message that it was read from, to the bit. */
void rd_dia_copy(RdDiaBuild *build, const RdAvp *avp);
void rd_dia_add_text(RdDiaBuild *build, RdAvpId id, const char *text);
void rd_dia_add_number(RdDiaBuild *build, RdAvpId id, uint32_t n);
/* RFC 6733 s4.3.1, Address. */
void rd_dia_add_address(RdDiaBuild *build, RdAvpId id, const RdAddress *address);
/* What is added between is in the group. */
void rd_dia_open(RdDiaBuild *build, RdAvpId id);
void rd_dia_close(RdDiaBuild *build);
/* Vendor-Specific-Application-Id, Auth-Session-State NO_STATE_MAINTAINED, Experimental-Result: as every
 * 3GPP message of Cx and Sh has them. */
void rd_dia_add_application(RdDiaBuild *build, uint32_t application);
void rd_dia_add_no_state(RdDiaBuild *build);
void rd_dia_add_experimental(RdDiaBuild *build, uint32_t code);
/* Writes Message Length; the length, 0 if it did not fit. */
size_t rd_dia_finish(RdDiaBuild *build);

/* Does its specification want the M bit? */
bool rd_avp_mandatory(RdAvpId id);
