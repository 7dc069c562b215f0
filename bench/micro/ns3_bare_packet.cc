#include "bench/micro/ns3_bare.h"

#include "bench/micro/ns3_bare_clock.h"

#include "ns3/boolean.h"
#include "ns3/drop-tail-queue.h"
#include "ns3/global-value.h"
#include "ns3/inet-socket-address.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv4-route.h"
#include "ns3/ipv4-routing-protocol.h"
#include "ns3/node.h"
#include "ns3/packet.h"
#include "ns3/point-to-point-channel.h"
#include "ns3/point-to-point-net-device.h"
#include "ns3/simulator.h"
#include "ns3/traffic-control-layer.h"
#include "ns3/udp-l4-protocol.h"
#include "ns3/udp-socket-factory.h"

#include <memory>
#include <unordered_map>
#include <vector>

using namespace ns3;

namespace {

/* The usual cure for ns-3's slow routing: next hops in a hash table. */
class HashRouting : public Ipv4RoutingProtocol {
public:
  static TypeId GetTypeId() {
    static TypeId id =
        TypeId("bench::HashRouting").SetParent<Ipv4RoutingProtocol>().AddConstructor<HashRouting>();
    return id;
  }
  std::unordered_map<uint32_t, Ptr<Ipv4Route>> routes;
  Ptr<Ipv4Route> fallback;
  uint32_t own = 0;

  Ptr<Ipv4Route> Find(uint32_t ip) const {
    auto at = routes.find(ip);
    return at == routes.end() ? fallback : at->second;
  }
  Ptr<Ipv4Route> RouteOutput(Ptr<Packet>, const Ipv4Header &header, Ptr<NetDevice>,
                             Socket::SocketErrno &error) override {
    Ptr<Ipv4Route> route = Find(header.GetDestination().Get());
    error = route ? Socket::ERROR_NOTERROR : Socket::ERROR_NOROUTETOHOST;
    return route;
  }
  bool RouteInput(Ptr<const Packet> p, const Ipv4Header &header, Ptr<const NetDevice> device,
                  UnicastForwardCallback forward, MulticastForwardCallback,
                  LocalDeliverCallback deliver, ErrorCallback) override {
    if (header.GetDestination().Get() == own) {
      deliver(p, header, uint32_t(ipv4_->GetInterfaceForDevice(device)));
      return true;
    }
    Ptr<Ipv4Route> route = Find(header.GetDestination().Get());
    if (!route)
      return false;
    forward(route, p, header);
    return true;
  }
  void NotifyInterfaceUp(uint32_t) override {}
  void NotifyInterfaceDown(uint32_t) override {}
  void NotifyAddAddress(uint32_t, Ipv4InterfaceAddress) override {}
  void NotifyRemoveAddress(uint32_t, Ipv4InterfaceAddress) override {}
  void SetIpv4(Ptr<Ipv4> ipv4) override {
    ipv4_ = ipv4;
  }
  void PrintRoutingTable(Ptr<OutputStreamWrapper>, Time::Unit) const override {}

private:
  Ptr<Ipv4> ipv4_;
};

struct Host {
  Ptr<Node> node;
  Ptr<Ipv4L3Protocol> ip;
  Ptr<HashRouting> routing;
  Ptr<Socket> socket;
};

struct Star {
  Host hub, server;
  std::vector<Host> leaves;
  unsigned long messages, done = 0;
  uint8_t bytes[NS3_BENCH_BYTES] = {}, scratch[2048];
};

Star *star;
const uint32_t kServer = 0x0AFFFF01;

Host MakeHost() {
  Host host;
  host.node = CreateObject<Node>();
  host.ip = CreateObject<Ipv4L3Protocol>();
  host.routing = CreateObject<HashRouting>();
  host.node->AggregateObject(CreateObject<TrafficControlLayer>());
  host.node->AggregateObject(host.ip);
  host.ip->SetRoutingProtocol(host.routing);
  host.node->AggregateObject(CreateObject<UdpL4Protocol>());
  return host;
}

Ptr<Ipv4Route> MakeEnd(Host &host, Ptr<PointToPointChannel> channel, uint32_t ip) {
  auto device = CreateObject<PointToPointNetDevice>();
  device->SetAddress(Mac48Address::Allocate());
  device->SetDataRate(DataRate(1000000000));
  auto queue = CreateObject<DropTailQueue<Packet>>();
  queue->SetMaxSize(QueueSize(QueueSizeUnit::PACKETS, 1000));
  device->SetQueue(queue);
  host.node->AddDevice(device);
  device->Attach(channel);
  uint32_t interface = host.ip->AddInterface(device);
  host.ip->AddAddress(interface, Ipv4InterfaceAddress(Ipv4Address(ip), Ipv4Mask(0xfffffff0)));
  host.ip->SetUp(interface);
  auto route = Create<Ipv4Route>();
  route->SetGateway(Ipv4Address::GetAny());
  route->SetSource(Ipv4Address(ip));
  route->SetOutputDevice(device);
  return route;
}

void Attach(Host &host, uint32_t ip) {
  auto channel = CreateObject<PointToPointChannel>();
  channel->SetAttribute("Delay", TimeValue(MilliSeconds(1)));
  host.routing->own = ip;
  host.routing->fallback = MakeEnd(host, channel, ip);
  star->hub.routing->routes[ip] = MakeEnd(star->hub, channel, ip + 1);
  host.socket = Socket::CreateSocket(host.node, UdpSocketFactory::GetTypeId());
  host.socket->Bind(InetSocketAddress(Ipv4Address(ip), NS3_BENCH_PORT));
}

void CountOne() {
  if (++star->done == star->messages)
    Simulator::Stop();
}

void Ask(Host *leaf) {
  leaf->socket->SendTo(Create<Packet>(star->bytes, NS3_BENCH_BYTES), 0,
                       InetSocketAddress(Ipv4Address(kServer), NS3_BENCH_PORT));
}

void Asked(Ptr<Socket> socket) {
  Address from;
  while (Ptr<Packet> packet = socket->RecvFrom(from)) {
    CountOne();
    uint32_t len = packet->CopyData(star->scratch, sizeof star->scratch);
    socket->SendTo(Create<Packet>(star->scratch, len), 0, from);
  }
}

void Answered(Host *leaf, Ptr<Socket> socket) {
  Address from;
  while (Ptr<Packet> packet = socket->RecvFrom(from)) {
    CountOne();
    packet->CopyData(star->scratch, sizeof star->scratch);
    Simulator::Schedule(MilliSeconds(10), &Ask, leaf);
  }
}

} // namespace

double ns3_bare_packet(unsigned leaves, unsigned long messages) {
  UsePriorityQueue();
  GlobalValue::Bind("ChecksumEnabled", BooleanValue(true));
  auto made = std::make_unique<Star>();
  star = made.get();
  star->messages = messages;
  star->hub = MakeHost();
  star->server = MakeHost();
  Attach(star->server, kServer);
  star->server.socket->SetRecvCallback(MakeCallback(&Asked));
  star->leaves.resize(leaves);
  for (unsigned i = 0; i < leaves; i++) {
    Host *leaf = &star->leaves[i];
    *leaf = MakeHost();
    Attach(*leaf, 0x0A000001 + (i << 4));
    leaf->socket->SetRecvCallback(MakeBoundCallback(&Answered, leaf));
    Simulator::Schedule(NanoSeconds(10000000 / leaves * i), &Ask, leaf);
  }
  double seconds = TimedRun();
  double rate = double(star->done) / seconds;
  Simulator::Destroy();
  return rate;
}
