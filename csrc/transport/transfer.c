/* HTTP transfers (transfer.h). One POST goes through these states, and never back:
 *
 *     connecting -> sent -> header lines -> body -> complete | failed | refused | closed
 *        connect limit |      stall limit, total limit
 *
 * libcurl's callbacks run inside start and whatever drives (transfer_drive.c), and only move bytes:
 * no Lua runs in them. A decoder that is full makes its transfer pause, so memory does not grow
 * with a slow consumer.
 *
 * Once a request may have left this machine, no failure of it is called "connect": the caller
 * sends a request again only where the gateway surely did not act on it. */
#include "transfer.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define CONNECTIONS_MIN  16   /* idle connections kept, even if fewer were in use at once */
#define CONNECTIONS_MOST 4096 /* however many were */
#define KEPT_PART        4    /* of the descriptors that a process may have, a fourth may be idle */

/* Since 7.80 libcurl tells when it is about to send. An older one gets a new connection for every
 * request, since it sends again by itself only where a kept one ends. */
#define WDT_SEES_SENDING (LIBCURL_VERSION_NUM >= 0x075000)

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
    if (x->status == 200)
        x->inflater.coding = wdt_exchange_coding(x);
    if (!wdt_exchange_lengths_agree(x))
        x->odd = "its length is not one number";
    else if (x->inflater.coding == WDT_CODING_OTHER)
        x->odd = "it is encoded, which was not asked for";
    x->ends_at = wdt_exchange_identity_length(x);
    return x->odd == NULL;
}

/* Room for n more bytes of header lines, of which there are WDT_HEADERS_MAX at most. 0, or -1 when
 * memory is out. */
static int head_make_room(wdt_exchange *x, size_t n)
{
    size_t room = x->head_room;
    char *head;
    while (room < x->head_bytes + n)
        room = room == 0 ? WDT_HEADERS_MIN : 2 * room;
    if (room == x->head_room)
        return 0;
    head = realloc(x->head, room);
    if (head == NULL)
        return -1;
    x->head = head;
    x->head_room = room;
    return 0;
}

/* One header line. A status line starts the collection anew: what stood before it was a provisional
 * (1xx) answer. */
static size_t exchange_on_header(char *bytes, size_t size, size_t n, void *self)
{
    wdt_exchange *x = self;
    n *= size;
    x->heard = 1;
    if (!wdt_exchange_connected(x))
        return n;
    if (x->status == 0 && n >= 5 && memcmp(bytes, "HTTP/", 5) == 0)
        x->head_bytes = 0;
    if (x->status == 0 && n > 0 && n <= 2 && (bytes[0] == '\r' || bytes[0] == '\n')) {
        long status = 0;
        curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
        if (status >= 200)
            x->status = status;
        if (!exchange_take_head(x))
            return 0;
    }
    if (n > WDT_HEADERS_MAX - x->head_bytes) {
        x->headers_full = 1;
        return 0;
    }
    if (head_make_room(x, n) != 0) {
        x->headers_lost = 1;
        return 0;
    }
    memcpy(x->head + x->head_bytes, bytes, n);
    x->head_bytes += n;
    return n;
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

/* Bytes of one read from the socket: libcurl holds room for them as long as the transfer lasts. */
static long read_bytes(const wdt_pool *p)
{
    const size_t half = wdt_pool_unread(p) / 2;
    return (long)(half > WDT_UNREAD_MIN ? half : WDT_UNREAD_MIN);
}

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
    SET(CURLOPT_BUFFERSIZE, read_bytes(x->pool));
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

/* So many transfers are in flight at once: as many connections are kept for the next ones. */
static void pool_keep(wdt_pool *p, size_t lives)
{
    p->most = lives;
    if (lives > CONNECTIONS_MIN && lives <= p->keeps_most)
        curl_multi_setopt(p->multi, CURLMOPT_MAXCONNECTS, (long)lives);
}

int wdt_exchange_start(wdt_exchange *x, wdt_pool *p, const wdt_request *request)
{
    CURLcode rc = CURLE_OUT_OF_MEMORY;
    x->pool = p;
    x->easy = p->spares > 0 ? p->spare[--p->spares] : curl_easy_init();
    if (x->easy != NULL && wdt_pool_make_room(p) == 0)
        rc = exchange_set_transport(x);
    if (rc == CURLE_OK)
        rc = exchange_set_request(x, request);
    if (rc == CURLE_OK && curl_multi_add_handle(p->multi, x->easy) != CURLM_OK)
        rc = CURLE_OUT_OF_MEMORY;
    if (rc != CURLE_OK) {
        wdt_exchange_fail(x, "limit", "libcurl refuses the request to %s (%s)", x->peer,
                          curl_easy_strerror(rc));
        return -1;
    }
    x->next = p->live;
    x->back = &p->live;
    if (x->next != NULL)
        x->next->back = &x->next;
    p->live = x;
    if (++p->lives > p->most)
        pool_keep(p, p->lives);
    wdt_pool_begin(p); /* on a kept connection the request is under way before anybody waits */
    return 0;
}

/* ---- pool ------------------------------------------------------------ */

/* How many idle connections may be kept. Those to one gateway are of no use for another, so they
 * leave most descriptors to what is in flight; where none is used again, there are a few. */
static size_t keeps_most(void)
{
    struct rlimit files;
    if (!WDT_SEES_SENDING || getrlimit(RLIMIT_NOFILE, &files) != 0)
        return CONNECTIONS_MIN;
    return files.rlim_cur > CONNECTIONS_MOST * KEPT_PART ? CONNECTIONS_MOST
                                                         : (size_t)files.rlim_cur / KEPT_PART;
}

int wdt_pool_open(wdt_pool *p)
{
    p->keeps_most = keeps_most();
    p->multi = curl_multi_init();
    if (p->multi == NULL || wdt_pool_watch(p) != 0)
        return -1;
    curl_multi_setopt(p->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_MIN);
    return 0;
}

/* Exchanges take themselves out of the list as they are closed. */
void wdt_pool_close(wdt_pool *p)
{
    while (p->live != NULL) {
        wdt_exchange *x = p->live;
        const long long ticket = x->ticket;
        wdt_exchange_close(x);
        x->ticket = ticket;
        wdt_exchange_tell(x);
    }
    while (p->spares > 0)
        curl_easy_cleanup(p->spare[--p->spares]);
    if (p->multi != NULL)
        curl_multi_cleanup(p->multi);
    p->multi = NULL;
    free(p->watched);
    p->watched = NULL;
    p->sockets = p->room = 0;
}
