/* What a scenario sends, hears and does, on the mock host: two players on one wire, or one that a test answers. */
#include <stdio.h>
#include <string.h>

#include "lab/attacker/scenario/player.h"
#include "tests/check_main.h"
#include "tests/mock/host.h"

#define VIA "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n"
#define ENDS                                                                                       \
  "From: <sip:a@[local_ip]>;tag=[pid]-[call_number]\nTo: "                                         \
  "<sip:[service]@[remote_ip]>[peer_tag_param]\n"
#define REQUEST(method, cseq)                                                                      \
  method " sip:[service]@[remote_ip]:[remote_port] SIP/2.0\n" VIA ENDS                             \
         "Call-ID: [call_id]\nCSeq: " cseq " " method "\n"
#define ANSWER(status)                                                                             \
  "SIP/2.0 " status                                                                                \
  " X\n[last_Via:]\n[last_From:]\n[last_To:];tag=t[call_number]\n[last_Call-ID:]\n"                \
  "[last_CSeq:]\nContact: <sip:b@[local_ip]:[local_port]>\nContent-Length: 0\n"
#define SEND(text) "<send><![CDATA[\n" text "\n]]></send>"
#define SEND_AGAIN(text) "<send retrans=\"500\"><![CDATA[\n" text "\n]]></send>"

typedef struct {
  MockHost *mock;
  RdScenario *scenario;
  RdPlayer *player;
  char *address;
} Side;

static MockWorld *world;

static void complain(void *user, bool warning, unsigned line, unsigned column,
                     const char *message) {
  (void)user;
  if (!warning)
    ck_abort_msg("%u:%u: %s", line, column, message);
}

static void on_timer(void *self, RdTimer id, uint64_t cookie) {
  rd_player_timer(((Side *)self)->player, id, cookie);
}

static void on_receive(void *self, const RdMessage *message) {
  rd_player_receive(((Side *)self)->player, message);
}

static Side *side(const char *name, const char *address, const char *remote, const char *text,
                  const RdScenarioScope *scope, const char *const *values, uint64_t calls) {
  static const RdScenarioScope nothing = {0};
  const RdScenarioReport report = {complain, NULL};
  Side *s = g_new0(Side, 1);
  s->mock = mock_host_new(world, name);
  g_autofree char *prefix = g_strdup_printf("%s/24", address);
  mock_attach(s->mock, RD_IF_GM, "gm", "access", prefix);
  mock_population(s->mock, 1, 0, 100 * RD_SECOND);
  s->scenario = rd_scenario_new(text, strlen(text), scope ? scope : &nothing, &report);
  const RdPlay play = {.scenario = s->scenario,
                       .values = values,
                       .target = "",
                       .remote = remote,
                       .service = "alice",
                       .username = "",
                       .password = "secret",
                       .rate = 1,
                       .calls = calls,
                       .at_once = 10,
                       .retransmit = true,
                       .pause = 2 * RD_SECOND};
  s->player = rd_player_new(mock_host(s->mock), mock_setup(s->mock), &play);
  mock_on_timer(s->mock, on_timer, s);
  mock_on_receive(s->mock, on_receive, s);
  return s;
}

static void side_free(Side *s) {
  rd_player_free(s->player);
  rd_scenario_free(s->scenario);
  g_free(s);
}

static Side *client(const char *text) {
  return side("client", "192.0.2.1", "192.0.2.2:5060", text, NULL, NULL, 1);
}

static Side *server(const char *text) {
  return side("server", "192.0.2.2", "", text, NULL, NULL, 0);
}

/* First words of what it sent, joined by blanks. */
static char *ladder(const Side *s) {
  GString *t = g_string_new(NULL);
  for (unsigned i = 0; i < mock_n_sent(s->mock); i++) {
    const char *bytes = (const char *)mock_sent(s->mock, i)->bytes;
    const bool answer = strncmp(bytes, "SIP/2.0 ", 8) == 0;
    g_string_append_printf(t, "%s%.*s", t->len ? " " : "",
                           (int)strcspn(bytes + (answer ? 8 : 0), " "), bytes + (answer ? 8 : 0));
  }
  return g_string_free(t, FALSE);
}

static void expect(const Side *s, const char *wanted) {
  g_autofree char *got = ladder(s);
  ck_assert_str_eq(got, wanted);
}

static int64_t counted(const Side *s, const char *name) {
  return mock_count(s->mock, name);
}

static void run_both(Side *a, Side *b, RdTime until) {
  mock_wire(world, RD_MILLISECOND);
  rd_player_start(b->player);
  rd_player_start(a->player);
  mock_run_until(world, until);
}

/* --- a call --------------------------------------------------------------------------------------------- */

static const char caller[] = "<scenario>" SEND_AGAIN(REQUEST(
    "INVITE",
    "[cseq]") "Content-Length: [len]\n\nv=0\n") "<recv response=\"100\" "
                                                "optional=\"true\"/><recv response=\"180\" "
                                                "optional=\"true\"/>"
                                                "<recv response=\"200\" "
                                                "rrs=\"true\"/>" SEND(REQUEST(
                                                    "ACK",
                                                    "[cseq"
                                                    "]") "Content-Length: 0\n") "<pause "
                                                                                "milliseconds="
                                                                                "\"3000\"/"
                                                                                ">" SEND_AGAIN(REQUEST(
                                                                                    "BYE",
                                                                                    "[cseq]") "Cont"
                                                                                              "ent-"
                                                                                              "Leng"
                                                                                              "th: "
                                                                                              "0\n") "<recv "
                                                                                                     "response="
                                                                                                     "\"200\"/"
                                                                                                     "></"
                                                                                                     "scenario>";
static const char callee[] = "<scenario><recv request=\"INVITE\"/>" SEND(ANSWER("180"))
    SEND_AGAIN(ANSWER("200")) "<recv request=\"ACK\"/><recv request=\"BYE\"/>" SEND(
        ANSWER("200")) "<timewait milliseconds=\"4000\"/></scenario>";

START_TEST(a_call_goes_its_way) {
  Side *a = client(caller), *b = server(callee);
  run_both(a, b, 20 * RD_SECOND);
  expect(a, "INVITE ACK BYE");
  expect(b, "180 200 200");
  ck_assert_int_eq(counted(a, "calls-completed"), 1);
  ck_assert_int_eq(counted(b, "calls-completed"), 1);
  ck_assert_int_eq(counted(a, "calls-failed") + counted(b, "calls-failed"), 0);
  const MockSent *bye = mock_sent(a->mock, 2);
  ck_assert(bye->at - mock_sent(a->mock, 1)->at == 3 * RD_SECOND);
  ck_assert_ptr_nonnull(strstr((const char *)bye->bytes, "\r\nCSeq: 2 BYE\r\n"));
  ck_assert_ptr_nonnull(strstr((const char *)bye->bytes, ">;tag=t1\r\n"));
  side_free(a);
  side_free(b);
}
END_TEST

START_TEST(a_message_is_written_to_the_octet) {
  Side *a = client(caller);
  rd_player_start(a->player);
  mock_run_until(world, RD_MILLISECOND);
  const MockSent *m = mock_sent(a->mock, 0);
  const char *id = strstr((const char *)m->bytes, "Call-ID: 1-");
  ck_assert_ptr_nonnull(id);
  const int pid = atoi(id + strlen("Call-ID: 1-"));
  g_autofree char *wanted = g_strdup_printf(
      "INVITE sip:alice@192.0.2.2:5060 SIP/2.0\r\n"
      "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK-%d-1-0\r\n"
      "From: <sip:a@192.0.2.1>;tag=%d-1\r\nTo: <sip:alice@192.0.2.2>\r\n"
      "Call-ID: 1-%d@192.0.2.1\r\nCSeq: 1 INVITE\r\nContent-Length: 5\r\n\r\nv=0\r\n",
      pid, pid, pid);
  ck_assert_str_eq((const char *)m->bytes, wanted);
  side_free(a);
}
END_TEST

static bool lose_first_answers(void *user, MockHost *from, const MockSent *sent) {
  (void)from;
  int *left = user;
  return strncmp((const char *)sent->bytes, "SIP/", 4) != 0 || --*left < 0;
}

START_TEST(what_is_lost_is_sent_again_at_sipps_times) {
  Side *a = client(caller);
  static const RdTime wanted[] = {0,    500,  1500,
                                  3500, 7500, 15500}; /* ms; T2 does not hold for INVITE */
  rd_player_start(a->player);
  mock_run_until(world, 60 * RD_SECOND);
  ck_assert_uint_eq(mock_n_sent(a->mock), G_N_ELEMENTS(wanted));
  for (unsigned i = 0; i < G_N_ELEMENTS(wanted); i++)
    ck_assert_int_eq(mock_sent(a->mock, i)->at / RD_MILLISECOND, wanted[i]);
  ck_assert_int_eq(counted(a, "calls-failed"), 1);
  ck_assert_int_eq(counted(a, "timeouts"), 1);
  side_free(a);
}
END_TEST

START_TEST(a_repeated_request_gets_its_answer_again) {
  /* One answer to one request, and that is lost: the request comes again, the answer too. */
  static const char asks[] = "<scenario>" SEND_AGAIN(
      REQUEST("OPTIONS", "1") "Content-Length: 0\n") "<recv response=\"200\"/></scenario>";
  static const char answers[] = "<scenario><recv request=\"OPTIONS\"/>" SEND(
      ANSWER("200")) "<timewait milliseconds=\"5000\"/></scenario>";
  Side *a = client(asks), *b = server(answers);
  int left = 1;
  mock_wire_filter(world, lose_first_answers, &left);
  run_both(a, b, 20 * RD_SECOND);
  expect(a, "OPTIONS OPTIONS");
  expect(b, "200 200");
  ck_assert_int_eq(counted(a, "calls-completed"), 1);
  ck_assert_int_eq(counted(b, "retransmissions-heard"), 1);
  side_free(a);
  side_free(b);
}
END_TEST

/* --- what is not as the scenario says ----------------------------------------------------------------- */

START_TEST(an_unexpected_refusal_is_acknowledged_and_fails) {
  static const char busy[] = "<scenario><recv request=\"INVITE\"/>" SEND(
      ANSWER("486")) "<recv request=\"ACK\"/></scenario>";
  Side *a = client(caller), *b = server(busy);
  run_both(a, b, 20 * RD_SECOND);
  expect(a, "INVITE ACK");
  ck_assert_int_eq(counted(a, "calls-failed"), 1);
  ck_assert_int_eq(counted(a, "unexpected"), 1);
  ck_assert_int_eq(counted(b, "calls-completed"), 1);
  side_free(a);
  side_free(b);
}
END_TEST

START_TEST(an_unexpected_provisional_is_cancelled) {
  static const char odd[] = "<scenario><recv request=\"INVITE\"/>" SEND(
      ANSWER("182")) "<recv request=\"CANCEL\"/>" SEND(ANSWER("200")) "</scenario>";
  Side *a = client(caller), *b = server(odd);
  run_both(a, b, 20 * RD_SECOND);
  expect(a, "INVITE CANCEL");
  expect(b, "182 200");
  side_free(a);
  side_free(b);
}
END_TEST

START_TEST(a_timeout_leads_where_it_says) {
  static const char text[] = "<scenario>" SEND(REQUEST(
      "OPTIONS", "1")) "<recv response=\"200\" timeout=\"700\" "
                       "ontimeout=\"late\"/>" SEND(REQUEST(
                           "MESSAGE", "2")) "<label id=\"late\"/>" SEND(REQUEST("INF"
                                                                                "O",
                                                                                "3")) "</scenario>";
  Side *a = client(text);
  rd_player_start(a->player);
  mock_run_until(world, 5 * RD_SECOND);
  expect(a, "OPTIONS INFO");
  ck_assert_int_eq(mock_sent(a->mock, 1)->at / RD_MILLISECOND, 700);
  side_free(a);
}
END_TEST

/* --- variables, branches, loops ------------------------------------------------------------------------- */

START_TEST(actions_count_branch_and_extract) {
  static const char asks[] =
      "<scenario><nop><action><assign assign_to=\"n\" value=\"0\"/>"
      "<assignstr assign_to=\"who\" value=\"[service]-x\"/></action></nop>"
      "<label id=\"again\"/>" SEND(REQUEST(
          "OPTIONS",
          "[cseq]") "N: [$n]\nWho: [$who]\nTag: [$tag]\n") "<recv response=\"200\"><action>"
                                                           "<ereg regexp=\"tag=(t[0-9]+)\" "
                                                           "search_in=\"hdr\" header=\"To:\" "
                                                           "check_it=\"true\" "
                                                           "assign_to=\"all,tag\"/>"
                                                           "<add assign_to=\"n\" value=\"1\"/>"
                                                           "<test assign_to=\"more\" "
                                                           "variable=\"n\" compare=\"less_than\" "
                                                           "value=\"3\"/>"
                                                           "</action></recv>"
                                                           "<nop next=\"again\" test=\"more\"/>"
                                                           "<Reference "
                                                           "variables=\"all\"/></scenario>";
  static const char answers[] =
      "<scenario><label id=\"1\"/><recv request=\"OPT.*\" regexp_match=\"true\"/>" SEND(
          ANSWER("200")) "<nop next=\"1\"/></scenario>";
  Side *a = client(asks), *b = server(answers);
  run_both(a, b, 10 * RD_SECOND);
  expect(a, "OPTIONS OPTIONS OPTIONS");
  ck_assert_ptr_nonnull(strstr((const char *)mock_sent(a->mock, 0)->bytes,
                               "N: 0.000000\r\nWho: alice-x\r\nTag: \r\n"));
  ck_assert_ptr_nonnull(strstr((const char *)mock_sent(a->mock, 2)->bytes,
                               "N: 2.000000\r\nWho: alice-x\r\nTag: t1\r\n"));
  ck_assert_int_eq(counted(a, "calls-completed"), 1);
  side_free(a);
  side_free(b);
}
END_TEST

START_TEST(a_loop_without_an_end_fails_its_call) {
  Side *a = client(
      "<scenario>" SEND(REQUEST("OPTIONS", "1")) "<label id=\"1\"/><nop next=\"1\"/></scenario>");
  rd_player_start(a->player);
  mock_run_until(world, RD_SECOND / 2);
  ck_assert_int_eq(counted(a, "calls-failed"), 1);
  side_free(a);
}
END_TEST

START_TEST(an_absent_header_takes_its_line_with_it) {
  Side *a = client("<scenario>" SEND(
      "OPTIONS sip:a SIP/2.0\n[last_Via:]\nA: 1\n[routes]\nB: 2\n") "</scenario>");
  rd_player_start(a->player);
  mock_run_until(world, RD_MILLISECOND);
  ck_assert_str_eq((const char *)mock_sent(a->mock, 0)->bytes,
                   "OPTIONS sip:a SIP/2.0\r\nA: 1\r\nB: 2\r\n\r\n");
  side_free(a);
}
END_TEST

START_TEST(fields_and_keys_are_filled_in) {
  static const char *const keys[] = {"callee", NULL}, *const values[] = {"bob", NULL};
  static const char *const files[] = {"u.csv", NULL};
  static const char *const contents[] = {"SEQUENTIAL\n#who;where\nann;x-[call_number]\nben;y\n",
                                         NULL};
  const RdScenarioScope scope = {keys, files, contents, false, false};
  const char *text =
      "<scenario>" SEND("OPTIONS sip:[callee]@[field1] SIP/2.0\nF: [field0]\n") "</scenario>";
  Side *a = side("client", "192.0.2.1", "192.0.2.2:5060", text, &scope, values, 3);
  rd_player_start(a->player);
  mock_run_until(world, 5 * RD_SECOND);
  ck_assert_uint_eq(mock_n_sent(a->mock), 3);
  ck_assert_str_eq((const char *)mock_sent(a->mock, 0)->bytes,
                   "OPTIONS sip:bob@x-1 SIP/2.0\r\nF: ann\r\n\r\n");
  ck_assert_str_eq((const char *)mock_sent(a->mock, 1)->bytes,
                   "OPTIONS sip:bob@y SIP/2.0\r\nF: ben\r\n\r\n");
  ck_assert_str_eq((const char *)mock_sent(a->mock, 2)->bytes,
                   "OPTIONS sip:bob@x-3 SIP/2.0\r\nF: ann\r\n\r\n");
  side_free(a);
}
END_TEST

/* --- authentication ----------------------------------------------------------------------------------------- */

START_TEST(a_challenge_is_answered_and_verified) {
  static const char asks[] =
      "<scenario>" SEND(REQUEST("REGISTER", "1")) "<recv response=\"401\" auth=\"true\"/>" SEND(
          REQUEST("REGISTER",
                  "2") "[authentication username=[service] password=secret]\n") "<recv "
                                                                                "response=\"200\"/"
                                                                                "></scenario>";
  static const char answers[] =
      "<scenario><recv request=\"REGISTER\"/><send><![CDATA[\nSIP/2.0 401 "
      "No\n[last_Via:]\n[last_From:]\n"
      "[last_To:];tag=x\n[last_Call-ID:]\n[last_CSeq:]\nWWW-Authenticate: Digest realm=\"r\", "
      "nonce=\"abc\", qop=\"auth\"\n]]></send><recv request=\"REGISTER\"><action>"
      "<verifyauth assign_to=\"good\" username=\"alice\" password=\"secret\"/></action></recv>"
      "<nop next=\"yes\" test=\"good\"/>" SEND(ANSWER(
          "403")) "<nop next=\"end\"/><label id=\"yes\"/>" SEND(ANSWER("200")) "<label "
                                                                               "id=\"end\"/></"
                                                                               "scenario>";
  Side *a = client(asks), *b = server(answers);
  run_both(a, b, 5 * RD_SECOND);
  expect(b, "401 200");
  ck_assert_ptr_nonnull(
      strstr((const char *)mock_sent(a->mock, 1)->bytes, "\r\nAuthorization: Digest "));
  ck_assert_int_eq(counted(a, "calls-completed"), 1);
  side_free(a);
  side_free(b);
}
END_TEST

/* --- bounds ---------------------------------------------------------------------------------------------------- */

START_TEST(calls_at_once_are_bounded) {
  Side *a =
      side("client", "192.0.2.1", "192.0.2.2:5060",
           "<scenario>" SEND(REQUEST("OPTIONS", "1")) "<pause milliseconds=\"90000\"/></scenario>",
           NULL, NULL, 0);
  rd_player_start(a->player);
  mock_run_until(world, 20 * RD_SECOND);
  ck_assert_uint_eq(mock_n_sent(a->mock), 10);
  ck_assert_int_eq(counted(a, "calls-refused"), 11);
  rd_player_stop(a->player);
  ck_assert_int_eq(counted(a, "calls-cut"), 10);
  side_free(a);
}
END_TEST

START_TEST(odd_messages_end_no_process) {
  Side *b = server(callee);
  static const char *const odd[] = {
      "",
      "\r\n",
      "x",
      "INVITE",
      "INVITE sip:a SIP/2.0\r\n\r\n",
      "INVITE sip:a SIP/2.0\r\nCall-ID: ///\r\n\r\n",
      "SIP/2.0 200 OK\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\r\n",
      "INVITE sip:a SIP/2.0\r\nCall-ID: q///z\r\nCSeq: 1 INVITE\r\n\r\n",
      "BYE sip:a SIP/2.0\r\nCall-ID: z\r\nCSeq: 99999999999999999999 BYE\r\n\r\n"};
  rd_player_start(b->player);
  for (unsigned i = 0; i < G_N_ELEMENTS(odd); i++)
    mock_receive(b->mock, 0, "192.0.2.9:5060", odd[i], strlen(odd[i]));
  mock_run_until(world, 60 * RD_SECOND);
  ck_assert_int_eq(counted(b, "calls"), 1);
  expect(b, "180 200 200"); /* the last is for the BYE */
  side_free(b);
}
END_TEST

static void begin(void) {
  world = mock_world_new(1);
}

static void end(void) {
  mock_world_free(world);
}

static Suite *make(void) {
  Suite *s = suite_create("player");
  TCase *t = tcase_create("calls");
  tcase_add_checked_fixture(t, begin, end);
  tcase_add_test(t, a_call_goes_its_way);
  tcase_add_test(t, a_message_is_written_to_the_octet);
  tcase_add_test(t, what_is_lost_is_sent_again_at_sipps_times);
  tcase_add_test(t, a_repeated_request_gets_its_answer_again);
  tcase_add_test(t, an_unexpected_refusal_is_acknowledged_and_fails);
  tcase_add_test(t, an_unexpected_provisional_is_cancelled);
  tcase_add_test(t, a_timeout_leads_where_it_says);
  tcase_add_test(t, actions_count_branch_and_extract);
  tcase_add_test(t, a_loop_without_an_end_fails_its_call);
  tcase_add_test(t, an_absent_header_takes_its_line_with_it);
  tcase_add_test(t, fields_and_keys_are_filled_in);
  tcase_add_test(t, a_challenge_is_answered_and_verified);
  tcase_add_test(t, calls_at_once_are_bounded);
  tcase_add_test(t, odd_messages_end_no_process);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
