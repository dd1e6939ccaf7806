/* HTTP transfers by libcurl's multi interface, poured straight into decoders. No Lua here: curl.c
 * is the binding.
 *
 *   pool      one multi handle: its kept-alive connections and its spare easy handles
 *   exchange  one POST and its answer
 *
 * The memory of both structs belongs to the caller, who zeroes it before anything else and keeps it
 * in place.
 */
#ifndef WDT_TRANSFER_H
#define WDT_TRANSFER_H

#include <curl/curl.h>
#include <poll.h>
#include <stddef.h>

#include "inflate.h"
#include "sink.h"

#define WDT_HEADERS_MAX 16384 /* bytes of one answer's header lines */
#define WDT_HEADERS_MIN 1024  /* room that is made for them at first */
#define WDT_SPARE_MAX   16    /* idle easy handles kept */
#define WDT_WATCHED     64    /* sockets of others that one turn of a pool watches at most */

/* A decoder that holds more unread bytes than its share of the pool's makes its transfer pause; a
 * share is between these two. */
#define WDT_UNREAD_POOL (1024 * 1024)
#define WDT_UNREAD_MAX  65536
#define WDT_UNREAD_MIN  8192

typedef struct wdt_exchange wdt_exchange;

typedef struct wdt_pool {
    CURLM *multi;       /* owned; NULL when not open */
    wdt_exchange *live; /* transfers in the multi; not owned: each takes itself out when it ends or
                           is closed */
    size_t lives, most; /* how many; how many at once so far */
    size_t keeps_most;  /* idle connections that may be kept */
    wdt_exchange *news; /* of these, those that are awaited and have something to tell */
    CURL *spare[WDT_SPARE_MAX]; /* owned */
    int spares;
    struct pollfd
        *watched; /* owned: sockets that libcurl waits for, with room for WDT_WATCHED more */
    size_t sockets, room; /* of libcurl's: how many, and how many fit in */
    double driven;        /* seconds spent waiting, for whichever exchange */
    double forgiven;      /* of the others, those that libcurl's timeouts know of */
    double looked_at;     /* when the transfers were last driven */
    double limited_at;    /* when a turn last looked at limits */
    unsigned long ended;  /* transfers that libcurl has brought to an end */
} wdt_pool;

typedef enum wdt_outcome {
    WDT_OUTCOME_IN_FLIGHT,
    WDT_OUTCOME_COMPLETE,
    WDT_OUTCOME_FAILED,  /* code and text say why */
    WDT_OUTCOME_REFUSED, /* by the decoder, which says why */
    WDT_OUTCOME_CLOSED
} wdt_outcome;

struct wdt_exchange {
    wdt_exchange *next, **back;           /* in pool->live */
    wdt_exchange *news_next, **news_back; /* in pool->news */
    long long ticket;         /* by which the one who awaits it knows it, 0 when no one does */
    double since;             /* when `waited` was last brought up to then */
    wdt_pool *pool;           /* not owned; used only while easy is set */
    CURL *easy;               /* owned; NULL when the transfer is over */
    struct curl_slist *lines; /* owned: the request's headers */
    wdt_sink *sink;           /* not owned: the decoder */
    wdt_outcome outcome;
    int paused, connected, headers_full, headers_lost, /* memory ran out for them */
        heard,        /* bytes came since the limits were last looked at */
        forced;       /* the decoder takes the next bytes, however full it is */
    const char *odd;  /* why no body is read after this head, or NULL */
    int sent;         /* requests that libcurl has begun to send for this one: at most 1 leaves */
    int socket_error; /* errno of a socket that the system did not give, or 0 */
    long status;      /* 0 until the header lines are complete */
    unsigned long long bytes;   /* of the body, decompressed */
    unsigned long long ends_at; /* of the body; 0 where libcurl knows the end by itself */
    wdt_inflater inflater;      /* owns memory until the transfer is over */
    size_t taken;               /* bytes inflated of those that libcurl gives again after a pause */
    const char *misfit;         /* why the body is not compressed as it says, or NULL */
    unsigned long long fed,
        seen; /* chunks poured into the decoder; of these, how many the caller was told of */
    double driven_at_open;
    double idle_at_open; /* seconds in which no one had driven the pool */
    double waited,
        heard_at; /* seconds spent waiting for this one: in all, and when the last byte came */
    double connect, stall, total; /* the limits, in seconds */
    const char *code;             /* of a failure */
    char *head; /* owned until the exchange is closed: header lines of the answer, as they came */
    size_t head_bytes, head_room;
    char peer[288];              /* host:port */
    char words[CURL_ERROR_SIZE]; /* libcurl's */
    char text[CURL_ERROR_SIZE + 512];
};

typedef struct wdt_request {
    const char *url, *body;
    size_t body_bytes;
    const char *proxy;      /* "" for none; never the environment's */
    const char *ca_file;    /* NULL: the system's authorities; else these instead */
    const char *user_agent; /* NULL for none */
    int fresh;              /* true: on a connection of its own, never one that was kept */
} wdt_request;

/* Monotonic seconds. */
double wdt_now(void);

/* 0, or -1 when memory is out. */
int wdt_pool_open(wdt_pool *p);
/* Idempotent. Exchanges in flight are closed. */
void wdt_pool_close(wdt_pool *p);

/* Notes host:port for error texts. 0, or -1: that is no URL. */
int wdt_exchange_name(wdt_exchange *x, const char *url);
/* Adds a request header. 0, or -1 when memory is out. */
int wdt_exchange_header_add(wdt_exchange *x, const char *line);
/* Starts an exchange whose sink, limits and lines are set; strings are copied. Does not wait. 0, or
 * -1 when it cannot even be tried: outcome, code and text say why. */
int wdt_exchange_start(wdt_exchange *x, wdt_pool *p, const wdt_request *request);
/* Drives all transfers of the pool until this one has shown its decoder more, any has ended (and
 * leaves room for another), or a slice of time is over. */
void wdt_exchange_wait(wdt_exchange *x);
/* Drives all transfers of the pool, waiting that long at most for the network, or for one of these
 * sockets of others, WDT_WATCHED at most; of a pool that is closed, for those. */
void wdt_pool_turn(wdt_pool *p, double seconds, struct pollfd *others, size_t n);
/* For a caller that drives the pool by turns: true if a pull would not wait. Else the exchange is
 * awaited from now on, under a number of the caller's, not 0; wdt_pool_news tells it once. */
int wdt_exchange_await(wdt_exchange *x, long long ticket);
/* The number of an awaited exchange whose pull does not wait any more, and which is awaited no
 * longer; 0 when there is none. */
long long wdt_pool_news(wdt_pool *p);
/* Unread bytes that a decoder may hold, for its transfer to go on. */
size_t wdt_pool_unread(const wdt_pool *p);
/* Drives all transfers of the pool without waiting; not when that was done a moment ago. */
void wdt_exchange_poke(wdt_exchange *x);
/* The value of the first such header of the answer, or NULL. */
const char *wdt_exchange_header(const wdt_exchange *x, const char *name, size_t name_bytes,
                                size_t *bytes);
/* True if all lengths that the head announces are one number: "5", "5, 5" and two headers of 5 are.
 * "5, 6" could be read in two ways, and the next answer of the connection would begin in the middle
 * of this one; libcurl takes one of them. */
int wdt_exchange_lengths_agree(const wdt_exchange *x);
/* How the head says that the body is compressed. */
wdt_coding wdt_exchange_coding(const wdt_exchange *x);
/* The length of a body of the transfer encoding "identity", which RFC 2616 still had, and for which
 * libcurl looks at no length and waits for the end of the connection; else 0. */
unsigned long long wdt_exchange_identity_length(const wdt_exchange *x);
/* libcurl's write callback, of an exchange (transfer_body.c). */
size_t wdt_exchange_on_body(char *bytes, size_t size, size_t n, void *self);
/* Idempotent. A transfer in flight loses its connection. */
void wdt_exchange_close(wdt_exchange *x);

/* ---- transfer_drive.c, for the other files ---- */

/* libcurl tells the pool from now on which sockets it waits for. 0, or -1 when memory is out. */
int wdt_pool_watch(wdt_pool *p);
/* Room for the sockets of one more transfer. 0, or -1 when memory is out. */
int wdt_pool_make_room(wdt_pool *p);
/* The newest transfer begins. */
void wdt_pool_begin(wdt_pool *p);

/* ---- transfer_news.c, for the other files ---- */

/* There is something to tell of the exchange. */
void wdt_exchange_tell(wdt_exchange *x);
/* No one awaits it any more. */
void wdt_exchange_forget(wdt_exchange *x);

/* ---- transfer_end.c, for the other files ---- */

/* Returns true once the connection stands and the request is on its way. From then on the stall
 * limit counts in place of libcurl's connect limit, and what comes is the answer, not a proxy's
 * word about the connection. */
int wdt_exchange_connected(wdt_exchange *x);
/* Fails the exchange and takes it out of the pool. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
void wdt_exchange_fail(wdt_exchange *x, const char *code, const char *format, ...);
/* The transfer is over, and this is libcurl's account of it. */
void wdt_exchange_settle(wdt_exchange *x, CURLcode rc);

#endif
