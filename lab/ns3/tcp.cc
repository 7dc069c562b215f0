#include "tcp.h"

#include "word.h"

#include "ns3/inet-socket-address.h"
#include "ns3/tcp-l4-protocol.h"

#include <cstring>

using namespace ns3c;

static const size_t kMostBacklog = size_t(16) << 20;
static const uint32_t kMostAtOnce = 16384; /* read before a hold is looked at; fits the scratch */
static const uint32_t kFirstPort = 49152; /* to 65535: RFC 6335 s6 */

/* --- labels --------------------------------------------------------------------------------- */

void Labels::append(size_t len, uint64_t word) {
  if (!runs_.empty() && runs_.back().word == word)
    runs_.back().len += len;
  else
    runs_.push_back({len, word});
}

size_t Labels::take(size_t most, uint64_t *ret_word) {
  *ret_word = 0;
  if (runs_.empty())
    return most;
  Run &run = runs_.front();
  size_t len = run.len < most ? run.len : most;
  *ret_word = run.word;
  run.len -= len;
  if (run.len == 0)
    runs_.pop_front();
  return len;
}

/* --- a connection's life -------------------------------------------------------------------- */

static void discard(ns3::Ptr<ns3::Socket> socket) {
  for (ns3::Ptr<ns3::Packet> p = socket->Recv(); p && p->GetSize() > 0;)
    p = socket->Recv();
}

static ns3::Callback<void, ns3::Ptr<ns3::Socket>> nothing() {
  return ns3::MakeNullCallback<void, ns3::Ptr<ns3::Socket>>();
}

/* Lets the socket finish alone and forgets the connection. */
static void release(ns3c_tcp *conn) {
  ns3::Ptr<TcpSocket> socket = conn->socket;
  if (!socket)
    return;
  ns3c_sim *sim = conn->sim;
  socket->SetConnectCallback(nothing(), nothing());
  socket->SetCloseCallbacks(nothing(), nothing());
  socket->SetSendCallback(ns3::MakeNullCallback<void, ns3::Ptr<ns3::Socket>, uint32_t>());
  socket->SetRecvCallback(ns3::MakeCallback(&discard));
  ns3c_cancel(sim, conn->ending);
  ns3c_cancel(sim, conn->resuming);
  conn->socket = nullptr;
  socket->close();
  sim->connections.back()->index = conn->index;
  std::swap(sim->connections[conn->index], sim->connections.back());
  sim->connections.pop_back(); /* the last reference, maybe */
}

/* Moves what fits from the backlog into ns-3's send buffer. */
static void pump(ns3c_tcp *conn) {
  while (!conn->backlog.empty()) {
    ns3c_tcp::Waiting &first = conn->backlog.front();
    size_t left = first.bytes.size() - first.done, room = conn->socket->GetTxAvailable();
    size_t len = left < room ? left : room;
    if (len == 0)
      return;
    auto packet = ns3::Create<ns3::Packet>(first.bytes.data() + first.done, uint32_t(len));
    if (first.word) {
      Word word;
      word.value = first.word;
      packet->AddByteTag(word);
    }
    if (!conn->socket->put(packet))
      return;
    first.done += len;
    conn->backlog_bytes -= len;
    if (first.done == first.bytes.size())
      conn->backlog.pop_front();
  }
}

/* After the caller has let go: what it sent before still leaves. */
static void wind_up(void *arg) {
  ns3c_tcp *conn = static_cast<ns3c_tcp *>(arg);
  conn->ending = 0;
  if (conn->backlog.empty() || !conn->socket->can_send())
    release(conn);
}

/* Not at once: ns-3 may be inside the socket, half way through a segment. */
static void let_go(ns3c_tcp *conn) {
  conn->detached = true;
  if (!conn->ending)
    conn->ending = schedule(conn->sim, now(conn->sim), wind_up, conn);
}

static void readable(ns3c_tcp *raw, ns3::Ptr<ns3::Socket> socket);

static void ended(ns3c_tcp *raw, ns3::Ptr<ns3::Socket> socket) {
  ns3::Ptr<ns3c_tcp> conn(raw);
  if (conn->held) {
    conn->held = false;
    readable(raw, socket);
  }
  if (!conn->detached) {
    conn->detached = true;
    void (*tell)(void *, ns3c_tcp *) = conn->up ? conn->ops.closed : conn->ops.refused;
    if (tell)
      tell(conn->user, raw);
  }
  let_go(raw);
}

static void came_up(ns3c_tcp *raw, ns3::Ptr<ns3::Socket>) {
  ns3::Ptr<ns3c_tcp> conn(raw);
  raw->up = true;
  if (!raw->detached && raw->ops.opened)
    raw->ops.opened(raw->user, raw);
}

static void readable(ns3c_tcp *raw, ns3::Ptr<ns3::Socket> socket) {
  ns3::Ptr<ns3c_tcp> conn(raw);
  std::vector<uint8_t> &scratch = conn->sim->scratch;
  while (!conn->held || conn->detached) {
    ns3::Ptr<ns3::Packet> packet = socket->Recv(kMostAtOnce, 0);
    if (!packet || packet->GetSize() == 0)
      return;
    size_t len = packet->CopyData(scratch.data(), uint32_t(scratch.size()));
    for (size_t done = 0; done < len;) {
      uint64_t word;
      size_t piece = conn->in->take(len - done, &word);
      if (!conn->detached && conn->ops.data)
        conn->ops.data(conn->user, raw, scratch.data() + done, piece, word);
      done += piece;
    }
  }
}

static void sendable(ns3c_tcp *conn, ns3::Ptr<ns3::Socket>, uint32_t) {
  pump(conn);
  if (conn->detached && conn->backlog.empty())
    let_go(conn);
}

static ns3c_tcp *adopt(ns3c_node *node, ns3::Ptr<TcpSocket> socket, const ns3c_tcp_ops *ops) {
  ns3::Ptr<ns3c_tcp> conn = ns3::Create<ns3c_tcp>();
  ns3c_tcp *raw = ns3::PeekPointer(conn);
  conn->sim = node->sim;
  conn->socket = socket;
  conn->ops = *ops;
  conn->index = node->sim->connections.size();
  node->sim->connections.push_back(conn);
  socket->SetConnectCallback(ns3::MakeBoundCallback(&came_up, raw),
                             ns3::MakeBoundCallback(&ended, raw));
  socket->SetCloseCallbacks(ns3::MakeBoundCallback(&ended, raw),
                            ns3::MakeBoundCallback(&ended, raw));
  socket->SetRecvCallback(ns3::MakeBoundCallback(&readable, raw));
  socket->SetSendCallback(ns3::MakeBoundCallback(&sendable, raw));
  return raw;
}

static void plug(ns3c_tcp *conn, std::shared_ptr<Wire> wire, bool is_opener) {
  conn->wire = wire;
  conn->out = is_opener ? &wire->from_opener : &wire->from_accepter;
  conn->in = is_opener ? &wire->from_accepter : &wire->from_opener;
}

/* --- opening -------------------------------------------------------------------------------- */

TcpHost *ns3c::tcp_host(ns3c_node *node) {
  if (!node->tcp) {
    node->node->AggregateObject(ns3::CreateObject<ns3::TcpL4Protocol>());
    node->tcp = std::make_shared<TcpHost>();
  }
  return node->tcp.get();
}

static void accepted(TcpHost::Listener *listener, ns3::Ptr<ns3::Socket> socket,
                     const ns3::Address &from_address) {
  ns3::InetSocketAddress remote = ns3::InetSocketAddress::ConvertFrom(from_address);
  ns3::Address own_address;
  socket->GetSockName(own_address);
  ns3::InetSocketAddress local = ns3::InetSocketAddress::ConvertFrom(own_address);
  Tuple tuple = {local.GetIpv4().Get(), remote.GetIpv4().Get(), local.GetPort(), remote.GetPort()};
  ns3c_node *node = listener->node;
  ns3c_tcp *conn = adopt(node, ns3::DynamicCast<TcpSocket>(socket), &listener->ops);
  auto wire = node->sim->wires.find(tuple.far_side());
  plug(conn, wire == node->sim->wires.end() ? std::make_shared<Wire>() : wire->second, false);
  conn->up = true;
  RdAddress from = address_of(remote.GetIpv4(), remote.GetPort(), RD_TCP);
  RdAddress to = address_of(local.GetIpv4(), local.GetPort(), RD_TCP);
  ns3::Ptr<ns3c_tcp> keep(conn);
  void *user = listener->accept(listener->user, conn, &from, &to);
  conn->user = user;
}

bool ns3c_tcp_listen(ns3c_node *node, uint16_t port, const ns3c_tcp_ops *ops,
                     void *(*accept)(void *user, ns3c_tcp *conn, const RdAddress *from,
                                     const RdAddress *to),
                     void *user) {
  if (!node || !ops || !accept || port == 0)
    return refuse("a listener needs a node, a port above 0, its functions and accept()");
  TcpHost *host = tcp_host(node);
  if (host->listeners.count(port))
    return refuse("TCP port %u of node %s has a listener already", unsigned(port),
                  node->name.c_str());
  auto listener = std::make_unique<TcpHost::Listener>();
  listener->node = node;
  listener->socket = TcpSocket::make(node, host->table);
  listener->ops = *ops;
  listener->accept = accept;
  listener->user = user;
  if (!listener->socket->listen(port))
    return refuse("TCP port %u of node %s is in use", unsigned(port), node->name.c_str());
  listener->socket->SetAcceptCallback(
      ns3::MakeNullCallback<bool, ns3::Ptr<ns3::Socket>, const ns3::Address &>(),
      ns3::MakeBoundCallback(&accepted, listener.get()));
  host->listeners.emplace(port, std::move(listener));
  return true;
}

/* A port that this address does not use; 0 when none is left. */
static uint16_t spare_port(TcpHost *host, Tuple tuple) {
  uint16_t &next = host->next_port.emplace(tuple.local_ip, kFirstPort).first->second;
  for (uint32_t tries = kFirstPort; tries <= 65535; tries++) {
    tuple.local_port = next;
    next = next == 65535 ? uint16_t(kFirstPort) : uint16_t(next + 1);
    if (!host->table->ports.count(port_key(tuple)))
      return tuple.local_port;
  }
  return 0;
}

static bool tuple_for(ns3c_node *node, const RdAddress *from, const RdAddress *to, Tuple *ret) {
  Tuple tuple = {};
  if (!ip4_of(from, "the near end", &tuple.local_ip) ||
      !ip4_of(to, "the far end", &tuple.remote_ip))
    return false;
  if (tuple.local_ip == 0)
    return refuse("the near end's address is 0.0.0.0");
  if (to->port == 0)
    return refuse("the far end's port is 0");
  if (!node->routing->find(tuple.remote_ip))
    return refuse("node %s has no route to %u.%u.%u.%u", node->name.c_str(), to->ip[0], to->ip[1],
                  to->ip[2], to->ip[3]);
  tuple.remote_port = to->port;
  tuple.local_port = from->port ? from->port : spare_port(tcp_host(node), tuple);
  if (tuple.local_port == 0)
    return refuse("node %s has no TCP port left for that address", node->name.c_str());
  *ret = tuple;
  return true;
}

ns3c_tcp *ns3c_tcp_open(ns3c_node *node, const RdAddress *from, const RdAddress *to,
                        const ns3c_tcp_ops *ops, void *user) {
  Tuple tuple;
  if (!node || !ops) {
    refuse("a connection needs a node and its functions");
    return nullptr;
  }
  if (!tuple_for(node, from, to, &tuple))
    return nullptr;
  ns3::Ptr<TcpSocket> socket = TcpSocket::make(node, tcp_host(node)->table);
  node->routing->pin_source(ns3_ip(tuple.local_ip));
  auto wire = std::make_shared<Wire>();
  bool opened = socket->open(tuple, wire);
  node->routing->pin_source(ns3::Ipv4Address::GetAny());
  if (!opened) {
    socket->close();
    refuse("port %u of node %s is in use", unsigned(tuple.local_port), node->name.c_str());
    return nullptr;
  }
  ns3c_tcp *conn = adopt(node, socket, ops);
  conn->user = user;
  plug(conn, wire, true);
  return conn;
}

/* --- using ---------------------------------------------------------------------------------- */

bool ns3c_tcp_send(ns3c_tcp *conn, const void *bytes, size_t len, uint64_t tag) {
  if (!conn || (!bytes && len > 0))
    return refuse("sending needs a connection and bytes");
  if (conn->detached || !conn->socket || !conn->socket->can_send())
    return refuse("the connection is closed");
  if (len > kMostBacklog - conn->backlog_bytes)
    return refuse("more than %zu bytes wait to be sent", kMostBacklog);
  if (len == 0)
    return true;
  const uint8_t *from = static_cast<const uint8_t *>(bytes);
  conn->out->append(len, tag);
  conn->backlog.push_back({std::vector<uint8_t>(from, from + len), 0, tag});
  conn->backlog_bytes += len;
  pump(conn);
  return true;
}

static void resume(void *arg) {
  ns3::Ptr<ns3c_tcp> conn(static_cast<ns3c_tcp *>(arg));
  conn->resuming = 0;
  if (conn->held || !conn->socket)
    return;
  readable(ns3::PeekPointer(conn), conn->socket);
  if (conn->socket && !conn->held)
    conn->socket->tell_window();
}

void ns3c_tcp_hold(ns3c_tcp *conn, bool hold) {
  if (!conn || conn->detached || conn->held == hold)
    return;
  conn->held = hold;
  if (!hold && !conn->resuming)
    conn->resuming = schedule(conn->sim, now(conn->sim), resume, conn);
}

void ns3c_tcp_close(ns3c_tcp *conn) {
  if (conn && !conn->detached)
    let_go(conn);
}

namespace ns3c {

void tcp_receive(ns3c_node *node, ns3::Ptr<ns3::Packet> segment, const ns3::Ipv4Header &header,
                 const Routing::LocalDeliverCallback &to_ns3) {
  TcpHost *host = tcp_host(node);
  uint8_t ports[4];
  if (segment->CopyData(ports, sizeof ports) < sizeof ports)
    return;
  uint16_t remote = uint16_t(ports[0] << 8 | ports[1]);
  uint16_t local = uint16_t(ports[2] << 8 | ports[3]);
  auto known = host->table->sockets.find(
      {header.GetDestination().Get(), header.GetSource().Get(), local, remote});
  if (known != host->table->sockets.end() && known->second->forward(segment, header, remote))
    return;
  auto listener = host->listeners.find(local);
  if (listener == host->listeners.end() ||
      !listener->second->socket->forward(segment, header, remote))
    to_ns3(segment, header, 0); /* which answers with a reset */
}

} // namespace ns3c
