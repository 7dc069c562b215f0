/* words.h - how messages to users are worded: quoting, listing, "did you mean". */
#pragma once

#include <glib.h>

/* `text` in double quotes, control characters and bad UTF-8 escaped, clipped to a readable length. */
char *rd_words_quote(const char *text);
/* "a, b, c"; "none" of an empty list. `words` is NULL-terminated. */
char *rd_words_join(const char *const *words);
/* The word that `text` was probably meant to be; NULL if none is near. Borrowed from `words`. */
const char *rd_words_nearest(const char *text, const char *const *words);
/* `; did you mean "x"?` or "", to be appended to a message. */
char *rd_words_suggestion(const char *text, const char *const *words);
