#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <re.h>

#include "bench/micro/scan_peers.h"

static struct sip_msg *message;
static struct mbuf *buffer;

static Text text(const struct pl *p) {
  return (Text){p->p, p->l};
}

/* It reads in place, so the bytes are put into its buffer once and not timed. */
static void setup(const char *bytes, size_t len) {
  buffer = mbuf_alloc(len);
  mbuf_write_mem(buffer, (const uint8_t *)bytes, len);
}

static bool read(const char *bytes, size_t len, ScanFields *ret) {
  (void)bytes;
  struct sip_addr contact;
  struct pl host, port = pl_null;
  mbuf_set_pos(buffer, 0);
  if (sip_msg_decode(&message, buffer) != 0)
    return false;
  const struct sip_hdr *h = sip_msg_hdr(message, SIP_HDR_CONTACT);
  if (!h || sip_addr_decode(&contact, &h->val) != 0 ||
      uri_decode_hostport(&message->via.sentby, &host, &port) != 0)
    return false;
  ret->method = text(&message->met);
  ret->uri_user = text(&message->uri.user);
  ret->uri_host = text(&message->uri.host);
  ret->via_host = text(&host);
  ret->via_port = pl_u32(&port);
  ret->via_branch = text(&message->via.branch);
  ret->from_user = text(&message->from.uri.user);
  ret->from_host = text(&message->from.uri.host);
  ret->from_tag = text(&message->from.tag);
  ret->to_user = text(&message->to.uri.user);
  ret->to_host = text(&message->to.uri.host);
  ret->to_has_tag = pl_isset(&message->to.tag);
  ret->call_id = text(&message->callid);
  ret->cseq = message->cseq.num;
  ret->cseq_method = text(&message->cseq.met);
  ret->max_forwards = pl_u32(&message->maxfwd);
  ret->contact_user = text(&contact.uri.user);
  ret->contact_host = text(&contact.uri.host);
  ret->type = text(&message->ctyp.type);
  ret->subtype = text(&message->ctyp.subtype);
  ret->content_length = pl_u32(&message->clen);
  ret->routes = sip_msg_hdr_count(message, SIP_HDR_ROUTE);
  ret->body = (Text){(const char *)mbuf_buf(buffer), len - buffer->pos};
  return true;
}

static void release(void) {
  message = mem_deref(message);
}

const ScanPeer scan_peer_libre = {"libre", setup, read, release};
