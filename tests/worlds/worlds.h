/* worlds.h - runs trials in redoubt-trial as a user's machine would, and reads what they leave. */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>

/* Runs a trial given as YAML, with extra arguments ("--pcap", dir..., NULL at the end), in a new
 * temporary folder, and returns that folder; the process must end well. */
char *world_run(const char *trial, ...) G_GNUC_NULL_TERMINATED;
/* The same, in an environment with NAME=VALUE added. */
char *world_run_in(const char *setting, const char *trial, ...) G_GNUC_NULL_TERMINATED;
/* The same as world_run(), and what it said on stderr; to be freed. */
char *world_run_said(char **ret_said, const char *trial, ...) G_GNUC_NULL_TERMINATED;
/* result.json of a world. Free with json_node_unref(). */
JsonNode *world_result(const char *folder);
/* The member at a path such as "nodes.1.sojourn_ns"; fails the test if there is none. */
double world_number(JsonNode *result, const char *path);
char *world_file(const char *folder, const char *name, gsize *ret_len); /* contents; free */
void world_remove(char *folder); /* deletes and frees */
