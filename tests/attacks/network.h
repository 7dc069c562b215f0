/* network.h - the network that an attack's accounts register at and call through: a registrar that challenges
 * by AKA, and one far side for all calls. */
#pragma once

#include "tests/attacks/bench.h"

typedef struct {
  unsigned done; /* messages of the attack looked at */
  unsigned status; /* what an INVITE is answered after 180; 0: it rings on */
  RdTime rings; /* how long before */
  unsigned registers, invites, acks, byes, cancels;
} FakeNetwork;

/* Runs to `until`, answering what the attack sends. Whose an INVITE is, and to whom, the test reads from
 * mock_sent(). */
void network_run(FakeNetwork *network, Bench *bench, RdTime until);
/* An INVITE (or another request) from the network to account `entity`, and the last answer to it. */
void network_ask(Bench *bench, uint64_t entity, const char *method, const char *call_id);
unsigned network_answer(const Bench *bench, const char *call_id); /* 0: none */
