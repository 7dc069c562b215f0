/* Diameter: whatever comes, no slice lies outside of it, a stream is cut the same however it arrives, and what
 * is made of a message (an edit, a refusal) can be read again. */
#include <stdlib.h>
#include <string.h>

#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "lab/diameter/edit.h"
#include "lab/diameter/scan.h"
#include "lab/diameter/stateless.h"
#include "lab/diameter/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void within(const uint8_t *data, size_t size, RdSlice s) {
  const char *end = (const char *)data + size;
  if (s.at && (s.at < (const char *)data || s.at > end || s.len > (size_t)(end - s.at)))
    abort();
}

static unsigned walk(const uint8_t *data, size_t size, RdSlice group, unsigned depth) {
  RdDiaWalk w = {.rest = group};
  RdAvp avp;
  unsigned n = 0;
  while (rd_dia_walk(&w, &avp)) {
    within(data, size, avp.data);
    n += 1 + (depth > 0 ? walk(data, size, avp.data, depth - 1) : 0);
  }
  return n;
}

static void look(const uint8_t *data, size_t size, const RdDiameter *d) {
  const RdSlice cut[] = {d->session_id,       d->origin_host,       d->origin_realm,
                         d->destination_host, d->destination_realm, d->user_name};
  for (size_t i = 0; i < sizeof cut / sizeof *cut; i++)
    within(data, size, cut[i]);
  for (unsigned i = 0; i < d->n_avps; i++)
    walk(data, size, rd_dia_avp(d, i)->data, 3);
}

static void change(const RdDiameter *d) {
  static uint8_t room[70000];
  static RdDiaScan again;
  const RdEdit edits[] = {{RD_EDIT_REPLACE, rd_slice("Origin-Host"), rd_slice("x")},
                          {RD_EDIT_REMOVE, rd_slice("User-Name"), {0}},
                          {RD_EDIT_ADD, rd_slice("Public-Identity"), rd_slice("sip:a@b")}};
  size_t len = rd_dia_edit(d, edits, 3, sizeof *edits, room, sizeof room);
  if (len > 0 && (!rd_dia_scan(&again, room, len) || again.dia.user_name.at ||
                  !rd_slice_is(again.dia.origin_host, "x") ||
                  !rd_dia_find(&again.dia, RD_AVP_PUBLIC_IDENTITY)))
    abort();
  len = rd_dia_refuse(d, 3004, room, sizeof room);
  if (len > 0 && (!rd_dia_scan(&again, room, len) || again.dia.is_request ||
                  again.dia.result != 3004 || again.dia.hop_by_hop != d->hop_by_hop))
    abort();
}

static uint64_t feed(const uint8_t *data, size_t size, size_t step) {
  static const uint64_t key[2] = {1, 2};
  RdDiaStream *s = rd_dia_stream_new(4000);
  uint64_t hash = 0;
  bool broken = false;
  for (size_t at = 0; at < size && !broken; at += step) {
    RdSlice one;
    RdDiaCut cut;
    rd_dia_stream_push(s, data + at, size - at < step ? size - at : step);
    while ((cut = rd_dia_stream_pop(s, &one)) == RD_DIA_MESSAGE)
      hash = rd_mix(hash, rd_siphash(key, one.at, one.len));
    broken = cut == RD_DIA_BROKEN;
    if (rd_dia_stream_pending(s) > 4000 + step)
      abort();
  }
  rd_dia_stream_free(s);
  return rd_mix(hash, broken);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static RdDiaScan scan;
  if (size == 0 || size > 10000)
    return 0;
  if (rd_dia_scan(&scan, data, size)) {
    look(data, size, &scan.dia);
    change(&scan.dia);
  }
  const uint64_t whole = feed(data, size, size);
  if (feed(data, size, 1) != whole || feed(data, size, 1 + data[0] % 61) != whole)
    abort();
  return 0;
}
