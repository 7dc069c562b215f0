/* lease.h - whose a world at work is: several benches, on several machines, may share a folder.
 *
 * A .part folder is made by one of them alone (mkdir) and holds a file `owner`: who made it, and by its
 * time of change when that one was last alive. It may be taken away only from who is provably dead: on
 * this machine and no such process, or elsewhere and silent for RD_LEASE_SILENCE_S. */
#pragma once

#include <glib.h>

#define RD_LEASE_SILENCE_S 600
#define RD_LEASE_BEAT_S 30 /* how often an owner says that it is alive */

gboolean rd_lease_write(const char *part, GError **error);
void rd_lease_beat(const char *part);
/* Before the folder becomes a finished world's. */
void rd_lease_remove(const char *part);

typedef enum { RD_LEASE_OURS = 0, RD_LEASE_ALIVE, RD_LEASE_DEAD } RdLease;
/* `clock`: a file beside it, which is touched: the time is that of the machine that has the disk. */
RdLease rd_lease_of(const char *part, const char *clock);
