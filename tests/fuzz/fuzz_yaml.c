/* A user's trial file: whatever it holds, reading it ends in a trial or in diagnostics, and a trial
 * that was read survives being written out. */
#include <string.h>

#include "lab/config/trial.h"
#include "tests/lab/config/stub.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libfyaml 0.7.12 forgets 4 kB when a quoted scalar is cut short: a few bytes of a process that is
 * about to report the error, but the end of a fuzzing run. */
const char *__lsan_default_suppressions(void) {
  return "leak:libfyaml.so";
}

static void expect_round_trip(const RdTrial *trial, RdParts *parts) {
  g_autoptr(GError) error = NULL;
  g_autofree char *text = rd_trial_text(trial);
  g_autoptr(RdTrial) again = rd_trial_parse(text, "again.yaml", parts, &error);
  if (!again)
    g_error("its text does not read back: %s\n%s", error->message, text);
  g_autofree char *second = rd_trial_text(again);
  if (strcmp(text, second) != 0)
    g_error("its text reads back as something else:\n%s\n%s", text, second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static RdParts *parts;
  g_autoptr(GError) error = NULL;
  g_autofree char *text = g_strndup((const char *)data, size);
  if (!parts)
    parts = stub_parts();
  g_autoptr(RdTrial) trial = rd_trial_parse(text, "fuzz.yaml", parts, &error);
  if ((trial == NULL) == (error == NULL))
    g_error("neither a trial nor a diagnostic, or both");
  if (trial)
    expect_round_trip(trial, parts);
  return 0;
}
