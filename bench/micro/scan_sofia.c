#include <sofia-sip/msg.h>
#include <sofia-sip/msg_header.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>
#include <sofia-sip/sip_util.h>
#include <stdlib.h>
#include <string.h>

#include "bench/micro/scan_peers.h"

static msg_t *message;

static Text text(const char *s) {
  return (Text){s, s ? strlen(s) : 0};
}

static void split_uri(const url_t *url, Text *user, Text *host) {
  *user = text(url->url_user);
  *host = text(url->url_host);
}

static bool read(const char *bytes, size_t len, ScanFields *ret) {
  message = msg_make(sip_default_mclass(), 0, bytes, (ssize_t)len);
  const sip_t *sip = message ? (const sip_t *)msg_object(message) : NULL;
  if (!sip || sip->sip_error || sip_sanity_check(sip) < 0 || !sip->sip_contact ||
      !sip->sip_max_forwards || !sip->sip_content_type || !sip->sip_payload)
    return false;
  ret->method = text(sip->sip_request->rq_method_name);
  split_uri(sip->sip_request->rq_url, &ret->uri_user, &ret->uri_host);
  ret->via_host = text(sip->sip_via->v_host);
  ret->via_port = (unsigned)strtoul(sip->sip_via->v_port ? sip->sip_via->v_port : "0", NULL, 10);
  ret->via_branch = text(sip->sip_via->v_branch);
  split_uri(sip->sip_from->a_url, &ret->from_user, &ret->from_host);
  ret->from_tag = text(sip->sip_from->a_tag);
  split_uri(sip->sip_to->a_url, &ret->to_user, &ret->to_host);
  ret->to_has_tag = sip->sip_to->a_tag != NULL;
  ret->call_id = text(sip->sip_call_id->i_id);
  ret->cseq = sip->sip_cseq->cs_seq;
  ret->cseq_method = text(sip->sip_cseq->cs_method_name);
  ret->max_forwards = (unsigned)sip->sip_max_forwards->mf_count;
  split_uri(sip->sip_contact->m_url, &ret->contact_user, &ret->contact_host);
  const char *slash = strchr(sip->sip_content_type->c_type, '/');
  ret->type =
      (Text){sip->sip_content_type->c_type, (size_t)(slash - sip->sip_content_type->c_type)};
  ret->subtype = text(sip->sip_content_type->c_subtype);
  ret->content_length = (unsigned)sip->sip_content_length->l_length;
  ret->body = (Text){sip->sip_payload->pl_data, sip->sip_payload->pl_len};
  ret->routes = 0;
  for (const sip_route_t *r = sip->sip_route; r; r = r->r_next)
    ret->routes++;
  return true;
}

static void release(void) {
  if (message)
    msg_destroy(message);
  message = NULL;
}

const ScanPeer scan_peer_sofia = {"sofia-sip", NULL, read, release};
