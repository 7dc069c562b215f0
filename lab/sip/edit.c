/* rd_sip_edit(): a new message out of an old one, header by header. */
#include "lab/sip/build.h"
#include "lab/sip/scan.h"
#include "lab/sip/scan_private.h"

typedef struct {
  const char *at; /* RdEdit, `stride` apart */
  size_t n, stride;
} Edits;

static const RdEdit *edit(const Edits *edits, size_t i) {
  return (const RdEdit *)(edits->at + i * edits->stride);
}

/* The same header: one id (so compact and long forms are one), or one unknown name. */
static bool names_it(const RdEdit *e, const RdSipField *f) {
  if (e->kind == RD_EDIT_BODY || e->kind == RD_EDIT_URI || !f->value.at)
    return false;
  if (f->id != RD_HDR_OTHER)
    return rd_sip_header_id(e->name) == f->id;
  return rd_sip_same_token(e->name, f->name);
}

static bool is_removed(const Edits *edits, const RdSipField *f) {
  for (size_t i = 0; i < edits->n; i++)
    if (edit(edits, i)->kind != RD_EDIT_ADD && names_it(edit(edits, i), f))
      return true;
  return false;
}

static void write_field(RdText *t, RdSlice name, RdSlice value) {
  rd_text_slice(t, name);
  rd_text_add(t, ": ");
  rd_text_slice(t, value);
  rd_text_add(t, "\r\n");
}

/* What ADD and REPLACE put before the first header of their name. `done` has a bit an edit. */
static void write_before(RdText *t, const Edits *edits, const RdSipField *f, uint64_t *done) {
  for (size_t i = 0; i < edits->n; i++) {
    const RdEdit *e = edit(edits, i);
    bool adds = e->kind == RD_EDIT_ADD || e->kind == RD_EDIT_REPLACE;
    if (!adds || *done >> i & 1 || (f && !names_it(e, f)))
      continue;
    write_field(t, e->name, e->value);
    *done |= UINT64_C(1) << i;
  }
}

/* The last edit of this kind, NULL if there is none. */
static const RdEdit *last_edit(const Edits *edits, RdEditKind kind) {
  const RdEdit *found = NULL;
  for (size_t i = 0; i < edits->n; i++)
    if (edit(edits, i)->kind == kind)
      found = edit(edits, i);
  return found;
}

/* Can it stand between the blanks of a request line? */
static bool is_uri(RdSlice uri) {
  for (uint32_t i = 0; i < uri.len; i++)
    if (uri.at[i] <= ' ' || uri.at[i] == 0x7f)
      return false;
  return uri.len > 0;
}

/* False: it is no request, or the new Request-URI is none. */
static bool write_start_line(RdText *t, const RdSip *sip, RdSlice line, const RdEdit *uri) {
  if (!uri) {
    rd_text_slice(t, line);
    return true;
  }
  if (!sip->is_request || !sip->uri.at || !is_uri(uri->value))
    return false;
  rd_text_slice(t, rd_sip_between(line.at, sip->uri.at));
  rd_text_slice(t, uri->value);
  rd_text_slice(t, rd_sip_between(rd_slice_end(sip->uri), rd_slice_end(line)));
  return true;
}

static void write_length(RdText *t, size_t len) {
  rd_text_add(t, "Content-Length: ");
  rd_text_uint(t, len);
  rd_text_add(t, "\r\n");
}

/* The head is walked line by line, not by the index, so what the index had no room for is edited
 * like the rest. */
static bool write_head(RdText *t, const RdSip *sip, const Edits *edits, const RdEdit *body) {
  const char *at = sip->head.at, *end = rd_slice_end(sip->head);
  RdSlice line;
  uint32_t defects = 0;
  uint64_t done = 0;
  bool has_length = false;
  at = rd_sip_cut_line(at, end, &line, &defects);
  if (!write_start_line(t, sip, rd_sip_between(sip->head.at, at), last_edit(edits, RD_EDIT_URI)))
    return false;
  while (at < end) {
    RdSipField f;
    at = rd_sip_cut_field(at, end, &f);
    if (!f.name.at)
      break;
    write_before(t, edits, &f, &done);
    if (is_removed(edits, &f))
      continue;
    if (f.id == RD_HDR_CONTENT_LENGTH && body) {
      if (!has_length)
        write_length(t, body->value.len);
      has_length = true;
      continue;
    }
    rd_text_slice(t, f.raw);
  }
  write_before(t, edits, NULL, &done);
  if (body && !has_length)
    write_length(t, body->value.len);
  rd_text_add(t, "\r\n");
  return true;
}

size_t rd_sip_edit(const RdSip *sip, const RdEdit *edits, size_t n, size_t stride, char *buffer,
                   size_t cap) {
  Edits list = {(const char *)edits, n, stride};
  if (cap == 0 || n > 64 || (sip->defects & (RD_SIP_UNSCANNABLE | RD_SIP_TRUNCATED)))
    return 0;
  RdText t = rd_text(buffer, cap);
  const RdEdit *body = last_edit(&list, RD_EDIT_BODY);
  if (!write_head(&t, sip, &list, body))
    return 0;
  rd_text_slice(&t, body ? body->value : sip->body);
  return t.full ? 0 : t.len;
}
