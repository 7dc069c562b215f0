/* diameter_private.h - what the halves of a Diameter node share. */
#pragma once

#include "lab/stack/diameter.h"
#include "lab/stack/diameter_table.h"

#define RD_DIA_NO_PEER UINT32_MAX

typedef struct {
  RdDia *dia;
  uint8_t state; /* RdPeerState */
  bool used, accepted;
  RdConn conn;
  uint16_t attachment;
  RdAddress address;
  RdTimer timer; /* silence, or the next try */
  char name[RD_DIA_NAME]; /* Origin-Host: expected, or as told in CER */
} RdDiaPeer;

/* A request that waits. Slots are kept, with their room, and used again. */
typedef struct {
  uint64_t context;
  uint32_t hop_by_hop;
  uint32_t peer; /* index; RD_DIA_NO_PEER: none is up */
  RdTimer timer;
  size_t len, cap; /* 0: the slot is free */
  uint8_t *bytes;
  char host[RD_DIA_NAME]; /* Destination-Host; "": any */
} RdDiaWaiting;

struct RdDia {
  RdHost *host;
  const RdActorSetup *setup;
  const RdDiaConfig *config;
  RdDiaOps ops;
  void *user;
  uint32_t application, state_id, end_to_end;
  uint64_t generation; /* of hop-by-hop identifiers */
  RdCookieSpace peer_cookies, waiting_cookies;
  char name[RD_DIA_NAME];
  RdDiaPeer peers[RD_DIA_PEERS + RD_DIA_ACCEPTED]; /* those connected to come first */
  unsigned n_peers;
  RdDiaWaiting *waiting;
  uint32_t n_waiting, cap_waiting, *free_slots, n_free;
  uint32_t cost;
  struct {
    uint32_t impossible, sent, received, timed_out, failed_over, late, unknown_peers, lost, full;
  } n;
  RdDiaScan scan;
  RdDiaBuild build;
  char to[RD_DIA_NAME]; /* of what was begun */
  uint8_t buffer[RD_DIA_LONGEST];
};

/* diameter_peer.c */
void rd_dia_peer_timer(void *block, uint64_t own);
/* A peer that requests may go to, by name or any; RD_DIA_NO_PEER: none is up. */
uint32_t rd_dia_peer_for(const RdDia *dia, const char *host);
bool rd_dia_write(RdDia *dia, const RdDiaPeer *peer, const void *bytes, size_t len);
RdDiaPeer *rd_dia_peer_of(RdDia *dia, RdConn conn);

/* diameter.c: what waits for a peer that went is sent elsewhere; what waits for any is sent there. */
void rd_dia_fail_over(RdDia *dia, uint32_t peer);
void rd_dia_peer_up(RdDia *dia);
void rd_dia_hand_up(RdDia *dia, const RdDiaPeer *peer, const RdDiameter *message);
void rd_dia_waiting_timer(void *block, uint64_t own);
