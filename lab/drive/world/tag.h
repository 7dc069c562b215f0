/* tag.h - where a piece of work comes from: carried beside messages and timers, never inside.
 *
 * causes and depth are the truth (whose doing it is). lineage names the place in the tree of causes:
 * a pure function of the origin's (instance, entity, attempt) and of the path from there, so a draw
 * keyed by it is the same whatever else goes on in the world. */
#pragma once

#include "lab/base/random.h"
#include "lab/result/result.h"

typedef struct {
  uint64_t causes; /* bit i: attack i of the trial */
  uint64_t lineage;
  uint32_t depth; /* 0: an attack's own sending; n: n hops of handling away from one */
} RdTag;

/* The k-th thing that came of work tagged `of`. */
static inline RdTag rd_tag_child(const RdTag *of, uint64_t k) {
  return (RdTag){of->causes, rd_mix(of->lineage, k), of->depth};
}

/* Benign twins are causes too, but what they cause is benign. */
static inline RdTruth rd_tag_truth(const RdTag *tag, uint64_t benign_causes) {
  if ((tag->causes & ~benign_causes) == 0)
    return RD_BENIGN;
  return tag->depth == 0 ? RD_ATTACKED : RD_INDUCED;
}
