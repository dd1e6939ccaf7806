/* How transfers move (transfer.h): libcurl says which sockets it waits for, poll waits for them,
 * and libcurl looks at those alone that have something, however many transfers there are. A caller
 * that waits for many exchanges at once is told which of them have news, and asks none of the
 * others.
 *
 * Limits count the time in which somebody waited for that exchange, so a slow consumer does not
 * spend them. */
#define _DEFAULT_SOURCE /* clock_gettime under -std=c99 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "transfer.h"

/* Seconds of one wait, so that the interpreter's own Ctrl-C gets a turn; also between two looks at
 * the limits of those that a loop awaits. */
#define SLICE 0.25
/* Seconds: the one who looks at each of several transfers in turn has libcurl look at them once. */
#define MOMENT 0.0001
/* Seconds in which no one drove, until libcurl's connect timeouts are told of them. */
#define IDLE 0.01
/* Seconds by which libcurl may be late to end what could not connect: its words are the better
 * ones. */
#define GRACE 0.25
/* Sockets of one transfer: two addresses are tried side by side, while a resolver may be at work.
 */
#define SOCKETS_EACH 4
#define SOCKETS_MIN  16 /* room for at first */

/* The clock of all limits; it does not jump when the time is set. */
double wdt_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- sockets ------------------------------------------------------------ */

/* Makes room for so many sockets of libcurl's. 0, or -1 when memory is out. */
static int pool_grow(wdt_pool *p, size_t room)
{
    struct pollfd *watched = realloc(p->watched, (room + WDT_WATCHED) * sizeof *watched);
    if (watched == NULL)
        return -1;
    p->watched = watched;
    p->room = room;
    return 0;
}

/* libcurl tells what it waits for. The place is found by the descriptor: libcurl before 7.82 takes
 * no pointer for one while it is in a callback, and a pause there ends a wait. */
static int pool_on_socket(CURL *easy, curl_socket_t fd, int what, void *self, void *pointer)
{
    wdt_pool *p = self;
    size_t place = 0;
    (void)easy;
    (void)pointer;
    while (place < p->sockets && p->watched[place].fd != fd)
        place++;
    if (what == CURL_POLL_REMOVE) {
        if (place < p->sockets)
            p->watched[place] = p->watched[--p->sockets];
        return 0;
    }
    if (place == p->sockets) {
        if (p->sockets == p->room && pool_grow(p, 2 * p->room) != 0)
            return -1; /* which ends the pool for good: wdt_pool_make_room leaves little need */
        p->watched[p->sockets].fd = fd;
        p->watched[p->sockets++].revents = 0;
    }
    p->watched[place].events =
        (short)((what & CURL_POLL_IN ? POLLIN : 0) | (what & CURL_POLL_OUT ? POLLOUT : 0));
    return 0;
}

int wdt_pool_watch(wdt_pool *p)
{
    p->watched = malloc((SOCKETS_MIN + WDT_WATCHED) * sizeof *p->watched);
    if (p->watched == NULL)
        return -1;
    p->room = SOCKETS_MIN;
    curl_multi_setopt(p->multi, CURLMOPT_SOCKETFUNCTION, pool_on_socket);
    curl_multi_setopt(p->multi, CURLMOPT_SOCKETDATA, p);
    return 0;
}

/* Made before a transfer starts, which can tell that memory is out. */
int wdt_pool_make_room(wdt_pool *p)
{
    const size_t wanted = p->sockets + (p->lives + 1) * SOCKETS_EACH;
    return p->room >= wanted ? 0 : pool_grow(p, 2 * wanted);
}

/* The findings of poll, in libcurl's words; 0, after which libcurl looks itself, for what it has no
 * word for. */
static int found(short events)
{
    if (events & ~(POLLIN | POLLOUT))
        return 0;
    return (events & POLLIN ? CURL_CSELECT_IN : 0) | (events & POLLOUT ? CURL_CSELECT_OUT : 0);
}

/* Has libcurl look at the sockets that have something. Each look may take sockets away and add
 * others: the last one moves to where one was taken away. */
static CURLMcode pool_act(wdt_pool *p)
{
    CURLMcode rc = CURLM_OK;
    int running;
    for (size_t i = 0; i < p->sockets && rc == CURLM_OK;) {
        const short events = p->watched[i].revents;
        p->watched[i].revents = 0;
        if (events == 0)
            i++;
        else
            rc = curl_multi_socket_action(p->multi, p->watched[i].fd, found(events), &running);
    }
    return rc;
}

/* Has libcurl do what it wanted to do by now. */
static CURLMcode pool_tick(wdt_pool *p)
{
    long wait = -1;
    int running;
    curl_multi_timeout(p->multi, &wait);
    return wait == 0 ? curl_multi_socket_action(p->multi, CURL_SOCKET_TIMEOUT, 0, &running)
                     : CURLM_OK;
}

/* Settles what has ended. */
static void pool_settle(wdt_pool *p)
{
    int waiting;
    CURLMsg *message;
    while ((message = curl_multi_info_read(p->multi, &waiting)) != NULL) {
        CURLcode verdict = message->data.result; /* the message is gone with its transfer */
        char *self = NULL;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &self);
        wdt_exchange_settle((wdt_exchange *)(void *)self, verdict);
        p->ended++;
    }
}

/* Waits until a socket has something, or libcurl wants to do something, for that long at most. */
static CURLMcode pool_poll(wdt_pool *p, double seconds, struct pollfd *others, size_t n)
{
    long wait = -1;
    curl_multi_timeout(p->multi, &wait);
    if (wait < 0 || seconds * 1000 < (double)wait)
        wait = (long)ceil(seconds * 1000);
    for (size_t i = 0; i < n; i++)
        p->watched[p->sockets + i] = others[i];
    if (poll(p->watched, p->sockets + n, (int)wait) >= 0)
        return CURLM_OK;
    for (size_t i = 0; i < p->sockets; i++)
        p->watched[i].revents = 0;
    return errno == EINTR || errno == EAGAIN ? CURLM_OK : CURLM_INTERNAL_ERROR;
}

/* libcurl counts its connect timeout from the start. Time in which no one drove the transfers must
 * not count, so it is added to the timeout of every transfer that is still connecting. */
static void pool_forgive(wdt_pool *p, double now)
{
    const double idle = now - p->driven;
    if (idle - p->forgiven < IDLE)
        return;
    p->forgiven = idle;
    for (wdt_exchange *x = p->live; x != NULL; x = x->next)
        if (!wdt_exchange_connected(x))
            curl_easy_setopt(x->easy, CURLOPT_CONNECTTIMEOUT_MS,
                             (long)ceil((x->connect + idle - x->idle_at_open) * 1000));
}

/* Moves what can be moved, after a wait of that long at most. */
static CURLMcode pool_drive(wdt_pool *p, double seconds, struct pollfd *others, size_t n)
{
    const double before = wdt_now();
    CURLMcode rc;
    pool_forgive(p, before);
    rc = pool_poll(p, seconds, others, n);
    if (rc == CURLM_OK)
        rc = pool_act(p);
    if (rc == CURLM_OK)
        rc = pool_tick(p);
    pool_settle(p);
    p->looked_at = wdt_now();
    p->driven += p->looked_at - before;
    return rc;
}

void wdt_pool_begin(wdt_pool *p)
{
    const double now = wdt_now();
    p->live->idle_at_open = now - p->driven;
    p->live->driven_at_open = p->driven;
    pool_forgive(p, now);
    pool_tick(p);
    pool_settle(p);
}

/* ---- one exchange ------------------------------------------------------------ */

/* Lets a paused transfer go on; what libcurl has kept is poured at once, which may fail, or fill
 * the decoder again. */
static void exchange_resume(wdt_exchange *x)
{
    CURLcode rc;
    x->paused = 0;
    x->forced = 1;
    rc = curl_easy_pause(x->easy, CURLPAUSE_CONT);
    if (rc != CURLE_OK || x->outcome == WDT_OUTCOME_REFUSED || x->misfit != NULL)
        wdt_exchange_settle(x, rc != CURLE_OK ? rc : CURLE_WRITE_ERROR);
}

/* Returns true if a pull has something to tell. Where the decoder has nothing left to give, it
 * needs more, however full it is: a row may be longer than the mark. */
static int exchange_has_news(wdt_exchange *x)
{
    if (x->outcome == WDT_OUTCOME_IN_FLIGHT && x->paused && x->seen == x->fed)
        exchange_resume(x);
    return x->outcome != WDT_OUTCOME_IN_FLIGHT || x->seen != x->fed;
}

/* Adds time in which it was waited for. */
static void exchange_count(wdt_exchange *x, double seconds)
{
    x->waited += seconds;
    if (x->heard)
        x->heard_at = x->waited;
    x->heard = 0;
}

/* Seconds until the next limit passes; 0 or less when one has. */
static double exchange_left(wdt_exchange *x)
{
    const double total = x->total - x->waited;
    if (wdt_exchange_connected(x))
        return fmin(total, x->stall - (x->waited - x->heard_at));
    return fmin(total, x->connect + GRACE - (x->pool->driven - x->driven_at_open));
}

/* Fails the exchange where one of its limits has passed. */
static void exchange_limit(wdt_exchange *x)
{
    if (exchange_left(x) > 0)
        return;
    if ((!wdt_exchange_connected(x) && x->waited < x->total) ||
        (x->status != 0 && x->status != 200))
        wdt_exchange_settle(x, CURLE_OPERATION_TIMEDOUT);
    else if (x->waited >= x->total)
        wdt_exchange_fail(x, "timeout",
                          "%s did not finish within %g s of waiting (total); %llu bytes came",
                          x->peer, x->total, x->bytes);
    else
        wdt_exchange_fail(x, "timeout", "%s sent nothing for %g s (stall) after %llu bytes",
                          x->peer, x->stall, x->bytes);
}

/* libcurl itself, or the system's poll, does not go on. */
static void exchange_give_up(wdt_exchange *x, CURLMcode rc)
{
    wdt_exchange_fail(x, wdt_exchange_connected(x) ? "truncated" : "connect",
                      "libcurl gives up on %s (%s)", x->peer, curl_multi_strerror(rc));
}

void wdt_exchange_wait(wdt_exchange *x)
{
    wdt_pool *p = x->pool;
    double before = wdt_now(), now = before, end = before + SLICE;
    const unsigned long ended = p->ended;
    exchange_has_news(x);
    if (x->outcome != WDT_OUTCOME_IN_FLIGHT)
        return;
    do {
        const double wait = x->seen != x->fed ? 0 : fmin(exchange_left(x), end - now);
        CURLMcode rc;
        rc = pool_drive(p, fmax(wait, 0), NULL, 0);
        now = wdt_now();
        exchange_count(x, now - before);
        before = now;
        if (x->outcome == WDT_OUTCOME_IN_FLIGHT && rc != CURLM_OK)
            exchange_give_up(x, rc);
        else if (x->outcome == WDT_OUTCOME_IN_FLIGHT && x->seen == x->fed)
            exchange_limit(x);
    } while (x->outcome == WDT_OUTCOME_IN_FLIGHT && x->seen == x->fed && p->ended == ended &&
             now < end);
}

void wdt_exchange_poke(wdt_exchange *x)
{
    if (wdt_now() - x->pool->looked_at >= MOMENT)
        pool_drive(x->pool, 0, NULL, 0);
}

/* ---- many exchanges ------------------------------------------------------------ */

int wdt_exchange_await(wdt_exchange *x, long long ticket)
{
    if (exchange_has_news(x))
        return 1;
    x->ticket = ticket;
    x->since = wdt_now();
    return 0;
}

long long wdt_pool_news(wdt_pool *p)
{
    wdt_exchange *x = p->news;
    long long ticket;
    if (x == NULL)
        return 0;
    ticket = x->ticket;
    exchange_count(x, wdt_now() - x->since);
    wdt_exchange_forget(x);
    return ticket;
}

/* Looks at the limits of those that are awaited, or, where nothing goes on, fails all. */
static void pool_limit(wdt_pool *p, CURLMcode rc)
{
    const double now = wdt_now();
    wdt_exchange *next;
    if (rc == CURLM_OK && now - p->limited_at < SLICE)
        return;
    p->limited_at = now;
    for (wdt_exchange *x = p->live; x != NULL; x = next) {
        next = x->next;
        if (rc != CURLM_OK) {
            exchange_give_up(x, rc);
        } else if (x->ticket != 0 && x->news_back == NULL) {
            exchange_count(x, now - x->since);
            x->since = now;
            if (!exchange_has_news(x))
                exchange_limit(x);
        }
    }
}

void wdt_pool_turn(wdt_pool *p, double seconds, struct pollfd *others, size_t n)
{
    const double wait = p->news != NULL ? 0 : seconds;
    if (p->multi != NULL)
        pool_limit(p, pool_drive(p, wait, others, n));
    else
        poll(others, n, (int)ceil(wait * 1000));
}
