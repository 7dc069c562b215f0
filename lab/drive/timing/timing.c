#include "lab/drive/timing/timing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/drive/host/host.h"
#include "lab/drive/host/wheel.h"
#include "lab/drive/judge/chain.h"

/* Enough different messages that no branch predictor learns one by heart, few enough for a cache. */
#define MESSAGES 16
#define MESSAGE_MAX 2048
#define QUIET (10 * RD_SECOND) /* between two messages of one source */
enum { MOST_TIMERS_A_BATCH = 100000 };

static const uint32_t sizes[RD_TIMING_SIZES] = {500, 900, 1300};
G_STATIC_ASSERT(RD_TIMING_BATCH % MESSAGES == 0);
/* Sixteen messages of 64 quiet sources are two and a half seconds: a defense's timers, which run in
 * between, come late by no more. */
static const uint32_t sources[RD_TIMING_SOURCES] = {64, 2048, 65536};

typedef struct {
  RdBaseHost base; /* first: what the part hands back is this */
  RdTime now;
  RdWheel *wheel;
} Host;

typedef struct {
  char bytes[MESSAGES][MESSAGE_MAX];
  size_t len[MESSAGES];
  RdSipScan scans[MESSAGES];
} Corpus;

typedef struct {
  Host host;
  RdJudge *judge;
  Corpus *corpus;
  uint64_t next; /* number of the next message */
  uint64_t acted;
} Bench;

/* --- what is base ----------------------------------------------------------------------------- */

static RdTime host_now(RdHost *host) {
  return ((Host *)host)->now;
}

static RdTimer host_timer(RdHost *host, const RdTimerSpec *spec) {
  uint8_t payload[RD_WHEEL_PAYLOAD] = {0};
  memcpy(payload, &spec->cookie, sizeof spec->cookie);
  return rd_wheel_arm(((Host *)host)->wheel, spec->at, payload);
}

static void host_cancel(RdHost *host, RdTimer timer) {
  rd_wheel_cancel(((Host *)host)->wheel, timer);
}

static void run_timers(Bench *b) {
  const RdDefenseOps *ops = &b->judge->part->defense;
  uint8_t payload[RD_WHEEL_PAYLOAD];
  RdTimer id;
  uint64_t cookie;
  for (unsigned n = 0; n < MOST_TIMERS_A_BATCH; n++) {
    if (!rd_wheel_pop(b->host.wheel, b->host.now, &id, payload))
      return;
    memcpy(&cookie, payload, sizeof cookie);
    if (ops->timer)
      ops->timer(b->judge->self, id, cookie);
  }
}

/* --- messages --------------------------------------------------------------------------------- */

/* An INVITE grown to about `size` bytes as messages grow on their way: by a header a hop. */
static size_t write_invite(char *bytes, unsigned i, uint32_t size) {
  static const char body[] = "v=0\r\no=- 1 1 IN IP4 198.18.0.1\r\ns=-\r\nc=IN IP4 198.18.0.1\r\n"
                             "t=0 0\r\nm=audio 49152 RTP/AVP 97\r\n";
  g_autoptr(GString) hops = g_string_new(NULL);
  g_autoptr(GString) m = g_string_new(NULL);
  for (unsigned hop = 1;; hop++) {
    g_string_printf(m,
                    "INVITE sip:callee%02u@example.com;user=phone SIP/2.0\r\n"
                    "Via: SIP/2.0/UDP 198.18.0.1:5060;branch=z9hG4bK-timing-%02u\r\n"
                    "Max-Forwards: 70\r\n"
                    "From: <sip:caller%02u@example.com>;tag=t%02u\r\n"
                    "To: <sip:callee%02u@example.com>\r\n"
                    "Call-ID: timing-%02u\r\nCSeq: 1 INVITE\r\n"
                    "Contact: <sip:caller%02u@198.18.0.1>\r\n"
                    "%sContent-Type: application/sdp\r\nContent-Length: %u\r\n\r\n%s",
                    i, i, i, i, i, i, i, hops->str, (unsigned)strlen(body), body);
    if (m->len >= size)
      break;
    g_string_append_printf(hops, "Record-Route: <sip:proxy%02u.example.com;lr>\r\n", hop);
  }
  size_t n = MIN(m->len, (size_t)MESSAGE_MAX);
  memcpy(bytes, m->str, n);
  return n;
}

static uint32_t write_corpus(Corpus *c, uint32_t size) {
  uint64_t total = 0;
  for (unsigned i = 0; i < MESSAGES; i++) {
    c->len[i] = write_invite(c->bytes[i], i, size);
    rd_sip_scan(&c->scans[i], c->bytes[i], c->len[i], RD_SIP_DATAGRAM);
    total += c->len[i];
  }
  return (uint32_t)(total / MESSAGES);
}

/* --- timing ----------------------------------------------------------------------------------- */

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void scan_batch(Corpus *c) {
  for (unsigned k = 0; k < RD_TIMING_BATCH; k++) {
    unsigned i = k % MESSAGES;
    rd_sip_scan(&c->scans[i], c->bytes[i], c->len[i], RD_SIP_DATAGRAM);
  }
}

static RdMessage message_template(void) {
  RdMessage m = {.size = sizeof m,
                 .kind = RD_DATA,
                 .protocol = RD_PROTO_SIP,
                 .direction = RD_INGRESS,
                 .interface = RD_IF_GM,
                 .network = "gm",
                 .domain = "access"};
  rd_address_parse(rd_slice("192.0.2.1"), &m.local);
  rd_address_parse(rd_slice("198.18.0.1"), &m.remote);
  m.local.port = m.remote.port = 5060;
  m.local.transport = m.remote.transport = RD_UDP;
  return m;
}

/* Source number n of 198.18.0.0/15; 0 and 1 are the network's and ours. */
static void set_source(RdMessage *m, uint32_t n) {
  uint32_t host = (n + 2) & 0x1ffff;
  m->remote.ip[1] = (uint8_t)(18 + (host >> 16));
  m->remote.ip[2] = (uint8_t)(host >> 8);
  m->remote.ip[3] = (uint8_t)host;
}

/* Each message of the corpus once. */
static void judge_some(Bench *b, RdMessage *m, uint32_t n_sources) {
  const RdDefenseOps *ops = &b->judge->part->defense;
  const RdTime step = QUIET / n_sources;
  for (unsigned i = 0; i < MESSAGES; i++, b->next++) {
    RdVerdict v = {.size = sizeof v, .action = RD_PASS, .score = NAN};
    set_source(m, (uint32_t)(b->next % n_sources));
    m->sip = &b->corpus->scans[i].sip;
    m->bytes = (const uint8_t *)b->corpus->bytes[i];
    m->len = b->corpus->len[i];
    b->host.now += step;
    ops->judge(b->judge->self, m, &v);
    b->acted += v.action != RD_PASS;
  }
}

/* The defense's own timers run in between, untimed: the simulator charges a timer's work by a row of
 * its own. Returns the seconds that judging took. */
static double judge_batch(Bench *b, uint32_t n_sources) {
  RdMessage m = message_template();
  double total = 0;
  for (unsigned k = 0; k < RD_TIMING_BATCH; k += MESSAGES) {
    double begun = seconds();
    judge_some(b, &m, n_sources);
    total += seconds() - begun;
    run_timers(b);
  }
  return total;
}

static int by_value(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double *x, unsigned n) {
  qsort(x, n, sizeof *x, by_value);
  return n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

/* Every source is seen twice before anything is timed: tables are full, caches as they will be. */
static void fill(Bench *b, uint32_t n_sources) {
  for (uint64_t seen = 0; seen < 2 * (uint64_t)n_sources; seen += RD_TIMING_BATCH)
    judge_batch(b, n_sources);
}

static void measure(Bench *b, uint32_t n_sources, unsigned rounds, RdTimingPoint *ret) {
  g_autofree double *scan = g_new(double, rounds), *judge = g_new(double, rounds);
  g_autofree double *ratio = g_new(double, rounds);
  uint64_t bytes;
  fill(b, n_sources);
  b->acted = 0;
  for (unsigned r = 0; r < rounds; r++) {
    double begun = seconds();
    scan_batch(b->corpus);
    scan[r] = (seconds() - begun) * 1e9 / RD_TIMING_BATCH;
    judge[r] = judge_batch(b, n_sources) * 1e9 / RD_TIMING_BATCH;
    ratio[r] = scan[r] > 0 ? judge[r] / scan[r] : NAN;
  }
  ret->entries =
      b->judge->part->defense.state ? b->judge->part->defense.state(b->judge->self, &bytes) : 0;
  ret->acted = (double)b->acted / ((double)rounds * RD_TIMING_BATCH);
  ret->scan_ns = median(scan, rounds);
  ret->judge_ns = median(judge, rounds);
  ret->ratio = median(ratio, rounds);
}

/* --- one defense ------------------------------------------------------------------------------ */

static bool open_bench(Bench *b, const RdPart *part, const void *config, uint64_t seed,
                       GError **error) {
  static const RdPlace place = {.size = sizeof place,
                                .interface = RD_IF_GM,
                                .node = "sbc",
                                .network = "gm",
                                .domain = "access"};
  rd_base_host_init(&b->host.base, part->plugin.name, seed);
  b->host.base.host.now = host_now;
  b->host.base.host.timer = host_timer;
  b->host.base.host.cancel = host_cancel;
  b->host.wheel = rd_wheel_new();
  b->judge = rd_judge_new(part->plugin.name, part, config, &b->host.base.host, &place, 1, 0, error);
  return b->judge != NULL;
}

static void close_bench(Bench *b) {
  rd_judge_free(b->judge);
  rd_wheel_free(b->host.wheel);
  rd_base_host_clear(&b->host.base);
}

/* A fresh instance for each number of sources, so that its tables hold those and no others. */
bool rd_timing_defense(const RdPart *part, const void *config, const RdTimingSpec *spec,
                       RdTimingPoint ret[RD_TIMING_POINTS], GError **error) {
  g_autofree Corpus *corpus = g_new(Corpus, 1);
  const unsigned rounds = MAX(spec->rounds, 1u);
  for (unsigned s = 0; s < RD_TIMING_SOURCES; s++) {
    for (unsigned z = 0; z < RD_TIMING_SIZES; z++) {
      RdTimingPoint *p = &ret[s * RD_TIMING_SIZES + z];
      Bench b = {.corpus = corpus};
      *p = (RdTimingPoint){.sources = sources[s], .bytes = write_corpus(corpus, sizes[z])};
      bool ok = open_bench(&b, part, config, spec->seed, error);
      if (ok)
        measure(&b, sources[s], rounds, p);
      close_bench(&b);
      if (!ok)
        return false;
    }
  }
  return true;
}
