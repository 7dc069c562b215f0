/* A whole result: claims, the laws, the bytes. */
#include "tests/lab/result/hand_made.h"

START_TEST(claims_and_counters_are_kept) {
  RdResult *r = rd_result_new(&trial);
  rd_result_claim(r, 0, "identity-exists", 0.9, true);
  rd_result_claim(r, 0, "identity-exists", 0.9, false);
  rd_result_claim(r, 0, "identity-exists", 0.1, true);
  for (int i = 0; i < 40; i++) {
    g_autofree char *kind = g_strdup_printf("kind-%d", i);
    rd_result_claim(r, 0, kind, 1, true);
  }
  rd_result_counter(r, RD_ATTACK, 1, "sent \"quoted\"", -4);
  rd_result_counter(r, RD_DEFENSE, 0, "evictions", 5);
  rd_result_counter(r, RD_NODE, 1, "retransmissions", INT64_C(1) << 40);
  rd_result_defense_state(r, 0, 12, 900);
  rd_result_defense_state(r, 0, 3, 300);
  rd_result_engine(r, 11, 12);
  g_autoptr(JsonNode) root = written(r);
  IS("attacks.0.claims.0.made", 3);
  IS("attacks.0.claims.0.truths", 2);
  IS("attacks.0.claims.0.held", 2);
  IS("attacks.0.claims.0.right", 1);
  ck_assert_str_eq(json_node_get_string(find(root, "attacks.0.claims.15.kind")), "other");
  IS("attacks.0.claims.15.made", 26);
  IS("attacks.1.counters.sent \"quoted\"", -4);
  IS("defenses.0.counters.evictions", 5);
  IS("nodes.1.counters.retransmissions", 1099511627776.0);
  IS("defenses.0.cost.entries", 3);
  IS("defenses.0.cost.peak_bytes", 900);
  IS("engine.messages", 12);
  rd_result_free(r);
}
END_TEST

START_TEST(a_sound_trial_is_written) {
  RdResult *r = sound();
  g_autoptr(JsonNode) root = written(r);
  ck_assert_str_eq(json_node_get_string(find(root, "laws.conservation")), "ok");
  ck_assert_str_eq(json_node_get_string(find(root, "laws.little")), "ok");
  IS("nodes.1.utilisation", 0.25);
  IS("nodes.1.benign.served", 3);
  IS("nodes.1.attack.overflowed", 1);
  ck_assert_str_eq(json_node_get_string(find(root, "nodes.1.queues.1.network")), "core");
  IS("nodes.1.queues.0.arrived", 7);
  IS("nodes.1.queues.0.taken", 4);
  IS("nodes.1.queues.0.waiting", 2);
  IS("nodes.1.queues.0.peak", 3);
  IS("nodes.1.queues.0.overflowed_by.benign", 1);
  IS("nodes.1.queues.0.overflowed_by.attack", 0);
  IS("nodes.1.queues.1.overflowed", 1);
  IS("nodes.1.queues.1.overflowed_by.attack", 1);
  IS("nodes.1.attack.wait_ns.n", 2);
  IS("nodes.1.benign.service_ns.p50", 50);
  IS_NULL("nodes.1.induced.wait_ns");
  IS("networks.0.fragments_lost", 1);
  rd_result_free(r);
}
END_TEST

static void expect_broken(RdResult *r, const char *words) {
  g_autoptr(GError) error = NULL;
  g_autofree char *good = g_build_filename(folder, "result.json", NULL);
  g_autofree char *broken = g_build_filename(folder, "result-broken.json", NULL);
  g_autofree char *text = NULL;
  ck_assert(!rd_result_write(r, folder, &error));
  ck_assert_msg(strstr(error->message, words) != NULL, "%s", error->message);
  ck_assert(!g_file_test(good, G_FILE_TEST_EXISTS));
  ck_assert(g_file_get_contents(broken, &text, NULL, NULL));
  ck_assert_ptr_nonnull(strstr(text, words));
  rd_result_free(r);
}

START_TEST(a_message_that_vanishes_is_reported) {
  RdResult *r = sound();
  RdNetworkCounts network = {.sent = 28, .received = 27};
  rd_result_network(r, 0, &network);
  expect_broken(r, "network gm: sent 28 != 27");
}
END_TEST

START_TEST(a_node_that_loses_count_is_reported) {
  RdResult *r = sound();
  RdNodeCounts node = {.arrived = 11, .served = 5, .overflowed = 2, .waiting = 3};
  rd_result_node(r, 1, &node);
  expect_broken(r, "node sbc: arrived 11 != 10");
}
END_TEST

START_TEST(a_queue_that_loses_count_is_reported) {
  RdResult *r = sound();
  rd_result_queue(r, 1, 0, &(RdQueueCounts){7, 4, 1, 1, 3});
  expect_broken(r, "node sbc, queue 0: arrived 7 != taken 4 + overflowed 1 + waiting 1");
}
END_TEST

/* Each queue adds up, and together they are not what the node counted. */
START_TEST(queues_that_are_not_their_node_are_reported) {
  RdResult *r = sound();
  rd_result_queue(r, 1, 0, &(RdQueueCounts){8, 5, 1, 2, 3});
  expect_broken(r, "node sbc: its queues (arrived 11, taken 7, overflowed 2, waiting 2) are not");
}
END_TEST

START_TEST(an_overflow_that_no_queue_counted_is_reported) {
  RdResult *r = sound();
  rd_result_overflow(r, 1, 1, RD_INDUCED);
  expect_broken(r, "node sbc, queue 1: overflowed 1, but 2 messages did");
}
END_TEST

START_TEST(two_counts_that_differ_are_reported) {
  RdResult *r = sound();
  rd_result_served(r, 1, RD_INDUCED, 1, 1);
  expect_broken(r, "node sbc: served 5, but 6 messages left");
}
END_TEST

START_TEST(little_is_held_to_the_nanosecond) {
  RdResult *r = sound();
  RdNodeCounts node = {
      .arrived = 7, .served = 5, .overflowed = 2, .area = 1000000001, .sojourn = 1000000000};
  rd_result_node(r, 1, &node);
  expect_broken(r, "area 1000000001 ns != sojourn 1000000000 ns (off by 1)");
}
END_TEST

static char *bytes_of_one_run(void) {
  RdResult *r = sound();
  serve(r);
  judge_all(r);
  alert(r, RD_SUBJECT_SOURCE, "198.18.0.2\n\x01\xff", "dos", 0, 31 * S);
  json_node_unref(written(r));
  g_autofree char *path = g_build_filename(folder, "result.json", NULL);
  char *text = NULL;
  ck_assert(g_file_get_contents(path, &text, NULL, NULL));
  rd_result_free(r);
  return text;
}

START_TEST(the_same_calls_write_the_same_bytes) {
  g_autofree char *one = bytes_of_one_run();
  g_autofree char *two = bytes_of_one_run();
  ck_assert_str_eq(one, two);
}
END_TEST

START_TEST(no_folder_is_an_error) {
  RdResult *r = rd_result_new(&trial);
  g_autoptr(GError) error = NULL;
  ck_assert(!rd_result_write(r, "/nonexistent/world", &error));
  ck_assert_ptr_nonnull(error);
  rd_result_free(r);
  rd_result_free(NULL);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("result");
  TCase *t = tcase_create("result");
  tcase_add_checked_fixture(t, make_folder, remove_folder);
  tcase_add_test(t, claims_and_counters_are_kept);
  tcase_add_test(t, a_sound_trial_is_written);
  tcase_add_test(t, a_message_that_vanishes_is_reported);
  tcase_add_test(t, a_node_that_loses_count_is_reported);
  tcase_add_test(t, a_queue_that_loses_count_is_reported);
  tcase_add_test(t, queues_that_are_not_their_node_are_reported);
  tcase_add_test(t, an_overflow_that_no_queue_counted_is_reported);
  tcase_add_test(t, two_counts_that_differ_are_reported);
  tcase_add_test(t, little_is_held_to_the_nanosecond);
  tcase_add_test(t, the_same_calls_write_the_same_bytes);
  tcase_add_test(t, no_folder_is_an_error);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
