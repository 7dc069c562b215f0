/* tcp.h - connections of the C interface on top of ns-3's TCP. */
#pragma once

#include "tcp-socket.h"

#include <deque>

namespace ns3c {

/* Which bytes of one direction of a stream carry which word. Both ends of a connection are in this
 * process: the sender appends, the receiver consumes, and TCP keeps the order. */
class Labels {
public:
  void append(size_t len, uint64_t word);
  /* The word of the next bytes, of which at most `most` have it; 0 words for bytes unlabelled. */
  size_t take(size_t most, uint64_t *ret_word);

private:
  struct Run {
    size_t len;
    uint64_t word;
  };
  std::deque<Run> runs_;
};

struct Wire {
  Labels from_opener, from_accepter;
};

/* What a node has once it takes part in TCP. */
struct TcpHost {
  std::shared_ptr<TcpTable> table = std::make_shared<TcpTable>();
  struct Listener {
    ns3c_node *node;
    ns3::Ptr<TcpSocket> socket;
    ns3c_tcp_ops ops;
    void *(*accept)(void *, ns3c_tcp *, const RdAddress *, const RdAddress *);
    void *user;
  };
  std::unordered_map<uint16_t, std::unique_ptr<Listener>> listeners;
  std::unordered_map<uint32_t, uint16_t> next_port; /* by local address */
};

/* The node's TCP, made on first use. */
TcpHost *tcp_host(ns3c_node *node);

} // namespace ns3c

struct ns3c_tcp : public ns3::SimpleRefCount<ns3c_tcp> {
  ns3c_sim *sim = nullptr;
  size_t index = 0; /* in sim->connections */
  ns3::Ptr<ns3c::TcpSocket> socket;
  ns3c_tcp_ops ops = {};
  void *user = nullptr;
  std::shared_ptr<ns3c::Wire> wire;
  ns3c::Labels *out = nullptr, *in = nullptr; /* into wire */
  struct Waiting {
    std::vector<uint8_t> bytes;
    size_t done;
    uint64_t word;
  };
  std::deque<Waiting> backlog; /* what ns-3's send buffer had no room for */
  size_t backlog_bytes = 0;
  ns3c_event ending = 0, resuming = 0;
  bool held = false;
  bool up = false;
  bool detached = false; /* the caller has let go: no more callbacks */
};
