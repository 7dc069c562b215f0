/* pool.c - runs processes, a few at a time. One thread: poll() over a signalfd and the children's
 * stderr. */
#include "bench/run/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab/text/words.h"

#define WORDS_MAX 4096
#define TICK_MS 250

typedef struct {
  pid_t pid; /* 0: a free slot */
  int pipe;
  gint64 started; /* us, monotonic */
  gboolean timed_out;
  gpointer job;
  char words[WORDS_MAX + 1];
  size_t n_words;
} Child;

typedef struct {
  const RdPool *pool;
  Child *children; /* pool->processes of them */
  unsigned running;
  gboolean drained; /* next() has no more */
  int interrupted; /* signal, or 0 */
  int signals; /* signalfd */
  sigset_t before;
} Run;

/* In the child, between fork and exec. */
static void become(const RdPool *pool, char **argv, int out, pid_t parent, const sigset_t *mask) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent)
    _exit(127); /* the parent died before prctl took effect */
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  if (pool->memory > 0) {
    struct rlimit memory = {pool->memory, pool->memory};
    setrlimit(RLIMIT_AS, &memory);
  }
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
      dup2(out, STDERR_FILENO) < 0)
    _exit(127);
  sigprocmask(SIG_SETMASK, mask, NULL);
  execv(argv[0], argv);
  dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
  _exit(127);
}

static gboolean start_child(Run *run, Child *child, char **argv, gpointer job, GError **error) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    g_set_error(error, RD_POOL_ERROR, RD_POOL_FAILED, "pipe: %s", g_strerror(errno));
    return FALSE;
  }
  pid_t parent = getpid(), pid = fork();
  if (pid == 0)
    become(run->pool, argv, ends[1], parent, &run->before);
  int why = errno;
  close(ends[1]);
  if (pid < 0) {
    close(ends[0]);
    g_set_error(error, RD_POOL_ERROR, RD_POOL_FAILED, "fork: %s", g_strerror(why));
    return FALSE;
  }
  setpgid(pid, pid); /* both sides do it, so that neither has to wait */
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  *child = (Child){.pid = pid, .pipe = ends[0], .started = g_get_monotonic_time(), .job = job};
  run->running++;
  return TRUE;
}

/* Keeps the last WORDS_MAX bytes. */
static void listen_to(Child *child) {
  char buffer[WORDS_MAX];
  ssize_t n;
  while ((n = read(child->pipe, buffer, sizeof buffer)) > 0) {
    size_t got = (size_t)n;
    size_t drop = child->n_words + got > WORDS_MAX ? child->n_words + got - WORDS_MAX : 0;
    memmove(child->words, child->words + drop, child->n_words - drop);
    memcpy(child->words + child->n_words - drop, buffer, got);
    child->n_words += got - drop;
  }
  child->words[child->n_words] = '\0';
}

/* The line that tells most: a sanitizer's summary, else the last one that is not empty. */
static char *last_line(const char *words) {
  g_auto(GStrv) lines = g_strsplit(words, "\n", -1);
  const char *best = "";
  for (char **line = lines; *line; line++) {
    if (g_str_has_prefix(*line, "SUMMARY: "))
      return rd_words_printable(*line);
    if (*g_strstrip(*line))
      best = *line;
  }
  return rd_words_printable(best);
}

char *rd_pool_reason(RdJobEnd end, int code, gint64 timeout_ms, const char *words) {
  g_autofree char *line = last_line(words);
  const char *said = *line ? "; it last said: " : "";
  switch (end) {
  case RD_JOB_FAILED:
    return *line ? g_strdup(line) : g_strdup_printf("exit code %d without a word", code);
  case RD_JOB_CRASHED:
    return g_strdup_printf("killed by SIG%s (%s)%s%s", sigabbrev_np(code), g_strsignal(code), said,
                           line);
  case RD_JOB_TIMEOUT:
    return g_strdup_printf("no end after %.10g s of wall-clock time: killed%s%s",
                           (double)timeout_ms / 1000, said, line);
  default:
    return g_strdup("");
  }
}

static RdJobEnd end_of(const Child *child, const siginfo_t *info) {
  if (child->timed_out)
    return RD_JOB_TIMEOUT;
  if (info->si_code == CLD_EXITED)
    return info->si_status == 0 ? RD_JOB_DONE : RD_JOB_FAILED;
  return RD_JOB_CRASHED;
}

static gboolean bury(Run *run, Child *child, const siginfo_t *info, GError **error) {
  kill(-child->pid, SIGKILL); /* whatever it had started; its pid is ours until waitpid() */
  listen_to(child);
  close(child->pipe);
  waitpid(child->pid, NULL, 0);
  child->pid = 0;
  run->running--;
  RdJobOutcome outcome = {.end = end_of(child, info), .code = info->si_status};
  outcome.wall_ms = (g_get_monotonic_time() - child->started) / 1000;
  outcome.words = child->words;
  g_autofree char *reason =
      rd_pool_reason(outcome.end, outcome.code, run->pool->timeout_ms, child->words);
  outcome.reason = reason;
  return run->pool->ended(run->pool->user, child->job, &outcome, error);
}

static gboolean bury_all_dead(Run *run, GError **error) {
  for (unsigned i = 0; i < run->pool->processes; i++) {
    Child *child = &run->children[i];
    siginfo_t info = {0};
    if (child->pid == 0 ||
        waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
        info.si_pid == 0)
      continue;
    if (!bury(run, child, &info, error))
      return FALSE;
  }
  return TRUE;
}

static void kill_late(Run *run) {
  gint64 now = g_get_monotonic_time(), limit = run->pool->timeout_ms * 1000;
  for (unsigned i = 0; limit > 0 && i < run->pool->processes; i++) {
    Child *child = &run->children[i];
    if (child->pid == 0 || child->timed_out || now - child->started < limit)
      continue;
    child->timed_out = TRUE;
    kill(-child->pid, SIGKILL);
  }
}

static void kill_all(Run *run) {
  for (unsigned i = 0; i < run->pool->processes; i++) {
    Child *child = &run->children[i];
    if (child->pid == 0)
      continue;
    kill(-child->pid, SIGKILL);
    waitpid(child->pid, NULL, 0);
    close(child->pipe);
    child->pid = 0;
  }
  run->running = 0;
}

static gboolean fill(Run *run, GError **error) {
  for (unsigned i = 0; !run->drained && i < run->pool->processes; i++) {
    if (run->children[i].pid != 0)
      continue;
    gpointer job = NULL;
    GError *stopped = NULL;
    g_auto(GStrv) argv = run->pool->next(run->pool->user, &job, &stopped);
    if (stopped) {
      g_propagate_error(error, stopped);
      return FALSE;
    }
    if (!argv) {
      run->drained = !run->pool->later || !run->pool->later(run->pool->user);
      return TRUE; /* it need not be asked again before something has happened */
    }
    if (!start_child(run, &run->children[i], argv, job, error))
      return FALSE;
  }
  return TRUE;
}

static void wait_a_little(Run *run) {
  struct pollfd *fds = g_newa(struct pollfd, run->pool->processes + 1);
  nfds_t n = 0;
  fds[n++] = (struct pollfd){.fd = run->signals, .events = POLLIN};
  for (unsigned i = 0; i < run->pool->processes; i++)
    if (run->children[i].pid != 0)
      fds[n++] = (struct pollfd){.fd = run->children[i].pipe, .events = POLLIN};
  /* A child that closed its stderr would make poll() return at once for ever. */
  if (poll(fds, n, TICK_MS) > 0)
    for (nfds_t i = 1; i < n; i++)
      if (fds[i].revents == POLLHUP)
        g_usleep(1000);
  struct signalfd_siginfo info;
  while (read(run->signals, &info, sizeof info) == (ssize_t)sizeof info)
    if (info.ssi_signo != SIGCHLD)
      run->interrupted = (int)info.ssi_signo;
  for (unsigned i = 0; i < run->pool->processes; i++)
    if (run->children[i].pid != 0)
      listen_to(&run->children[i]);
}

static gboolean loop(Run *run, GError **error) {
  for (;;) {
    if (!fill(run, error))
      return FALSE;
    if (run->pool->tick)
      run->pool->tick(run->pool->user, run->running);
    if (run->running == 0 && run->drained)
      return TRUE;
    wait_a_little(run);
    kill_late(run);
    if (!bury_all_dead(run, error))
      return FALSE;
    if (run->interrupted) {
      g_set_error(error, RD_POOL_ERROR, RD_POOL_INTERRUPTED, "stopped by SIG%s",
                  sigabbrev_np(run->interrupted));
      return FALSE;
    }
  }
}

gboolean rd_pool_run(const RdPool *pool, GError **error) {
  Run run = {.pool = pool};
  sigset_t mine;
  sigemptyset(&mine);
  sigaddset(&mine, SIGCHLD);
  sigaddset(&mine, SIGINT);
  sigaddset(&mine, SIGTERM);
  sigaddset(&mine, SIGHUP);
  sigprocmask(SIG_BLOCK, &mine, &run.before);
  run.signals = signalfd(-1, &mine, SFD_CLOEXEC | SFD_NONBLOCK);
  run.children = g_new0(Child, pool->processes);
  gboolean ok = loop(&run, error);
  kill_all(&run);
  g_free(run.children);
  close(run.signals);
  sigprocmask(SIG_SETMASK, &run.before, NULL);
  return ok;
}
