/* hss.h - what the files of the HSS share. */
#pragma once

#include "lab/stack/diameter.h"
#include "nodes/hss/database.h"
#include "redoubt/actor.h"

typedef struct {
  const char *subscribers, *secret, *realm, *const *visited, *const *servers;
  const char *application_server;
  int default_handling; /* 1: without the server there is no session */
  int64_t count, spread, vectors, capability;
  bool pin_server;
  RdDiaConfig dia;
} HssConfig;

typedef struct {
  RdHost *host;
  const HssConfig *config;
  RdCookies cookies;
  RdDia *dia;
  RdDiaConfig dia_config;
  HssDatabase *database;
  uint64_t key[2]; /* of RAND */
  struct {
    uint32_t lookup, write, vector;
  } cost;
  struct {
    uint32_t authorizations, vectors, assignments, locations, unknown, mismatched, resynchronised;
    uint32_t false_resynchronisations, stolen, roaming_refused, terminated, pushed;
  } n;
} Hss;

/* hss.c: what the S-CSCF of a subscriber is handed. */
void hss_subscription(const Hss *hss, uint64_t index, RdProfile *ret);
/* cx.c: answers a request of Cx (TS 29.228 s6). */
void hss_cx(Hss *hss, const RdDiaReply *reply, const RdDiameter *request);
/* The answer to one of ours (RTR, PPR). */
void hss_cx_answer(Hss *hss, uint64_t context, RdDiaOutcome outcome, const RdDiameter *answer);
/* Network-initiated de-registration (RTR). False: nobody serves that subscriber. */
bool hss_terminate(Hss *hss, uint64_t index, uint32_t reason, const char *info);
/* Sends the profile again (PPR). False: nobody serves that subscriber. */
bool hss_push(Hss *hss, uint64_t index);
