/* evidence.h - puts two worlds' folders before an attack's own predicate: did it succeed?
 *
 * Metrics come from the ledgers' legitimate attempts (no attack among their causes) begun in
 * [from, to): exact values, not histograms. Claims come from claims.jsonl: of several claims on a
 * subject the last counts; those whose truth nobody knows (null) are counted as made and scored
 * nowhere. "All true subjects" are those among the claims: what was never guessed at is unknown. */
#pragma once

#include <glib.h>

#include "lab/config/trial.h"
#include "redoubt/evidence.h"

typedef struct RdEvidenceFile RdEvidenceFile;

/* `folder`: the world with the attack; `baseline`: the same trial and defenses without it, or NULL
 * (its metrics are then NaN). `attack` is the trial's, its name that of the instance. */
RdEvidenceFile *rd_evidence_open(const char *folder, const char *baseline,
                                 const RdTrialAttack *attack, RdTime trial_stop, GError **error);
/* What the predicate is handed; valid as long as the file is open. */
const RdEvidence *rd_evidence_view(const RdEvidenceFile *file);
void rd_evidence_close(RdEvidenceFile *file); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RdEvidenceFile, rd_evidence_close)

/* What a predicate is handed to fill in: nothing is known. */
RdSuccess rd_evidence_nothing(void);

/* Opens, asks the attack's predicate and closes. An attack without one (a twin) never succeeds:
 * effect NaN. */
bool rd_evidence_judge(const char *folder, const char *baseline, const RdTrialAttack *attack,
                       RdTime trial_stop, RdSuccess *ret, GError **error);
