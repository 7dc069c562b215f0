/* Finds a call in captures: once over them to know which it is, once more to take it out. */
#include <string.h>

#include "lab/base/address.h"
#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "lab/codec/codec.h"
#include "lab/ladder/seen.h"
#include "lab/text/words.h"

#define MOST_CALLS 500000
#define MOST_ADDRESSES 500000
#define LISTED 8 /* Call-IDs in an error */

G_DEFINE_QUARK(rd - ladder - error - quark, rd_ladder_error)

/* A Call-ID that was met. */
typedef struct {
  char *call_id;
  RdTime first;
  uint64_t order;
  char *method, *uri, *to; /* of the first request */
  bool is_attack;
} Call;

typedef struct {
  uint8_t bytes[17];
} Ip;

typedef struct {
  GPtrArray *files;
  GHashTable *calls; /* Call-ID -> Call */
  GHashTable *own, *hostile; /* Ip -> node that had it, attack that wrote it */
  uint64_t order;
  bool cut;
  GStringChunk *names;
  /* second time */
  const Call *call;
  GHashTable *sessions; /* Session-Ids of Diameter that belong to it */
  GArray *seen; /* RdSeen */
} Read;

static void call_free(void *data) {
  Call *c = data;
  g_free(c->call_id);
  g_free(c->method);
  g_free(c->uri);
  g_free(c->to);
  g_free(c);
}

static void seen_clear(void *data) {
  RdSeen *s = data;
  g_free(s->text);
  g_free(s->full);
  g_free(s->detail);
}

/* --- files ------------------------------------------------------------------------------------ */

static bool is_capture(const char *name) {
  return (g_str_has_suffix(name, ".pcapng") || g_str_has_suffix(name, ".pcap")) &&
         !g_str_has_suffix(name, ".judged.pcapng");
}

static int by_name(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool find_files(const char *path, GPtrArray *files, GError **error) {
  if (!g_file_test(path, G_FILE_TEST_IS_DIR)) {
    g_ptr_array_add(files, g_strdup(path));
    return true;
  }
  g_autoptr(GDir) dir = g_dir_open(path, 0, error);
  if (!dir)
    return false;
  for (const char *name; (name = g_dir_read_name(dir));)
    if (is_capture(name))
      g_ptr_array_add(files, g_build_filename(path, name, NULL));
  g_ptr_array_sort(files, by_name);
  if (files->len > 0)
    return true;
  g_autofree char *shown = rd_words_printable(path);
  g_set_error(error, RD_LADDER_ERROR, 0, "%s: no capture in it (*.pcapng, *.pcap)", shown);
  return false;
}

static bool read_all(Read *r, RdCaptureSink sink, GError **error) {
  for (guint i = 0; i < r->files->len; i++) {
    RdCaptureStats stats = {0};
    const bool ok = rd_capture_read(r->files->pdata[i], sink, r, &stats, error);
    rd_capture_stats_clear(&stats);
    if (!ok)
      return false;
  }
  return true;
}

/* --- labels ----------------------------------------------------------------------------------- */

/* "attack causes=NAME,... depth=0": a message of an attack itself, and whose. */
static RdLadderLabel label_of(const Read *r, const RdCaptureMessage *m, const char **ret_cause) {
  *ret_cause = NULL;
  if (!m->comment)
    return RD_LADDER_LEGITIMATE;
  g_autofree char *comment = g_strndup(m->comment, m->comment_len);
  if (g_str_has_prefix(comment, "induced"))
    return RD_LADDER_INDUCED;
  if (!g_str_has_prefix(comment, "attack"))
    return RD_LADDER_LEGITIMATE;
  const char *causes = strstr(comment, "causes=");
  if (causes) {
    causes += strlen("causes=");
    g_autofree char *first = g_strndup(causes, strcspn(causes, ", "));
    *ret_cause = g_string_chunk_insert_const(r->names, first);
  }
  return RD_LADDER_ATTACK;
}

/* --- whose an address is ---------------------------------------------------------------------- */

static guint ip_hash(gconstpointer key) {
  const uint64_t none[2] = {0, 0};
  return (guint)rd_siphash(none, key, sizeof(Ip));
}

static gboolean ip_equal(gconstpointer a, gconstpointer b) {
  return memcmp(a, b, sizeof(Ip)) == 0;
}

static Ip ip_of(const RdAddress *a) {
  Ip ip;
  memcpy(ip.bytes, a->ip, 16);
  ip.bytes[16] = a->family;
  return ip;
}

static void own(GHashTable *table, const RdAddress *address, const char *name) {
  const Ip ip = ip_of(address);
  if (!g_hash_table_contains(table, &ip) && g_hash_table_size(table) < MOST_ADDRESSES)
    g_hash_table_insert(table, g_memdup2(&ip, sizeof ip), (gpointer)name);
}

static void learn_owners(Read *r, const RdCaptureMessage *m) {
  const char *cause, *dot = m->interface ? strrchr(m->interface, '.') : NULL;
  if (m->direction < 0 || !dot)
    return;
  char node[64];
  rd_slice_copy(rd_slice_of(m->interface, (size_t)(dot - m->interface)), node, sizeof node);
  own(r->own, m->direction == RD_EGRESS ? &m->src : &m->dst,
      g_string_chunk_insert_const(r->names, node));
  if (m->direction == RD_INGRESS && label_of(r, m, &cause) == RD_LADDER_ATTACK && cause)
    own(r->hostile, &m->src, cause);
}

static const char *owner_of(void *user, const RdAddress *address, bool *ret_captures) {
  const Read *r = user;
  const Ip ip = ip_of(address);
  const char *name = g_hash_table_lookup(r->own, &ip);
  *ret_captures = name != NULL;
  return name ? name : g_hash_table_lookup(r->hostile, &ip);
}

/* --- the first time --------------------------------------------------------------------------- */

static const RdSip *sip_of(RdView *room, const RdCaptureMessage *m) {
  RdMessage message = {.kind = RD_DATA, .protocol = m->protocol, .bytes = m->bytes, .len = m->len};
  rd_codec_view(room, &message);
  return message.sip && !(message.sip->defects & RD_SIP_UNSCANNABLE) ? message.sip : NULL;
}

static char *text_of(RdSlice s) {
  return s.at ? g_strndup(s.at, s.len) : g_strdup("");
}

static Call *call_of(Read *r, RdSlice id) {
  g_autofree char *call_id = text_of(id);
  Call *c = g_hash_table_lookup(r->calls, call_id);
  if (c || g_hash_table_size(r->calls) >= MOST_CALLS) {
    r->cut |= !c;
    return c;
  }
  c = g_new0(Call, 1);
  c->call_id = g_steal_pointer(&call_id);
  c->first = RD_NEVER;
  g_hash_table_insert(r->calls, c->call_id, c);
  return c;
}

static void index_message(void *user, const RdCaptureMessage *m) {
  Read *r = user;
  RdView room;
  const char *cause;
  r->order++;
  learn_owners(r, m);
  const RdSip *sip = m->protocol == RD_PROTO_SIP ? sip_of(&room, m) : NULL;
  Call *c = sip && sip->is_request && sip->call_id.len > 0 ? call_of(r, sip->call_id) : NULL;
  if (!c)
    return;
  c->is_attack |= label_of(r, m, &cause) == RD_LADDER_ATTACK;
  if (m->time >= c->first)
    return;
  c->first = m->time;
  c->order = r->order;
  g_free(c->method);
  g_free(c->uri);
  g_free(c->to);
  c->method = text_of(sip->method_text);
  c->uri = text_of(sip->uri);
  c->to = text_of(sip->to_uri);
}

/* --- which it is ------------------------------------------------------------------------------ */

static int by_first(gconstpointer a, gconstpointer b) {
  const Call *p = *(Call *const *)a, *q = *(Call *const *)b;
  if (p->first != q->first)
    return p->first < q->first ? -1 : 1;
  return p->order < q->order ? -1 : p->order > q->order;
}

static GPtrArray *sorted_calls(const Read *r) {
  GPtrArray *all = g_ptr_array_new();
  GHashTableIter iter;
  gpointer call;
  g_hash_table_iter_init(&iter, r->calls);
  while (g_hash_table_iter_next(&iter, NULL, &call))
    g_ptr_array_add(all, call);
  g_ptr_array_sort(all, by_first);
  return all;
}

static const struct {
  const char *word, *method; /* method NULL: any, of an attack */
} kinds[] = {{"call", "INVITE"}, {"registration", "REGISTER"}, {"attack", NULL}};

/* "call" is 0 and the 1st, "attack:3" is 2 and the 3rd; -1: a Call-ID. */
static int kind_of(const char *which, guint64 *ret_nth) {
  for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
    const size_t n = strlen(kinds[i].word);
    *ret_nth = 1;
    if (strcmp(which, kinds[i].word) == 0)
      return (int)i;
    if (strncmp(which, kinds[i].word, n) == 0 && which[n] == ':' &&
        g_ascii_string_to_unsigned(which + n + 1, 10, 1, G_MAXUINT32, ret_nth, NULL))
      return (int)i;
  }
  return -1;
}

static bool is_of_kind(const Call *c, int kind) {
  if (!kinds[kind].method)
    return c->is_attack;
  return !c->is_attack && strcmp(c->method, kinds[kind].method) == 0;
}

static void no_such_call(const GPtrArray *all, const char *which, GError **error) {
  g_autofree char *quoted = rd_words_quote(which);
  g_autoptr(GString) known = g_string_new(NULL);
  for (guint i = 0; i < MIN(all->len, LISTED); i++) {
    const Call *c = all->pdata[i];
    g_autofree char *id = rd_words_printable(c->call_id);
    g_autofree char *method = rd_words_printable(c->method);
    g_string_append_printf(known, "\n  %s  %s%s", id, method, c->is_attack ? " (attack)" : "");
  }
  if (all->len > LISTED)
    g_string_append_printf(known, "\n  and %u more", all->len - LISTED);
  g_set_error(error, RD_LADDER_ERROR, 0,
              "there is no %s; say call, registration or attack (call:2 is the second), or one of "
              "these Call-IDs:%s",
              quoted, all->len ? known->str : " none");
}

static const Call *choose(const Read *r, const char *which, GError **error) {
  guint64 nth = 1, met = 0;
  const int kind = kind_of(which, &nth);
  const Call *found = kind < 0 ? g_hash_table_lookup(r->calls, which) : NULL;
  g_autoptr(GPtrArray) all = sorted_calls(r);
  for (guint i = 0; kind >= 0 && !found && i < all->len; i++)
    if (is_of_kind(all->pdata[i], kind) && ++met == nth)
      found = all->pdata[i];
  if (!found)
    no_such_call(all, which, error);
  return found;
}

/* --- the second time -------------------------------------------------------------------------- */

/* Of Diameter: what asks about who registers or is called, and the answers to that. */
static bool belongs_dia(Read *r, const RdCaptureMessage *m) {
  RdDiaScan scan;
  if (!rd_dia_scan(&scan, m->bytes, m->len) || !scan.dia.session_id.at || m->time < r->call->first)
    return false;
  const RdSlice who = rd_dia_data(&scan.dia, RD_AVP_PUBLIC_IDENTITY);
  g_autofree char *session = text_of(scan.dia.session_id);
  if (scan.dia.is_request && (rd_slice_is(who, r->call->to) || rd_slice_is(who, r->call->uri))) {
    g_hash_table_add(r->sessions, g_steal_pointer(&session));
    return true;
  }
  return g_hash_table_contains(r->sessions, session);
}

static bool belongs(Read *r, const RdCaptureMessage *m) {
  RdView room;
  if (m->protocol == RD_PROTO_DIAMETER)
    return belongs_dia(r, m);
  const RdSip *sip = m->protocol == RD_PROTO_SIP ? sip_of(&room, m) : NULL;
  return sip && rd_slice_is(sip->call_id, r->call->call_id);
}

static uint64_t hash_of(const RdCaptureMessage *m) {
  const uint64_t ports = (uint64_t)m->src.port << 16 | m->dst.port;
  uint64_t key[2] = {ports, m->conn ? 1 : 0};
  key[0] = rd_siphash(key, m->src.ip, sizeof m->src.ip);
  key[1] = rd_siphash(key, m->dst.ip, sizeof m->dst.ip);
  return rd_siphash(key, m->bytes, m->len);
}

static char *detail_of(const RdCaptureMessage *m, const char *text) {
  char src[RD_ADDRESS_TEXT], dst[RD_ADDRESS_TEXT];
  rd_address_text(&m->src, src);
  rd_address_text(&m->dst, dst);
  return g_strdup_printf("%s, %s to %s, %s, %zu octets", text, src, dst,
                         m->src.transport == RD_UDP ? "UDP" : "TCP", m->len);
}

static void take(void *user, const RdCaptureMessage *m) {
  Read *r = user;
  RdSeen s = {.time = m->time,
              .order = ++r->order,
              .interface =
                  m->interface ? g_string_chunk_insert_const(r->names, m->interface) : NULL,
              .src = m->src,
              .dst = m->dst,
              .direction = m->interface ? m->direction : -1};
  if (!belongs(r, m))
    return;
  if (r->seen->len >= 2 * RD_LADDER_MOST) { /* each is seen at both ends */
    r->cut = true;
    return;
  }
  s.is_sip = m->protocol == RD_PROTO_SIP;
  if (!rd_ladder_name(m, &s))
    return;
  s.label = label_of(r, m, &s.cause);
  s.same = hash_of(m);
  s.detail = detail_of(m, s.full);
  g_array_append_val(r->seen, s);
}

/* A Cx answer that no message of the call is behind belongs to another registration of the same. */
static void drop_late(Read *r) {
  RdTime last = 0;
  for (guint i = 0; i < r->seen->len; i++) {
    const RdSeen *s = &g_array_index(r->seen, RdSeen, i);
    if (s->is_sip)
      last = MAX(last, s->time);
  }
  for (guint i = r->seen->len; i-- > 0;)
    if (g_array_index(r->seen, RdSeen, i).time > last)
      g_array_remove_index(r->seen, i);
}

static void column_clear(void *data) {
  g_free(((RdLadderColumn *)data)->name);
  g_free(((RdLadderColumn *)data)->address);
}

static void arrow_clear(void *data) {
  g_free(((RdLadderArrow *)data)->text);
  g_free(((RdLadderArrow *)data)->full);
  g_free(((RdLadderArrow *)data)->detail);
}

static RdLadder *ladder_new(Read *r) {
  const Call *call = r->call;
  RdLadder *l = g_new0(RdLadder, 1);
  l->names = g_steal_pointer(&r->names);
  g_autofree char *id = rd_words_printable(call->call_id);
  g_autofree char *method = rd_words_printable(call->method);
  l->title = g_strdup_printf("%s, Call-ID %s", method, id);
  l->columns = g_array_new(FALSE, FALSE, sizeof(RdLadderColumn));
  l->arrows = g_array_new(FALSE, FALSE, sizeof(RdLadderArrow));
  g_array_set_clear_func(l->columns, column_clear);
  g_array_set_clear_func(l->arrows, arrow_clear);
  return l;
}

void rd_ladder_free(RdLadder *l) {
  if (!l)
    return;
  g_free(l->title);
  g_array_unref(l->columns);
  g_array_unref(l->arrows);
  g_string_chunk_free(l->names);
  g_free(l);
}

static RdLadder *read_ladder(Read *r, const char *which, GError **error) {
  if (!read_all(r, index_message, error) || !(r->call = choose(r, which, error)))
    return NULL;
  r->order = 0;
  if (!read_all(r, take, error))
    return NULL;
  drop_late(r);
  RdLadder *l = ladder_new(r);
  l->cut = r->cut;
  rd_ladder_join(l, r->seen, owner_of, r);
  if (l->arrows->len > 0)
    return l;
  g_set_error(error, RD_LADDER_ERROR, 0, "no message of this call can be read");
  rd_ladder_free(l);
  return NULL;
}

RdLadder *rd_ladder_read(const char *path, const char *which, GError **error) {
  Read r = {.names = g_string_chunk_new(1024),
            .files = g_ptr_array_new_with_free_func(g_free),
            .calls = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, call_free),
            .own = g_hash_table_new_full(ip_hash, ip_equal, g_free, NULL),
            .hostile = g_hash_table_new_full(ip_hash, ip_equal, g_free, NULL),
            .sessions = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
            .seen = g_array_new(FALSE, FALSE, sizeof(RdSeen))};
  g_array_set_clear_func(r.seen, seen_clear);
  RdLadder *l = find_files(path, r.files, error) ? read_ladder(&r, which, error) : NULL;
  g_ptr_array_unref(r.files);
  g_hash_table_unref(r.calls);
  g_hash_table_unref(r.own);
  g_hash_table_unref(r.hostile);
  g_hash_table_unref(r.sessions);
  g_array_unref(r.seen);
  if (r.names)
    g_string_chunk_free(r.names);
  return l;
}
