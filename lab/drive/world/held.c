#include "lab/drive/world/held.h"

/* Has a message go on under a verdict, after whatever is in hand. */
static void resume_under(RdWorld *w, RdParcel *p, const RdVerdict *verdict) {
  g_free(p->released); /* of an earlier defense that held it */
  p->released = rd_verdict_keep(verdict);
  rd_at(w, rd_now(w), w->up.resume, p);
}

bool rd_held_release(RdWorldJudge *judge, RdTicket ticket, const RdVerdict *given) {
  RdWorld *w = judge->world;
  RdHeld *held = rd_holds_find(judge->holds, ticket);
  if (!held)
    return false;
  RdParcel *p = held->message;
  RdMessage m = rd_parcel_message(p, p->to ? RD_INGRESS : RD_EGRESS, &w->view_other);
  RdVerdict v;
  char *bytes;
  size_t len;
  if (!rd_hold_release(given, &m, &v, &bytes, &len))
    return false;
  w->clock->cancel(w->clock, held->event);
  rd_holds_remove(judge->holds, held);
  if (bytes)
    p = rd_parcel_with(p, (const uint8_t *)bytes, len);
  g_free(bytes);
  resume_under(w, p, &v);
  return true;
}

static void deadline(void *arg) {
  RdHeld *held = arg;
  RdWorldJudge *judge = held->user;
  RdVerdict v = rd_hold_fallback(held->fallback);
  rd_held_release(judge, held->ticket, &v);
}

void rd_held_put(RdWorldJudge *judge, const RdChainResult *r, RdParcel *parcel) {
  RdWorld *w = judge->world;
  RdParcel *p = rd_parcel_with(parcel, r->message.bytes, r->message.len);
  p->link = r->next;
  RdHeld *held = rd_holds_put(judge->holds, &r->verdict, p, rd_now(w) + r->delay);
  if (!held) {
    RdVerdict v = rd_hold_fallback(r->verdict.fallback);
    resume_under(w, p, &v);
    return;
  }
  held->user = judge;
  held->event = rd_at(w, held->deadline, deadline, held);
}
