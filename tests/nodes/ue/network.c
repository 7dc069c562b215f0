#include "tests/nodes/ue/network.h"

#include <check.h>
#include <string.h>

#include "lab/auth/aka.h"
#include "lab/auth/digest.h"
#include "lab/base/address.h"
#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "lab/sip/build.h"
#include "nodes/ue/ue.h"

#define ADDRESS "198.18.0.1"

/* Overwrites up to four bytes, or cuts the message off. */
static size_t spoil(uint64_t number, uint8_t *bytes, size_t len) {
  static const char odd[] = "\0\r\n\t :;,<>@\"%9zZ\xff";
  if (number % 16 == 1)
    return rd_below(rd_mix(number, 0), len);
  for (uint64_t i = 1; i <= 1 + number % 4; i++)
    bytes[rd_below(rd_mix(number, i), len)] =
        (uint8_t)odd[rd_below(rd_mix(number, i + 8), sizeof odd - 1)];
  return len;
}

static void transmit(Network *n, const RdAddress *to, const void *message, size_t len) {
  RdHost *host = mock_host(n->mock);
  const size_t was = len;
  uint8_t bytes[65536];
  ck_assert_uint_le(len, sizeof bytes);
  memcpy(bytes, message, len);
  if (n->transmitted++ % 2 && n->mangle) {
    len = spoil(n->transmitted, bytes, len);
    n->spoiled += len != was || memcmp(bytes, message, len) != 0;
  }
  const RdSend send = {
      .size = sizeof send, .protocol = RD_PROTO_SIP, .remote = *to, .bytes = bytes, .len = len};
  host->send(host, &send);
}

static void answer(Network *n, const RdMessage *m, unsigned status, const char *name,
                   const char *value) {
  char buffer[4096];
  RdSipBuild b = rd_sip_reply(buffer, sizeof buffer, m->sip, status, NULL, rd_slice("net"));
  if (name)
    rd_sip_add(&b, name, rd_slice(value));
  if (n->retry_after > 0 && status >= 500)
    rd_sip_addf(&b, "Retry-After", "%u", n->retry_after);
  if (status == 200 && m->sip->method == RD_SIP_REGISTER) {
    rd_sip_addf(&b, "Contact", "<%.*s>;expires=%u", (int)m->sip->contact_uri.len,
                m->sip->contact_uri.at, n->expires);
    uint64_t who;
    char impu[RD_IDENTITY_TEXT];
    ck_assert(rd_provision_find(&n->provision, m->sip->to_uri, &who));
    rd_provision_impu(&n->provision, who, impu);
    if (!n->tells_no_number)
      rd_sip_addf(&b, "P-Associated-URI", "<%s>, <tel:+1>", impu);
    rd_sip_add(&b, "Service-Route", rd_slice("<sip:orig@s-cscf.example.com;lr>"));
  }
  transmit(n, &m->remote, buffer, rd_sip_finish(&b, NULL, (RdSlice){0}));
}

static void challenge(Network *n, const RdMessage *m, uint64_t who) {
  RdAkaKeys keys;
  RdAkaVector vector;
  uint8_t rand[16] = {1, 2, 3, (uint8_t)who};
  char nonce[RD_AKA_NONCE], value[256];
  rd_provision_keys(&n->provision, who, keys.k, keys.opc);
  if (n->wrong_mac)
    keys.k[0] ^= 1;
  rd_aka_vector(&keys, rand, n->sqn++, &vector);
  rd_aka_nonce(&vector, nonce);
  g_snprintf(value, sizeof value,
             "Digest realm=\"%s\", nonce=\"%s\", algorithm=AKAv1-MD5, qop=\"auth\"", RD_IMS_DOMAIN,
             nonce);
  answer(n, m, 401, "WWW-Authenticate", value);
}

static void on_register(Network *n, const RdMessage *m) {
  RdDigest d;
  RdAkaKeys keys;
  RdAkaVector vector;
  uint8_t rand[16];
  uint64_t who;
  n->registers++;
  ck_assert(rd_digest_parse(rd_sip_value(m->sip, RD_HDR_AUTHORIZATION), &d));
  ck_assert(rd_provision_find(&n->provision, d.username, &who));
  rd_provision_keys(&n->provision, who, keys.k, keys.opc);
  if (n->refuse_register && n->refuse_times > 0) {
    n->refuse_times--;
    answer(n, m, n->refuse_register, NULL, NULL);
    return;
  }
  if (!rd_aka_nonce_rand(d.nonce, rand) || n->never_content) {
    challenge(n, m, who);
    return;
  }
  uint64_t sqn;
  if (d.auts.at && rd_aka_resync(&keys, rand, d.auts, &sqn)) {
    n->resyncs++;
    n->sqn = sqn + 1;
    challenge(n, m, who);
    return;
  }
  rd_aka_vector(&keys, rand, 0, &vector);
  const bool good =
      rd_digest_verify(&d, rd_slice_of(vector.res, sizeof vector.res), rd_slice("REGISTER"));
  *(good ? &n->authenticated : &n->bad_responses) += 1;
  answer(n, m, good ? 200 : 403, NULL, NULL);
}

/* To the phone whose number, or whose contact, the Request-URI names: by its contact. */
static void relay(Network *n, const RdMessage *m) {
  char user[RD_IMSI_TEXT];
  uint64_t who;
  if (m->sip->uri.len < 4)
    return;
  rd_slice_copy(rd_slice_of(m->sip->uri.at + 4, m->sip->uri.len - 4), user, sizeof user);
  if (!rd_provision_find(&n->provision, rd_slice(user), &who) &&
      !rd_provision_find_number(&n->provision, m->sip->uri, &who))
    return;
  const RdActorSetup *setup = mock_setup(n->phones);
  const RdAddress to = setup->address(mock_host(n->phones), 0, who);
  char imsi[RD_IMSI_TEXT], host[RD_ADDRESS_TEXT], text[4096];
  rd_provision_imsi(&n->provision, who, imsi);
  rd_address_text(&to, host);
  const size_t head = (size_t)(rd_slice_end(m->sip->uri) - (const char *)m->bytes);
  const int len = g_snprintf(text, sizeof text, "%.*s sip:%s@%s%.*s", (int)m->sip->method_text.len,
                             m->sip->method_text.at, imsi, host, (int)(m->len - head),
                             (const char *)m->bytes + head);
  ck_assert_int_lt(len, (int)sizeof text);
  transmit(n, &to, text, (size_t)len);
}

static void relay_back(Network *n, const RdMessage *m) {
  RdAddress to;
  if (rd_address_parse(m->sip->via_sent_by, &to))
    transmit(n, &to, m->bytes, m->len);
}

static void on_receive(void *self, const RdMessage *m) {
  Network *n = self;
  if (n->deaf || !m->sip || (m->sip->defects & RD_SIP_MISSING_HEADER))
    return;
  if (!m->sip->is_request) {
    relay_back(n, m);
    return;
  }
  switch (m->sip->method) {
  case RD_SIP_REGISTER:
    on_register(n, m);
    return;
  case RD_SIP_INVITE:
    n->invites++;
    if (n->refuse_invite)
      answer(n, m, n->refuse_invite, NULL, NULL);
    else
      relay(n, m);
    return;
  case RD_SIP_ACK:
    n->acks++;
    if (n->refuse_invite)
      return;
    if (n->lose_acks > 0)
      n->lose_acks--;
    else
      relay(n, m);
    return;
  case RD_SIP_PRACK:
    if (n->lose_pracks > 0) {
      n->lose_pracks--;
      return;
    }
    break;
  case RD_SIP_CANCEL:
    n->cancels++;
    break;
  case RD_SIP_BYE:
    n->byes++;
    if (n->lose_byes)
      return;
    break;
  default:
    break;
  }
  relay(n, m);
}

void lab_open(Lab *lab, uint64_t seed, unsigned subscribers, void (*configure)(void *config)) {
  *lab = (Lab){.world = mock_world_new(seed), .network = {.sqn = 1, .expires = 3600}};
  void *c = lab->config = mock_config(&redoubt_plugin);
  mock_set(&redoubt_plugin, c, "subscribers", subscribers);
  mock_set(&redoubt_plugin, c, "bhca", 0);
  if (configure)
    configure(c);
  lab->network.mock = mock_host_new(lab->world, "sbc");
  mock_attach(lab->network.mock, RD_IF_GM, "gm", "access", ADDRESS "/15");
  mock_on_receive(lab->network.mock, on_receive, &lab->network);
  lab->phones = lab->network.phones = mock_host_new(lab->world, "ue");
  mock_attach(lab->phones, RD_IF_GM, "gm", "access", "198.18.1.1/15");
  mock_population(lab->phones, redoubt_plugin.actor->entities(c), 0, 4 * 3600 * RD_SECOND);
  mock_wire(lab->world, 10 * RD_MILLISECOND);
  mock_no_streams(lab->world); /* long requests go as datagrams */
  ck_assert(rd_provision_init(&lab->network.provision, "redoubt", 2, subscribers)); /* defaults */
  lab->self = mock_open(lab->phones, redoubt_plugin.actor, c);
  ck_assert(lab->self != NULL);
  mock_start(lab->phones);
}

void lab_run(Lab *lab, RdTime until) {
  mock_run_until(lab->world, until);
}

void lab_close(Lab *lab) {
  mock_close(lab->phones);
  mock_world_free(lab->world);
  g_free(lab->config);
}
