#include "lab/drive/inline/live.h"

#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "lab/base/address.h"
#include "lab/drive/inline/children.h"
#include "lab/drive/inline/loopback.h"
#include "lab/drive/inline/tap.h"

/* The addresses of a run, all on loopback. Callers are 127.0.1.1 and up. */
#define ACCESS_IP 0x7f000005u
#define CORE_IP 0x7f000006u
#define CALLEE_IP 0x7f000007u
#define ATTACKER_IP 0x7f000042u /* 127.0.0.66 */
#define CALLER_IP 0x7f000101u

enum { SLICE_MS = 50, PATIENCE_MS = 1000, DRAIN_SECONDS = 6, HOLD_MS = 1000, MOST_CALLERS = 200 };

static volatile sig_atomic_t interrupted;

static void on_signal(int number) {
  (void)number;
  interrupted = 1;
}

typedef struct {
  const RdLiveSpec *spec;
  char *folder; /* of its temporary files */
  char *tap_file;
  RdAddress callee;
  RdBridge *bridge;
  RdTap *tap;
  pid_t callee_child, caller_child, flood_child;
  RdLiveResult *result;
  struct sigaction old_int, old_term;
} Run;

/* --- the folder ------------------------------------------------------------------------------- */

static void remove_folder(const char *folder) {
  GDir *dir = g_dir_open(folder, 0, NULL);
  for (const char *name; dir && (name = g_dir_read_name(dir));) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_unlink(path);
  }
  if (dir)
    g_dir_close(dir);
  g_rmdir(folder);
}

/* One line a caller, in turn. */
static bool write_callers(Run *r, GError **error) {
  g_autoptr(GString) text = g_string_new("SEQUENTIAL\n");
  g_autofree char *path = g_build_filename(r->folder, "callers.csv", NULL);
  for (unsigned i = 0; i < r->spec->callers; i++) {
    char ip[RD_ADDRESS_TEXT];
    RdAddress a = rd_address_ip4(CALLER_IP + i, 0);
    rd_address_ip_text(&a, ip);
    g_string_append_printf(text, "%s;\n", ip);
  }
  return g_file_set_contents(path, text->str, (gssize)text->len, error);
}

/* --- SIPp ------------------------------------------------------------------------------------- */

/* SIPp listens for remote control (one datagram "q" ends it) and for media, on every address of the
 * machine unless it is told where. */
static pid_t sipp(Run *r, const char *name, const char *options, GError **error) {
  g_autofree char *scenario = g_strconcat(name, ".xml", NULL);
  g_autofree char *path = g_build_filename(r->spec->scenarios, scenario, NULL);
  g_auto(GStrv) words = g_strsplit(options, " ", -1);
  g_autoptr(GPtrArray) argv = g_ptr_array_new();
  static const char *const first[] = {"sipp",      "-nostdin", "-skip_rlimit", "-ci",
                                      "127.0.0.1", "-mi",      "127.0.0.1",    "-sf"};
  for (unsigned i = 0; i < G_N_ELEMENTS(first); i++)
    g_ptr_array_add(argv, (gpointer)(uintptr_t)first[i]);
  g_ptr_array_add(argv, path);
  for (char **w = words; *w; w++)
    g_ptr_array_add(argv, *w);
  g_ptr_array_add(argv, NULL);
  return rd_child_start((const char *const *)argv->pdata, r->folder, name, error);
}

static bool start_callee(Run *r, GError **error) {
  r->callee = rd_address_ip4(CALLEE_IP, 0);
  r->callee.port = rd_loopback_free_port(&r->callee, error);
  if (!r->callee.port)
    return false;
  g_autofree char *options = g_strdup_printf("-i 127.0.0.7 -bind_local -p %u -timeout %us",
                                             r->callee.port, r->spec->seconds + DRAIN_SECONDS + 10);
  r->callee_child = sipp(r, "callee", options, error);
  int code = 0;
  for (unsigned waited = 0; r->callee_child && waited < 5000; waited += 20) {
    if (rd_loopback_taken(&r->callee))
      return true;
    if (rd_child_ended(r->callee_child, &code)) {
      r->callee_child = 0;
      break;
    }
    g_usleep(20000);
  }
  if (error && !*error)
    g_set_error(error, RD_INLINE_ERROR, 0, "the SIPp callee did not start (exit code %d)", code);
  return false;
}

static bool start_callers(Run *r, GError **error) {
  const RdLiveSpec *s = r->spec;
  RdAddress access = rd_bridge_address(r->bridge, RD_SIDE_ACCESS);
  RdAddress own = rd_address_ip4(CALLER_IP, 0);
  r->result->calls_asked = (uint64_t)ceil(s->cps * s->seconds);
  g_autofree char *options = g_strdup_printf(
      "-inf callers.csv -ip_field 0 -t ui -i 127.0.1.1 -p %u -r %g -m %.0f -l 20000 -d %d "
      "-timeout %us 127.0.0.5:%u",
      rd_loopback_free_port(&own, NULL), s->cps, (double)r->result->calls_asked, HOLD_MS,
      s->seconds + DRAIN_SECONDS, access.port);
  r->caller_child = sipp(r, "caller", options, error);
  return r->caller_child > 0;
}

/* Bounded in number and in time, whatever becomes of us. */
static bool start_flood(Run *r, unsigned seconds, GError **error) {
  const RdLiveSpec *s = r->spec;
  RdAddress access = rd_bridge_address(r->bridge, RD_SIDE_ACCESS);
  RdAddress own = rd_address_ip4(ATTACKER_IP, 0);
  r->result->flood_asked = (uint64_t)ceil(s->flood * seconds);
  g_autofree char *options = g_strdup_printf(
      "-i 127.0.0.66 -bind_local -p %u -r %g -m %.0f -l 100000 -timeout %us 127.0.0.5:%u",
      rd_loopback_free_port(&own, NULL), s->flood, (double)r->result->flood_asked, seconds + 1,
      access.port);
  r->flood_child = sipp(r, "flood", options, error);
  return r->flood_child > 0;
}

/* --- the run ---------------------------------------------------------------------------------- */

static bool check(const RdLiveSpec *s, GError **error) {
  const char *wrong = NULL;
  g_autofree char *program = g_find_program_in_path("sipp");
  if (!(s->cps > 0 && s->cps <= RD_LIVE_MAX_CPS))
    wrong = "calls a second: more than 0, at most 2000";
  else if (!(s->flood >= 0 && s->flood <= RD_LIVE_MAX_FLOOD))
    wrong = "flood: 0 to 20000 requests a second";
  else if (s->seconds < 1 || s->seconds > RD_LIVE_MAX_SECONDS)
    wrong = "duration: 1 s to 600 s";
  else if (s->callers < 1 || s->callers > MOST_CALLERS)
    wrong = "callers: 1 to 200";
  if (wrong)
    g_set_error_literal(error, RD_INLINE_ERROR, RD_INLINE_USAGE, wrong);
  else if (!program)
    g_set_error_literal(error, RD_INLINE_ERROR, 0,
                        "sipp is not installed (Debian package sip-tester)");
  return !wrong && program;
}

static bool start(Run *r, GError **error) {
  char next_hop[RD_ADDRESS_TEXT];
  r->folder = g_dir_make_tmp("redoubt-live-XXXXXX", error);
  if (!r->folder || !write_callers(r, error) || !start_callee(r, error))
    return false;
  RdBridgeSpec bridge = r->spec->bridge;
  rd_address_text(&r->callee, next_hop);
  bridge.config = r->spec->configure(bridge.user, next_hop, error);
  bridge.core = r->callee;
  bridge.attacker = rd_address_ip4(ATTACKER_IP, 0);
  bridge.addresses[RD_SIDE_ACCESS] = rd_address_ip4(ACCESS_IP, 0);
  bridge.addresses[RD_SIDE_CORE] = rd_address_ip4(CORE_IP, 0);
  r->bridge = bridge.config ? rd_bridge_new(&bridge, error) : NULL;
  if (!r->bridge)
    return false;
  r->tap_file = g_build_filename(r->folder, "tap.pcap", NULL);
  r->tap = rd_tap_start(rd_bridge_address(r->bridge, RD_SIDE_ACCESS).port, r->tap_file, error);
  return r->tap && start_callers(r, error);
}

/* The flood begins after a quarter of the time, so that a run is its own baseline. */
static bool work(Run *r, GError **error) {
  RdTime begun = rd_bridge_clock(r->bridge);
  RdTime flood_at = begun + (RdTime)r->spec->seconds * RD_SECOND / 4;
  RdTime end = begun + (RdTime)(r->spec->seconds + DRAIN_SECONDS) * RD_SECOND;
  unsigned flood_seconds = r->spec->seconds - r->spec->seconds / 4;
  bool flooding = r->spec->flood <= 0;
  r->result->caller_code = r->result->flood_code = -1;
  while (!interrupted && r->caller_child && rd_bridge_clock(r->bridge) < end) {
    rd_bridge_run(r->bridge, SLICE_MS * RD_MILLISECOND);
    if (!flooding && rd_bridge_clock(r->bridge) >= flood_at) {
      if (!start_flood(r, flood_seconds, error))
        return false;
      flooding = true;
    }
    if (rd_child_ended(r->caller_child, &r->result->caller_code))
      r->caller_child = 0;
    if (r->flood_child && rd_child_ended(r->flood_child, &r->result->flood_code))
      r->flood_child = 0;
  }
  r->result->seconds = (double)(rd_bridge_clock(r->bridge) - begun) / (double)RD_SECOND;
  r->result->interrupted = interrupted != 0;
  return true;
}

static void add_counters(GString *out, const RdBaseHost *base) {
  g_string_append_printf(out, "%s\"%s\": {", out->len > 1 ? ", " : "", base->name);
  for (uint32_t i = 0; i < base->n_counters; i++)
    g_string_append_printf(out, "%s\"%s\": %" G_GINT64_FORMAT, i ? ", " : "", base->counters[i],
                           base->counts[i]);
  g_string_append_c(out, '}');
}

static bool collect(Run *r, GError **error) {
  RdLiveResult *ret = r->result;
  RdAddress node = rd_bridge_address(r->bridge, RD_SIDE_ACCESS);
  RdAddress attacker = rd_address_ip4(ATTACKER_IP, 0);
  ret->counts = *rd_bridge_counts(r->bridge);
  ret->counters = g_string_new("{");
  add_counters(ret->counters, rd_bridge_node(r->bridge));
  for (unsigned i = 0; i < r->spec->bridge.n_defenses; i++)
    add_counters(ret->counters, rd_bridge_defense(r->bridge, i));
  g_string_append_c(ret->counters, '}');
  bool tapped = rd_tap_stop(g_steal_pointer(&r->tap), &ret->capture_dropped);
  if (tapped)
    return rd_measure(r->tap_file, &node, &attacker, &ret->measured, error);
  g_set_error(error, RD_INLINE_ERROR, 0, "capturing on lo failed");
  return false;
}

static void stop_child(pid_t *child) {
  if (*child)
    rd_child_stop(*child, PATIENCE_MS);
  *child = 0;
}

static bool finish(Run *r, GError **error) {
  uint64_t dropped;
  stop_child(&r->flood_child);
  stop_child(&r->caller_child);
  stop_child(&r->callee_child);
  if (r->tap)
    rd_tap_stop(r->tap, &dropped);
  bool written = rd_bridge_close(r->bridge, error);
  if (r->folder)
    remove_folder(r->folder);
  g_free(r->folder);
  g_free(r->tap_file);
  sigaction(SIGINT, &r->old_int, NULL);
  sigaction(SIGTERM, &r->old_term, NULL);
  return written;
}

bool rd_live_run(const RdLiveSpec *spec, RdLiveResult *ret, GError **error) {
  Run r = {.spec = spec, .result = ret};
  struct sigaction action = {.sa_handler = on_signal};
  *ret = (RdLiveResult){0};
  if (!check(spec, error))
    return false;
  interrupted = 0;
  sigaction(SIGINT, &action, &r.old_int);
  sigaction(SIGTERM, &action, &r.old_term);
  bool done = start(&r, error) && work(&r, error);
  if (done) { /* no more traffic while the last of it is counted */
    stop_child(&r.flood_child);
    stop_child(&r.caller_child);
    done = collect(&r, error);
  }
  bool written = finish(&r, done ? error : NULL);
  return done && written;
}

/* 0: all calls went well; 1: some failed; 97: its own time limit; 99: no call was processed. */
static bool sipp_failed(int code) {
  return code > 1 && code != 97;
}

char *rd_live_failure(const RdLiveResult *r) {
  uint64_t calls = r->measured.quiet.calls + r->measured.flooded.calls;
  if (r->interrupted)
    return g_strdup("interrupted: what was measured until then is printed");
  if (sipp_failed(r->caller_code))
    return g_strdup_printf("the SIPp of the callers failed (exit code %d)", r->caller_code);
  if (calls == 0)
    return g_strdup("no call was measured");
  if (calls * 10 < r->calls_asked * 9)
    return g_strdup_printf("only %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                           " calls were made: SIPp was stopped, or this machine is too slow",
                           calls, r->calls_asked);
  if (sipp_failed(r->flood_code))
    return g_strdup_printf("the SIPp of the flood failed (exit code %d)", r->flood_code);
  if (r->flood_asked > 0 && r->measured.attack_requests == 0)
    return g_strdup("the flood sent nothing");
  return NULL;
}

void rd_live_result_clear(RdLiveResult *r) {
  rd_measured_clear(&r->measured);
  if (r->counters)
    g_string_free(r->counters, TRUE);
  *r = (RdLiveResult){0};
}
