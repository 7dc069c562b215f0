/* stranger.h - single requests of somebody who keeps no state: floods and probes. On borrowed time.
 *
 * Every request has a Call-ID, branch and From tag of its own, functions of (source, number). */
#pragma once

#include "redoubt/actor.h"

typedef struct {
  RdHost *host;
  const RdActorSetup *setup;
  RdAddress target;
} RdStranger;

/* Finds a node on the first network it is attached to. False, and logged: it is not there. */
bool rd_stranger_aim(RdStranger *s, const char *node);

/* Each sends one request to the target from a source's own address. False: not sent. Users are
 * IMSIs or, beginning with "+", numbers: those get user=phone. */
bool rd_stranger_register(const RdStranger *s, uint64_t source, uint64_t number, const char *imsi,
                          const char *realm);
bool rd_stranger_options(const RdStranger *s, uint64_t source, uint64_t number, const char *caller,
                         const char *callee, const char *realm);
typedef struct {
  const char *caller, *contact, *callee, *realm; /* contact: its user part; a phone's is its IMSI */
} RdStrangerCall;
/* With an SDP offer; a number is dialled as tel:. */
bool rd_stranger_invite(const RdStranger *s, uint64_t source, uint64_t number,
                        const RdStrangerCall *call);

/* The number that the Call-ID of a request spells, and the one that an answer's does. False: no
 * answer, or none to a request of this kind. (An SBC that renames Call-IDs restores them.) */
uint64_t rd_stranger_call(const RdStranger *s, uint64_t source, uint64_t number);
bool rd_stranger_answer(const RdMessage *message, uint64_t *ret_call);
