#include "lab/drive/host/wheel.h"

#include <glib.h>
#include <string.h>

/* Six levels of 256 slots; a tick is 2**20 ns, about a millisecond, so every RdTime has a slot. A
 * timer waits in the slot of its tick, moves down a level when its turn comes near, and ends in
 * `due`, a heap ordered by (at, sequence), from where it fires at its exact nanosecond. */
enum { LEVELS = 6, SLOT_BITS = 8, SLOTS = 1 << SLOT_BITS, TICK_BITS = 20 };
#define NONE UINT32_MAX

typedef enum { FREE, WAITING, DUE, CANCELLED } State;

/* Half a cache line, payload apart: moving a slot down touches only these. */
typedef struct {
  RdTime at;
  uint64_t sequence;
  uint32_t position; /* in its slot; the next cell when FREE */
  uint32_t generation;
  uint16_t slot; /* level * SLOTS + index, while WAITING */
  uint8_t state;
} Cell;

typedef struct {
  uint8_t bytes[RD_WHEEL_PAYLOAD];
} Payload;

/* In the heap of what is due: with its order, so that sorting touches nothing else. */
typedef struct {
  RdTime at;
  uint64_t sequence;
  uint32_t cell;
} Due;

/* The cells that wait in a slot, in no order: the heap makes it. */
typedef struct {
  uint32_t *cells;
  uint32_t count, room;
} Slot;

struct RdWheel {
  GArray *cells; /* Cell, addressed by index: they move when the array grows */
  GArray *payloads; /* of the cell of the same index */
  uint32_t free_list;
  Slot slots[LEVELS * SLOTS];
  uint64_t used[LEVELS][SLOTS / 64]; /* bitmap of slots that hold something */
  GArray *due; /* Due, a heap */
  uint64_t tick; /* all slots before it are empty */
  uint64_t sequence;
  uint64_t count;
};

static const Due *first_due(const RdWheel *w) {
  return &g_array_index(w->due, Due, 0);
}

static Cell *cell(const RdWheel *w, uint32_t i) {
  return &g_array_index(w->cells, Cell, i);
}

RdWheel *rd_wheel_new(void) {
  RdWheel *w = g_new0(RdWheel, 1);
  w->cells = g_array_new(FALSE, FALSE, sizeof(Cell));
  w->payloads = g_array_new(FALSE, FALSE, sizeof(Payload));
  w->due = g_array_new(FALSE, FALSE, sizeof(Due));
  w->free_list = NONE;
  return w;
}

void rd_wheel_free(RdWheel *w) {
  if (!w)
    return;
  for (unsigned i = 0; i < LEVELS * SLOTS; i++)
    g_free(w->slots[i].cells);
  g_array_unref(w->cells);
  g_array_unref(w->payloads);
  g_array_unref(w->due);
  g_free(w);
}

static bool before(const Due *x, const Due *y) {
  return x->at != y->at ? x->at < y->at : x->sequence < y->sequence;
}

static void heap_push(RdWheel *w, uint32_t c) {
  Due due = {cell(w, c)->at, cell(w, c)->sequence, c};
  g_array_append_val(w->due, due);
  Due *heap = (Due *)(void *)w->due->data;
  unsigned i = w->due->len - 1;
  while (i > 0 && before(&due, &heap[(i - 1) / 2])) {
    heap[i] = heap[(i - 1) / 2];
    i = (i - 1) / 2;
  }
  heap[i] = due;
}

static uint32_t heap_pop(RdWheel *w) {
  Due *heap = (Due *)(void *)w->due->data;
  unsigned i = 0, n = w->due->len - 1;
  uint32_t top = heap[0].cell;
  Due last = heap[n];
  g_array_set_size(w->due, n);
  while (2 * i + 1 < n) {
    unsigned child = 2 * i + 1;
    if (child + 1 < n && before(&heap[child + 1], &heap[child]))
      child++;
    if (!before(&heap[child], &last))
      break;
    heap[i] = heap[child];
    i = child;
  }
  if (n > 0)
    heap[i] = last;
  return top;
}

static void slot_add(RdWheel *w, unsigned level, unsigned index, uint32_t c) {
  Slot *slot = &w->slots[level * SLOTS + index];
  Cell *x = cell(w, c);
  if (slot->count == slot->room) {
    slot->room = slot->room ? slot->room * 2 : 4;
    slot->cells = g_renew(uint32_t, slot->cells, slot->room);
  }
  x->state = WAITING;
  x->slot = (uint16_t)(level * SLOTS + index);
  x->position = slot->count;
  slot->cells[slot->count++] = c;
  w->used[level][index / 64] |= UINT64_C(1) << (index % 64);
}

static void mark_empty(RdWheel *w, unsigned slot) {
  w->used[slot / SLOTS][slot % SLOTS / 64] &= ~(UINT64_C(1) << (slot % 64));
}

static void slot_remove(RdWheel *w, uint32_t c) {
  Cell *x = cell(w, c);
  Slot *slot = &w->slots[x->slot];
  uint32_t last = slot->cells[--slot->count];
  slot->cells[x->position] = last;
  cell(w, last)->position = x->position;
  if (slot->count == 0)
    mark_empty(w, x->slot);
}

/* A timer of the current tick is due; a later one waits at the lowest level whose slots still tell
 * its tick from the current one. */
static void place(RdWheel *w, uint32_t c) {
  uint64_t tick = (uint64_t)cell(w, c)->at >> TICK_BITS;
  if (tick <= w->tick) {
    cell(w, c)->state = DUE;
    heap_push(w, c);
    return;
  }
  unsigned level = (63 - (unsigned)__builtin_clzll(tick ^ w->tick)) / SLOT_BITS;
  unsigned index = (tick >> (level * SLOT_BITS)) & (SLOTS - 1);
  slot_add(w, level, index, c);
}

RdTimer rd_wheel_arm(RdWheel *w, RdTime at, const void *payload) {
  uint32_t c = w->free_list;
  if (c != NONE) {
    w->free_list = cell(w, c)->position;
  } else {
    Cell fresh = {.generation = 0};
    c = w->cells->len;
    g_array_append_val(w->cells, fresh);
    g_array_set_size(w->payloads, c + 1);
  }
  Cell *x = cell(w, c);
  x->generation++;
  x->at = at > 0 ? at : 0;
  x->sequence = ++w->sequence;
  memcpy(&g_array_index(w->payloads, Payload, c), payload, sizeof(Payload));
  w->count++;
  place(w, c);
  return (uint64_t)cell(w, c)->generation << 32 | (c + 1);
}

static void release(RdWheel *w, uint32_t c) {
  Cell *x = cell(w, c);
  x->state = FREE;
  x->position = w->free_list;
  w->free_list = c;
}

bool rd_wheel_cancel(RdWheel *w, RdTimer timer) {
  uint32_t c = (uint32_t)timer - 1;
  if (timer == 0 || c >= w->cells->len)
    return false;
  Cell *x = cell(w, c);
  if (x->generation != timer >> 32 || (x->state != WAITING && x->state != DUE))
    return false;
  w->count--;
  if (x->state == DUE) { /* the heap lets go of it when it comes up */
    x->state = CANCELLED;
    return true;
  }
  slot_remove(w, c);
  release(w, c);
  return true;
}

/* The first used slot of a level from index `from` on; SLOTS if none. */
static unsigned first_used(const RdWheel *w, unsigned level, unsigned from) {
  for (unsigned word = from / 64; word < SLOTS / 64; word++) {
    uint64_t bits = w->used[level][word];
    if (word == from / 64)
      bits &= ~UINT64_C(0) << (from % 64);
    if (bits)
      return word * 64 + (unsigned)__builtin_ctzll(bits);
  }
  return SLOTS;
}

/* The tick at which the next used slot begins, and its level; UINT64_MAX if all are empty. */
static uint64_t next_tick(const RdWheel *w, unsigned *ret_level) {
  for (unsigned level = 0; level < LEVELS; level++) {
    unsigned shift = level * SLOT_BITS;
    unsigned here = (w->tick >> shift) & (SLOTS - 1);
    unsigned index = first_used(w, level, here);
    if (index < SLOTS) {
      *ret_level = level;
      uint64_t above = w->tick >> shift >> SLOT_BITS << SLOT_BITS << shift;
      return above | (uint64_t)index << shift;
    }
  }
  return UINT64_MAX;
}

/* Slots are long where a million timers wait: fetch what comes a few steps ahead. */
static void empty_slot(RdWheel *w, unsigned level, unsigned index) {
  Slot *slot = &w->slots[level * SLOTS + index];
  uint32_t *cells = g_steal_pointer(&slot->cells);
  uint32_t n = slot->count;
  slot->count = slot->room = 0;
  mark_empty(w, level * SLOTS + index);
  for (uint32_t i = 0; i < n; i++) {
    if (i + 8 < n)
      __builtin_prefetch(cell(w, cells[i + 8]));
    place(w, cells[i]);
  }
  g_free(cells);
}

/* Brings every timer of ticks up to `tick` into the heap. */
static void advance(RdWheel *w, uint64_t tick) {
  unsigned level;
  uint64_t next;
  while ((next = next_tick(w, &level)) <= tick) {
    if (next > w->tick)
      w->tick = next;
    empty_slot(w, level, (next >> (level * SLOT_BITS)) & (SLOTS - 1));
  }
  if (tick > w->tick)
    w->tick = tick;
}

RdTime rd_wheel_next(const RdWheel *w) {
  unsigned level;
  if (w->due->len > 0)
    return first_due(w)->at;
  uint64_t tick = next_tick(w, &level);
  return tick == UINT64_MAX ? RD_NEVER : (RdTime)(tick << TICK_BITS);
}

/* A timer's owner works before it takes the next: time enough to fetch that one. */
static void fetch_next(const RdWheel *w) {
  if (w->due->len == 0)
    return;
  uint32_t c = first_due(w)->cell;
  __builtin_prefetch(cell(w, c));
  __builtin_prefetch(&g_array_index(w->payloads, Payload, c));
}

bool rd_wheel_pop(RdWheel *w, RdTime now, RdTimer *ret_timer, void *ret_payload) {
  advance(w, (uint64_t)now >> TICK_BITS);
  while (w->due->len > 0 && first_due(w)->at <= now) {
    uint32_t c = heap_pop(w);
    fetch_next(w);
    Cell *x = cell(w, c);
    bool alive = x->state == DUE;
    if (alive) {
      *ret_timer = (uint64_t)x->generation << 32 | (c + 1);
      memcpy(ret_payload, &g_array_index(w->payloads, Payload, c), sizeof(Payload));
      w->count--;
    }
    release(w, c);
    if (alive)
      return true;
  }
  return false;
}

uint64_t rd_wheel_count(const RdWheel *w) {
  return w->count;
}
