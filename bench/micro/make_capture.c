/* make_capture.c - writes a capture of N SIP messages for benchmarks: calls of 6 messages (INVITE
 * with SDP, 180, 200, ACK, BYE, 200) between 1000 callers and one server, 1 ms apart.
 *   make_capture FILE N */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/base/address.h"
#include "lab/capture/pcapng.h"

#define SDP                                                                                        \
  "v=0\r\no=- 1 1 IN IP4 198.18.0.1\r\ns=-\r\nc=IN IP4 198.18.0.1\r\nt=0 0\r\n"                    \
  "m=audio 49170 RTP/AVP 104 8 101\r\na=rtpmap:104 AMR-WB/16000\r\na=rtpmap:8 PCMA/8000\r\n"       \
  "a=rtpmap:101 telephone-event/16000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"

static const struct {
  const char *start, *method, *body;
  bool request;
} steps[] = {{"INVITE sip:bob@example.com SIP/2.0", "INVITE", SDP, true},
             {"SIP/2.0 180 Ringing", "INVITE", "", false},
             {"SIP/2.0 200 OK", "INVITE", SDP, false},
             {"ACK sip:bob@192.0.2.1:5060 SIP/2.0", "ACK", "", true},
             {"BYE sip:bob@192.0.2.1:5060 SIP/2.0", "BYE", "", true},
             {"SIP/2.0 200 OK", "BYE", "", false}};

static char *message(unsigned long call, unsigned step) {
  return g_strdup_printf(
      "%s\r\nVia: SIP/2.0/UDP 198.18.%lu.%lu:5060;branch=z9hG4bK%08lx%u;rport\r\n"
      "Max-Forwards: 70\r\nFrom: \"Alice %lu\" <sip:alice%lu@example.com>;tag=f%lx\r\n"
      "To: <sip:bob@example.com>%s\r\nCall-ID: %lx-benchmark@198.18.0.1\r\nCSeq: %u %s\r\n"
      "Contact: <sip:alice@198.18.%lu.%lu:5060>;+g.3gpp.icsi-ref=\"urn%%3Aurn-7%%3A3gpp-service."
      "ims.icsi.mmtel\"\r\n"
      "P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=0010100010000001\r\n"
      "User-Agent: benchmark\r\nSupported: 100rel, timer\r\n%sContent-Length: %zu\r\n\r\n%s",
      steps[step].start, call % 1000 / 250, call % 250 + 1, call, step / 3, call % 1000,
      call % 1000, call, step ? ";tag=t1" : "", call, step < 4 ? 1 : 2, steps[step].method,
      call % 1000 / 250, call % 250 + 1,
      steps[step].body[0] ? "Content-Type: application/sdp\r\n" : "", strlen(steps[step].body),
      steps[step].body);
}

static void write_messages(RdPcapng *w, unsigned long n) {
  uint32_t interface = rd_pcapng_interface(w, "eth0");
  const RdAddress server = rd_address_ip4(0xc0000201, 5060);
  for (unsigned long i = 0; i < n; i++) {
    unsigned long call = i / G_N_ELEMENTS(steps);
    unsigned step = (unsigned)(i % G_N_ELEMENTS(steps));
    RdAddress caller = rd_address_ip4(
        0xc6120000u + (uint32_t)(call % 1000 / 250 << 8) + (uint32_t)(call % 250) + 1, 5060);
    bool up = steps[step].request;
    g_autofree char *text = message(call, step);
    rd_pcapng_message(w, interface, (RdTime)i * RD_MILLISECOND, up ? &caller : &server,
                      up ? &server : &caller, text, strlen(text), NULL, -1);
  }
}

int main(int argc, char **argv) {
  g_autoptr(GError) error = NULL;
  unsigned long n = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
  if (n == 0) {
    fprintf(stderr, "usage: make_capture FILE N\n");
    return 2;
  }
  RdPcapng *w = rd_pcapng_new(argv[1], &error);
  if (w)
    write_messages(w, n);
  if (!w || !rd_pcapng_close(w, &error)) {
    fprintf(stderr, "make_capture: %s\n", error->message);
    return 1;
  }
  return 0;
}
