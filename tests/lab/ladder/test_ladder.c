/* Ladders of whole trials, held to drawings that were looked at, and what a ladder says of its captures.
 * RD_GOLDEN_WRITE=1 writes the drawings anew: read what changed. */
#include <stdio.h>
#include <string.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/capture/pcapng.h"
#include "lab/ladder/ladder.h"
#include "tests/check_main.h"
#include "tests/worlds/worlds.h"

/* Phones that call every few seconds, and whose calls all end in one way. */
#define CALLS(end)                                                                                 \
  "set: {ue: {subscribers: 20, bhca: 240, hold: 3 s, ring-min: 1 s, ring-max: 2 s, " end "}}\n"
#define ANSWERED "answered: 1, no-answer: 0, busy: 0, rejected: 0"
#define BUSY "answered: 0, no-answer: 0, busy: 1, rejected: 0"
#define UNANSWERED "answered: 0, no-answer: 1, busy: 0, rejected: 0, patience: 3 s"
#define SHORT "duration: 40 s\nwarmup: 0 s\n"

/* --- whole trials ----------------------------------------------------------------------------- */

static const struct {
  const char *name; /* of the drawing */
  const char *topology, *more, *which;
} cases[] = {
    {"registration", "volte-cx", SHORT CALLS(ANSWERED), "registration"},
    {"call", "volte-cx", SHORT CALLS(ANSWERED), "call"},
    {"busy", "volte-cx", SHORT CALLS(BUSY), "call"},
    {"cancelled", "volte-cx", SHORT CALLS(UNANSWERED), "call"},
    {"call-tcp", "volte-tcp", SHORT CALLS(ANSWERED), "call"},
    {"served", "volte-tas", SHORT CALLS(ANSWERED), "call"},
    {"forwarded", "volte-tas",
     SHORT "set: {ue: {subscribers: 20, bhca: 240, hold: 3 s, ring-min: 1 s, ring-max: 2 s, " BUSY
           "}, tas: {services: [\"1-999999 cfb 0\"]}}\n",
     "call"},
    {"lost", "volte-cx",
     SHORT CALLS(ANSWERED) "networks: {gm: {line: {delay: 20 ms, loss: 0.15}}}\n",
     "registration:3"},
    {"attack", "volte-home",
     SHORT "attacks:\n  - {attack: dos-invite-flood-1src, at: 10 s, for: 1 s, set: {rate: 3}}\n",
     "attack"},
};

static char *captured(const char *trial) {
  char *pcap = g_dir_make_tmp("redoubt-ladder-XXXXXX", NULL);
  char *folder = world_run(trial, "--pcap", pcap, NULL);
  world_remove(folder);
  return pcap;
}

static char *drawn(const char *path, const char *which, bool times) {
  GError *error = NULL;
  g_autoptr(RdLadder) l = rd_ladder_read(path, which, &error);
  ck_assert_msg(l != NULL, "%s", error ? error->message : "");
  return rd_ladder_text(l, times);
}

static void hold_to(const char *name, const char *got) {
  g_autofree char *file = g_strconcat(name, ".txt", NULL), *expected = NULL;
  g_autofree char *path = g_build_filename(g_getenv("REDOUBT_GOLDEN"), file, NULL);
  if (g_getenv("RD_GOLDEN_WRITE"))
    ck_assert(g_file_set_contents(path, got, -1, NULL));
  ck_assert(g_file_get_contents(path, &expected, NULL, NULL));
  ck_assert_msg(strcmp(expected, got) == 0, "%s is not drawn as before:\n%s", name, got);
}

START_TEST(ladders_are_as_they_were_looked_at) {
  g_autofree char *trial =
      g_strdup_printf("trial: ladder\ntopology: %s/topologies/%s.yaml\nseed: 5\n%s",
                      g_getenv("REDOUBT_SOURCE"), cases[_i].topology, cases[_i].more);
  char *folder = captured(trial);
  g_autofree char *got = drawn(folder, cases[_i].which, false);
  hold_to(cases[_i].name, got);
  world_remove(folder);
}
END_TEST

/* --- made captures ---------------------------------------------------------------------------- */

#define OPTIONS                                                                                    \
  "OPTIONS sip:b SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:a>;tag=1\r\n" \
  "To: <sip:b>\r\nCall-ID: one\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: "         \
  "0\r\n\r\n"

typedef struct {
  char *folder;
  RdAddress a, b;
} Made;

static Made made(void) {
  Made m = {.folder = g_dir_make_tmp("redoubt-ladder-XXXXXX", NULL)};
  ck_assert(rd_address_parse(rd_slice("192.0.2.1:5060"), &m.a));
  ck_assert(rd_address_parse(rd_slice("192.0.2.2:5060"), &m.b));
  return m;
}

static void capture(const Made *m, const char *name, const RdTime *times, unsigned n,
                    int direction) {
  g_autofree char *file = g_strconcat(name, ".pcapng", NULL);
  g_autofree char *path = g_build_filename(m->folder, file, NULL);
  RdPcapng *w = rd_pcapng_new(path, NULL);
  rd_pcapng_interface(w, name);
  for (unsigned i = 0; i < n; i++)
    ck_assert(
        rd_pcapng_message(w, 0, times[i], &m->a, &m->b, OPTIONS, strlen(OPTIONS), NULL, direction));
  ck_assert(rd_pcapng_close(w, NULL));
}

/* The first was lost, the second came; not the other way round, though they are the same octets. */
START_TEST(a_copy_that_came_is_the_last_that_left) {
  Made m = made();
  capture(&m, "phone.gm", (RdTime[]){0, 500 * RD_MILLISECOND}, 2, RD_EGRESS);
  capture(&m, "proxy.gm", (RdTime[]){520 * RD_MILLISECOND}, 1, RD_INGRESS);
  g_autoptr(RdLadder) l = rd_ladder_read(m.folder, "one", NULL);
  ck_assert_uint_eq(l->arrows->len, 2);
  const RdLadderArrow *first = &g_array_index(l->arrows, RdLadderArrow, 0);
  const RdLadderArrow *second = &g_array_index(l->arrows, RdLadderArrow, 1);
  ck_assert(first->lost && !first->again && first->received == RD_NEVER);
  ck_assert(!second->lost && second->again && second->received == 520 * RD_MILLISECOND);
  world_remove(m.folder);
}
END_TEST

/* A tap does not know that something was lost. */
START_TEST(a_foreign_capture_has_addresses) {
  Made m = made();
  capture(&m, "eth0", (RdTime[]){0}, 1, -1);
  g_autofree char *text = drawn(m.folder, "one", true);
  ck_assert_ptr_nonnull(strstr(text, "192.0.2.1"));
  ck_assert_ptr_nonnull(strstr(text, "OPTIONS"));
  ck_assert_ptr_null(strstr(text, "never came"));
  world_remove(m.folder);
}
END_TEST

START_TEST(what_is_not_there_is_told_with_what_is) {
  Made m = made();
  GError *error = NULL;
  ck_assert_ptr_null(rd_ladder_read(m.folder, "one", &error));
  ck_assert_ptr_nonnull(strstr(error->message, "no capture"));
  g_clear_error(&error);
  capture(&m, "phone.gm", (RdTime[]){0}, 1, RD_EGRESS);
  ck_assert_ptr_null(rd_ladder_read(m.folder, "call", &error));
  ck_assert_ptr_nonnull(strstr(error->message, "one  OPTIONS"));
  g_clear_error(&error);
  ck_assert_ptr_null(rd_ladder_read("/nowhere", "call", &error));
  ck_assert_ptr_nonnull(error);
  g_clear_error(&error);
  world_remove(m.folder);
}
END_TEST

/* A text out of a capture is text in the drawing, whatever it holds. */
START_TEST(a_drawing_is_sound_xml) {
  Made m = made();
  capture(&m, "<phone>&.gm", (RdTime[]){0}, 1, RD_EGRESS);
  g_autoptr(RdLadder) l = rd_ladder_read(m.folder, "one", NULL);
  g_autofree char *svg = rd_ladder_svg(l);
  ck_assert_ptr_nonnull(strstr(svg, "&lt;phone&gt;&amp;"));
  ck_assert_ptr_null(strstr(svg, "<phone>"));
  world_remove(m.folder);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("ladder");
  TCase *t = tcase_create("ladder");
  tcase_set_timeout(t, 120);
  tcase_add_loop_test(t, ladders_are_as_they_were_looked_at, 0, G_N_ELEMENTS(cases));
  tcase_add_test(t, a_copy_that_came_is_the_last_that_left);
  tcase_add_test(t, a_foreign_capture_has_addresses);
  tcase_add_test(t, what_is_not_there_is_told_with_what_is);
  tcase_add_test(t, a_drawing_is_sound_xml);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
