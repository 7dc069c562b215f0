/* The network on the mock host's wire: phones, SBC, P-CSCF, S-CSCF. */
#include <stdio.h>
#include <string.h>

#include "lab/base/slice.h"
#include "lab/subscribers/provision.h"
#include "tests/check_main.h"
#include "tests/mock/host.h"

extern const RdPlugin sbc_plugin, p_cscf_plugin, s_cscf_plugin, ue_plugin;

typedef struct {
  MockWorld *world;
  MockHost *ue, *sbc, *pcscf, *scscf;
  void *configs[4];
} Net;

static void begin(Net *net, int i, MockHost *host, const RdPlugin *plugin) {
  (void)net, (void)i;
  ck_assert_ptr_nonnull(mock_open(host, plugin->actor, net->configs[i]));
}

static Net *network(uint64_t phones) {
  Net *net = g_new0(Net, 1);
  net->world = mock_world_new(7);
  net->ue = mock_host_new(net->world, "ue");
  net->sbc = mock_host_new(net->world, "sbc");
  net->pcscf = mock_host_new(net->world, "p-cscf");
  net->scscf = mock_host_new(net->world, "s-cscf");
  mock_attach(net->sbc, RD_IF_GM, "gm", "access", "198.18.0.1/15");
  mock_attach(net->sbc, RD_IF_MW, "border", "home", "192.0.2.1/24");
  mock_attach(net->pcscf, RD_IF_MW, "border", "home", "192.0.2.2/24");
  mock_attach(net->pcscf, RD_IF_MW, "core", "home", "198.51.100.1/24");
  mock_attach(net->scscf, RD_IF_MW, "core", "home", "198.51.100.2/24");
  mock_attach(net->ue, RD_IF_GM, "gm", "access", "198.18.1.0/15");
  mock_population(net->ue, phones, 0, 120 * RD_SECOND);
  mock_wire(net->world, 5 * RD_MILLISECOND);
  const RdPlugin *plugins[] = {&ue_plugin, &sbc_plugin, &p_cscf_plugin, &s_cscf_plugin};
  MockHost *hosts[] = {net->ue, net->sbc, net->pcscf, net->scscf};
  for (int i = 0; i < 4; i++)
    net->configs[i] = mock_config(plugins[i]);
  mock_set(&ue_plugin, net->configs[0], "subscribers", (double)phones);
  mock_set(&ue_plugin, net->configs[0], "bhca", 100);
  mock_set_text(&sbc_plugin, net->configs[1], "next-hop", "p-cscf");
  mock_set_text(&p_cscf_plugin, net->configs[2], "next-hop", "s-cscf");
  for (int i = 0; i < 4; i++)
    begin(net, i, hosts[i], plugins[i]);
  return net;
}

static void start_all(Net *net) {
  mock_start(net->sbc);
  mock_start(net->pcscf);
  mock_start(net->scscf);
  mock_start(net->ue);
}

static void finish(Net *net) {
  MockHost *hosts[] = {net->ue, net->sbc, net->pcscf, net->scscf};
  for (int i = 0; i < 4; i++) {
    mock_close(hosts[i]);
    g_free(net->configs[i]);
  }
  mock_world_free(net->world);
  g_free(net);
}

START_TEST(phones_register_and_call) {
  Net *net = network(60);
  start_all(net);
  mock_run_until(net->world, 121 * RD_SECOND);
  mock_stop(net->ue);
  unsigned registered = 0, answered = 0, calls = 0;
  for (unsigned i = 0; i < mock_n_attempts(net->ue); i++) {
    const RdAttempt *a = mock_attempt(net->ue, i);
    registered += a->kind == RD_ATTEMPT_REGISTER && a->status == 200;
    calls += a->kind == RD_ATTEMPT_CALL;
    answered += a->kind == RD_ATTEMPT_CALL && a->status == 200 && a->closed != RD_NEVER;
    if (a->kind == RD_ATTEMPT_CALL)
      ck_assert_msg(a->status == 200 || a->status == 486 || a->status == 480 || a->status == 603 ||
                        a->status == 487 || a->status == 600,
                    "call ended in %u", a->status);
  }
  ck_assert_uint_eq(registered, 60);
  ck_assert_int_eq(mock_count(net->scscf, "registrations"), 60);
  ck_assert_int_eq(mock_count(net->pcscf, "registrations-bound"), 60);
  ck_assert_int_eq(mock_count(net->pcscf, "unregistered-refused"), 0);
  ck_assert_uint_ge(calls, 100);
  ck_assert_uint_ge(answered, 40);
  finish(net);
}
END_TEST

/* One message in eight is lost on its way. */
static bool lossy(void *user, MockHost *from, const MockSent *sent) {
  unsigned *n = user;
  (void)from, (void)sent;
  return ++*n * 2654435761u >> 29 != 0;
}

START_TEST(loss_is_made_good_and_leaves_nothing_behind) {
  Net *net = network(60);
  unsigned n = 0;
  mock_wire_filter(net->world, lossy, &n);
  start_all(net);
  mock_run_until(net->world, 121 * RD_SECOND);
  mock_stop(net->ue);
  unsigned registered = 0, answered = 0;
  for (unsigned i = 0; i < mock_n_attempts(net->ue); i++) {
    const RdAttempt *a = mock_attempt(net->ue, i);
    registered += a->kind == RD_ATTEMPT_REGISTER && a->status == 200;
    answered += a->kind == RD_ATTEMPT_CALL && a->status == 200;
  }
  ck_assert_uint_ge(registered, 58);
  ck_assert_uint_ge(answered, 40);
  mock_close(net->ue); /* the phones are gone; whatever was under way has to end */
  mock_run_until(net->world, 1000 * RD_SECOND);
  ck_assert_uint_eq(mock_pending(net->sbc), 0);
  ck_assert_uint_eq(mock_pending(net->pcscf), 0);
  ck_assert_uint_eq(mock_pending(net->scscf), 0);
  finish(net);
}
END_TEST

/* --- a stranger on the phones' network --- */

static void attack(MockHost *stranger, unsigned k) {
  static const char *const methods[] = {"REGISTER", "INVITE", "BYE", "OPTIONS", "MESSAGE", "ACK"};
  const char *method = methods[k % 6];
  char imsi[RD_IMSI_TEXT], text[1500];
  const uint64_t who = 2000 + k * 7 % 5000; /* nobody's, and subscribers without a phone */
  if (k % 12 < 6)
    rd_provision_guess(who, imsi);
  else
    rd_provision_guess_number(who, imsi);
  int n =
      snprintf(text, sizeof text,
               "%s sip:%s@" RD_IMS_DOMAIN " SIP/2.0\r\n"
               "Via: SIP/2.0/UDP 198.18.0.200:5060;branch=z9hG4bKx%u\r\nMax-Forwards: 70\r\n"
               "From: <sip:%s@" RD_IMS_DOMAIN ">;tag=x%u\r\nTo: <sip:%s@" RD_IMS_DOMAIN ">%s\r\n"
               "Call-ID: x%u\r\nCSeq: 1 %s\r\nContact: <sip:x@198.18.0.200>\r\n"
               "Content-Length: 0\r\n\r\n",
               method, imsi, k, imsi, k, imsi, k % 3 ? "" : ";tag=y", k, method);
  RdHost *host = mock_host(stranger);
  RdSend send = {.size = sizeof send,
                 .protocol = RD_PROTO_SIP,
                 .bytes = (const uint8_t *)text,
                 .len = (size_t)n};
  ck_assert(host->resolve(host, 0, "sbc", &send.remote));
  ck_assert(host->send(host, &send));
}

static Net *world_with_stranger(bool attacks) {
  Net *net = network(40);
  MockHost *stranger = mock_host_new(net->world, "stranger");
  mock_attach(stranger, RD_IF_GM, "gm", "access", "198.18.0.200/15");
  start_all(net);
  for (unsigned k = 0; k < 3000; k++) {
    mock_run_until(net->world, (RdTime)k * 20 * RD_MILLISECOND + 1);
    if (attacks)
      attack(stranger, k);
  }
  mock_run_until(net->world, 121 * RD_SECOND);
  return net;
}

/* With nodes that are never busy, an attack on others is not to be seen from a phone at all. */
START_TEST(an_attack_on_others_changes_no_byte_and_no_time) {
  Net *quiet = world_with_stranger(false), *loud = world_with_stranger(true);
  ck_assert_int_gt(mock_count(loud->pcscf, "unregistered-refused"), 1000);
  ck_assert_int_gt(mock_count(loud->scscf, "challenges"), 100);
  ck_assert_uint_gt(mock_n_sent(quiet->ue), 400);
  ck_assert_uint_eq(mock_n_sent(quiet->ue), mock_n_sent(loud->ue));
  for (unsigned i = 0; i < mock_n_sent(quiet->ue); i++) {
    const MockSent *a = mock_sent(quiet->ue, i), *b = mock_sent(loud->ue, i);
    ck_assert_int_eq(a->at, b->at);
    ck_assert_str_eq((const char *)a->bytes, (const char *)b->bytes);
  }
  finish(quiet);
  finish(loud);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("chain");
  TCase *c = tcase_create("network");
  suite_add_tcase(s, c);
  tcase_set_timeout(c, 60);
  tcase_add_test(c, phones_register_and_call);
  tcase_add_test(c, loss_is_made_good_and_leaves_nothing_behind);
  tcase_add_test(c, an_attack_on_others_changes_no_byte_and_no_time);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
