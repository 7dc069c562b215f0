/* worlds.h - makes worlds' folders by hand, for tests of what reads them. */
#pragma once

#include <check.h>
#include <glib/gstdio.h>

#include "lab/result/ledger.h"

static inline char *world_new(const RdLedgerRow *rows, size_t n) {
  char *folder = g_dir_make_tmp("redoubt-world-XXXXXX", NULL);
  ck_assert_ptr_nonnull(folder);
  RdLedgerWriter *w = rd_ledger_writer_new(folder, NULL);
  ck_assert_ptr_nonnull(w);
  for (size_t i = 0; i < n; i++)
    ck_assert(rd_ledger_write(w, &rows[i]));
  ck_assert(rd_ledger_writer_finish(w, NULL));
  return folder;
}

static inline void world_put(const char *folder, const char *name, const char *text) {
  g_autofree char *path = g_build_filename(folder, name, NULL);
  ck_assert(g_file_set_contents(path, text, -1, NULL));
}

static inline void world_free(char *folder) {
  static const char *const names[] = {"attempts.rdl", "claims.jsonl", "result.json"};
  for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *path = g_build_filename(folder, names[i], NULL);
    g_unlink(path);
  }
  g_rmdir(folder);
  g_free(folder);
}

/* An attempt begun at `started`; its final response comes `delay` later (0: none comes). */
static inline RdLedgerRow row_of(RdAttemptKind kind, uint64_t entity, uint64_t attempt,
                                 RdTime started, uint16_t status, RdTime delay) {
  return (RdLedgerRow){.entity = entity,
                       .attempt = attempt,
                       .peer = UINT64_MAX,
                       .kind = (uint8_t)kind,
                       .status = status,
                       .started = started,
                       .ringing = RD_NEVER,
                       .answered = delay ? started + delay : RD_NEVER,
                       .ended = RD_NEVER,
                       .closed = RD_NEVER,
                       .left = RD_NEVER};
}
