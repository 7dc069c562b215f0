/* flow: datagrams, each crossing a line as one event. Streams are in flow_stream.c. */
#include "lab/drive/sim/flow.h"

#include "lab/drive/world/network.h"
#include "lab/drive/world/record.h"
#include "lab/drive/world/stream.h"

enum { IP_UDP = 28, IP_HEADER = 20 };

static RdFlowNetwork *flow_of(const RdWorldNetwork *net) {
  return net->wire;
}

static bool failed(const RdWorldNetwork *net, GError **error) {
  g_set_error(error, RD_WORLD_ERROR, 0, "network %s: %s", net->spec->name, ns3c_error());
  return false;
}

static bool join(RdWorldAttachment *a, GError **error) {
  RdWorldNetwork *net = a->network;
  ns3c_sim *sim = rd_sim_of(net->world);
  RdFlowLine *line = g_new0(RdFlowLine, 1);
  if (!net->wire)
    net->wire = g_new0(RdFlowNetwork, 1);
  a->wire = line;
  line->up = ns3c_flow_new(sim, a->line.rate, a->line.delay, a->line.queue);
  line->down = ns3c_flow_new(sim, a->line.rate, a->line.delay, a->line.queue);
  return (line->up && line->down) || failed(net, error);
}

static bool listen_at(RdWorldAttachment *a, uint8_t transport, uint16_t port) {
  (void)a, (void)transport, (void)port;
  return true;
}

/* --- datagrams -------------------------------------------------------------------------------- */

static void delivered(void *arg) {
  RdParcel *p = arg;
  RdWorldNetwork *net = p->network;
  flow_of(net)->under_way -= p->count;
  rd_record_message(net->world->record, &p->to->attachments[p->to_attachment], p, false);
  rd_network_delivered(p);
}

static size_t wire_length(const RdParcel *p) {
  return p->len + IP_UDP + (rd_network_fragments(p->len) - 1) * IP_HEADER;
}

static void drop(RdParcel *p, uint64_t *counter, const char *why) {
  flow_of(p->network)->under_way -= p->count;
  rd_network_lose(p, counter, why);
}

static void at_hub(void *arg) {
  RdParcel *p = arg;
  RdFlowLine *to = p->to->attachments[p->to_attachment].wire;
  if (!ns3c_flow_send(to->down, wire_length(p), delivered, p, NULL))
    drop(p, &p->network->counts.queue_dropped, "line-queue-full");
}

static void datagram(RdParcel *p) {
  RdWorldNetwork *net = p->network;
  const RdWorldAttachment *from = &p->from->attachments[p->from_attachment];
  const RdWorldAttachment *to = &p->to->attachments[p->to_attachment];
  rd_record_message(net->world->record, from, p, true);
  flow_of(net)->under_way += p->count;
  uint64_t n_lost = rd_network_lost(p);
  if (n_lost == p->count) {
    drop(p, &net->counts.lost, "lost");
    return;
  }
  p->count -= n_lost;
  flow_of(net)->under_way -= n_lost;
  net->counts.lost += n_lost;
  if (from->line.rate == 0 && to->line.rate == 0)
    rd_at(net->world, rd_now(net->world) + from->line.delay + to->line.delay, delivered, p);
  else if (!ns3c_flow_send(((RdFlowLine *)from->wire)->up, wire_length(p), at_hub, p, NULL))
    drop(p, &net->counts.queue_dropped, "line-queue-full");
}

/* --- the end ---------------------------------------------------------------------------------- */

static uint64_t in_flight(RdWorldNetwork *net) {
  return flow_of(net)->under_way + rd_streams_in_flight(net);
}

static void leave(RdWorldAttachment *a) {
  g_clear_pointer(&a->wire, g_free);
}

static void free_network(RdWorldNetwork *net) {
  rd_flow_segments_free(net->wire);
  g_clear_pointer(&net->wire, g_free);
}

const RdCarrier rd_carrier_flow = {.join = join,
                                   .listen = listen_at,
                                   .datagram = datagram,
                                   .connect = rd_flow_connect,
                                   .write = rd_flow_write,
                                   .close = rd_flow_close,
                                   .wake = rd_flow_wake,
                                   .forget = rd_flow_forget,
                                   .in_flight = in_flight,
                                   .trains = true,
                                   .leave = leave,
                                   .free = free_network};
