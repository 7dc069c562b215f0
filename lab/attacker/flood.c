#include "lab/attacker/flood.h"

#include <stdlib.h>

#include "lab/attacker/harm.h"
#include "lab/base/memory.h"
#include "lab/base/random.h"

enum { DRAW_KNOWN = 0x666c6f01, DRAW_VICTIM, DRAW_CALLER };

RdFlood *rd_flood_new(RdHost *host, const RdActorSetup *setup, const RdFloodAim *aim, double rate,
                      RdPacePhase phase) {
  RdProvision provision;
  if (!rd_provision_init(&provision, aim->secret, (uint64_t)aim->spread,
                         (uint64_t)aim->subscribers)) {
    host->log(host, RD_LOG_ERROR, "so many subscribers do not fit into ten digits");
    return NULL;
  }
  RdFlood *f = rd_alloc(sizeof *f);
  *f = (RdFlood){
      .aim = aim,
      .probe = {.host = host, .setup = setup},
      .provision = provision,
      .pace = rd_pace_new(host, setup->start, setup->stop, setup->entities, rate, phase, 0),
      .sent = host->counter(host, "sent"),
  };
  return f;
}

void rd_flood_start(void *self) {
  RdFlood *f = self;
  if (!rd_probe_aim(&f->probe, f->aim->target))
    return;
  if (f->aim->transport == RD_SIP_BY_TCP)
    rd_probe_dial(&f->probe);
  rd_pace_start(f->pace);
}

void rd_flood_receive(void *self, const RdMessage *message) {
  rd_probe_receive(&((RdFlood *)self)->probe, message);
}

void rd_flood_stop(void *self) {
  rd_probe_hang_up(&((RdFlood *)self)->probe);
}

void rd_flood_success(const RdEvidence *evidence, const void *config, RdSuccess *ret) {
  rd_harm(evidence, ((const RdFloodAim *)config)->threshold, ret);
}

void rd_flood_close(void *self) {
  RdFlood *f = self;
  rd_probe_hang_up(&f->probe);
  rd_pace_free(f->pace);
  free(f);
}

/* False: it names a subscriber it knows, *ret; true: the number *ret, whoever that may be. */
static bool is_guess(const RdFlood *f, uint64_t source, uint64_t number, uint64_t *ret) {
  RdHost *host = f->probe.host;
  const uint64_t who = host->random(host, source, DRAW_VICTIM, number);
  const bool known = rd_unit(host->random(host, source, DRAW_KNOWN, number)) < f->aim->known;
  *ret = rd_below(who, known ? f->provision.count : RD_MSIN_LIMIT);
  return !known;
}

void rd_flood_victim(const RdFlood *f, uint64_t source, uint64_t number, char imsi[RD_IMSI_TEXT]) {
  uint64_t who;
  if (is_guess(f, source, number, &who))
    rd_provision_guess(who, imsi);
  else
    rd_provision_imsi(&f->provision, who, imsi);
}

void rd_flood_invite(const RdFlood *f, uint64_t source, uint64_t number, uint64_t caller) {
  RdHost *host = f->probe.host;
  char from[RD_NUMBER_TEXT], contact[RD_IMSI_TEXT], to[RD_NUMBER_TEXT];
  const uint64_t bits = host->random(host, source, DRAW_CALLER, caller);
  rd_flood_number(f, source, number, to);
  rd_provision_guess_number(rd_below(bits, RD_MSIN_LIMIT), from);
  rd_provision_guess(rd_below(bits, RD_MSIN_LIMIT), contact);
  const RdProbeCall call = {from, contact, to, f->aim->realm};
  rd_flood_count(f, rd_probe_invite(&f->probe, source, number, &call));
}

void rd_flood_number(const RdFlood *f, uint64_t source, uint64_t number, char ret[RD_NUMBER_TEXT]) {
  uint64_t who;
  if (is_guess(f, source, number, &who))
    rd_provision_guess_number(who, ret);
  else
    rd_provision_number(&f->provision, who, ret);
}

void rd_flood_count(const RdFlood *f, bool sent) {
  if (sent)
    f->probe.host->count(f->probe.host, f->sent, 1);
}
