#include "lab/capture/reader.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "lab/base/address.h"
#include "lab/capture/flow.h"
#include "lab/capture/fragment.h"
#include "lab/capture/frames.h"
#include "lab/capture/label.h"
#include "lab/capture/link.h"
#include "lab/capture/recognise.h"
#include "lab/codec/codec.h"

enum { PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, SIPS_PORT = 5061 };

typedef struct {
  RdCaptureSink sink;
  void *user;
  RdCaptureStats *stats;
  const char *name;
  RdFragments *fragments;
  RdFlows *flows;
  const RdFrame *frame; /* in hand */
} Reading;

static void give(Reading *r, const RdAddress *src, const RdAddress *dst, RdConn conn,
                 uint8_t protocol, const uint8_t *bytes, size_t len) {
  RdCaptureMessage m = {.n = ++r->stats->messages,
                        .time = r->frame->time,
                        .src = *src,
                        .dst = *dst,
                        .conn = conn,
                        .protocol = protocol,
                        .bytes = bytes,
                        .len = len,
                        .interface = r->frame->interface,
                        .comment = r->frame->comment,
                        .comment_len = r->frame->comment_len,
                        .direction = r->frame->direction};
  r->sink(r->user, &m);
}

static bool is_judge_point(const RdFrame *frame) {
  RdDirection direction;
  return frame->comment && rd_label_direction(frame->comment, frame->comment_len, &direction);
}

/* By the ports: what it was sent to counts first. */
static uint8_t protocol_of(const RdAddress *src, const RdAddress *dst) {
  uint8_t there = rd_codec_at(dst->port), here = rd_codec_at(src->port);
  if (there != RD_PROTO_UNKNOWN)
    return there;
  return src->port == SIPS_PORT || dst->port == SIPS_PORT ? RD_PROTO_SIP : here;
}

static void payload(Reading *r, const RdAddress *src, const RdAddress *dst, RdConn conn,
                    const uint8_t *bytes, size_t len) {
  uint8_t protocol = protocol_of(src, dst);
  RdLooks looks = is_judge_point(r->frame) ? RD_LOOKS_SIP : rd_recognise(bytes, len);
  if (looks == RD_LOOKS_KEEPALIVE)
    r->stats->keepalives++;
  else if (looks == RD_LOOKS_SIP || protocol != RD_PROTO_UNKNOWN)
    give(r, src, dst, conn, protocol ? protocol : RD_PROTO_SIP, bytes, len);
  else
    r->stats->not_sip++;
}

static void stream_message(void *user, RdConn conn, const RdAddress *src, const RdAddress *dst,
                           const uint8_t *bytes, size_t len) {
  payload(user, src, dst, conn, bytes, len);
}

static void datagram(Reading *r, RdIp *ip) {
  if (ip->len < 8) {
    r->stats->bad++;
    return;
  }
  const uint8_t *p = ip->payload;
  size_t len = (size_t)p[4] << 8 | p[5];
  if (len == 0) /* left to the card, or a jumbogram */
    len = ip->len;
  if (len < 8 || len > ip->len) {
    r->stats->bad++;
    return;
  }
  ip->src.port = (uint16_t)(p[0] << 8 | p[1]);
  ip->dst.port = (uint16_t)(p[2] << 8 | p[3]);
  ip->src.transport = ip->dst.transport = RD_UDP;
  payload(r, &ip->src, &ip->dst, 0, p + 8, len - 8);
}

static void transport(Reading *r, RdIp *ip) {
  if (ip->protocol == PROTOCOL_UDP)
    datagram(r, ip);
  else if (ip->protocol == PROTOCOL_TCP)
    r->stats->bad += !rd_flows_add(r->flows, &ip->src, &ip->dst, ip->payload, ip->len);
  else
    r->stats->not_sip++;
}

static void cut(Reading *r) {
  const RdFrame *f = r->frame;
  if (r->stats->cut++ > 0 || r->stats->warning)
    return;
  r->stats->warning = g_strdup_printf(
      "%s: offset %" G_GINT64_FORMAT ": packet %" G_GUINT64_FORMAT
      " was cut to %u of %u bytes by the capture's snap length; such packets are passed over",
      r->name, f->offset, f->n, f->captured, f->original);
}

static void frame(Reading *r, const RdFrame *f) {
  RdIp ip;
  r->frame = f;
  r->stats->frames++;
  int head = rd_link_strip(f->link, f->bytes, f->captured);
  if (head < 0) {
    if (f->captured < f->original && f->captured < 64)
      cut(r);
    else
      r->stats->not_ip++;
    return;
  }
  RdIpVerdict verdict = rd_ip_read(f->bytes + head, f->captured - (size_t)head, &ip);
  if (verdict == RD_IP_CUT && f->captured < f->original)
    cut(r);
  else if (verdict != RD_IP_OK)
    r->stats->bad++;
  else if (!ip.fragment || rd_fragments_add(r->fragments, &ip, f->time))
    transport(r, &ip);
}

static void add_counts(Reading *r) {
  RdFragmentCounts fragments = rd_fragments_counts(r->fragments);
  RdFlowCounts flows = rd_flows_counts(r->flows);
  r->stats->fragments += fragments.pieces;
  r->stats->datagrams_lost += fragments.begun - fragments.whole;
  r->stats->tcp_gaps += flows.gaps;
  r->stats->tcp_broken += flows.broken;
  r->stats->tcp_skipped += flows.skipped;
  r->stats->keepalives += flows.pings;
}

/* A capture whose packets nobody here can read is bad input, not an empty one. */
static bool check_link(Reading *r, const RdFrame *f, GError **error) {
  if (rd_link_known(f->link))
    return true;
  g_set_error(error, RD_CAPTURE_ERROR, RD_CAPTURE_INVALID,
              "%s: offset %" G_GINT64_FORMAT
              ": link type %d is not known here (Ethernet, Linux cooked, raw IP, PPP and loopback "
              "are)",
              r->name, f->offset, f->link);
  return false;
}

bool rd_capture_read_file(FILE *file, const char *name, RdCaptureSink sink, void *user,
                          RdCaptureStats *stats, GError **error) {
  g_autoptr(RdFrames) frames = rd_frames_take(file, name, error);
  if (!frames)
    return false;
  Reading r = {.sink = sink, .user = user, .stats = stats, .name = name};
  r.fragments = rd_fragments_new();
  r.flows = rd_flows_new(stream_message, &r);
  stats->files++;
  RdFrame f, end = {.direction = -1};
  int got;
  bool known = true;
  while (known && (got = rd_frames_next(frames, &f, error)) == 1)
    if ((known = check_link(&r, &f, error))) {
      frame(&r, &f);
      end.time = f.time;
    }
  r.frame = &end; /* what f points at may be gone */
  rd_flows_finish(r.flows);
  add_counts(&r);
  rd_flows_free(r.flows);
  rd_fragments_free(r.fragments);
  return known && got == 0;
}

void rd_capture_stats_clear(RdCaptureStats *stats) {
  g_free(stats->warning);
  memset(stats, 0, sizeof *stats);
}
