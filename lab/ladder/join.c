/* Puts the two ends of each message together, and the nodes in a row. */
#include <string.h>

#include "lab/base/address.h"
#include "lab/ladder/seen.h"

typedef struct {
  RdLadder *ladder;
  GArray *seen;
  RdLadderOwner owner;
  void *user;
  GHashTable *sent; /* RdSeen.same -> GArray of indices: what left somebody */
  GHashTable *several; /* nodes of which more than one address is here */
} Join;

/* --- ends ------------------------------------------------------------------------------------- */

/* "sbc" of "sbc.gm". */
static const char *node_of(const Join *j, const char *interface) {
  const char *dot = interface ? strrchr(interface, '.') : NULL;
  if (!dot)
    return interface;
  g_autofree char *name = g_strndup(interface, (gsize)(dot - interface));
  return g_string_chunk_insert_const(j->ladder->names, name);
}

typedef struct {
  const char *node; /* NULL: known by its address alone */
  RdAddress address;
  bool captures; /* its captures are here */
} End;

static End owner(const Join *j, const RdAddress *address) {
  End end = {.address = *address};
  end.node = j->owner(j->user, address, &end.captures);
  return end;
}

/* Who sent it. Nobody's capture shows it leave: an attack's own, or from outside. */
static End sender(const Join *j, const RdSeen *s, const RdSeen *left) {
  if (left)
    return (End){node_of(j, left->interface), left->src, true};
  if (s->label == RD_LADDER_ATTACK && s->cause && s->direction == RD_INGRESS)
    return (End){s->cause, s->src, false};
  return owner(j, &s->src);
}

static End receiver(const Join *j, const RdSeen *s, const RdSeen *came) {
  if (came)
    return (End){node_of(j, came->interface), came->dst, true};
  return owner(j, &s->dst);
}

/* --- columns ---------------------------------------------------------------------------------- */

static bool is_named(const RdLadderColumn *c, const char *name, const char *address) {
  return strcmp(c->name, name) == 0 && g_strcmp0(c->address, address) == 0;
}

static unsigned column(Join *j, const End *end) {
  char ip[RD_ADDRESS_TEXT];
  rd_address_ip_text(&end->address, ip);
  const char *name = end->node ? end->node : ip;
  const char *address = end->node && g_hash_table_contains(j->several, end->node) ? ip : NULL;
  GArray *columns = j->ladder->columns;
  for (guint i = 0; i < columns->len; i++)
    if (is_named(&g_array_index(columns, RdLadderColumn, i), name, address))
      return i;
  RdLadderColumn new = {g_strdup(name), g_strdup(address)};
  g_array_append_val(columns, new);
  return columns->len - 1;
}

/* A population of phones is one node; two of them in one call are two columns. */
static void find_several(Join *j) {
  g_autoptr(GHashTable) first = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
  for (guint i = 0; i < j->seen->len; i++) {
    const RdSeen *s = &g_array_index(j->seen, RdSeen, i);
    if (s->direction < 0 || !s->interface)
      continue;
    const RdAddress *own = s->direction == RD_EGRESS ? &s->src : &s->dst;
    const RdAddress *before = g_hash_table_lookup(first, s->interface);
    if (!before)
      g_hash_table_insert(first, (gpointer)s->interface, g_memdup2(own, sizeof *own));
    else if (!rd_address_same_ip(before, own))
      g_hash_table_add(j->several, (gpointer)node_of(j, s->interface));
  }
}

/* --- arrows ----------------------------------------------------------------------------------- */

static int by_time(gconstpointer a, gconstpointer b) {
  const RdSeen *p = a, *q = b;
  if (p->time != q->time)
    return p->time < q->time ? -1 : 1;
  return p->order < q->order ? -1 : p->order > q->order;
}

static void index_sent(Join *j) {
  for (guint i = 0; i < j->seen->len; i++) {
    RdSeen *s = &g_array_index(j->seen, RdSeen, i);
    if (s->direction != RD_EGRESS)
      continue;
    GArray *all = g_hash_table_lookup(j->sent, &s->same);
    if (!all) {
      all = g_array_new(FALSE, FALSE, sizeof(guint));
      g_hash_table_insert(j->sent, &s->same, all);
    }
    g_array_append_val(all, i);
  }
}

/* The one that left last before it came, and came nowhere yet. -1: none. */
static int left_of(Join *j, const RdSeen *came) {
  GArray *all = g_hash_table_lookup(j->sent, &came->same);
  for (guint i = all ? all->len : 0; i-- > 0;) {
    const guint at = g_array_index(all, guint, i);
    const RdSeen *s = &g_array_index(j->seen, RdSeen, at);
    if (!s->used && s->time <= came->time)
      return (int)at;
  }
  return -1;
}

/* Did the same octets leave the same sender before? */
static bool is_again(Join *j, const RdSeen *s) {
  GArray *all = g_hash_table_lookup(j->sent, &s->same);
  return all && s != &g_array_index(j->seen, RdSeen, g_array_index(all, guint, 0));
}

static void add(Join *j, const RdSeen *left, const RdSeen *came) {
  const RdSeen *s = left ? left : came;
  const End from = sender(j, s, left), to = receiver(j, s, came);
  const bool is_tap = s->direction < 0;
  RdLadderArrow a = {.sent = left     ? left->time
                             : is_tap ? s->time
                                      : RD_NEVER,
                     .received = came ? came->time : RD_NEVER,
                     .text = g_strdup(s->text),
                     .full = g_strdup(s->full),
                     .detail = g_strdup(s->detail),
                     .label = s->label,
                     .is_request = s->is_request,
                     .again = left && is_again(j, left),
                     .lost = left && !came && to.captures};
  a.from = column(j, &from);
  a.to = column(j, &to);
  g_array_append_val(j->ladder->arrows, a);
}

/* Arrows in the order of what is known first of each. */
void rd_ladder_join(RdLadder *l, GArray *seen, RdLadderOwner owner_of, void *user) {
  Join j = {.ladder = l, .seen = seen, .owner = owner_of, .user = user};
  j.sent = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, (GDestroyNotify)g_array_unref);
  j.several = g_hash_table_new(g_direct_hash, g_direct_equal);
  g_array_sort(seen, by_time);
  index_sent(&j);
  find_several(&j);
  g_autofree int *came_of = g_new(int, seen->len + 1), *left_by = g_new(int, seen->len + 1);
  memset(came_of, -1, sizeof *came_of * (seen->len + 1));
  memset(left_by, -1, sizeof *left_by * (seen->len + 1));
  for (guint i = 0; i < seen->len; i++) {
    const RdSeen *s = &g_array_index(seen, RdSeen, i);
    const int left = s->direction == RD_INGRESS ? left_of(&j, s) : -1;
    if (left < 0)
      continue;
    g_array_index(seen, RdSeen, left).used = true;
    came_of[left] = (int)i;
    left_by[i] = left;
  }
  for (guint i = 0; i < seen->len; i++) {
    const RdSeen *s = &g_array_index(seen, RdSeen, i);
    if (s->direction == RD_EGRESS)
      add(&j, s, came_of[i] < 0 ? NULL : &g_array_index(seen, RdSeen, came_of[i]));
    else if (left_by[i] < 0)
      add(&j, NULL, s);
  }
  g_hash_table_unref(j.sent);
  g_hash_table_unref(j.several);
}
