/* redoubt.c - the program a user meets: plans, runs and compares; hands the rest over. */
#include <locale.h>
#include <stddef.h>

#include "cli/commands.h"

/* The whole of `redoubt`. A row without a function is run by `redoubt-parts` (parts.c). */
static const RdCommand commands[] = {
    {"run", "run one trial and the worlds it is compared with", rd_cmd_run},
    {"bench", "run a campaign: attacks x defenses x seeds", rd_cmd_bench},
    {"capacity", "the rate at which an attack alone keeps a box fully busy", rd_cmd_capacity},
    {"report", "draw the report of a campaign's results again", rd_cmd_report},
    {"list", "nodes, attacks, defenses, topologies and campaigns there are", NULL},
    {"show", "the manual of a part, or the file of a topology or campaign", NULL},
    {"check", "validate trials, campaigns and topologies; run nothing", NULL},
    {"replay", "what defenses say to a capture, a verdict a message", NULL},
    {"ladder", "draw a call or a registration out of captures", rd_cmd_ladder},
    {"live", "run a trial on real loopback sockets, in real time", rd_cmd_live},
    {"calibrate", "time the defenses on this machine; write a cost table", NULL},
    {NULL, NULL, NULL},
};

int main(int argc, char **argv) {
  /* UTF-8 in and out, but numbers as the files spell them. */
  setlocale(LC_CTYPE, "C.UTF-8");
  return rd_dispatch("redoubt", commands, argc, argv);
}
