/* hand_made.h - a trial made by hand, whose every figure is worked out beside it: what the tests of results
 * share. */
#pragma once

#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "lab/result/result.h"
#include "tests/check_main.h"

#define MS RD_MILLISECOND
#define S RD_SECOND

/* A flood (bit FLOOD) from 20 s to 60 s and a twin (STORM) from 70 s to 80 s, a defense at the second of two
 * nodes; 100 s, of which 10 s are warm-up. */
enum { FLOOD = 1, STORM = 2 };
extern RdTrial trial;
extern RdTrialDefense defense;
extern char *folder; /* of the test that runs */

/* Before and after each test. */
void make_folder(void);
void remove_folder(void);

/* Writes a result and reads it back. */
JsonNode *written(RdResult *r);
/* The node at a path as "legit.call.ser" or "defenses.0.message.tp". */
JsonNode *find(JsonNode *root, const char *path);
double number(JsonNode *root, const char *path);

#define IS(path, want)                                                                             \
  ck_assert_msg(fabs(number(root, path) - (double)(want)) < 6e-7, "%s is %.9f, not %.9f", path,    \
                number(root, path), (double)(want))
#define IS_NULL(path) ck_assert_msg(JSON_NODE_HOLDS_NULL(find(root, path)), "%s is not null", path)

/* An attempt with times from its start (0: never); a whole call; a little of everything. */
void attempt(RdResult *r, RdAttemptKind kind, RdTime started, uint16_t status, RdTime ring,
             RdTime answer, uint64_t causes);
void session(RdResult *r, RdTime started, RdTime talk, RdTime closing);
void serve(RdResult *r);

/* Verdicts on INVITEs; a little of everything. */
void judge(RdResult *r, int times, RdTruth truth, uint64_t causes, double score, RdAction action,
           RdTime at);
void judge_all(RdResult *r);
void alert(RdResult *r, RdSubject kind, const char *subject, const char *classes, uint64_t sent,
           RdTime at);

/* A result that keeps every law. */
RdResult *sound(void);
