/* tcp_rows.h - the parameter rows of SIP over TCP, once for every part that speaks it.
 *
 * A part's config holds an RdSipTcp (or a whole RdSipProxyConfig), and names the member here. */
#pragma once

#include "lab/stack/proxy.h"
#include "redoubt/plugin.h"

static const char *const rd_sip_transports[] = {
    [RD_SIP_BY_UDP] = "udp", [RD_SIP_BY_TCP] = "tcp", NULL};

#define RD_SIP_TRANSPORT_ROWS(Config, tcp, whose)                                                  \
  RD_CHOICE(Config, "transport", tcp.transport, "udp", rd_sip_transports, whose),                  \
      RD_PARAM(Config, "alias", RD_BOOL, tcp.alias, "false", 0, 0, "",                             \
               "Asks that requests back come by the connection that it opened (RFC 5923)."),       \
      RD_PARAM(Config, "keep-alive", RD_DURATION, tcp.keep_alive, "0 s", 0, 86400, "s",            \
               "How often a ping goes by each connection that it opened (RFC 5626 s3.5.1); 0: "    \
               "never.")

/* Of servers, whose peers are many. */
#define RD_SIP_TCP_ROWS(Config, tcp)                                                               \
  RD_SIP_TRANSPORT_ROWS(Config, tcp,                                                               \
                        "By what requests go to the next hop, and how this node's own URIs say "   \
                        "it is reached; others go as their URI says."),                            \
      RD_PARAM(Config, "connections", RD_INTEGER, tcp.connections, "100000", 1, 1e7, "",           \
               "TCP connections to peers that are kept at once; past it the one used longest "     \
               "ago is closed.")
