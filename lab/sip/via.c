#include "lab/sip/via.h"

#include <string.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/sip/scan.h"

bool rd_sip_via_source(RdSlice via, RdAddress *ret) {
  const char *semicolon = via.len ? memchr(via.at, ';', via.len) : NULL;
  uint32_t head = semicolon ? (uint32_t)(semicolon - via.at) : via.len;
  RdSlice params = rd_slice_of(via.at + head, via.len - head);
  RdSlice protocol = rd_slice_of(via.at, head), sent_by = protocol, received, rport;
  for (uint32_t i = 0; i < protocol.len; i++)
    if (protocol.at[i] == ' ' || protocol.at[i] == '\t')
      sent_by = rd_slice_trim(rd_slice_of(protocol.at + i, protocol.len - i));
  RdAddress said = {0}, source;
  uint64_t port;
  received = rd_sip_param(params, "received");
  rport = rd_sip_param(params, "rport");
  bool literal = rd_address_parse(sent_by, &said);
  source = said;
  if (received.len > 0 && !rd_address_parse(received, &source))
    return false;
  if (received.len == 0 && !literal)
    return false;
  source.port = said.port ? said.port : 5060;
  if (rd_slice_uint(rport, &port) && port > 0 && port <= 65535)
    source.port = (uint16_t)port;
  *ret = source;
  return true;
}
