/* confine.c - runs a program that can start no other program. */
#include "bench/report/confine.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_MAX (64u << 20)
#define NOT_CONFINED 126 /* exit code of a child that gave up before exec */

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCHITECTURE AUDIT_ARCH_RISCV64
#endif

enum { IN, OUT, ERR, FILES };

#ifdef ARCHITECTURE

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ANSWER(what) BPF_STMT(BPF_RET | BPF_K, (what))
#define IF_IS(value, then) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, 1), then

/* Threads are clone() with CLONE_THREAD; the flags of clone3() stand in memory, where a filter
 * cannot look: without it the C library takes clone(). A limit of processes (RLIMIT_NPROC) would
 * not bind root. System calls of another architecture's table, x32 included, end the program. */
static bool forbid_processes(void) {
  const struct sock_filter rules[] = {
      LOAD(arch),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
      ANSWER(SECCOMP_RET_KILL_PROCESS),
      LOAD(nr),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
      ANSWER(SECCOMP_RET_KILL_PROCESS),
      IF_IS(__NR_clone3, ANSWER(SECCOMP_RET_ERRNO | ENOSYS)),
#ifdef __NR_fork
      IF_IS(__NR_fork, ANSWER(SECCOMP_RET_ERRNO | EPERM)),
      IF_IS(__NR_vfork, ANSWER(SECCOMP_RET_ERRNO | EPERM)),
#endif
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_clone, 1, 0),
      ANSWER(SECCOMP_RET_ALLOW),
      LOAD(args[0]), /* its low half, as all of these are little-endian */
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1),
      ANSWER(SECCOMP_RET_ALLOW),
      ANSWER(SECCOMP_RET_ERRNO | EPERM),
  };
  const struct sock_fprog program = {G_N_ELEMENTS(rules), (struct sock_filter *)rules};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

#else

static bool forbid_processes(void) {
  errno = ENOSYS;
  return false;
}

#endif

/* In the child, between fork and exec; alarm() and limits outlive exec. */
static void become(const char *const *argv, const int files[FILES], unsigned seconds,
                   pid_t parent) {
  static const char *const environment[] = {"PATH=/nonexistent", "LC_ALL=C.UTF-8", NULL};
  const struct rlimit size = {OUTPUT_MAX, OUTPUT_MAX}, none = {0, 0};
  sigset_t nothing;
  sigemptyset(&nothing);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (int i = 0; i < FILES; i++)
    if (dup2(files[i], i) < 0)
      _exit(NOT_CONFINED);
  setrlimit(RLIMIT_FSIZE, &size);
  setrlimit(RLIMIT_CORE, &none);
  signal(SIGALRM, SIG_DFL);
  sigprocmask(SIG_SETMASK, &nothing, NULL);
  alarm(seconds);
  if (getppid() != parent || !forbid_processes())
    _exit(NOT_CONFINED);
  execve(argv[0], (char *const *)argv, (char *const *)environment);
  _exit(NOT_CONFINED);
}

/* What was written to a memory file, cut at the limit and made valid. */
static char *contents(int fd) {
  gsize size = (gsize)MIN(MAX(lseek(fd, 0, SEEK_END), 0), (off_t)OUTPUT_MAX), got = 0;
  g_autofree char *bytes = g_malloc(size + 1);
  for (ssize_t n; got < size; got += (gsize)n)
    if ((n = pread(fd, bytes + got, size - got, (off_t)got)) <= 0)
      break;
  return g_utf8_make_valid(bytes, (gssize)got);
}

static gboolean write_all(int fd, const char *text) {
  gsize size = strlen(text), put = 0;
  for (ssize_t n; put < size; put += (gsize)n)
    if ((n = write(fd, text + put, size - put)) <= 0)
      return FALSE;
  return lseek(fd, 0, SEEK_SET) == 0;
}

static gboolean failed(GError **error, const char *what, int why) {
  g_set_error(error, RD_CONFINE_ERROR, RD_CONFINE_FAILED, "%s: %s", what, g_strerror(why));
  return FALSE;
}

static gboolean run(const char *const *argv, const int files[FILES], unsigned seconds,
                    RdConfined *ret, GError **error) {
  int status = 0;
  pid_t parent = getpid(), pid = fork();
  if (pid == 0)
    become(argv, files, seconds, parent);
  if (pid < 0)
    return failed(error, "fork", errno);
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR)
      return failed(error, "waitpid", errno);
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
    g_set_error(error, RD_CONFINE_ERROR, RD_CONFINE_TIMEOUT, "no end after %u s: stopped", seconds);
    return FALSE;
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_CONFINED) {
    g_set_error(error, RD_CONFINE_ERROR, RD_CONFINE_FAILED,
                "it cannot be started in a way that it starts nothing else (seccomp)");
    return FALSE;
  }
  ret->well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  ret->out = contents(files[OUT]);
  ret->err = contents(files[ERR]);
  return TRUE;
}

gboolean rd_confine_run(const char *const *argv, const char *input, unsigned seconds,
                        RdConfined *ret, GError **error) {
  static const char *const names[FILES] = {"stdin", "stdout", "stderr"};
  int files[FILES] = {-1, -1, -1}, made = 0;
  *ret = (RdConfined){0};
  while (made < FILES && (files[made] = memfd_create(names[made], MFD_CLOEXEC)) >= 0)
    made++;
  gboolean ok =
      (made == FILES && write_all(files[IN], input)) || failed(error, "a memory file", errno);
  ok = ok && run(argv, files, seconds, ret, error);
  for (int i = 0; i < made; i++)
    close(files[i]);
  return ok;
}

void rd_confined_clear(RdConfined *c) {
  g_clear_pointer(&c->out, g_free);
  g_clear_pointer(&c->err, g_free);
}
