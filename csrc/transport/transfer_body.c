/* The body of an answer, on its way from libcurl into the decoder: as it is, or inflated.
 *
 * Backpressure is libcurl's pause. A callback that answers "pause" has taken nothing: libcurl gives
 * the same bytes once more, and perhaps others after them, when the transfer goes on. That is how a
 * decoder which is busy gets them later. A compressed body pauses in the middle of such bytes, as
 * one of 16 KB may hold 16 MB: exchange->taken says how many of them are done with.
 */
#include "transfer.h"

#define DISCARD_MAX                                                                                \
    (1024 * 1024)         /* bytes of a body that is not a 200's; then the connection is shut */
#define PIECE_BYTES 16384 /* inflated at once */

size_t wdt_pool_unread(const wdt_pool *p)
{
    const size_t share = WDT_UNREAD_POOL / (p->lives + 1);
    if (share > WDT_UNREAD_MAX)
        return WDT_UNREAD_MAX;
    return share > WDT_UNREAD_MIN ? share : WDT_UNREAD_MIN;
}

/* Gives the decoder n bytes. 0, or -1: it refuses them. */
static int exchange_feed(wdt_exchange *x, const char *bytes, size_t n)
{
    x->bytes += n;
    x->fed++;
    wdt_exchange_tell(x);
    if (x->sink->feed(x->sink, bytes, n) == 0)
        return 0;
    x->outcome = WDT_OUTCOME_REFUSED;
    return -1;
}

static int exchange_is_full(const wdt_exchange *x)
{
    return x->sink->pending(x->sink) > wdt_pool_unread(x->pool);
}

/* A decoder that is full takes nothing, but for the first bytes after it has asked for more. Told
 * as the callback's answer, as libcurl 8.9 to 8.14 never rests after a pause by curl_easy_pause. */
static int exchange_must_pause(wdt_exchange *x)
{
    if (x->forced || !exchange_is_full(x)) {
        x->forced = 0;
        return 0;
    }
    return x->paused = 1;
}

static size_t exchange_pour(wdt_exchange *x, const char *bytes, size_t n)
{
    if (exchange_must_pause(x))
        return CURL_WRITEFUNC_PAUSE;
    /* More than was announced is not ours. */
    if (x->ends_at != 0 && x->bytes + n > x->ends_at)
        n = (size_t)(x->ends_at - x->bytes);
    if (exchange_feed(x, bytes, n) != 0)
        return 0;
    if (x->ends_at != 0 && x->bytes == x->ends_at)
        return 0; /* wdt_exchange_settle knows why */
    return n;
}

static size_t exchange_pour_inflated(wdt_exchange *x, const char *bytes, size_t n)
{
    char piece[PIECE_BYTES];
    for (;;) {
        size_t taken;
        long made = wdt_inflater_run(&x->inflater, bytes + x->taken, n - x->taken, &taken, piece,
                                     sizeof piece, &x->misfit);
        if (made < 0)
            return 0;
        x->taken += taken;
        if (made == 0 && x->taken == n)
            break;
        if (made > 0 && exchange_feed(x, piece, (size_t)made) != 0)
            return 0;
        if (made > 0 && exchange_is_full(x)) {
            x->paused = 1;
            return CURL_WRITEFUNC_PAUSE;
        }
    }
    x->taken = 0;
    return n;
}

size_t wdt_exchange_on_body(char *bytes, size_t size, size_t n, void *self)
{
    wdt_exchange *x = self;
    n *= size;
    x->heard = 1;
    if (x->status != 200)
        return (x->bytes += n) > DISCARD_MAX ? 0 : n;
    if (x->sink->feed(x->sink, bytes, 0) > 0) { /* busy: a call to it is under way */
        x->paused = 1;
        return CURL_WRITEFUNC_PAUSE;
    }
    return x->inflater.coding == WDT_CODING_NONE ? exchange_pour(x, bytes, n)
                                                 : exchange_pour_inflated(x, bytes, n);
}
