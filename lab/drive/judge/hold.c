#include "lab/drive/judge/hold.h"

#include <string.h>

#include "lab/base/take.h"

struct RdHolds {
  GHashTable *held; /* ticket -> RdHeld */
};

RdHolds *rd_holds_new(void) {
  RdHolds *h = g_new0(RdHolds, 1);
  h->held = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
  return h;
}

void rd_holds_free(RdHolds *h) {
  if (!h)
    return;
  g_hash_table_unref(h->held);
  g_free(h);
}

RdHeld *rd_holds_put(RdHolds *h, const RdVerdict *v, void *message, RdTime deadline) {
  if (v->ticket == 0 || g_hash_table_size(h->held) >= RD_HOLDS_MOST ||
      g_hash_table_contains(h->held, &v->ticket))
    return NULL;
  RdHeld *held = g_new0(RdHeld, 1);
  *held = (RdHeld){.ticket = v->ticket,
                   .message = message,
                   .deadline = deadline,
                   .fallback = v->fallback == RD_DROP ? RD_DROP : RD_PASS};
  g_hash_table_insert(h->held, &held->ticket, held);
  return held;
}

RdHeld *rd_holds_find(RdHolds *h, RdTicket ticket) {
  return g_hash_table_lookup(h->held, &ticket);
}

void rd_holds_remove(RdHolds *h, RdHeld *held) {
  RdTicket ticket = held->ticket;
  g_hash_table_remove(h->held, &ticket);
}

unsigned rd_holds_count(const RdHolds *h) {
  return g_hash_table_size(h->held);
}

RdVerdict rd_hold_fallback(uint8_t fallback) {
  return (RdVerdict){.size = sizeof(RdVerdict), .action = fallback == RD_DROP ? RD_DROP : RD_PASS};
}

bool rd_hold_release(const RdVerdict *given, const RdMessage *message, RdVerdict *ret,
                     char **ret_bytes, size_t *ret_len) {
  *ret_bytes = NULL;
  *ret_len = 0;
  if (!rd_take(ret, sizeof *ret, RD_END_OF(RdVerdict, edit_stride), given))
    return false;
  if (ret->action == RD_REWRITE) {
    size_t cap = rd_codec(message->protocol)->longest + 1;
    char *bytes = g_malloc(cap);
    *ret_len = rd_codec_edit(message, ret->edits, ret->n_edits, ret->edit_stride, bytes, cap);
    ret->action = *ret_len > 0 ? RD_PASS : RD_DROP;
    if (*ret_len > 0)
      *ret_bytes = bytes;
    else
      g_free(bytes);
  }
  ret->edits = NULL;
  ret->n_edits = 0;
  return true;
}

RdVerdict *rd_verdict_keep(const RdVerdict *v) {
  size_t len = v->challenge ? strlen(v->challenge) + 1 : 0;
  RdVerdict *copy = g_malloc(sizeof *copy + len);
  *copy = *v;
  copy->classes = copy->reason = NULL;
  copy->edits = NULL;
  copy->n_edits = 0;
  if (len > 0)
    copy->challenge = memcpy(copy + 1, v->challenge, len);
  return copy;
}
