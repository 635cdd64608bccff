/*
 * World time: a preload library by which every process of a host reads a wall clock of the world.
 *
 * /etc/world-clock leads to the host's clock file, which the hub writes in place:
 *
 *   int64 count, then count entries { int64 real instant in ns, int64 offset in ns }, ascending
 *
 * An entry says: from this real instant on, world time = real time + offset. The last entry rules
 * the present; the others say when old files were made. The count is written last, so whoever
 * reads it first (acquire) never sees half an entry. The file is mapped when the library is
 * loaded: no environment is needed, and programs that chroot or change their user later keep it.
 *
 * Moved: the clocks that follow the wall (REALTIME, TAI, and BOOTTIME, by which Exim 4.96 and
 * later makes its message ids), absolute deadlines on them, and file times. Not moved: MONOTONIC
 * and everything relative, so that sessions that are open live through a jump of days. A wait that
 * began before a jump ends when its real time is over.
 *
 * Limits: static binaries, programs that make system calls themselves (Go), glibc's inner use of
 * the clock (the stamp that syslog() writes), absolute timers on BOOTTIME.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timeb.h>
#include <sys/timerfd.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

_Static_assert(sizeof(time_t) == 8 && sizeof(long) == 8, "stat and stat64 are one only where long has 64 bits");

#define CLOCK_FILE "/etc/world-clock"
#define ENTRIES 4096
#define NS INT64_C(1000000000)
/* Absolute timer values above this many seconds are wall-clock times (2001-09-09); no machine has been up for 31 years. */
#define WALL_SECONDS 1000000000

struct history {
  int64_t count;
  struct { int64_t real, offset; } entries[ENTRIES];
};

/* ---- the clock file ---- */

static const struct history absent;
static const struct history *history;

/* Only plain system calls: this may run inside another library's constructor, before malloc is ready. */
static const struct history *map_history(void) {
  int saved = errno;
  const struct history *found = &absent;
  int fd = (int)syscall(SYS_openat, AT_FDCWD, CLOCK_FILE, O_RDONLY | O_CLOEXEC);
  if (fd >= 0) {
    struct stat status;
    /* A file that is too short would be SIGBUS at the first read. */
    if (syscall(SYS_newfstatat, fd, "", &status, AT_EMPTY_PATH) == 0 && status.st_size >= (off_t)sizeof *found) {
      void *mapped = mmap(NULL, sizeof *found, PROT_READ, MAP_SHARED, fd, 0);
      if (mapped != MAP_FAILED) found = mapped;
    }
    syscall(SYS_close, fd);
  }
  const struct history *first = NULL;
  if (!__atomic_compare_exchange_n(&history, &first, found, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
    if (found != &absent) munmap((void *)found, sizeof *found);
    found = first;
  }
  errno = saved;
  return found;
}

static const struct history *the_history(void) {
  const struct history *known = __atomic_load_n(&history, __ATOMIC_ACQUIRE);
  return known != NULL ? known : map_history();
}

static int64_t count_of(const struct history *of) {
  int64_t count = __atomic_load_n(&of->count, __ATOMIC_ACQUIRE);
  return count < ENTRIES ? count : ENTRIES;
}

static int64_t offset_now(void) {
  const struct history *all = the_history();
  int64_t count = count_of(all);
  return count > 0 ? all->entries[count - 1].offset : 0;
}

/* The offset that was in force at a real instant. */
static int64_t offset_at(int64_t real) {
  const struct history *all = the_history();
  for (int64_t i = count_of(all) - 1; i >= 0; i--)
    if (all->entries[i].real <= real) return all->entries[i].offset;
  return 0;
}

static struct timespec moved(struct timespec time, int64_t by) {
  int64_t ns = time.tv_nsec + by % NS;
  time.tv_sec += by / NS + (ns >= NS) - (ns < 0);
  time.tv_nsec = ns + (ns < 0 ? NS : 0) - (ns >= NS ? NS : 0);
  return time;
}

static struct timespec real_deadline(const struct timespec *of) { return moved(*of, -offset_now()); }

static int follows_wall(clockid_t clock) {
  switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_REALTIME_ALARM:
    case CLOCK_TAI:
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM: return 1;
    default: return 0;
  }
}

/* ---- glibc's own functions, behind ours ---- */

#define REAL(function) static __typeof__(&function) cached; __typeof__(&function) real = next((void **)&cached, #function)

static void *next(void **cached, const char *name) {
  void *found = __atomic_load_n(cached, __ATOMIC_ACQUIRE);
  if (found == NULL) {
    found = dlsym(RTLD_NEXT, name);
    __atomic_store_n(cached, found, __ATOMIC_RELEASE);
  }
  return found;
}

static int (*read_clock)(clockid_t, struct timespec *);

__attribute__((constructor)) static void begin(void) {
  int saved = errno;
  the_history();
  __atomic_store_n(&read_clock, (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime"), __ATOMIC_RELEASE);
  errno = saved;
}

/* ---- reading the clock ---- */

int clock_gettime(clockid_t clock, struct timespec *time) {
  int (*real)(clockid_t, struct timespec *) = __atomic_load_n(&read_clock, __ATOMIC_ACQUIRE);
  /* Before our constructor ran, dlsym could call an allocator that asks for the time again. */
  int result = real != NULL ? real(clock, time) : (int)syscall(SYS_clock_gettime, clock, time);
  if (result == 0 && follows_wall(clock)) *time = moved(*time, offset_now());
  return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  if (time != NULL) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    *time = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
  }
  if (zone != NULL) memset(zone, 0, sizeof(struct timezone));
  return 0;
}

/* glibc reads the coarse clock here too: time() never runs ahead of the stamp of a file made next. */
time_t time(time_t *out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  if (out != NULL) *out = now.tv_sec;
  return now.tv_sec;
}

int timespec_get(struct timespec *time, int base) {
  if (base != TIME_UTC) {
    REAL(timespec_get);
    return real(time, base);
  }
  return clock_gettime(CLOCK_REALTIME, time) == 0 ? base : 0;
}

int ftime(struct timeb *out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  *out = (struct timeb){.time = now.tv_sec, .millitm = (unsigned short)(now.tv_nsec / 1000000)};
  return 0;
}

/* ---- absolute deadlines ---- */

#define DEADLINE_LAST(function, type)                                   \
  int function(type *restrict object, const struct timespec *restrict deadline) { \
    REAL(function);                                                     \
    struct timespec at = real_deadline(deadline);                       \
    return real(object, &at);                                           \
  }
#define DEADLINE_ON_CLOCK(function, type)                               \
  int function(type *restrict object, clockid_t clock, const struct timespec *restrict deadline) { \
    REAL(function);                                                     \
    if (!follows_wall(clock)) return real(object, clock, deadline);     \
    struct timespec at = real_deadline(deadline);                       \
    return real(object, clock, &at);                                    \
  }

DEADLINE_LAST(pthread_mutex_timedlock, pthread_mutex_t)
DEADLINE_LAST(pthread_rwlock_timedrdlock, pthread_rwlock_t)
DEADLINE_LAST(pthread_rwlock_timedwrlock, pthread_rwlock_t)
DEADLINE_LAST(sem_timedwait, sem_t)
DEADLINE_LAST(mtx_timedlock, mtx_t)
DEADLINE_ON_CLOCK(pthread_mutex_clocklock, pthread_mutex_t)
DEADLINE_ON_CLOCK(pthread_rwlock_clockrdlock, pthread_rwlock_t)
DEADLINE_ON_CLOCK(pthread_rwlock_clockwrlock, pthread_rwlock_t)
DEADLINE_ON_CLOCK(sem_clockwait, sem_t)

int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex, const struct timespec *restrict deadline) {
  REAL(cnd_timedwait);
  struct timespec at = real_deadline(deadline);
  return real(condition, mutex, &at);
}

int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex, const struct timespec *restrict deadline) {
  static int (*cached)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
  int (*real)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *) = __atomic_load_n(&cached, __ATOMIC_ACQUIRE);
  if (real == NULL) {
    /* dlsym finds the LinuxThreads form of before glibc 2.3.2 on amd64, whose condition has another layout. */
    void *found = dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
    if (found == NULL) found = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
    real = (int (*)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *))found;
    __atomic_store_n(&cached, real, __ATOMIC_RELEASE);
  }
  /* pthread_condattr_setclock(CLOCK_MONOTONIC) is bit 1 of __wrefs (glibc 2.25 and later); its place comes from the release's own header. */
  if (__atomic_load_n(&condition->__data.__wrefs, __ATOMIC_RELAXED) & 2) return real(condition, mutex, deadline);
  struct timespec at = real_deadline(deadline);
  return real(condition, mutex, &at);
}

int pthread_cond_clockwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex, clockid_t clock, const struct timespec *restrict deadline) {
  REAL(pthread_cond_clockwait);
  if (!follows_wall(clock)) return real(condition, mutex, clock, deadline);
  struct timespec at = real_deadline(deadline);
  return real(condition, mutex, clock, &at);
}

int pthread_timedjoin_np(pthread_t thread, void **result, const struct timespec *deadline) {
  REAL(pthread_timedjoin_np);
  if (deadline == NULL) return real(thread, result, NULL);
  struct timespec at = real_deadline(deadline);
  return real(thread, result, &at);
}

int mq_timedsend(mqd_t queue, const char *message, size_t size, unsigned priority, const struct timespec *deadline) {
  REAL(mq_timedsend);
  struct timespec at = real_deadline(deadline);
  return real(queue, message, size, priority, &at);
}

ssize_t mq_timedreceive(mqd_t queue, char *restrict message, size_t size, unsigned *restrict priority, const struct timespec *restrict deadline) {
  REAL(mq_timedreceive);
  struct timespec at = real_deadline(deadline);
  return real(queue, message, size, priority, &at);
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *request, struct timespec *remain) {
  REAL(clock_nanosleep);
  if (!(flags & TIMER_ABSTIME) || !follows_wall(clock)) return real(clock, flags, request, remain);
  struct timespec at = real_deadline(request);
  return real(clock, flags, &at, remain);
}

/* The clock of a timer is not known here; a value of decades can only be the wall's. What is handed back is always relative. */
static struct itimerspec real_timer(const struct itimerspec *wanted, int absolute) {
  struct itimerspec timer = *wanted;
  if (absolute && timer.it_value.tv_sec >= WALL_SECONDS) timer.it_value = real_deadline(&timer.it_value);
  return timer;
}

int timerfd_settime(int fd, int flags, const struct itimerspec *wanted, struct itimerspec *before) {
  REAL(timerfd_settime);
  struct itimerspec timer = real_timer(wanted, flags & TFD_TIMER_ABSTIME);
  return real(fd, flags, &timer, before);
}

int timer_settime(timer_t id, int flags, const struct itimerspec *restrict wanted, struct itimerspec *restrict before) {
  REAL(timer_settime);
  struct itimerspec timer = real_timer(wanted, flags & TIMER_ABSTIME);
  return real(id, flags, &timer, before);
}

/* ---- file times ----
 * The kernel stamps files with real time; such a stamp is moved by the offset of the instant when it
 * was made, so that old files age. A program that sets a stamp sets world time; it is stored with
 * ns = 0, by which it is known and left alone. The change time (ctime) is always the kernel's.
 */

static struct timespec stamped_by_kernel(struct timespec stamp) { return moved(stamp, offset_at(stamp.tv_sec * NS + stamp.tv_nsec)); }
static struct timespec stamped(struct timespec stamp) { return stamp.tv_nsec == 0 ? stamp : stamped_by_kernel(stamp); }

/* Straight to the kernel, whose structure is glibc's on 64-bit machines. `out` is a struct stat or stat64: one and the same there. */
static int look(int directory, const char *path, void *out, int flags) {
  struct stat *status = out;
  int result = (int)syscall(SYS_newfstatat, directory, path, status, flags);
  if (result != 0) return result;
  status->st_mtim = stamped(status->st_mtim);
  status->st_atim = stamped(status->st_atim);
  status->st_ctim = stamped_by_kernel(status->st_ctim);
  return 0;
}

int fstatat(int directory, const char *restrict path, struct stat *restrict out, int flags) { return look(directory, path, out, flags); }
int stat(const char *restrict path, struct stat *restrict out) { return look(AT_FDCWD, path, out, 0); }
int lstat(const char *restrict path, struct stat *restrict out) { return look(AT_FDCWD, path, out, AT_SYMLINK_NOFOLLOW); }
int fstat(int fd, struct stat *out) { return look(fd, "", out, AT_EMPTY_PATH); }
int fstatat64(int directory, const char *restrict path, struct stat64 *restrict out, int flags) { return look(directory, path, out, flags); }
int stat64(const char *restrict path, struct stat64 *restrict out) { return look(AT_FDCWD, path, out, 0); }
int lstat64(const char *restrict path, struct stat64 *restrict out) { return look(AT_FDCWD, path, out, AT_SYMLINK_NOFOLLOW); }
int fstat64(int fd, struct stat64 *out) { return look(fd, "", out, AT_EMPTY_PATH); }

/* Programs linked against glibc before 2.33 call these. */
#define UNUSED __attribute__((unused))
int __xstat(UNUSED int version, const char *path, struct stat *out) { return look(AT_FDCWD, path, out, 0); }
int __lxstat(UNUSED int version, const char *path, struct stat *out) { return look(AT_FDCWD, path, out, AT_SYMLINK_NOFOLLOW); }
int __fxstat(UNUSED int version, int fd, struct stat *out) { return look(fd, "", out, AT_EMPTY_PATH); }
int __fxstatat(UNUSED int version, int directory, const char *path, struct stat *out, int flags) { return look(directory, path, out, flags); }
int __xstat64(UNUSED int version, const char *path, struct stat64 *out) { return look(AT_FDCWD, path, out, 0); }
int __lxstat64(UNUSED int version, const char *path, struct stat64 *out) { return look(AT_FDCWD, path, out, AT_SYMLINK_NOFOLLOW); }
int __fxstat64(UNUSED int version, int fd, struct stat64 *out) { return look(fd, "", out, AT_EMPTY_PATH); }
int __fxstatat64(UNUSED int version, int directory, const char *path, struct stat64 *out, int flags) { return look(directory, path, out, flags); }

static void move_statx(struct statx_timestamp *stamp, struct timespec (*by)(struct timespec)) {
  struct timespec time = by((struct timespec){.tv_sec = stamp->tv_sec, .tv_nsec = stamp->tv_nsec});
  stamp->tv_sec = time.tv_sec;
  stamp->tv_nsec = (uint32_t)time.tv_nsec;
}

int statx(int directory, const char *restrict path, int flags, unsigned mask, struct statx *restrict out) {
  int result = (int)syscall(SYS_statx, directory, path, flags, mask, out);
  if (result != 0) return result;
  move_statx(&out->stx_mtime, stamped);
  move_statx(&out->stx_atime, stamped);
  move_statx(&out->stx_ctime, stamped_by_kernel);
  move_statx(&out->stx_btime, stamped_by_kernel);
  return 0;
}

static int set_times(int directory, const char *path, const struct timespec wanted[2], int flags) {
  if (wanted == NULL) return (int)syscall(SYS_utimensat, directory, path, NULL, flags);
  struct timespec times[2] = {wanted[0], wanted[1]};
  for (int i = 0; i < 2; i++)
    if (times[i].tv_nsec != UTIME_NOW && times[i].tv_nsec != UTIME_OMIT) times[i].tv_nsec = 0;
  return (int)syscall(SYS_utimensat, directory, path, times, flags);
}

static int set_timevals(int directory, const char *path, const struct timeval wanted[2], int flags) {
  if (wanted == NULL) return set_times(directory, path, NULL, flags);
  struct timespec times[2] = {{.tv_sec = wanted[0].tv_sec}, {.tv_sec = wanted[1].tv_sec}};
  return set_times(directory, path, times, flags);
}

int utimensat(int directory, const char *path, const struct timespec times[2], int flags) { return set_times(directory, path, times, flags); }
int futimens(int fd, const struct timespec times[2]) { return set_times(fd, NULL, times, 0); }
int utimes(const char *path, const struct timeval times[2]) { return set_timevals(AT_FDCWD, path, times, 0); }
int lutimes(const char *path, const struct timeval times[2]) { return set_timevals(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW); }
int futimes(int fd, const struct timeval times[2]) { return set_timevals(fd, NULL, times, 0); }
int futimesat(int directory, const char *path, const struct timeval times[2]) { return set_timevals(directory, path, times, 0); }
int utime(const char *path, const struct utimbuf *times) {
  if (times == NULL) return set_times(AT_FDCWD, path, NULL, 0);
  struct timespec both[2] = {{.tv_sec = times->actime}, {.tv_sec = times->modtime}};
  return set_times(AT_FDCWD, path, both, 0);
}
