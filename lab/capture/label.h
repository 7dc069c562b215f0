/* label.h - a message's true label, as the comment of its packet and as a line of JSON.
 *
 * The comment reads "DIRECTION LABEL [causes=A,B] [depth=N]", all parts optional:
 * "ingress attack causes=dos-register-flood depth=0". The direction is that of a judge point;
 * replay takes it back from there, and nothing else: a defense never sees a label. */
#pragma once

#include <glib.h>

#include "redoubt/base.h"

typedef struct {
  const char *label; /* "benign", "induced", "attack" */
  const char *const *causes; /* names of attacks */
  unsigned n_causes;
  unsigned depth;
} RdLabel;

#define RD_LABEL_COMMENT 512 /* what does not fit is cut */

/* direction -1: none. label NULL: the direction alone. Returns ret. */
const char *rd_label_comment(int direction, const RdLabel *label, char ret[RD_LABEL_COMMENT]);
/* Does a comment begin with a direction? */
bool rd_label_direction(const char *comment, size_t len, RdDirection *ret);
/* Appends {"n":1,"t_ns":0,"label":"attack","causes":["x"],"depth":0} and a newline. */
void rd_label_json(GString *out, uint64_t n, RdTime t, const RdLabel *label);
