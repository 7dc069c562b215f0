/* player.h - plays a scenario as SIPp would, in a virtual host with any number of sources. On borrowed time.
 *
 * One instance is an RdActor's whole self: sources are its entities, each with an address of its own; calls
 * take turns on them. */
#pragma once

#include "lab/attacker/scenario/scenario.h"
#include "redoubt/actor.h"

/* What SIPp gets on its command line. Borrowed until rd_player_free(). */
typedef struct {
  const RdScenario *scenario;
  const char *const *values; /* of the scope's keys, in their order */
  const char *target; /* the node it calls; "": none, it waits for calls */
  const char *remote; /* "192.0.2.1:5060": where it sends instead; "": to the target */
  const char *service, *username, *password; /* -s, -au, -ap */
  double rate; /* calls a second, of all sources (-r) */
  uint64_t calls; /* as many at most (-m); 0: no end */
  uint64_t at_once; /* calls under way at most (-l), 1 to RD_PLAYER_AT_ONCE */
  bool tcp; /* one connection a source (-t t1) */
  bool retransmit; /* else each message once (-nr) */
  RdTime pause; /* of <pause/> without a length (-d) */
  RdTime recv_timeout; /* of <recv> without one; 0: none (-recv_timeout) */
} RdPlay;
#define RD_PLAYER_AT_ONCE 65536

typedef struct RdPlayer RdPlayer;

/* NULL: refused, and logged why. */
RdPlayer *rd_player_new(RdHost *host, const RdActorSetup *setup, const RdPlay *play);
void rd_player_start(RdPlayer *player);
void rd_player_receive(RdPlayer *player, const RdMessage *message);
void rd_player_timer(RdPlayer *player, RdTimer timer, uint64_t cookie);
void rd_player_stop(RdPlayer *player); /* calls under way end without another message */
void rd_player_free(RdPlayer *player); /* NULL is fine */
