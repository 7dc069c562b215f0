/* redoubt-live - runs one world on loopback sockets, in real time. Started by redoubt. */
#include <sys/resource.h>

#include "lab/drive/inline/carrier.h"
#include "lab/drive/inline/loopback.h"
#include "lab/drive/world/program.h"

static const RdCarrier *carrier_of(const RdNetwork *network) {
  (void)network; /* of either fidelity: the kernel's IP is what it is */
  return &rd_carrier_live;
}

/* Every address of every port is a socket. */
static void allow_many_files(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

static bool open_driver(const RdTrial *trial, RdWorldDriver *ret, GError **error) {
  (void)trial;
  allow_many_files();
  RdLoop *loop = rd_loop_new(error);
  *ret = (RdWorldDriver){loop ? rd_loop_clock(loop) : NULL, carrier_of, true};
  return loop != NULL;
}

/* The programs outside that nodes of the trial stand for, one after the other, until one fails. */
static bool each_external(RdWorld *w,
                          bool (*what)(RdExternal *x, const RdOutputs *outputs, GError **error),
                          const RdOutputs *outputs, GError **error) {
  for (unsigned i = 0; i < w->n_actors; i++)
    for (unsigned k = 0; k < w->actors[i]->n_attachments; k++) {
      const RdLiveEnd *end = w->actors[i]->attachments[k].wire;
      if (end->external && !what(end->external, outputs, error))
        return false;
    }
  return true;
}

static bool start_one(RdExternal *x, const RdOutputs *outputs, GError **error) {
  return rd_external_start(x, outputs->folder, error);
}

static bool finish_one(RdExternal *x, const RdOutputs *outputs, GError **error) {
  (void)outputs;
  return rd_external_finish(x, error);
}

/* A socket that could not be had: a part may have gone on without it, but it is no result. */
static bool is_whole(const RdWorld *w, GError **error) {
  for (unsigned i = 0; i < w->trial->topology->n_networks; i++) {
    const RdLiveNetwork *live = w->networks[i].wire;
    if (!live || !live->failure)
      continue;
    g_set_error_literal(error, RD_INLINE_ERROR, 0, live->failure);
    return false;
  }
  return true;
}

static bool start(RdWorld *w, const RdOutputs *outputs, GError **error) {
  return is_whole(w, error) && each_external(w, start_one, outputs, error);
}

static bool finish(RdWorld *w, GError **error) {
  RdLoop *loop = rd_loop_of(w->clock);
  const RdHistogram *late = rd_loop_lateness(loop);
  RdLiveCounts c = {.late_p50 = rd_histogram_quantile(late, 0.5),
                    .late_p95 = rd_histogram_quantile(late, 0.95),
                    .late_p99 = rd_histogram_quantile(late, 0.99),
                    .late_max = rd_histogram_max(late),
                    .busy = (double)rd_loop_busy(loop) / (double)MAX(rd_now(w), 1)};
  for (unsigned i = 0; i < w->trial->topology->n_networks; i++) {
    const RdWorldNetwork *net = &w->networks[i];
    const RdLiveNetwork *live = net->wire;
    if (!live) /* nobody is attached to it */
      continue;
    c.datagrams += live->datagrams;
    c.connections += live->connections;
    c.kernel_dropped += live->dropped;
    c.strangers += live->strangers;
    rd_result_loopback(w->result, i, rd_map_text(live->map));
  }
  rd_result_live(w->result, &c);
  return is_whole(w, error) && each_external(w, finish_one, NULL, error);
}

static void close_driver(RdWorldDriver *driver) {
  if (driver->clock)
    rd_loop_free(rd_loop_of(driver->clock));
}

int main(int argc, char **argv) {
  static const RdWorldProgram program = {"redoubt-live", open_driver, start, finish, close_driver};
  return rd_world_program(&program, argc, argv);
}
