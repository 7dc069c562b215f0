/* harm.h - what counts as harm to legitimate subscribers, judged from the evidence. Pure.
 *
 * Both compare with the same world without the attack, on the same seed. */
#pragma once

#include "redoubt/evidence.h"

/* Calls: for ten seconds on end the session establishment ratio (RFC 6076 s4.6) lies 5 percentage
 * points or more below the baseline's and more calls fail of the network's own fault, or the 95th
 * percentile of the session request delay (s4.3) is at least twice the baseline's. Ten-second
 * windows of attempts begun in them slide over the attack by one second. The effect is the largest
 * drop of SER in a window, in percentage points. */
void rd_harm_calls(const RdEvidence *evidence, RdSuccess *ret);

/* Registrations, over the whole attack: more of them fail than in the baseline, or the 95th
 * percentile of the registration request delay (s4.1) is at least twice the baseline's. The effect
 * is that factor; NaN if no registration succeeded in one of the worlds. */
void rd_harm_registrations(const RdEvidence *evidence, RdSuccess *ret);
