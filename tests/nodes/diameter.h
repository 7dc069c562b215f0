/* diameter.h - the other end of a Diameter connection of a node on the mock host, for nodes' tests. */
#pragma once

#include <stdio.h>
#include <string.h>

#include "lab/base/slice.h"
#include "lab/diameter/build.h"
#include "lab/diameter/scan.h"
#include "lab/subscribers/provision.h"
#include "tests/check_main.h"
#include "tests/mock/host.h"

#define REALM RD_IMS_DOMAIN

static inline void peer_tell(MockHost *mock, uint16_t attachment, RdMessageKind kind, RdConn conn,
                             const void *bytes, size_t len) {
  RdMessage m = *mock_message(mock, attachment, RD_INGRESS, "203.0.113.9:3868", bytes, len);
  m.kind = (uint8_t)kind;
  m.protocol = RD_PROTO_DIAMETER;
  m.conn = conn;
  m.sip = NULL;
  mock_deliver(mock, &m);
}

/* The Diameter message sent last; valid until the next call. */
static inline const RdDiameter *peer_last(const MockHost *mock) {
  static RdDiaScan scan;
  const MockSent *s = NULL;
  for (unsigned i = mock_n_sent(mock); i-- > 0 && !s;)
    if (mock_sent(mock, i)->protocol == RD_PROTO_DIAMETER)
      s = mock_sent(mock, i);
  ck_assert_ptr_nonnull(s);
  ck_assert(rd_dia_scan(&scan, s->bytes, s->len));
  ck_assert_uint_eq(scan.dia.defects, 0);
  return &scan.dia;
}

/* --- as a client: of an HSS --- */

/* Connects as a node of the realm. */
static inline void peer_connect(MockHost *mock, RdConn conn, const char *node) {
  uint8_t bytes[600];
  char host[128];
  snprintf(host, sizeof host, "%s." REALM, node);
  peer_tell(mock, 0, RD_OPENED, conn, "", 0);
  RdDiaBuild b = rd_dia_build(bytes, sizeof bytes, RD_DIA_REQUEST, RD_DIA_CAPABILITIES_EXCHANGE,
                              RD_DIA_COMMON, 1, 1);
  rd_dia_add_text(&b, RD_AVP_ORIGIN_HOST, host);
  rd_dia_add_text(&b, RD_AVP_ORIGIN_REALM, REALM);
  rd_dia_add_application(&b, RD_DIA_CX);
  peer_tell(mock, 0, RD_DATA, conn, bytes, rd_dia_finish(&b));
  ck_assert_uint_eq(peer_last(mock)->result, RD_DIA_SUCCESS);
}

static inline RdDiaBuild peer_begin(uint8_t *room, size_t cap, const char *node, uint32_t command,
                                    const char *session) {
  char host[128];
  snprintf(host, sizeof host, "%s." REALM, node);
  RdDiaBuild b =
      rd_dia_build(room, cap, RD_DIA_REQUEST | RD_DIA_PROXIABLE, command, RD_DIA_CX, 7, 8);
  rd_dia_add_text(&b, RD_AVP_SESSION_ID, session);
  rd_dia_add_application(&b, RD_DIA_CX);
  rd_dia_add_no_state(&b);
  rd_dia_add_text(&b, RD_AVP_ORIGIN_HOST, host);
  rd_dia_add_text(&b, RD_AVP_ORIGIN_REALM, REALM);
  rd_dia_add_text(&b, RD_AVP_DESTINATION_REALM, REALM);
  return b;
}

/* --- as a server: the HSS that a CSCF connected to, by the connection it opened first --- */

static inline void peer_accept(MockHost *mock, uint16_t attachment, RdConn conn) {
  uint8_t bytes[600];
  peer_tell(mock, attachment, RD_OPENED, conn, "", 0);
  const RdDiameter *cer = peer_last(mock);
  RdDiaBuild b = rd_dia_build(bytes, sizeof bytes, 0, RD_DIA_CAPABILITIES_EXCHANGE, RD_DIA_COMMON,
                              cer->hop_by_hop, cer->end_to_end);
  rd_dia_add_number(&b, RD_AVP_RESULT_CODE, RD_DIA_SUCCESS);
  rd_dia_add_text(&b, RD_AVP_ORIGIN_HOST, "hss." REALM);
  rd_dia_add_text(&b, RD_AVP_ORIGIN_REALM, REALM);
  rd_dia_add_application(&b, RD_DIA_CX);
  peer_tell(mock, attachment, RD_DATA, conn, bytes, rd_dia_finish(&b));
}

/* An answer to the request sent last; what is added comes behind. */
static inline RdDiaBuild peer_answer(MockHost *mock, uint8_t *room, size_t cap, uint32_t code,
                                     bool experimental) {
  const RdDiameter *request = peer_last(mock);
  ck_assert(request->is_request);
  RdDiaBuild b = rd_dia_build(room, cap, RD_DIA_PROXIABLE, request->command, RD_DIA_CX,
                              request->hop_by_hop, request->end_to_end);
  rd_dia_add(&b, RD_AVP_SESSION_ID, request->session_id);
  rd_dia_add_application(&b, RD_DIA_CX);
  if (experimental)
    rd_dia_add_experimental(&b, code);
  else
    rd_dia_add_number(&b, RD_AVP_RESULT_CODE, code);
  rd_dia_add_no_state(&b);
  rd_dia_add_text(&b, RD_AVP_ORIGIN_HOST, "hss." REALM);
  rd_dia_add_text(&b, RD_AVP_ORIGIN_REALM, REALM);
  return b;
}

/* The SIP request sent last. */
static inline const MockSent *peer_last_request(const MockHost *mock) {
  for (unsigned i = mock_n_sent(mock); i-- > 0;) {
    const MockSent *s = mock_sent(mock, i);
    if (s->protocol == RD_PROTO_SIP && s->scan->sip.is_request)
      return s;
  }
  ck_abort_msg("no request was sent");
  return NULL;
}
