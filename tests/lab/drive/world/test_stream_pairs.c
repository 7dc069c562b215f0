/* Connections by their addresses: each pair once, found from both ends, forgotten with the connection. */
#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/drive/world/place.h"
#include "lab/drive/world/ports.h"
#include "lab/drive/world/stream.h"
#include "tests/check_main.h"

/* A world of one network and two nodes; its carrier answers a call at once. */
typedef struct {
  RdWorld world;
  RdNetwork spec;
  RdWorldNetwork network;
  RdWorldActor actors[2];
  RdWorldAttachment ends[2];
} Lab;

static Lab lab;

static void forget(RdStream *s) {
  (void)s; /* nobody listens on its line */
}

static void drop(RdParcel *p) {
  rd_parcel_free(p);
}

static bool listen_at(RdWorldAttachment *a, uint8_t transport, uint16_t port) {
  (void)a, (void)transport, (void)port;
  return true;
}

static bool connect_at_once(RdStream *s) {
  return rd_stream_accept(s) != NULL;
}

static void nothing(RdStream *s) {
  (void)s;
}

static const RdCarrier carrier = {
    .listen = listen_at, .connect = connect_at_once, .close = nothing, .forget = nothing};

static void open_lab(void) {
  static const RdTrial trial = {.seed = 1};
  lab = (Lab){.world = {.trial = &trial, .up = {.arrived = drop, .forget = forget}}};
  ck_assert(rd_address_parse(rd_slice("192.0.2.0"), &lab.spec.prefix));
  lab.spec.prefix_length = 24;
  lab.network = (RdWorldNetwork){.world = &lab.world, .spec = &lab.spec, .carrier = &carrier};
  lab.network.attachments = g_ptr_array_new();
  lab.network.scattered = g_hash_table_new(g_int64_hash, g_int64_equal);
  rd_rooms_new(&lab.world);
  rd_streams_new(&lab.world);
  for (unsigned i = 0; i < 2; i++) {
    lab.actors[i] = (RdWorldActor){.world = &lab.world, .index = i, .entities = 1 + i};
    lab.ends[i] =
        (RdWorldAttachment){.network = &lab.network, .actor = &lab.actors[i], .first = 1 + i};
    lab.actors[i].attachments = &lab.ends[i];
    g_ptr_array_add(lab.network.attachments, &lab.ends[i]);
    ck_assert_uint_eq(rd_ports_open(&lab.ends[i], RD_TCP, 5060, RD_PROTO_SIP, NULL), 5060);
  }
}

static void close_lab(void) {
  rd_streams_free(&lab.world);
  rd_rooms_free(&lab.world);
  for (unsigned i = 0; i < 2; i++)
    g_array_unref(lab.ends[i].ports);
  g_ptr_array_unref(lab.network.attachments);
  g_hash_table_unref(lab.network.scattered);
}

/* From the first node to an entity of the second. NULL: none can be had. */
static RdStream *call(uint64_t entity, uint16_t port) {
  const RdTag tag = {0};
  RdAddress local = {0}, remote = rd_attachment_address(&lab.ends[1], entity);
  remote.transport = RD_TCP;
  if (port)
    local = rd_attachment_address(&lab.ends[0], 0);
  local.port = port;
  const RdConn conn = rd_stream_connect(&lab.ends[0], 0, RD_PROTO_SIP, &local, &remote, NULL, &tag);
  return conn ? rd_stream_find(&lab.world, &lab.actors[0], NULL, conn) : NULL;
}

static void hang_up(RdStream *s) {
  RdStream *far = s->peer;
  rd_stream_close(far);
  rd_stream_close(s);
}

START_TEST(both_ends_are_found_while_they_are) {
  RdStream *s = call(0, 0);
  ck_assert_ptr_nonnull(s);
  const RdAddress here = s->local, there = s->remote;
  ck_assert_ptr_eq(rd_stream_between(&lab.network, &here, &there), s);
  ck_assert_ptr_eq(rd_stream_between(&lab.network, &there, &here), s->peer);
  RdWorldNetwork other = lab.network;
  ck_assert_ptr_null(rd_stream_between(&other, &here, &there)); /* addresses are a network's own */
  RdAddress port = here;
  port.port++;
  ck_assert_ptr_null(rd_stream_between(&lab.network, &port, &there));
  hang_up(s);
  ck_assert_ptr_null(rd_stream_between(&lab.network, &here, &there));
  ck_assert_ptr_null(rd_stream_between(&lab.network, &there, &here));
}
END_TEST

START_TEST(a_pair_is_nobody_else_s_until_it_is_free) {
  RdStream *s = call(0, 50000);
  ck_assert_ptr_nonnull(s);
  ck_assert_ptr_null(call(0, 50000));
  ck_assert_ptr_nonnull(call(1, 50000)); /* to another address */
  RdStream *far = s->peer;
  rd_stream_close(s); /* the far end has it still */
  ck_assert_ptr_null(call(0, 50000));
  rd_stream_close(far);
  ck_assert_ptr_nonnull(call(0, 50000));
}
END_TEST

/* Ports come round; the one that is still in use does not. */
START_TEST(free_ports_look_at_what_is_open) {
  const RdStream *kept = call(0, 0);
  for (unsigned i = 0; i < RD_PORTS_DYNAMIC + 10; i++) {
    RdStream *s = call(0, 0);
    ck_assert_ptr_nonnull(s);
    ck_assert_uint_ne(s->local.port, kept->local.port);
    hang_up(s);
  }
  ck_assert_ptr_eq(rd_stream_between(&lab.network, &kept->local, &kept->remote), kept);
}
END_TEST

START_TEST(there_are_so_many_and_no_more) {
  for (unsigned i = 0; i < RD_PORTS_DYNAMIC; i++)
    ck_assert_ptr_nonnull(call(0, 0));
  ck_assert_ptr_null(call(0, 0));
  ck_assert_ptr_nonnull(call(1, 0));
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("stream-pairs");
  TCase *t = tcase_create("stream-pairs");
  tcase_set_timeout(t, 120);
  tcase_add_checked_fixture(t, open_lab, close_lab);
  tcase_add_test(t, both_ends_are_found_while_they_are);
  tcase_add_test(t, a_pair_is_nobody_else_s_until_it_is_free);
  tcase_add_test(t, free_ports_look_at_what_is_open);
  tcase_add_test(t, there_are_so_many_and_no_more);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
