/* tcp-socket.h - ns-3's TCP socket with some things mended.
 *
 * - A segment finds its socket by hash: ns-3's demultiplexer searches all of a node's connections.
 * - A RST with ACK ends a connection attempt at once (RFC 9293 s3.10.7.3); ns-3 ignores it and goes
 *   on for a minute.
 * - A socket that was closed but whose far end has vanished is given up after a while; ns-3 sends
 *   its FIN for ever.
 * - A closed window is probed only when there is data; ns-3 reads what is not there and crashes. */
#pragma once

#include "node.h"

#include "ns3/tcp-socket-base.h"

#include <unordered_set>

namespace ns3c {

class TcpSocket;

/* A node's connections. Sockets may outlive the node, so they share the table. */
struct TcpTable {
  std::unordered_map<Tuple, TcpSocket *, TupleHash> sockets;
  std::unordered_set<uint64_t> ports; /* that openers use, by port_key() */
};

/* ns-3 lets an address use a port once, whatever the far end. */
inline uint64_t port_key(const Tuple &tuple) {
  return uint64_t(tuple.local_ip) << 16 | tuple.local_port;
}

class TcpSocket final : public ns3::TcpSocketBase {
public:
  static ns3::TypeId GetTypeId();
  ns3::TypeId GetInstanceTypeId() const override;

  TcpSocket() = default;
  TcpSocket(const TcpSocket &other);
  ~TcpSocket() override;

  /* A fresh socket of the node; its TCP stack must be there. */
  static ns3::Ptr<TcpSocket> make(ns3c_node *node, std::shared_ptr<TcpTable> table);
  /* Binds, registers and sends the SYN. False: the local port is taken. The labels of the stream
   * stay where the accepter finds them as long as the socket lives. */
  bool open(const Tuple &tuple, std::shared_ptr<Wire> wire);
  bool listen(uint16_t port);
  /* Hands over a segment; false when the socket has no end point any more. */
  bool forward(ns3::Ptr<ns3::Packet> segment, const ns3::Ipv4Header &header, uint16_t remote_port);
  bool can_send() const;
  /* As much as GetTxAvailable() says, while can_send(). */
  bool put(ns3::Ptr<ns3::Packet> bytes);
  /* The reader has made room; ns-3 would wait for the next probe, which is seconds away. */
  void tell_window();
  /* Not from within one of ns-3's callbacks. Sees to it that the socket goes away. */
  void close();

private:
  ns3::Ptr<ns3::TcpSocketBase> Fork() override;
  void CompleteFork(ns3::Ptr<ns3::Packet> p, const ns3::TcpHeader &header, const ns3::Address &from,
                    const ns3::Address &to) override;
  void DoForwardUp(ns3::Ptr<ns3::Packet> packet, const ns3::Address &from,
                   const ns3::Address &to) override;
  void PersistTimeout() override;
  void enter(const Tuple &tuple);
  static void give_up(void *self);

  std::shared_ptr<TcpTable> table_;
  Tuple tuple_ = {};
  std::shared_ptr<Wire> wire_; /* an opener's */
  ns3c_event reaper_ = 0;
};

} // namespace ns3c
