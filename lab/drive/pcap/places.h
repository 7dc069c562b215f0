/* places.h - where the messages of a capture were judged, if it was written at a judge point. */
#pragma once

#include <glib.h>

#include "redoubt/defense.h"

typedef struct {
  RdPlace *places; /* numbered as the defense numbered them; their texts are owned here */
  unsigned n;
} RdPlaces;

/* Looks at the head of a capture. n is 0 for one that was not written at a judge point, for plain
 * files and folders, and for what cannot be read (reading it in earnest tells why). */
RdPlaces rd_places_of(const char *path);
/* One place from "NODE.NETWORK", interface and domain (NULL: the network's name). False: no dot. */
bool rd_places_one(const char *text, RdInterface interface, const char *domain, RdPlaces *ret);
/* The place a captured interface's name means; 0 if none does. */
unsigned rd_places_find(const RdPlaces *places, const char *interface);
void rd_places_clear(RdPlaces *places);
