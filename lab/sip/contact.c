#include "lab/sip/contact.h"

#include "lab/base/slice.h"
#include "lab/sip/scan.h"

static bool is_of(RdSlice uri, const char *user) {
  return uri.len > 4 && rd_slice_starts_nocase(uri, "sip:") &&
         rd_slice_starts_nocase(rd_slice_of(uri.at + 4, uri.len - 4), user);
}

bool rd_sip_contact_expires(const RdSip *sip, const char *user, uint64_t *ret) {
  bool stated = false;
  for (const RdSipHeader *h = rd_sip_first(sip, RD_HDR_CONTACT); h; h = rd_sip_next(sip, h)) {
    RdSlice rest = h->value;
    for (RdSlice one = rd_sip_split(&rest); one.at; one = rd_sip_split(&rest)) {
      RdSlice params, uri = rd_sip_name_addr(one, &params);
      uint64_t n;
      const bool says = rd_slice_uint(rd_sip_param(params, "expires"), &n);
      if (!user) {
        if (says)
          *ret = n;
        return says;
      }
      if (says && is_of(uri, user)) {
        *ret = n;
        stated = true;
      }
    }
  }
  return stated;
}
