/* services.h - the S-CSCF's application servers: initial filter criteria (TS 24.229 s5.4.3.2, s5.4.3.3, s5.4.1.7). */
#pragma once

#include "nodes/s-cscf/s-cscf.h"

/* The criteria of a profile, shared by all who have the same. */
struct Criteria {
  Services *owner;
  unsigned refs, n;
  uint64_t key[2];
  RdFilterCriteria list[];
};

struct Services {
  Scscf *s;
  RdTable *sets; /* Criteria *, by what they say */
  uint64_t key[2]; /* of tokens */
  struct {
    uint32_t routed, skipped, failed, diverted, told;
  } n;
};
