#include "lab/result/ledger.h"

#include <errno.h>
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

#define LEDGER_FILE "attempts.rdl"

G_STATIC_ASSERT(sizeof(RdLedgerHeader) == 16);
G_STATIC_ASSERT(sizeof(RdLedgerRow) == 104);

struct RdLedger {
  GMappedFile *file;
  const RdLedgerRow *rows;
  size_t n;
};

struct RdLedgerWriter {
  char *path;
  FILE *file;
  int failed; /* errno of the first failure */
};

static bool check_header(const char *bytes, size_t len, const char *path, GError **error) {
  RdLedgerHeader header;
  if (len < sizeof header) {
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s: truncated: no ledger header",
                path);
    return false;
  }
  memcpy(&header, bytes, sizeof header);
  if (memcmp(header.magic, RD_LEDGER_MAGIC, sizeof header.magic)) {
    bool other = !memcmp(header.magic, RD_LEDGER_MAGIC, strlen("RDLEDG"));
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s: %s", path,
                other ? "a ledger of another format; run the trial again" : "not a ledger");
    return false;
  }
  if (header.row_size != sizeof(RdLedgerRow)) {
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                "%s: rows of %" G_GUINT32_FORMAT " bytes, this program reads rows of %zu", path,
                header.row_size, sizeof(RdLedgerRow));
    return false;
  }
  size_t rest = (len - sizeof header) % sizeof(RdLedgerRow);
  if (rest) {
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                "%s: truncated: the last row has %zu of %zu bytes", path, rest,
                sizeof(RdLedgerRow));
    return false;
  }
  return true;
}

RdLedger *rd_ledger_open(const char *world_folder, GError **error) {
  g_autofree char *path = g_build_filename(world_folder, LEDGER_FILE, NULL);
  g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, error);
  if (!file)
    return NULL;
  const char *bytes = g_mapped_file_get_contents(file);
  size_t len = g_mapped_file_get_length(file);
  if (!check_header(bytes, len, path, error))
    return NULL;
  RdLedger *ledger = g_new0(RdLedger, 1);
  ledger->rows = (const RdLedgerRow *)(const void *)(bytes + sizeof(RdLedgerHeader));
  ledger->n = (len - sizeof(RdLedgerHeader)) / sizeof(RdLedgerRow);
  ledger->file = g_steal_pointer(&file);
  return ledger;
}

const RdLedgerRow *rd_ledger_rows(const RdLedger *ledger, size_t *ret_n) {
  *ret_n = ledger->n;
  return ledger->rows;
}

void rd_ledger_close(RdLedger *ledger) {
  if (!ledger)
    return;
  g_mapped_file_unref(ledger->file);
  g_free(ledger);
}

static void set_write_error(GError **error, const char *path, int code) {
  g_set_error(error, G_IO_ERROR, g_io_error_from_errno(code), "%s: %s", path, g_strerror(code));
}

static bool put(RdLedgerWriter *w, const void *bytes, size_t len) {
  if (w->failed)
    return false;
  errno = 0;
  if (fwrite(bytes, len, 1, w->file) != 1)
    w->failed = errno ? errno : EIO;
  return !w->failed;
}

RdLedgerWriter *rd_ledger_writer_new(const char *world_folder, GError **error) {
  g_autofree char *path = g_build_filename(world_folder, LEDGER_FILE, NULL);
  FILE *file = fopen(path, "wbe");
  if (!file) {
    set_write_error(error, path, errno);
    return NULL;
  }
  RdLedgerWriter *w = g_new0(RdLedgerWriter, 1);
  w->path = g_steal_pointer(&path);
  w->file = file;
  RdLedgerHeader header = {.row_size = sizeof(RdLedgerRow)};
  memcpy(header.magic, RD_LEDGER_MAGIC, sizeof header.magic);
  put(w, &header, sizeof header);
  return w;
}

bool rd_ledger_write(RdLedgerWriter *w, const RdLedgerRow *row) {
  return put(w, row, sizeof *row);
}

bool rd_ledger_writer_finish(RdLedgerWriter *w, GError **error) {
  errno = 0;
  if (fclose(w->file) && !w->failed)
    w->failed = errno ? errno : EIO;
  if (w->failed)
    set_write_error(error, w->path, w->failed);
  bool ok = !w->failed;
  g_free(w->path);
  g_free(w);
  return ok;
}
