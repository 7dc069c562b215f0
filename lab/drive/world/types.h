/* types.h - one trial in memory: actors, networks, judges, and the clock they share.
 *
 * Internal to the drivers that run a whole network. Each file knows only those before it:
 *   parcel, ports       messages on their way; who is heard where
 *   cpu                 queues a message for a worker (buffer: in how much room)
 *   filter              rules before a receive queue
 *   network             numbers addresses, and hands messages to a carrier (flow, packet, sockets)
 *   stream              connections: bytes in order, cut into messages
 *   record, truth, facts, secrets   captures and trace; what is really so
 *   work                takes a message through judges and handler
 *   train               many datagrams, sent as one
 *   intercept           attacks that stand on lines
 *   timers, actor, judge   what the world lends parts
 *   acts                what parts are told to do from outside
 *   world               builds all, steps, counts up
 * What goes the other way is a call-back in RdUpward. */
#pragma once

#include <glib.h>
#include <stdio.h>

#include "lab/codec/codec.h"
#include "lab/config/costs.h"
#include "lab/config/trial.h"
#include "lab/drive/host/clock.h"
#include "lab/drive/host/host.h"
#include "lab/drive/host/wheel.h"
#include "lab/drive/judge/chain.h"
#include "lab/drive/judge/hold.h"
#include "lab/drive/world/buffer.h"
#include "lab/drive/world/tag.h"
#include "lab/result/ledger.h"
#include "lab/result/result.h"

#define RD_WORLD_ERROR g_quark_from_static_string("rd-world")

typedef struct RdWorld RdWorld;
typedef struct RdWorldActor RdWorldActor;
typedef struct RdWorldJudge RdWorldJudge;
typedef struct RdWorldNetwork RdWorldNetwork;
typedef struct RdWorldAttachment RdWorldAttachment;
typedef struct RdStream RdStream;
typedef struct RdWork RdWork;
typedef struct RdRecord RdRecord;
typedef struct RdTruthBook RdTruthBook;
typedef struct RdFactBook RdFactBook;
typedef struct RdSecrets RdSecrets;
typedef struct RdReport RdReport;
typedef struct RdFilters RdFilters;

/* A message on its way, or waiting in a queue. Freed by whoever has it last. */
typedef struct RdParcel RdParcel;
struct RdParcel {
  RdParcel *next; /* in a queue */
  RdParcel *alive_next, **alive_at; /* all parcels of the world: the trial's end frees them */
  RdWorldNetwork *network;
  RdWorldActor *from, *to;
  uint16_t from_attachment, to_attachment;
  uint8_t kind; /* RdMessageKind */
  uint8_t protocol; /* RdProtocol: of the port or connection it came to; on its way, the sender's */
  uint8_t flags; /* RdMessageFlag */
  uint8_t room; /* size class of the allocation */
  bool judged; /* the chain is done with it */
  uint64_t from_entity, to_entity;
  RdAddress source, destination;
  RdTag tag;
  RdConn conn; /* the end's that it is at: the sender's, then the receiver's */
  RdWorldJudge *owner; /* whose port or connection it came to; NULL: the actor's */
  RdTime arrived; /* at the receive queue */
  uint64_t count; /* of a train that crosses as one; else 1 */
  RdTime spacing;
  uint64_t order; /* of its arrival, among all of the world */
  uint32_t charge; /* against the buffer it waits in */
  unsigned link; /* chain link to go on from; 0: all */
  RdVerdict *released; /* a HOLD ended by this verdict, owned; NULL: none */
  size_t len;
  uint8_t bytes[];
};

/* Workers that do the same work. */
typedef struct {
  uint32_t workers, busy;
  RdTime window_start, window_busy, last_busy; /* for load(): busy time this second, last second */
} RdWorldPool;

/* What waits at one address an actor listens at. */
typedef struct {
  RdWorldPool *pool; /* who takes from it; NULL: taken at once */
  RdBuffer *buffer; /* of its socket: its own, or that of the actor's first address */
  RdBuffer own;
  RdParcel *head, *tail;
  uint32_t waiting, peak;
  uint64_t arrived, taken, overflowed;
} RdWorldQueue;

/* A port that is open. */
typedef struct {
  uint16_t port;
  uint8_t transport, protocol;
  RdWorldJudge *owner; /* NULL: the actor */
} RdPort;

/* An actor's own end of a network. */
struct RdWorldAttachment {
  RdWorldNetwork *network;
  RdWorldActor *actor;
  unsigned index; /* among the actor's */
  RdLine line;
  uint64_t first; /* entity 0's place in the network's prefix */
  uint64_t *scattered; /* attacks: the place of each entity; NULL: consecutive from `first` */
  RdChain *chain; /* NULL: no defense stands here */
  void *wire; /* the carrier's */
  int record; /* its capture, -1 none */
  GArray *ports; /* RdPort */
  RdFilters *filters; /* NULL: no rule stands here */
  GArray *taps; /* attacks that listen here; NULL: none */
  uint16_t free_port; /* where the search for a free one goes on */
  RdWorldQueue queue;
};

typedef struct {
  RdCpu spec;
  RdWorldPool *pools; /* one for the node, or one an attachment */
  unsigned n_pools; /* 0: infinitely many workers, infinitely fast */
  uint32_t waiting, peak; /* in all queues */
  RdWork *urgent_head, *urgent_tail; /* timers and released messages: not from the wire */
  uint64_t served, in_service;
  RdTime busy_time; /* worker-nanoseconds given out */
  RdTime area, area_at; /* integral of messages present, and how far it has been taken */
  RdTime sojourn;
  RdTime in_service_arrivals; /* sum of the arrival times of messages in service */
} RdWorldCpu;

/* What any part's host begins with. */
typedef struct {
  RdBaseHost base; /* first: a host pointer is one of these */
  RdWorld *world;
  const RdPart *part;
} RdWorldHost;

struct RdWorldActor {
  RdWorldHost host; /* first: a host pointer is an actor pointer */
  RdWorld *world;
  const RdPart *part;
  const void *config;
  void *self;
  unsigned index; /* in its own kind */
  bool is_attack;
  uint64_t cause; /* bit of an attack, 0 for a node */
  uint64_t entities;
  RdTime start, stop;
  RdWorldAttachment *attachments;
  unsigned n_attachments;
  RdAttachment *told; /* what the part was told of its attachments */
  RdActorSetup setup;
  RdWorldCpu cpu;
  RdPlace *links; /* attacks: as the part was told */
  RdHolds *holds; /* attacks that listen on lines */
  uint64_t connections; /* open now, of its own and its judges' */
  uint32_t cost_scan, cost_handle, cost_send, cost_timer;
};

struct RdWorldJudge {
  RdWorldHost host; /* first */
  RdWorld *world;
  RdJudge *judge;
  const RdTrialDefense *spec;
  unsigned member; /* of a defense whose members stand apart */
  unsigned first_place, n_places; /* of the trial's, those that it has */
  uint64_t reports; /* sent to other members: keys what is lost */
  RdWorldActor **actors; /* of each place */
  RdWorldAttachment **attachments;
  RdPlace *places; /* as the defense was told */
  uint32_t cost_judge;
  RdHolds *holds;
};

/* What carries a network's messages. Bytes are the network's once a call has returned. */
typedef struct {
  bool (*join)(RdWorldAttachment *attachment, GError **error);
  /* A port is open on all addresses of the attachment. */
  bool (*listen)(RdWorldAttachment *attachment, uint8_t transport, uint16_t port);
  void (*datagram)(RdParcel *parcel); /* takes it */
  /* Of streams; `wire` is theirs to keep what they need. */
  bool (*connect)(RdStream *stream);
  bool (*write)(RdStream *stream, const uint8_t *bytes, size_t len, const RdTag *tag);
  void (*close)(RdStream *stream); /* what was written before still leaves */
  void (*wake)(RdStream *stream); /* there is room in its window again; NULL: not asked */
  void (*forget)(RdStream *stream); /* frees stream->wire */
  uint64_t (*in_flight)(RdWorldNetwork *net); /* messages under way */
  bool trains; /* it knows parcels that stand for several datagrams */
  void (*leave)(RdWorldAttachment *attachment); /* frees attachment->wire */
  void (*free)(RdWorldNetwork *net);
} RdCarrier;

struct RdWorldNetwork {
  RdWorld *world;
  const RdNetwork *spec;
  unsigned index;
  const RdCarrier *carrier;
  void *wire; /* the carrier's */
  GPtrArray *attachments; /* RdWorldAttachment * */
  GHashTable *scattered; /* place in the prefix -> its holder, for attackers */
  uint64_t path_stream; /* keys what is lost between the lines */
  RdNetworkCounts counts;
  uint64_t kept; /* by attacks on the way: datagrams that have come and are not received */
};

/* The work in hand: what every host call is done on behalf of. */
typedef struct {
  RdWorldActor *actor; /* NULL: none in hand */
  RdTag tag;
  uint64_t children; /* sends and timers so far */
  const RdWorldJudge
      *own_by; /* who last began something of its own, of which lineage, how often so far */
  uint64_t own_of, own_sends;
  struct {
    uint64_t key; /* of an instance and an operation */
    uint32_t times;
  } done[16]; /* how often each was done whose cost is drawn: keys its draws */
  RdTime cost, cost_seen; /* so far; and when the last judge was done */
  RdParcel *effects, **effects_end; /* leave when the work is done */
} RdContext;

/* What lower files tell higher ones. */
typedef struct {
  void (*arrived)(RdParcel *parcel); /* network and stream: it has come; takes it */
  void (*execute)(RdWork *work); /* cpu: a worker has it */
  void (*flush)(RdWork *work); /* cpu: its time is over; takes it */
  void (*resume)(void *parcel); /* judge: a held or delayed message goes on */
  /* network and stream: attacks listen where it leaves or comes. What goes on now; NULL: nothing */
  RdParcel *(*intercept)(RdParcel *parcel, RdWorldAttachment *at);
  void (*crossed)(RdParcel *parcel); /* intercept: what was kept goes on; takes it */
  void (*forget)(RdStream *stream); /* stream: it goes, and what is kept of it */
} RdUpward;

struct RdWorld {
  const RdTrial *trial;
  RdCosts *costs;
  RdClock *clock;
  RdUpward up;
  RdWorldActor **actors; /* nodes, then attacks */
  unsigned n_actors;
  RdWorldJudge **judges;
  unsigned n_judges;
  RdWorldNetwork *networks;
  uint64_t benign_causes;
  RdWheel *wheel;
  void (*fire)(RdWorldActor *actor, RdWorldJudge *judge, RdTimer timer, uint64_t cookie,
               const RdTag *tag);
  RdTime wheel_at; /* when the wheel's event is due */
  RdContext context;
  const RdTag *judged; /* of the message before the judges */
  RdView view_in, view_out; /* of the message handled, of the message being sent */
  RdView view_other; /* for a look at anything else: both others may be in use */
  RdResult *result;
  RdLedgerWriter *ledger;
  RdTruthBook *truth;
  RdFactBook *facts; /* NULL: the books are shut */
  RdSecrets *secrets;
  RdReport *reports; /* under way */
  GHashTable *filters; /* id -> rule */
  uint64_t next_filter;
  struct RdKeptItem *kept; /* by attacks that listen on lines */
  GByteArray *sealed; /* room for what they see of a sealed line */
  RdRecord *record;
  FILE *acts; /* the log of what parts were told to do; NULL: nothing yet */
  char *acts_path;
  unsigned n_acts; /* of the trial's, done so far */
  uint64_t acted; /* in all */
  unsigned judged_tapes; /* the record's first tape of what defenses judged */
  GHashTable *streams; /* RdConn -> RdStream */
  GHashTable *pairs; /* the same by network and addresses: RdStream * */
  RdConn next_conn;
  uint64_t next_word; /* of the packet carrier */
  uint64_t messages;
  RdParcel *parcels; /* alive */
  RdWork *works; /* alive */
  struct RdRooms *rooms; /* freed parcels and works, to be used again */
  GString *log; /* what parts said, for stderr */
  GHashTable *undeclared; /* operations that parts asked for and do not declare: told once each */
};

/* Where a trial's by-products go. */
typedef struct {
  const char *folder; /* the world's */
  const char *captures; /* --pcap; NULL: none */
  const char *trace; /* --trace; NULL: none */
} RdOutputs;

static inline RdTime rd_now(const RdWorld *w) {
  return w->clock->now(w->clock);
}

static inline RdClockEvent rd_at(RdWorld *w, RdTime at, void (*fn)(void *arg), void *arg) {
  return w->clock->at(w->clock, at, fn, arg);
}

/* The name of an actor or a judge. */
static inline const char *rd_actor_name(const RdWorldActor *a) {
  return a->host.base.name;
}
