/* conform.h - holds one part to the contract, alone on a host that is played: what it says of itself, that
 * it bears whatever may arrive, and that it says the same again. */
#pragma once

#include "lab/plugin/loader.h"

#define RD_CONFORM_FAULTS 10 /* how redoubt-conform exits if there are any */

/* Tells each fault once, as one line. A part that crashes takes the process with it. */
typedef struct {
  void (*tell)(void *user, const char *fault);
  void *user;
} RdConformTo;

/* The number of faults. */
unsigned rd_conform(const RdPart *part, const RdConformTo *to);
