/* words.h - how messages to users are worded: quoting, listing, "did you mean". */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* `text` in double quotes, control characters and bad UTF-8 escaped, clipped to a readable length. */
char *rd_words_quote(const char *text);
/* `text` as one line that cannot drive a terminal: whatever is no printable character, line ends
 * among it, is written as an escape. For paths and other texts out of files, at the place where they
 * are printed. */
char *rd_words_printable(const char *text);
/* The same of a text of several lines: line ends and tabs stay. */
char *rd_words_lines(const char *text);
/* The rule of every name that a user gives: a trial's, a node's, a setting's. */
bool rd_words_is_name(const char *text);
#define RD_NAME_RULE "letters, digits, '-' and '_', a letter or digit first, at most 63"
/* "a, b, c"; "none" of an empty list. `words` is NULL-terminated. */
char *rd_words_join(const char *const *words);
/* The word that `text` was probably meant to be; NULL if none is near. Borrowed from `words`. */
const char *rd_words_nearest(const char *text, const char *const *words);
/* `; did you mean "x"?` or "", to be appended to a message. */
char *rd_words_suggestion(const char *text, const char *const *words);
