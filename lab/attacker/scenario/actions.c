/* actions.c - the elements of <action>. */
#include <stdlib.h>
#include <string.h>

#include "lab/attacker/scenario/model.h"

typedef struct {
  const char *element;
  RdScenarioActionKind kind;
  void (*read)(RdCompiler *c, const RdXml *e, RdScenarioAction *a);
  const char *known[12];
} Row;

static const char *need(RdCompiler *c, const RdXml *e, const char *name) {
  const char *text = rd_compile_attribute(e, name);
  if (!text)
    rd_compile_fault(c, "<%s> needs the attribute %s", e->name, name);
  return text;
}

/* The variables that are set: "a,b,c". */
static void assigned(RdCompiler *c, const RdXml *e, RdScenarioAction *a, unsigned most) {
  const char *text = need(c, e, "assign_to");
  g_auto(GStrv) names = g_strsplit(text ? text : "", ",", -1);
  for (char **n = names; *n; n++) {
    if (a->n_assigned >= most) {
      rd_compile_fault(c, "<%s>: at most %u variables can be assigned to", e->name, most);
      return;
    }
    const int i = rd_compile_variable(c, g_strstrip(*n));
    a->assigned[a->n_assigned++] = (uint16_t)MAX(i, 0);
  }
}

static void asked(RdCompiler *c, const RdXml *e, RdScenarioAction *a, const char *name) {
  const char *text = need(c, e, name);
  const int i = text ? rd_compile_variable(c, text) : -1;
  a->variable = (uint16_t)MAX(i, 0);
}

/* value="..." as a number, or variable="...". */
static void operand(RdCompiler *c, const RdXml *e, RdScenarioAction *a) {
  const char *value = rd_compile_attribute(e, "value");
  const char *variable = rd_compile_attribute(e, "variable");
  if ((value != NULL) == (variable != NULL))
    rd_compile_fault(c, "<%s> needs either value or variable", e->name);
  a->has_number = value != NULL;
  a->number = rd_compile_number(c, e, "value", 0);
  if (variable)
    asked(c, e, a, "variable");
}

static void text_of(RdCompiler *c, const RdXml *e, const char *name, RdTemplate *ret) {
  const char *text = need(c, e, name);
  if (text)
    rd_compile_template(c, text, ret);
}

static int choice(RdCompiler *c, const RdXml *e, const char *name, const char *text,
                  const char *const *known) {
  for (int i = 0; known[i]; i++)
    if (strcmp(known[i], text) == 0)
      return i;
  rd_compile_fault(c, "<%s>: %s cannot be \"%s\"", e->name, name, text);
  return 0;
}

static void read_ereg(RdCompiler *c, const RdXml *e, RdScenarioAction *a) {
  static const char *const places[] = {"msg", "hdr", "body", "var", NULL};
  const char *regexp = need(c, e, "regexp"), *in = rd_compile_attribute(e, "search_in");
  a->search = (uint8_t)choice(c, e, "search_in", in ? in : "msg", places);
  a->check = rd_compile_bool(c, e, "check_it", false);
  a->check_inverse = rd_compile_bool(c, e, "check_it_inverse", false);
  a->any_case = rd_compile_bool(c, e, "case_indep", false);
  a->line_start = rd_compile_bool(c, e, "start_line", false);
  const bool misspelt = rd_xml_attribute(e, "occurence") != NULL;
  a->occurrence = (int)rd_compile_number(c, e, misspelt ? "occurence" : "occurrence", 1);
  if (a->check && a->check_inverse)
    rd_compile_fault(c, "<ereg>: check_it and check_it_inverse exclude each other");
  if (a->search == RD_IN_HEADER) {
    const char *header = need(c, e, "header");
    a->header = rd_compile_text(c, header ? header : "");
  } else if (a->search == RD_IN_VARIABLE) {
    asked(c, e, a, "variable");
  }
  if (rd_xml_attribute(e, "assign_to"))
    assigned(c, e, a, RD_SC_GROUPS);
  a->regex = regexp ? rd_compile_regex(c, regexp) : NULL;
}

static void read_message(RdCompiler *c, const RdXml *e, RdScenarioAction *a) {
  text_of(c, e, "message", &a->text);
}

static void read_assign(RdCompiler *c, const RdXml *e, RdScenarioAction *a) {
  assigned(c, e, a, 1);
  operand(c, e, a);
}

static void read_assignstr(RdCompiler *c, const RdXml *e, RdScenarioAction *a) {
  assigned(c, e, a, 1);
  text_of(c, e, "value", &a->text);
}

static void read_sample(RdCompiler *c, const RdXml *e, RdScenarioAction *a) {
  assigned(c, e, a, 1);
  rd_compile_spread(c, e, &a->spread);
}

static void read_todouble(RdCompiler *c, const RdXml *e, RdScenarioAction *a) {
  assigned(c, e, a, 1);
  asked(c, e, a, "variable");
}

static void read_test(RdCompiler *c, const RdXml *e, RdScenarioAction *a) {
  static const char *const ways[] = {"equal",     "not_equal",          "greater_than",
                                     "less_than", "greater_than_equal", "less_than_equal",
                                     NULL};
  assigned(c, e, a, 1);
  asked(c, e, a, "variable");
  const char *how = need(c, e, "compare"), *second = rd_compile_attribute(e, "variable2");
  a->compare = (uint8_t)choice(c, e, "compare", how ? how : "equal", ways);
  a->has_number = second == NULL;
  if (second)
    a->file = (uint16_t)MAX(rd_compile_variable(c, second), 0);
  else if (need(c, e, "value"))
    a->number = rd_compile_number(c, e, "value", 0);
}

static void read_strcmp(RdCompiler *c, const RdXml *e, RdScenarioAction *a) {
  assigned(c, e, a, 1);
  asked(c, e, a, "variable");
  const char *second = rd_compile_attribute(e, "variable2");
  a->has_number = second != NULL;
  if (second)
    a->file = (uint16_t)MAX(rd_compile_variable(c, second), 0);
  else
    text_of(c, e, "value", &a->text);
}

static void read_own(RdCompiler *c, const RdXml *e, RdScenarioAction *a) {
  assigned(c, e, a, 1);
}

static void read_code(RdCompiler *c, const RdXml *e, RdScenarioAction *a) {
  asked(c, e, a, "variable");
}

static void read_jump(RdCompiler *c, const RdXml *e, RdScenarioAction *a) {
  operand(c, e, a);
}

static void read_time(RdCompiler *c, const RdXml *e, RdScenarioAction *a) {
  assigned(c, e, a, 2);
}

static void read_lookup(RdCompiler *c, const RdXml *e, RdScenarioAction *a) {
  const char *file = need(c, e, "file");
  assigned(c, e, a, 1);
  text_of(c, e, "key", &a->text);
  for (unsigned i = 0; file && i < c->scenario->n_files; i++)
    if (strcmp(c->scenario->files[i].name, file) == 0) {
      a->file = (uint16_t)i;
      return;
    }
  if (file)
    rd_compile_fault(c, "<lookup>: there is no injection file \"%s\"", file);
}

static void read_verifyauth(RdCompiler *c, const RdXml *e, RdScenarioAction *a) {
  assigned(c, e, a, 1);
  text_of(c, e, "username", &a->text);
  text_of(c, e, "password", &a->more);
}

static void read_setdest(RdCompiler *c, const RdXml *e, RdScenarioAction *a) {
  text_of(c, e, "host", &a->text);
  text_of(c, e, "port", &a->more);
}

static const char *const media[] = {"play_pcap_audio",
                                    "play_pcap_video",
                                    "play_pcap_image",
                                    "rtp_stream",
                                    "rtp_echo",
                                    "play_dtmf",
                                    NULL};

static void read_exec(RdCompiler *c, const RdXml *e, RdScenarioAction *a) {
  const char *internal = rd_compile_attribute(e, "int_cmd");
  if (internal) {
    static const char *const known[] = {"stop_call", "stop_gracefully", "stop_now", NULL};
    a->kind = (uint8_t)(RD_ACT_STOP_CALL + choice(c, e, "int_cmd", internal, known));
    return;
  }
  if (rd_xml_attribute(e, "command") || rd_xml_attribute(e, "verify")) {
    rd_compile_fault(c, "<exec command>: no command of the machine is ever run here");
    return;
  }
  for (unsigned i = 0; media[i]; i++)
    if (rd_xml_attribute(e, media[i])) {
      a->kind = RD_ACT_MEDIA;
      if (!c->scope->skip_media)
        rd_compile_fault(
            c, "<exec %s>: media is not played; with media=skip the scenario runs without",
            media[i]);
      return;
    }
  rd_compile_fault(c, "<exec> needs int_cmd or a media command");
}

static const Row rows[] = {
    {"ereg",
     RD_ACT_EREG,
     read_ereg,
     {"regexp", "search_in", "header", "variable", "case_indep", "occurrence", "occurence",
      "start_line", "check_it", "check_it_inverse", "assign_to"}},
    {"log", RD_ACT_LOG, read_message, {"message"}},
    {"warning", RD_ACT_WARNING, read_message, {"message"}},
    {"error", RD_ACT_ERROR, read_message, {"message"}},
    {"assign", RD_ACT_ASSIGN, read_assign, {"assign_to", "value", "variable"}},
    {"assignstr", RD_ACT_ASSIGNSTR, read_assignstr, {"assign_to", "value"}},
    {"sample",
     RD_ACT_SAMPLE,
     read_sample,
     {"assign_to", "distribution", "value", "min", "max", "mean", "stdev"}},
    {"add", RD_ACT_ADD, read_assign, {"assign_to", "value", "variable"}},
    {"subtract", RD_ACT_SUBTRACT, read_assign, {"assign_to", "value", "variable"}},
    {"multiply", RD_ACT_MULTIPLY, read_assign, {"assign_to", "value", "variable"}},
    {"divide", RD_ACT_DIVIDE, read_assign, {"assign_to", "value", "variable"}},
    {"todouble", RD_ACT_TODOUBLE, read_todouble, {"assign_to", "variable"}},
    {"test", RD_ACT_TEST, read_test, {"assign_to", "variable", "compare", "value", "variable2"}},
    {"strcmp", RD_ACT_STRCMP, read_strcmp, {"assign_to", "variable", "value", "variable2"}},
    {"trim", RD_ACT_TRIM, read_own, {"assign_to"}},
    {"urlencode", RD_ACT_URLENCODE, read_code, {"variable"}},
    {"urldecode", RD_ACT_URLDECODE, read_code, {"variable"}},
    {"jump", RD_ACT_JUMP, read_jump, {"value", "variable"}},
    {"gettimeofday", RD_ACT_GETTIMEOFDAY, read_time, {"assign_to"}},
    {"lookup", RD_ACT_LOOKUP, read_lookup, {"assign_to", "file", "key"}},
    {"verifyauth", RD_ACT_VERIFYAUTH, read_verifyauth, {"assign_to", "username", "password"}},
    {"setdest", RD_ACT_SETDEST, read_setdest, {"host", "port", "protocol"}},
    {"exec",
     RD_ACT_MEDIA,
     read_exec,
     {"int_cmd", "command", "verify", "play_pcap_audio", "play_pcap_video", "play_pcap_image",
      "rtp_stream", "rtp_echo", "play_dtmf"}},
};

static void read_one(RdCompiler *c, const RdXml *e, RdScenarioAction *a) {
  c->line = e->line;
  c->column = e->column;
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    if (strcmp(rows[i].element, e->name) == 0) {
      rd_compile_known(c, e, rows[i].known, NULL);
      a->kind = (uint8_t)rows[i].kind;
      rows[i].read(c, e, a);
      return;
    }
  rd_compile_fault(c, "the action <%s> is not supported", e->name);
}

void rd_compile_actions(RdCompiler *c, const RdXml *holder, RdCommand *command) {
  unsigned n = 0;
  for (guint i = 0; i < holder->children->len; i++) {
    const RdXml *action = holder->children->pdata[i];
    if (strcmp(action->name, "action") == 0) {
      n += action->children->len;
      continue;
    }
    c->line = action->line;
    c->column = action->column;
    rd_compile_fault(c, "<%s> has no place in <%s>", action->name, holder->name);
  }
  command->actions = rd_compile_memory(c, MAX(n, 1) * sizeof(RdScenarioAction));
  for (guint i = 0; i < holder->children->len; i++) {
    const RdXml *action = holder->children->pdata[i];
    if (strcmp(action->name, "action") == 0)
      for (guint k = 0; k < action->children->len; k++)
        read_one(c, action->children->pdata[k], &command->actions[command->n_actions++]);
  }
}
