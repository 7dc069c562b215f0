/* world.h - one trial in memory: actors, networks, judges, and the clock they share.
 *
 * Internal to the simulation driver. The files: world.c builds and runs it, actor.c lends actors
 * their host, judge.c lends defenses theirs, cpu.c queues a message for a worker (buffer.c: in how much room), work.c takes it
 * through judges and handler, network.c carries it across, truth.c keeps what is really so, record.c writes captures,
 * verdicts and the trace. */
#pragma once

#include <glib.h>

#include "lab/config/costs.h"
#include "lab/config/trial.h"
#include "lab/drive/host/wheel.h"
#include "lab/drive/judge/chain.h"
#include "lab/drive/sim/buffer.h"
#include "lab/drive/sim/tag.h"
#include "lab/ns3/ns3c.h"
#include "lab/result/ledger.h"
#include "lab/result/result.h"
#include "lab/sip/scan.h"

typedef struct RdWorld RdWorld;
typedef struct RdSimActor RdSimActor;
typedef struct RdSimNetwork RdSimNetwork;
typedef struct RdRecord RdRecord;
typedef struct RdTruthBook RdTruthBook;

/* A message on its way, or waiting in a queue. Freed by whoever has it last. */
typedef struct RdParcel RdParcel;
struct RdParcel {
  RdParcel *next; /* in a queue */
  RdParcel *alive_next, **alive_at; /* all parcels of the world: the trial's end frees them */
  RdSimNetwork *network;
  RdSimActor *from, *to;
  unsigned from_attachment, to_attachment;
  uint64_t from_entity, to_entity;
  RdAddress source, destination;
  RdTag tag;
  RdConn conn;
  RdTime arrived; /* at the receive queue */
  uint64_t order; /* of its arrival, among all of the world */
  uint32_t charge; /* against the buffer it waits in */
  unsigned link; /* chain link to go on from; 0: all */
  uint8_t kind; /* RdMessageKind */
  uint8_t protocol; /* RdProtocol */
  bool judged; /* the chain is done with it */
  RdVerdict *released; /* a HOLD ended by this verdict, owned; NULL: none */
  size_t len;
  uint8_t bytes[];
};

/* Workers that do the same work. */
typedef struct {
  uint32_t workers, busy;
  RdTime window_start, window_busy, last_busy; /* for load(): busy time this second, last second */
} RdSimPool;

/* What waits at one address an actor listens at. */
typedef struct {
  RdSimPool *pool; /* who takes from it; NULL: taken at once */
  RdBuffer *buffer; /* of its socket: its own, or that of the actor's first address */
  RdBuffer own;
  RdParcel *head, *tail;
  uint32_t waiting, peak;
  uint64_t arrived, taken, overflowed;
} RdSimQueue;

/* An actor's attachment of a network. */
typedef struct {
  RdSimNetwork *network;
  RdSimActor *actor;
  unsigned index; /* among the actor's */
  RdLine line;
  uint64_t first; /* entity 0's place in the network's prefix */
  uint64_t *scattered; /* attacks: the place of each entity; NULL: consecutive from `first` */
  RdChain *chain; /* NULL: no defense stands here */
  ns3c_flow *up, *down; /* flow fidelity */
  ns3c_node *node; /* packet fidelity */
  ns3c_link *link;
  int record; /* capture of this interface, -1 none */
  RdSimQueue queue;
} RdSimAttachment;

typedef struct {
  RdCpu spec;
  RdSimPool *pools; /* one for the node, or one a attachment */
  unsigned n_pools; /* 0: infinitely many workers, infinitely fast */
  uint32_t waiting, peak; /* in all queues */
  struct RdWork *urgent_head, *urgent_tail; /* timers and released messages: not from the wire */
  uint64_t served, in_service;
  RdTime busy_time; /* worker-nanoseconds given out */
  RdTime area, area_at; /* integral of messages present, and how far it has been taken */
  RdTime sojourn;
  RdTime in_service_arrivals; /* sum of the arrival times of messages in service */
} RdSimCpu;

/* What a host keeps for the instance it serves. */
typedef struct {
  char *name;
  uint64_t stream;
  GPtrArray *names; /* of counters; index + 1 is the handle */
  GArray *values;
} RdSimCounters;

struct RdSimActor {
  RdHost host; /* first: a host pointer is an actor pointer */
  RdWorld *world;
  const RdPart *part;
  const void *config;
  void *self;
  unsigned index; /* in its own kind */
  bool is_attack;
  uint64_t cause; /* bit of an attack, 0 for a node */
  uint64_t entities;
  RdTime start, stop;
  RdSimAttachment *attachments;
  unsigned n_attachments;
  RdAttachment *told; /* what the part was told of its attachments */
  RdActorSetup setup;
  RdSimCpu cpu;
  RdSimCounters counters;
  uint32_t cost_scan, cost_handle, cost_send, cost_timer;
};

typedef struct {
  RdHost host; /* first */
  RdWorld *world;
  RdJudge *judge;
  const RdTrialDefense *spec;
  RdSimActor **actors; /* of each place */
  RdSimAttachment **attachments;
  RdPlace *places; /* as the defense was told */
  RdSimCounters counters;
  uint32_t cost_judge;
  GHashTable *held; /* ticket -> RdHeld */
  GHashTable *asked; /* branch hash of what it sent itself -> place */
  int record;
} RdSimJudge;

struct RdSimNetwork {
  RdWorld *world;
  const RdNetwork *spec;
  unsigned index;
  GPtrArray *attachments; /* RdSimAttachment * */
  GHashTable *scattered; /* place in the prefix -> RdHolder, for attackers */
  ns3c_node *hub;
  GHashTable *flying; /* packet fidelity: tag -> RdParcel without bytes */
  uint64_t under_way; /* flow fidelity: messages on the wire */
  uint64_t path_stream; /* keys what is lost between the lines */
  RdNetworkCounts counts;
};

/* The work in hand: what every host call is done on behalf of. */
typedef struct {
  RdSimActor *actor; /* NULL: none in hand */
  RdTag tag;
  uint64_t children; /* sends and timers so far */
  const RdSimJudge *own_by; /* who last began something of its own, of which lineage, how many so far */
  uint64_t own_of, own_sends;
  struct {
    uint32_t row, times;
  } spent[8]; /* how often each cost row was spent: keys its draws */
  RdTime cost, cost_seen; /* so far; and when the last judge was done */
  RdParcel *effects, **effects_end; /* leave when the work is done */
} RdContext;

struct RdWorld {
  const RdTrial *trial;
  RdCosts *costs;
  ns3c_sim *sim;
  RdSimActor **actors; /* nodes, then attacks */
  unsigned n_actors;
  RdSimJudge **judges;
  unsigned n_judges;
  RdSimNetwork *networks;
  uint64_t benign_causes;
  RdWheel *wheel;
  RdTime wheel_at; /* when the wheel's ns-3 event is due */
  RdContext context;
  const RdTag *judged; /* of the message before the judges */
  RdSipScan scan_in, scan_out; /* of the message handled, of the message being sent */
  RdSipScan scan_other; /* for a look at anything else: both others may be in use */
  RdResult *result;
  RdLedgerWriter *ledger;
  RdTruthBook *truth;
  RdRecord *record;
  unsigned judged_tapes; /* the record's first tape of what defenses judged */
  uint64_t next_tag;
  uint64_t messages;
  RdParcel *parcels; /* alive */
  struct RdWork *works; /* alive */
  GString *log; /* what parts said, for stderr */
  GHashTable *undeclared; /* operations that parts asked for and do not declare: told once each */
};

/* Where a trial's by-products go. */
typedef struct {
  const char *folder; /* the world's */
  const char *captures; /* --pcap; NULL: none */
  const char *trace; /* --trace; NULL: none */
  bool build_only; /* see whether the world can be built, and do not run it */
} RdOutputs;

/* Builds, runs and writes one world. False: *error says why. */
bool rd_world_run(const RdTrial *trial, const RdOutputs *outputs, GError **error);
#define RD_WORLD_ERROR g_quark_from_static_string("rd-world")

/* --- parcel.c --- */
RdParcel *rd_parcel_new(RdWorld *w, const void *bytes, size_t len);
void rd_parcel_free(RdParcel *parcel);
/* The same parcel with other bytes; the old one is gone. */
RdParcel *rd_parcel_with(RdWorld *w, RdParcel *parcel, const uint8_t *bytes, size_t len);

/* --- cpu.c --- */
void rd_cpu_init(RdSimActor *actor, const RdCpu *spec); /* once its attachments are known */
void rd_cpu_clear(RdSimActor *actor);
void rd_cpu_arrive(RdParcel *parcel);
void rd_cpu_timer(RdSimActor *actor, RdTimer timer, uint64_t cookie, const RdTag *tag);
void rd_cpu_start(RdSimActor *actor); /* the actor's start(), or its stop() when it is over */
void rd_cpu_stop(RdSimActor *actor);
double rd_cpu_load(const RdSimAttachment *attachment);
void rd_cpu_count(RdSimActor *actor, RdNodeCounts *ret); /* and tells the result of each queue */

/* --- work.c --- */
void rd_work_resume(RdParcel *parcel); /* a delayed or released message goes on */
/* Judges and sends on behalf of the work in hand; takes the parcel. */
void rd_work_send(RdParcel *parcel, bool judge);
/* The same for a defense, unjudged: tagged as what it begins itself. */
void rd_work_send_unjudged(RdParcel *parcel, const RdTag *tag);
void rd_work_free_all(RdWorld *w);
void rd_work_spend(RdWorld *w, uint32_t row, uint64_t bytes, uint64_t occupancy);

/* --- actor.c --- */
RdSimActor *rd_sim_actor_new(RdWorld *w, const RdPart *part, const char *name, const void *config,
                             unsigned index, bool is_attack);
bool rd_sim_actor_open(RdSimActor *actor, GError **error);
void rd_sim_actor_free(RdSimActor *actor);
void rd_sim_counters_init(RdSimCounters *c, uint64_t seed, const char *name);
void rd_sim_counters_clear(RdSimCounters *c);
uint32_t rd_sim_counter(RdSimCounters *c, const char *name);
void rd_sim_count(RdSimCounters *c, uint32_t counter, int64_t delta);
void rd_sim_log(RdWorld *w, const char *name, RdLogLevel level, const char *text);
/* The cost row of an operation of a part. One that it does not declare is free, and an error of the
 * part, said once. */
uint32_t rd_sim_operation(RdWorld *w, const RdHost *host, const RdPart *part, const char *name);

/* --- judge.c --- */
RdSimJudge *rd_sim_judge_new(RdWorld *w, unsigned index, GError **error);
void rd_sim_judge_free(RdSimJudge *judge);
void rd_sim_judge_timer(RdSimJudge *judge, RdTimer timer, uint64_t cookie, const RdTag *tag);
void rd_sim_judge_hold(RdSimJudge *judge, const RdChainResult *result, RdParcel *parcel);
/* Is this parcel the answer to something a judge at that attachment sent itself? Then it has had it. */
bool rd_sim_judge_answered(RdSimAttachment *attachment, const RdMessage *message);
void rd_sim_judge_observe(void *user, RdJudge *judge, const RdMessage *message,
                          const RdVerdict *verdict);
uint64_t rd_sim_judge_entries(RdSimJudge *judge, uint64_t *ret_bytes);

/* --- timers (world.c) --- */
RdTimer rd_world_timer(RdWorld *w, RdSimActor *actor, RdSimJudge *judge, RdTime at, uint64_t cookie,
                       const RdTag *tag);

/* --- network.c --- */
/* Gives every entity its address, servers lowest, then populations, attackers scattered among them;
 * of IPv6, all but servers have a /64 each (place.h). */
bool rd_network_number(RdSimNetwork *net, GError **error);
bool rd_network_build(RdSimNetwork *net, GError **error);
RdAddress rd_sim_attachment_address(const RdSimAttachment *attachment, uint64_t entity);
/* The attachment that holds an address, and which of its entities; NULL if nobody does. */
RdSimAttachment *rd_network_find(RdSimNetwork *net, const RdAddress *address, uint64_t *ret_entity);
bool rd_network_holds(const RdSimNetwork *net, const RdAddress *address); /* in its prefix */
/* Puts a parcel on its way; takes it. */
void rd_network_send(RdParcel *parcel);
void rd_network_in_flight(RdSimNetwork *net); /* counts what is still under way at the end */
void rd_network_free(RdSimNetwork *net);

/* --- truth.c --- */
RdTruthBook *rd_truth_new(RdWorld *w, const char *folder, GError **error);
void rd_truth_sent(RdTruthBook *book, const RdParcel *parcel); /* an attack's own message */
/* A message came to where it is handled; sip: its view, NULL if it is none. */
void rd_truth_came(RdTruthBook *book, const RdParcel *parcel, const RdSip *sip);
void rd_truth_claim(RdTruthBook *book, RdSimActor *attack, const RdClaim *claim);
void rd_truth_alert(RdTruthBook *book, RdSimJudge *judge, const RdAlert *alert);
bool rd_truth_close(RdTruthBook *book, GError **error); /* frees book; NULL is fine */

/* --- record.c --- */
RdRecord *rd_record_new(RdWorld *w, const RdOutputs *outputs, GError **error);
void rd_record_message(RdRecord *r, const RdSimAttachment *attachment, const RdParcel *parcel,
                       bool outgoing);
void rd_record_packet(RdRecord *r, const RdSimAttachment *attachment, RdTime at, const uint8_t *ip,
                      size_t len, const RdTag *tag);
void rd_record_verdict(RdRecord *r, RdSimJudge *judge, const RdMessage *message,
                       const RdVerdict *verdict, const RdTag *tag);
void rd_record_trace(RdRecord *r, const char *event, const RdParcel *parcel, const char *detail);
bool rd_record_close(RdRecord *r, GError **error); /* frees r */
