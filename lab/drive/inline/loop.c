#include "lab/drive/inline/loop.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "lab/drive/host/wheel.h"
#include "lab/drive/inline/loopback.h"

/* Sockets heard a turn; how much later than asked the kernel may wake us (ns); the longest sleep. */
enum { A_TURN = 64, SLACK = 1000 };
#define LONGEST_SLEEP RD_SECOND

typedef struct {
  void (*fn)(void *arg);
  void *arg;
} Event;

typedef struct {
  int fd; /* -1: free */
  uint32_t turn; /* of this place: tells a watch from one that had the place before */
  void (*ready)(void *arg, uint32_t events);
  void *arg;
} Place;

struct RdLoop {
  RdClock clock; /* first */
  RdWheel *wheel;
  RdTime zero; /* the machine's time at 0; 0: not begun */
  RdTime now, until, busy;
  uint64_t events;
  bool stopped;
  int epoll;
  GArray *places;
  GArray *free_places; /* indexes */
  RdHistogram *lateness;
};

static RdLoop *loop_of(RdClock *clock) {
  return (RdLoop *)clock;
}

RdLoop *rd_loop_of(RdClock *clock) {
  return loop_of(clock);
}

RdClock *rd_loop_clock(RdLoop *loop) {
  return &loop->clock;
}

static RdTime monotonic(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (RdTime)t.tv_sec * RD_SECOND + t.tv_nsec;
}

/* --- events ----------------------------------------------------------------------------------- */

static RdTime now(RdClock *clock) {
  return loop_of(clock)->now;
}

static RdClockEvent at(RdClock *clock, RdTime t, void (*fn)(void *arg), void *arg) {
  uint8_t payload[RD_WHEEL_PAYLOAD] = {0};
  Event event = {fn, arg};
  memcpy(payload, &event, sizeof event);
  return rd_wheel_arm(loop_of(clock)->wheel, t, payload);
}

static void cancel(RdClock *clock, RdClockEvent event) {
  rd_wheel_cancel(loop_of(clock)->wheel, event);
}

static void stop(RdClock *clock) {
  loop_of(clock)->stopped = true;
}

static uint64_t events(RdClock *clock) {
  return loop_of(clock)->events;
}

/* The time that it may be by now. */
static RdTime due(const RdLoop *loop) {
  RdTime real = monotonic() - loop->zero;
  return MIN(real, loop->until);
}

/* Events that are due by `limit`, each at its own time. */
static void advance(RdLoop *loop, RdTime limit) {
  RdTimer id;
  uint8_t payload[RD_WHEEL_PAYLOAD];
  for (RdTime next; !loop->stopped && (next = rd_wheel_next(loop->wheel)) <= limit;) {
    loop->now = MAX(loop->now, next);
    if (!rd_wheel_pop(loop->wheel, loop->now, &id, payload))
      continue;
    Event event;
    memcpy(&event, payload, sizeof event);
    rd_histogram_add(loop->lateness, monotonic() - loop->zero - loop->now);
    loop->events++;
    event.fn(event.arg);
  }
  if (!loop->stopped)
    loop->now = MAX(loop->now, limit);
}

void rd_loop_tick(RdLoop *loop) {
  advance(loop, due(loop));
}

const RdHistogram *rd_loop_lateness(const RdLoop *loop) {
  return loop->lateness;
}

RdTime rd_loop_busy(const RdLoop *loop) {
  return loop->busy;
}

/* --- sockets ---------------------------------------------------------------------------------- */

static Place *place_of(const RdLoop *loop, RdWatch watch) {
  guint i = (guint)(watch & UINT32_MAX);
  Place *p = watch && i < loop->places->len ? &g_array_index(loop->places, Place, i) : NULL;
  return p && p->fd >= 0 && p->turn == (uint32_t)(watch >> 32) ? p : NULL;
}

static guint free_place(RdLoop *loop) {
  if (loop->free_places->len > 0) {
    guint i = g_array_index(loop->free_places, guint, loop->free_places->len - 1);
    g_array_set_size(loop->free_places, loop->free_places->len - 1);
    return i;
  }
  Place place = {.fd = -1};
  g_array_append_val(loop->places, place);
  return loop->places->len - 1;
}

RdWatch rd_loop_watch(RdLoop *loop, int fd, uint32_t flags,
                      void (*ready)(void *arg, uint32_t events), void *arg) {
  guint i = free_place(loop);
  Place *p = &g_array_index(loop->places, Place, i);
  RdWatch watch = (uint64_t)(p->turn + 1) << 32 | i;
  struct epoll_event e = {.events = flags, .data.u64 = watch};
  if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &e) != 0) {
    g_array_append_val(loop->free_places, i);
    return 0;
  }
  *p = (Place){fd, p->turn + 1, ready, arg};
  return watch;
}

bool rd_loop_rewatch(RdLoop *loop, RdWatch watch, uint32_t flags) {
  const Place *p = place_of(loop, watch);
  struct epoll_event e = {.events = flags, .data.u64 = watch};
  return p && epoll_ctl(loop->epoll, EPOLL_CTL_MOD, p->fd, &e) == 0;
}

void rd_loop_unwatch(RdLoop *loop, RdWatch watch) {
  Place *p = place_of(loop, watch);
  guint i = (guint)(watch & UINT32_MAX);
  if (!p)
    return;
  epoll_ctl(loop->epoll, EPOLL_CTL_DEL, p->fd, NULL);
  p->fd = -1;
  g_array_append_val(loop->free_places, i);
}

/* Sleeps until a socket is ready or something is due. False: the kernel says no. */
static bool sleep_until(const RdLoop *loop, RdTime t) {
  RdTime left = t - (monotonic() - loop->zero);
  left = CLAMP(left, 0, LONGEST_SLEEP); /* which reads it twice */
  struct timespec span = {.tv_sec = left / RD_SECOND, .tv_nsec = left % RD_SECOND};
  struct pollfd p = {.fd = loop->epoll, .events = POLLIN};
  return left == 0 || ppoll(&p, 1, &span, NULL) >= 0 || errno == EINTR;
}

static bool hear(RdLoop *loop) {
  struct epoll_event ready[A_TURN];
  int n = epoll_wait(loop->epoll, ready, A_TURN, 0);
  for (int i = 0; i < n && !loop->stopped && monotonic() - loop->zero < loop->until; i++) {
    rd_loop_tick(loop);
    const Place *p = place_of(loop, ready[i].data.u64);
    if (p) /* else it went away while others of this turn were heard */
      p->ready(p->arg, ready[i].events);
  }
  return n >= 0 || errno == EINTR;
}

/* --- running ---------------------------------------------------------------------------------- */

static bool run(RdClock *clock, RdTime until, const char **why) {
  RdLoop *loop = loop_of(clock);
  if (loop->zero == 0)
    loop->zero = monotonic() - loop->now;
  loop->until = until;
  loop->stopped = false;
  bool sound = true;
  do {
    RdTime begun = monotonic();
    sound = hear(loop);
    rd_loop_tick(loop);
    loop->busy += monotonic() - begun;
    if (!loop->stopped && loop->now < until)
      sound = sound && sleep_until(loop, MIN(until, rd_wheel_next(loop->wheel)));
  } while (sound && !loop->stopped && loop->now < until);
  *why = sound ? NULL : g_strerror(errno);
  return sound;
}

RdLoop *rd_loop_new(GError **error) {
  RdLoop *loop = g_new0(RdLoop, 1);
  loop->clock = (RdClock){now, at, cancel, stop, run, events};
  loop->epoll = epoll_create1(EPOLL_CLOEXEC);
  loop->wheel = rd_wheel_new();
  loop->places = g_array_new(FALSE, FALSE, sizeof(Place));
  loop->free_places = g_array_new(FALSE, FALSE, sizeof(guint));
  loop->lateness = rd_histogram_new();
  prctl(PR_SET_TIMERSLACK, SLACK); /* else 50 us later than asked */
  if (loop->epoll >= 0)
    return loop;
  g_set_error(error, RD_INLINE_ERROR, 0, "epoll: %s", g_strerror(errno));
  rd_loop_free(loop);
  return NULL;
}

void rd_loop_free(RdLoop *loop) {
  if (!loop)
    return;
  if (loop->epoll >= 0)
    close(loop->epoll);
  rd_wheel_free(loop->wheel);
  g_array_unref(loop->places);
  g_array_unref(loop->free_places);
  rd_histogram_free(loop->lateness);
  g_free(loop);
}
