/* i-cscf.h - what the files of the I-CSCF share. */
#pragma once

#include <glib.h>

#include "lab/base/table.h"
#include "lab/stack/diameter.h"
#include "lab/stack/proxy.h"
#include "redoubt/plugin.h"

typedef struct {
  const char *hss, *realm, *const *servers;
  RdDiaConfig dia;
  RdSipProxyConfig proxy;
} IcscfConfig;

typedef struct {
  RdHost *host;
  const IcscfConfig *config;
  const RdActorSetup *setup;
  RdCookies cookies;
  RdSipProxy *proxy;
  RdDia *dia;
  RdDiaConfig dia_config;
  RdTable *queries; /* number -> number of the request that waits in the proxy */
  uint64_t serial, key[2];
  struct {
    uint32_t registrations, locations, unknown, refused, hss_silent, no_server;
  } n;
} Icscf;

/* cx.c: asks the HSS about a request (UAR, LIR), which waits; it is forwarded or answered when that has
 * spoken (TS 24.229 s5.3). */
void icscf_authorize(Icscf *i, RdProxyRequest *r);
void icscf_locate(Icscf *i, RdProxyRequest *r);
void icscf_answered(Icscf *i, uint64_t context, RdDiaOutcome outcome, const RdDiameter *answer);
