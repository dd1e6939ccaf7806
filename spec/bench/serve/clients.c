/* Clients of a web service, for spec/bench/serve/run.lua and spec/serve/neighbours_spec.lua:
 *
 *   clients hold ADDRESS N RATE SECONDS REQUEST
 *       N clients connect, RATE of them a second, send the bytes of the file REQUEST and read a
 *       byte a second. Prints its process id, and "sent" when all have come; after SECONDS, or
 *       when it is told to terminate, the answers by status: "200 256 503 9744 none 0 closed 12".
 *       `none`: without an answer so far; `closed`: of all of them those that the service has hung
 *       up on.
 *
 *   clients probe ADDRESS PID SECONDS REQUEST...
 *       One client asks each of the files REQUEST in turn, by a connection of its own, and again.
 *       Prints a line: how many answers had the status 200, how many another one, and of their
 *       milliseconds p50, p99 and most: by the clock, then by the processor's time that the
 *       process PID has taken meanwhile. The second tells how long the service itself lets a
 *       neighbour wait, whatever else runs on the machine.
 *
 * ADDRESS is a port of 127.0.0.1, or the path of a socket. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MOST_PROBES 1000000

typedef struct {
    int fd, status; /* 0: no status so far */
    size_t sent, have;
    char head[16];
} client_t;

typedef struct {
    char *bytes;
    size_t length;
} request_t;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static double seconds(clockid_t clock)
{
    struct timespec t;
    if (clock_gettime(clock, &t) != 0)
        die("clock_gettime");
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static request_t load(const char *path)
{
    request_t request = {malloc(65536), 0};
    FILE *file = fopen(path, "rb");
    if (file == NULL || request.bytes == NULL)
        die(path);
    request.length = fread(request.bytes, 1, 65536, file);
    fclose(file);
    return request;
}

/* A socket that is connected, or is about to be. */
static int reach(const char *address, int flags)
{
    struct sockaddr_in inet = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(address))};
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    int is_path = address[0] == '/', small = 2048;
    int fd = socket(is_path ? AF_UNIX : AF_INET, SOCK_STREAM | flags, 0);
    if (fd < 0)
        die("socket");
    inet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (is_path && strlen(address) < sizeof local.sun_path)
        memcpy(local.sun_path, address, strlen(address) + 1);
    /* what the kernel would keep for a slow reader, the service would not have to */
    if (flags & SOCK_NONBLOCK)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    if (connect(fd, is_path ? (struct sockaddr *)&local : (struct sockaddr *)&inet,
                is_path ? sizeof local : sizeof inet) != 0 &&
        errno != EINPROGRESS)
        die("connect");
    return fd;
}

/* ---- hold ---- */

/* Reads one byte, the first twelve at once: "HTTP/1.1 200". */
static void sip(client_t *client)
{
    char byte[12];
    size_t most = client->have < 12 ? 12 - client->have : 1;
    ssize_t n = recv(client->fd, byte, most, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != ENOTCONN)) {
        close(client->fd);
        client->fd = -1;
    }
    if (n <= 0 || client->have >= 12)
        return;
    memcpy(client->head + client->have, byte, (size_t)n);
    client->have += (size_t)n;
    if (client->have == 12)
        client->status = atoi(client->head + 9);
}

static void report(const client_t *clients, int n)
{
    int counts[1000] = {0}, closed = 0;
    for (int i = 0; i < n; i++) {
        counts[clients[i].status >= 0 && clients[i].status < 1000 ? clients[i].status : 0]++;
        closed += clients[i].fd < 0;
    }
    for (int status = 1; status < 1000; status++)
        if (counts[status] > 0)
            printf("%d %d ", status, counts[status]);
    printf("none %d closed %d\n", counts[0], closed);
}

/* Sends what is left of the request, then reads. */
static void turn(client_t *client, const request_t *request)
{
    if (client->fd >= 0 && client->sent < request->length) {
        ssize_t n = send(client->fd, request->bytes + client->sent, request->length - client->sent,
                         MSG_NOSIGNAL);
        client->sent += n > 0 ? (size_t)n : 0;
    }
    if (client->fd >= 0)
        sip(client);
}

static volatile sig_atomic_t ended;

static void terminate(int number)
{
    (void)number;
    ended = 1;
}

static void wait_until(double moment)
{
    double left = moment - seconds(CLOCK_MONOTONIC);
    struct timespec pause = {(time_t)left, (long)((left - (double)(time_t)left) * 1e9)};
    if (left > 0)
        nanosleep(&pause, NULL);
}

static void hold(const char *address, int n, double rate, double length, const request_t *request)
{
    client_t *clients = calloc((size_t)n, sizeof *clients);
    double begun = seconds(CLOCK_MONOTONIC);
    int come = 0;
    signal(SIGTERM, terminate);
    printf("%d\n", (int)getpid());
    fflush(stdout);
    if (clients == NULL)
        die("clients");
    /* a hundredth of a second has its share of those who come, and of those who are there */
    for (long tick = 0; !ended && seconds(CLOCK_MONOTONIC) - begun < length; tick++) {
        for (; come < n && come < rate * (double)(tick + 1) / 100; come++) {
            clients[come].fd = reach(address, SOCK_NONBLOCK);
            turn(&clients[come], request);
            if (come == n - 1) {
                printf("sent\n");
                fflush(stdout);
            }
        }
        for (int i = (int)(tick % 100); i < come; i += 100)
            turn(&clients[i], request);
        wait_until(begun + (double)(tick + 1) / 100);
    }
    report(clients, n);
}

/* ---- probe ---- */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void tell(double *times, size_t n)
{
    qsort(times, n, sizeof *times, by_size);
    printf(" %.2f %.2f %.2f", times[n / 2], times[n * 99 / 100], times[n - 1]);
}

/* Asks once. Returns whether the status is 200. */
static int ask(const char *address, const request_t *request)
{
    char bytes[4096], head[12] = "";
    size_t have = 0;
    ssize_t n;
    int fd = reach(address, 0);
    if (send(fd, request->bytes, request->length, MSG_NOSIGNAL) < 0)
        die("send");
    while ((n = recv(fd, bytes, sizeof bytes, 0)) > 0) {
        for (ssize_t i = 0; i < n && have < sizeof head; i++)
            head[have++] = bytes[i];
    }
    close(fd);
    return have == 12 && memcmp(head + 9, "200", 3) == 0;
}

static void probe(const char *address, int pid, double length, request_t *requests, int n)
{
    double *wall = malloc(MOST_PROBES * sizeof *wall), *work = malloc(MOST_PROBES * sizeof *work);
    size_t count = 0, good = 0;
    clockid_t theirs;
    double end = seconds(CLOCK_MONOTONIC) + length;
    if (wall == NULL || work == NULL || clock_getcpuclockid(pid, &theirs) != 0)
        die("probe");
    while (seconds(CLOCK_MONOTONIC) < end && count < MOST_PROBES) {
        struct timespec pause = {0, 2000000};
        double begun = seconds(CLOCK_MONOTONIC), worked = seconds(theirs);
        good += (size_t)ask(address, &requests[count % (size_t)n]);
        wall[count] = (seconds(CLOCK_MONOTONIC) - begun) * 1e3;
        work[count++] = (seconds(theirs) - worked) * 1e3;
        nanosleep(&pause, NULL);
    }
    printf("%zu %zu", good, count - good);
    tell(wall, count);
    tell(work, count);
    printf("\n");
}

int main(int argc, char **argv)
{
    struct rlimit files;
    request_t requests[16];
    int holds = argc > 1 && strcmp(argv[1], "hold") == 0, first = holds ? 6 : 5;
    if (argc <= first || argc > first + 16) {
        fprintf(stderr,
                "hold ADDRESS N RATE SECONDS REQUEST, or probe ADDRESS PID SECONDS REQUEST...\n");
        return 2;
    }
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    for (int i = first; i < argc; i++)
        requests[i - first] = load(argv[i]);
    if (holds)
        hold(argv[2], atoi(argv[3]), atof(argv[4]), atof(argv[5]), &requests[0]);
    else
        probe(argv[2], atoi(argv[3]), atof(argv[4]), requests, argc - first);
    return 0;
}
