#include "lab/drive/world/report.h"

#include <string.h>

#include "lab/drive/world/work.h"

enum { PURPOSE_LOSS = 0x72707274 };

struct RdReport {
  RdReport *next, **at; /* all of the world that are under way */
  RdWorldJudge *to;
  uint32_t sender;
  RdTag tag;
  size_t len;
  uint8_t bytes[];
};

static void forget(RdReport *r) {
  *r->at = r->next;
  if (r->next)
    r->next->at = r->at;
  g_free(r);
}

/* A defense's own time, as of its timers: it holds up no worker. */
static void delivered(void *arg) {
  RdReport *r = arg;
  RdWorldJudge *to = r->to;
  RdMessage m = {.size = sizeof m,
                 .kind = RD_REPORT,
                 .network = to->attachments[0]->network->spec->name,
                 .domain = to->attachments[0]->network->spec->domain,
                 .sender = r->sender,
                 .bytes = r->bytes,
                 .len = r->len};
  rd_work_begin(to->actors[0], &r->tag);
  to->judge->part->defense.receive(to->judge->self, &m);
  rd_work_end(to->world);
  forget(r);
}

static RdWorldJudge *find(const RdWorldJudge *of, uint32_t member) {
  RdWorld *w = of->world;
  for (unsigned i = 0; i < w->n_judges; i++)
    if (w->judges[i]->spec == of->spec && w->judges[i]->member == member)
      return w->judges[i];
  return NULL;
}

bool rd_report_send(RdWorldJudge *from, uint32_t member, const void *bytes, size_t len,
                    const RdTag *tag) {
  RdWorld *w = from->world;
  RdWorldJudge *to = from->spec->apart ? find(from, member) : NULL;
  if (!to || to == from || len > RD_REPORT_LONGEST || (len > 0 && !bytes))
    return false;
  bool lost = from->spec->report_loss > 0 &&
              rd_unit(rd_random(from->host.base.stream, member, PURPOSE_LOSS, from->reports++)) <
                  from->spec->report_loss;
  rd_result_report(w->result, from->judge->index, len, lost);
  if (lost)
    return true;
  RdReport *r = g_malloc0(sizeof *r + len);
  r->to = to;
  r->sender = from->member;
  r->tag = *tag;
  r->len = len;
  if (len > 0)
    memcpy(r->bytes, bytes, len);
  r->next = w->reports;
  r->at = &w->reports;
  if (r->next)
    r->next->at = &r->next;
  w->reports = r;
  rd_at(w, rd_now(w) + from->spec->report_delay, delivered, r);
  return true;
}

void rd_reports_free(RdWorld *w) {
  while (w->reports)
    forget(w->reports);
}
