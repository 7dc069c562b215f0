#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <osipparser2/osip_parser.h>

#include "bench/micro/scan_peers.h"

static osip_message_t *message;

static Text text(const char *s) {
  return (Text){s, s ? strlen(s) : 0};
}

static unsigned number(const char *s) {
  return s ? (unsigned)strtoul(s, NULL, 10) : 0;
}

static void setup(const char *bytes, size_t len) {
  (void)bytes;
  (void)len;
  parser_init();
}

static bool read_addresses(ScanFields *ret) {
  osip_generic_param_t *tag = NULL, *to_tag = NULL;
  osip_contact_t *contact = NULL;
  osip_from_get_tag(message->from, &tag);
  osip_to_get_tag(message->to, &to_tag);
  osip_message_get_contact(message, 0, &contact);
  if (!tag || !contact)
    return false;
  ret->uri_user = text(message->req_uri->username);
  ret->uri_host = text(message->req_uri->host);
  ret->from_user = text(message->from->url->username);
  ret->from_host = text(message->from->url->host);
  ret->from_tag = text(tag->gvalue);
  ret->to_user = text(message->to->url->username);
  ret->to_host = text(message->to->url->host);
  ret->to_has_tag = to_tag != NULL;
  ret->contact_user = text(contact->url->username);
  ret->contact_host = text(contact->url->host);
  return true;
}

static bool read(const char *bytes, size_t len, ScanFields *ret) {
  osip_via_t *via = NULL;
  osip_generic_param_t *branch = NULL;
  osip_header_t *forwards = NULL;
  osip_body_t *body = NULL;
  if (osip_message_init(&message) != 0 || osip_message_parse(message, bytes, len) != 0)
    return false;
  osip_message_get_via(message, 0, &via);
  osip_message_get_max_forwards(message, 0, &forwards);
  osip_message_get_body(message, 0, &body);
  if (!via || !forwards || !body || osip_via_param_get_byname(via, (char *)"branch", &branch) != 0)
    return false;
  ret->method = text(message->sip_method);
  ret->via_host = text(via->host);
  ret->via_port = number(via->port);
  ret->via_branch = text(branch->gvalue);
  /* It keeps what is before and behind the "@" apart; the part before is enough to compare. */
  ret->call_id = text(message->call_id->number);
  ret->cseq = number(message->cseq->number);
  ret->cseq_method = text(message->cseq->method);
  ret->max_forwards = number(forwards->hvalue);
  ret->type = text(message->content_type->type);
  ret->subtype = text(message->content_type->subtype);
  ret->content_length = number(message->content_length->value);
  ret->body = (Text){body->body, body->length};
  ret->routes = (unsigned)osip_list_size(&message->routes);
  return read_addresses(ret);
}

static void release(void) {
  if (message)
    osip_message_free(message);
  message = NULL;
}

const ScanPeer scan_peer_osip = {"libosip2", setup, read, release};
