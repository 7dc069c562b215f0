#include "lab/drive/inline/loopback.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lab/base/address.h"

enum { RECEIVE_BUFFER = 4 << 20, BACKLOG = 1024 };

bool rd_is_loopback(const RdAddress *a) {
  static const uint8_t one[16] = {[15] = 1};
  if (a->family == 4)
    return a->ip[0] == 127;
  return a->family == 6 && memcmp(a->ip, one, sizeof one) == 0;
}

static socklen_t to_socket(const RdAddress *a, struct sockaddr_storage *ret) {
  memset(ret, 0, sizeof *ret);
  if (a->family == 4) {
    struct sockaddr_in *in = (struct sockaddr_in *)ret;
    in->sin_family = AF_INET;
    in->sin_port = htons(a->port);
    memcpy(&in->sin_addr, a->ip, 4);
    return sizeof *in;
  }
  struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;
  in6->sin6_family = AF_INET6;
  in6->sin6_port = htons(a->port);
  memcpy(&in6->sin6_addr, a->ip, 16);
  return sizeof *in6;
}

static RdAddress from_socket(const struct sockaddr_storage *s) {
  RdAddress a = {.transport = RD_UDP};
  if (s->ss_family == AF_INET) {
    const struct sockaddr_in *in = (const struct sockaddr_in *)s;
    a.family = 4;
    a.port = ntohs(in->sin_port);
    memcpy(a.ip, &in->sin_addr, 4);
  } else if (s->ss_family == AF_INET6) {
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)s;
    a.family = 6;
    a.port = ntohs(in6->sin6_port);
    memcpy(a.ip, &in6->sin6_addr, 16);
  }
  return a;
}

const char *rd_loopback_reason(int code) {
  return code == EMFILE ? "too many open files: every address and port is one (see ulimit -n)"
                        : g_strerror(code);
}

static int refuse(const RdAddress *a, const char *why, GError **error) {
  char text[RD_ADDRESS_TEXT];
  rd_address_text(a, text);
  g_set_error(error, RD_INLINE_ERROR, 0, "%s: %s", text, why);
  return -1;
}

int rd_loopback_bind(RdAddress *address, GError **error) {
  struct sockaddr_storage s;
  int one = 1, size = RECEIVE_BUFFER;
  if (!rd_is_loopback(address))
    return refuse(address, "only loopback addresses are ever used (127.0.0.0/8, ::1)", error);
  socklen_t len = to_socket(address, &s);
  int fd = socket(s.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&s, len) != 0 ||
      getsockname(fd, (struct sockaddr *)&s, &len) != 0) {
    int code = errno;
    if (fd >= 0)
      close(fd);
    return refuse(address, rd_loopback_reason(code), error);
  }
  setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &one, sizeof one);
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0) /* root alone */
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  address->port = from_socket(&s).port;
  address->transport = RD_UDP;
  return fd;
}

int rd_loopback_source(const RdAddress *address) {
  RdAddress a = *address;
  int size = 0, fd = rd_loopback_bind(&a, NULL);
  if (fd >= 0)
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  return fd;
}

/* --- connections ------------------------------------------------------------------------------ */

/* A non-blocking one that is bound; -1: errno says why. */
static int stream_at(const RdAddress *address) {
  struct sockaddr_storage s;
  int one = 1;
  socklen_t len = to_socket(address, &s);
  int fd = socket(s.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return -1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one); /* whatever waits in TIME_WAIT */
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (bind(fd, (struct sockaddr *)&s, len) == 0)
    return fd;
  int code = errno;
  close(fd);
  errno = code;
  return -1;
}

int rd_loopback_listen(const RdAddress *address, GError **error) {
  if (!rd_is_loopback(address))
    return refuse(address, "only loopback addresses are ever used (127.0.0.0/8, ::1)", error);
  int fd = stream_at(address);
  if (fd >= 0 && listen(fd, BACKLOG) == 0)
    return fd;
  int code = errno;
  if (fd >= 0)
    close(fd);
  return refuse(address, rd_loopback_reason(code), error);
}

int rd_loopback_accept(int fd, RdAddress *ret_from) {
  struct sockaddr_storage s;
  socklen_t len = sizeof s;
  int one = 1, accepted = accept4(fd, (struct sockaddr *)&s, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (accepted < 0)
    return -1;
  setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  *ret_from = from_socket(&s);
  ret_from->transport = RD_TCP;
  return accepted;
}

int rd_loopback_connect(const RdAddress *local, const RdAddress *remote) {
  struct sockaddr_storage s;
  if (!rd_is_loopback(local) || !rd_is_loopback(remote))
    return -1;
  int fd = stream_at(local);
  socklen_t len = to_socket(remote, &s);
  if (fd >= 0 && connect(fd, (struct sockaddr *)&s, len) != 0 && errno != EINPROGRESS) {
    close(fd);
    fd = -1;
  }
  return fd;
}

int rd_loopback_error(int fd) {
  int code = 0;
  socklen_t len = sizeof code;
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &len) == 0 ? code : errno;
}

void rd_loopback_reset(int fd) {
  struct linger at_once = {.l_onoff = 1};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(fd);
}

/* --- datagrams -------------------------------------------------------------------------------- */

ssize_t rd_loopback_receive(int fd, void *bytes, size_t cap, RdAddress *ret_from,
                            uint32_t *ret_dropped) {
  struct sockaddr_storage s;
  char control[CMSG_SPACE(sizeof(uint32_t))];
  struct iovec data = {bytes, cap};
  struct msghdr m = {.msg_name = &s,
                     .msg_namelen = sizeof s,
                     .msg_iov = &data,
                     .msg_iovlen = 1,
                     .msg_control = control,
                     .msg_controllen = sizeof control};
  ssize_t len = recvmsg(fd, &m, 0);
  if (len < 0)
    return -1;
  for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
    if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL)
      memcpy(ret_dropped, CMSG_DATA(c), sizeof *ret_dropped);
  *ret_from = from_socket(&s);
  return len;
}

bool rd_loopback_send(int fd, const RdAddress *to, const void *bytes, size_t len) {
  struct sockaddr_storage s;
  if (!rd_is_loopback(to))
    return false;
  socklen_t n = to_socket(to, &s);
  return sendto(fd, bytes, len, 0, (struct sockaddr *)&s, n) == (ssize_t)len;
}

bool rd_loopback_taken(const RdAddress *address) {
  RdAddress a = *address;
  int fd = rd_loopback_bind(&a, NULL);
  if (fd < 0)
    return true;
  close(fd);
  return false;
}
