#include "lab/stack/next_hop.h"

#include "lab/base/address.h"
#include "lab/base/slice.h"

bool rd_next_hop_find(RdNextHop *hop, RdHost *host, const RdActorSetup *setup, const char *name,
                      const char *address) {
  bool found = false;
  *hop = (RdNextHop){.setup = setup};
  if (address && address[0])
    found = rd_address_parse(rd_slice(address), &hop->address);
  for (uint32_t i = 0; i < setup->n_attachments && !found && name && name[0]; i++)
    found = host->resolve(host, (uint16_t)i, name, &hop->address);
  if (found && hop->address.port == 0)
    hop->address.port = 5060;
  const int attachment = found ? host->route(host, &hop->address) : -1;
  if (attachment >= 0) {
    hop->attachment = (uint16_t)attachment;
    return true;
  }
  host->log(host, RD_LOG_ERROR, "next-hop is missing, or on none of the node's networks");
  hop->address = (RdAddress){0};
  hop->attachment = (uint16_t)(setup->n_attachments - 1);
  return false;
}

bool rd_next_hop_is_core(const RdNextHop *hop, uint16_t attachment, const RdAddress *remote) {
  if (attachment != hop->attachment)
    return false;
  if (hop->setup->n_attachments > 1)
    return true;
  /* a connection comes from a port of its own */
  return remote->transport == RD_TCP ? rd_address_same_ip(remote, &hop->address)
                                     : rd_address_equal(remote, &hop->address);
}
