#include "lab/drive/world/ports.h"

/* RFC 6335 s6: the dynamic ports; and the most that one attachment may have open. */
enum { FIRST_DYNAMIC = 49152, LAST_DYNAMIC = 65535, MOST_PORTS = 4096 };

const RdPort *rd_ports_find(const RdWorldAttachment *a, uint8_t transport, uint16_t port) {
  for (guint i = 0; a->ports && i < a->ports->len; i++) {
    const RdPort *p = &g_array_index(a->ports, RdPort, i);
    if (p->port == port && p->transport == transport)
      return p;
  }
  return NULL;
}

uint16_t rd_ports_free(RdWorldAttachment *a, uint8_t transport) {
  for (unsigned tries = 0; tries <= LAST_DYNAMIC - FIRST_DYNAMIC; tries++) {
    if (a->free_port < FIRST_DYNAMIC || a->free_port == LAST_DYNAMIC)
      a->free_port = FIRST_DYNAMIC;
    else
      a->free_port++;
    if (!rd_ports_find(a, transport, a->free_port))
      return a->free_port;
  }
  return 0;
}

uint16_t rd_ports_open(RdWorldAttachment *a, uint8_t transport, uint16_t port, uint8_t protocol,
                       RdWorldJudge *owner) {
  RdPort p = {.transport = transport, .protocol = protocol, .owner = owner};
  if (transport != RD_UDP && (transport != RD_TCP || !rd_codec(protocol)->framer))
    return 0;
  if (!a->ports)
    a->ports = g_array_new(FALSE, FALSE, sizeof(RdPort));
  p.port = port ? port : rd_ports_free(a, transport);
  if (p.port == 0 || a->ports->len >= MOST_PORTS || rd_ports_find(a, transport, p.port))
    return 0;
  if (!a->network->carrier->listen(a, transport, p.port))
    return 0;
  g_array_append_val(a->ports, p);
  return p.port;
}
