#include "lab/drive/inline/tap.h"

#include <pcap/pcap.h>
#include <signal.h>
#include <stdio.h>

#include "lab/drive/inline/children.h"
#include "lab/drive/inline/loopback.h"

enum { KERNEL_BUFFER = 32 << 20, PATIENCE_MS = 3000, SNAPLEN = 65535 };

struct RdTap {
  pcap_t *pcap;
  char *path, *drops; /* the capture; where the child writes what was dropped */
  pid_t child;
};

static pcap_t *child_pcap;

static void on_signal(int number) {
  (void)number;
  pcap_breakloop(child_pcap);
}

/* The child's whole life. */
static int capture(void *arg) {
  RdTap *tap = arg;
  struct pcap_stat stat = {0};
  child_pcap = tap->pcap;
  struct sigaction action = {.sa_handler = on_signal}; /* no SA_RESTART: poll() is to return */
  sigaction(SIGTERM, &action, NULL);
  pcap_dumper_t *out = pcap_dump_open(tap->pcap, tap->path);
  if (!out)
    return 1;
  int end = pcap_loop(tap->pcap, -1, pcap_dump, (u_char *)out);
  pcap_stats(tap->pcap, &stat);
  FILE *drops = fopen(tap->drops, "w");
  if (!drops)
    return 1;
  fprintf(drops, "%u\n", stat.ps_drop);
  bool written = pcap_dump_flush(out) == 0;
  pcap_dump_close(out);
  return fclose(drops) != 0 || !written || end == PCAP_ERROR;
}

static pcap_t *prepare(uint16_t port, GError **error) {
  char why[PCAP_ERRBUF_SIZE] = "";
  struct bpf_program filter;
  pcap_t *pcap = pcap_create("lo", why);
  if (!pcap) {
    g_set_error(error, RD_INLINE_ERROR, 0, "capturing on lo: %s", why);
    return NULL;
  }
  pcap_set_snaplen(pcap, SNAPLEN);
  pcap_set_timeout(pcap, 50);
  pcap_set_buffer_size(pcap, KERNEL_BUFFER);
  pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
  g_autofree char *text = g_strdup_printf("udp port %u", port);
  if (pcap_activate(pcap) < 0 || pcap_compile(pcap, &filter, text, 1, PCAP_NETMASK_UNKNOWN) != 0) {
    g_set_error(error, RD_INLINE_ERROR, 0,
                "capturing on lo, for latencies: %s (it needs root or CAP_NET_RAW)",
                pcap_geterr(pcap));
    pcap_close(pcap);
    return NULL;
  }
  int set = pcap_setfilter(pcap, &filter);
  pcap_freecode(&filter);
  if (set == 0)
    return pcap;
  g_set_error(error, RD_INLINE_ERROR, 0, "capturing on lo: %s", pcap_geterr(pcap));
  pcap_close(pcap);
  return NULL;
}

static void tap_free(RdTap *tap) {
  if (tap->pcap)
    pcap_close(tap->pcap);
  g_free(tap->path);
  g_free(tap->drops);
  g_free(tap);
}

RdTap *rd_tap_start(uint16_t port, const char *path, GError **error) {
  RdTap *tap = g_new0(RdTap, 1);
  tap->path = g_strdup(path);
  tap->drops = g_strconcat(path, ".drops", NULL);
  tap->pcap = prepare(port, error);
  tap->child = tap->pcap ? rd_child_fork(capture, tap, error) : 0;
  if (tap->child)
    return tap;
  tap_free(tap);
  return NULL;
}

bool rd_tap_stop(RdTap *tap, uint64_t *ret_dropped) {
  g_autofree char *text = NULL;
  int code = rd_child_stop(tap->child, PATIENCE_MS);
  bool told = g_file_get_contents(tap->drops, &text, NULL, NULL);
  *ret_dropped = told ? g_ascii_strtoull(text, NULL, 10) : 0;
  tap_free(tap);
  return code == 0 && told;
}
