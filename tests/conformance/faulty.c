/* A part that breaks the contract in the one way that the build asks for (-DFAULT_...). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "redoubt/plugin.h"

static unsigned kept; /* between instances, as nothing may be */

static void *faulty_open(RdHost *host, const void *config, const RdDefenseSetup *setup) {
  (void)config, (void)setup;
#ifdef FAULT_UNDECLARED
  host->spend(host, host->operation(host, "look-up"), 1, 1);
#endif
  return host;
}

static void faulty_judge(void *self, const RdMessage *m, RdVerdict *v) {
  (void)self, (void)m;
  kept++;
  v->score = 0;
#ifdef FAULT_STATE
  v->score = kept > 25000 ? 1 : 0;
#elif defined FAULT_SCORE
  v->score = 2;
#elif defined FAULT_REASON
  v->action = RD_DROP;
#elif defined FAULT_UNJUDGED
  *v = (RdVerdict){
      .size = sizeof *v, .action = RD_DROP, .score = NAN, .classes = "dos", .reason = "r"};
#elif defined FAULT_STRIDE
  static RdEdit edit;
  v->action = RD_REWRITE;
  v->classes = "dos";
  v->reason = "rewritten";
  v->edits = &edit;
  v->n_edits = 1;
#elif defined FAULT_TICKET
  v->action = RD_HOLD;
  v->classes = "dos";
  v->reason = "held";
#elif defined FAULT_WRITES
  if (m->len > 0 && m->sip)
    *(char *)(size_t)m->bytes = 'x';
#elif defined FAULT_BEHIND
  memset((char *)v + sizeof *v, 0, 1);
#elif defined FAULT_FOREIGN
  v->score = m->sip->n_headers > 0 ? 0 : 0.5; /* there need be no view */
#endif
}

static void faulty_receive(void *self, const RdMessage *m) {
  (void)self, (void)m;
#ifdef FAULT_REPORT
  if (m->kind == RD_REPORT)
    kept += m->bytes[m->len / 2] ? m->sip->n_headers : 0; /* a report has no view */
#endif
}

typedef struct {
  int64_t amount;
} Pay;

static bool faulty_act(void *self, uint32_t verb, const void *arguments, char reply[RD_REPLY]) {
  const Pay *pay = arguments;
  (void)self, (void)verb, (void)reply;
#ifdef FAULT_VERB
  return pay->amount < 50; /* and no word why */
#elif defined FAULT_REPLY
  memset(reply, 'x', RD_REPLY);
#endif
  return pay->amount >= 0;
}

static const RdParam pay_arguments[] = {
    RD_PARAM(Pay, "amount", RD_INTEGER, amount, "1", 0, 100, "", "How much is paid."),
    RD_PARAM_END};
static const RdVerb verbs[] = {RD_VERB("pay", Pay, pay_arguments, "Pays an amount."), RD_VERB_END};

static void faulty_close(void *self) {
  (void)self;
}

static const RdCost costs[] = {
#ifdef FAULT_UNASKED
    {.operation = "look-up", .base = "1 us", .source = "a guess", .help = "Looked up."},
#endif
    RD_COST_END};

RD_PART(RD_DEFENSE, PART_NAME, "breaks the contract in one way", RD_COSTS(costs), RD_VERBS(verbs),
        RD_DEFENSE_OPS(.open = faulty_open, .judge = faulty_judge, .receive = faulty_receive,
                       .act = faulty_act, .close = faulty_close));
