/* report.html: whole as HTML, nothing outside it, with and without gnuplot; and how figures are
 * written. */
#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/wait.h>

#include "bench/report/figure.h"
#include "bench/report/plot.h"
#include "bench/run/folder.h"
#include "tests/check_main.h"

static char *folder;

static void setup(void) {
  folder = g_dir_make_tmp("rd-report-XXXXXX", NULL);
}

static void teardown(void) {
  rd_folder_remove(folder);
  g_clear_pointer(&folder, g_free);
}

/* A campaign's page; *err is what was written to stderr. */
static char *make_page(char **environment, char **err) {
  g_autofree char *results = g_build_filename(folder, "r", NULL);
  g_autofree char *path = g_build_filename(results, "report.html", NULL);
  char *argv[] = {(char *)REDOUBT, (char *)"bench", (char *)DATA "/small.yaml",
                  (char *)"-o",    results,         NULL};
  char *page = NULL;
  int status = 1;
  ck_assert(g_spawn_sync(NULL, argv, environment, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, err,
                         &status, NULL));
  ck_assert_int_eq(WEXITSTATUS(status), 0);
  ck_assert(g_file_get_contents(path, &page, NULL, NULL));
  return page;
}

static gboolean is_void(const char *tag) {
  static const char *const names[] = {"meta", "br", "hr", "img", "col", "link", "input", NULL};
  return g_strv_contains(names, tag);
}

/* Every element that is opened is closed, in order. NULL if so, else what is wrong. */
static char *unbalanced(const char *page) {
  g_autoptr(GPtrArray) open = g_ptr_array_new_with_free_func(g_free);
  for (const char *p = strchr(page, '<'); p; p = strchr(p + 1, '<')) {
    const char *end = strchr(p, '>');
    gboolean closing = p[1] == '/';
    size_t n = strcspn(p + 1 + closing, " \t\n/>");
    g_autofree char *tag = g_strndup(p + 1 + closing, n);
    if (!end)
      return g_strdup("a tag without an end");
    if (tag[0] == '!' || tag[0] == '?' || is_void(tag) || (!closing && end[-1] == '/'))
      continue;
    if (!closing) {
      g_ptr_array_add(open, g_steal_pointer(&tag));
      continue;
    }
    if (open->len == 0 || strcmp(open->pdata[open->len - 1], tag) != 0)
      return g_strdup_printf("</%s> closes <%s>", tag,
                             open->len ? (char *)open->pdata[open->len - 1] : "nothing");
    g_ptr_array_remove_index(open, open->len - 1);
  }
  return open->len ? g_strdup_printf("<%s> stays open", (char *)open->pdata[open->len - 1]) : NULL;
}

static void check_page(const char *page) {
  g_autofree char *wrong = unbalanced(page);
  ck_assert_msg(wrong == NULL, "%s", wrong);
  static const char *const outside[] = {"http:",  "https:",  "src=", "@import",
                                        "url(//", "<script", "<link"};
  for (size_t i = 0; i < G_N_ELEMENTS(outside); i++)
    ck_assert_msg(!strstr(page, outside[i]), "holds %s", outside[i]);
  static const char *const words[] = {"drum",
                                      "surge",
                                      "Was it detected?",
                                      "What did the defense cost?",
                                      "undefined (0 of",
                                      "base-rate fallacy",
                                      "public description of FS.38",
                                      "SHA-256"};
  for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
    ck_assert_msg(strstr(page, words[i]) != NULL, "lacks %s", words[i]);
  ck_assert(!strstr(page, " nan") && !strstr(page, ">nan"));
}

static unsigned count(const char *page, const char *word) {
  unsigned n = 0;
  for (const char *p = page; (p = strstr(p, word)); p++)
    n++;
  return n;
}

/* An id that comes twice would have one plot draw with another's marks. */
static void check_ids(const char *page) {
  g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (const char *p = page; (p = strstr(p, " id=")); p++) {
    const char *from = p + 5, *to = strchr(from, p[4]);
    char *id = g_strndup(from, (gsize)(to - from));
    ck_assert_msg(!g_hash_table_contains(seen, id), "id %s comes twice", id);
    g_hash_table_add(seen, id);
  }
}

START_TEST(the_page_is_whole_and_stands_alone) {
  g_autofree char *err = NULL, *page = make_page(NULL, &err);
  check_page(page);
  check_ids(page);
  /* 3 attacks; the twin has a ROC curve too, since the fake engine says so. */
  ck_assert_uint_eq(count(page, "<svg"), 12);
}
END_TEST

START_TEST(without_gnuplot_it_is_a_page_without_plots) {
  char **environment = g_environ_setenv(g_get_environ(), "PATH", "/nowhere", TRUE);
  g_autofree char *err = NULL, *page = make_page(environment, &err);
  g_strfreev(environment);
  check_page(page);
  ck_assert_uint_eq(count(page, "<svg"), 0);
  ck_assert_msg(strstr(err, "no plots: gnuplot is not installed") != NULL, "%s", err);
}
END_TEST

START_TEST(a_script_that_is_none) {
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) labels = g_ptr_array_new();
  ck_assert_ptr_null(rd_plot_svg("p", "a plot", "plot nonsense(x)\n", labels, 100, 100, &error));
  ck_assert_ptr_nonnull(strstr(error->message, "gnuplot failed"));
}
END_TEST

/* Every way gnuplot has of starting a program; outside of the plots' harness each makes the file
 * (tried first, so that a gnuplot that has lost a way does not make the test empty). */
static const char *const ways[] = {
    "!touch %s\n",
    "x = system('touch %s')\n",
    "system 'touch %s'\n",
    "x = \"`touch %s`\"\n",
    "plot '<touch %s; echo 1 2'\n",
    "set output '|touch %s'\nplot x\nset output\n",
    "set print '|touch %s'\nprint 1\nunset print\n",
    "load '<touch %s'\n",
};

static void run_plainly(const char *script) {
  g_autofree char *file = g_build_filename(folder, "script.gp", NULL);
  char *argv[] = {(char *)"gnuplot", (char *)"-d", file, NULL};
  ck_assert(g_file_set_contents(file, script, -1, NULL));
  ck_assert(
      g_spawn_sync(NULL, argv, NULL,
                   G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                   NULL, NULL, NULL, NULL, NULL, NULL));
}

START_TEST(a_script_starts_no_program) {
  g_autofree char *mark = g_build_filename(folder, "mark", NULL);
  g_autofree char *format = g_strdup_printf("set terminal svg\n%s", ways[_i]);
  g_autoptr(GString) script = g_string_new(format);
  g_string_replace(script, "%s", mark, 0);
  g_autoptr(GPtrArray) labels = g_ptr_array_new();
  run_plainly(script->str);
  ck_assert_msg(g_file_test(mark, G_FILE_TEST_EXISTS), "is none: %s", script->str);
  ck_assert_int_eq(g_remove(mark), 0);
  g_free(rd_plot_svg("p", "a plot", script->str, labels, 100, 100, NULL));
  ck_assert_msg(!g_file_test(mark, G_FILE_TEST_EXISTS), "started: %s", script->str);
}
END_TEST

/* What a label says is text in the drawing, whatever it would be elsewhere. */
START_TEST(labels_are_text_alone) {
  static const char *const texts[] = {"a`touch %s`b", "x\n!touch %s\n", "\" \\\" <b>&amp;\x1b[31m",
                                      "label000xx", "\xff_\xfe"};
  g_autofree char *mark = g_build_filename(folder, "mark", NULL);
  g_autoptr(GPtrArray) labels = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GError) error = NULL;
  g_autoptr(GString) script = g_string_new("plot 0 notitle");
  for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_autoptr(GString) text = g_string_new(texts[i]);
    g_string_replace(text, "%s", mark, 0);
    g_autofree char *label = rd_plot_label(labels, text->str);
    g_string_append_printf(script, ", %zu title \"%s\"", i + 1, label);
  }
  g_string_append_c(script, '\n');
  g_autofree char *svg = rd_plot_svg("p", "a plot", script->str, labels, 400, 400, &error);
  ck_assert_msg(svg != NULL, "%s", error ? error->message : "");
  ck_assert(!g_file_test(mark, G_FILE_TEST_EXISTS));
  ck_assert_ptr_nonnull(strstr(svg, "a`touch "));
  ck_assert_ptr_nonnull(strstr(svg, ">x !touch "));
  ck_assert_ptr_nonnull(strstr(svg, "&quot; \\&quot; &lt;b&gt;&amp;amp;"));
  ck_assert_ptr_nonnull(strstr(svg, ">label000xx<"));
  ck_assert_ptr_null(strchr(svg, 0x1b));
  ck_assert(g_utf8_validate(svg, -1, NULL));
}
END_TEST

static void is_written(double value, const char *text) {
  g_autofree char *got = rd_figure_number(value);
  ck_assert_str_eq(got, text);
}

START_TEST(figures) {
  is_written(0, "0");
  is_written(NAN, "undefined");
  is_written(0.81234, "0.812");
  is_written(0.9996, "0.9996");
  is_written(99.95, "99.95");
  is_written(100, "100");
  is_written(250.25, "250");
  is_written(4096, "4096");
  is_written(1234567, "1\xc2\xa0"
                      "234\xc2\xa0"
                      "567");
  is_written(-12345, "-12\xc2\xa0"
                     "345");
  is_written(0.000123, "0.00012");
  is_written(0.0000123, "1.2e-05");
  RdSummary none = {0, NAN, NAN, NAN, {NAN, NAN}}, some = {3, 2, 1, 2, {1, 3}};
  g_autofree char *a = rd_figure_summary(&none, 5), *b = rd_figure_summary(&some, 3);
  g_autofree char *c = rd_figure_summary(&some, 5);
  ck_assert_str_eq(a, "undefined (0 of 5)");
  ck_assert_str_eq(b, "2 [1, 3]");
  ck_assert_str_eq(c, "2 [1, 3] (3 of 5)");
  RdShare nobody = {0, 0, {NAN, NAN}}, all = {5, 5, rd_stat_wilson(5, 5, 0.95)};
  g_autofree char *d = rd_figure_share(&nobody), *e = rd_figure_share(&all);
  ck_assert_str_eq(d, "undefined (0 of 0)");
  ck_assert_str_eq(e, "5/5 [57, 100] %");
}
END_TEST

static Suite *make(void) {
  Suite *suite = suite_create("report");
  TCase *tc = tcase_create("report");
  tcase_set_timeout(tc, 120);
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_add_test(tc, the_page_is_whole_and_stands_alone);
  tcase_add_test(tc, without_gnuplot_it_is_a_page_without_plots);
  tcase_add_test(tc, a_script_that_is_none);
  tcase_add_loop_test(tc, a_script_starts_no_program, 0, G_N_ELEMENTS(ways));
  tcase_add_test(tc, labels_are_text_alone);
  tcase_add_test(tc, figures);
  suite_add_tcase(suite, tc);
  return suite;
}

int main(void) {
  return rd_check_main(make);
}
