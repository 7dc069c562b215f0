/* three-nodes.c - a whole ns-3 simulation in C: phone - router - server.
 *
 * The phone pings the server by UDP ten times; every third ping is lost on the access line. Then it
 * fetches a megabyte by TCP. The access line is captured into the file named as argument.
 *
 *   ./three-nodes three-nodes.pcap */
#include "lab/ns3/ns3c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PINGS = 10, MEGABYTE = 1000000 };

typedef struct {
  ns3c_sim *sim;
  ns3c_node *phone, *router, *server;
  ns3c_link *access, *core;
  RdAddress phone_at, server_at;
  unsigned pings, answers, lost;
  size_t fetched;
} World;

static RdAddress ip4(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint16_t port) {
  RdAddress address = {.ip = {a, b, c, d}, .port = port, .family = 4};
  return address;
}

/* ns3c functions say why they refuse; here any refusal ends the program. */
static void need(bool done, const char *what) {
  if (done)
    return;
  fprintf(stderr, "%s: %s\n", what, ns3c_error());
  exit(1);
}

/* --- UDP: one ping every 100 ms -------------------------------------------------------------- */

static void ping(void *arg) {
  World *w = arg;
  w->pings++;
  need(ns3c_udp_send(w->phone, &w->phone_at, &w->server_at, "ping", 4, w->pings), "ping");
  if (w->pings < PINGS)
    need(ns3c_at(w->sim, ns3c_now(w->sim) + 100 * RD_MILLISECOND, ping, w), "next ping");
}

static void at_server(void *user, const RdAddress *from, const RdAddress *to, const uint8_t *bytes,
                      size_t len, uint64_t tag) {
  World *w = user;
  need(ns3c_udp_send(w->server, to, from, bytes, len, tag), "answer");
}

static void at_phone(void *user, const RdAddress *from, const RdAddress *to, const uint8_t *bytes,
                     size_t len, uint64_t tag) {
  World *w = user;
  (void)from, (void)to, (void)bytes, (void)len;
  w->answers++;
  printf("%7.3f s  answer to ping %d\n", (double)ns3c_now(w->sim) / 1e9, (int)tag);
}

static bool lose_every_third(void *user, uint64_t tag, unsigned nth, bool from_a) {
  (void)user, (void)nth;
  return from_a && tag > 0 && tag <= PINGS && tag % 3 == 0;
}

static void dropped(void *user, ns3c_drop reason, uint64_t tag) {
  World *w = user;
  w->lost += reason == NS3C_DROP_LOSS;
  printf("%7.3f s  packet %d dropped\n", (double)ns3c_now(w->sim) / 1e9, (int)tag);
}

/* --- TCP: one fetch -------------------------------------------------------------------------- */

static void *on_accept(void *user, ns3c_tcp *conn, const RdAddress *from, const RdAddress *to) {
  (void)conn, (void)from, (void)to;
  return user;
}

static void on_request(void *user, ns3c_tcp *conn, const uint8_t *bytes, size_t len, uint64_t tag) {
  static uint8_t body[MEGABYTE];
  (void)user, (void)bytes, (void)len;
  need(ns3c_tcp_send(conn, body, sizeof body, tag), "body");
  ns3c_tcp_close(conn); /* after the body has left */
}

static void on_up(void *user, ns3c_tcp *conn) {
  (void)user;
  need(ns3c_tcp_send(conn, "GET", 3, 1000), "request");
}

static void on_body(void *user, ns3c_tcp *conn, const uint8_t *bytes, size_t len, uint64_t tag) {
  World *w = user;
  (void)conn, (void)bytes, (void)tag;
  w->fetched += len;
}

static void on_end(void *user, ns3c_tcp *conn) {
  World *w = user;
  (void)conn;
  printf("%7.3f s  fetched %zu bytes\n", (double)ns3c_now(w->sim) / 1e9, w->fetched);
}

static void fetch(void *arg) {
  static const ns3c_tcp_ops ops = {.opened = on_up, .data = on_body, .closed = on_end};
  World *w = arg;
  RdAddress from = w->phone_at;
  from.port = 0; /* any */
  need(ns3c_tcp_open(w->phone, &from, &w->server_at, &ops, w) != NULL, "connection");
}

/* --- the network ------------------------------------------------------------------------------ */

static void build(World *w) {
  static const ns3c_link_spec access = {
      .rate = 10000000, .delay = 10 * RD_MILLISECOND, .queue = 100};
  static const ns3c_link_spec core = {.rate = 1000000000, .delay = RD_MILLISECOND, .queue = 1000};
  RdAddress anywhere = ip4(0, 0, 0, 0, 0);
  w->phone_at = ip4(192, 0, 2, 1, 5060);
  w->server_at = ip4(198, 51, 100, 1, 5060);
  w->phone = ns3c_node_new(w->sim, "phone");
  w->router = ns3c_node_new(w->sim, "router");
  w->server = ns3c_node_new(w->sim, "server");
  w->access = ns3c_link_new(w->sim, w->phone, w->router, &access);
  w->core = ns3c_link_new(w->sim, w->router, w->server, &core);
  need(w->access && w->core, "link");
  need(ns3c_address(w->phone, w->access, &w->phone_at), "address");
  need(ns3c_address(w->server, w->core, &w->server_at), "address");
  need(ns3c_route(w->phone, w->access, &anywhere, 0), "route");
  need(ns3c_route(w->server, w->core, &anywhere, 0), "route");
  need(ns3c_route(w->router, w->access, &w->phone_at, 32), "route");
  need(ns3c_route(w->router, w->core, &w->server_at, 32), "route");
}

int main(int argc, char **argv) {
  static const ns3c_tcp_ops serving = {.data = on_request};
  World world = {0};
  world.sim = ns3c_new(1);
  build(&world);
  if (argc > 1)
    need(ns3c_link_pcap(world.access, argv[1]), "capture");
  ns3c_drops(world.sim, dropped, &world);
  need(ns3c_link_loss(world.access, lose_every_third, NULL), "loss");
  need(ns3c_udp_bind(world.server, 5060, at_server, &world), "server");
  need(ns3c_udp_bind(world.phone, 5060, at_phone, &world), "phone");
  need(ns3c_tcp_listen(world.server, 5060, &serving, on_accept, &world), "listener");
  need(ns3c_at(world.sim, RD_SECOND, ping, &world), "first ping");
  need(ns3c_at(world.sim, 3 * RD_SECOND, fetch, &world), "fetch");
  need(ns3c_run(world.sim, 10 * RD_SECOND), "run");
  printf("%u pings, %u answers, %u lost; %zu bytes fetched; %llu events\n", world.pings,
         world.answers, world.lost, world.fetched, (unsigned long long)ns3c_events(world.sim));
  bool fine = world.answers == 7 && world.lost == 3 && world.fetched == MEGABYTE;
  ns3c_free(world.sim);
  return fine ? 0 : 1;
}
