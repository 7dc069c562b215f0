#include "node.h"

#include "link.h"

#include "ns3/boolean.h"
#include "ns3/global-value.h"
#include "ns3/traffic-control-layer.h"

using namespace ns3c;

uint32_t ns3c_node::end_number(const ns3c_link *link) const {
  for (size_t i = 0; i < ends.size(); i++) {
    if (ends[i]->link == link)
      return uint32_t(i) + 1;
  }
  return 0;
}

ns3c_node *ns3c_node_new(ns3c_sim *sim, const char *name) {
  if (!sim) {
    refuse("a node needs a simulation");
    return nullptr;
  }
  ns3::GlobalValue::Bind("ChecksumEnabled", ns3::BooleanValue(true));
  auto made = std::make_unique<ns3c_node>(sim);
  made->name = name ? name : "";
  made->node = ns3::CreateObject<ns3::Node>();
  made->ip = ns3::CreateObject<ns3::Ipv4L3Protocol>();
  made->routing = ns3::CreateObject<Routing>(made.get());
  made->node->AggregateObject(ns3::CreateObject<ns3::TrafficControlLayer>());
  made->node->AggregateObject(made->ip);
  made->ip->SetRoutingProtocol(made->routing);
  sim->nodes.push_back(std::move(made));
  return sim->nodes.back().get();
}

/* The end of `link` at `node`, plus one, or 0 with the reason. */
static uint32_t end_at(const ns3c_node *node, const ns3c_link *link) {
  if (!node || !link)
    return refuse("a node and a link are needed");
  uint32_t end = link->a.node == node || link->b.node == node ? node->end_number(link) : 0;
  if (!end)
    refuse("the link does not touch node %s", node->name.c_str());
  return end;
}

bool ns3c_address(ns3c_node *node, ns3c_link *link, const RdAddress *address) {
  uint32_t end = end_at(node, link), ip;
  if (!end || !ip4_of(address, "the node's address", &ip))
    return false;
  if (ip == 0 || ip >= 0xE0000000)
    return refuse("a node's address must be unicast");
  if (node->own.find(ip))
    return refuse("node %s has that address already", node->name.c_str());
  node->own.put(ip, end);
  return true;
}

bool ns3c_route(ns3c_node *node, ns3c_link *link, const RdAddress *prefix, unsigned length) {
  uint32_t end = end_at(node, link), ip;
  if (!end || !ip4_of(prefix, "the route's prefix", &ip))
    return false;
  if (length > 32)
    return refuse("a prefix of %u bits is too long for IPv4", length);
  if (ip & ~prefix_mask(length))
    return refuse("the prefix has bits set beyond its length of %u", length);
  if (!node->routes.add(ip, length, end))
    return refuse("node %s has a route for that prefix already", node->name.c_str());
  return true;
}

void ns3c_drops(ns3c_sim *sim, ns3c_on_drop fn, void *user) {
  if (!sim)
    return;
  sim->on_drop = fn;
  sim->drop_user = user;
}

namespace ns3c {

void report_drop(ns3c_sim *sim, ns3c_drop reason, uint64_t word) {
  if (sim->on_drop)
    sim->on_drop(sim->drop_user, reason, word);
}

} // namespace ns3c
