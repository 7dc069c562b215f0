/* files.h - reading users' files, and where the lab's own lie. */
#pragma once

#include <glib.h>

#include "lab/text/read.h"
#include "redoubt/base.h"

/* `name` as it stands in a file of `folder` (NULL: the current one), made absolute and canonical. */
char *rd_files_resolve(const char *name, const char *folder);
/* Reads "PATH" or "PATH#sha256=HEX" (the contents must then have that digest). *ret_canonical is
 * the absolute path with the digest; what it was is freed. */
bool rd_files_read_checked(const char *text, const char *folder, char **ret, char **ret_canonical,
                           char **why);

/* Folders that hold nodes/, attacks/ and defenses/ with compiled parts: $REDOUBT_PARTS, then the
 * build tree's, if this program runs from one, or the installation's. NULL-terminated. */
char **rd_files_part_roots(void);
/* Folders that hold topologies/ and campaigns: the source tree's or the installation's. */
char *rd_files_topologies(void);
char *rd_files_campaigns(void);
/* NAME of every NAME.yaml in a folder, sorted, NULL-terminated. */
char **rd_files_yaml_names(const char *folder);
char *rd_files_scenarios(void); /* folder of the live driver's SIPp scenarios */
char *rd_files_costs(void); /* path of the standard cost table */
/* README.md of a part, or NULL. kind is "nodes", "attacks" or "defenses". */
char *rd_files_part_readme(const char *kind, const char *name);
