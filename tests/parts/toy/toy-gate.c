/* toy-gate - a test defense on the toy protocol: refuses, rewrites or resets every third question. */
#include <stdlib.h>
#include <string.h>

#include "lab/base/slice.h"
#include "redoubt/plugin.h"
#include "tests/parts/toy/toy.h"

typedef struct {
  int what;
} Config;

typedef enum { REFUSE, REWRITE, RESET, NO_CONNECTIONS } What;

typedef struct {
  const Config *config;
  RdEdit edit;
} Gate;

static void *gate_open(RdHost *host, const void *config, const RdDefenseSetup *setup) {
  Gate *g = calloc(1, sizeof *g);
  (void)host, (void)setup;
  if (!g)
    return NULL;
  g->config = config;
  g->edit = (RdEdit){RD_EDIT_WHOLE, {NULL, 0}, rd_slice("ASK 4242\n")};
  return g;
}

static void gate_judge(void *self, const RdMessage *m, RdVerdict *v) {
  Gate *g = self;
  const ToyMessage *t = m->view;
  if (m->kind == RD_OPENED) {
    v->action = g->config->what == NO_CONNECTIONS ? RD_CLOSE : RD_PASS;
    return;
  }
  v->score = 0;
  if (m->protocol != TOY_PROTOCOL || !t || !t->is_request || t->number % 3)
    return;
  v->score = 1;
  v->classes = "test";
  v->reason = "every third";
  switch ((What)g->config->what) {
  case REFUSE:
    v->action = RD_REJECT;
    v->code = 7;
    break;
  case REWRITE:
    v->action = RD_REWRITE;
    v->edits = &g->edit;
    v->n_edits = 1;
    v->edit_stride = sizeof(RdEdit);
    break;
  case RESET:
    v->action = RD_CLOSE;
    break;
  case NO_CONNECTIONS:
    break;
  }
}

static void gate_close(void *self) {
  free(self);
}

static const char *const whats[] = {"refuse", "rewrite", "reset", "no-connections", NULL};

static const RdParam params[] = {
    {"what", RD_ENUM, offsetof(Config, what), "refuse", 0, 0, "", whats, "What it does."}, {0}};

RD_PART(RD_DEFENSE, "toy-gate", "Test: judges the toy protocol", RD_CONFIG(Config, params),
        RD_DEFENSE_OPS(.open = gate_open, .judge = gate_judge, .close = gate_close,
                       .wants = RD_WANT_OPENED));
