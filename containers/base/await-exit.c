/* await-exit <pid>: waits until a process that need not be a child of the caller has ended. For the stop scripts of services. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int count, char **arguments) {
  char *end;
  long pid = count == 2 ? strtol(arguments[1], &end, 10) : 0;
  if (pid <= 0 || *end != '\0') {
    fprintf(stderr, "usage: await-exit <pid>\n");
    return 2;
  }
  int fd = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
  if (fd < 0 && errno == ESRCH) return 0;
  struct pollfd process = {.fd = fd, .events = POLLIN};
  while (fd >= 0 && poll(&process, 1, -1) < 0)
    if (errno != EINTR) fd = -1;
  if (fd >= 0) return 0;
  perror("await-exit");
  return 1;
}
