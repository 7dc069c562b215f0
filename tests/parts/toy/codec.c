/* The row of the toy protocol, and the table of a program that has it. */
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "lab/codec/codec.h"
#include "tests/parts/toy/toy.h"

static void view(RdView *room, RdMessage *m) {
  ToyMessage *t = (ToyMessage *)room->words;
  char line[TOY_LONGEST + 2] = {0};
  unsigned number;
  int begun = 0;
  if (m->len < 2 || m->len > TOY_LONGEST || m->bytes[m->len - 1] != '\n')
    return;
  memcpy(line, m->bytes, m->len);
  *t = (ToyMessage){0};
  if (sscanf(line, "ASK %u\n", &number) == 1)
    *t = (ToyMessage){.is_request = true, .number = number};
  else if (sscanf(line, "SAY %u %n", &number, &begun) == 1 && begun > 0 && (size_t)begun < m->len)
    *t = (ToyMessage){
        .number = number,
        .text = {(const char *)m->bytes + begun, (uint32_t)(m->len - 1 - (size_t)begun)}};
  else
    return;
  m->view = t;
}

typedef struct {
  GByteArray *kept;
  size_t given; /* of the message handed out last: gone with the next call */
  bool broken;
} Framer;

static void *open_framer(void) {
  Framer *f = g_new0(Framer, 1);
  f->kept = g_byte_array_new();
  return f;
}

static void push(void *framer, const void *bytes, size_t len) {
  Framer *f = framer;
  g_byte_array_append(f->kept, bytes, (guint)len);
}

static RdFramed pop(void *framer, RdSlice *ret) {
  Framer *f = framer;
  if (f->given)
    g_byte_array_remove_range(f->kept, 0, (guint)f->given);
  f->given = 0;
  const uint8_t *lf = f->kept->len ? memchr(f->kept->data, '\n', f->kept->len) : NULL;
  size_t len = lf ? (size_t)(lf - f->kept->data) + 1 : f->kept->len;
  if (f->broken || len > TOY_LONGEST) {
    f->broken = true;
    return RD_FRAME_BROKEN;
  }
  if (!lf)
    return RD_FRAME_MORE;
  f->given = len;
  *ret = (RdSlice){(const char *)f->kept->data, (uint32_t)len};
  return RD_FRAME_MESSAGE;
}

static size_t pending(void *framer) {
  Framer *f = framer;
  return f->kept->len - f->given;
}

static void close_framer(void *framer) {
  Framer *f = framer;
  g_byte_array_unref(f->kept);
  g_free(f);
}

static const RdFramer framer = {open_framer, push, pop, pending, close_framer};

static bool is_request(const RdMessage *m) {
  const ToyMessage *t = m->view;
  return t && t->is_request;
}

static size_t refuse(const RdMessage *m, const RdVerdict *v, const uint64_t key[2], char *ret,
                     size_t cap) {
  const ToyMessage *t = m->view;
  (void)key;
  if (!is_request(m))
    return 0;
  int len = snprintf(ret, cap, "SAY %u refused %u\n", t->number, v->code);
  return len > 0 && (size_t)len < cap ? (size_t)len : 0;
}

const RdCodec toy_codec;
const RdCodec toy_codec = {.protocol = TOY_PROTOCOL,
                           .name = "toy",
                           .port = TOY_PORT,
                           .longest = TOY_LONGEST,
                           .view = view,
                           .framer = &framer,
                           .is_request = is_request,
                           .refuse = refuse};

const RdCodec *const rd_codecs[] = {&rd_codec_sip, &toy_codec, NULL};
