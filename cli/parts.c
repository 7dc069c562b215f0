/* parts.c - the commands that run or describe plug-ins, in a program without ns-3 and GSL.
 *
 * `redoubt NAME` starts it by execv() with the same argv, so argv[1] is the command. */
#include <locale.h>
#include <stddef.h>

#include "cli/commands.h"

static const RdCommand commands[] = {
    {"list", "nodes, attacks, defenses, topologies and campaigns there are", rd_cmd_list},
    {"show", "the manual of a part, or the file of a topology or campaign", rd_cmd_show},
    {"check", "validate trials, campaigns and topologies; run nothing", rd_cmd_check},
    {"replay", "what defenses say to a capture, a verdict a message", rd_cmd_replay},
    {"calibrate", "time the defenses on this machine; write a cost table", rd_cmd_calibrate},
    {NULL, NULL, NULL},
};

int main(int argc, char **argv) {
  setlocale(LC_CTYPE, "C.UTF-8");
  return rd_dispatch("redoubt", commands, argc, argv);
}
