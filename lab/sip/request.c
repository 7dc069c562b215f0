#include "lab/sip/request.h"

#include <inttypes.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/base/text.h"
#include "lab/sip/build.h"

#define LINE 512

static void add_party(RdSipBuild *b, const char *name, RdSlice uri, RdSlice tag) {
  char line[LINE];
  RdText t = rd_text(line, sizeof line);
  rd_text_char(&t, '<');
  rd_text_slice(&t, uri);
  rd_text_char(&t, '>');
  if (tag.at) {
    rd_text_add(&t, ";tag=");
    rd_text_slice(&t, tag);
  }
  rd_sip_add(b, name, rd_slice_of(t.at, t.len));
}

static void add_via(RdSipBuild *b, const RdSipRequest *r, const char *host) {
  const bool tcp = r->local.transport == RD_TCP;
  char line[LINE];
  RdText t = rd_text(line, sizeof line);
  rd_text_add(&t, tcp ? "SIP/2.0/TCP " : "SIP/2.0/UDP ");
  rd_text_add(&t, host);
  rd_text_add(&t, ";branch=");
  rd_text_slice(&t, r->branch);
  rd_text_add(&t, tcp && r->alias ? ";alias" : "");
  rd_sip_add(b, "Via", rd_slice_of(t.at, t.len));
}

static void add_contact(RdSipBuild *b, const RdSipRequest *r, const char *host) {
  char line[LINE];
  RdText t = rd_text(line, sizeof line);
  rd_text_add(&t, "<sip:");
  rd_text_slice(&t, r->contact_user);
  rd_text_char(&t, '@');
  rd_text_add(&t, host);
  rd_text_add(&t, r->local.transport == RD_TCP ? ";transport=tcp>" : ">");
  rd_text_slice(&t, r->contact_more);
  rd_sip_add(b, "Contact", rd_slice_of(t.at, t.len));
}

size_t rd_sip_write(const RdSipRequest *r, char *buffer, size_t cap) {
  char host[RD_ADDRESS_TEXT];
  rd_address_text(&r->local, host);
  RdSipBuild b = rd_sip_request(buffer, cap, r->method, r->uri);
  add_via(&b, r, host);
  rd_sip_add(&b, "Max-Forwards", rd_slice("70"));
  if (r->route.at)
    rd_sip_add(&b, "Route", r->route);
  add_party(&b, "From", r->from_uri, r->from_tag);
  add_party(&b, "To", r->to_uri, r->to_tag);
  rd_sip_add(&b, "Call-ID", r->call_id);
  rd_sip_addf(&b, "CSeq", "%" PRIu32 " %s", r->cseq, r->method);
  if (r->contact_all)
    rd_sip_addf(&b, "Contact", "*");
  else if (r->contact_user.at)
    add_contact(&b, r, host);
  if (r->preferred.at)
    add_party(&b, "P-Preferred-Identity", r->preferred, (RdSlice){0});
  if (r->contact_all)
    rd_sip_addf(&b, "Expires", "0");
  else if (r->expires > 0)
    rd_sip_addf(&b, "Expires", "%" PRIu32, r->expires);
  if (r->authorization.at)
    rd_sip_add(&b, "Authorization", r->authorization);
  rd_text_slice(&b.text, r->more);
  return rd_sip_finish(&b, r->body_type, r->body);
}
