#include "lab/drive/world/facts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lab/drive/world/record.h"
#include "lab/plugin/params.h"
#include "lab/text/json.h"

#define LEAK "leak:"

struct RdFactBook {
  RdWorld *world;
  char *path;
  FILE *file; /* NULL: nothing was noted yet */
  bool broken;
};

RdFactBook *rd_facts_new(RdWorld *w, const char *folder) {
  RdFactBook *book = g_new0(RdFactBook, 1);
  book->world = w;
  book->path = g_build_filename(folder, "facts.jsonl", NULL);
  return book;
}

bool rd_facts_close(RdFactBook *book, GError **error) {
  if (!book)
    return true;
  bool ok = !book->broken;
  if (book->file && fclose(book->file) != 0)
    ok = false;
  if (!ok)
    g_set_error(error, RD_WORLD_ERROR, 0, "%s: %s", book->path, g_strerror(errno));
  g_free(book->path);
  g_free(book);
  return ok;
}

/* One file a world that has facts, and none in the others. */
static FILE *file_of(RdFactBook *book) {
  if (!book->file && !book->broken) {
    book->file = fopen(book->path, "w");
    book->broken = book->file == NULL;
  }
  return book->file;
}

static bool is_kind(const char *kind) {
  return kind && rd_params_key_fits(g_str_has_prefix(kind, LEAK) ? kind + strlen(LEAK) : kind);
}

void rd_facts_note(RdFactBook *book, RdHost *by, const RdFact *fact, uint64_t causes) {
  RdWorld *w = book->world;
  RdJson j;
  if (!is_kind(fact->kind)) {
    by->log(by, RD_LOG_ERROR, "a fact's kind is lower-case-with-hyphens: it was not noted");
    return;
  }
  rd_result_fact(w->result, fact->kind, fact->amount, causes);
  rd_json_init(&j);
  rd_json_open_flat(&j, NULL, '{');
  rd_json_int(&j, "t_ns", rd_now(w));
  rd_json_text(&j, "node", by->name);
  rd_json_text(&j, "kind", fact->kind);
  rd_json_text(&j, "subject", fact->subject);
  rd_json_text(&j, "object", fact->object);
  rd_json_int(&j, "amount", fact->amount);
  rd_json_uint(&j, "entity", fact->entity);
  rd_record_causes(&j, w, "causes", causes);
  rd_json_close(&j);
  g_autofree char *line = rd_json_finish(&j);
  FILE *f = file_of(book);
  if (!f || fputs(line, f) == EOF)
    book->broken = true;
}
