/* Every part that is built, held to the contract. No part is named here: what is found is tested. */
#include <math.h>
#include <string.h>

#include "lab/plugin/loader.h"
#include "tests/check_main.h"
#include "tests/mock/host.h"

typedef struct {
  RdPartKind kind;
  char *name;
} Found;

static RdParts *parts;
static GArray *found; /* Found */

static void find_parts(void) {
  parts = rd_parts_new();
  found = g_array_new(FALSE, FALSE, sizeof(Found));
  for (RdPartKind kind = RD_NODE; kind <= RD_DEFENSE; kind++) {
    g_auto(GStrv) names = rd_parts_names(parts, kind);
    for (char **n = names; *n; n++) {
      Found f = {kind, g_strdup(*n)};
      g_array_append_val(found, f);
    }
  }
}

static const RdPart *part_at(int i) {
  GError *error = NULL;
  Found *f = &g_array_index(found, Found, i);
  const RdPart *part = rd_parts_get(parts, f->kind, f->name, &error);
  ck_assert_msg(part != NULL, "%s: %s", f->name, error ? error->message : "?");
  return part;
}

static const char *const folders[] = {NULL, "nodes", "attacks", "defenses"};

START_TEST(it_says_what_it_is) {
  const RdPart *part = part_at(_i);
  const RdPlugin *p = &part->plugin;
  g_autofree char *readme =
      g_build_filename(RD_SOURCE_ROOT, folders[p->kind], p->name, "README.md", NULL);
  ck_assert_uint_eq(p->abi, RD_ABI);
  ck_assert_msg(g_file_test(readme, G_FILE_TEST_EXISTS), "%s is missing", readme);
  ck_assert_msg(p->summary && strlen(p->summary) > 10, "%s: no summary", p->name);
  for (unsigned i = 0; i < part->n_params; i++) {
    const RdParam *row = &part->params[i];
    ck_assert_msg(row->help && strlen(row->help) > 10, "%s: %s: no help", p->name, row->key);
    for (const char *c = row->key; *c; c++)
      ck_assert_msg(g_ascii_islower(*c) || g_ascii_isdigit(*c) || *c == '-',
                    "%s: %s: lower-case-with-hyphens", p->name, row->key);
  }
  if (p->kind == RD_ATTACK) {
    ck_assert_msg(p->family && *p->family, "%s: no family", p->name);
    ck_assert_msg(part->actor.success != NULL, "%s: no success predicate", p->name);
  }
}
END_TEST

/* --- messages of all sorts --------------------------------------------------------------------- */

static const char *const texts[] = {
    "INVITE sip:001010000000000@ims.mnc001.mcc001.3gppnetwork.org SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 198.18.1.9:5060;branch=z9hG4bK%u\r\nMax-Forwards: 70\r\n"
    "From: <sip:a@example.com>;tag=%u\r\nTo: <sip:b@example.com>\r\nCall-ID: c%u\r\n"
    "CSeq: 1 INVITE\r\nContact: <sip:a@198.18.1.9:5060>\r\nContent-Length: 0\r\n\r\n",
    "REGISTER sip:ims.mnc001.mcc001.3gppnetwork.org SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 198.18.1.9:5060;branch=z9hG4bKr%u\r\nMax-Forwards: 70\r\n"
    "From: <sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org>;tag=%u\r\n"
    "To: <sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org>\r\nCall-ID: r%u\r\n"
    "CSeq: 1 REGISTER\r\nContact: <sip:a@198.18.1.9:5060>\r\nExpires: 600000\r\n"
    "Content-Length: 0\r\n\r\n",
    "ACK sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa%u\r\nFrom: <sip:a@h>;"
    "tag=%u\r\nTo: <sip:b@h>;tag=2\r\nCall-ID: c%u\r\nCSeq: 1 ACK\r\nMax-Forwards: 70\r\n\r\n",
    "CANCEL sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK%u\r\nFrom: <sip:a@h>;"
    "tag=%u\r\nTo: <sip:b@h>\r\nCall-ID: c%u\r\nCSeq: 1 CANCEL\r\nMax-Forwards: 0\r\n\r\n",
    "BYE sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKb%u\r\nFrom: <sip:a@h>;"
    "tag=%u\r\nTo: <sip:b@h>;tag=7\r\nCall-ID: c%u\r\nCSeq: 2 BYE\r\nMax-Forwards: 70\r\n"
    "Route: <sip:198.18.1.1;lr>, <sip:192.0.2.1;lr>\r\n\r\n",
    "SIP/2.0 401 Unauthorized\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK%u\r\nFrom: <sip:a@h>;tag=%u\r\n"
    "To: <sip:b@h>;tag=3\r\nCall-ID: r%u\r\nCSeq: 1 REGISTER\r\nWWW-Authenticate: Digest "
    "realm=\"x\", nonce=\"AAAA\", algorithm=AKAv1-MD5, qop=\"auth\"\r\nContent-Length: 0\r\n\r\n",
    "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK%u\r\nFrom: <sip:a@h>;tag=%u\r\n"
    "To: <sip:b@h>;tag=3\r\nCall-ID: c%u\r\nCSeq: 1 INVITE\r\n\r\n",
    "OPTIONS sip: SIP/2.0\r\nVia: \r\nFrom: ;tag=%u\r\nTo:\r\nCall-ID: %u\r\nCSeq: %u\r\n\r\n",
    "REGISTER sip:x SIP/2.0\r\nAuthorization: Digest username=\"%u\",response=\"\r\nContact: *\r\n"
    "Expires: 99999999999999999999%u\r\nCSeq: 1 REGISTER\r\nCall-ID:%u\r\n\r\n",
    "\r\n\r\n",
    "INVITE",
    "\x80\xff%u%u%u",
    "SIP/2.0 999999 \r\n\r\n",
    ""};

static char *message_text(unsigned i) {
  return g_strdup_printf(texts[i % G_N_ELEMENTS(texts)], i, i * 7, i / 3);
}

/* --- actors ------------------------------------------------------------------------------------ */

/* What it sent, as one digest. */
static uint64_t run_actor(const RdPart *part, uint64_t seed) {
  MockWorld *world = mock_world_new(seed);
  MockHost *mock = mock_host_new(world, part->plugin.name);
  void *config = mock_config(&part->plugin);
  uint64_t entities = part->actor.entities ? part->actor.entities(config) : 1;
  g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
  ck_assert_uint_ge(entities, 1);
  mock_attach(mock, RD_IF_GM, "gm", "access", "198.18.1.1/15");
  mock_attach(mock, RD_IF_MW, "core", "home", "192.0.2.1/24");
  mock_name(mock, 0, "sbc", "198.18.0.1");
  mock_name(mock, 1, "s-cscf", "192.0.2.9");
  mock_population(mock, entities, RD_SECOND, 20 * RD_SECOND);
  if (mock_open(mock, &part->actor, config)) { /* some want a parameter the defaults lack */
    for (unsigned i = 0; i < 400; i++) {
      g_autofree char *text = message_text(i);
      mock_run_until(world, (RdTime)i * 100 * RD_MILLISECOND);
      mock_receive(mock, i % 2, i % 3 ? "198.18.0.7:5060" : "192.0.2.7:5060", text, strlen(text));
    }
    mock_run_until(world, 120 * RD_SECOND);
    mock_close(mock);
  }
  for (unsigned i = 0; i < mock_n_sent(mock); i++)
    g_checksum_update(sum, mock_sent(mock, i)->bytes, (gssize)mock_sent(mock, i)->len);
  uint64_t digest = g_str_hash(g_checksum_get_string(sum));
  g_free(config);
  mock_world_free(world);
  return digest;
}

/* --- defenses ---------------------------------------------------------------------------------- */

static uint64_t run_defense(const RdPart *part, uint64_t seed) {
  MockWorld *world = mock_world_new(seed);
  MockHost *mock = mock_host_new(world, part->plugin.name);
  void *config = mock_config(&part->plugin);
  RdPlace place = {.size = sizeof place,
                   .interface = RD_IF_GM,
                   .protocol = RD_PROTO_SIP,
                   .node = "sbc",
                   .network = "gm",
                   .domain = "access"};
  RdDefenseSetup setup = {
      .size = sizeof setup, .n_places = 1, .place_stride = sizeof place, .places = &place};
  uint64_t digest = 0, bytes = 0;
  mock_attach(mock, RD_IF_GM, "gm", "access", "198.18.1.1/15");
  void *self = part->defense.open(mock_host(mock), config, &setup);
  ck_assert_msg(self != NULL, "%s: does not open with its defaults", part->plugin.name);
  if (part->defense.timer)
    mock_on_timer(mock, part->defense.timer, self);
  for (unsigned i = 0; i < 20000; i++) {
    g_autofree char *text = message_text(i);
    g_autofree char *before = g_strdup(text);
    g_autofree char *remote = g_strdup_printf("198.18.%u.%u:5060", i / 250 % 250, i % 250);
    if (i % 16 == 0)
      mock_run_until(world, (RdTime)i * RD_MILLISECOND);
    RdVerdict v = {.size = sizeof v, .score = NAN};
    part->defense.judge(self, mock_message(mock, 0, i % 2, remote, text, strlen(text)), &v);
    ck_assert_int_lt(v.action, RD_ACTION_COUNT);
    ck_assert(isnan(v.score) || (v.score >= 0 && v.score <= 1));
    ck_assert_msg(v.action == RD_PASS || v.action == RD_REWRITE || !isnan(v.score),
                  "%s: acts without a score", part->plugin.name);
    ck_assert_msg(v.action == RD_PASS || (v.classes && v.reason), "%s: acts without a reason",
                  part->plugin.name);
    ck_assert_str_eq(text, before);
    digest = digest * 1099511628211u + v.action;
    digest += isnan(v.score) ? UINT64_MAX : (uint64_t)(v.score * 1e6);
  }
  mock_run_until(world, 3600 * RD_SECOND);
  if (part->defense.state)
    ck_assert_uint_lt(part->defense.state(self, &bytes), 1u << 24);
  part->defense.close(self);
  g_free(config);
  mock_world_free(world);
  return digest;
}

static uint64_t run_part(const RdPart *part, uint64_t seed) {
  return part->plugin.kind == RD_DEFENSE ? run_defense(part, seed) : run_actor(part, seed);
}

START_TEST(it_bears_anything_and_repeats_itself) {
  const RdPart *part = part_at(_i);
  uint64_t first = run_part(part, 1);
  ck_assert_uint_eq(first, run_part(part, 1)); /* nothing kept between instances */
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("conformance");
  TCase *t = tcase_create("parts");
  find_parts();
  tcase_set_timeout(t, 120);
  tcase_add_loop_test(t, it_says_what_it_is, 0, (int)found->len);
  tcase_add_loop_test(t, it_bears_anything_and_repeats_itself, 0, (int)found->len);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
