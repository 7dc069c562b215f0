#include "lab/diameter/edit.h"

#include <string.h>

#include "lab/base/slice.h"
#include "lab/diameter/build.h"
#include "lab/diameter/scan.h"

static const RdEdit *nth(const RdEdit *edits, size_t stride, size_t n) {
  return (const RdEdit *)((const char *)edits + n * stride);
}

static bool sound(const RdEdit *edits, size_t n, size_t stride) {
  for (size_t i = 0; i < n; i++) {
    const RdEdit *e = nth(edits, stride, i);
    if (e->kind > RD_EDIT_REPLACE || rd_avp_by_name(e->name) == RD_AVP_NONE)
      return false;
  }
  return true;
}

/* What the edits before say of an AVP that is there: NULL, it stays. */
static const RdEdit *edit_of(const RdEdit *edits, size_t n, size_t stride, RdAvpId id) {
  for (size_t i = 0; i < n; i++) {
    const RdEdit *e = nth(edits, stride, i);
    if (e->kind != RD_EDIT_ADD && rd_avp_by_name(e->name) == id)
      return e;
  }
  return NULL;
}

static bool is_first(const RdDiameter *m, unsigned at) {
  for (unsigned i = 0; i < at; i++)
    if (rd_avp_id(rd_dia_avp(m, i)) == rd_avp_id(rd_dia_avp(m, at)))
      return false;
  return true;
}

size_t rd_dia_edit(const RdDiameter *m, const RdEdit *edits, size_t n, size_t stride, void *ret,
                   size_t cap) {
  if ((m->defects & (RD_DIA_AVP_SHORT | RD_DIA_AVP_LONG | RD_DIA_TOO_MANY)) ||
      !sound(edits, n, stride))
    return 0;
  const unsigned flags = (m->is_request ? RD_DIA_REQUEST : 0) |
                         (m->is_proxiable ? RD_DIA_PROXIABLE : 0) |
                         (m->is_error ? RD_DIA_ERROR : 0) | (m->is_repeated ? RD_DIA_REPEATED : 0);
  RdDiaBuild b =
      rd_dia_build(ret, cap, flags, m->command, m->application, m->hop_by_hop, m->end_to_end);
  for (unsigned i = 0; i < m->n_avps; i++) {
    const RdAvp *avp = rd_dia_avp(m, i);
    const RdEdit *e = edit_of(edits, n, stride, rd_avp_id(avp));
    if (!e)
      rd_dia_copy(&b, avp);
    else if (e->kind == RD_EDIT_REPLACE && is_first(m, i))
      rd_dia_add(&b, rd_avp_id(avp), e->value);
  }
  for (size_t i = 0; i < n; i++) {
    const RdEdit *e = nth(edits, stride, i);
    const RdAvpId id = rd_avp_by_name(e->name);
    if (e->kind == RD_EDIT_ADD || (e->kind == RD_EDIT_REPLACE && !rd_dia_find(m, id)))
      rd_dia_add(&b, id, e->value);
  }
  return rd_dia_finish(&b);
}
