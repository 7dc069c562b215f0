/* SIP's row: lab/sip, as the drivers see it. */
#include "lab/codec/codec.h"
#include "lab/sip/build.h"
#include "lab/sip/stateless.h"
#include "lab/sip/stream.h"

enum { LONGEST_HEAD = 65536, LONGEST_BODY = 1 << 20 };

static void view(RdView *room, RdMessage *m) {
  if (rd_sip_scan(&room->sip, m->bytes, m->len, m->conn ? RD_SIP_STREAM : RD_SIP_DATAGRAM))
    m->sip = &room->sip.sip;
}

static void *open_framer(void) {
  return rd_sip_stream_new(LONGEST_HEAD, LONGEST_BODY);
}

static void push(void *framer, const void *bytes, size_t len) {
  rd_sip_stream_push(framer, bytes, len);
}

static RdFramed pop(void *framer, RdSlice *ret) {
  static const RdFramed frames[] = {[RD_STREAM_MORE] = RD_FRAME_MORE,
                                    [RD_STREAM_MESSAGE] = RD_FRAME_MESSAGE,
                                    [RD_STREAM_PING] = RD_FRAME_PING,
                                    [RD_STREAM_BROKEN] = RD_FRAME_BROKEN};
  return frames[rd_sip_stream_pop(framer, ret, NULL)];
}

static size_t pending(void *framer) {
  return rd_sip_stream_pending(framer);
}

static void close_framer(void *framer) {
  rd_sip_stream_free(framer);
}

static const RdFramer framer = {open_framer, push, pop, pending, close_framer};

static bool is_request(const RdMessage *m) {
  return m->sip && m->sip->is_request;
}

static void settle(RdVerdict *v) {
  if ((v->action == RD_REJECT || v->action == RD_CHALLENGE) && (v->code < 300 || v->code > 699))
    v->code = v->action == RD_REJECT ? 503 : 401;
}

static size_t refuse(const RdMessage *m, const RdVerdict *v, const uint64_t key[2], char *ret,
                     size_t cap) {
  return m->sip ? rd_sip_refuse(m->sip, v, key, ret, cap) : 0;
}

static bool is_refusal_ack(const RdMessage *m, const uint64_t key[2]) {
  return m->sip && rd_sip_is_refusal_ack(m->sip, key);
}

static size_t edit(const RdMessage *m, const RdEdit *edits, size_t n, size_t stride, char *ret,
                   size_t cap) {
  return m->sip ? rd_sip_edit(m->sip, edits, n, stride, ret, cap) : 0;
}

static unsigned operation(const RdMessage *m) {
  return m->sip ? m->sip->method : RD_SIP_NONE;
}

const RdCodec rd_codec_sip = {.protocol = RD_PROTO_SIP,
                              .name = "sip",
                              .port = 5060,
                              .transport = RD_UDP,
                              .longest = RD_SIP_MAX_MESSAGE,
                              .view = view,
                              .framer = &framer,
                              .is_request = is_request,
                              .settle = settle,
                              .refuse = refuse,
                              .is_refusal_ack = is_refusal_ack,
                              .edit = edit,
                              .operation = operation};
