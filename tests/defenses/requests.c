#include "tests/defenses/requests.h"

#include <math.h>
#include <string.h>

void bench_open(Bench *b, const RdPlugin *plugin, const void *config) {
  RdPlace place = {.size = sizeof place,
                   .interface = RD_IF_GM,
                   .protocol = RD_PROTO_SIP,
                   .node = "sbc",
                   .network = "gm",
                   .domain = "access"};
  RdDefenseSetup setup = {
      .size = sizeof setup, .n_places = 1, .place_stride = sizeof place, .places = &place};
  *b = (Bench){.world = mock_world_new(1), .plugin = plugin};
  b->mock = mock_host_new(b->world, plugin->name);
  mock_attach(b->mock, RD_IF_GM, "gm", "access", "198.18.255.1/15");
  b->self = plugin->defense->open(mock_host(b->mock), config, &setup);
  if (plugin->defense->timer)
    mock_on_timer(b->mock, plugin->defense->timer, b->self);
}

void bench_close(Bench *b) {
  b->plugin->defense->close(b->self);
  mock_world_free(b->world);
}

static RdVerdict judge(Bench *b, const RdMessage *m) {
  RdVerdict v = {.size = sizeof v, .score = NAN};
  b->plugin->defense->judge(b->self, m, &v);
  return v;
}

RdVerdict bench_bytes(Bench *b, RdDirection direction, const char *bytes, size_t len) {
  return judge(b, mock_message(b->mock, 0, direction, "198.18.0.9:5060", bytes, len));
}

RdVerdict bench_request(Bench *b, const char *method, unsigned source) {
  g_autofree char *remote = g_strdup_printf("198.18.%u.%u:5060", source / 256, source % 256);
  return bench_request_from(b, method, remote, source);
}

RdVerdict bench_request_from(Bench *b, const char *method, const char *remote, unsigned source) {
  uint64_t n = ++b->sent;
  g_autofree char *text =
      g_strdup_printf("%s sip:bob@example.com SIP/2.0\r\n"
                      "Via: SIP/2.0/UDP %s;branch=z9hG4bK%" G_GUINT64_FORMAT "\r\n"
                      "Max-Forwards: 70\r\n"
                      "From: <sip:alice%u@example.com>;tag=%" G_GUINT64_FORMAT "\r\n"
                      "To: <sip:bob@example.com>\r\n"
                      "Call-ID: %" G_GUINT64_FORMAT "@example.com\r\n"
                      "CSeq: 1 %s\r\n"
                      "Content-Length: 0\r\n\r\n",
                      method, remote, n, source, n, n, method);
  return judge(b, mock_message(b->mock, 0, RD_INGRESS, remote, text, strlen(text)));
}

void bench_wait(Bench *b, RdTime time) {
  mock_run_until(b->world, mock_now(b->world) + time);
}
