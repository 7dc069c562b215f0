/* diameter.h - a Diameter node: its peers, and the requests that wait for their answers (RFC 6733).
 *
 * On borrowed time: everything goes through the RdHost. Connections are TCP to port 3868; capabilities are
 * exchanged, the watchdog of RFC 3539 runs, a peer that falls silent or goes is failed over, with the T bit
 * set (s5.5.4), to the next one in order; while none is up, requests wait for one as long as they may wait
 * for an answer. There is no relaying. */
#pragma once

#include "lab/diameter/build.h"
#include "lab/diameter/scan.h"
#include "lab/stack/cookies.h"
#include "redoubt/actor.h"
#include "redoubt/plugin.h"

#define RD_DIA_PEERS 8 /* that a node connects to */
#define RD_DIA_ACCEPTED 64 /* that may have connected to it at once */
#define RD_DIA_NAME 128 /* room for a DiameterIdentity and its NUL */
#define RD_DIA_LONGEST 16384 /* octets of a message that is sent */

typedef struct RdDia RdDia;

typedef enum {
  RD_DIA_ANSWERED = 0,
  RD_DIA_TIMED_OUT /* no answer, or no peer, for `timeout` */
} RdDiaOutcome;

/* Where an answer goes; may be kept. */
typedef struct {
  RdConn conn;
  uint32_t command, application, hop_by_hop, end_to_end;
  bool is_proxiable;
  char session[RD_DIA_NAME]; /* Session-Id; "": none */
} RdDiaReply;

typedef struct {
  /* A request of a peer that is open; answered by rd_dia_answer(), now or later. */
  void (*request)(void *user, const RdDiaReply *reply, const RdDiameter *request);
  /* What became of a request, `context` as given to rd_dia_send(). `answer` is NULL but when ANSWERED.
   * NULL if none is ever sent. */
  void (*answer)(void *user, uint64_t context, RdDiaOutcome outcome, const RdDiameter *answer);
} RdDiaOps;

typedef struct {
  const char *realm;
  const char *const
      *accept; /* RD_LIST: names of nodes of the own realm that may connect; "*": anybody */
  RdTime watchdog, reconnect, timeout;
  int64_t pending; /* requests that may wait at once */
} RdDiaConfig;

/* Parameter rows of a part whose config holds an RdDiaConfig. */
#define RD_DIA_ROWS(Config, dia)                                                                   \
  RD_PARAM(Config, "diameter-timeout", RD_DURATION, dia.timeout, "5 s", 0.1, 600, "s",             \
           "How long a Diameter request waits for its answer, or for a peer."),                    \
      RD_PARAM(Config, "diameter-watchdog", RD_DURATION, dia.watchdog, "30 s", 1, 3600, "s",       \
               "Silence after which a Diameter peer is asked whether it lives (Tw, RFC 3539)."),   \
      RD_PARAM(Config, "diameter-reconnect", RD_DURATION, dia.reconnect, "30 s", 1, 3600, "s",     \
               "How long before a lost Diameter peer is connected to again (Tc, RFC 6733 s2.1)."), \
      RD_PARAM(Config, "diameter-pending", RD_INTEGER, dia.pending, "20000", 1, 1e6, "",           \
               "Diameter requests that may wait at once; past it they fail at once.")
#define RD_DIA_ACCEPT_ROW(Config, dia)                                                             \
  RD_PARAM(Config, "accept", RD_LIST, dia.accept, "", 0, 0, "",                                    \
           "Nodes of the own realm that may connect by Diameter; others are answered 3010 and "    \
           "closed. \"*\" is anybody, of any realm.")
#define RD_DIA_COSTS                                                                               \
  { .operation = "diameter-message", .help = "A Diameter message read or written." }

/* One application beside the base. `setup` and `config` are borrowed for life. Claims two blocks of
 * cookies. */
RdDia *rd_dia_new(RdHost *host, const RdActorSetup *setup, RdCookies *cookies,
                  const RdDiaConfig *config, uint32_t application, const RdDiaOps *ops, void *user);
void rd_dia_free(RdDia *dia); /* NULL is fine */
/* "hss.ims...": how a node of a realm is named in Diameter. */
void rd_dia_name(const char *node, const char *realm, char ret[RD_DIA_NAME]);

/* Hears peers at TCP 3868 of every attachment. */
void rd_dia_listen(RdDia *dia);
/* Connects to a node of the own realm; the first that was added is the first to be asked. From start() on.
 * False: no network of ours leads there, or too many. */
bool rd_dia_connect(RdDia *dia, const char *node);
/* The part's receive(): false if the message is none of Diameter. */
bool rd_dia_receive(RdDia *dia, const RdMessage *message);

/* Begins a request: header, Session-Id (made of `session`, which should be a keyed function of what it is
 * about), Vendor-Specific-Application-Id, Auth-Session-State, origin and destination. `host` is its
 * Destination-Host, be it a peer that connected here (RTR, PPR); absent: whoever serves the realm. The caller adds the rest. */
RdDiaBuild *rd_dia_begin(RdDia *dia, uint32_t command, uint64_t session, RdSlice host);
/* Sends what was begun; its answer or its end comes to answer(), never from within. False: it is too long, or
 * too many wait; it will not be heard of again. */
bool rd_dia_send(RdDia *dia, uint64_t context);

/* Begins an answer with a Result-Code, or where `experimental` with an Experimental-Result of 3GPP. */
RdDiaBuild *rd_dia_begin_answer(RdDia *dia, const RdDiaReply *reply, uint32_t result,
                                bool experimental);
bool rd_dia_answer(RdDia *dia, const RdDiaReply *reply); /* false: too long, or the peer has gone */
uint32_t rd_dia_pending(const RdDia *dia);
