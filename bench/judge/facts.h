/* facts.h - what nodes noted in a world (facts.jsonl), asked by kind, cause and time. */
#pragma once

#include <glib.h>

#include "redoubt/evidence.h"

typedef struct RdFactFile RdFactFile;
/* A world without facts has no such file: then there are none. */
RdFactFile *rd_facts_open(const char *world_folder, GError **error);
/* `attack`: the instance's name. */
RdFacts rd_facts_count(const RdFactFile *file, const char *kind, RdFactsOf of, const char *attack,
                       RdTime from, RdTime to);
void rd_fact_file_free(RdFactFile *file); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RdFactFile, rd_fact_file_free)
