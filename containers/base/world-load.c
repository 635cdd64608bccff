/*
 * The world's load, in the same preload library as the world's time: mail servers hold mail back when the machine is
 * busy (Exim's queue_only_load, sendmail's QueueLA), and how busy the machine under all worlds is must not decide what
 * happens in one of them. /etc/world-load has up to three numbers, the averages of 1, 5 and 15 minutes; a host without
 * it, which is every host at first, is idle.
 *
 * Moved: getloadavg(3), and /proc/loadavg where a program opens it with open(2), as Exim does on Linux. Not moved:
 * fopen("/proc/loadavg"), static binaries.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOAD_FILE "/etc/world-load"
#define AVERAGES 3

typedef int opener(const char *, int, ...);

/* Read at each call: a server asks for it once a message, and the file may change any time. */
int getloadavg(double averages[], int count) {
  char text[128] = "";
  if (count > AVERAGES) count = AVERAGES;
  int fd = (int)syscall(SYS_openat, AT_FDCWD, LOAD_FILE, O_RDONLY | O_CLOEXEC);
  if (fd >= 0) {
    ssize_t size = read(fd, text, sizeof text - 1);
    text[size > 0 ? size : 0] = '\0';
    close(fd);
  }
  char *at = text;
  double last = 0;
  for (int i = 0; i < count; i++) {
    char *end;
    double value = strtod(at, &end);
    /* One number stands for all that follow. */
    if (end != at) last = value;
    averages[i] = last;
    at = end;
  }
  return count;
}

/* The averages in the form of proc(5); what follows them, numbers of processes, is nobody's in particular. */
static int open_load(int flags) {
  double averages[AVERAGES];
  char text[80];
  getloadavg(averages, AVERAGES);
  int fd = memfd_create("loadavg", flags & O_CLOEXEC ? MFD_CLOEXEC : 0);
  if (fd < 0) return -1;
  int size = snprintf(text, sizeof text, "%.2f %.2f %.2f 1/1 1\n", averages[0], averages[1], averages[2]);
  if (write(fd, text, (size_t)size) != size || lseek(fd, 0, SEEK_SET) != 0) {
    close(fd);
    errno = EIO;
    return -1;
  }
  return fd;
}

static int open_as(opener **next, const char *name, const char *path, int flags, mode_t mode) {
  if (path != NULL && strcmp(path, "/proc/loadavg") == 0) return open_load(flags);
  if (*next == NULL) *next = (opener *)dlsym(RTLD_NEXT, name);
  return (*next)(path, flags, mode);
}

static mode_t mode_in(int flags, va_list arguments) { return flags & (O_CREAT | __O_TMPFILE) ? va_arg(arguments, mode_t) : 0; }

int open(const char *path, int flags, ...) {
  static opener *next;
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = mode_in(flags, arguments);
  va_end(arguments);
  return open_as(&next, "open", path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  static opener *next;
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = mode_in(flags, arguments);
  va_end(arguments);
  return open_as(&next, "open64", path, flags, mode);
}
