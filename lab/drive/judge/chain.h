/* chain.h - the defenses that stand at one place, and how their verdicts are carried out.
 *
 * Common to the three drivers (sim, pcap, inline): the same code judges everywhere. The chain
 * knows no clock and no network; the driver does what the result says. */
#pragma once

#include <glib.h>

#include "lab/codec/codec.h"
#include "lab/plugin/loader.h"

/* An opened defense. One instance may stand at several places. */
typedef struct {
  char *name;
  const RdPart *part;
  RdHost *host; /* the driver's */
  void *self;
  unsigned index; /* of the defense in its trial */
} RdJudge;

#define RD_JUDGE_ERROR g_quark_from_static_string("rd-judge")

/* Opens; NULL if the defense refuses: it has said why by host->log. */
RdJudge *rd_judge_new(const char *name, const RdPart *part, const void *config, RdHost *host,
                      const RdPlace *places, unsigned n_places, unsigned index, GError **error);
/* The same, as what `setup` says: one of several members. */
RdJudge *rd_judge_new_member(const char *name, const RdPart *part, const void *config, RdHost *host,
                             const RdDefenseSetup *setup, unsigned index, GError **error);
void rd_judge_free(RdJudge *judge); /* NULL is fine; closes the defense */

typedef enum {
  RD_CHAIN_PASS = 0, /* hand `bytes` on, after `delay` */
  RD_CHAIN_DROP,
  RD_CHAIN_ANSWER, /* drop it, and send `answer` back where it came from */
  RD_CHAIN_HOLD, /* keep a copy; go on from link `next` when released or after `delay` */
  RD_CHAIN_ABSORB /* the ACK of a stateless answer: gone, judged by nobody */
} RdChainOutcome;

typedef struct {
  RdChainOutcome outcome;
  RdJudge *by; /* who decided; NULL for PASS and ABSORB */
  RdVerdict verdict; /* its verdict */
  bool close; /* of a DROP: the connection is to be reset */
  unsigned next; /* link after `by` */
  RdTime delay;
  RdMessage message; /* as it came out, perhaps rewritten; valid until the next judge() */
  const uint8_t *answer;
  size_t answer_len;
} RdChainResult;

/* Called after each verdict, in order; message as that defense saw it. */
typedef void (*RdChainObserver)(void *user, RdJudge *judge, const RdMessage *message,
                                const RdVerdict *verdict);

typedef struct RdChain RdChain;
RdChain *rd_chain_new(const uint64_t stateless_key[2], RdChainObserver observer, void *user);
/* Appends a defense that calls this place `place`. */
void rd_chain_add(RdChain *chain, RdJudge *judge, uint16_t place);
unsigned rd_chain_length(const RdChain *chain);
/* A law: each defense judges a message once, whatever becomes of it. Who has judged more messages here than
 * came; NULL: nobody. */
const RdJudge *rd_chain_overworked(const RdChain *chain, uint64_t *ret_judged, uint64_t *ret_begun);
/* Judges from link `from` on (0 for a fresh message). Ingress goes first to last, egress last to
 * first. message->attachment is set for each link. */
void rd_chain_judge(RdChain *chain, unsigned from, const RdMessage *message, RdChainResult *ret);
/* Carries out a verdict given later (release of a HOLD), as if link `next` - 1 had just given it. */
void rd_chain_resume(RdChain *chain, unsigned next, const RdMessage *message,
                     const RdVerdict *verdict, RdChainResult *ret);
void rd_chain_free(RdChain *chain); /* NULL is fine; judges are the caller's */
