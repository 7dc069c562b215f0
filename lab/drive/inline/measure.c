#include "lab/drive/inline/measure.h"

#include <math.h>
#include <string.h>

#include "lab/base/address.h"
#include "lab/capture/reader.h"
#include "lab/sip/scan.h"

/* Calls in one run: bounded by the run's own limits, and once more here. */
enum { MOST_CALLS = 1000000 };

typedef struct {
  RdTime begun, alerted;
  uint16_t status; /* final; 0: none */
} Call;

typedef struct {
  const RdAddress *node, *attacker;
  GHashTable *calls; /* Call-ID -> Call */
  GPtrArray *order; /* Call, as begun; owned by calls */
  RdMeasured *ret;
  RdSipScan scan;
} Measuring;

static void request(Measuring *m, const RdCaptureMessage *c) {
  const RdSip *sip = &m->scan.sip;
  if (sip->method != RD_SIP_INVITE || sip->to_tag.at)
    return;
  if (rd_address_same_ip(&c->src, m->attacker)) {
    m->ret->attack_requests++;
    m->ret->flood_began = MIN(m->ret->flood_began, c->time);
    return;
  }
  g_autofree char *id = g_strndup(sip->call_id.at, sip->call_id.len);
  if (g_hash_table_contains(m->calls, id) || g_hash_table_size(m->calls) >= MOST_CALLS)
    return;
  Call *call = g_new0(Call, 1);
  *call = (Call){c->time, RD_NEVER, 0};
  g_hash_table_insert(m->calls, g_steal_pointer(&id), call);
  g_ptr_array_add(m->order, call);
}

static void response(Measuring *m, const RdCaptureMessage *c) {
  const RdSip *sip = &m->scan.sip;
  g_autofree char *id = g_strndup(sip->call_id.at, sip->call_id.len);
  Call *call = g_hash_table_lookup(m->calls, id);
  if (sip->method != RD_SIP_INVITE || !call || call->status)
    return;
  if ((sip->status >= 180 && sip->status < 300) && call->alerted == RD_NEVER)
    call->alerted = c->time;
  if (sip->status >= 200)
    call->status = sip->status;
}

static void on_message(void *user, const RdCaptureMessage *c) {
  Measuring *m = user;
  if (!rd_sip_scan(&m->scan, c->bytes, c->len, RD_SIP_DATAGRAM) || !m->scan.sip.call_id.at)
    return;
  if (m->scan.sip.is_request && rd_address_equal(&c->dst, m->node))
    request(m, c);
  else if (!m->scan.sip.is_request && rd_address_equal(&c->src, m->node))
    response(m, c);
}

static void count(RdServed *s, const Call *call) {
  s->calls++;
  if (call->status == 0) {
    s->silent++;
  } else if (call->status < 300) {
    s->answered++;
    rd_histogram_add(s->srd, call->alerted - call->begun);
  } else if (call->status < 400) {
    s->redirected++;
  } else {
    s->refused++;
  }
}

bool rd_measure(const char *path, const RdAddress *node, const RdAddress *attacker, RdMeasured *ret,
                GError **error) {
  RdCaptureStats stats = {0};
  Measuring m = {.node = node, .attacker = attacker, .ret = ret};
  *ret = (RdMeasured){.flood_began = RD_NEVER};
  ret->quiet.srd = rd_histogram_new();
  ret->flooded.srd = rd_histogram_new();
  m.calls = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  m.order = g_ptr_array_new();
  bool read = rd_capture_read(path, on_message, &m, &stats, error);
  for (guint i = 0; i < m.order->len; i++) {
    const Call *call = m.order->pdata[i];
    count(call->begun < ret->flood_began ? &ret->quiet : &ret->flooded, call);
  }
  g_ptr_array_unref(m.order);
  g_hash_table_unref(m.calls);
  rd_capture_stats_clear(&stats);
  return read;
}

void rd_measured_clear(RdMeasured *m) {
  rd_histogram_free(m->quiet.srd);
  rd_histogram_free(m->flooded.srd);
  *m = (RdMeasured){0};
}

double rd_served_ser(const RdServed *s) {
  uint64_t of = s->calls - s->redirected;
  return of > 0 ? 100.0 * (double)s->answered / (double)of : NAN;
}
