/* Diameter's row: lab/diameter, as the drivers see it. */
#include "lab/codec/codec.h"
#include "lab/diameter/edit.h"
#include "lab/diameter/names.h"
#include "lab/diameter/stateless.h"
#include "lab/diameter/stream.h"

enum { LONGEST = 65536 };

static void view(RdView *room, RdMessage *m) {
  if (rd_dia_scan(&room->dia, m->bytes, m->len))
    m->view = &room->dia.dia;
}

static void *open_framer(void) {
  return rd_dia_stream_new(LONGEST);
}

static void push(void *framer, const void *bytes, size_t len) {
  rd_dia_stream_push(framer, bytes, len);
}

static RdFramed pop(void *framer, RdSlice *ret) {
  static const RdFramed frames[] = {[RD_DIA_MORE] = RD_FRAME_MORE,
                                    [RD_DIA_MESSAGE] = RD_FRAME_MESSAGE,
                                    [RD_DIA_BROKEN] = RD_FRAME_BROKEN};
  return frames[rd_dia_stream_pop(framer, ret)];
}

static size_t pending(void *framer) {
  return rd_dia_stream_pending(framer);
}

static void close_framer(void *framer) {
  rd_dia_stream_free(framer);
}

static const RdFramer framer = {open_framer, push, pop, pending, close_framer};

static bool is_request(const RdMessage *m) {
  const RdDiameter *d = m->view;
  return d && d->is_request;
}

/* A challenge is SIP's own. */
static void settle(RdVerdict *v) {
  if ((v->action == RD_REJECT || v->action == RD_CHALLENGE) && (v->code < 3000 || v->code > 5999))
    v->code = RD_DIA_TOO_BUSY;
}

static size_t refuse(const RdMessage *m, const RdVerdict *v, const uint64_t key[2], char *ret,
                     size_t cap) {
  (void)key;
  return m->view ? rd_dia_refuse(m->view, v->code, ret, cap) : 0;
}

static size_t edit(const RdMessage *m, const RdEdit *edits, size_t n, size_t stride, char *ret,
                   size_t cap) {
  return m->view ? rd_dia_edit(m->view, edits, n, stride, ret, cap) : 0;
}

/* No port is open before a part listens; there is no Diameter over UDP (RFC 6733 s2.1). */
const RdCodec rd_codec_diameter = {.protocol = RD_PROTO_DIAMETER,
                                   .name = "diameter",
                                   .port = 3868,
                                   .longest = LONGEST,
                                   .view = view,
                                   .framer = &framer,
                                   .is_request = is_request,
                                   .settle = settle,
                                   .refuse = refuse,
                                   .edit = edit};
