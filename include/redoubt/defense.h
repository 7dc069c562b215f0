/* defense.h - a part that judges messages at named places. */
#pragma once

#include "redoubt/host.h"
#include "redoubt/message.h"

typedef enum {
  RD_PASS = 0,
  RD_DROP, /* silently */
  RD_REJECT, /* requests: answer `code`, statelessly; responses and ACK: dropped */
  RD_CHALLENGE, /* requests: answer 401 or 407 (`code`) with `challenge` as the header's value */
  RD_DELAY, /* pass after `delay` */
  RD_HOLD, /* keep it until release(ticket) or `delay` has passed, then `fallback` */
  RD_REWRITE, /* apply `edits`, then pass */
  RD_CLOSE, /* streams: drop it and reset the connection; datagrams: RD_DROP */
  RD_ACTION_COUNT /* as of this version; more may come */
} RdAction;

typedef enum {
  RD_EDIT_REMOVE = 0,
  RD_EDIT_ADD,
  RD_EDIT_REPLACE,
  RD_EDIT_BODY,
  RD_EDIT_URI,
  RD_EDIT_WHOLE
} RdEditKind;

/* One header edit. REMOVE takes out every header of `name`; ADD puts one before the first header
 * of that name, or at the end of the head; REPLACE removes all and adds one; BODY replaces the body
 * and fixes Content-Length; URI replaces the Request-URI; WHOLE replaces all bytes, whatever the protocol,
 * and stands alone. A verdict with edits says edit_stride = sizeof(RdEdit), as the part was compiled. */
typedef struct {
  uint32_t kind; /* RdEditKind */
  RdSlice name;
  RdSlice value;
} RdEdit;
#define RD_EDIT_FIRST_SIZE 40 /* of the first release: no stride is less */

struct RdVerdict {
  uint32_t size;
  uint8_t action; /* RdAction */
  uint8_t fallback; /* RD_HOLD: RD_PASS or RD_DROP */
  uint16_t code; /* RD_REJECT, RD_CHALLENGE: SIP status, Diameter result */
  uint32_t retry_after; /* RD_REJECT: seconds; 0: no such header */
  /* How suspicious, in [0, 1]. Comes in as NaN: not judged. A defense gives one to every message that
   * it looks at, 0 where it found nothing; rates and the ROC are made of those alone. */
  double score;
  const char *classes; /* families of the catalogue, comma-separated; NULL for a pass */
  const char *reason; /* a short constant phrase, "source over rate"; NULL for a pass */
  const char *challenge; /* RD_CHALLENGE; as `edits`, valid until the next call into the defense */
  RdTime delay;
  RdTicket ticket; /* RD_HOLD: set by the defense, non-zero, unique within the instance */
  const RdEdit *edits; /* RD_REWRITE; valid until the next call into the defense */
  uint32_t n_edits;
  /* sizeof(RdEdit), as the part was compiled: set by the part with every RD_REWRITE. It comes in as 0,
   * and less than RdEdit had in its first release is no rewrite. */
  uint32_t edit_stride;
};

/* Where a defense stands: one node's interface. Judged both ways unless the trial says otherwise. */
typedef struct {
  uint32_t size;
  uint8_t interface; /* RdInterface */
  const char *node;
  const char *network;
  const char *domain;
} RdPlace;

typedef struct {
  uint32_t size;
  uint32_t n_places;
  uint32_t place_stride;
  const RdPlace *places;
  /* A trial may set a defense up as members that share no memory (`apart: true`): each instance then has
   * one place, and speaks to the others by report(). */
  uint32_t member, n_members; /* n_members 0: it is one */
} RdDefenseSetup;

/* What judge() gets beside whole messages. A connection is one that came to its node, or that its node
 * made; on RD_OPENED, what refuses a message (DROP, REJECT, CHALLENGE, CLOSE) resets it, all else lets it be. */
typedef enum { RD_WANT_OPENED = 1 << 0, RD_WANT_CLOSED = 1 << 1, RD_WANT_UNFRAMED = 1 << 2 } RdWant;

typedef struct {
  uint32_t size;
  /* `config` is the struct that the part's RdParam rows fill; valid until close(). NULL: refused,
   * the reason was logged as RD_LOG_ERROR. */
  void *(*open)(RdHost *host, const void *config, const RdDefenseSetup *setup);
  /* `verdict` comes in as a PASS that judged nothing (score NaN). Called for RD_DATA in arrival
   * order. */
  void (*judge)(void *self, const RdMessage *message, RdVerdict *verdict);
  /* What comes to a port or a connection of its own, and reports of other members. May be NULL. */
  void (*receive)(void *self, const RdMessage *message);
  /* May be NULL. */
  void (*timer)(void *self, RdTimer timer, uint64_t cookie);
  /* Entries in the tables it keeps per source, session...: for the result's state figure and the
   * cost table's occupancy. May be NULL. */
  uint64_t (*state)(void *self, uint64_t *ret_bytes);
  void (*close)(void *self);
  uint64_t wants; /* RdWant: what judge() gets beside whole messages */
  bool (*act)(void *self, uint32_t verb, const void *arguments,
              char reply[RD_REPLY]); /* as an actor's */
} RdDefenseOps;
