/* traffic.h - what a part is given: SIP good and bad, other protocols, connections' fates. Pure. */
#pragma once

#include <glib.h>

#include "redoubt/message.h"
#include "tests/mock/host.h"

char *
rd_traffic_text(unsigned i); /* message number i of the kinds there are, by turns; to be freed */
/* Step number i: for most of them such a message; now and then one of another protocol, bytes without
 * a protocol, a train, a connection opened, refused or closed, or a struct of a newer, longer release. Valid
 * until the next call. */
typedef struct {
  RdMessage today;
  uint8_t newer[64]; /* behind it, in messages that say they are longer */
  char *text;
  uint8_t *report; /* RD_REPORT_LONGEST octets; NULL: not yet */
} RdTraffic;

void rd_traffic_step(RdTraffic *t, MockHost *mock, unsigned i, uint16_t attachment,
                     RdDirection direction, const char *remote);
/* What comes from another member of a defense: nothing, garbage, as much as there may be; by turns. */
void rd_traffic_report(RdTraffic *t, unsigned i);
/* Makes the message one that only its line's ends can read. */
void rd_traffic_seal(RdTraffic *t);
void rd_traffic_clear(RdTraffic *t);
