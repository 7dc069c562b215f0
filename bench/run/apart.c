/* apart.c - does something in a process of its own. */
#include "bench/run/apart.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/run/runner.h"

#define ANSWER_MAX (1 << 20)
#define WORDS_MAX 4096
enum { OUT = 3 };

/* In the child. Files of the parent, a database among them, are none of its business. */
static void become(RdApartWork work, void *user, int out, int words, pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent)
    _exit(127); /* the parent died before prctl took effect */
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  guint64 share = rd_run_memory_share(2);
  struct rlimit memory = {share, share};
  if (share > 0)
    setrlimit(RLIMIT_AS, &memory);
  int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  int high = fcntl(out, F_DUPFD, OUT + 1); /* `words` may be where it goes */
  if (null < 0 || high < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(words, STDOUT_FILENO) < 0 ||
      dup2(words, STDERR_FILENO) < 0 || dup2(high, OUT) < 0)
    _exit(127);
  close_range(OUT + 1, ~0U, 0);
  work(user, OUT);
  _exit(0);
}

/* What there is to read now; at most `most` octets are kept, the first or the last ones. */
static void drain(int from, GByteArray *into, guint most, gboolean last) {
  guint8 buffer[4096];
  ssize_t n;
  while ((n = read(from, buffer, sizeof buffer)) > 0) {
    g_byte_array_append(into, buffer, (guint)n);
    if (into->len > most && last)
      g_byte_array_remove_range(into, 0, into->len - most);
    else if (into->len > most)
      g_byte_array_set_size(into, most);
  }
}

/* Until the child has ended or the time is over. FALSE: it had to be killed. */
static gboolean attend(int child, int out, int words, gint64 timeout_ms, GByteArray *answer,
                       GByteArray *said) {
  const gint64 end = g_get_monotonic_time() + timeout_ms * 1000;
  struct pollfd fds[] = {{child, POLLIN, 0}, {out, POLLIN, 0}, {words, POLLIN, 0}};
  for (;;) {
    const gint64 left = (end - g_get_monotonic_time()) / 1000;
    if (left <= 0)
      return FALSE;
    if (poll(fds, G_N_ELEMENTS(fds), (int)MIN(left, 1000)) < 0 && errno != EINTR)
      return FALSE;
    drain(out, answer, ANSWER_MAX, FALSE);
    drain(words, said, WORDS_MAX, TRUE);
    if (fds[0].revents)
      return TRUE;
    for (unsigned i = 1; i < G_N_ELEMENTS(fds); i++)
      if (fds[i].revents & (POLLHUP | POLLERR))
        fds[i].fd = -1; /* it closed it: nothing to wait for there */
  }
}

static RdJobEnd end_of(int status, gboolean in_time) {
  return !in_time                   ? RD_JOB_TIMEOUT
         : WIFSIGNALED(status)      ? RD_JOB_CRASHED
         : WEXITSTATUS(status) != 0 ? RD_JOB_FAILED
                                    : RD_JOB_DONE;
}

static RdJobEnd watch(pid_t pid, int out, int words, gint64 timeout_ms, GByteArray *answer,
                      char **ret_why) {
  g_autoptr(GByteArray) said = g_byte_array_new();
  int child = pidfd_open(pid, 0), status = 0;
  gboolean in_time = child >= 0 && attend(child, out, words, timeout_ms, answer, said);
  kill(-pid, SIGKILL); /* and whatever it had started; its pid is ours until waitpid() */
  waitpid(pid, &status, 0);
  drain(out, answer, ANSWER_MAX, FALSE);
  drain(words, said, WORDS_MAX, TRUE);
  if (child >= 0)
    close(child);
  g_byte_array_append(said, (const guint8 *)"", 1);
  const RdJobEnd end = end_of(status, in_time);
  if (end != RD_JOB_DONE)
    *ret_why = rd_pool_reason(end, end == RD_JOB_CRASHED ? WTERMSIG(status) : WEXITSTATUS(status),
                              timeout_ms, (const char *)said->data);
  return end;
}

RdJobEnd rd_apart_run(RdApartWork work, void *user, gint64 timeout_ms, GByteArray **ret_answer,
                      char **ret_why) {
  int out[2], words[2];
  *ret_answer = g_byte_array_new();
  *ret_why = NULL;
  if (pipe2(out, O_CLOEXEC | O_NONBLOCK) != 0) {
    *ret_why = g_strdup_printf("pipe: %s", g_strerror(errno));
    return RD_JOB_FAILED;
  }
  if (pipe2(words, O_CLOEXEC | O_NONBLOCK) != 0) {
    *ret_why = g_strdup_printf("pipe: %s", g_strerror(errno));
    close(out[0]);
    close(out[1]);
    return RD_JOB_FAILED;
  }
  fflush(NULL); /* or the child could write it once more */
  pid_t parent = getpid(), pid = fork();
  if (pid == 0) {
    fcntl(out[1], F_SETFL, 0); /* our ends alone may not block */
    fcntl(words[1], F_SETFL, 0);
    become(work, user, out[1], words[1], parent);
  }
  int why = errno;
  close(out[1]);
  close(words[1]);
  RdJobEnd end = RD_JOB_FAILED;
  if (pid > 0) {
    setpgid(pid, pid); /* both sides do it, so that neither has to wait */
    end = watch(pid, out[0], words[0], timeout_ms, *ret_answer, ret_why);
  } else {
    *ret_why = g_strdup_printf("fork: %s", g_strerror(why));
  }
  close(out[0]);
  close(words[0]);
  return end;
}
