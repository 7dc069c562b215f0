/* A probe's requests say what they should, and only answers to them are answers. */
#include <stdio.h>
#include <string.h>

#include "lab/attacker/probe.h"
#include "lab/base/slice.h"
#include "tests/check_main.h"
#include "tests/mock/host.h"

typedef struct {
  MockWorld *world;
  MockHost *mock;
  RdProbe probe;
} Fixture;

static Fixture setup(void) {
  Fixture f = {.world = mock_world_new(1)};
  f.mock = mock_host_new(f.world, "attack");
  mock_attach(f.mock, RD_IF_GM, "gm", "access", "198.18.2.1/15");
  mock_name(f.mock, 0, "sbc", "198.18.0.1:5060");
  f.probe = (RdProbe){.host = mock_host(f.mock), .setup = mock_setup(f.mock)};
  ck_assert(rd_probe_aim(&f.probe, "sbc"));
  return f;
}

static bool is_answer(Fixture *f, const char *start, const char *call_id, uint64_t *ret) {
  char text[500];
  snprintf(text, sizeof text,
           "%s\r\nVia: SIP/2.0/UDP 198.18.2.1;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n"
           "To: <sip:c@d>;tag=2\r\nCall-ID: %s\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
           start, call_id);
  return rd_probe_answer(
      mock_message(f->mock, 0, RD_INGRESS, "198.18.0.1:5060", text, strlen(text)), ret);
}

START_TEST(an_answer_is_told_by_its_call_id) {
  Fixture f = setup();
  uint64_t call = 0;
  ck_assert(rd_probe_options(&f.probe, 0, 42, "a", "b", "example.com"));
  char id[32];
  rd_slice_copy(mock_last(f.mock)->scan->sip.call_id, id, sizeof id);
  ck_assert(is_answer(&f, "SIP/2.0 404 Not Found", id, &call));
  ck_assert_uint_eq(call, rd_probe_call(&f.probe, 0, 42));
  ck_assert(is_answer(&f, "SIP/2.0 200 OK", "0123456789abcdef", &call));
  ck_assert_uint_eq(call, UINT64_C(0x0123456789abcdef));
  mock_world_free(f.world);
}
END_TEST

/* A request may well carry the Call-ID of ours: what it forks or echoes answers nothing. */
START_TEST(a_request_is_no_answer) {
  Fixture f = setup();
  uint64_t call = 7;
  ck_assert(!is_answer(&f, "OPTIONS sip:a@b SIP/2.0", "0123456789abcdef", &call));
  ck_assert(!is_answer(&f, "SIP/2.0 200 OK", "0123456789ABCDEF", &call));
  ck_assert(!is_answer(&f, "SIP/2.0 200 OK", "0123456789abcdeg", &call));
  ck_assert(!is_answer(&f, "SIP/2.0 200 OK", "0123456789abcde", &call));
  ck_assert(!is_answer(&f, "SIP/2.0 200 OK", "0123456789abcdef0", &call));
  ck_assert_uint_eq(call, 7);
  mock_world_free(f.world);
}
END_TEST

START_TEST(a_target_that_is_not_there_is_no_target) {
  Fixture f = setup();
  ck_assert(!rd_probe_aim(&f.probe, "nobody"));
  ck_assert(!rd_probe_aim(&f.probe, NULL));
  ck_assert_uint_eq(mock_n_logs(f.mock, RD_LOG_ERROR), 2);
  mock_world_free(f.world);
}
END_TEST

START_TEST(numbers_are_dialled_and_users_are_not) {
  Fixture f = setup();
  const RdProbeCall number = {"001010000000001", "001010000000001", "+9990000000002", "home"};
  const RdProbeCall user = {"001010000000001", "001010000000001", "001010000000002", "home"};
  ck_assert(rd_probe_invite(&f.probe, 0, 1, &number));
  ck_assert(rd_slice_is(mock_last(f.mock)->scan->sip.uri, "tel:+9990000000002"));
  ck_assert(rd_probe_invite(&f.probe, 0, 2, &user));
  ck_assert(rd_slice_is(mock_last(f.mock)->scan->sip.uri, "sip:001010000000002@home"));
  ck_assert(rd_probe_options(&f.probe, 0, 3, "+9990000000001", "+9990000000002", "home"));
  ck_assert(rd_slice_is(mock_last(f.mock)->scan->sip.uri, "sip:+9990000000002@home;user=phone"));
  ck_assert(rd_probe_register(&f.probe, 0, 4, "001010000000001", "home"));
  ck_assert(rd_slice_is(mock_last(f.mock)->scan->sip.uri, "sip:home"));
  mock_world_free(f.world);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("probe");
  TCase *c = tcase_create("probe");
  suite_add_tcase(s, c);
  tcase_add_test(c, an_answer_is_told_by_its_call_id);
  tcase_add_test(c, a_request_is_no_answer);
  tcase_add_test(c, a_target_that_is_not_there_is_no_target);
  tcase_add_test(c, numbers_are_dialled_and_users_are_not);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
