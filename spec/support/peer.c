/* The other end of spec/transport/curl_spec.lua: a server without any manners of its own. The body
 * of a request is a script that says, byte by byte, how it is to be answered, so that every fault
 * is written next to the test that expects it.
 *
 *   peer CERTIFICATE KEY
 *
 * prints the ports "plain tls silent refusing names": silent accepts connections (and datagrams) in
 * the kernel only and never says a word; refusing is bound, hence no one else's, but does not
 * listen; names is a name server, for which "2.1.peer" has the addresses 127.0.0.2, where nothing
 * listens, and 127.0.0.1. A CONNECT is granted, and the peer itself is where it leads, with TLS;
 * but not to refused.invalid. Who offers HTTP/2 is taken at his word, and finds that no one speaks
 * it. Ends when no one reads its standard output any more, so that it cannot outlive the test that
 * started it.
 *
 * A script is a run of these, each header ended by a line feed; at its end the next request of the
 * connection is read:
 *
 *   S n          send the n bytes that follow
 *   X k n        send the n bytes that follow k times
 *   E            answer with the request itself, as JSON
 *   T            answer with the number of connections accepted so far
 *   Q            answer with the number of requests read so far, this one included
 *   O            wait until this is the only open connection
 *   B name       wait until the gate is open
 *   U name       open the gate
 *   W            wait until the client hangs up
 *   F [name]     hang up, after all was sent; then open the gate
 *   K            hang up, without a byte, unless this is the first request of its connection
 *   R            reset the connection
 *   C            hang up without TLS's farewell
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GATES 64

typedef struct {
    int fd, tls, served; /* served: requests read on this connection */
    SSL *ssl;
    char *in; /* what has been read: the request, then the beginning of the next */
    size_t have, room;
} link_t;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t change = PTHREAD_COND_INITIALIZER;
static int accepted, open_now, requests;
static char gates[GATES][32];
static SSL_CTX *context;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static long take(link_t *c, char *at, size_t n)
{
    return c->ssl != NULL ? SSL_read(c->ssl, at, (int)n) : recv(c->fd, at, n, 0);
}

static int give(link_t *c, const char *bytes, size_t n)
{
    while (n > 0) {
        long sent =
            c->ssl != NULL ? SSL_write(c->ssl, bytes, (int)n) : send(c->fd, bytes, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return -1;
        bytes += sent;
        n -= (size_t)sent;
    }
    return 0;
}

static int start_tls(link_t *c)
{
    c->ssl = SSL_new(context);
    SSL_set_fd(c->ssl, c->fd);
    return SSL_accept(c->ssl) == 1 ? 0 : -1;
}

static int answer(link_t *c, const char *json)
{
    char head[160];
    int n =
        snprintf(head, sizeof head,
                 "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                 strlen(json));
    return give(c, head, (size_t)n) == 0 ? give(c, json, strlen(json)) : -1;
}

static int answer_with_request(link_t *c, size_t n)
{
    char *json = malloc(n * 6 + 32), *out = json;
    out += sprintf(out, "{\"code\":0,\"request\":\"");
    for (size_t i = 0; i < n; i++) {
        unsigned char b = (unsigned char)c->in[i];
        out += sprintf(out, b < 0x20 || b == '"' || b == '\\' || b > 0x7e ? "\\u%04x" : "%c", b);
    }
    strcpy(out, "\"}");
    int rc = answer(c, json);
    free(json);
    return rc;
}

static int gate_stands_open(const char *name)
{
    for (int i = 0; i < GATES; i++)
        if (strcmp(gates[i], name) == 0)
            return 1;
    return 0;
}

static void gate_open(const char *name)
{
    pthread_mutex_lock(&lock);
    for (int i = 0; i < GATES; i++)
        if (gates[i][0] == '\0' || strcmp(gates[i], name) == 0) {
            snprintf(gates[i], sizeof gates[i], "%s", name);
            break;
        }
    pthread_cond_broadcast(&change);
    pthread_mutex_unlock(&lock);
}

/* Runs the script; -1: the connection is over. */
static int play(link_t *c, const char *script, size_t n, size_t head_bytes)
{
    const char *end = script + n;
    while (script < end) {
        const char *line = script, *bytes = memchr(script, '\n', (size_t)(end - script));
        char op = line[0], name[32] = "", text[64];
        size_t times = 1, size = 0;
        if (bytes == NULL)
            return -1;
        script = ++bytes;
        if (op == 'S')
            sscanf(line + 1, "%zu", &size);
        if (op == 'X')
            sscanf(line + 1, "%zu %zu", &times, &size);
        if (op == 'B' || op == 'U' || (op == 'F' && line[1] == ' '))
            sscanf(line + 1, "%31s", name);
        if (size > (size_t)(end - bytes))
            return -1;
        script += size;
        if (op == 'S' || op == 'X') {
            while (times-- > 0)
                if (give(c, bytes, size) != 0)
                    return -1;
        } else if (op == 'E') {
            if (answer_with_request(c, head_bytes) != 0)
                return -1;
        } else if (op == 'T') {
            snprintf(text, sizeof text, "{\"code\":0,\"accepted\":%d}", accepted);
            if (answer(c, text) != 0)
                return -1;
        } else if (op == 'Q') {
            snprintf(text, sizeof text, "{\"code\":0,\"requests\":%d}", requests);
            if (answer(c, text) != 0)
                return -1;
        } else if (op == 'O') {
            pthread_mutex_lock(&lock);
            while (open_now > 1)
                pthread_cond_wait(&change, &lock);
            pthread_mutex_unlock(&lock);
        } else if (op == 'B') {
            pthread_mutex_lock(&lock);
            while (!gate_stands_open(name))
                pthread_cond_wait(&change, &lock);
            pthread_mutex_unlock(&lock);
        } else if (op == 'U') {
            gate_open(name);
        } else if (op == 'K') {
            if (c->served > 1)
                return -1;
        } else if (op == 'R') {
            struct linger hard = {1, 0};
            setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
            return -1;
        } else {
            if (op == 'F' && c->ssl != NULL)
                SSL_shutdown(c->ssl);
            if (op == 'F' || op == 'C')
                shutdown(c->fd, SHUT_WR);
            if (op == 'F' && name[0] != '\0')
                gate_open(name);
            while (take(c, text, sizeof text) > 0) {}
            return -1;
        }
    }
    return 0;
}

/* Reads one request. Its bytes stand at the start of c->in; 0 when the client is gone. */
static size_t read_request(link_t *c, size_t *head_bytes)
{
    for (size_t body = 0, head = 0;;) {
        const char *stop = head == 0 && c->have > 0 ? memmem(c->in, c->have, "\r\n\r\n", 4) : NULL;
        if (stop != NULL) {
            char *length;
            head = (size_t)(stop - c->in) + 4;
            c->in[head - 1] = '\0';
            length = strcasestr(c->in, "\nContent-Length:");
            c->in[head - 1] = '\n';
            if (length != NULL)
                body = strtoul(length + 16, NULL, 10);
        }
        if (head > 0 && c->have >= head + body) {
            *head_bytes = head;
            return head + body;
        }
        if (c->room - c->have < 65536) {
            c->room = c->room * 2 + 131072;
            c->in = realloc(c->in, c->room);
            if (c->in == NULL)
                die("realloc");
        }
        long n = take(c, c->in + c->have, c->room - c->have - 1);
        if (n <= 0)
            return 0;
        c->have += (size_t)n;
    }
}

static void *serve(void *arg)
{
    link_t *c = arg;
    size_t n, head;
    if (!c->tls || start_tls(c) == 0) {
        while ((n = read_request(c, &head)) > 0) {
            pthread_mutex_lock(&lock);
            requests++;
            c->served++;
            pthread_mutex_unlock(&lock);
            int connect = strncmp(c->in, "CONNECT ", 8) == 0;
            if (connect) {
                static const char granted[] =
                    "HTTP/1.1 200 Connection established\r\nX-Proxy: peer\r\n\r\n";
                static const char refused[] =
                    "HTTP/1.1 403 Forbidden\r\nX-Proxy: peer\r\nContent-Length: 0\r\n\r\n";
                if (strncmp(c->in + 8, "refused.", 8) == 0)
                    give(c, refused, sizeof refused - 1);
                else if (give(c, granted, sizeof granted - 1) != 0 || start_tls(c) != 0)
                    break;
            } else if (play(c, c->in + head, n - head, head) != 0) {
                break;
            }
            memmove(c->in, c->in + n, c->have - n);
            c->have -= n;
        }
    }
    SSL_free(c->ssl);
    close(c->fd);
    free(c->in);
    free(c);
    pthread_mutex_lock(&lock);
    open_now--;
    pthread_cond_broadcast(&change);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *n,
                           const unsigned char *in, unsigned in_n, void *arg)
{
    static const unsigned char preferred[] = "\x02h2\x08http/1.1";
    (void)ssl, (void)arg;
    SSL_select_next_proto((unsigned char **)out, n, preferred, sizeof preferred - 1, in, in_n);
    return SSL_TLSEXT_ERR_OK;
}

static int bind_port(int *port, int listening)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, n) != 0 ||
        getsockname(fd, (struct sockaddr *)&a, &n) != 0)
        die("bind");
    if (listening && listen(fd, 64) != 0)
        die("listen");
    *port = ntohs(a.sin_port);
    return fd;
}

/* At `port`, or at any where that is 0. A name server that never answers stands on the port of
 * `silent`: datagrams are taken by the kernel. */
static int bind_datagrams(int *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                            .sin_port = htons((uint16_t)*port)};
    socklen_t n = sizeof a;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, n) != 0 ||
        getsockname(fd, (struct sockaddr *)&a, &n) != 0)
        die("bind");
    *port = ntohs(a.sin_port);
    return fd;
}

/* Answers a question for addresses: each label of digits is one, 127.0.0.digits. */
static void answer_name(int fd)
{
    unsigned char in[512], out[1024] = {0}, *end;
    struct sockaddr_in from;
    socklen_t from_bytes = sizeof from;
    long n = recvfrom(fd, in, sizeof in, 0, (struct sockaddr *)&from, &from_bytes);
    long at = 12, answers = 0, wants_address;
    while (at < n && in[at] != 0)
        at += in[at] + 1;
    if (at + 5 > n)
        return;
    wants_address = in[at + 1] == 0 && in[at + 2] == 1;
    memcpy(out, in, (size_t)at + 5);
    end = out + at + 5;
    for (at = 12; wants_address && in[at] != 0; at += in[at] + 1) {
        static const unsigned char answer[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0};
        int octet = 0;
        if (sscanf((const char *)in + at + 1, "%3d", &octet) != 1)
            continue;
        memcpy(end, answer, sizeof answer);
        end[sizeof answer] = (unsigned char)octet;
        end += sizeof answer + 1;
        answers++;
    }
    out[2] = 0x81, out[3] = 0x80; /* an answer, without an error */
    out[7] = (unsigned char)answers;
    memset(out + 8, 0, 4);
    sendto(fd, out, (size_t)(end - out), 0, (struct sockaddr *)&from, from_bytes);
}

static void accept_one(int listener, int tls)
{
    link_t *c = calloc(1, sizeof *c);
    pthread_t thread;
    int yes = 1;
    if (c == NULL)
        die("calloc");
    c->fd = accept(listener, NULL, NULL);
    if (c->fd < 0)
        die("accept");
    c->tls = tls;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    pthread_mutex_lock(&lock);
    accepted++;
    open_now++;
    pthread_mutex_unlock(&lock);
    if (pthread_create(&thread, NULL, serve, c) != 0)
        die("pthread_create");
    pthread_detach(thread);
}

int main(int argc, char **argv)
{
    int plain, tls, silent, refusing, names = 0;
    if (argc != 3)
        return 2;
    signal(SIGPIPE, SIG_IGN);
    context = SSL_CTX_new(TLS_server_method());
    if (SSL_CTX_use_certificate_file(context, argv[1], SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, argv[2], SSL_FILETYPE_PEM) != 1)
        return 3;
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
    struct pollfd watch[4] = {{.fd = bind_port(&plain, 1), .events = POLLIN},
                              {.fd = bind_port(&tls, 1), .events = POLLIN},
                              {.fd = STDOUT_FILENO},
                              {.fd = bind_datagrams(&names), .events = POLLIN}};
    bind_port(&silent, 1);
    bind_datagrams(&silent);
    bind_port(&refusing, 0);
    printf("%d %d %d %d %d\n", plain, tls, silent, refusing, names);
    fflush(stdout);
    for (;;) {
        if (poll(watch, 4, -1) < 0)
            die("poll");
        if (watch[2].revents & (POLLERR | POLLHUP | POLLNVAL))
            return 0;
        if (watch[0].revents & POLLIN)
            accept_one(watch[0].fd, 0);
        if (watch[1].revents & POLLIN)
            accept_one(watch[1].fd, 1);
        if (watch[3].revents & POLLIN)
            answer_name(watch[3].fd);
    }
}
