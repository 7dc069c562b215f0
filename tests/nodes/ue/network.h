/* network.h - an IMS in fifty lines, for tests of phones: registrar and relay in one host that keeps
 * no transactions, under the name of "sbc" at 198.18.0.1. */
#pragma once

#include "lab/subscribers/provision.h"
#include "tests/mock/host.h"

typedef struct {
  /* what it is to do */
  bool deaf; /* hears nothing */
  bool never_content; /* challenges every REGISTER, answered or not */
  bool wrong_mac; /* challenges with a K that is not the subscriber's */
  unsigned refuse_register, refuse_invite; /* answer with this status; 0: do not */
  unsigned refuse_times; /* REGISTERs to refuse; then accept */
  unsigned retry_after; /* of refusals, in seconds; 0: none */
  unsigned lose_acks; /* ACKs to lose */
  unsigned lose_pracks;
  bool lose_byes;
  bool tells_no_number; /* no P-Associated-URI */
  bool mangle; /* spoil some bytes of every other message to a phone */
  uint64_t sqn; /* next one a challenge uses; every subscriber has the same */
  uint32_t expires; /* granted */
  /* what it saw */
  unsigned registers, authenticated, bad_responses, resyncs, invites, acks, cancels, byes, spoiled;
  /* its own */
  uint64_t transmitted;
  MockHost *mock;
  MockHost *phones;
  RdProvision provision;
} Network;

/* A world of phones (an open, started `ue`) and their network, wired with 10 ms each way. */
typedef struct {
  MockWorld *world;
  MockHost *phones;
  Network network;
  void *config; /* of the ue */
  void *self;
} Lab;

extern const RdPlugin redoubt_plugin; /* the ue */

void lab_open(Lab *lab, uint64_t seed, unsigned subscribers, void (*configure)(void *config));
void lab_run(Lab *lab, RdTime until);
void lab_close(Lab *lab);
