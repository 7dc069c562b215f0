/* uri.h - sip:, sips: and tel: URIs (RFC 3261 s19.1, RFC 3966). Pure. */
#pragma once

#include "redoubt/sip.h"

typedef struct {
  RdSlice scheme, user, host, params; /* params start behind the first ';' */
  uint16_t port; /* 0: none */
  bool host_is_ip;
  RdSlice password, headers; /* headers: behind the '?' */
} RdSipUri;

bool rd_sip_uri_parse(RdSlice text, RdSipUri *ret); /* false: *ret is zeroed */
/* The address in the host part, port 5060 if none; false if the host is a name. */
bool rd_sip_uri_address(const RdSipUri *uri, RdAddress *ret);
/* Equality of s19.1.4, as far as scheme, user, host, port and lr/transport/user go. */
bool rd_sip_uri_equal(const RdSipUri *a, const RdSipUri *b);
