/* actor.h - a part that takes part: a node, or an attack. One shape for both.
 *
 * A population is one instance with many entities (a million phones are one actor). */
#pragma once

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
} RdActorOps;
