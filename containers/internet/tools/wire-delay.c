/*
 * wire-delay <device> <delay-ms> <lose-one-in|0>
 *
 * Makes a TUN device and holds every packet that the hub routes into it for a time, then hands it
 * back to the kernel through the same device, to go on as if it had just come in. Of every
 * <lose-one-in> packets the last is dropped: counted, not by chance, so that a scenario that fails
 * fails again. The kernels that worlds run on need no netem for it.
 *
 * Prints "ready" when the device is up, and on SIGTERM or SIGINT how many packets passed and were
 * dropped. The device goes when the process ends.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PACKET_MAX 65536
/* What is held at most: 16384 packets, 24 MB of full frames. What comes on top is dropped, as on any wire with a buffer. */
#define HELD_MAX 16384

struct packet {
  struct packet *next;
  int64_t due;
  size_t size;
  unsigned char bytes[];
};

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void die(const char *what) {
  fprintf(stderr, "wire-delay: %s: %s\n", what, strerror(errno));
  exit(1);
}

static long number(const char *text, const char *name) {
  char *end;
  errno = 0;
  long value = strtol(text, &end, 10);
  if (errno == 0 && end != text && *end == '\0' && value >= 0 && value <= 3600000) return value;
  fprintf(stderr, "wire-delay: %s must be a number from 0 to 3600000, not \"%s\"\n", name, text);
  exit(2);
}

static int open_device(const char *name) {
  struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
  if (strlen(name) == 0 || strlen(name) >= sizeof request.ifr_name) {
    fprintf(stderr, "wire-delay: \"%s\" cannot name a device (1 to %zu characters)\n", name, sizeof request.ifr_name - 1);
    exit(2);
  }
  strcpy(request.ifr_name, name);
  int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (tun < 0) die("/dev/net/tun (the container needs the device)");
  if (ioctl(tun, TUNSETIFF, &request) < 0) die("TUNSETIFF (the container needs NET_ADMIN)");
  int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (control < 0 || ioctl(control, SIOCGIFFLAGS, &request) < 0) die(name);
  request.ifr_flags |= IFF_UP;
  if (ioctl(control, SIOCSIFFLAGS, &request) < 0) die(name);
  close(control);
  return tun;
}

/* What the kernel says on its own over a new link (neighbour and router discovery, RFC 4861) is no traffic of the world, and must not be counted. */
static int is_link_talk(const unsigned char *packet, ssize_t size) {
  if (size < 40 || packet[0] >> 4 != 6) return 0;
  const unsigned char *source = packet + 8, *destination = packet + 24;
  return destination[0] == 0xff || (source[0] == 0xfe && (source[1] & 0xc0) == 0x80);
}

int main(int count, char **arguments) {
  if (count != 4) {
    fprintf(stderr, "usage: wire-delay <device> <delay-ms> <lose-one-in|0>\n");
    return 2;
  }
  int64_t delay = number(arguments[2], "delay-ms") * INT64_C(1000000);
  long lose = number(arguments[3], "lose-one-in");
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  sigprocmask(SIG_BLOCK, &ends, NULL);
  int signals = signalfd(-1, &ends, SFD_CLOEXEC);
  if (signals < 0) die("signalfd");
  int tun = open_device(arguments[1]);
  setvbuf(stdout, NULL, _IOLBF, 0);
  printf("ready\n");

  /* The delay is one and the same for all, so the order of arrival is the order of departure. */
  struct packet *first = NULL, **last = &first;
  long held = 0, seen = 0, dropped = 0;
  static unsigned char buffer[PACKET_MAX];
  for (;;) {
    struct timespec timeout, *until = NULL;
    if (first != NULL) {
      int64_t left = first->due - now_ns();
      if (left < 0) left = 0;
      timeout = (struct timespec){.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
      until = &timeout;
    }
    struct pollfd polled[] = {{.fd = tun, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
    if (ppoll(polled, 2, until, NULL) < 0 && errno != EINTR) die("poll");
    if (polled[1].revents != 0) break;
    for (;;) {
      ssize_t size = read(tun, buffer, sizeof buffer);
      if (size < 0 && errno == EINTR) continue;
      if (size < 0 && errno != EAGAIN) die("read");
      if (size <= 0) break;
      if (is_link_talk(buffer, size)) continue;
      seen++;
      struct packet *packet = NULL;
      int lost = lose > 0 && seen % lose == 0;
      if (!lost && held < HELD_MAX) packet = malloc(sizeof *packet + (size_t)size);
      if (packet == NULL) {
        dropped++;
        continue;
      }
      *packet = (struct packet){.due = now_ns() + delay, .size = (size_t)size};
      memcpy(packet->bytes, buffer, (size_t)size);
      *last = packet;
      last = &packet->next;
      held++;
    }
    for (int64_t now = now_ns(); first != NULL && first->due <= now;) {
      struct packet *packet = first;
      /* EINVAL and EIO: not an IP packet, or the device is down; a wire does not care. */
      if (write(tun, packet->bytes, packet->size) < 0) dropped++;
      first = packet->next;
      if (first == NULL) last = &first;
      free(packet);
      held--;
    }
  }
  printf("%ld packets, %ld dropped\n", seen, dropped);
  return 0;
}
