#include "lab/drive/inline/children.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab/drive/inline/loopback.h"

/* With signals blocked over the fork: a handler of ours must not run in the child. */
static pid_t fork_quietly(sigset_t *ret_before) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, ret_before);
  pid_t child = fork();
  int code = errno;
  if (child != 0)
    sigprocmask(SIG_SETMASK, ret_before, NULL);
  errno = code;
  return child;
}

/* In the child, before anything else. */
static void detach(pid_t parent) {
  sigset_t none;
  sigemptyset(&none);
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  sigprocmask(SIG_SETMASK, &none, NULL);
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) /* it died in between */
    _exit(127);
}

static void become(const char *const *argv, const char *folder, const char *log) {
  int null = open("/dev/null", O_RDONLY), out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (null < 0 || out < 0 || chdir(folder) != 0)
    _exit(127);
  dup2(null, 0);
  dup2(out, 1);
  dup2(out, 2);
  execvp(argv[0], (char *const *)argv);
  _exit(127);
}

static pid_t cannot(const char *what, int code, GError **error) {
  g_set_error(error, RD_INLINE_ERROR, code, "%s: %s", what, g_strerror(code));
  return 0;
}

pid_t rd_child_start(const char *const *argv, const char *folder, const char *name,
                     GError **error) {
  g_autofree char *file = g_strconcat(name, ".log", NULL);
  g_autofree char *log = g_build_filename(folder, file, NULL);
  sigset_t before;
  pid_t parent = getpid(), child = fork_quietly(&before);
  if (child == 0) {
    detach(parent);
    become(argv, folder, log);
  }
  return child > 0 ? child : cannot(argv[0], errno, error);
}

static int code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

gboolean rd_child_ended(pid_t child, int *ret_code) {
  int status;
  if (waitpid(child, &status, WNOHANG) != child)
    return FALSE;
  *ret_code = code_of(status);
  return TRUE;
}

int rd_child_stop(pid_t child, unsigned patience) {
  int code;
  kill(child, SIGTERM);
  for (unsigned waited = 0; waited < patience; waited += 10) {
    if (rd_child_ended(child, &code))
      return code;
    g_usleep(10000);
  }
  kill(-child, SIGKILL);
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  return code_of(status);
}
