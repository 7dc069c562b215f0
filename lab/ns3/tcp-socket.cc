#include "tcp-socket.h"

#include "ns3/inet-socket-address.h"
#include "ns3/ipv4-interface.h"
#include "ns3/rtt-estimator.h"
#include "ns3/simulator.h"
#include "ns3/tcp-header.h"
#include "ns3/tcp-l4-protocol.h"
#include "ns3/tcp-linux-reno.h"
#include "ns3/tcp-prr-recovery.h"
#include "ns3/tcp-tx-buffer.h"

namespace ns3c {

/* With the 12 bytes of the timestamp option a segment fills an MTU of 1500. */
static const uint32_t kSegment = 1448;
/* RFC 6298 s2.1 before a measurement, Linux's floor after it. */
static const int kFirstTimeout = 1000, kLeastTimeout = 200; /* ms */
/* Seconds: half of the minute that Linux stays in TIME_WAIT. */
static const double kSegmentLife = 30;
static const RdTime kPatience = 120 * RD_SECOND;

ns3::TypeId TcpSocket::GetTypeId() {
  static ns3::TypeId id =
      ns3::TypeId("ns3c::TcpSocket").SetParent<ns3::TcpSocketBase>().AddConstructor<TcpSocket>();
  return id;
}

ns3::TypeId TcpSocket::GetInstanceTypeId() const {
  return GetTypeId();
}

/* The fork of a listener: it enters the table under its own tuple later. */
TcpSocket::TcpSocket(const TcpSocket &other) : TcpSocketBase(other), table_(other.table_) {}

TcpSocket::~TcpSocket() {
  if (current)
    ns3c_cancel(current, reaper_);
  if (current && wire_)
    current->wires.erase(tuple_);
  if (wire_)
    table_->ports.erase(port_key(tuple_));
  auto at = table_->sockets.find(tuple_);
  if (at != table_->sockets.end() && at->second == this)
    table_->sockets.erase(at);
}

ns3::Ptr<TcpSocket> TcpSocket::make(ns3c_node *node, std::shared_ptr<TcpTable> table) {
  auto tcp = node->node->GetObject<ns3::TcpL4Protocol>();
  auto socket = ns3::CreateObject<TcpSocket>();
  socket->table_ = table;
  socket->SetNode(node->node);
  socket->SetTcp(tcp);
  socket->SetRtt(ns3::CreateObject<ns3::RttMeanDeviation>());
  /* Not ns-3's default Cubic: its cube roots are libm's, which differ between machines. */
  socket->SetCongestionControlAlgorithm(ns3::CreateObject<ns3::TcpLinuxReno>());
  socket->SetRecoveryAlgorithm(ns3::CreateObject<ns3::TcpPrrRecovery>());
  socket->SetSegSize(kSegment);
  socket->SetDelAckMaxCount(1);
  socket->SetTcpNoDelay(true);
  socket->SetConnTimeout(ns3::MilliSeconds(kFirstTimeout));
  socket->SetMinRto(ns3::MilliSeconds(kLeastTimeout));
  socket->m_msl = kSegmentLife;
  tcp->AddSocket(socket);
  return socket;
}

void TcpSocket::enter(const Tuple &tuple) {
  tuple_ = tuple;
  table_->sockets[tuple] = this;
}

bool TcpSocket::open(const Tuple &tuple, std::shared_ptr<Wire> wire) {
  if (Bind(ns3::InetSocketAddress(ns3_ip(tuple.local_ip), tuple.local_port)) != 0)
    return false;
  enter(tuple);
  wire_ = wire;
  current->wires[tuple] = wire;
  table_->ports.insert(port_key(tuple));
  return Connect(ns3::InetSocketAddress(ns3_ip(tuple.remote_ip), tuple.remote_port)) == 0;
}

bool TcpSocket::listen(uint16_t port) {
  return Bind(ns3::InetSocketAddress(ns3::Ipv4Address::GetAny(), port)) == 0 && Listen() == 0;
}

bool TcpSocket::forward(ns3::Ptr<ns3::Packet> segment, const ns3::Ipv4Header &header,
                        uint16_t remote_port) {
  if (!m_endPoint)
    return false;
  /* A segment may be the socket's last. */
  ns3::Ptr<TcpSocket> keep(this);
  ForwardUp(segment, header, remote_port, nullptr);
  return true;
}

bool TcpSocket::can_send() const {
  return m_endPoint && (m_state == SYN_SENT || m_state == SYN_RCVD || m_state == ESTABLISHED ||
                        m_state == CLOSE_WAIT);
}

bool TcpSocket::put(ns3::Ptr<ns3::Packet> bytes) {
  if (Send(bytes, 0) < 0)
    return false;
  /* Probing had ended for want of data. */
  if (m_state != SYN_SENT && m_rWnd == 0 && m_persistEvent.IsExpired())
    m_persistEvent = ns3::Simulator::Schedule(m_persistTimeout, &TcpSocket::PersistTimeout, this);
  return true;
}

void TcpSocket::PersistTimeout() {
  if (m_txBuffer->SizeFromSequence(m_tcb->m_nextTxSequence) > 0)
    TcpSocketBase::PersistTimeout();
}

void TcpSocket::tell_window() {
  if (m_endPoint && (m_state == ESTABLISHED || m_state == FIN_WAIT_1 || m_state == FIN_WAIT_2))
    SendEmptyPacket(ns3::TcpHeader::ACK);
}

void TcpSocket::close() {
  if (!m_endPoint)
    return;
  /* As Close(), which would send a reset if bytes had come out of order. */
  if (m_txBuffer->SizeFromSequence(m_tcb->m_nextTxSequence) > 0)
    m_closeOnEmpty = true;
  else
    DoClose();
  if (m_endPoint && !reaper_)
    reaper_ = schedule(current, now(current) + kPatience, give_up, this);
}

/* The end point holds the last reference, so nothing of the socket may be touched after it. */
void TcpSocket::give_up(void *arg) {
  ns3::Ptr<TcpSocket> self(static_cast<TcpSocket *>(arg));
  self->m_state = CLOSED;
  self->DeallocateEndPoint();
}

ns3::Ptr<ns3::TcpSocketBase> TcpSocket::Fork() {
  return ns3::CopyObject<TcpSocket>(ns3::Ptr<TcpSocket>(this));
}

void TcpSocket::CompleteFork(ns3::Ptr<ns3::Packet> p, const ns3::TcpHeader &header,
                             const ns3::Address &from, const ns3::Address &to) {
  ns3::InetSocketAddress remote = ns3::InetSocketAddress::ConvertFrom(from);
  ns3::InetSocketAddress local = ns3::InetSocketAddress::ConvertFrom(to);
  enter({local.GetIpv4().Get(), remote.GetIpv4().Get(), local.GetPort(), remote.GetPort()});
  TcpSocketBase::CompleteFork(p, header, from, to);
}

void TcpSocket::DoForwardUp(ns3::Ptr<ns3::Packet> packet, const ns3::Address &from,
                            const ns3::Address &to) {
  if (m_state == SYN_SENT) {
    ns3::TcpHeader header;
    packet->PeekHeader(header);
    if (header.GetFlags() & ns3::TcpHeader::RST) {
      CloseAndNotify();
      return;
    }
  }
  TcpSocketBase::DoForwardUp(packet, from, to);
}

} // namespace ns3c
