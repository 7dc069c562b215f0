#include "lab/drive/world/train.h"

#include "lab/drive/world/network.h"
#include "lab/drive/world/work.h"

enum { TRAIN = 0x74726169 };

uint64_t rd_train_length(const RdWorldActor *sender, const RdSend *send) {
  uint64_t n = CLAMP(send->count, 1, RD_TRAIN_MOST);
  RdTime left = sender->stop - rd_now(sender->world);
  if (n == 1 || send->spacing <= 0)
    return n;
  return left < 0 ? 1 : MIN(n, (uint64_t)(left / send->spacing) + 1);
}

/* Nobody looks at single datagrams there, and none waits for another. */
static bool is_open_road(const RdWorldAttachment *a) {
  return a->line.rate == 0 && !a->chain && !a->filters && !a->taps && a->record < 0;
}

bool rd_train_is_one(const RdParcel *p) {
  uint64_t entity;
  const RdWorldAttachment *from = &p->from->attachments[p->from_attachment];
  const RdWorldAttachment *to = rd_network_find(p->network, &p->destination, &entity);
  return p->network->carrier->trains && to && to->actor->cpu.n_pools == 0 && is_open_road(from) &&
         is_open_road(to);
}

static RdParcel *copy_of(const RdParcel *p) {
  RdParcel *q = rd_parcel_new(p->network->world, p->bytes, p->len);
  q->network = p->network;
  q->from = p->from;
  q->from_attachment = p->from_attachment;
  q->from_entity = p->from_entity;
  q->protocol = p->protocol;
  q->source = p->source;
  q->destination = p->destination;
  q->count = 1;
  return q;
}

/* The parcel that stands for the rest: `order` have been sent, `count` are to come. */
static void next(void *arg) {
  RdParcel *rest = arg;
  RdWorld *w = rest->network->world;
  RdTag tag = rd_tag_child(&rest->tag, (uint64_t)TRAIN << 32 | rest->order++);
  rd_work_begin(rest->from, &tag);
  rd_work_send(copy_of(rest), rest->judged);
  rd_work_end(w);
  if (--rest->count > 0)
    rd_at(w, rd_now(w) + rest->spacing, next, rest);
  else
    rd_parcel_free(rest);
}

void rd_train_follow(RdParcel *p, const RdTag *work, bool judge) {
  RdWorld *w = p->network->world;
  RdParcel *rest = copy_of(p);
  rest->tag = *work;
  rest->spacing = MAX(p->spacing, 0);
  rest->count = p->count - 1;
  rest->order = 1;
  rest->judged = judge;
  p->count = 1;
  rd_at(w, rd_now(w) + rest->spacing, next, rest);
}
