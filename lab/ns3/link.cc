#include "link.h"

#include "word.h"

#include "ns3/drop-tail-queue.h"
#include "ns3/point-to-point-channel.h"
#include "ns3/queue-size.h"
#include "ns3/trace-helper.h"

#include <cstdio>

using namespace ns3c;

static const size_t kPppHeader = 2;
static const RdTime kLongestDelay = 1000 * RD_SECOND;

static void queue_dropped(End *end, ns3::Ptr<const ns3::Packet> packet) {
  report_drop(end->node->sim, NS3C_DROP_QUEUE, word_of(*packet));
}

/* Straight to IP: ns-3's Node and TrafficControlLayer search a list of all the node's devices for
 * every packet, which is what makes a hub of many links slow. */
static bool received(End *end, ns3::Ptr<ns3::NetDevice> device, ns3::Ptr<const ns3::Packet> packet,
                     uint16_t protocol, const ns3::Address &from) {
  end->node->ip->Receive(device, packet, protocol, from, from, ns3::NetDevice::PACKET_HOST);
  return true;
}

static void make_end(ns3c_link *link, End *end, ns3c_node *node, const ns3c_link_spec *spec,
                     ns3::Ptr<ns3::PointToPointChannel> channel) {
  end->link = link;
  end->node = node;
  end->device = ns3::CreateObject<ns3::PointToPointNetDevice>();
  end->device->SetAddress(ns3::Mac48Address::Allocate());
  end->device->SetDataRate(ns3::DataRate(spec->rate));
  end->device->SetMtu(uint16_t(spec->mtu ? spec->mtu : 1500));
  auto queue = ns3::CreateObject<ns3::DropTailQueue<ns3::Packet>>();
  queue->SetMaxSize(ns3::QueueSize(ns3::QueueSizeUnit::PACKETS, spec->queue));
  end->device->SetQueue(queue);
  node->node->AddDevice(end->device);
  end->device->Attach(channel);
  uint32_t interface = node->ip->AddInterface(end->device);
  node->ip->SetUp(interface);
  end->device->SetReceiveCallback(ns3::MakeBoundCallback(&received, end));
  end->device->TraceConnectWithoutContext("MacTxDrop", ns3::MakeBoundCallback(&queue_dropped, end));
  end->route = ns3::Create<ns3::Ipv4Route>();
  end->route->SetGateway(ns3::Ipv4Address::GetAny());
  end->route->SetOutputDevice(end->device);
  node->ends.push_back(end);
}

static bool sound(const ns3c_link_spec *spec) {
  if (spec->rate == 0)
    return refuse("a packet link needs a rate above 0 bit/s");
  if (spec->delay < 0 || spec->delay > kLongestDelay)
    return refuse("a link's delay must be between 0 and 1000 s");
  if (spec->queue == 0)
    return refuse("a packet link needs a queue of at least 1 packet");
  if (spec->mtu != 0 && (spec->mtu < 68 || spec->mtu > 65535))
    return refuse("an MTU of %u bytes: IPv4 takes 68 to 65535", spec->mtu);
  return true;
}

ns3c_link *ns3c_link_new(ns3c_sim *sim, ns3c_node *a, ns3c_node *b, const ns3c_link_spec *spec) {
  if (!sim || !a || !b || !spec) {
    refuse("a link needs a simulation, two nodes and a specification");
    return nullptr;
  }
  if (a == b) {
    refuse("node %s cannot be linked to itself", a->name.c_str());
    return nullptr;
  }
  if (!sound(spec))
    return nullptr;
  auto link = std::make_unique<ns3c_link>();
  link->sim = sim;
  auto channel = ns3::CreateObject<ns3::PointToPointChannel>();
  channel->SetAttribute("Delay", ns3::TimeValue(ns3::TimeStep(uint64_t(spec->delay))));
  make_end(link.get(), &link->a, a, spec, channel);
  make_end(link.get(), &link->b, b, spec, channel);
  sim->links.push_back(std::move(link));
  return sim->links.back().get();
}

bool ns3c_link_loss(ns3c_link *link, ns3c_on_loss fn, void *user) {
  if (!link)
    return refuse("no link to lose packets on");
  link->on_loss = fn;
  link->loss_user = user;
  if (!fn) {
    link->a.device->SetReceiveErrorModel(nullptr);
    link->b.device->SetReceiveErrorModel(nullptr);
    return true;
  }
  link->a.device->SetReceiveErrorModel(ns3::CreateObject<Loss>(link, false));
  link->b.device->SetReceiveErrorModel(ns3::CreateObject<Loss>(link, true));
  return true;
}

static void sniffed(ns3c_link *link, bool from_a, ns3::Ptr<const ns3::Packet> packet) {
  if (!link->on_sniff)
    return;
  std::vector<uint8_t> &scratch = link->sim->sniff_scratch;
  uint32_t len = packet->CopyData(scratch.data(), uint32_t(scratch.size()));
  link->on_sniff(link->sniff_user, now(link->sim), scratch.data() + kPppHeader, len - kPppHeader,
                 word_of(*packet), from_a);
}

bool ns3c_link_sniff(ns3c_link *link, ns3c_on_sniff fn, void *user) {
  if (!link)
    return refuse("no link to sniff on");
  link->on_sniff = fn;
  link->sniff_user = user;
  if (link->sniff_connected || !fn)
    return true;
  ns3::Ptr<ns3::NetDevice> here = link->a.device;
  here->TraceConnectWithoutContext("PhyTxBegin", ns3::MakeBoundCallback(&sniffed, link, true));
  here->TraceConnectWithoutContext("PhyRxEnd", ns3::MakeBoundCallback(&sniffed, link, false));
  link->sniff_connected = true;
  return true;
}

bool ns3c_link_pcap(ns3c_link *link, const char *path) {
  if (!link || !path)
    return refuse("a capture needs a link and a path");
  if (link->has_pcap)
    return refuse("the link is being captured already");
  /* ns-3 aborts when it cannot write the file: find out first. */
  FILE *probe = fopen(path, "wb");
  if (!probe)
    return refuse("cannot write %s", path);
  fclose(probe);
  ns3::PcapHelper helper;
  auto file = helper.CreateFile(path, std::ios::out, ns3::PcapHelper::DLT_PPP);
  helper.HookDefaultSink<ns3::PointToPointNetDevice>(link->a.device, "PromiscSniffer", file);
  link->has_pcap = true;
  return true;
}

namespace ns3c {

unsigned WordCounts::next(uint64_t word) {
  auto known = young_.find(word);
  if (known != young_.end())
    return known->second++;
  if (young_.size() >= 65536) {
    old_.swap(young_);
    young_.clear();
  }
  auto earlier = old_.find(word);
  unsigned before = earlier == old_.end() ? 0 : earlier->second;
  young_[word] = before + 1;
  return before;
}

ns3::TypeId Loss::GetTypeId() {
  static ns3::TypeId id =
      ns3::TypeId("ns3c::Loss").SetParent<ns3::ErrorModel>().AddConstructor<Loss>();
  return id;
}

bool Loss::DoCorrupt(ns3::Ptr<ns3::Packet> packet) {
  uint64_t word = word_of(*packet);
  if (!link_->on_loss(link_->loss_user, word, counts_.next(word), from_a_))
    return false;
  report_drop(link_->sim, NS3C_DROP_LOSS, word);
  return true;
}

} // namespace ns3c
