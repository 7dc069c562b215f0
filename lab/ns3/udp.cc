#include "node.h"
#include "word.h"

#include "ns3/udp-header.h"

using namespace ns3c;

static const uint8_t kUdp = 17, kTtl = 64;
static const size_t kLongest = 65535 - 20 - 8;

bool ns3c_udp_bind(ns3c_node *node, uint16_t port, ns3c_on_datagram fn, void *user) {
  if (!node || !fn || port == 0)
    return refuse("a UDP port needs a node, a number above 0 and a function");
  if (!node->udp_ports.emplace(port, UdpPort{fn, user}).second)
    return refuse("UDP port %u of node %s is bound already", unsigned(port), node->name.c_str());
  return true;
}

static ns3::Ipv4Header ip_header(ns3c_node *node, uint32_t from, uint32_t to, size_t len) {
  ns3::Ipv4Header header;
  header.SetSource(ns3_ip(from));
  header.SetDestination(ns3_ip(to));
  header.SetProtocol(kUdp);
  header.SetPayloadSize(uint16_t(len));
  header.SetTtl(kTtl);
  header.SetMayFragment();
  uint64_t mixed = (uint64_t(from) << 32 | to) * UINT64_C(0x9E3779B97F4A7C15);
  header.SetIdentification(node->identifications[mixed >> 58]++);
  return header;
}

static ns3::Ptr<ns3::Packet> datagram(uint32_t from, uint16_t from_port, uint32_t to,
                                      uint16_t to_port, const void *bytes, size_t len) {
  ns3::Ptr<ns3::Packet> packet =
      len == 0 ? ns3::Create<ns3::Packet>()
               : ns3::Create<ns3::Packet>(static_cast<const uint8_t *>(bytes), uint32_t(len));
  ns3::UdpHeader header;
  header.SetSourcePort(from_port);
  header.SetDestinationPort(to_port);
  header.EnableChecksums();
  header.InitializeChecksum(ns3_ip(from), ns3_ip(to), kUdp);
  packet->AddHeader(header);
  return packet;
}

bool ns3c_udp_send(ns3c_node *node, const RdAddress *from, const RdAddress *to, const void *bytes,
                   size_t len, uint64_t tag) {
  uint32_t from_ip, to_ip;
  if (!node || (!bytes && len > 0))
    return refuse("a datagram needs a node and bytes");
  if (!ip4_of(from, "the sender", &from_ip) || !ip4_of(to, "the receiver", &to_ip))
    return false;
  if (len > kLongest)
    return refuse("%zu bytes do not fit in a datagram: at most %zu", len, kLongest);
  if (to->port == 0)
    return refuse("the receiver's port is 0");
  ns3::Ptr<ns3::Ipv4Route> route = node->routing->find(to_ip);
  if (!route)
    return refuse("node %s has no route to %u.%u.%u.%u", node->name.c_str(), to->ip[0], to->ip[1],
                  to->ip[2], to->ip[3]);
  ns3::Ptr<ns3::Packet> packet = datagram(from_ip, from->port, to_ip, to->port, bytes, len);
  if (tag) {
    Word word;
    word.value = tag;
    packet->AddPacketTag(word);
  }
  node->ip->SendWithHeader(packet, ip_header(node, from_ip, to_ip, packet->GetSize()), route);
  return true;
}

namespace ns3c {

void udp_receive(ns3c_node *node, ns3::Ptr<ns3::Packet> packet, const ns3::Ipv4Header &ip) {
  ns3::UdpHeader header;
  packet->RemoveHeader(header); /* its checksum is right: nothing on these links changes bytes */
  uint64_t word = word_of(*packet);
  auto port = node->udp_ports.find(header.GetDestinationPort());
  if (port == node->udp_ports.end()) {
    report_drop(node->sim, NS3C_DROP_NO_SOCKET, word);
    return;
  }
  std::vector<uint8_t> &scratch = node->sim->scratch;
  uint32_t len = packet->CopyData(scratch.data(), uint32_t(scratch.size()));
  RdAddress from = address_of(ip.GetSource(), header.GetSourcePort(), RD_UDP);
  RdAddress to = address_of(ip.GetDestination(), header.GetDestinationPort(), RD_UDP);
  port->second.fn(port->second.user, &from, &to, scratch.data(), len, word);
}

} // namespace ns3c
