#include "lab/stack/transaction_store.h"

#include <stdlib.h>
#include <string.h>

#include "lab/base/memory.h"
#include "lab/base/random.h"
#include "lab/base/slice.h"

#define GENERATIONS UINT32_C(0xffffff) /* 24 bits of the cookie, above slot and kind */

static void *enlarge(void *p, size_t size) {
  p = realloc(p, size);
  if (!p)
    abort();
  return p;
}

/* --- identity (s17.1.3, s17.2.3) --- */

static uint64_t fold(const uint64_t key[2], uint64_t so_far, RdSlice part) {
  const uint64_t mixed[2] = {key[0] ^ so_far, key[1] + part.len};
  return rd_siphash(mixed, part.at ? part.at : "", part.len);
}

static bool cookie_branch(RdSlice branch) {
  return rd_slice_starts_nocase(branch, "z9hG4bK") && branch.len > 7;
}

/* What a transaction is looked up by. */
typedef struct {
  const RdSip *sip;
  RdSlice method;
  uint64_t entity;
  bool server, legacy;
} Wanted;

static uint64_t wanted_hash(const RdSipLayer *layer, const Wanted *w) {
  uint64_t h = w->entity * 2 + w->server;
  h = fold(layer->key, h, w->method);
  if (!w->legacy)
    return fold(layer->key, h, w->sip->via_branch);
  return fold(layer->key, fold(layer->key, h + w->sip->cseq, w->sip->call_id), w->sip->from_tag);
}

static bool same_nocase(RdSlice a, RdSlice b) {
  if (a.len != b.len)
    return false;
  for (uint32_t i = 0; i < a.len; i++) {
    char x = a.at[i], y = b.at[i];
    if (x != y && ((x | 32) != (y | 32) || (x | 32) < 'a' || (x | 32) > 'z'))
      return false;
  }
  return true;
}

static bool fits(const RdSipTransaction *tx, const Wanted *w) {
  const RdSip *sip = w->sip;
  if (rd_sip_is_server(tx) != w->server || tx->entity != w->entity || tx->legacy != w->legacy ||
      !rd_slice_equal(tx->method_text, w->method))
    return false;
  if (!w->legacy)
    return rd_slice_equal(tx->branch, sip->via_branch) &&
           (!w->server || same_nocase(tx->sent_by, sip->via_sent_by));
  return tx->cseq == sip->cseq && rd_slice_equal(tx->call_id, sip->call_id) &&
         rd_slice_equal(tx->from_tag, sip->from_tag) && rd_slice_equal(tx->via, sip->via) &&
         rd_slice_equal(tx->uri, sip->uri);
}

static RdSipTransaction *find(RdSipLayer *layer, const Wanted *w) {
  uint64_t hash = wanted_hash(layer, w);
  for (RdSipTransaction *tx = layer->buckets[hash & (layer->n_buckets - 1)]; tx; tx = tx->chain)
    if (tx->hash == hash && fits(tx, w))
      return tx;
  return NULL;
}

RdSipTransaction *rd_tx_find_server(RdSipLayer *layer, const RdMessage *m, const char *method) {
  Wanted w = {m->sip, method ? rd_slice(method) : m->sip->method_text, m->entity, true,
              !cookie_branch(m->sip->via_branch)};
  return find(layer, &w);
}

RdSipTransaction *rd_tx_find_client(RdSipLayer *layer, const RdMessage *m) {
  Wanted w = {m->sip, m->sip->method_text, m->entity, false, false};
  return find(layer, &w);
}

RdSipTransaction *rd_tx_find_cancelled(RdSipLayer *layer, const RdSip *cancel, uint64_t entity) {
  Wanted w = {cancel, rd_slice("INVITE"), entity, false, false};
  return find(layer, &w);
}

/* An ACK of a 2xx has a branch of its own; it belongs to the INVITE of its dialog and CSeq
 * (s13.2.2.4). Only 2xx that we retransmit ourselves have to find theirs. */
static uint64_t dialog_hash(const RdSipLayer *layer, uint32_t cseq, RdSlice call_id,
                            RdSlice from_tag, uint64_t entity) {
  return fold(layer->key, fold(layer->key, ~entity + cseq, call_id), from_tag);
}

RdSipTransaction *rd_tx_find_dialog(RdSipLayer *layer, const RdMessage *m) {
  uint64_t hash = dialog_hash(layer, m->sip->cseq, m->sip->call_id, m->sip->from_tag, m->entity);
  RdSipTransaction *tx = layer->dialogs[hash & (layer->n_buckets - 1)];
  for (; tx; tx = tx->dialog_chain)
    if (tx->dialog_hash == hash && tx->entity == m->entity && tx->cseq == m->sip->cseq &&
        rd_slice_equal(tx->call_id, m->sip->call_id) &&
        rd_slice_equal(tx->from_tag, m->sip->from_tag))
      return tx;
  return NULL;
}

/* --- storage --- */

static void link_tx(RdSipTransaction *tx, uint64_t hash) {
  RdSipLayer *layer = tx->layer;
  RdSipTransaction **bucket = &layer->buckets[hash & (layer->n_buckets - 1)];
  tx->hash = hash;
  tx->chain = *bucket;
  *bucket = tx;
}

static void unlink_tx(RdSipTransaction *tx) {
  RdSipTransaction **at = &tx->layer->buckets[tx->hash & (tx->layer->n_buckets - 1)];
  while (*at != tx)
    at = &(*at)->chain;
  *at = tx->chain;
}

static void link_dialog(RdSipTransaction *tx) {
  RdSipTransaction **bucket = &tx->layer->dialogs[tx->dialog_hash & (tx->layer->n_buckets - 1)];
  tx->dialog_chain = *bucket;
  *bucket = tx;
}

static void unlink_dialog(RdSipTransaction *tx) {
  RdSipTransaction **at = &tx->layer->dialogs[tx->dialog_hash & (tx->layer->n_buckets - 1)];
  while (*at != tx)
    at = &(*at)->dialog_chain;
  *at = tx->dialog_chain;
}

void rd_tx_expect_ack(RdSipTransaction *tx) {
  if (tx->reliable)
    return;
  tx->reliable = tx->wants_ack = true;
  tx->dialog_hash = dialog_hash(tx->layer, tx->cseq, tx->call_id, tx->from_tag, tx->entity);
  link_dialog(tx);
}

/* --- by connection --- */

static RdTxBound *bound_to(const RdSipLayer *layer, RdConn conn) {
  return &layer->bound[conn & (layer->n_buckets - 1)];
}

static void link_bound(RdTxBound *to, RdSipTransaction *tx) {
  tx->conn_next = NULL;
  tx->conn_last = to->last;
  *(to->last ? &to->last->conn_next : &to->first) = tx;
  to->last = tx;
}

static void unlink_bound(RdTxBound *from, RdSipTransaction *tx) {
  *(tx->conn_last ? &tx->conn_last->conn_next : &from->first) = tx->conn_next;
  *(tx->conn_next ? &tx->conn_next->conn_last : &from->last) = tx->conn_last;
}

void rd_tx_bind(RdSipTransaction *tx, RdConn conn) {
  RdSipLayer *layer = tx->layer;
  if (tx->conn)
    unlink_bound(bound_to(layer, tx->conn), tx);
  tx->conn = conn;
  if (!conn)
    return;
  if (!layer->bound)
    layer->bound = rd_alloc(layer->n_buckets * sizeof *layer->bound);
  link_bound(bound_to(layer, conn), tx);
}

RdSipTransaction *rd_tx_of_conn(const RdSipLayer *layer, RdConn conn) {
  RdSipTransaction *tx = layer->bound && conn ? bound_to(layer, conn)->first : NULL;
  while (tx && tx->conn != conn)
    tx = tx->conn_next;
  return tx;
}

/* What was bound first stays first. `n`: of the buckets that were. */
static void grow_bound(RdSipLayer *layer, uint32_t n) {
  RdTxBound *old = layer->bound;
  if (!old)
    return;
  layer->bound = rd_alloc(layer->n_buckets * sizeof *layer->bound);
  for (uint32_t i = 0; i < n; i++)
    for (RdSipTransaction *tx = old[i].first, *next; tx; tx = next) {
      next = tx->conn_next;
      link_bound(bound_to(layer, tx->conn), tx);
    }
  free(old);
}

static void grow_buckets(RdSipLayer *layer) {
  free(layer->buckets);
  free(layer->dialogs);
  layer->n_buckets *= 2;
  grow_bound(layer, layer->n_buckets / 2);
  layer->buckets = rd_alloc(layer->n_buckets * sizeof *layer->buckets);
  layer->dialogs = rd_alloc(layer->n_buckets * sizeof *layer->dialogs);
  for (uint32_t i = 0; i < layer->n_slots; i++) {
    RdSipTransaction *tx = layer->slots[i];
    if (!tx)
      continue;
    link_tx(tx, tx->hash);
    if (tx->reliable)
      link_dialog(tx);
  }
}

static uint32_t take_slot(RdSipLayer *layer) {
  if (layer->n_free > 0)
    return layer->free_slots[--layer->n_free];
  uint32_t n = layer->n_slots ? layer->n_slots * 2 : 16;
  layer->slots = enlarge(layer->slots, n * sizeof *layer->slots);
  layer->generations = enlarge(layer->generations, n * sizeof *layer->generations);
  layer->free_slots = enlarge(layer->free_slots, n * sizeof *layer->free_slots);
  for (uint32_t i = n; i-- > layer->n_slots;) {
    layer->slots[i] = NULL;
    layer->generations[i] = 1;
    layer->free_slots[layer->n_free++] = i;
  }
  layer->n_slots = n;
  return layer->free_slots[--layer->n_free];
}

static RdSlice moved(RdSlice s, const void *from, const void *to) {
  if (!s.at)
    return s;
  return rd_slice_of((const char *)to + (s.at - (const char *)from), s.len);
}

static uint8_t *copy_of(RdSipLayer *layer, const void *bytes, size_t len) {
  uint8_t *copy = rd_pool_take(&layer->pool, len);
  if (len > 0)
    memcpy(copy, bytes, len);
  return copy;
}

RdSipTransaction *rd_tx_create(RdSipLayer *layer, const RdSip *sip, const void *bytes, size_t len,
                               uint64_t entity, bool server) {
  if (layer->count >= layer->capacity)
    return NULL;
  if (layer->count >= layer->n_buckets)
    grow_buckets(layer);
  RdSipTransaction *tx = rd_pool_take(&layer->pool, sizeof *tx);
  memset(tx, 0, sizeof *tx);
  tx->request = copy_of(layer, bytes, len);
  tx->request_len = tx->request_room = len;
  tx->layer = layer;
  tx->method = sip->method;
  tx->machine = (uint8_t)((server ? RD_TX_SERVER_INVITE : RD_TX_CLIENT_INVITE) +
                          (sip->method != RD_SIP_INVITE));
  tx->state = RD_TX_START;
  tx->entity = entity;
  tx->legacy = server && !cookie_branch(sip->via_branch);
  tx->branch = moved(sip->via_branch, bytes, tx->request);
  tx->sent_by = moved(sip->via_sent_by, bytes, tx->request);
  tx->via = moved(sip->via, bytes, tx->request);
  tx->method_text = moved(sip->method_text, bytes, tx->request);
  tx->uri = moved(sip->uri, bytes, tx->request);
  tx->call_id = moved(sip->call_id, bytes, tx->request);
  tx->from_tag = moved(sip->from_tag, bytes, tx->request);
  tx->cseq = sip->cseq;
  tx->slot = take_slot(layer);
  layer->slots[tx->slot] = tx;
  Wanted self = {sip, sip->method_text, entity, server, tx->legacy};
  link_tx(tx, wanted_hash(layer, &self));
  if (++layer->count > layer->peak)
    layer->peak = layer->count;
  return tx;
}

void rd_tx_free(RdSipTransaction *tx) {
  RdPool *pool = &tx->layer->pool;
  rd_pool_give(pool, tx->request, tx->request_room);
  rd_pool_give(pool, tx->response, tx->response_len);
  rd_pool_give(pool, tx, sizeof *tx);
}

void rd_tx_keep_response(RdSipTransaction *tx, const void *bytes, size_t len) {
  rd_pool_give(&tx->layer->pool, tx->response, tx->response_len);
  tx->response = copy_of(tx->layer, bytes, len);
  tx->response_len = len;
}

static RdSlice keep(uint8_t **at, RdSlice s) {
  const RdSlice kept = rd_slice_of((const char *)*at, s.len);
  if (!s.at)
    return s;
  memcpy(*at, s.at, s.len);
  *at += s.len;
  return kept;
}

void rd_tx_forget_request(RdSipTransaction *tx) {
  const RdSlice none = {0};
  if (tx->legacy || tx->reliable)
    return;
  RdPool *pool = &tx->layer->pool;
  const size_t room = tx->branch.len + tx->sent_by.len + tx->method_text.len;
  uint8_t *less = rd_pool_take(pool, room), *at = less;
  tx->branch = keep(&at, tx->branch);
  tx->sent_by = keep(&at, tx->sent_by);
  tx->method_text = keep(&at, tx->method_text);
  tx->via = tx->uri = tx->call_id = tx->from_tag = none;
  rd_pool_give(pool, tx->request, tx->request_room);
  tx->request = less;
  tx->request_room = room;
  tx->request_len = 0;
}

void rd_tx_retire(RdSipTransaction *tx) {
  RdSipLayer *layer = tx->layer;
  layer->host->cancel(layer->host, tx->retransmit);
  layer->host->cancel(layer->host, tx->guard);
  tx->retransmit = tx->guard = 0;
  unlink_tx(tx);
  rd_tx_bind(tx, 0);
  if (tx->reliable)
    unlink_dialog(tx);
  layer->slots[tx->slot] = NULL;
  layer->generations[tx->slot] = layer->generations[tx->slot] % GENERATIONS + 1;
  layer->free_slots[layer->n_free++] = tx->slot;
  layer->count--;
  tx->slot = RD_TX_NO_SLOT;
}

/* Top bit: the layer's; then 31 bits of generation, 31 of slot, and which timer. */
uint64_t rd_tx_cookie(const RdSipTransaction *tx, bool guard) {
  uint64_t generation = tx->layer->generations[tx->slot];
  return rd_cookie(tx->layer->cookies, generation << 32 | (uint64_t)tx->slot << 1 | guard);
}

RdSipTransaction *rd_tx_of_cookie(RdSipLayer *layer, uint64_t cookie, bool *ret_guard) {
  uint32_t slot = (uint32_t)cookie >> 1;
  uint32_t generation = (uint32_t)(cookie >> 32) & GENERATIONS;
  *ret_guard = cookie & 1;
  return slot < layer->n_slots && layer->generations[slot] == generation ? layer->slots[slot]
                                                                         : NULL;
}

void rd_tx_store_init(RdSipLayer *layer) {
  layer->n_buckets = 16;
  layer->buckets = rd_alloc(layer->n_buckets * sizeof *layer->buckets);
  layer->dialogs = rd_alloc(layer->n_buckets * sizeof *layer->dialogs);
}

void rd_tx_store_free(RdSipLayer *layer) {
  free(layer->slots);
  free(layer->generations);
  free(layer->free_slots);
  free(layer->buckets);
  free(layer->dialogs);
  free(layer->bound);
  rd_pool_free(&layer->pool);
}
