/* scenario.c - the elements of <scenario> become commands. */
#include "lab/attacker/scenario/scenario.h"

#include <stdlib.h>
#include <string.h>

#include "lab/attacker/scenario/model.h"
#include "lab/base/slice.h"
#include "lab/sip/scan.h"

/* Of statistics and the screen; nothing on the wire depends on them. */
static const char *const common[] = {
    "start_rtd",        "rtd",     "repeat_rtd", "crlf",    "next", "test", "chance", "condexec",
    "condexec_inverse", "counter", "hide",       "display", NULL};

/* A place that names a label: resolved when all are known. */
typedef struct {
  int *at;
  char *label;
  unsigned line, column;
  bool init;
} Jump;

typedef struct {
  char *name;
  int index;
  bool init;
} Label;

static void jump_free(gpointer data) {
  g_free(((Jump *)data)->label);
  g_free(data);
}

static void label_free(gpointer data) {
  g_free(((Label *)data)->name);
  g_free(data);
}

static void jump_to(RdCompiler *c, const char *label, int *at, bool init) {
  Jump *j = g_new0(Jump, 1);
  *at = -1;
  *j = (Jump){at, g_strdup(label), c->line, c->column, init};
  g_ptr_array_add(c->jumps, j);
}

/* Name's index among the transactions; -1: absent, or reported. */
static int transaction(RdCompiler *c, const RdXml *e, const char *attribute) {
  const char *name = rd_compile_attribute(e, attribute);
  if (!name)
    return -1;
  for (guint i = 0; i < c->transactions->len; i++)
    if (strcmp(c->transactions->pdata[i], name) == 0)
      return (int)i;
  if (c->transactions->len >= RD_SC_TRANSACTIONS) {
    rd_compile_fault(c, "more than %d transactions", RD_SC_TRANSACTIONS);
    return -1;
  }
  g_ptr_array_add(c->transactions, g_strdup(name));
  return (int)c->transactions->len - 1;
}

static int variable_of(RdCompiler *c, const RdXml *e, const char *attribute) {
  const char *name = rd_compile_attribute(e, attribute);
  return name ? rd_compile_variable(c, name) : -1;
}

static void read_common(RdCompiler *c, const RdXml *e, RdCommand *d, bool init) {
  const char *next = rd_compile_attribute(e, "next");
  d->line = e->line;
  d->next = d->on_timeout = d->start_txn = d->ack_txn = d->response_txn = d->pause_variable = -1;
  if (next)
    jump_to(c, next, &d->next, init);
  d->test = variable_of(c, e, "test");
  d->condexec = variable_of(c, e, "condexec");
  d->condexec_inverse = rd_compile_bool(c, e, "condexec_inverse", false);
  d->chance = rd_compile_number(c, e, "chance", 1);
  d->lost = rd_compile_number(c, e, "lost", 0) / 100;
  if (d->chance < 0 || d->chance > 1 || d->lost < 0 || d->lost > 1)
    rd_compile_fault(c, "<%s>: chance is from 0 to 1, lost from 0 to 100", e->name);
}

/* --- commands --------------------------------------------------------------------------------------- */

/* What kind of message a template begins; the method of a request. */
static RdSipMethod start_of(const RdTemplate *t, RdCommand *d) {
  const RdSlice first =
      t->n > 0 && t->tokens[0].kind == RD_TOKEN_TEXT ? t->tokens[0].text : (RdSlice){"", 0};
  uint32_t n = 0;
  while (n < first.len && first.at[n] != ' ')
    n++;
  const RdSlice word = rd_slice_of(first.at, n);
  d->is_request = !rd_slice_starts_nocase(first, "SIP/");
  const RdSipMethod method = d->is_request ? rd_sip_method(word) : RD_SIP_NONE;
  d->is_ack = method == RD_SIP_ACK;
  d->keeps_cseq = !d->is_request || d->is_ack || method == RD_SIP_CANCEL;
  return method;
}

static void read_send(RdCompiler *c, const RdXml *e, RdCommand *d) {
  static const char *const known[] = {"retrans", "lost", "start_txn", "ack_txn", NULL};
  rd_compile_known(c, e, common, known);
  d->kind = RD_DO_SEND;
  const double retrans = rd_compile_number(c, e, "retrans", 0);
  if (retrans < 0 || retrans > 3600000)
    rd_compile_fault(c, "<send>: retrans is from 0 to 3600000 ms");
  d->retrans = (RdTime)(retrans * (double)RD_MILLISECOND);
  d->start_txn = transaction(c, e, "start_txn");
  d->ack_txn = transaction(c, e, "ack_txn");
  rd_compile_actions(c, e, d);
  c->line = e->line;
  c->column = e->column;
  if (!e->text) {
    rd_compile_fault(c, "<send> needs a message in a CDATA section");
    return;
  }
  rd_compile_message(c, e->text, e->text_line, &d->message);
  start_of(&d->message, d);
}

static void read_optional(RdCompiler *c, const RdXml *e, RdCommand *d) {
  const char *text = rd_compile_attribute(e, "optional");
  if (text && strcmp(text, "global") == 0)
    d->optional = RD_OPTIONAL_GLOBAL;
  else
    d->optional = rd_compile_bool(c, e, "optional", false) ? RD_OPTIONAL_YES : RD_OPTIONAL_NO;
}

static void read_wanted(RdCompiler *c, const RdXml *e, RdCommand *d) {
  const char *request = rd_compile_attribute(e, "request");
  const bool response = rd_xml_attribute(e, "response") != NULL;
  if ((request != NULL) == response) {
    rd_compile_fault(c, "<recv> needs either request or response");
    return;
  }
  if (response) {
    const double status = rd_compile_number(c, e, "response", 0);
    if (status < 100 || status > 999)
      rd_compile_fault(c, "<recv>: a response is a status from 100 to 999");
    d->response = (uint16_t)CLAMP(status, 0, 999);
  } else if (rd_compile_bool(c, e, "regexp_match", false)) {
    d->regex = rd_compile_regex(c, request);
  } else {
    d->request = rd_compile_text(c, request);
  }
}

static void read_recv(RdCompiler *c, const RdXml *e, RdCommand *d, bool init) {
  static const char *const known[] = {
      "response",  "request", "optional",  "rrs",          "auth",         "lost", "timeout",
      "ontimeout", "action",  "ignoresdp", "response_txn", "regexp_match", NULL};
  const char *on_timeout = rd_compile_attribute(e, "ontimeout");
  rd_compile_known(c, e, common, known);
  d->kind = RD_DO_RECV;
  read_wanted(c, e, d);
  read_optional(c, e, d);
  d->rrs = rd_compile_bool(c, e, "rrs", false);
  d->auth = rd_compile_bool(c, e, "auth", false);
  rd_compile_bool(c, e, "ignoresdp", false);
  const double timeout = rd_compile_number(c, e, "timeout", 0);
  if (timeout < 0 || timeout > 1e9)
    rd_compile_fault(c, "<recv>: timeout is from 0 to 1000000000 ms");
  d->timeout = (RdTime)(timeout * (double)RD_MILLISECOND);
  if (on_timeout)
    jump_to(c, on_timeout, &d->on_timeout, init);
  d->response_txn = transaction(c, e, "response_txn");
  rd_compile_actions(c, e, d);
}

static void read_pause(RdCompiler *c, const RdXml *e, RdCommand *d) {
  static const char *const known[] = {"milliseconds", "variable", "distribution", "value",
                                      "min",          "max",      "mean",         "stdev",
                                      "sanity_check", NULL};
  rd_compile_known(c, e, common, known);
  d->kind = RD_DO_PAUSE;
  d->timewait = strcmp(e->name, "timewait") == 0;
  d->pause_variable = variable_of(c, e, "variable");
  if (rd_xml_attribute(e, "distribution")) {
    rd_compile_spread(c, e, &d->spread);
  } else if (rd_xml_attribute(e, "min") && rd_xml_attribute(e, "max")) {
    d->spread = (RdSpread){RD_SPREAD_UNIFORM, rd_compile_number(c, e, "min", 0),
                           rd_compile_number(c, e, "max", 0)};
  } else if (rd_xml_attribute(e, "milliseconds")) {
    d->spread.a = rd_compile_number(c, e, "milliseconds", 0);
  } else {
    d->default_pause = d->pause_variable < 0;
  }
  if (d->spread.a < 0 || d->spread.a > 1e9 || d->spread.b < 0 || d->spread.b > 1e9)
    rd_compile_fault(c, "<%s>: from 0 to 1000000000 ms are possible", e->name);
  rd_compile_actions(c, e, d);
}

static void read_nop(RdCompiler *c, const RdXml *e, RdCommand *d) {
  rd_compile_known(c, e, common, NULL);
  d->kind = RD_DO_NOP;
  rd_compile_actions(c, e, d);
}

static void read_command(RdCompiler *c, const RdXml *e, RdCommand *d, bool init) {
  read_common(c, e, d, init);
  c->line = e->line;
  c->column = e->column;
  if (strcmp(e->name, "send") == 0)
    read_send(c, e, d);
  else if (strcmp(e->name, "recv") == 0)
    read_recv(c, e, d, init);
  else if (strcmp(e->name, "nop") == 0)
    read_nop(c, e, d);
  else
    read_pause(c, e, d);
  if (init && d->kind != RD_DO_NOP)
    rd_compile_fault(c, "<init> holds <nop> and <label> only");
}

/* --- what is no command ----------------------------------------------------------------------------- */

static void read_label(RdCompiler *c, const RdXml *e, int index, bool init) {
  static const char *const known[] = {"id", NULL};
  const char *id = rd_compile_attribute(e, "id");
  rd_compile_known(c, e, known, NULL);
  if (!id) {
    rd_compile_fault(c, "<label> needs an id");
    return;
  }
  for (guint i = 0; i < c->labels->len; i++) {
    const Label *l = c->labels->pdata[i];
    if (l->init == init && strcmp(l->name, id) == 0)
      rd_compile_fault(c, "the label \"%s\" is there twice", id);
  }
  Label *l = g_new0(Label, 1);
  *l = (Label){g_strdup(id), index, init};
  g_ptr_array_add(c->labels, l);
}

static void read_variables(RdCompiler *c, const RdXml *e, int scope) {
  static const char *const known[] = {"variables", NULL};
  const char *text = rd_compile_attribute(e, "variables");
  rd_compile_known(c, e, known, NULL);
  g_auto(GStrv) names = g_strsplit(text ? text : "", ",", -1);
  if (!names[0])
    rd_compile_fault(c, "<%s> needs variables", e->name);
  for (char **n = names; *n; n++) {
    const int i = rd_compile_variable_declared(c, g_strstrip(*n));
    if (i < 0)
      return;
    g_array_index(c->uses, unsigned, 3 * (guint)i) += 2;
    if (scope >= 0)
      c->scenario->variable_scope[i] = (uint8_t)scope;
  }
}

/* Elements that are no command: read here, or refused. False: it is a command. */
static bool read_other(RdCompiler *c, const RdXml *e, int index, bool init) {
  static const char *const commands[] = {"send", "recv", "pause", "nop", "timewait", NULL};
  static const char *const statistics[] = {"ResponseTimeRepartition", "CallLengthRepartition",
                                           "info", NULL};
  c->line = e->line;
  c->column = e->column;
  if (g_strv_contains(commands, e->name))
    return false;
  if (strcmp(e->name, "label") == 0)
    read_label(c, e, index, init);
  else if (strcmp(e->name, "Reference") == 0)
    read_variables(c, e, -1);
  else if (strcmp(e->name, "Global") == 0)
    read_variables(c, e, RD_SCOPE_GLOBAL);
  else if (strcmp(e->name, "User") == 0)
    read_variables(c, e, RD_SCOPE_USER);
  else if (strcmp(e->name, "sendCmd") == 0 || strcmp(e->name, "recvCmd") == 0)
    rd_compile_fault(c, "<%s>: two scenarios that talk to each other (3PCC) are not supported",
                     e->name);
  else if (!g_strv_contains(statistics, e->name) && strcmp(e->name, "init") != 0)
    rd_compile_fault(c, "<%s> is no element of a scenario", e->name);
  return true;
}

static void read_commands(RdCompiler *c, const RdXml *holder, RdCommands *ret, bool init) {
  ret->commands = rd_compile_memory(c, (holder->children->len + 1) * sizeof(RdCommand));
  for (guint i = 0; i < holder->children->len; i++) {
    const RdXml *e = holder->children->pdata[i];
    if (!read_other(c, e, (int)ret->n, init))
      read_command(c, e, &ret->commands[ret->n++], init);
    if (strcmp(e->name, "init") != 0)
      continue;
    if (init || c->scenario->init.commands)
      rd_compile_fault(c, "<init> is there twice");
    else
      read_commands(c, e, &c->scenario->init, true);
  }
  if (ret->n > RD_SC_COMMANDS)
    rd_compile_fault(c, "more than %d commands", RD_SC_COMMANDS);
}

/* --- when all is read --------------------------------------------------------------------------------- */

static void resolve_jumps(RdCompiler *c) {
  for (guint i = 0; i < c->jumps->len; i++) {
    const Jump *j = c->jumps->pdata[i];
    for (guint k = 0; k < c->labels->len; k++) {
      const Label *l = c->labels->pdata[k];
      if (l->init == j->init && strcmp(l->name, j->label) == 0)
        *j->at = l->index;
    }
    c->line = j->line;
    c->column = j->column;
    if (*j->at < 0)
      rd_compile_fault(c, "there is no label \"%s\"", j->label);
  }
}

static void check_uses(RdCompiler *c) {
  for (guint i = 0; i < c->variables->len; i++) {
    const unsigned *use = &g_array_index(c->uses, unsigned, 3 * i);
    c->line = use[1];
    c->column = use[2];
    if (use[0] == 1)
      rd_compile_fault(
          c, "the variable \"%s\" is named once only: misspelt, or missing in <Reference>",
          (const char *)c->variables->pdata[i]);
  }
}

/* A response is taken as one to a request that stands further up (matched by the CSeq method). */
static void find_methods(RdScenario *s) {
  uint64_t methods = 0;
  for (unsigned i = 0; i < s->body.n; i++) {
    RdCommand *d = &s->body.commands[i];
    d->methods = methods;
    d->any_method = i == 0;
    if (d->kind == RD_DO_SEND && d->is_request) {
      RdCommand ignored = {0};
      methods |= UINT64_C(1) << start_of(&d->message, &ignored);
    }
  }
}

static void find_side(RdCompiler *c) {
  const RdScenario *s = c->scenario;
  for (unsigned i = 0; i < s->body.n; i++) {
    const RdCommand *d = &s->body.commands[i];
    if (d->kind == RD_DO_SEND || d->kind == RD_DO_RECV) {
      c->scenario->server = d->kind == RD_DO_RECV;
      return;
    }
  }
  rd_compile_fault(c, "the scenario neither sends nor receives anything");
}

static void finish(RdCompiler *c) {
  RdScenario *s = c->scenario;
  s->unexpected = -1;
  s->n_transactions = c->transactions->len;
  for (guint i = 0; i < c->labels->len; i++) {
    const Label *l = c->labels->pdata[i];
    if (!l->init && strcmp(l->name, "_unexp.main") == 0)
      s->unexpected = l->index;
  }
  s->unexpected_return = -1;
  for (guint i = 0; i < c->variables->len; i++)
    if (strcmp(c->variables->pdata[i], "_unexp.retaddr") == 0)
      s->unexpected_return = (int)i;
  resolve_jumps(c);
  check_uses(c);
  find_methods(s);
  find_side(c);
}

/* --- the whole ---------------------------------------------------------------------------------------- */

static const RdXml *find_scenario(RdCompiler *c, const RdXml *file) {
  const RdXml *found = NULL;
  c->line = c->column = 1;
  for (guint i = 0; i < file->children->len; i++) {
    const RdXml *e = file->children->pdata[i];
    if (!found && strcmp(e->name, "scenario") == 0)
      found = e;
    else
      c->report->say(c->report->user, true, e->line, e->column, "this element is not looked at");
  }
  if (!found)
    rd_compile_fault(c, "there is no <scenario>");
  return found;
}

static void compile(RdCompiler *c, const RdXml *file) {
  static const char *const known[] = {"name", NULL};
  const RdXml *e = find_scenario(c, file);
  if (!e)
    return;
  const char *name = rd_compile_attribute(e, "name");
  rd_compile_known(c, e, known, NULL);
  c->scenario->name = g_strdup(name ? name : "");
  for (unsigned i = 0; c->scope->files && c->scope->files[i]; i++)
    rd_compile_injection(c, c->scope->files[i], c->scope->contents[i]);
  read_commands(c, e, &c->scenario->body, false);
  finish(c);
}

RdScenario *rd_scenario_new(const char *text, size_t len, const RdScenarioScope *scope,
                            const RdScenarioReport *report) {
  RdXml *file = rd_xml_parse(text, len, report);
  if (!file)
    return NULL;
  RdScenario *s = g_new0(RdScenario, 1);
  s->owned = g_ptr_array_new_with_free_func(g_free);
  s->regexes = g_ptr_array_new();
  RdCompiler c = {.scenario = s,
                  .scope = scope,
                  .report = report,
                  .variables = g_ptr_array_new_with_free_func(g_free),
                  .uses = g_array_new(FALSE, TRUE, sizeof(unsigned)),
                  .labels = g_ptr_array_new_with_free_func(label_free),
                  .jumps = g_ptr_array_new_with_free_func(jump_free),
                  .transactions = g_ptr_array_new_with_free_func(g_free)};
  compile(&c, file);
  rd_xml_free(file);
  g_ptr_array_unref(c.variables);
  g_array_unref(c.uses);
  g_ptr_array_unref(c.labels);
  g_ptr_array_unref(c.jumps);
  g_ptr_array_unref(c.transactions);
  if (c.errors == 0)
    return s;
  rd_scenario_free(s);
  return NULL;
}

void rd_scenario_free(RdScenario *s) {
  if (!s)
    return;
  for (guint i = 0; i < s->regexes->len; i++) {
    regfree(s->regexes->pdata[i]);
    g_free(s->regexes->pdata[i]);
  }
  g_ptr_array_unref(s->regexes);
  g_ptr_array_unref(s->owned);
  g_free(s->name);
  g_free(s);
}

bool rd_scenario_is_server(const RdScenario *s) {
  return s->server;
}

const char *rd_scenario_name(const RdScenario *s) {
  return s->name;
}

unsigned rd_scenario_commands(const RdScenario *s) {
  return s->body.n;
}
