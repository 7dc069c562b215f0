/* p-cscf.h - what the files of the P-CSCF share. */
#pragma once

#include "lab/base/table.h"
#include "lab/stack/next_hop.h"
#include "lab/stack/proxy.h"
#include "nodes/p-cscf/security.h"

/* What becomes of a request of who is not registered. */
typedef enum { UNREGISTERED_REFUSE = 0, UNREGISTERED_PASS } Unregistered;

typedef struct {
  const char *next_hop, *visited_network;
  int64_t bindings;
  bool sec_agree, null_cipher, bind_impi, check_verify, accept_unprotected, believe_integrity;
  int unregistered; /* Unregistered */
  int64_t port_c, port_s;
  RdTime await_auth;
  RdSipProxyConfig proxy;
} PcscfConfig;

/* Who registered from an address, as the 200 to the REGISTER told. */
typedef struct {
  RdTime until;
  char *identities; /* as P-Associated-URI lists them; the first is default */
  const char *service_route; /* behind them; "": none */
} Binding;

/* Sec-agree: agree.c. */
typedef struct {
  Security security;
  RdTable *emergencies; /* address and Call-ID of those let in without an association */
  uint32_t esp; /* cost */
  struct {
    uint32_t none, unprotected, impi, verify, algorithms, keys, emergencies;
  } n;
} Agree;

typedef struct {
  RdHost *host;
  const PcscfConfig *config;
  const RdActorSetup *setup;
  RdCookies cookies;
  RdSipProxy *proxy;
  RdTable *bindings; /* source address and port -> Binding */
  RdNextHop hop;
  uint32_t bound, unbound, refused;
  Agree agree; /* sec-agree; not used without */
} Pcscf;

/* agree.c. Without sec-agree none of them does anything, and requests pass. */
void agree_open(Pcscf *p, const uint64_t key[2]);
void agree_start(Pcscf *p);
void agree_close(Pcscf *p);
/* A phone's request at Gm. PASSES: it is whose it says, its headers of the agreement are taken out. */
typedef enum { AGREE_PASSES, AGREE_ANSWERED, AGREE_EMERGENCY } AgreeOn;
AgreeOn agree_request(Pcscf *p, RdProxyRequest *r);
/* Of a REGISTER, before it goes back to the phone; `granted` seconds, of a 2xx. */
void agree_response(Pcscf *p, RdProxyResponse *r, uint64_t granted);
