/* harm.h - what an attack on a service did to legitimate subscribers: one definition for all of them.
 * Pure.
 *
 * The effect is the net share of legitimate attempts under way while the attack ran (calls,
 * registrations, messages; RdEvidence.fared) that were served in the baseline (the same world without the attack, on the same seed) and
 * not here: 100 * (lost - gained) / attempts, in points of attempts, from -100 to 100. Its interval is
 * that of a paired difference (Tango's); it takes attempts for independent of each other, which those of
 * one bad minute are not: the interval over seeds is the one to believe. It succeeded if the effect
 * reaches the threshold and the interval lies above 0. Beside it: the same in the worst window of ten
 * seconds (attempts under way in it; windows slide by one second), and in `why`, which decides nothing, how
 * much longer those took that got through. */
#pragma once

#include "redoubt/evidence.h"

#define RD_HARM_THRESHOLD 5.0 /* points: what a flood has to reach if nobody says otherwise */

/* The same of one kind of attempt (RdAttemptKind of host.h; 0: of all). */
void rd_harm_to(const RdEvidence *evidence, uint32_t kind, double threshold, RdSuccess *ret);
void rd_harm(const RdEvidence *evidence, double threshold, RdSuccess *ret);
