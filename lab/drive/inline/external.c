#include "lab/drive/inline/external.h"

#include <math.h>
#include <string.h>

#include "lab/base/address.h"
#include "lab/base/random.h"
#include "lab/drive/inline/children.h"
#include "lab/drive/inline/loopback.h"
#include "lab/drive/world/host.h"
#include "lab/drive/world/network.h"
#include "lab/plugin/files.h"
#include "lab/plugin/params.h"
#include "lab/sip/scan.h"

/* ms that a callee has to come up, and a program to go; calls in progress at most. */
enum { START_MS = 5000, PATIENCE_MS = 1000, MOST_CALLS = 100000 };

typedef enum { NONE, SIPP_CALLER, SIPP_CALLEE } Program;

typedef struct {
  RdAttempt attempt;
  bool hung_up;
} Call;

struct RdExternal {
  RdWorldAttachment *attachment;
  Program program;
  char *folder;
  pid_t child;
  int code; /* what it ended with, -1: it runs */
  char *failure; /* to be started in time; NULL: it went well */
  uint64_t sent, asked, begun;
  GHashTable *calls; /* Call-ID -> Call, those that are not over */
  RdSipScan scan;
};

/* --- its parameters ----------------------------------------------------------------------------- */

static void value(const RdExternal *x, const char *key, void *ret, size_t size) {
  const RdWorldActor *a = x->attachment->actor;
  int row = rd_params_row(a->part, key);
  if (row >= 0)
    memcpy(ret, (const char *)a->config + a->part->params[row].offset, size);
}

static RdTime time_of(const RdExternal *x, const char *key) {
  RdTime t = 0;
  value(x, key, &t, sizeof t);
  return t;
}

RdExternal *rd_external_new(RdWorldAttachment *a, GError **error) {
  const RdNetwork *spec = a->network->spec;
  int program = NONE;
  if (!rd_is_loopback(&spec->prefix) || spec->prefix.family != 4) {
    g_set_error(error, RD_INLINE_ERROR, 0,
                "network %s: node %s there is a program outside, so its prefix has to lie in "
                "127.0.0.0/8",
                spec->name, rd_actor_name(a->actor));
    return NULL;
  }
  RdExternal *x = g_new0(RdExternal, 1);
  x->attachment = a;
  x->code = -1;
  x->calls = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  value(x, "program", &program, sizeof program);
  x->program = a->index == 0 ? (Program)program : NONE; /* once, however many networks it is in */
  return x;
}

/* --- its calls ---------------------------------------------------------------------------------- */

static void report(RdExternal *x, Call *call) {
  RdHost *host = &x->attachment->actor->host.base.host;
  RdAttempt *at = &call->attempt;
  if (at->status >= 200 && at->status < 300) {
    RdTime end = at->ended == RD_NEVER ? host->now(host) : at->ended;
    at->wanted = at->talked = end - at->answered;
  }
  host->attempt(host, at);
}

static void over(RdExternal *x, const char *id, Call *call) {
  report(x, call);
  g_hash_table_remove(x->calls, id);
}

static void begin(RdExternal *x, const char *id, uint64_t entity, RdTime now) {
  if (g_hash_table_size(x->calls) >= MOST_CALLS)
    return;
  Call *call = g_new0(Call, 1);
  call->attempt = (RdAttempt){.size = sizeof(RdAttempt),
                              .kind = RD_ATTEMPT_CALL,
                              .entity = entity,
                              .attempt = ++x->begun,
                              .peer = UINT64_MAX,
                              .started = now,
                              .ringing = RD_NEVER,
                              .answered = RD_NEVER,
                              .ended = RD_NEVER,
                              .closed = RD_NEVER,
                              .left = RD_NEVER};
  g_hash_table_insert(x->calls, g_strdup(id), call);
}

static void answer(RdExternal *x, const char *id, Call *call, const RdSip *sip, RdTime now) {
  RdAttempt *at = &call->attempt;
  if (sip->method == RD_SIP_BYE && call->hung_up && sip->status >= 200) {
    at->closed = now;
    over(x, id, call);
  }
  if (sip->method != RD_SIP_INVITE || at->status)
    return;
  if (sip->status > 100 && sip->status < 200)
    at->ringing = MIN(at->ringing, now);
  if (sip->status < 200)
    return;
  at->status = sip->status;
  at->answered = now;
  if (sip->status >= 300)
    over(x, id, call);
}

void rd_external_saw(RdExternal *x, const RdParcel *p, bool from_it) {
  RdTime now = rd_now(p->network->world);
  const RdSip *sip = &x->scan.sip;
  if (x->program != SIPP_CALLER || !rd_sip_scan(&x->scan, p->bytes, p->len, RD_SIP_DATAGRAM) ||
      !sip->call_id.at)
    return;
  g_autofree char *id = g_strndup(sip->call_id.at, sip->call_id.len);
  Call *call = g_hash_table_lookup(x->calls, id);
  if (!call && from_it && sip->is_request && sip->method == RD_SIP_INVITE && !sip->to_tag.at)
    begin(x, id, p->from_entity, now);
  else if (call && sip->is_request && sip->method == RD_SIP_BYE) {
    call->hung_up = true;
    call->attempt.ended = MIN(call->attempt.ended, now);
  } else if (call && !from_it && !sip->is_request)
    answer(x, id, call, sip, now);
}

RdTag rd_external_tag(RdExternal *x, uint64_t entity) {
  const RdWorldActor *a = x->attachment->actor;
  return (RdTag){.lineage = rd_mix(rd_mix(a->host.base.stream, entity), ++x->sent)};
}

/* Calls that the trial's end cut off: up, or without an answer for longer than a caller waits. */
static void report_rest(RdExternal *x) {
  GHashTableIter i;
  gpointer at;
  RdTime now = rd_now(x->attachment->network->world), patience = time_of(x, "patience");
  g_hash_table_iter_init(&i, x->calls);
  while (g_hash_table_iter_next(&i, NULL, &at)) {
    Call *call = at;
    if (!call->attempt.status && now - call->attempt.started < patience)
      continue;
    if (!call->attempt.status)
      call->attempt.left = call->attempt.started + patience;
    report(x, call);
  }
  g_hash_table_remove_all(x->calls);
}

/* --- SIPp --------------------------------------------------------------------------------------- */

static char *ip_of(const RdWorldAttachment *a, uint64_t entity) {
  char text[RD_ADDRESS_TEXT];
  RdAddress address = rd_attachment_address(a, entity);
  rd_address_ip_text(&address, text);
  return g_strdup(text);
}

/* SIPp listens for remote control (one datagram "q" ends it) and for media, on every address of the
 * machine unless it is told where. */
static bool sipp(RdExternal *x, const char *scenario, const char *options, GError **error) {
  g_autofree char *scenarios = rd_files_scenarios();
  g_autofree char *path = g_build_filename(scenarios, scenario, NULL);
  g_autofree char *ip = ip_of(x->attachment, 0);
  g_autofree char *program = g_find_program_in_path("sipp");
  g_auto(GStrv) words = g_strsplit(options, " ", -1);
  g_autoptr(GPtrArray) argv = g_ptr_array_new();
  const char *const first[] = {"sipp", "-nostdin", "-skip_rlimit", "-ci", ip,   "-mi", ip,
                               "-sf",  path,       "-i",           ip,    "-p", "5060"};
  if (!program) {
    g_set_error_literal(error, RD_INLINE_ERROR, 0,
                        "sipp is not installed (Debian package sip-tester)");
    return false;
  }
  for (unsigned i = 0; i < G_N_ELEMENTS(first); i++)
    g_ptr_array_add(argv, (gpointer)(uintptr_t)first[i]);
  for (char **w = words; *w; w++)
    g_ptr_array_add(argv, *w);
  g_ptr_array_add(argv, NULL);
  x->child = rd_child_start((const char *const *)argv->pdata, x->folder,
                            rd_actor_name(x->attachment->actor), error);
  return x->child > 0;
}

static unsigned seconds(const RdExternal *x) {
  return (unsigned)(x->attachment->network->world->trial->duration / RD_SECOND) + 10;
}

static bool start_callee(RdExternal *x, GError **error) {
  RdAddress address = rd_attachment_address(x->attachment, 0);
  g_autofree char *options = g_strdup_printf("-bind_local -timeout %us", seconds(x));
  if (!sipp(x, "callee.xml", options, error))
    return false;
  for (unsigned waited = 0; waited < START_MS; waited += 20) {
    if (rd_loopback_taken(&address))
      return true;
    if (rd_child_ended(x->child, &x->code)) {
      x->child = 0;
      break;
    }
    g_usleep(20000);
  }
  g_set_error(error, RD_INLINE_ERROR, 0, "the SIPp of %s did not start (exit code %d)",
              rd_actor_name(x->attachment->actor), x->code);
  return false;
}

/* One line an address, in turn. */
static bool write_addresses(const RdExternal *x, char **ret_name, GError **error) {
  const RdWorldActor *a = x->attachment->actor;
  g_autoptr(GString) text = g_string_new("SEQUENTIAL\n");
  for (uint64_t e = 0; e < a->entities; e++) {
    g_autofree char *ip = ip_of(x->attachment, e);
    g_string_append_printf(text, "%s;\n", ip);
  }
  *ret_name = g_strconcat(rd_actor_name(a), ".csv", NULL);
  g_autofree char *path = g_build_filename(x->folder, *ret_name, NULL);
  return g_file_set_contents(path, text->str, (gssize)text->len, error);
}

static bool start_caller(RdExternal *x, GError **error) {
  RdWorldAttachment *a = x->attachment;
  const char *server = "";
  double rate = 0;
  int64_t calls = 0;
  RdTime hold = time_of(x, "hold");
  RdTime left = a->network->world->trial->duration - rd_now(a->network->world) - hold - RD_SECOND;
  RdAddress to;
  g_autofree char *addresses = NULL;
  char target[RD_ADDRESS_TEXT];
  value(x, "server", &server, sizeof server);
  value(x, "rate", &rate, sizeof rate);
  value(x, "calls", &calls, sizeof calls);
  if (!rd_world_resolve(a, server, &to)) {
    g_set_error(error, RD_INLINE_ERROR, 0, "%s: its server %s is not in network %s",
                rd_actor_name(a->actor), server, a->network->spec->name);
    return false;
  }
  x->asked =
      calls > 0 ? (uint64_t)calls : (uint64_t)MAX(ceil(rate * (double)left / (double)RD_SECOND), 1);
  rd_address_text(&to, target);
  if (!write_addresses(x, &addresses, error))
    return false;
  g_autofree char *options =
      g_strdup_printf("-inf %s -ip_field 0 -t ui -r %.6f -m %" G_GUINT64_FORMAT
                      " -l 20000 -d %" G_GINT64_FORMAT " -timeout %us %s",
                      addresses, rate, x->asked, hold / RD_MILLISECOND, seconds(x), target);
  return sipp(x, "caller.xml", options, error);
}

static void start_in_time(void *arg) {
  RdExternal *x = arg;
  RdClock *clock = x->attachment->network->world->clock;
  GError *error = NULL;
  if (start_caller(x, &error))
    return;
  x->failure = g_strdup(error->message);
  g_error_free(error);
  clock->stop(clock);
}

bool rd_external_start(RdExternal *x, const char *folder, GError **error) {
  RdWorld *w = x->attachment->network->world;
  x->folder = g_canonicalize_filename(folder, NULL);
  if (x->program == SIPP_CALLEE)
    return start_callee(x, error);
  if (x->program == SIPP_CALLER)
    rd_at(w, time_of(x, "calls-from"), start_in_time, x);
  return true;
}

/* --- its end ------------------------------------------------------------------------------------ */

/* Ended by us it has no code of its own. SIPp: 0 and 1, of its calls all or not all went well. */
static bool stop_child(RdExternal *x) {
  bool by_itself = x->child && rd_child_ended(x->child, &x->code);
  if (x->child && !by_itself)
    rd_child_stop(x->child, PATIENCE_MS);
  x->child = 0;
  return x->code <= 1;
}

bool rd_external_finish(RdExternal *x, GError **error) {
  const char *name = rd_actor_name(x->attachment->actor);
  report_rest(x);
  bool sound = stop_child(x);
  if (x->failure)
    g_set_error_literal(error, RD_INLINE_ERROR, 0, x->failure);
  else if (!sound)
    g_set_error(error, RD_INLINE_ERROR, 0, "the SIPp of %s failed (exit code %d)", name, x->code);
  else if (x->begun * 10 < x->asked * 9)
    g_set_error(error, RD_INLINE_ERROR, 0,
                "%s: only %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                " calls were made: SIPp was stopped, or this machine is too slow",
                name, x->begun, x->asked);
  else
    return true;
  return false;
}

void rd_external_free(RdExternal *x) {
  if (!x)
    return;
  stop_child(x);
  g_hash_table_unref(x->calls);
  g_free(x->folder);
  g_free(x->failure);
  g_free(x);
}
