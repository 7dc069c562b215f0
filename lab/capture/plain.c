/* Paths: captures, plain files with one SIP message each, and folders of both. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "lab/base/address.h"
#include "lab/capture/frames.h"
#include "lab/capture/reader.h"
#include "lab/capture/recognise.h"

static bool cannot(const char *path, int code, GError **error) {
  g_set_error(error, RD_CAPTURE_ERROR, RD_CAPTURE_INVALID, "%s: %s", path, g_strerror(code));
  return false;
}

/* The file as one message. Outside a folder it has to look like one: a mistaken path is an error. */
static bool read_plain(FILE *file, const char *path, bool any, RdCaptureSink sink, void *user,
                       RdCaptureStats *stats, GError **error) {
  g_autofree uint8_t *bytes = g_malloc(RD_CAPTURE_PLAIN_MAX + 1);
  size_t len = fread(bytes, 1, RD_CAPTURE_PLAIN_MAX + 1, file);
  int failed = ferror(file) ? errno : 0;
  fclose(file);
  if (failed)
    return cannot(path, failed, error);
  if (!any && rd_recognise(bytes, len) != RD_LOOKS_SIP) {
    g_set_error(error, RD_CAPTURE_ERROR, RD_CAPTURE_INVALID,
                "%s: offset 0: neither a pcap or pcapng capture nor a SIP message", path);
    return false;
  }
  if (len > RD_CAPTURE_PLAIN_MAX) {
    g_set_error(error, RD_CAPTURE_ERROR, RD_CAPTURE_BROKEN,
                "%s: offset %d: longer than any SIP message over UDP", path, RD_CAPTURE_PLAIN_MAX);
    return false;
  }
  stats->files++;
  RdCaptureMessage m = {.n = ++stats->messages,
                        .direction = -1,
                        .protocol = RD_PROTO_SIP,
                        .src = rd_address_ip4(0xc0000201, 5060),
                        .dst = rd_address_ip4(0xc0000202, 5060),
                        .bytes = bytes,
                        .len = len};
  m.time = (RdTime)(m.n - 1) * RD_CAPTURE_PLAIN_STEP;
  sink(user, &m);
  return true;
}

/* A first byte that begins a capture may begin a message too: a line feed, "M" of MESSAGE, "4". */
static bool is_capture(FILE *file) {
  uint8_t head[1024];
  if (fseek(file, 0, SEEK_SET) != 0) { /* a pipe */
    int first = getc(file);
    ungetc(first, file);
    return rd_frames_magic(first);
  }
  size_t len = fread(head, 1, sizeof head, file);
  rewind(file);
  return len > 0 && rd_frames_magic(head[0]) && rd_recognise(head, len) != RD_LOOKS_SIP;
}

static bool read_one(const char *path, bool any, RdCaptureSink sink, void *user,
                     RdCaptureStats *stats, GError **error) {
  FILE *file = fopen(path, "rb");
  if (!file)
    return cannot(path, errno, error);
  setvbuf(file, NULL, _IOFBF, 1 << 18);
  if (is_capture(file))
    return rd_capture_read_file(file, path, sink, user, stats, error);
  return read_plain(file, path, any, sink, user, stats, error);
}

static int by_name(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static GPtrArray *files_of(const char *folder, GError **error) {
  GDir *dir = g_dir_open(folder, 0, error);
  if (!dir)
    return NULL;
  GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
  for (const char *name; (name = g_dir_read_name(dir));) {
    struct stat st;
    g_autofree char *path = g_build_filename(folder, name, NULL);
    if (name[0] != '.' && lstat(path, &st) == 0 && S_ISREG(st.st_mode))
      g_ptr_array_add(paths, g_steal_pointer(&path));
  }
  g_dir_close(dir);
  qsort(paths->pdata, paths->len, sizeof *paths->pdata, by_name);
  return paths;
}

/* A bad file does not keep the others from being read; the first one's error is told. */
static bool read_folder(const char *folder, RdCaptureSink sink, void *user, RdCaptureStats *stats,
                        GError **error) {
  g_autoptr(GError) local = NULL;
  g_autoptr(GPtrArray) paths = files_of(folder, &local);
  if (!paths) {
    g_set_error(error, RD_CAPTURE_ERROR, RD_CAPTURE_INVALID, "%s", local->message);
    return false;
  }
  for (guint i = 0; i < paths->len; i++)
    read_one(paths->pdata[i], true, sink, user, stats, local ? NULL : &local);
  if (paths->len == 0)
    g_set_error(error, RD_CAPTURE_ERROR, RD_CAPTURE_INVALID, "%s: no files in this folder", folder);
  else if (local)
    g_set_error(error, RD_CAPTURE_ERROR,
                stats->messages > 0 ? RD_CAPTURE_BROKEN : RD_CAPTURE_INVALID, "%s", local->message);
  return paths->len > 0 && !local;
}

bool rd_capture_read(const char *path, RdCaptureSink sink, void *user, RdCaptureStats *stats,
                     GError **error) {
  struct stat st;
  if (stat(path, &st) != 0)
    return cannot(path, errno, error);
  if (S_ISDIR(st.st_mode))
    return read_folder(path, sink, user, stats, error);
  return read_one(path, false, sink, user, stats, error);
}
