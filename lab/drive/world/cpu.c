#include "lab/drive/world/cpu.h"

#include "lab/drive/world/record.h"

/* Brings the integral of messages present up to now, before their number changes. */
static void integrate(RdWorldActor *actor) {
  RdWorldCpu *cpu = &actor->cpu;
  RdTime t = rd_now(actor->world);
  cpu->area += (RdTime)(cpu->waiting + cpu->in_service) * (t - cpu->area_at);
  cpu->area_at = t;
}

void rd_cpu_init(RdWorldActor *actor, const RdCpu *spec) {
  RdWorldCpu *cpu = &actor->cpu;
  cpu->spec = *spec;
  cpu->n_pools = spec->workers == 0                  ? 0
                 : spec->sharing == RD_SHARE_ADDRESS ? actor->n_attachments
                                                     : 1;
  cpu->pools = g_new0(RdWorldPool, cpu->n_pools + 1);
  for (unsigned i = 0; i < cpu->n_pools; i++)
    cpu->pools[i].workers = spec->workers;
  for (unsigned i = 0; i < actor->n_attachments && cpu->n_pools > 0; i++) {
    RdWorldQueue *q = &actor->attachments[i].queue;
    bool first = i == 0 || spec->sharing != RD_SHARE_SOCKET;
    q->pool = &cpu->pools[cpu->n_pools > 1 ? i : 0];
    q->own = (RdBuffer){.capacity = spec->buffer};
    q->buffer = first ? &q->own : actor->attachments[0].queue.buffer;
  }
}

void rd_cpu_clear(RdWorldActor *actor) {
  g_free(actor->cpu.pools);
}

/* --- queues ------------------------------------------------------------------------------------- */

/* The queue of this pool whose first message came before the others'. */
static RdWorldQueue *longest_waiting(RdWorldActor *actor, const RdWorldPool *pool) {
  RdWorldQueue *best = NULL;
  for (unsigned i = 0; i < actor->n_attachments; i++) {
    RdWorldQueue *q = &actor->attachments[i].queue;
    if (q->head && q->pool == pool && (!best || q->head->order < best->head->order))
      best = q;
  }
  return best;
}

static RdParcel *dequeue(RdWorldActor *actor, RdWorldQueue *q) {
  RdParcel *p = q->head;
  q->head = p->next;
  if (!q->head)
    q->tail = NULL;
  q->waiting--;
  rd_buffer_take(q->buffer, p->charge);
  q->taken++;
  actor->cpu.waiting--;
  return p;
}

/* False: no room. */
static bool enqueue(RdWorldActor *actor, RdWorldQueue *q, RdParcel *p) {
  RdWorldCpu *cpu = &actor->cpu;
  /* A stream's octets wait in a window of its own (stream.h), not in this socket. */
  p->charge = p->conn ? 0 : rd_buffer_charge(p->len, p->destination.family);
  if (!p->conn && !rd_buffer_put(q->buffer, p->charge))
    return false;
  p->next = NULL;
  *(q->tail ? &q->tail->next : &q->head) = p;
  q->tail = p;
  q->waiting++;
  q->peak = MAX(q->peak, q->waiting);
  cpu->waiting++;
  cpu->peak = MAX(cpu->peak, cpu->waiting);
  return true;
}

static void overflow(RdWorldActor *actor, RdWorldQueue *q, RdParcel *p) {
  RdWorld *w = actor->world;
  q->overflowed++;
  rd_result_overflow(w->result, actor->index, p->to_attachment,
                     rd_tag_truth(&p->tag, w->benign_causes));
  rd_record_trace(w->record, "overflow", p, rd_actor_name(actor));
  rd_parcel_free(p);
}

/* --- workers ------------------------------------------------------------------------------------ */

/* What a free worker takes next: what is not from the wire first. */
static RdWork *take(RdWorldActor *actor, RdWorldPool *pool) {
  RdWorldCpu *cpu = &actor->cpu;
  RdWork *work = cpu->urgent_head;
  if (work) {
    cpu->urgent_head = work->next;
    if (!cpu->urgent_head)
      cpu->urgent_tail = NULL;
    return work;
  }
  RdWorldQueue *q = longest_waiting(actor, pool);
  return q ? rd_work_message(dequeue(actor, q), RD_WORK_MESSAGE) : NULL;
}

static void note_busy(RdWorldPool *pool, RdTime t, RdTime cost) {
  if (t - pool->window_start >= RD_SECOND) {
    pool->last_busy = t - pool->window_start < 2 * RD_SECOND ? pool->window_busy : 0;
    pool->window_busy = 0;
    pool->window_start = t - t % RD_SECOND;
  }
  pool->window_busy += cost;
}

static void complete(void *arg);

/* Puts a worker on it. The code runs now; its effects leave when the modelled time has passed. */
static void begin(RdWorldPool *pool, RdWork *work) {
  RdWorldActor *actor = work->actor;
  RdWorldCpu *cpu = &actor->cpu;
  RdWorld *w = actor->world;
  RdTime t = rd_now(w);
  pool->busy++;
  work->pool = pool;
  if (work->kind == RD_WORK_MESSAGE) {
    cpu->in_service++;
    cpu->in_service_arrivals += work->arrived;
  }
  work->started = t;
  w->up.execute(work);
  RdTime cost = (RdTime)MIN((double)w->context.cost / cpu->spec.speed, (double)RD_WORK_LONGEST);
  RdTime left = w->trial->duration - t;
  cpu->busy_time += cost < left ? cost : left;
  note_busy(pool, t, cost);
  rd_at(w, t + cost, complete, work);
}

static void complete(void *arg) {
  RdWork *work = arg;
  RdWorldActor *actor = work->actor;
  RdWorldPool *pool = work->pool;
  RdWorldCpu *cpu = &actor->cpu;
  RdTime t = rd_now(actor->world);
  integrate(actor);
  pool->busy--;
  if (work->kind == RD_WORK_MESSAGE) {
    cpu->in_service--;
    cpu->in_service_arrivals -= work->arrived;
    cpu->served++;
    cpu->sojourn += t - work->arrived;
    rd_result_served(actor->world->result, actor->index,
                     rd_tag_truth(&work->tag, actor->world->benign_causes),
                     work->started - work->arrived, t - work->started);
  }
  actor->world->up.flush(work);
  RdWork *next = take(actor, pool);
  if (next)
    begin(pool, next);
}

void rd_cpu_submit(RdWork *work) {
  RdWorldCpu *cpu = &work->actor->cpu;
  if (cpu->n_pools == 0) {
    work->actor->world->up.execute(work);
    work->actor->world->up.flush(work);
    return;
  }
  for (unsigned i = 0; i < cpu->n_pools; i++)
    if (cpu->pools[i].busy < cpu->pools[i].workers) {
      begin(&cpu->pools[i], work);
      return;
    }
  *(cpu->urgent_tail ? &cpu->urgent_tail->next : &cpu->urgent_head) = work;
  cpu->urgent_tail = work;
}

/* --- what reaches a node ------------------------------------------------------------------------ */

static void arrive_unlimited(RdWorldActor *actor, RdWorldQueue *q, RdParcel *p) {
  RdWorld *w = actor->world;
  q->taken += p->count;
  actor->cpu.served += p->count;
  if (!actor->is_attack)
    rd_result_served_at_once(w->result, actor->index, rd_tag_truth(&p->tag, w->benign_causes),
                             p->count);
  rd_cpu_submit(rd_work_message(p, RD_WORK_MESSAGE));
}

void rd_cpu_arrive(RdParcel *p) {
  RdWorldActor *actor = p->to;
  RdWorldQueue *q = &actor->attachments[p->to_attachment].queue;
  RdWorld *w = actor->world;
  p->order = w->messages += p->count;
  p->arrived = rd_now(w);
  q->arrived += p->count;
  if (actor->cpu.n_pools == 0) {
    arrive_unlimited(actor, q, p);
    return;
  }
  integrate(actor);
  if (q->pool->busy < q->pool->workers) {
    q->taken++;
    begin(q->pool, rd_work_message(p, RD_WORK_MESSAGE));
  } else if (!enqueue(actor, q, p)) {
    overflow(actor, q, p);
  }
}

void rd_cpu_timer(RdWorldActor *actor, RdTimer timer, uint64_t cookie, const RdTag *tag) {
  RdWork *work = rd_work_new(actor, RD_WORK_TIMER, tag);
  work->timer = timer;
  work->cookie = cookie;
  rd_cpu_submit(work);
}

static void whole_actor(RdWorldActor *actor, RdWorkKind kind) {
  RdTag tag = {.causes = actor->cause, .lineage = rd_mix(actor->host.base.stream, kind)};
  rd_cpu_submit(rd_work_new(actor, kind, &tag));
}

void rd_cpu_start(RdWorldActor *actor) {
  whole_actor(actor, RD_WORK_START);
}

void rd_cpu_stop(RdWorldActor *actor) {
  if (actor->part->actor.stop)
    whole_actor(actor, RD_WORK_STOP);
}

/* --- what is told of it ------------------------------------------------------------------------- */

double rd_cpu_load(const RdWorldAttachment *attachment) {
  RdWorldPool *pool = attachment->queue.pool;
  const RdBuffer *b = attachment->queue.buffer;
  if (!pool)
    return 0;
  note_busy(pool, rd_now(attachment->actor->world), 0);
  double busy = (double)pool->last_busy / (double)(pool->workers * RD_SECOND);
  double queue = b->capacity > 0 ? (double)b->charged / (double)b->capacity : 0;
  return MIN(1.0, MAX(busy, queue));
}

void rd_cpu_count(RdWorldActor *actor, RdNodeCounts *ret) {
  RdWorldCpu *cpu = &actor->cpu;
  RdTime t = rd_now(actor->world);
  uint64_t workers = 0;
  integrate(actor);
  *ret = (RdNodeCounts){.served = cpu->served,
                        .waiting = cpu->waiting,
                        .in_service = cpu->in_service,
                        .busy_time = cpu->busy_time,
                        .area = cpu->area,
                        .sojourn =
                            cpu->sojourn + (RdTime)cpu->in_service * t - cpu->in_service_arrivals,
                        .peak_queue = cpu->peak};
  for (unsigned i = 0; i < cpu->n_pools; i++)
    workers += cpu->pools[i].workers;
  for (unsigned i = 0; i < actor->n_attachments; i++) {
    const RdWorldQueue *q = &actor->attachments[i].queue;
    for (const RdParcel *p = q->head; p; p = p->next)
      ret->sojourn += t - p->arrived;
    ret->arrived += q->arrived;
    ret->overflowed += q->overflowed;
    rd_result_queue(actor->world->result, actor->index, i,
                    &(RdQueueCounts){.arrived = q->arrived,
                                     .taken = q->taken,
                                     .overflowed = q->overflowed,
                                     .waiting = q->waiting,
                                     .peak = q->peak,
                                     .peak_bytes = q->buffer ? q->buffer->peak : 0});
  }
  ret->workers = workers;
  if (workers > 0)
    ret->busy = (double)cpu->busy_time / ((double)workers * (double)actor->world->trial->duration);
}
