/* node.h - nodes, links and their ends: ns-3's objects and what the bindings add to them. */
#pragma once

#include "address.h"
#include "reassembly.h"

#include "ns3/error-model.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv4-route.h"
#include "ns3/ipv4-routing-protocol.h"
#include "ns3/node.h"
#include "ns3/point-to-point-net-device.h"

#include <string>
#include <unordered_map>

namespace ns3c {

/* Where a link touches a node. */
struct End {
  ns3c_link *link = nullptr;
  ns3c_node *node = nullptr;
  ns3::Ptr<ns3::PointToPointNetDevice> device;
  ns3::Ptr<ns3::Ipv4Route> route; /* out of this end; shared by all packets */
};

/* What ns-3's IPv4 asks about every packet, answered from hash tables. */
class Routing final : public ns3::Ipv4RoutingProtocol {
public:
  static ns3::TypeId GetTypeId();
  explicit Routing(ns3c_node *node = nullptr) : node_(node) {}

  /* NULL: no route. An own address is reached over the loopback device. */
  ns3::Ptr<ns3::Ipv4Route> find(uint32_t ip) const;
  /* The source that RouteOutput() tells TCP while a connection is being opened. */
  void pin_source(ns3::Ipv4Address source) {
    source_ = source;
  }

  ns3::Ptr<ns3::Ipv4Route> RouteOutput(ns3::Ptr<ns3::Packet> p, const ns3::Ipv4Header &header,
                                       ns3::Ptr<ns3::NetDevice> oif,
                                       ns3::Socket::SocketErrno &sockerr) override;
  bool RouteInput(ns3::Ptr<const ns3::Packet> p, const ns3::Ipv4Header &header,
                  ns3::Ptr<const ns3::NetDevice> idev, UnicastForwardCallback ucb,
                  MulticastForwardCallback mcb, LocalDeliverCallback lcb,
                  ErrorCallback ecb) override;
  void NotifyInterfaceUp(uint32_t) override {}
  void NotifyInterfaceDown(uint32_t) override {}
  void NotifyAddAddress(uint32_t, ns3::Ipv4InterfaceAddress) override {}
  void NotifyRemoveAddress(uint32_t, ns3::Ipv4InterfaceAddress) override {}
  void SetIpv4(ns3::Ptr<ns3::Ipv4> ipv4) override;
  void PrintRoutingTable(ns3::Ptr<ns3::OutputStreamWrapper>, ns3::Time::Unit) const override {}

protected:
  void DoDispose() override;

private:
  ns3c_node *node_;
  ns3::Ptr<ns3::Ipv4Route> loopback_;
  ns3::Ipv4Address source_;
};

struct TcpHost;

struct UdpPort {
  ns3c_on_datagram fn;
  void *user;
};

} // namespace ns3c

struct ns3c_node {
  explicit ns3c_node(ns3c_sim *owner) : sim(owner), reassembly(owner) {}

  ns3c_sim *sim;
  std::string name;
  ns3::Ptr<ns3::Node> node;
  ns3::Ptr<ns3::Ipv4L3Protocol> ip;
  ns3::Ptr<ns3c::Routing> routing;
  std::vector<ns3c::End *> ends;
  /* Values are indices into `ends`, plus one. */
  ns3c::AddressTable own;
  ns3c::PrefixTable routes;
  ns3c::Reassembly reassembly;
  std::unordered_map<uint16_t, ns3c::UdpPort> udp_ports;
  std::shared_ptr<ns3c::TcpHost> tcp; /* NULL until the node takes part in TCP */
  /* Linux keeps such buckets of IP identifications too; ns-3's table of address pairs grows with
   * every forged source. */
  uint16_t identifications[64] = {};

  uint32_t end_number(const ns3c_link *link) const; /* index + 1; 0: not an end of this link */
};

namespace ns3c {

/* A complete datagram for one of the node's own addresses. */
void deliver(ns3c_node *node, ns3::Ptr<ns3::Packet> packet, const ns3::Ipv4Header &header,
             const Routing::LocalDeliverCallback &to_ns3);
void udp_receive(ns3c_node *node, ns3::Ptr<ns3::Packet> packet, const ns3::Ipv4Header &header);
void tcp_receive(ns3c_node *node, ns3::Ptr<ns3::Packet> segment, const ns3::Ipv4Header &header,
                 const Routing::LocalDeliverCallback &to_ns3);

} // namespace ns3c
