/* building.h - a trial while it is being read. Not for use outside this folder. */
#pragma once

#include "lab/config/read.h"

typedef struct {
  RdReading reading;
  RdTrial *trial;
  GHashTable *names; /* instances so far: their names key the random streams */
} RdBuilding;

/* An instance's own name: as given under "name", or the part's; reported if it is taken. */
char *rd_building_name(RdBuilding *b, const RdYaml *entry, const RdPart *part);
/* Places NODE.NETWORK, one or a list of them, each once; *ret_n says how many could be read. g_free(). */
RdTrialPlace *rd_building_places(RdBuilding *b, const RdYaml *at, unsigned *ret_n);

void rd_read_attack(RdBuilding *b, const RdYaml *entry, RdTrialAttack *attack);
void rd_read_defense(RdBuilding *b, const RdYaml *entry, RdTrialDefense *defense);
/* `acts:`, a list or the name of a file with one; after all else: it speaks of the instances. */
void rd_read_acts(RdBuilding *b, const RdYaml *acts);
