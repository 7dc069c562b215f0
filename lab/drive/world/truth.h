/* truth.h - what is really so: whose an alert's subject is, and which claims hold. No part can see any of it. */
#pragma once

#include "lab/drive/world/types.h"

RdTruthBook *rd_truth_new(RdWorld *w, const char *folder, GError **error);
void rd_truth_sent(RdTruthBook *book, const RdParcel *parcel); /* an attack's own message */
/* A message came to where it is handled; sip: its view, NULL if it is none. */
void rd_truth_came(RdTruthBook *book, const RdParcel *parcel, const RdSip *sip);
void rd_truth_claim(RdTruthBook *book, RdWorldActor *attack, const RdClaim *claim);
void rd_truth_alert(RdTruthBook *book, RdWorldJudge *judge, const RdAlert *alert);
bool rd_truth_close(RdTruthBook *book, GError **error); /* frees book; NULL is fine */
