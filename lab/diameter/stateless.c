#include "lab/diameter/stateless.h"

#include "lab/base/slice.h"
#include "lab/diameter/build.h"
#include "lab/diameter/scan.h"

size_t rd_dia_refuse(const RdDiameter *request, uint32_t result, void *ret, size_t cap) {
  if (!request->is_request)
    return 0;
  const unsigned flags =
      (request->is_proxiable ? RD_DIA_PROXIABLE : 0) | (result / 1000 == 3 ? RD_DIA_ERROR : 0);
  RdDiaBuild b = rd_dia_build(ret, cap, flags, request->command, request->application,
                              request->hop_by_hop, request->end_to_end);
  if (request->session_id.at)
    rd_dia_add(&b, RD_AVP_SESSION_ID, request->session_id);
  /* whoever it was for; a peer's own requests name nobody: their answer is from this hop */
  const bool named = request->destination_host.at;
  rd_dia_add(&b, RD_AVP_ORIGIN_HOST,
             named                           ? request->destination_host
             : request->destination_realm.at ? request->destination_realm
                                             : rd_slice("unknown.invalid"));
  rd_dia_add(&b, RD_AVP_ORIGIN_REALM,
             request->destination_realm.at ? request->destination_realm : rd_slice("invalid"));
  rd_dia_add_number(&b, RD_AVP_RESULT_CODE, result);
  for (const RdAvp *p = rd_dia_find(request, RD_AVP_PROXY_INFO); p; p = rd_dia_next(request, p))
    rd_dia_add(&b, RD_AVP_PROXY_INFO, p->data);
  return rd_dia_finish(&b);
}
