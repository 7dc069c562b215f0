/* tas.h - what the files of the telephony application server share. */
#pragma once

#include <glib.h>

#include "lab/base/table.h"
#include "lab/stack/proxy.h"
#include "lab/subscribers/provision.h"
#include "redoubt/plugin.h"

typedef struct {
  const char *subscribers, *secret, *const *services;
  int64_t count, spread, calls, diversions;
  RdTime no_reply;
  RdSipProxyConfig proxy;
} TasConfig;

/* Services of a subscriber, as bits. */
typedef enum {
  TAS_CFU = 1 << 0, /* forwarded: always */
  TAS_CFB = 1 << 1, /* busy */
  TAS_CFNR = 1 << 2, /* not answered */
  TAS_OCB = 1 << 3, /* barred: calls made */
  TAS_ICB = 1 << 4, /* calls got */
  TAS_ACR = 1 << 5, /* anonymous calls got */
  TAS_OIR = 1 << 6, /* its own identity is not shown */
  TAS_OVERRIDE = 1 << 7 /* is shown identities that are not */
} TasService;
#define TAS_FORWARDINGS 3 /* the first ones, which have a target */

typedef struct {
  uint32_t services;
  const char *target[TAS_FORWARDINGS]; /* SIP URI, by number of the forwarding; NULL without it */
} TasSubscriber;

/* One line of the configuration. */
typedef struct {
  uint64_t first, last; /* subscribers' indices */
  uint32_t service;
  unsigned forwarding;
  char target[RD_IDENTITY_TEXT];
} TasRule;

#define TAS_RULES 256

typedef struct {
  RdHost *host;
  const TasConfig *config;
  RdCookies cookies;
  RdSipProxy *proxy;
  RdProvision provision;
  TasRule rules[TAS_RULES];
  unsigned n_rules;
  RdTable *calls; /* Call-ID -> what it costs whom */
  char target[RD_IDENTITY_TEXT + 16]; /* of the request in hand */
  struct {
    uint32_t served, unserved, forwarded, barred, anonymous, restricted, hidden, too_many, told,
        charged;
  } n;
} Tas;

/* services.c: reads the configuration's lines. False: one is none (ret_line). */
bool tas_read(Tas *t, const char **ret_line);
void tas_subscriber(const Tas *t, uint64_t index, TasSubscriber *ret);

/* charging.c: who pays for a call, and for how long. */
typedef enum { TAS_CALLER = 0, TAS_DIVERTER } TasPayer;
void tas_charging_open(Tas *t, const uint64_t key[2]);
/* Somebody will pay for a call, if it is answered. */
void tas_charge(Tas *t, const RdSip *invite, TasPayer as, RdSlice payer, RdSlice callee);
void tas_answered(Tas *t, const RdSip *invite, unsigned status);
void tas_over(Tas *t, const RdSip *bye);
