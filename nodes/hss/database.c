#include "nodes/hss/database.h"

#include <glib.h>
#include <string.h>

#include "lab/base/slice.h"
#include "lab/base/text.h"

#define PAGE 1024
#define SERVERS 255 /* S-CSCFs of one network */

/* A million of them are kept. */
typedef struct {
  uint64_t sqn : 48; /* the last one given out */
  uint64_t server : 8; /* number of its S-CSCF; 0: none */
  uint64_t state : 8; /* HssState */
} Record;
_Static_assert(sizeof(Record) == 8, "eight octets a subscriber");

struct HssDatabase {
  RdProvision provision;
  Record **pages; /* NULL: none of these has changed yet */
  struct {
    char uri[RD_IDENTITY_TEXT], host[RD_IDENTITY_TEXT];
  } servers[SERVERS + 1]; /* by number; 0 is "" */
  unsigned n_servers;
};

HssDatabase *hss_database_new(const char *secret, uint64_t spread, uint64_t count) {
  HssDatabase *d = g_new0(HssDatabase, 1);
  if (!rd_provision_init(&d->provision, secret, spread, count)) {
    g_free(d);
    return NULL;
  }
  d->pages = g_new0(Record *, count / PAGE + 1);
  return d;
}

void hss_database_free(HssDatabase *d) {
  if (!d)
    return;
  for (uint64_t i = 0; i <= d->provision.count / PAGE; i++)
    g_free(d->pages[i]);
  g_free(d->pages);
  g_free(d);
}

/* --- who --- */

HssIdentity hss_find_public(const HssDatabase *d, RdSlice identity, uint64_t *ret_index) {
  if (rd_slice_starts_nocase(identity, "sip:") &&
      rd_provision_find(&d->provision, identity, ret_index))
    return HSS_TEMPORARY;
  return rd_provision_find_number(&d->provision, identity, ret_index) ? HSS_NUMBER : HSS_NOBODY;
}

bool hss_find_private(const HssDatabase *d, RdSlice identity, uint64_t *ret_index) {
  return identity.len > 0 && memchr(identity.at, '@', identity.len) &&
         !rd_slice_starts_nocase(identity, "sip:") &&
         rd_provision_find(&d->provision, identity, ret_index);
}

/* --- what changes --- */

static const Record *look(const HssDatabase *d, uint64_t index) {
  static const Record untouched = {0};
  const Record *page = d->pages[index / PAGE];
  return page ? &page[index % PAGE] : &untouched;
}

static Record *touch(HssDatabase *d, uint64_t index) {
  Record **page = &d->pages[index / PAGE];
  if (!*page)
    *page = g_new0(Record, PAGE);
  return &(*page)[index % PAGE];
}

HssState hss_state(const HssDatabase *d, uint64_t index) {
  return (HssState)look(d, index)->state;
}

const char *hss_server(const HssDatabase *d, uint64_t index) {
  return d->servers[look(d, index)->server].uri;
}

const char *hss_server_host(const HssDatabase *d, uint64_t index) {
  return d->servers[look(d, index)->server].host;
}

/* 0: there is no room for another. */
static unsigned number_of(HssDatabase *d, RdSlice uri, RdSlice host) {
  for (unsigned i = 1; i <= d->n_servers; i++)
    if (rd_slice_is(uri, d->servers[i].uri) && rd_slice_is(host, d->servers[i].host))
      return i;
  if (d->n_servers == SERVERS || uri.len == 0 || uri.len >= RD_IDENTITY_TEXT ||
      host.len >= RD_IDENTITY_TEXT)
    return 0;
  d->n_servers++;
  rd_slice_copy(uri, d->servers[d->n_servers].uri, RD_IDENTITY_TEXT);
  rd_slice_copy(host, d->servers[d->n_servers].host, RD_IDENTITY_TEXT);
  return d->n_servers;
}

bool hss_assign(HssDatabase *d, uint64_t index, RdSlice server, RdSlice host, HssState state) {
  const unsigned number = number_of(d, server, host);
  if (number == 0)
    return false;
  Record *r = touch(d, index);
  r->server = number;
  r->state = state;
  return true;
}

void hss_release(HssDatabase *d, uint64_t index) {
  Record *r = touch(d, index);
  r->server = 0;
  r->state = HSS_NOT_REGISTERED;
}

/* --- secrets --- */

static RdAkaKeys keys_of(const HssDatabase *d, uint64_t index) {
  RdAkaKeys keys;
  rd_provision_keys(&d->provision, index, keys.k, keys.opc);
  return keys;
}

void hss_vector(HssDatabase *d, uint64_t index, const uint8_t rand[16], RdAkaVector *ret) {
  const RdAkaKeys keys = keys_of(d, index);
  Record *r = touch(d, index);
  r->sqn = (r->sqn + 1) % RD_SQN_LIMIT;
  rd_aka_vector(&keys, rand, r->sqn, ret);
}

bool hss_resynchronise(HssDatabase *d, uint64_t index, const uint8_t rand[16],
                       const uint8_t auts[RD_AKA_AUTS_OCTETS]) {
  const RdAkaKeys keys = keys_of(d, index);
  uint64_t told;
  if (!rd_aka_resync_octets(&keys, rand, auts, &told))
    return false;
  touch(d, index)->sqn = told % RD_SQN_LIMIT;
  return true;
}

void hss_password(const HssDatabase *d, uint64_t index, char ret[33]) {
  const RdAkaKeys keys = keys_of(d, index);
  RdText t = rd_text(ret, 33);
  for (int i = 0; i < 16; i++)
    rd_text_hex(&t, keys.k[i], 2);
}

void hss_profile(const HssDatabase *d, uint64_t index, RdProfile *ret) {
  memset(ret, 0, sizeof *ret);
  rd_provision_impi(&d->provision, index, ret->impi);
  ret->n_identities = 3;
  rd_provision_temporary(&d->provision, index, ret->identities[0].uri);
  ret->identities[0].barred = true; /* TS 33.978 s6.2.3.1 */
  rd_provision_impu(&d->provision, index, ret->identities[1].uri);
  rd_provision_tel(&d->provision, index, ret->identities[2].uri);
}
