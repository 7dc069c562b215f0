/* ledger.h - what truly happened in a trial, on disk: written as it happens, one fixed row an
 * attempt, so nothing grows in memory.
 *
 * A world's folder holds
 *   attempts.rdl   RdLedgerHeader, then RdLedgerRow rows in the order they ended
 *   claims.jsonl   {"t_ns","attack","kind","subject","value","true"} what attackers claim, and the
 *                  truth (null: nobody knows)
 *   alerts.jsonl   {"t_ns","defense","classes","subject_kind","subject","score","evidence",
 *                   "causes":[attack names that the subject truly belongs to]}
 *   result.json    everything counted (result.h); written last, so its presence means "finished" */
#pragma once

#include <glib.h>

#include "redoubt/host.h"

#define RD_LEDGER_MAGIC "RDLEDG2\n"

typedef struct {
  char magic[8];
  uint32_t row_size;
  uint32_t reserved;
} RdLedgerHeader;

typedef struct {
  uint64_t entity; /* subscriber */
  uint64_t attempt;
  uint64_t peer; /* UINT64_MAX: none */
  uint32_t node; /* population, as an index into the topology's nodes */
  uint16_t status; /* final; 0: timed out */
  uint8_t kind; /* RdAttemptKind */
  uint8_t retries;
  RdTime started, ringing, answered, ended, closed, left; /* RD_NEVER: not reached */
  RdTime wanted, talked; /* ns; RdAttempt says what these and `left` are */
  uint64_t causes; /* attacks whose traffic is among the attempt's causes; 0: legitimate */
} RdLedgerRow;

/* Reading. Rows are mapped, not copied. */
typedef struct RdLedger RdLedger;
RdLedger *rd_ledger_open(const char *world_folder, GError **error);
const RdLedgerRow *rd_ledger_rows(const RdLedger *ledger, size_t *ret_n);
void rd_ledger_close(RdLedger *ledger); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RdLedger, rd_ledger_close)

/* Writing. A full disk is an error at the write or at finish, never silence. */
typedef struct RdLedgerWriter RdLedgerWriter;
RdLedgerWriter *rd_ledger_writer_new(const char *world_folder, GError **error);
bool rd_ledger_write(RdLedgerWriter *w, const RdLedgerRow *row);
bool rd_ledger_writer_finish(RdLedgerWriter *w, GError **error); /* frees w */
