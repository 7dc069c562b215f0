#include "lab/capture/frames.h"

#include <pcap/pcap.h>

#include "lab/capture/frames_private.h"

G_DEFINE_QUARK(rd_capture, rd_capture_error)

enum { PCAPNG_FIRST = 0x0a, RECORD_HEADER = 16, FILE_HEADER = 24 };

struct RdFrames {
  char *name;
  FILE *file; /* of pcapng; libpcap owns its own */
  pcap_t *pcap;
  RdPcapngReader *pcapng;
  uint64_t n;
  int64_t offset; /* pcap: of the next record */
};

bool rd_frames_magic(int first_byte) {
  /* pcapng, then the first octets of pcap's magic numbers in either byte order. */
  return first_byte == PCAPNG_FIRST || first_byte == 0xa1 || first_byte == 0xd4 ||
         first_byte == 0x4d || first_byte == 0x34;
}

static bool open_pcap(RdFrames *f, FILE *file, GError **error) {
  char why[PCAP_ERRBUF_SIZE] = "";
  f->pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, why);
  if (f->pcap) {
    f->offset = FILE_HEADER;
    return true;
  }
  g_set_error(error, RD_CAPTURE_ERROR, RD_CAPTURE_INVALID, "%s: no capture: %s", f->name, why);
  fclose(file);
  return false;
}

RdFrames *rd_frames_take(FILE *file, const char *name, GError **error) {
  g_autoptr(RdFrames) f = g_new0(RdFrames, 1);
  f->name = g_strdup(name);
  int first = getc(file);
  ungetc(first, file);
  if (first == PCAPNG_FIRST) {
    f->file = file;
    f->pcapng = rd_pcapng_reader_new(file);
  } else if (!open_pcap(f, file, error)) {
    return NULL;
  }
  return g_steal_pointer(&f);
}

static int next_pcap(RdFrames *f, RdFrame *ret, GError **error) {
  struct pcap_pkthdr *header;
  const u_char *bytes;
  int got = pcap_next_ex(f->pcap, &header, &bytes);
  if (got == PCAP_ERROR_BREAK)
    return 0;
  if (got != 1) {
    g_set_error(error, RD_CAPTURE_ERROR, RD_CAPTURE_BROKEN, "%s: offset %" G_GINT64_FORMAT ": %s",
                f->name, f->offset, pcap_geterr(f->pcap));
    return -1;
  }
  *ret = (RdFrame){.n = ++f->n,
                   .direction = -1,
                   .time = (RdTime)header->ts.tv_sec * RD_SECOND + header->ts.tv_usec,
                   .link = pcap_datalink(f->pcap),
                   .bytes = bytes,
                   .captured = header->caplen,
                   .original = header->len,
                   .offset = f->offset};
  f->offset += RECORD_HEADER + (int64_t)header->caplen;
  return 1;
}

int rd_frames_next(RdFrames *f, RdFrame *ret, GError **error) {
  if (f->pcap)
    return next_pcap(f, ret, error);
  int64_t offset = 0;
  const char *why = NULL;
  int got = rd_pcapng_reader_next(f->pcapng, ret, &offset, &why);
  if (got == 1)
    ret->n = ++f->n;
  if (got >= 0)
    return got;
  /* A first block that is none means that the file is no capture at all. */
  g_set_error(error, RD_CAPTURE_ERROR, offset == 0 ? RD_CAPTURE_INVALID : RD_CAPTURE_BROKEN,
              "%s: offset %" G_GINT64_FORMAT ": %s", f->name, offset, why);
  return -1;
}

const char *rd_frames_interface(const RdFrames *f, unsigned i, const char **ret_description) {
  return f->pcapng ? rd_pcapng_reader_interface(f->pcapng, i, ret_description) : NULL;
}

void rd_frames_free(RdFrames *f) {
  if (!f)
    return;
  if (f->pcap)
    pcap_close(f->pcap);
  rd_pcapng_reader_free(f->pcapng);
  if (f->file)
    fclose(f->file);
  g_free(f->name);
  g_free(f);
}
