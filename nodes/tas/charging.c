/* charging.c - what a call costs is counted here, where all of it comes by: seconds begun, from the 2xx that goes
 * back to the BYE that comes by, for who makes a call and for who forwards one. Facts of the ledger; money
 * is a rate table's. */
#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "nodes/tas/tas.h"

#define LEGS 6 /* a call that is forwarded more often is charged so often */

typedef struct {
  char payer[RD_IDENTITY_TEXT], callee[RD_IDENTITY_TEXT];
} Leg;

typedef struct {
  RdTime answered; /* 0: not yet */
  unsigned n;
  Leg *legs;
} TasCall;

static void call_gone(void *value) {
  g_free(((TasCall *)value)->legs);
}

void tas_charging_open(Tas *t, const uint64_t key[2]) {
  t->calls = rd_table_new((uint32_t)t->config->calls, sizeof(TasCall), key, NULL, NULL);
  rd_table_own(t->calls, call_gone);
}

/* A try after another is of the same payer: the last callee counts. */
void tas_charge(Tas *t, const RdSip *invite, TasPayer as, RdSlice payer, RdSlice callee) {
  TasCall *c = rd_table_put(t->calls, invite->call_id.at, invite->call_id.len, NULL);
  unsigned i = 0;
  while (i < c->n && !rd_slice_is(payer, c->legs[i].payer))
    i++;
  if (i == LEGS || payer.len >= RD_IDENTITY_TEXT)
    return;
  if (as == TAS_CALLER && c->answered == 0)
    i = c->n = 0; /* a new call of an old name begins anew */
  if (i == c->n)
    c->legs = g_renew(Leg, c->legs, ++c->n);
  rd_slice_copy(payer, c->legs[i].payer, RD_IDENTITY_TEXT);
  rd_slice_copy(callee, c->legs[i].callee, RD_IDENTITY_TEXT);
}

void tas_answered(Tas *t, const RdSip *invite, unsigned status) {
  TasCall *c = rd_table_get(t->calls, invite->call_id.at, invite->call_id.len);
  if (!c || c->answered)
    return;
  if (status < 300)
    c->answered = t->host->now(t->host);
  else
    rd_table_remove(t->calls, invite->call_id.at, invite->call_id.len);
}

void tas_over(Tas *t, const RdSip *bye) {
  const TasCall *c = rd_table_get(t->calls, bye->call_id.at, bye->call_id.len);
  if (!c || !c->answered) /* the other leg of it has told already */
    return;
  for (unsigned i = 0; i < c->n; i++) {
    const RdTime talked = t->host->now(t->host) - c->answered;
    const RdFact fact = {.size = sizeof fact,
                         .kind = "call-seconds",
                         .subject = c->legs[i].payer,
                         .object = c->legs[i].callee,
                         .amount = (talked + RD_SECOND - 1) / RD_SECOND};
    t->host->fact(t->host, &fact);
    t->host->count(t->host, t->n.charged, 1);
  }
  rd_table_remove(t->calls, bye->call_id.at, bye->call_id.len);
}
