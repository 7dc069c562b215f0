#include "lab/drive/world/acts.h"

#include <errno.h>
#include <string.h>

#include "lab/drive/world/judge.h"
#include "lab/drive/world/work.h"

enum { PURPOSE_ACT = 0x616374 };

static void log_act(RdWorld *w, const RdTrialAct *act, bool done, const char *reply) {
  g_autoptr(GString) line = g_string_new(NULL);
  g_autofree char *valid = g_utf8_make_valid(reply, -1);
  RdTrialAct now = *act;
  now.at = rd_now(w);
  rd_trial_act_text(line, w->trial, &now, done, valid);
  if (!w->acts)
    w->acts = fopen(w->acts_path, "w");
  if (!w->acts || fputs(line->str, w->acts) == EOF)
    w->clock->stop(w->clock); /* rd_acts_close() says why */
}

static bool tell(const RdPart *part, void *self, const RdTrialAct *act, char reply[RD_REPLY]) {
  bool done = part->plugin.kind == RD_DEFENSE
                  ? part->defense.act(self, act->verb, act->arguments, reply)
                  : part->actor.act(self, act->verb, act->arguments, reply);
  reply[RD_REPLY - 1] = 0;
  return done;
}

/* Nobody of the trial has caused it, but what an attack does is the attack's. */
static RdTag tag_of(const RdWorld *w, const RdBaseHost *host, uint64_t causes) {
  return (RdTag){.causes = causes, .lineage = rd_random(host->stream, w->acted, PURPOSE_ACT, 0)};
}

static bool tell_actor(RdWorld *w, RdWorldActor *a, const RdTrialAct *act, char reply[RD_REPLY]) {
  RdTag tag = tag_of(w, &a->host.base, a->cause);
  rd_work_begin(a, &tag);
  bool done = tell(a->part, a->self, act, reply);
  rd_work_end(w);
  return done;
}

static bool tell_judge(RdWorld *w, RdWorldJudge *g, const RdTrialAct *act, char reply[RD_REPLY]) {
  RdTag tag = tag_of(w, &g->host.base, 0);
  rd_work_begin(g->actors[0], &tag);
  bool done = tell(g->judge->part, g->judge->self, act, reply);
  rd_work_end(w);
  return done;
}

/* Every member is told; the first to refuse has the word. */
static bool tell_members(RdWorld *w, const RdTrialAct *act, char reply[RD_REPLY]) {
  bool all = true;
  for (unsigned i = 0; i < w->n_judges; i++) {
    char own[RD_REPLY] = "";
    if (w->judges[i]->judge->index != act->index)
      continue;
    bool done = tell_judge(w, w->judges[i], act, own);
    if (all && (!done || !reply[0]))
      memcpy(reply, own, RD_REPLY);
    all = all && done;
  }
  return all;
}

bool rd_acts_do(RdWorld *w, const RdTrialAct *act, char reply[RD_REPLY]) {
  const unsigned n_nodes = w->trial->topology->n_nodes;
  memset(reply, 0, RD_REPLY);
  w->acted++;
  bool done =
      act->kind == RD_DEFENSE
          ? tell_members(w, act, reply)
          : tell_actor(w, w->actors[act->kind == RD_NODE ? act->index : n_nodes + act->index], act,
                       reply);
  log_act(w, act, done, reply);
  return done;
}

bool rd_acts_close(RdWorld *w, GError **error) {
  bool ok = w->acted == 0 || (w->acts && !ferror(w->acts));
  if (w->acts && fclose(w->acts) != 0)
    ok = false;
  w->acts = NULL;
  w->acted = 0;
  if (!ok)
    g_set_error(error, RD_WORLD_ERROR, 0, "%s: %s", w->acts_path, g_strerror(errno));
  return ok;
}
