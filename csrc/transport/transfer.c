/* HTTP transfers (transfer.h). One POST goes through these states, and never back:
 *
 *     connecting -> sent -> header lines -> body -> complete | failed | refused | closed
 *        connect limit |      stall limit, total limit
 *
 * libcurl's callbacks run inside wait, poke and start, and only move bytes: no Lua runs in them. A
 * decoder that is full makes its transfer pause, so memory does not grow with a slow consumer.
 *
 * Once a request may have left this machine, no failure of it is called "connect": the caller
 * sends a request again only where the gateway surely did not act on it. */
#define _DEFAULT_SOURCE /* clock_gettime under -std=c99 */
#include "transfer.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define READ_BYTES 32768L         /* one read from the socket */
#define CONNECTIONS_MAX 16L       /* idle connections kept */
/* Seconds of one wait, so that the interpreter's own Ctrl-C gets a turn. */
#define SLICE 0.25
/* Seconds: the one who looks at each of several transfers in turn has libcurl look at all of them
 * once.
 */
#define MOMENT 0.0001

/* Since 7.80 libcurl tells when it is about to send. An older one gets a new connection for every
 * request, since it sends again by itself only where a kept one ends. */
#define WDT_SEES_SENDING (LIBCURL_VERSION_NUM >= 0x075000)

/* libcurl's verdict on a header line of more than 100 KB, of which it tells no byte. */
#if LIBCURL_VERSION_NUM >= 0x080600
#define HEADER_TOO_LONG CURLE_TOO_LARGE
#else
#define HEADER_TOO_LONG CURLE_OUT_OF_MEMORY
#endif

/* The clock of all limits; it does not jump when the time is set. */
double wdt_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- how an exchange ends ------------------------------------------------------------ */

/* Takes the transfer out of the multi. An unfinished one loses its connection, a complete one has
 * left it to the pool. Only the handle of a complete one is kept: libcurl 7.88 refuses
 * CURLOPT_BUFFERSIZE on one whose host was not found. */
static void exchange_detach(wdt_exchange *x)
{
    wdt_pool *p = x->pool;
    wdt_inflater_close(&x->inflater);
    curl_slist_free_all(x->lines);
    x->lines = NULL;
    if (x->easy == NULL)
        return;
    if (x->back != NULL) {
        curl_multi_remove_handle(p->multi, x->easy);
        *x->back = x->next;
        if (x->next != NULL)
            x->next->back = x->back;
        x->back = NULL;
    }
    if (x->outcome == WDT_OUTCOME_COMPLETE && p->spares < WDT_SPARE_MAX) {
        curl_easy_reset(x->easy);
        p->spare[p->spares++] = x->easy;
    } else {
        curl_easy_cleanup(x->easy);
    }
    x->easy = NULL;
}

#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
static void
exchange_fail(wdt_exchange *x, const char *code, const char *format, ...)
{
    va_list args;
    int n = snprintf(x->text, sizeof x->text, "%s: ", code);
    va_start(args, format);
    vsnprintf(x->text + n, sizeof x->text - (size_t)n, format, args);
    va_end(args);
    x->code = code;
    x->outcome = WDT_OUTCOME_FAILED;
    exchange_detach(x);
}

/* Returns true once the connection stands and the request is on its way. From then on the stall
 * limit counts in place of libcurl's connect limit, and what comes is the answer, not a proxy's
 * word about the connection. */
static int exchange_connected(wdt_exchange *x)
{
    if (!x->connected) {
        curl_off_t pretransfer = 0;
        curl_easy_getinfo(x->easy, CURLINFO_PRETRANSFER_TIME_T, &pretransfer);
        x->connected = x->sent > 0 || pretransfer > 0;
        x->heard_at = x->waited;
    }
    return x->connected;
}

/* Returns true if libcurl could not make a trusted connection. */
static int verdict_is_tls(CURLcode rc)
{
    switch (rc) {
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_ENGINE_INITFAILED: return 1;
    default: return 0;
    }
}

/* Returns true if the connection was lost while the answer was awaited or read. */
static int verdict_is_loss(CURLcode rc)
{
    return rc == CURLE_PARTIAL_FILE || rc == CURLE_RECV_ERROR || rc == CURLE_SEND_ERROR ||
           rc == CURLE_GOT_NOTHING;
}

/* errno where the system has no descriptor left, else 0. libcurl does not tell: it says that it
 * could not connect, resolve, or read the authorities' file. */
static int descriptors_lack(const wdt_exchange *x)
{
    int fd = x->socket_error != 0 ? -1 : socket(AF_INET, SOCK_STREAM, 0);
    int error = x->socket_error != 0 ? x->socket_error : errno;
    if (fd < 0)
        return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM ? error
                                                                                         : 0;
    close(fd);
    return 0;
}

/* The request has not left: nothing can have been acted on. */
static void exchange_blame_connection(wdt_exchange *x, CURLcode rc, const char *words)
{
    long os_error = 0;
    int lack = descriptors_lack(x);
    if (rc == CURLE_COULDNT_CONNECT)
        curl_easy_getinfo(x->easy, CURLINFO_OS_ERRNO, &os_error);
    if (lack != 0)
        os_error = lack;
    if (rc == CURLE_OPERATION_TIMEDOUT)
        exchange_fail(x, "timeout", "no connection to %s within %g s (connect; %s)", x->peer,
                      x->connect, words);
    else if (verdict_is_tls(rc) && lack == 0)
        exchange_fail(x, "tls", "no trusted connection to %s (%s)", x->peer, words);
    else
        exchange_fail(x, "connect", "no connection to %s (%s%s%s)", x->peer, words,
                      os_error != 0 ? "; " : "", os_error != 0 ? strerror((int)os_error) : "");
}

/* The request has left, or may have: whatever is wrong, it may have been acted on, and this is
 * never "connect". */
static void exchange_blame_answer(wdt_exchange *x, CURLcode rc, const char *words)
{
    if (x->headers_full || (x->status == 0 && rc == HEADER_TOO_LONG))
        exchange_fail(x, "limit", "%s sent more than %d bytes of response headers (HEADERS_MAX)",
                      x->peer, WDT_HEADERS_MAX);
    else if (x->status == 0 && (verdict_is_loss(rc) || x->sent > 1))
        exchange_fail(x, "truncated", "%s ended the connection without an answer (%s)", x->peer,
                      x->sent > 1 ? "it had been kept from an earlier one" : words);
    else if (x->odd != NULL)
        exchange_fail(x, "http", "the answer of %s is not HTTP as it should be (%s)", x->peer,
                      x->odd);
    else if (x->misfit != NULL)
        exchange_fail(x, "syntax", "the answer of %s is not compressed as it says (%s)", x->peer,
                      x->misfit);
    else if (verdict_is_loss(rc))
        exchange_fail(x, "truncated",
                      "the answer of %s broke off after %llu bytes of its body (%s)", x->peer,
                      x->bytes, words);
    else
        exchange_fail(x, "http", "the answer of %s is not HTTP as it should be (%s)", x->peer,
                      words);
}

/* libcurl takes this for success, though no head of an answer has come to its end: a 101, or a
 * connection that ended in the head. */
static void exchange_blame_headless(wdt_exchange *x)
{
    long status = 0;
    curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status == 101)
        exchange_fail(x, "http", "the answer of %s is not HTTP as it should be (another protocol)",
                      x->peer);
    else
        exchange_fail(x, "truncated", "%s ended the connection without an answer (in its headers)",
                      x->peer);
}

/* Fails the exchange by libcurl's verdict. Its words name hosts, addresses and numbers, never the
 * query or the body, so they may stand in an error. */
static void exchange_blame(wdt_exchange *x, CURLcode rc)
{
    const char *words = x->words[0] != '\0' ? x->words : curl_easy_strerror(rc);
    if (exchange_connected(x))
        exchange_blame_answer(x, rc, words);
    else
        exchange_blame_connection(x, rc, words);
}

/* The transfer is over by libcurl's account. The body of any answer but a 200 is thrown away, so
 * whatever happened to it, the answer is the status. */
static void exchange_settle(wdt_exchange *x, CURLcode rc)
{
    const int ended = x->ends_at != 0 && x->bytes == x->ends_at;
    if (x->outcome == WDT_OUTCOME_REFUSED) {
        exchange_detach(x);
    } else if (rc == CURLE_OK && x->status == 0) {
        exchange_blame_headless(x);
    } else if (rc == CURLE_OK && (x->inflater.inside || (x->ends_at != 0 && !ended))) {
        exchange_blame(x, CURLE_PARTIAL_FILE);
    } else if (rc == CURLE_OK || ended || (x->status != 0 && x->status != 200 && !x->odd)) {
        x->outcome = WDT_OUTCOME_COMPLETE;
        exchange_detach(x);
    } else {
        exchange_blame(x, rc);
    }
}

/* The outcome changes after the transfer is out of the multi: only a complete one keeps its
 * handle. */
void wdt_exchange_close(wdt_exchange *x)
{
    exchange_detach(x);
    x->outcome = WDT_OUTCOME_CLOSED;
}

/* ---- libcurl's callbacks ------------------------------------------------------------ */

#if WDT_SEES_SENDING
/* A connection stands, and libcurl is about to send the request on it. When a kept connection ends
 * without a byte, libcurl would send once more by itself: a push could be executed twice, and no
 * budget would know of it. So a second time is refused, and trying again is left to the caller. */
static int exchange_on_sending(void *self, char *ip, char *own_ip, int port, int own_port)
{
    wdt_exchange *x = self;
    (void)ip, (void)own_ip, (void)port, (void)own_port;
    return ++x->sent > 1 ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}
#endif

/* Opens a socket as libcurl would, and notes why the system gives none. */
static curl_socket_t exchange_on_socket(void *self, curlsocktype purpose, struct curl_sockaddr *to)
{
    wdt_exchange *x = self;
    int fd = socket(to->family, to->socktype, to->protocol);
    (void)purpose;
    if (fd < 0)
        x->socket_error = errno;
    return fd;
}

/* Settles how the body will be read; or false, with the reason in `odd`. The body of any answer but
 * a 200 is thrown away, whatever its encoding. */
static int exchange_take_head(wdt_exchange *x)
{
    if (x->status == 200) x->inflater.coding = wdt_exchange_coding(x);
    if (!wdt_exchange_lengths_agree(x))
        x->odd = "its length is not one number";
    else if (x->inflater.coding == WDT_CODING_OTHER)
        x->odd = "it is encoded, which was not asked for";
    x->ends_at = wdt_exchange_identity_length(x);
    return x->odd == NULL;
}

/* One header line. A status line starts the collection anew: what stood before it was a provisional
 * (1xx) answer. */
static size_t exchange_on_header(char *bytes, size_t size, size_t n, void *self)
{
    wdt_exchange *x = self;
    n *= size;
    x->heard = 1;
    if (!exchange_connected(x))
        return n;
    if (x->status == 0 && n >= 5 && memcmp(bytes, "HTTP/", 5) == 0)
        x->head_bytes = 0;
    if (x->status == 0 && n > 0 && n <= 2 && (bytes[0] == '\r' || bytes[0] == '\n')) {
        long status = 0;
        curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
        if (status >= 200) x->status = status;
        if (!exchange_take_head(x)) return 0;
    }
    if (n > WDT_HEADERS_MAX - x->head_bytes) {
        x->headers_full = 1;
        return 0;
    }
    memcpy(x->head + x->head_bytes, bytes, n);
    x->head_bytes += n;
    return n;
}

/* ---- driving ------------------------------------------------------------ */

/* libcurl counts its connect timeout from the start. Time in which no one drove the transfers (a
 * slow consumer) must not count, so it is added to the timeout of every transfer that is still
 * connecting. */
static void pool_forgive(wdt_pool *p)
{
    double now = wdt_now();
    for (wdt_exchange *x = p->live; x != NULL; x = x->next) {
        double idle = now - x->opened - (p->driven - x->driven_at_open);
        if (!exchange_connected(x))
            curl_easy_setopt(x->easy, CURLOPT_CONNECTTIMEOUT_MS,
                             (long)ceil((x->connect + fmax(idle, 0)) * 1000));
    }
}

/* Moves what can be moved without waiting, and settles what has ended. */
static CURLMcode pool_drive(wdt_pool *p)
{
    int running, waiting;
    CURLMsg *message;
    CURLMcode rc = curl_multi_perform(p->multi, &running);
    p->looked_at = wdt_now();
    while ((message = curl_multi_info_read(p->multi, &waiting)) != NULL) {
        CURLcode verdict = message->data.result; /* the message is gone with its transfer */
        char *self = NULL;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &self);
        exchange_settle((wdt_exchange *)(void *)self, verdict);
        p->ended++;
    }
    return rc;
}

/* Lets a paused transfer go on; what libcurl has kept is poured at once, which may fail, or fill
 * the decoder again. */
static void exchange_resume(wdt_exchange *x)
{
    CURLcode rc;
    x->paused = 0;
    rc = curl_easy_pause(x->easy, CURLPAUSE_CONT);
    if (x->outcome == WDT_OUTCOME_REFUSED || x->misfit != NULL)
        exchange_settle(x, rc != CURLE_OK ? rc : CURLE_WRITE_ERROR);
}

/* Returns true if one of the limits that count own waiting has passed: then the exchange fails.
 * Else *left: seconds until the next one. */
static int exchange_overdue(wdt_exchange *x, double *left)
{
    int connected = exchange_connected(x);
    *left =
        fmin(x->total - x->waited, connected ? x->stall - (x->waited - x->heard_at) : x->connect);
    if (*left > 0)
        return 0;
    if (x->status != 0 && x->status != 200)
        exchange_settle(x, CURLE_OPERATION_TIMEDOUT);
    else if (x->waited >= x->total)
        exchange_fail(x, "timeout",
                      "%s did not finish within %g s of waiting (total); %llu bytes came", x->peer,
                      x->total, x->bytes);
    else
        exchange_fail(x, "timeout", "%s sent nothing for %g s (stall) after %llu bytes", x->peer,
                      x->stall, x->bytes);
    return 1;
}

void wdt_exchange_wait(wdt_exchange *x)
{
    wdt_pool *p = x->pool;
    double before = wdt_now(), end = before + SLICE, left;
    unsigned long ended = p->ended;
    /* When the decoder has nothing left to give, it needs more, however full it is: a row may be
     * longer than the mark. */
    if (x->paused && x->seen == x->fed)
        exchange_resume(x);
    pool_forgive(p);
    for (;;) {
        CURLMcode rc = pool_drive(p);
        double now = wdt_now();
        p->driven += now - before;
        x->waited += now - before;
        before = now;
        if (x->heard)
            x->heard_at = x->waited;
        x->heard = 0;
        if (x->outcome != WDT_OUTCOME_IN_FLIGHT || x->seen != x->fed ||
            exchange_overdue(x, &left) || now >= end)
            return;
        if (p->ended != ended)
            return;
        if (rc == CURLM_OK)
            rc = curl_multi_poll(p->multi, NULL, 0, (int)ceil(fmin(left, end - now) * 1000), NULL);
        if (rc != CURLM_OK) {
            exchange_fail(x, "connect", "libcurl gives up on %s (%s)", x->peer,
                          curl_multi_strerror(rc));
            return;
        }
    }
}

int wdt_exchange_ready(wdt_exchange *x, double waited)
{
    double left;
    if (x->outcome != WDT_OUTCOME_IN_FLIGHT || x->seen != x->fed)
        return 1;
    if (x->paused)
        exchange_resume(x);
    x->waited += waited;
    if (x->heard)
        x->heard_at = x->waited;
    x->heard = 0;
    return x->outcome != WDT_OUTCOME_IN_FLIGHT || x->seen != x->fed || exchange_overdue(x, &left);
}

void wdt_pool_turn(wdt_pool *p, double seconds, struct curl_waitfd *fds, unsigned n)
{
    double before = wdt_now();
    unsigned long ended = p->ended;
    CURLMcode rc;
    pool_forgive(p);
    rc = pool_drive(p);
    if (rc == CURLM_OK && p->ended == ended && seconds > 0 &&
        curl_multi_poll(p->multi, fds, n, (int)ceil(seconds * 1000), NULL) == CURLM_OK)
        pool_drive(p);
    p->driven += wdt_now() - before;
}

void wdt_exchange_poke(wdt_exchange *x)
{
    if (wdt_now() - x->pool->looked_at < MOMENT)
        return;
    pool_forgive(x->pool);
    pool_drive(x->pool);
}

/* ---- starting ------------------------------------------------------------ */

/* An error names host and port only: the query holds the signature, and the userinfo of a URL a
 * password. */
int wdt_exchange_name(wdt_exchange *x, const char *url)
{
    char *host = NULL, *port = NULL;
    CURLU *u = curl_url();
    int ok = u != NULL && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
             curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
             curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK;
    if (ok)
        snprintf(x->peer, sizeof x->peer, "%s:%s", host, port);
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(u);
    return ok ? 0 : -1;
}

int wdt_exchange_header_add(wdt_exchange *x, const char *line)
{
    struct curl_slist *longer = curl_slist_append(x->lines, line);
    if (longer == NULL)
        return -1;
    x->lines = longer;
    return 0;
}

#define SET(option, value) (rc = rc != CURLE_OK ? rc : curl_easy_setopt(x->easy, (option), (value)))

/* Options that are about the connection. The environment has no say: no proxy, no redirect, no
 * other protocol. */
static CURLcode exchange_set_transport(wdt_exchange *x)
{
    CURLcode rc = CURLE_OK;
    SET(CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075500
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
#else
    SET(CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_HTTP_VERSION,
        (long)CURL_HTTP_VERSION_1_1); /* a lane is a connection: pausing one holds up no other */
    SET(CURLOPT_ACCEPT_ENCODING, "gzip");
    SET(CURLOPT_HTTP_CONTENT_DECODING, 0L); /* transfer_body.c inflates */
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_BUFFERSIZE, READ_BYTES);
    SET(CURLOPT_UPLOAD_BUFFERSIZE, 16384L); /* libcurl's least: what is sent is small */
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)ceil(x->connect * 1000));
    SET(CURLOPT_ERRORBUFFER, x->words);
    SET(CURLOPT_PRIVATE, (void *)x);
    SET(CURLOPT_OPENSOCKETFUNCTION, exchange_on_socket);
    SET(CURLOPT_OPENSOCKETDATA, (void *)x);
#if WDT_SEES_SENDING
    SET(CURLOPT_PREREQFUNCTION, exchange_on_sending);
    SET(CURLOPT_PREREQDATA, (void *)x);
#endif
    SET(CURLOPT_WRITEFUNCTION, wdt_exchange_on_body);
    SET(CURLOPT_WRITEDATA, (void *)x);
    SET(CURLOPT_HEADERFUNCTION, exchange_on_header);
    SET(CURLOPT_HEADERDATA, (void *)x);
    return rc;
}

/* Options that are about the request. libcurl copies the strings, but for the header lines, which
 * the exchange owns. */
static CURLcode exchange_set_request(wdt_exchange *x, const wdt_request *r)
{
    CURLcode rc = wdt_exchange_header_add(x, "Expect:") == 0
                      ? CURLE_OK
                      : CURLE_OUT_OF_MEMORY; /* spares a round trip */
    SET(CURLOPT_URL, r->url);
    SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body_bytes);
    SET(CURLOPT_COPYPOSTFIELDS, r->body);
    SET(CURLOPT_HTTPHEADER, x->lines);
    SET(CURLOPT_PROXY, r->proxy);
    SET(CURLOPT_USERAGENT, r->user_agent);
    SET(CURLOPT_FRESH_CONNECT, r->fresh || !WDT_SEES_SENDING ? 1L : 0L);
    if (r->ca_file != NULL) {
        SET(CURLOPT_CAINFO, r->ca_file);
        SET(CURLOPT_CAPATH, NULL);
    }
    return rc;
}

#undef SET

int wdt_exchange_start(wdt_exchange *x, wdt_pool *p, const wdt_request *request)
{
    CURLcode rc = CURLE_OUT_OF_MEMORY;
    x->pool = p;
    x->opened = wdt_now();
    x->driven_at_open = p->driven;
    x->easy = p->spares > 0 ? p->spare[--p->spares] : curl_easy_init();
    if (x->easy != NULL)
        rc = exchange_set_transport(x);
    if (rc == CURLE_OK)
        rc = exchange_set_request(x, request);
    if (rc == CURLE_OK && curl_multi_add_handle(p->multi, x->easy) != CURLM_OK)
        rc = CURLE_OUT_OF_MEMORY;
    if (rc != CURLE_OK) {
        exchange_fail(x, "limit", "libcurl refuses the request to %s (%s)", x->peer,
                      curl_easy_strerror(rc));
        return -1;
    }
    x->next = p->live;
    x->back = &p->live;
    if (x->next != NULL)
        x->next->back = &x->next;
    p->live = x;
    pool_forgive(p);
    pool_drive(p); /* on a kept connection the request is on its way before anybody waits for it */
    return 0;
}

/* ---- pool ------------------------------------------------------------ */

int wdt_pool_open(wdt_pool *p)
{
    p->multi = curl_multi_init();
    if (p->multi == NULL)
        return -1;
    curl_multi_setopt(p->multi, CURLMOPT_MAXCONNECTS, CONNECTIONS_MAX);
    return 0;
}

/* Exchanges take themselves out of the list as they are closed. */
void wdt_pool_close(wdt_pool *p)
{
    while (p->live != NULL)
        wdt_exchange_close(p->live);
    while (p->spares > 0)
        curl_easy_cleanup(p->spare[--p->spares]);
    if (p->multi != NULL)
        curl_multi_cleanup(p->multi);
    p->multi = NULL;
}
