#include <string.h>

#include "lab/drive/sim/world.h"

static void enlist(RdWorld *w, RdParcel *p) {
  p->alive_next = w->parcels;
  p->alive_at = &w->parcels;
  if (p->alive_next)
    p->alive_next->alive_at = &p->alive_next;
  w->parcels = p;
}

RdParcel *rd_parcel_new(RdWorld *w, const void *bytes, size_t len) {
  RdParcel *p = g_malloc(sizeof *p + len);
  memset(p, 0, sizeof *p);
  p->len = len;
  if (len > 0)
    memcpy(p->bytes, bytes, len);
  enlist(w, p);
  return p;
}

void rd_parcel_free(RdParcel *parcel) {
  if (!parcel)
    return;
  *parcel->alive_at = parcel->alive_next;
  if (parcel->alive_next)
    parcel->alive_next->alive_at = parcel->alive_at;
  g_free(parcel->released);
  g_free(parcel);
}

RdParcel *rd_parcel_with(RdWorld *w, RdParcel *parcel, const uint8_t *bytes, size_t len) {
  if (bytes == parcel->bytes)
    return parcel;
  RdParcel *p = g_malloc(sizeof *p + len);
  memcpy(p, parcel, sizeof *p);
  p->len = len;
  if (len > 0)
    memcpy(p->bytes, bytes, len);
  enlist(w, p);
  parcel->released = NULL;
  rd_parcel_free(parcel);
  return p;
}
