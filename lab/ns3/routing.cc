#include "node.h"
#include "word.h"

#include "ns3/net-device.h"

namespace ns3c {

static const uint8_t kUdp = 17, kTcp = 6;

ns3::TypeId Routing::GetTypeId() {
  static ns3::TypeId id =
      ns3::TypeId("ns3c::Routing").SetParent<ns3::Ipv4RoutingProtocol>().AddConstructor<Routing>();
  return id;
}

void Routing::SetIpv4(ns3::Ptr<ns3::Ipv4> ipv4) {
  loopback_ = ns3::Create<ns3::Ipv4Route>();
  loopback_->SetGateway(ns3::Ipv4Address::GetAny());
  loopback_->SetOutputDevice(ipv4->GetNetDevice(0));
}

void Routing::DoDispose() {
  loopback_ = nullptr;
  Ipv4RoutingProtocol::DoDispose();
}

ns3::Ptr<ns3::Ipv4Route> Routing::find(uint32_t ip) const {
  if (node_->own.find(ip))
    return loopback_;
  uint32_t end = node_->routes.find(ip);
  return end ? node_->ends[end - 1]->route : nullptr;
}

ns3::Ptr<ns3::Ipv4Route> Routing::RouteOutput(ns3::Ptr<ns3::Packet>, const ns3::Ipv4Header &header,
                                              ns3::Ptr<ns3::NetDevice>,
                                              ns3::Socket::SocketErrno &sockerr) {
  ns3::Ptr<ns3::Ipv4Route> route = find(header.GetDestination().Get());
  sockerr = route ? ns3::Socket::ERROR_NOTERROR : ns3::Socket::ERROR_NOROUTETOHOST;
  if (route)
    route->SetSource(source_);
  return route;
}

bool Routing::RouteInput(ns3::Ptr<const ns3::Packet> p, const ns3::Ipv4Header &header,
                         ns3::Ptr<const ns3::NetDevice>, UnicastForwardCallback forward,
                         MulticastForwardCallback, LocalDeliverCallback to_ns3, ErrorCallback) {
  uint32_t ip = header.GetDestination().Get();
  if (node_->own.find(ip)) {
    /* Ipv4L3Protocol made this copy for itself and does not look at it again. */
    deliver(node_, ns3::ConstCast<ns3::Packet>(p), header, to_ns3);
    return true;
  }
  uint32_t end = node_->routes.find(ip);
  if (!end)
    report_drop(node_->sim, NS3C_DROP_NO_ROUTE, word_of(*p));
  else if (header.GetTtl() <= 1) /* before ns-3 would answer by ICMP, which the nodes lack */
    report_drop(node_->sim, NS3C_DROP_TTL, word_of(*p));
  else
    forward(node_->ends[end - 1]->route, p, header);
  return true;
}

void deliver(ns3c_node *node, ns3::Ptr<ns3::Packet> packet, const ns3::Ipv4Header &header,
             const Routing::LocalDeliverCallback &to_ns3) {
  ns3::Ipv4Header whole = header;
  if (!header.IsLastFragment() || header.GetFragmentOffset() != 0) {
    packet = node->reassembly.add(packet, header);
    if (!packet)
      return;
    whole.SetFragmentOffset(0);
    whole.SetLastFragment();
    whole.SetPayloadSize(uint16_t(packet->GetSize()));
  }
  if (header.GetProtocol() == kUdp)
    udp_receive(node, packet, whole);
  else if (header.GetProtocol() == kTcp)
    tcp_receive(node, packet, whole, to_ns3);
  else
    report_drop(node->sim, NS3C_DROP_NO_SOCKET, word_of(*packet));
}

} // namespace ns3c
