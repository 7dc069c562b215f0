/* host.h - what the world lends a part: clock, chance, timers, network, ledger.
 *
 * A part never reads a clock, draws a random number, opens a socket, starts a thread or writes a
 * file by itself. All of it comes through the RdHost it was opened with, so the same .so runs in
 * the simulator, over a capture and on real sockets. Every function is called from the one thread
 * that drives the part, and only between open() and close(). */
#pragma once

#include "redoubt/base.h"

typedef struct RdHost RdHost;
typedef struct RdVerdict RdVerdict;

/* What a timer's work, and whatever it sends, will count as. */
typedef enum {
  RD_INHERIT = 0, /* the same cause as the work that armed it: a retransmission, a guard timer */
  RD_NEW = 1 /* a clean cause of its own: a subscriber's own next call, a periodic refresh.
                An attack's timers are always its own: the host ignores RD_NEW there */
} RdCause;

typedef struct {
  uint32_t size;
  uint8_t cause; /* RdCause */
  RdTime at; /* absolute; a time that has passed means "now, after this work". A node with a tick
                hears of it up to one tick early, as servers that count ticks do */
  uint64_t cookie; /* handed back to timer() */
  uint64_t entity; /* whose timer: an index into the population */
  uint64_t attempt; /* RD_NEW: the number of the attempt this begins; keys its random draws */
} RdTimerSpec;

typedef struct {
  uint32_t size;
  uint16_t
      attachment; /* actors: index of the attachment to leave by; defenses: index of the place */
  uint8_t protocol; /* RdProtocol */
  uint64_t entity; /* on whose behalf */
  RdConn conn; /* a stream; 0: a datagram from `local` to `remote` */
  RdAddress local; /* family 0: the entity's own address on that attachment, port 5060 */
  RdAddress remote;
  const uint8_t *bytes;
  size_t len;
  uint64_t
      count; /* datagrams: a train of as many, `spacing` apart, as one event where nothing on the way
                     tells the difference; 0 is 1. At most RD_TRAIN_MOST */
  RdTime spacing;
} RdSend;
#define RD_TRAIN_MOST 65536

/* A port to be heard at, on every own address of the attachment. SIP's UDP 5060 is open from the start for
 * nodes and attacks. A defense's ports are its own, beside its node's: what comes there goes to its
 * receive(). */
typedef struct {
  uint32_t size;
  uint16_t attachment; /* for a defense, of its places */
  uint16_t port; /* 0: any free one */
  uint8_t transport; /* RdTransport: RD_UDP or RD_TCP */
  uint8_t protocol; /* RdProtocol: how bytes that come here are cut and read */
} RdListen;

typedef struct {
  uint32_t size;
  uint16_t attachment; /* for a defense, of its places */
  uint8_t protocol; /* RdProtocol */
  uint64_t entity;
  RdAddress local; /* family 0: the entity's own address; port 0: any free one */
  RdAddress remote; /* transport: RD_TCP */
} RdConnect;

/* A rule that stands before the receive queue (a network card, XDP, a packet filter): it sees addresses,
 * never a message, and costs no worker anything. What it drops is seen by nobody. Of TCP it drops those who
 * would open a connection; one that is open goes on. */
typedef struct {
  uint32_t size;
  uint16_t place; /* for a node, its attachment */
  uint8_t transport; /* RdTransport; 0: any */
  uint8_t bits; /* of source.ip that have to agree; 0: every source */
  RdAddress source; /* port 0: any */
  double rate; /* packets a second; what is above it is dropped. 0: all */
  double burst; /* packets that may come at once; less than 1 is 1 */
  bool each; /* every source address has the rate to itself */
  uint8_t reserved[7]; /* zero */
  RdTime until; /* RD_NEVER: until unfilter() */
} RdFilter;

/* Something that is so, noted by a node: money charged, data handed over, a call heard. The ledger adds
 * the time, and the causes of the work in hand. */
typedef struct {
  uint32_t size;
  const char *kind; /* "charge", "location-given": as a parameter's key is written */
  const char *subject; /* whose: a SIP URI, an account */
  const char *object; /* to whom; NULL: nobody */
  int64_t amount; /* in the kind's own smallest unit, so that sums are exact */
  uint64_t entity;
} RdFact;

/* Bytes that only one trust domain may know: that of the attachment's network. Where they come to another
 * domain in the clear, however spelled (letter case, %XX, backslashes, white space and line folds; of
 * numbers, "-.()" too), the ledger has a fact "leak:KIND" of this subject, whose object is that domain and
 * whose amount is their length. Who listens on a line (RdActorOps.intercept) is of no domain. */
typedef struct {
  uint32_t size;
  uint16_t attachment;
  const char *kind; /* "imsi", "topology" */
  const char *subject;
  RdSlice
      bytes; /* copied; RD_SECRET_SHORTEST to RD_SECRET_LONGEST of them, white space not counted */
} RdSecret;
#define RD_SECRET_SHORTEST 6
#define RD_SECRET_LONGEST 64

/* Whom an alert speaks of. */
typedef enum {
  RD_SUBJECT_NONE = 0, /* the place as a whole: "under attack" */
  RD_SUBJECT_SOURCE, /* an IP address: text form, no port */
  RD_SUBJECT_IDENTITY, /* a SIP URI or user part */
  RD_SUBJECT_SESSION, /* a Call-ID */
  RD_SUBJECT_PEER /* a peer network or node */
} RdSubject;

typedef struct {
  uint32_t size;
  uint8_t subject_kind; /* RdSubject */
  double score; /* in [0, 1]; higher is surer */
  const char *classes; /* families of the catalogue it may be, comma-separated: "dos,acc" */
  const char *subject;
  const char *evidence; /* one line for a human */
} RdAlert;

typedef enum { RD_ATTEMPT_REGISTER = 1, RD_ATTEMPT_CALL = 2, RD_ATTEMPT_MESSAGE = 3 } RdAttemptKind;

/* One attempt of a subscriber, reported by the UE side when it is over (RFC 6076 is measured
 * there). Times are RD_NEVER where a step was not reached. Keyed by (entity, kind, attempt). */
typedef struct {
  uint32_t size;
  uint8_t kind; /* RdAttemptKind */
  uint8_t retries; /* times the subscriber tried again within the attempt */
  uint16_t status; /* final SIP status; 0: none came (timeout) */
  uint64_t entity, attempt;
  uint64_t peer; /* callee's index, or UINT64_MAX */
  RdTime started; /* first request sent */
  RdTime ringing; /* first 18x */
  RdTime answered; /* final response */
  RdTime ended; /* BYE sent or received */
  RdTime closed; /* final response to BYE, or its timeout */
  RdTime left; /* call, its last try: when the caller stopped asking (CANCEL, or silence) before any
                  final response; RD_NEVER: it never did */
  RdTime wanted; /* call answered: how long the caller set out to talk, ns; of a call still up when
                    the trial ends, what it has had. Else 0 */
  RdTime talked; /* call answered: from the 2xx to the first moment that either party was out of it,
                    ns. Less than `wanted`: it was torn down. Else 0 */
} RdAttempt;

/* What an attacker learned or gained, claimed by the attack and checked against the truth outside
 * it. `subject` names what the claim is about ("sip:...", a cell id), `value` is the attacker's
 * belief in [0, 1] that it holds. */
typedef struct {
  uint32_t size;
  const char *kind; /* e.g. "identity-exists" */
  const char *subject;
  double value;
} RdClaim;

#define RD_REPORT_LONGEST 65507

typedef enum { RD_LOG_ERROR = 0, RD_LOG_WARNING, RD_LOG_INFO, RD_LOG_DEBUG } RdLogLevel;

struct RdHost {
  uint32_t size;
  uint32_t reserved;
  const char *name; /* of the instance, as the topology or trial names it */

  RdTime (*now)(RdHost *host);

  /* A uniform 64-bit number that is a pure function of (trial seed, instance name, entity, purpose,
   * index). Asking twice gives the same answer; nobody's asking changes anybody's answer. `index`
   * is the number of the attempt, never a count of draws. `purpose` is any constant of the part. */
  uint64_t (*random)(RdHost *host, uint64_t entity, uint32_t purpose, uint64_t index);

  /* Arms a timer; 0 if the spec is unusable. cancel() of 0 or a fired timer is harmless. */
  RdTimer (*timer)(RdHost *host, const RdTimerSpec *spec);
  void (*cancel)(RdHost *host, RdTimer timer);

  /* Sends bytes (copied before the call returns). False: no such attachment, no route, a closed
   * connection or an over-long datagram; nothing was sent. */
  bool (*send)(RdHost *host, const RdSend *send);

  /* The port one is heard at from now on; 0: taken, or no such attachment. */
  uint16_t (*listen)(RdHost *host, const RdListen *listen);
  /* Opens a stream; the answer comes as RD_OPENED or RD_REFUSED to whoever called. 0: no route, or as
   * many connections as the node may have. */
  RdConn (*connect)(RdHost *host, const RdConnect *connect);
  /* What was sent before still leaves. No RD_CLOSED comes of it; what had been received by then may
   * still be handed over. */
  void (*close)(RdHost *host, RdConn conn);

  /* The address of node `name` as seen over an attachment, with port 5060: the lab's DNS. */
  bool (*resolve)(RdHost *host, uint16_t attachment, const char *name, RdAddress *ret);

  /* The index of the own attachment that leads to an address; -1 if none does. */
  int (*route)(RdHost *host, const RdAddress *remote);

  /* Load of the node at a place, in [0, 1]: the fuller of its workers (busy share over the last
   * second) and its receive queue. For overload control. */
  double (*load)(RdHost *host, uint16_t place);

  /* Ends a HOLD of this defense with a verdict. False: the ticket is not held any more. */
  bool (*release)(RdHost *host, RdTicket ticket, const RdVerdict *verdict);

  void (*alert)(RdHost *host, const RdAlert *alert);

  /* Named counters of an instance, shown in results. counter() once at open, count() ever after.
   * At most 64 an instance; 0 is returned, and ignored by count(), past that. */
  uint32_t (*counter)(RdHost *host, const char *name);
  void (*count)(RdHost *host, uint32_t counter, int64_t delta);

  void (*log)(RdHost *host, RdLogLevel level, const char *text);

  /* Adds the modelled cost of an operation of the cost table ("digest-verify", "table-insert") to
   * the work in hand, never replaces it. `bytes` and `occupancy` (entries in the table touched)
   * scale it as the cost table says. operation() once at open: 0 (free) when the table has no such
   * row for this part or for "*". */
  uint32_t (*operation)(RdHost *host, const char *name);
  void (*spend)(RdHost *host, uint32_t operation, uint32_t bytes, uint32_t occupancy);

  /* To the ledger: what a subscriber's attempt came to, and what an attacker claims to know. */
  void (*attempt)(RdHost *host, const RdAttempt *attempt);
  void (*claim)(RdHost *host, const RdClaim *claim);

  /* Unix time, in seconds, of now() == 0: as the trial says, or the capture, or the machine. For Date, iat,
   * certificates; never for chance. */
  int64_t epoch;

  /* To the ledger, by nodes alone: others are not heard. secret() is false if it is no secret (too short,
   * too long), or if there is no room for more. */
  void (*fact)(RdHost *host, const RdFact *fact);
  bool (*secret)(RdHost *host, const RdSecret *secret);

  /* Nodes and defenses: puts a rule before the queue; 0: no room, or this driver has none. unfilter() takes
   * it away and says how many packets it has dropped (ret may be NULL; with `keep` it only says); false:
   * there is no such rule any more. */
  uint64_t (*filter)(RdHost *host, const RdFilter *filter);
  bool (*unfilter)(RdHost *host, uint64_t filter, bool keep, uint64_t *ret_dropped);

  /* Defenses: to another member of the same (RdDefenseSetup.member), as RD_REPORT at its receive(), after
   * the trial's delay, or lost. At most RD_REPORT_LONGEST octets. False: no such member. */
  bool (*report)(RdHost *host, uint32_t member, const void *bytes, size_t len);
};
