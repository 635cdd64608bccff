/*
 * PID 1 of every host of a world, and the agent through which the hub runs commands in it.
 *
 * Listens on /run/mailproof/world/hosts/$MAILPROOF_HOST/agent.sock (a volume that the hub mounts
 * too). A connection carries one request:
 *
 *   run <bytes>\n<script>   /bin/sh runs the script as root; its output comes back as it is written,
 *                           then "\n\x04exit <status>\n" (128 + signal when it was killed)
 *   signal <number>\n       sends the signal to everything but this process; "\n\x04exit 0\n"
 *   anything else           "\n\x04error <what is wrong>\n"
 *
 * The connection is shut down when the script's own shell ends, even where a daemon that it left
 * behind still holds it. A caller that goes away while its script runs takes the script with it
 * (its process group is killed; daemons have left that group).
 *
 * It is the host's /dev/log, too: each datagram becomes a line of hosts/$MAILPROOF_HOST/syslog/messages.
 * One datagram socket keeps the order of all its writers, which a stream for each of them would not:
 * Postfix's qmgr says "removed" after smtp(8) said "sent", and so it must be read.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define HOSTS "/run/mailproof/world/hosts"
#define SCRIPT_MAX (16 * 1024 * 1024)
/* Linux takes at most 128 KiB in one argument of execve(2). */
#define ARGUMENT_MAX (100 * 1024)
/* glibc cuts no message; Postfix and Exim keep theirs below 8 KiB. */
#define MESSAGE_MAX (64 * 1024)
#define LOG_BUFFER (1024 * 1024)

enum state { READING_HEADER, READING_SCRIPT, RUNNING, ANSWERING };

struct connection {
  struct connection *next;
  int fd;
  enum state state;
  char header[64];
  size_t header_size;
  char *script;
  size_t script_size, script_read;
  pid_t child;
  char answer[128];
  size_t answer_size, answer_sent;
};

static struct connection *connections;
/* /dev/log, and the file that it is written to. */
static int logs, messages;
static void take_logs(void);

static void die(const char *what) {
  fprintf(stderr, "host-init: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void answer(struct connection *c, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int size = vsnprintf(c->answer, sizeof c->answer, format, arguments);
  va_end(arguments);
  c->answer_size = size < (int)sizeof c->answer ? (size_t)size : sizeof c->answer - 1;
  c->state = ANSWERING;
}

/* A script too large for one argument is read by the shell from memory instead. */
static int script_in_memory(const struct connection *c) {
  static const char prologue[] = "exec 9<&-\n";
  int fd = memfd_create("script", 0);
  if (fd < 0) return -1;
  if (write(fd, prologue, sizeof prologue - 1) < 0) return -1;
  for (size_t done = 0; done < c->script_size;) {
    ssize_t n = write(fd, c->script + done, c->script_size - done);
    if (n < 0) return -1;
    done += (size_t)n;
  }
  if (dup2(fd, 9) < 0) return -1;
  close(fd);
  return 0;
}

static void become_script(const struct connection *c) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  signal(SIGPIPE, SIG_DFL);
  setsid();
  int null = open("/dev/null", O_RDONLY);
  if (null < 0 || dup2(null, 0) < 0 || dup2(c->fd, 1) < 0 || dup2(c->fd, 2) < 0) _exit(126);
  if (null > 2) close(null);
  if (c->script_size <= ARGUMENT_MAX) execl("/bin/sh", "sh", "-c", c->script, (char *)NULL);
  else if (script_in_memory(c) == 0) execl("/bin/sh", "sh", "/dev/fd/9", (char *)NULL);
  perror("host-init: /bin/sh");
  _exit(127);
}

static void run(struct connection *c) {
  pid_t child = fork();
  if (child == 0) become_script(c);
  free(c->script);
  c->script = NULL;
  if (child < 0) return answer(c, "\n\x04" "error fork: %s\n", strerror(errno));
  c->child = child;
  c->state = RUNNING;
}

static void understand(struct connection *c) {
  char *end;
  c->header[c->header_size - 1] = '\0';
  if (strncmp(c->header, "run ", 4) == 0) {
    unsigned long size = strtoul(c->header + 4, &end, 10);
    if (end == c->header + 4 || *end != '\0' || size > SCRIPT_MAX) return answer(c, "\n\x04" "error not a script size: %s\n", c->header + 4);
    c->script = malloc(size + 1);
    if (c->script == NULL) return answer(c, "\n\x04" "error out of memory\n");
    c->script[size] = '\0';
    c->script_size = size;
    c->state = READING_SCRIPT;
    if (size == 0) run(c);
  } else if (strncmp(c->header, "signal ", 7) == 0) {
    long number = strtol(c->header + 7, &end, 10);
    if (end == c->header + 7 || *end != '\0' || number < 1 || number > SIGRTMAX) return answer(c, "\n\x04" "error not a signal number: %s\n", c->header + 7);
    /* ESRCH: nothing else was running, which is what the caller wanted to be sure of. */
    if (kill(-1, (int)number) < 0 && errno != ESRCH) return answer(c, "\n\x04" "error kill: %s\n", strerror(errno));
    answer(c, "\n\x04" "exit 0\n");
  } else {
    answer(c, "\n\x04" "error not a request: %s\n", c->header);
  }
}

static void drop(struct connection *gone) {
  for (struct connection **at = &connections; *at != NULL; at = &(*at)->next) {
    if (*at != gone) continue;
    *at = gone->next;
    break;
  }
  close(gone->fd);
  free(gone->script);
  free(gone);
}

/* Returns 0 when the connection is to be dropped. Never blocks: the description is shared with scripts, so flags per call. */
static int receive(struct connection *c) {
  for (;;) {
    ssize_t n;
    if (c->state == READING_HEADER) {
      if (c->header_size == sizeof c->header) {
        answer(c, "\n\x04" "error the request has no end of line\n");
        return 1;
      }
      n = recv(c->fd, c->header + c->header_size, 1, MSG_DONTWAIT);
      if (n > 0 && c->header[c->header_size++] == '\n') understand(c);
    } else if (c->state == READING_SCRIPT) {
      n = recv(c->fd, c->script + c->script_read, c->script_size - c->script_read, MSG_DONTWAIT);
      if (n > 0 && (c->script_read += (size_t)n) == c->script_size) run(c);
    } else {
      return 1;
    }
    if (n == 0) return 0;
    if (n < 0) return errno == EAGAIN || errno == EINTR;
  }
}

static int transmit(struct connection *c) {
  while (c->answer_sent < c->answer_size) {
    ssize_t n = send(c->fd, c->answer + c->answer_sent, c->answer_size - c->answer_sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    c->answer_sent += (size_t)n;
  }
  shutdown(c->fd, SHUT_RDWR);
  return 0;
}

/* Signals that tell of a fault in the process itself; nobody sends them to stop a server. */
static int is_crash(int number) {
  return number == SIGSEGV || number == SIGBUS || number == SIGILL || number == SIGFPE || number == SIGABRT || number == SIGTRAP || number == SIGSYS;
}

/* A daemon has no parent but this process: that it crashed is told here, or nowhere. */
static void tell_crash(pid_t child, int number) {
  char path[32], name[32] = "?", line[160];
  snprintf(path, sizeof path, "/proc/%d/comm", (int)child);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd >= 0) {
    ssize_t n = read(fd, name, sizeof name - 1);
    if (n > 0) name[n - (name[n - 1] == '\n')] = '\0';
    close(fd);
  }
  int size = snprintf(line, sizeof line, "host-init[1]: %s[%d] crashed with signal %d (%s)\n", name, (int)child, number, strsignal(number));
  if (write(messages, line, (size_t)size) != size) die("syslog/messages");
}

static void reap(void) {
  int status;
  pid_t child;
  siginfo_t ended = {0};
  /* Looked at before it is waited for: a zombie still has its name. */
  while (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && (child = ended.si_pid) > 0) {
    if (ended.si_code != CLD_EXITED && is_crash(ended.si_status)) tell_crash(child, ended.si_status);
    if (waitpid(child, &status, 0) != child) continue;
    ended.si_pid = 0;
    /* What was logged before a script ended is written before its end is told. */
    take_logs();
    for (struct connection *c = connections; c != NULL; c = c->next)
      if (c->state == RUNNING && c->child == child)
        answer(c, "\n\x04" "exit %d\n", WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
  }
}

static void accept_connection(int listener) {
  int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  if (fd < 0) return;
  struct connection *c = calloc(1, sizeof *c);
  if (c == NULL) {
    close(fd);
    return;
  }
  c->fd = fd;
  c->next = connections;
  connections = c;
}

static void make_directories(const char *path) {
  char part[sizeof(struct sockaddr_un)];
  for (size_t i = 1; path[i - 1] != '\0'; i++) {
    if (path[i] != '/' && path[i] != '\0') continue;
    snprintf(part, sizeof part, "%.*s", (int)i, path);
    if (mkdir(part, 0755) < 0 && errno != EEXIST) die(part);
  }
}

static const char *host_name(void) {
  const char *host = getenv("MAILPROOF_HOST");
  if (host == NULL || *host == '\0' || strchr(host, '/') != NULL) {
    fprintf(stderr, "host-init: MAILPROOF_HOST must name this host\n");
    exit(1);
  }
  return host;
}

static int listen_for_logs(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) die("socket");
  int size = LOG_BUFFER;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  unlink(address.sun_path);
  /* Every user of the host may log. */
  umask(0);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) die(address.sun_path);
  umask(022);
  return fd;
}

static int open_messages(void) {
  char path[sizeof(struct sockaddr_un)];
  int size = snprintf(path, sizeof path, HOSTS "/%s/syslog", host_name());
  if (size >= (int)sizeof path) die("the host name is too long");
  make_directories(path);
  if (snprintf(path + size, sizeof path - (size_t)size, "/messages") >= (int)(sizeof path - (size_t)size)) die("the host name is too long");
  int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) die(path);
  return fd;
}

/* What waits in /dev/log, one line each, all in one write: the hub reads on every change of the file. */
static void take_logs(void) {
  static char text[16 * MESSAGE_MAX];
  for (;;) {
    size_t size = 0;
    while (size + MESSAGE_MAX < sizeof text) {
      ssize_t n = recv(logs, text + size, MESSAGE_MAX - 1, MSG_DONTWAIT);
      if (n < 0) break;
      while (n > 0 && (text[size + (size_t)n - 1] == '\0' || text[size + (size_t)n - 1] == '\n')) n--;
      for (ssize_t i = 0; i < n; i++)
        if (text[size + (size_t)i] == '\n' || text[size + (size_t)i] == '\0') text[size + (size_t)i] = ' ';
      size += (size_t)n;
      text[size++] = '\n';
    }
    if (size == 0) return;
    for (size_t done = 0; done < size;) {
      ssize_t n = write(messages, text + done, size - done);
      if (n < 0 && errno != EINTR) die("syslog/messages");
      if (n > 0) done += (size_t)n;
    }
  }
}

static int listen_for_hub(void) {
  const char *host = host_name();
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (snprintf(address.sun_path, sizeof address.sun_path, HOSTS "/%s/agent.sock", host) >= (int)sizeof address.sun_path) {
    fprintf(stderr, "host-init: the host name is too long for a unix socket's path: %s\n", host);
    exit(1);
  }
  umask(022);
  char directory[sizeof address.sun_path];
  snprintf(directory, sizeof directory, HOSTS "/%s", host);
  make_directories(directory);
  unlink(address.sun_path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) die("socket");
  /* Only root may ask; the hub is root in its container. */
  umask(0177);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) die(address.sun_path);
  umask(022);
  if (listen(fd, 128) < 0) die("listen");
  return fd;
}

int main(void) {
  sigset_t handled;
  sigemptyset(&handled);
  sigaddset(&handled, SIGCHLD);
  sigaddset(&handled, SIGTERM);
  sigprocmask(SIG_BLOCK, &handled, NULL);
  signal(SIGPIPE, SIG_IGN);
  int signals = signalfd(-1, &handled, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals < 0) die("signalfd");
  setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
  setenv("HOME", "/root", 1);
  if (chdir("/") < 0) die("/");
  logs = listen_for_logs();
  messages = open_messages();
  int listener = listen_for_hub();

  for (;;) {
    size_t count = 3;
    for (struct connection *c = connections; c != NULL; c = c->next) count++;
    struct pollfd polled[count];
    struct connection *owners[count];
    polled[0] = (struct pollfd){.fd = signals, .events = POLLIN};
    polled[1] = (struct pollfd){.fd = listener, .events = POLLIN};
    polled[2] = (struct pollfd){.fd = logs, .events = POLLIN};
    size_t i = 3;
    for (struct connection *c = connections; c != NULL; c = c->next, i++) {
      owners[i] = c;
      /* A running script's connection is only watched for POLLHUP, which needs no asking. */
      short events = c->state == RUNNING ? 0 : c->state == ANSWERING ? POLLOUT : POLLIN;
      polled[i] = (struct pollfd){.fd = c->fd, .events = events};
    }
    if (poll(polled, count, -1) < 0) {
      if (errno == EINTR) continue;
      die("poll");
    }
    take_logs();
    for (i = 3; i < count; i++) {
      struct connection *c = owners[i];
      if (polled[i].revents == 0) continue;
      /* Unix sockets: POLLHUP says that the peer closed, not that it only finished sending. */
      int alive = 1;
      if (c->state == RUNNING) {
        if (polled[i].revents & (POLLHUP | POLLERR)) {
          /* Both: a shell that was only just forked does not lead a group yet. */
          kill(-c->child, SIGKILL);
          kill(c->child, SIGKILL);
          alive = 0;
        }
      } else if (c->state == ANSWERING) {
        alive = transmit(c);
      } else {
        alive = receive(c);
      }
      if (alive && c->state == ANSWERING) alive = transmit(c);
      if (!alive) drop(c);
    }
    if (polled[1].revents & POLLIN) accept_connection(listener);
    if (polled[0].revents & POLLIN) {
      struct signalfd_siginfo what;
      int end = 0;
      while (read(signals, &what, sizeof what) == (ssize_t)sizeof what)
        if (what.ssi_signo == SIGTERM) end = 1;
      if (end) {
        kill(-1, SIGTERM);
        return 0;
      }
      reap();
    }
  }
}
