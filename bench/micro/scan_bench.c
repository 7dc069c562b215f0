/* How long a SIP message takes to read, beside other libraries, in one run.
 *
 * usage: scan_bench [ROUNDS]. Rounds are interleaved A B C D A B C D..., so that a machine that
 * slows down does so for everybody; medians are compared. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/micro/scan_peers.h"

#define MAX_ROUNDS 1000
#define PER_ROUND 500

static const char invite[] =
    "INVITE sip:+12015550142@ims.mnc001.mcc001.3gppnetwork.org;user=phone SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 198.18.0.17:5060;branch=z9hG4bK-2f1e9c40-77aa\r\n"
    "Max-Forwards: 70\r\n"
    "Route: <sip:pcscf.example.com:5060;lr>\r\n"
    "Route: <sip:orig@scscf.example.com;lr>\r\n"
    "From: <sip:001010000000017@ims.mnc001.mcc001.3gppnetwork.org>;tag=9f3c1ab7\r\n"
    "To: <sip:+12015550142@ims.mnc001.mcc001.3gppnetwork.org;user=phone>\r\n"
    "Call-ID: 7c1b9d02e4-17@198.18.0.17\r\n"
    "CSeq: 102 INVITE\r\n"
    "Contact: <sip:001010000000017@198.18.0.17:5060>;+g.3gpp.mid-call\r\n"
    "P-Preferred-Identity: <sip:001010000000017@ims.mnc001.mcc001.3gppnetwork.org>\r\n"
    "Supported: 100rel, timer, precondition\r\n"
    "P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=0010100010019B\r\n"
    "Content-Type: application/sdp\r\n"
    "Content-Length: 165\r\n"
    "\r\n"
    "v=0\r\n"
    "o=- 102 102 IN IP4 198.18.0.17\r\n"
    "s=-\r\n"
    "c=IN IP4 198.18.0.17\r\n"
    "t=0 0\r\n"
    "m=audio 49152 RTP/AVP 97\r\n"
    "a=rtpmap:97 AMR-WB/16000/1\r\n"
    "a=ptime:20\r\n"
    "a=maxptime:240\r\n"
    "a=sendrecv\r\n";

static const ScanPeer *const peers[] = {
    &scan_peer_redoubt,
#ifdef HAVE_SOFIA
    &scan_peer_sofia,
#endif
#ifdef HAVE_OSIP
    &scan_peer_osip,
#endif
#ifdef HAVE_LIBRE
    &scan_peer_libre,
#endif
};
#define N_PEERS ((int)(sizeof peers / sizeof peers[0]))

/* 1 or 0: agree() joins them by &, so that every difference is told. */
static unsigned same(const char *field, Text a, Text b, bool prefix) {
  bool equal = a.len == b.len || (prefix && b.len < a.len);
  equal = equal && memcmp(a.at, b.at, b.len) == 0;
  if (!equal)
    fprintf(stderr, "%s: '%.*s' and '%.*s'\n", field, (int)a.len, a.at, (int)b.len, b.at);
  return equal;
}

/* Everybody has to have read the same. */
static bool agree(const ScanFields *a, const ScanFields *b) {
  return same("method", a->method, b->method, false) &
         same("Request-URI user", a->uri_user, b->uri_user, false) &
         same("Request-URI host", a->uri_host, b->uri_host, false) &
         same("Via host", a->via_host, b->via_host, false) &
         same("Via branch", a->via_branch, b->via_branch, false) &
         same("From user", a->from_user, b->from_user, false) &
         same("From host", a->from_host, b->from_host, false) &
         same("From tag", a->from_tag, b->from_tag, false) &
         same("To user", a->to_user, b->to_user, false) &
         same("To host", a->to_host, b->to_host, false) &
         same("Call-ID", a->call_id, b->call_id, true) &
         same("CSeq method", a->cseq_method, b->cseq_method, false) &
         same("Contact user", a->contact_user, b->contact_user, false) &
         same("Contact host", a->contact_host, b->contact_host, false) &
         same("type", a->type, b->type, false) & same("subtype", a->subtype, b->subtype, false) &
         same("body", a->body, b->body, false) & (a->via_port == b->via_port) &
         (a->cseq == b->cseq) & (a->max_forwards == b->max_forwards) &
         (a->content_length == b->content_length) & (a->routes == b->routes) &
         (a->to_has_tag == b->to_has_tag);
}

static bool check_peers(size_t len) {
  ScanFields first = {0};
  for (int p = 0; p < N_PEERS; p++) {
    ScanFields fields = {0};
    if (peers[p]->setup)
      peers[p]->setup(invite, len);
    if (!peers[p]->read(invite, len, &fields)) {
      fprintf(stderr, "%s: does not read the message\n", peers[p]->name);
      return false;
    }
    if (p == 0)
      first = fields;
    else if (!agree(&first, &fields)) {
      fprintf(stderr, "%s: reads something else\n", peers[p]->name);
      return false;
    }
    if (p > 0)
      peers[p]->release();
  }
  return true;
}

static double time_round(const ScanPeer *peer, size_t len) {
  struct timespec from, to;
  ScanFields fields;
  unsigned sum = 0;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
  for (int i = 0; i < PER_ROUND; i++) {
    if (!peer->read(invite, len, &fields))
      abort();
    sum += fields.cseq + (unsigned)fields.via_branch.len;
    peer->release();
  }
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
  if (sum == 0)
    abort();
  return ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) /
         PER_ROUND;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  static double ns[sizeof peers / sizeof peers[0]][MAX_ROUNDS];
  int rounds = argc > 1 ? atoi(argv[1]) : 101;
  size_t len = sizeof invite - 1;
  if (rounds < 1 || rounds > MAX_ROUNDS) {
    fprintf(stderr, "usage: scan_bench [ROUNDS], 1 to %d\n", MAX_ROUNDS);
    return 2;
  }
  if (!check_peers(len))
    return 1;
  for (int r = 0; r < rounds; r++)
    for (int p = 0; p < N_PEERS; p++)
      ns[p][r] = time_round(peers[p], len);
  printf("An INVITE of %zu bytes; %d rounds of %d messages, interleaved; processor time of one "
         "thread.\n",
         len, rounds, PER_ROUND);
  printf("Read by each, and compared:\n%s.\n\n", SCAN_FIELD_LIST);
  printf("%-18s %12s %12s %12s\n", "", "median ns", "fastest ns", "x redoubt");
  for (int p = 0; p < N_PEERS; p++)
    qsort(ns[p], (size_t)rounds, sizeof ns[p][0], by_value);
  for (int p = 0; p < N_PEERS; p++)
    printf("%-18s %12.0f %12.0f %12.2f\n", peers[p]->name, ns[p][rounds / 2], ns[p][0],
           ns[p][rounds / 2] / ns[0][rounds / 2]);
  if (N_PEERS == 1)
    printf("No peer was found when this was built (meson option `peers`).\n");
  return 0;
}
