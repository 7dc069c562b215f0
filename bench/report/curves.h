/* curves.h - what a cell would come to with other settings: curves over a parameter of its defense, of its
 * attack or of a node, beside the ROC of its scores. */
#pragma once

#include "bench/judge/matrix.h"

typedef struct {
  const RdCell *cell; /* borrowed */
  char *value; /* of the parameter; owned */
  gboolean own; /* the setting as the campaign names it: the operating point */
} RdCurvePoint;

/* One parameter, for one attack; of a grid the first, while its others stand still. Texts are borrowed. */
typedef struct {
  const RdCell *own; /* the cell of the matrix that the points are other settings of */
  const char *attack, *setting; /* its labels */
  const char *swept; /* what: "attack", "defense", "node" */
  const char *instance, *parameter;
  char *others; /* "ue.subscribers = 500, ..."; "": there are none. Owned */
  gboolean of_defenses; /* nothing but defenses is changed in it */
  GArray *points; /* RdCurvePoint, in the order of the parameter where it is a number or a time */
} RdCurve;

/* Where a value stands on an axis: a number, or a time in seconds; NaN: it is neither. */
double rd_curve_position(const char *value);

/* All curves of an attack: RdCurve *, owned. */
GPtrArray *rd_curves_new(const RdMatrix *matrix, const char *attack);

/* The data of the plots, all attacks: a row a point of a curve, and a row a seed's point of a ROC. */
char *rd_curves_csv(const RdMatrix *matrix);
char *rd_curves_roc_csv(const RdMatrix *matrix);
