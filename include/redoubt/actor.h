/* actor.h - a part that takes part: a node, or an attack. One shape for both.
 *
 * A population is one instance with many entities (a million phones are one actor). */
#pragma once

#include "redoubt/defense.h"
#include "redoubt/evidence.h"
#include "redoubt/host.h"
#include "redoubt/message.h"

/* One network the actor is attached to. */
typedef struct {
  uint32_t size;
  uint8_t interface; /* RdInterface */
  const char *network;
  const char *domain;
  RdAddress first; /* address of entity 0, port 5060 */
} RdAttachment;

/* Valid until close(). */
typedef struct {
  uint32_t size;
  uint32_t n_attachments;
  uint32_t attachment_stride;
  const RdAttachment *attachments;
  uint64_t entities; /* size of the population; 1 for a server */
  RdTime start, stop; /* the trial's, or the attack's own window */
  /* The own address of an entity on an attachment. */
  RdAddress (*address)(RdHost *host, uint16_t attachment, uint64_t entity);
  /* Attacks that stand on the path (a trial's `on:`): the ends of lines that they sit on. */
  uint32_t n_links, link_stride;
  const RdPlace *links;
} RdActorSetup;

typedef struct {
  uint32_t size;
  void *(*open)(RdHost *host, const void *config, const RdActorSetup *setup);
  void (*start)(void *self); /* at setup->start */
  void (*receive)(void *self, const RdMessage *message);
  void (*timer)(void *self, RdTimer timer, uint64_t cookie);
  void (*stop)(void *self); /* at setup->stop; may be NULL. Timers still run; an attack sends no new
                               attack of its own after it */
  void (*close)(void *self);
  /* How many entities this configuration wants; NULL: one. Asked before open(), without a host. */
  uint64_t (*entities)(const void *config);
  /* Is an attacker's claim true, as far as this node knows: 1 yes, 0 no, -1 not mine to say. Asked by
   * the engine for the ledger alone; NULL: never. */
  int (*truth)(void *self, const char *kind, const char *subject);
  /* Attacks only: did it succeed? Judged after the trial from the evidence alone. */
  void (*success)(const RdEvidence *evidence, const void *config, RdSuccess *ret);
  /* Attacks on the path: what crosses link `message->attachment`, either way, within the attack's window.
   * A verdict as a defense gives one (PASS, DROP, DELAY, HOLD, REWRITE; CLOSE resets a connection; REJECT
   * and CHALLENGE only drop: it sends its own answer). Nobody scores it. Of a sealed line it gets
   * RD_SEALED, and what it rewrites there its receiver throws away. */
  void (*intercept)(void *self, const RdMessage *message, RdVerdict *verdict);
  /* Attacks whose file decides (a scenario): the family, and whether it is a benign twin; NULL: the
   * table's. Asked before open(), without a host; the text is constant, or lives as long as config. */
  const char *(*family)(const void *config, bool *ret_benign);
  /* An act from outside (RdPlugin.verbs): `arguments` is the verb's struct, filled. False: refused; reply
   * says why, or what was done (may stay ""). */
  bool (*act)(void *self, uint32_t verb, const void *arguments, char reply[RD_REPLY]);
} RdActorOps;
