/* scan_peers.h - one list of fields, and who reads it out of a SIP message.
 *
 * Every reader fills every field, so that nobody is timed for work that another puts off. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct {
  const char *at;
  size_t len;
} Text;

/* URIs are taken apart: the user and the host of each. */
typedef struct {
  Text method, uri_user, uri_host;
  Text via_host, via_branch;
  Text from_user, from_host, from_tag;
  Text to_user, to_host;
  Text call_id, cseq_method;
  Text contact_user, contact_host;
  Text type, subtype; /* of Content-Type */
  Text body;
  unsigned via_port, cseq, max_forwards, content_length, routes;
  bool to_has_tag;
} ScanFields;

#define SCAN_FIELD_LIST                                                                            \
  "method; Request-URI user and host; top Via host, port and branch; From user, host and tag;\n"   \
  "To user, host and whether it has a tag; Call-ID; CSeq number and method; Max-Forwards;\n"       \
  "first Contact user and host; Content-Type and subtype; Content-Length; number of Routes; body"

typedef struct {
  const char *name;
  void (*setup)(const char *bytes, size_t len); /* once; may be NULL */
  bool (*read)(const char *bytes, size_t len, ScanFields *ret);
  void (*release)(void); /* what read() holds: timed with it */
} ScanPeer;

extern const ScanPeer scan_peer_redoubt, scan_peer_sofia, scan_peer_osip, scan_peer_libre;
