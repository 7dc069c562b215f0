/* What a scenario file may hold: read as SIPp reads it, or told with line and column. */
#include <string.h>

#include "lab/attacker/scenario/scenario.h"
#include "tests/check_main.h"

#define SEND "<send><![CDATA[OPTIONS sip:a@b SIP/2.0]]></send>"

static void note(void *user, bool warning, unsigned line, unsigned column, const char *message) {
  g_string_append_printf(user, "%s%u:%u: %s\n", warning ? "warning " : "", line, column, message);
}

/* What is said of a file; NULL if nothing is. */
static char *said(const char *text, const RdScenarioScope *scope, bool *ret_good) {
  static const RdScenarioScope nothing = {0};
  GString *s = g_string_new(NULL);
  const RdScenarioReport report = {note, s};
  RdScenario *scenario = rd_scenario_new(text, strlen(text), scope ? scope : &nothing, &report);
  *ret_good = scenario != NULL;
  rd_scenario_free(scenario);
  return g_string_free(s, s->len == 0);
}

static const struct {
  const char *text, *error;
} wrong[] = {
    {"", "1:1: there is no <scenario>"},
    {"<scenario>\n<send/></scenario>", "2:1: <send> needs a message in a CDATA section"},
    {"<scenario>\n  <dance/>" SEND "</scenario>", "2:3: <dance> is no element of a scenario"},
    {"<scenario>\n" SEND "\n <recv respons=\"200\"/></scenario>",
     "3:8: <recv> has no attribute \"respons\" here"},
    {"<scenario>" SEND "\n<recv response=\"2xx\"/></scenario>",
     "2:7: response: a number is expected, got \"2xx\""},
    {"<scenario>" SEND "\n<recv response=\"200\" next=\"7\"/></scenario>",
     "2:1: there is no label \"7\""},
    {"<scenario>\n<send><![CDATA[\n OPTIONS sip:a SIP/2.0\n X: [nonsense]\n]]></send></scenario>",
     "4:5: [nonsense] is no keyword and no key that is given"},
    {"<scenario>\n<send><![CDATA[\n A sip:a SIP/2.0\n X: [tdmmap]\n]]></send></scenario>",
     "4:5: [tdmmap] is not supported"},
    {"<scenario>\n<send><![CDATA[\n A sip:a SIP/2.0\n X: [field0]\n]]></send></scenario>",
     "4:5: a [field] is asked for and there is no injection file"},
    {"<scenario>\n<send><![CDATA[\n A sip:a SIP/2.0\n X: [$once]\n]]></send></scenario>",
     "4:5: the variable \"once\" is named once only"},
    {"<scenario>" SEND "\n<nop><action>\n<exec command=\"rm -rf /\"/></action></nop></scenario>",
     "3:1: <exec command>: no command of the machine is ever run here"},
    {"<scenario>" SEND
     "\n<nop><action>\n<exec play_pcap_audio=\"a.pcap\"/></action></nop></scenario>",
     "3:1: <exec play_pcap_audio>: media is not played"},
    {"<scenario>" SEND "\n<sendCmd><![CDATA[x]]></sendCmd></scenario>",
     "2:1: <sendCmd>: two scenarios that talk to each other (3PCC) are not supported"},
    {"<scenario>" SEND "\n<nop><action>\n <ereg regexp=\"(\" assign_to=\"1,1\"/></action></nop>"
     "</scenario>",
     "3:2: the expression \"(\" cannot be read"},
    {"<scenario>" SEND "\n<pause distribution=\"weibull\" lambda=\"1\"/></scenario>",
     "has no attribute \"lambda\""},
    {"<scenario>" SEND "\n<pause distribution=\"gamma\"/></scenario>",
     "2:8: the distribution \"gamma\" is not supported"},
    {"<scenario>" SEND "<init/>\n<init><nop/></init></scenario>", "2:1: <init> is there twice"},
    {"<scenario>\n<send><![CDATA[ OPTIONS", "2:7: this CDATA section never ends"},
    {"<scenario>\n<recv response=\"200/></scenario>", "2:17: this value has no closing quote"},
};

START_TEST(what_is_wrong_is_told_with_line_and_column) {
  bool good;
  g_autofree char *text = said(wrong[_i].text, NULL, &good);
  ck_assert_msg(!good, "%s was taken", wrong[_i].text);
  ck_assert_msg(text && strstr(text, wrong[_i].error), "%s: %s", wrong[_i].text, text ? text : "");
}
END_TEST

static const struct {
  const char *text, *warning;
} lax[] = {
    {"<?xml version=\"1.0\"?>\n<!DOCTYPE scenario SYSTEM \"sipp.dtd\">\n<scenario name=\"x\">" SEND
     "</scenario>",
     NULL},
    {"<!-- no declaration -->\n<scenario>" SEND "</scenario>", NULL},
    {"<scenario>" SEND "<recv response=\"200\" response=\"300\"/></scenario>", "given twice"},
    {"<scenario>" SEND "<nop><action>\n<log message=\"a < b & c\"/></action></nop></scenario>",
     "warning 2:17: a bare < or &"},
    {"<scenario>" SEND "\n</recv>\n</scenario>", "warning 2:1: this closes no element"},
    {"<scenario>" SEND "\n", "warning 2:1: the file ends before"},
    {"<scenario>\r\n" SEND "\r\n<recv response='200'\r\n crlf='true'/></scenario>\r\n", NULL},
    {"<scenario>" SEND "<pause milliseconds=\"10\"/><timewait milliseconds=\"1\"/>"
     "<ResponseTimeRepartition value=\"1, 2\"/></scenario>",
     NULL},
    {"<scenario>" SEND "<Reference variables=\"a,b\"/><Global variables=\"g\"/></scenario>", NULL},
    {"<scenario>" SEND "<recv response=\"200\"><action><ereg regexp=\"x\" occurence=\"2\" "
     "search_in=\"hdr\" header=\"Via:\" assign_to=\"v,v\"/></action></recv></scenario>",
     NULL},
    {"<scenario>\n<send>\n<![CDATA[\n A sip:[[service]] SIP/2.0\n X: \\x5Bnot\\x5D\n]]>\n</send>"
     "</scenario>",
     NULL},
};

START_TEST(what_sipp_forgives_is_forgiven) {
  bool good;
  g_autofree char *text = said(lax[_i].text, NULL, &good);
  ck_assert_msg(good, "%s: %s", lax[_i].text, text ? text : "");
  if (lax[_i].warning)
    ck_assert_msg(text && strstr(text, lax[_i].warning), "%s: %s", lax[_i].text, text ? text : "");
  else
    ck_assert_msg(!text, "%s: %s", lax[_i].text, text);
}
END_TEST

START_TEST(keys_and_files_and_media_depend_on_what_is_given) {
  static const char *const keys[] = {"callee", NULL}, *const files[] = {"u.csv", NULL};
  static const char *const contents[] = {"SEQUENTIAL\na;b\n", NULL};
  const RdScenarioScope scope = {keys, files, contents, false, true};
  bool good;
  g_autofree char *text = said(
      "<scenario><send><![CDATA[\nA sip:[callee] SIP/2.0\nX: [field1 file=\"u.csv\"]\n]]></send>"
      "<nop><action><exec play_pcap_audio=\"a\"/></action></nop></scenario>",
      &scope, &good);
  ck_assert_msg(good, "%s", text ? text : "");
}
END_TEST

START_TEST(who_speaks_first_tells_the_side) {
  const RdScenarioReport report = {note, g_string_new(NULL)};
  const RdScenarioScope scope = {0};
  const char *client = "<scenario><nop/>" SEND "</scenario>";
  const char *server = "<scenario name=\"s\"><recv request=\"INVITE\"/>" SEND "</scenario>";
  RdScenario *a = rd_scenario_new(client, strlen(client), &scope, &report);
  RdScenario *b = rd_scenario_new(server, strlen(server), &scope, &report);
  ck_assert(!rd_scenario_is_server(a) && rd_scenario_is_server(b));
  ck_assert_str_eq(rd_scenario_name(b), "s");
  ck_assert_uint_eq(rd_scenario_commands(b), 2);
  rd_scenario_free(a);
  rd_scenario_free(b);
  g_string_free(report.user, TRUE);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("scenario");
  TCase *t = tcase_create("reading");
  tcase_add_loop_test(t, what_is_wrong_is_told_with_line_and_column, 0, G_N_ELEMENTS(wrong));
  tcase_add_loop_test(t, what_sipp_forgives_is_forgiven, 0, G_N_ELEMENTS(lax));
  tcase_add_test(t, keys_and_files_and_media_depend_on_what_is_given);
  tcase_add_test(t, who_speaks_first_tells_the_side);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
