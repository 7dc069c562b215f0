#include "lab/drive/world/parcel.h"

#include <string.h>

/* Room for bytes in steps of a power of two, from 512. Longer ones are allocated each for itself. A
 * sanitizer is to see every use after the end, so there nothing is used twice. */
enum { SMALLEST = 512, CLASSES = 5, NO_CLASS = 255 };
#if defined(__SANITIZE_ADDRESS__)
#define REUSES 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define REUSES 0
#endif
#endif
#ifndef REUSES
#define REUSES 1
#endif

struct RdRooms {
  RdParcel *parcels[CLASSES]; /* free */
  RdWork *works;
};

void rd_rooms_new(RdWorld *w) {
  w->rooms = g_new0(struct RdRooms, 1);
}

void rd_rooms_free(RdWorld *w) {
  if (!w->rooms)
    return;
  while (w->works)
    rd_work_free(w->works);
  while (w->parcels)
    rd_parcel_free(w->parcels);
  for (unsigned i = 0; i < CLASSES; i++)
    for (RdParcel *p = w->rooms->parcels[i], *next; p; p = next) {
      next = p->next;
      g_free(p);
    }
  for (RdWork *work = w->rooms->works, *next; work; work = next) {
    next = work->next;
    g_free(work);
  }
  g_free(w->rooms);
}

/* --- parcels ---------------------------------------------------------------------------------- */

static unsigned class_of(size_t len) {
  unsigned i = 0;
  for (size_t room = SMALLEST; room < len && i < CLASSES; room *= 2)
    i++;
  return REUSES && i < CLASSES ? i : NO_CLASS;
}

/* Its bytes are undefined, its other members too, but for those that say where it lives. */
static RdParcel *take(RdWorld *w, size_t len) {
  unsigned room = class_of(len);
  RdParcel *p = room != NO_CLASS ? w->rooms->parcels[room] : NULL;
  if (p)
    w->rooms->parcels[room] = p->next;
  else
    p = g_malloc(sizeof *p + (room == NO_CLASS ? len : (size_t)SMALLEST << room));
  p->room = (uint8_t)room;
  return p;
}

static void enlist(RdWorld *w, RdParcel *p) {
  p->alive_next = w->parcels;
  p->alive_at = &w->parcels;
  if (p->alive_next)
    p->alive_next->alive_at = &p->alive_next;
  w->parcels = p;
}

RdParcel *rd_parcel_new(RdWorld *w, const void *bytes, size_t len) {
  RdParcel *p = take(w, len);
  uint8_t room = p->room;
  memset(p, 0, sizeof *p);
  p->room = room;
  p->count = 1;
  p->len = len;
  if (len > 0)
    memcpy(p->bytes, bytes, len);
  enlist(w, p);
  return p;
}

void rd_parcel_free(RdParcel *p) {
  if (!p)
    return;
  *p->alive_at = p->alive_next;
  if (p->alive_next)
    p->alive_next->alive_at = p->alive_at;
  g_free(p->released);
  struct RdRooms *rooms = p->network ? p->network->world->rooms : NULL;
  if (p->room == NO_CLASS || !rooms) {
    g_free(p);
    return;
  }
  p->next = rooms->parcels[p->room];
  rooms->parcels[p->room] = p;
}

RdParcel *rd_parcel_with(RdParcel *parcel, const uint8_t *bytes, size_t len) {
  RdWorld *w = parcel->network->world;
  if (bytes == parcel->bytes)
    return parcel;
  RdParcel *p = take(w, len);
  uint8_t room = p->room;
  memcpy(p, parcel, sizeof *p);
  p->room = room;
  p->len = len;
  if (len > 0)
    memcpy(p->bytes, bytes, len);
  enlist(w, p);
  parcel->released = NULL;
  rd_parcel_free(parcel);
  return p;
}

RdMessage rd_parcel_message(const RdParcel *p, uint8_t direction, RdView *room) {
  bool in = direction == RD_INGRESS;
  const RdWorldNetwork *net = p->network;
  RdMessage m = {.size = sizeof m,
                 .kind = p->kind,
                 .protocol = p->protocol,
                 .direction = direction,
                 .interface = (uint8_t)net->spec->interface,
                 .attachment = (uint16_t)(in ? p->to_attachment : p->from_attachment),
                 .flags = p->flags,
                 .conn = p->conn,
                 .local = in ? p->destination : p->source,
                 .remote = in ? p->source : p->destination,
                 .entity = in ? p->to_entity : p->from_entity,
                 .network = net->spec->name,
                 .domain = net->spec->domain,
                 .bytes = p->bytes,
                 .len = p->len,
                 .count = p->count > 1 ? p->count : 0,
                 .spacing = p->count > 1 ? p->spacing : 0};
  rd_codec_view(room, &m);
  return m;
}

/* --- work ------------------------------------------------------------------------------------- */

RdWork *rd_work_new(RdWorldActor *actor, RdWorkKind kind, const RdTag *tag) {
  RdWorld *w = actor->world;
  RdWork *work = w->rooms->works;
  if (work)
    w->rooms->works = work->next;
  else
    work = g_new(RdWork, 1);
  *work = (RdWork){.actor = actor, .kind = kind, .tag = *tag};
  work->alive_next = w->works;
  work->alive_at = &w->works;
  if (work->alive_next)
    work->alive_next->alive_at = &work->alive_next;
  w->works = work;
  return work;
}

RdWork *rd_work_message(RdParcel *p, RdWorkKind kind) {
  RdWork *work = rd_work_new(p->to, kind, &p->tag);
  work->parcel = p;
  work->arrived = p->arrived;
  return work;
}

void rd_work_free(RdWork *work) {
  struct RdRooms *rooms = work->actor->world->rooms;
  *work->alive_at = work->alive_next;
  if (work->alive_next)
    work->alive_next->alive_at = work->alive_at;
  rd_parcel_free(work->parcel);
  if (!REUSES) {
    g_free(work);
    return;
  }
  work->next = rooms->works;
  rooms->works = work;
}
