#include "lab/drive/world/whose.h"

#include <glib.h>
#include <string.h>

#include "lab/base/address.h"
#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "lab/sip/scan.h"
#include "lab/sip/uri.h"

/* Names remembered, of attacks and of subscribers each. Past it what is first used later is unknown:
 * the limit is far above what a trial sends. */
enum { MOST_NAMES = 4 * 1024 * 1024, LONGEST_NAME = 512 };

typedef enum { ADDRESS = 1, USER, USER_AT_HOST, SESSION } NameKind;

typedef struct {
  uint64_t sent, targeted; /* bit per attack */
} Use;

struct RdWhoseBook {
  GHashTable *uses; /* of attacks and twins: key -> Use */
  GHashTable *legit; /* the set of keys that subscribers used */
};

static guint key_hash(gconstpointer key) {
  return (guint)(uintptr_t)key; /* it is a hash */
}

RdWhoseBook *rd_whose_new(void) {
  RdWhoseBook *book = g_new0(RdWhoseBook, 1);
  book->uses = g_hash_table_new_full(key_hash, NULL, NULL, g_free);
  book->legit = g_hash_table_new(key_hash, NULL);
  return book;
}

void rd_whose_free(RdWhoseBook *book) {
  if (!book)
    return;
  g_hash_table_unref(book->uses);
  g_hash_table_unref(book->legit);
  g_free(book);
}

/* --- names ------------------------------------------------------------------------------------ */

/* A name is known by its hash, which no attacker chooses: the key is our own. */
G_STATIC_ASSERT(sizeof(void *) == sizeof(uint64_t));

static void *key_of(NameKind kind, const void *at, size_t len) {
  const uint64_t key[2] = {0x6e616d65, kind};
  return (void *)(uintptr_t)rd_siphash(key, at, len);
}

static void *address_key(const RdAddress *a) {
  return key_of(ADDRESS, a->ip, a->family == 6 ? 16 : 4);
}

static bool is_number(RdSlice user) {
  return user.len > 1 && user.at[0] == '+';
}

/* A user part; of a global number (RFC 3966) without what only makes it easier to read. */
static void *user_key(RdSlice user) {
  char text[LONGEST_NAME];
  size_t n = 0;
  bool number = is_number(user);
  for (uint32_t i = 0; i < user.len && n < sizeof text; i++)
    if (!number || !memchr("-.()", user.at[i], 4))
      text[n++] = user.at[i];
  return key_of(USER, text, n);
}

static void *user_at_host_key(RdSlice user, RdSlice host) {
  char text[LONGEST_NAME];
  size_t n = rd_slice_copy(user, text, sizeof text / 2);
  text[n++] = '@';
  for (uint32_t i = 0; i < host.len && n < sizeof text; i++)
    text[n++] = g_ascii_tolower(host.at[i]);
  return key_of(USER_AT_HOST, text, n);
}

/* The names in a URI: its user part, and that at its host; a number is the same at any host. Returns
 * how many. */
static unsigned identity_keys(RdSlice text, void *ret[2]) {
  RdSipUri uri;
  if (!rd_sip_uri_parse(text, &uri) || uri.user.len == 0)
    return 0;
  ret[0] = user_key(uri.user);
  if (uri.host.len == 0 || is_number(uri.user))
    return 1;
  ret[1] = user_at_host_key(uri.user, uri.host);
  return 2;
}

/* The one name that an alert means: a URI's with its host, where there is one. */
static void *subject_key(RdSlice text) {
  void *keys[2];
  unsigned n = identity_keys(text, keys);
  const char *at = n == 0 && text.len > 0 ? memchr(text.at, '@', text.len) : NULL;
  if (n > 0)
    return keys[n - 1];
  if (!at)
    return user_key(text);
  RdSlice user = {text.at, (uint32_t)(at - text.at)};
  return user_at_host_key(user, (RdSlice){at + 1, text.len - user.len - 1});
}

/* --- learning --------------------------------------------------------------------------------- */

/* Whom a message is to be remembered as: an attack's use of a name, or a subscriber's (causes 0). */
typedef struct {
  RdWhoseBook *book;
  uint64_t sent, targeted;
} Writer;

static void write_key(const Writer *w, void *key) {
  if (!w->sent && !w->targeted) {
    if (g_hash_table_size(w->book->legit) < MOST_NAMES)
      g_hash_table_add(w->book->legit, key);
    return;
  }
  Use *use = g_hash_table_lookup(w->book->uses, key);
  if (!use && g_hash_table_size(w->book->uses) < MOST_NAMES)
    g_hash_table_insert(w->book->uses, key, use = g_new0(Use, 1));
  if (!use)
    return;
  use->sent |= w->sent;
  use->targeted |= w->targeted;
}

static void write_identity(const Writer *w, RdSlice uri) {
  void *keys[2];
  for (unsigned n = identity_keys(uri, keys); n > 0; n--)
    write_key(w, keys[n - 1]);
}

/* Every URI of the headers of one name. */
static void write_identities(const Writer *w, const RdSip *sip, RdHeaderId id) {
  for (const RdSipHeader *h = rd_sip_first(sip, id); h; h = rd_sip_next(sip, h)) {
    RdSlice rest = h->value;
    for (RdSlice one; (one = rd_sip_split(&rest)).at;)
      write_identity(w, rd_sip_name_addr(one, NULL));
  }
}

/* As whom its sender shows itself: From and the asserted identities of a request; who answers is the
 * one in To. */
static void write_sender(const Writer *w, const RdSip *sip) {
  if (sip->call_id.len > 0)
    write_key(w, key_of(SESSION, sip->call_id.at, sip->call_id.len));
  write_identity(w, sip->is_request ? sip->from_uri : sip->to_uri);
  write_identities(w, sip, RD_HDR_P_ASSERTED_IDENTITY);
  write_identities(w, sip, RD_HDR_P_PREFERRED_IDENTITY);
}

void rd_whose_attack(RdWhoseBook *book, const RdAddress *source, const RdAddress *destination,
                     const RdSip *sip, uint64_t causes) {
  RdSipUri uri;
  RdAddress named;
  const Writer sender = {book, causes, 0}, target = {book, 0, causes};
  write_key(&sender, address_key(source));
  write_key(&target, address_key(destination));
  if (!sip)
    return;
  write_sender(&sender, sip);
  if (!sip->is_request)
    return;
  write_identity(&target, sip->to_uri);
  write_identity(&target, sip->uri);
  if (rd_sip_uri_parse(sip->uri, &uri) && rd_sip_uri_address(&uri, &named))
    write_key(&target, address_key(&named));
}

void rd_whose_legit(RdWhoseBook *book, const RdSip *sip, bool from_subscriber) {
  const Writer writer = {book, 0, 0};
  if (from_subscriber)
    write_sender(&writer, sip);
  else if (!sip->is_request) /* a subscriber is told all names that are its own */
    write_identities(&writer, sip, RD_HDR_P_ASSOCIATED_URI);
}

/* --- asking ----------------------------------------------------------------------------------- */

RdWhose rd_whose(const RdWhoseBook *book, RdSubject kind, const char *subject) {
  RdSlice text = rd_slice(subject ? subject : "");
  RdAddress a;
  void *key = NULL;
  if (kind == RD_SUBJECT_SOURCE && rd_address_parse(text, &a))
    key = address_key(&a);
  else if (kind == RD_SUBJECT_IDENTITY)
    key = subject_key(text);
  else if (kind == RD_SUBJECT_SESSION)
    key = key_of(SESSION, text.at, text.len);
  const Use *use = key ? g_hash_table_lookup(book->uses, key) : NULL;
  return (RdWhose){.sent = use ? use->sent : 0,
                   .targeted = use ? use->targeted : 0,
                   .legit = key && g_hash_table_contains(book->legit, key)};
}
