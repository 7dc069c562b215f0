/* probe.h - single requests of somebody who keeps no state: floods and probes. On borrowed time.
 *
 * Every request has a Call-ID, branch and From tag of its own, functions of (source, number). */
#pragma once

#include "redoubt/actor.h"
#include "redoubt/message.h"

typedef struct {
  RdConn conn; /* 0: none */
  bool up;
} RdProbeStream;

typedef struct {
  RdHost *host;
  const RdActorSetup *setup;
  RdAddress target;
  RdProbeStream *streams; /* by source; NULL: datagrams */
  uint32_t opened, refused; /* counters */
} RdProbe;

/* Finds a node on the first network it is attached to. False, and logged: it is not there. */
bool rd_probe_aim(RdProbe *s, const char *node);

/* From now on each source speaks over one TCP connection to the target and keeps it; what is due while it
 * has none is not sent. After rd_probe_aim(); rd_probe_hang_up() before the end. */
void rd_probe_dial(RdProbe *s);
void rd_probe_receive(RdProbe *s, const RdMessage *message); /* to be shown what comes */
void rd_probe_hang_up(RdProbe *s);

/* Each sends one request to the target from a source's own address. False: not sent. Users are
 * IMSIs or, beginning with "+", numbers: those get user=phone. */
bool rd_probe_register(const RdProbe *s, uint64_t source, uint64_t number, const char *imsi,
                       const char *realm);
bool rd_probe_options(const RdProbe *s, uint64_t source, uint64_t number, const char *caller,
                      const char *callee, const char *realm);
/* OPTIONS to the target itself, as extension `from` of an office. */
bool rd_probe_ping(const RdProbe *s, uint64_t source, uint64_t number, uint64_t from);
/* Of a dialog that there is not. */
bool rd_probe_bye(const RdProbe *s, uint64_t source, uint64_t number, const char *caller,
                  const char *callee, const char *realm);
/* A response to no request, from an address (family 0: the source's own): a datagram. */
bool rd_probe_response(const RdProbe *s, uint64_t source, uint64_t number, unsigned status,
                       const RdAddress *as);
/* The address of phone i of a population whose phone 0 is at `first`. */
RdAddress rd_address_beside(RdAddress first, uint64_t i);
typedef struct {
  const char *caller, *contact, *callee, *realm; /* contact: its user part; a phone's is its IMSI */
} RdProbeCall;
/* With an SDP offer; a number is dialled as tel:. */
bool rd_probe_invite(const RdProbe *s, uint64_t source, uint64_t number, const RdProbeCall *call);

/* The number that the Call-ID of a request spells, and the one that an answer's does. False: no
 * answer, or none to a request of this kind. (An SBC that renames Call-IDs restores them.) */
uint64_t rd_probe_call(const RdProbe *s, uint64_t source, uint64_t number);
bool rd_probe_answer(const RdMessage *message, uint64_t *ret_call);
