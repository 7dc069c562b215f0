#include "tests/defenses/requests.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/sip/build.h"

void bench_open(Bench *b, const RdPlugin *plugin, const void *config) {
  RdPlace place = {.size = sizeof place,
                   .interface = RD_IF_GM,
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
  g_free(b->last);
  g_free(b->last_remote);
}

static RdVerdict judge(Bench *b, const RdMessage *m) {
  RdVerdict v = {.size = sizeof v, .score = NAN};
  b->plugin->defense->judge(b->self, m, &v);
  return v;
}

RdVerdict bench_bytes(Bench *b, RdDirection direction, const char *bytes, size_t len) {
  return judge(b, mock_message(b->mock, 0, direction, "198.18.0.9:5060", bytes, len));
}

static char *remote_of(unsigned source) {
  return g_strdup_printf("198.18.%u.%u:5060", source / 256, source % 256);
}

RdVerdict bench_request(Bench *b, const char *method, unsigned source) {
  g_autofree char *remote = remote_of(source);
  return bench_request_from(b, method, remote, source);
}

/* Makes and judges one more request. */
static RdVerdict request(Bench *b, RdDirection direction, const char *method, const char *remote,
                         unsigned source) {
  uint64_t n = ++b->sent;
  g_free(b->last);
  b->last = g_strdup_printf("%s sip:bob@example.com SIP/2.0\r\n"
                            "Via: SIP/2.0/UDP %s;branch=z9hG4bK%" G_GUINT64_FORMAT "\r\n"
                            "Max-Forwards: 70\r\n"
                            "From: <sip:alice%u@example.com>;tag=%" G_GUINT64_FORMAT "\r\n"
                            "To: <sip:bob@example.com>\r\n"
                            "Call-ID: %" G_GUINT64_FORMAT "@example.com\r\n"
                            "CSeq: 1 %s\r\n"
                            "Content-Length: 0\r\n\r\n",
                            method, remote, n, source, n, n, method);
  g_free(b->last_remote);
  b->last_remote = g_strdup(remote);
  return judge(b, mock_message(b->mock, 0, direction, remote, b->last, strlen(b->last)));
}

RdVerdict bench_request_from(Bench *b, const char *method, const char *remote, unsigned source) {
  return request(b, RD_INGRESS, method, remote, source);
}

RdVerdict bench_egress(Bench *b, const char *method, unsigned source) {
  g_autofree char *remote = remote_of(source);
  return request(b, RD_EGRESS, method, remote, source);
}

static size_t write_answer(char buffer[4096], const RdSip *request, unsigned status) {
  RdSipBuild r = rd_sip_reply(buffer, 4096, request, status, NULL, rd_slice("answer"));
  const size_t len = rd_sip_finish(&r, NULL, (RdSlice){0});
  ck_assert_uint_gt(len, 0);
  return len;
}

RdVerdict bench_answer(Bench *b, RdDirection direction, unsigned status) {
  char buffer[4096];
  g_autofree RdSipScan *scan = g_new0(RdSipScan, 1);
  ck_assert(b->last != NULL);
  ck_assert(rd_sip_scan(scan, b->last, strlen(b->last), RD_SIP_DATAGRAM));
  const size_t len = write_answer(buffer, &scan->sip, status);
  return judge(b, mock_message(b->mock, 0, direction, b->last_remote, buffer, len));
}

void bench_receive(Bench *b, unsigned i, unsigned status) {
  char buffer[4096], remote[RD_ADDRESS_TEXT];
  const MockSent *sent = mock_sent(b->mock, i);
  ck_assert(sent && sent->scan && sent->scan->sip.is_request);
  const size_t len = write_answer(buffer, &sent->scan->sip, status);
  rd_address_text(&sent->remote, remote);
  b->plugin->defense->receive(
      b->self, mock_message(b->mock, sent->attachment, RD_INGRESS, remote, buffer, len));
}

void bench_wait(Bench *b, RdTime time) {
  mock_run_until(b->world, mock_now(b->world) + time);
}
