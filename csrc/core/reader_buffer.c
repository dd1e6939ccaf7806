/* The bytes of a reader, from where they are fed to where they are used up, and the faults that lie
 * at one of them. One buffer, of which only what stands before `mark` may be forgotten:
 *
 *     ...used | piece being read | not yet looked at | zeros and quotes
 *             mark               at                  tail
 */
#include "reader.h"

#include <stdio.h>
#include <string.h>

wdt_fault wdt_fault_at(const wdt_reader *r, wdt_code code, size_t at, const char *what)
{
    wdt_fault fault;
    fault.code = code;
    fault.what = what;
    fault.offset = r->base + at;
    fault.limit = NULL;
    fault.most = 0;
    return fault;
}

void wdt_fault_text(const wdt_fault *fault, char *text, size_t size)
{
    const unsigned long long offset = fault->offset;
    if (fault->limit != NULL)
        snprintf(text, size, "limits.%s = %llu is exceeded at offset %llu", fault->limit,
                 (unsigned long long)fault->most, offset);
    else
        snprintf(text, size, "%s at offset %llu", fault->what, offset);
}

/* Makes the reader's buffer the spare one. 0, or -1 where it can't be. */
static int spare_put(wdt_spare *spare, const wdt_reader *r)
{
    if (spare == NULL || spare->closed || spare->buffer != NULL || r->capacity > WDT_BUFFER_KEEP)
        return -1;
    spare->alloc = r->alloc;
    spare->ud = r->ud;
    spare->buffer = r->buffer;
    spare->capacity = r->capacity;
    return 0;
}

/* Gives the spare buffer to a reader that has none. */
static void spare_take(wdt_spare *spare, wdt_reader *r)
{
    if (spare == NULL || spare->buffer == NULL || spare->alloc != r->alloc || spare->ud != r->ud)
        return;
    r->buffer = spare->buffer;
    r->capacity = spare->capacity;
    spare->buffer = NULL;
}

void wdt_spare_close(wdt_spare *spare)
{
    if (spare->buffer != NULL)
        spare->alloc(spare->ud, spare->buffer, spare->capacity + WDT_PAD, 0);
    spare->buffer = NULL;
    spare->closed = 1;
}

void wdt_reader_free(wdt_reader *r)
{
    if (r->buffer != NULL && spare_put(r->spare, r) != 0)
        r->alloc(r->ud, r->buffer, r->capacity + WDT_PAD, 0);
    r->buffer = NULL;
    r->capacity = r->mark = r->at = r->tail = 0;
    r->key_at = r->key_n = r->value_at = 0;
}

void wdt_reader_rest(wdt_reader *r)
{
    if (r->mark < r->tail)
        return;
    r->base += r->tail;
    wdt_reader_free(r);
}

void wdt_reader_reset(wdt_reader *r)
{
    wdt_reader_free(r);
    r->base = 0;
    r->state = 0;
    r->rows_left = r->limits.rows;
    r->level = 0;
    r->list_seen = 0;
    r->envelope_used = 0;
    r->event = WDT_EVENT_MORE;
    memset(&r->fault, 0, sizeof r->fault);
    memset(&r->late, 0, sizeof r->late);
}

/* Forgets the bytes before `mark`. */
static void reader_drop_used(wdt_reader *r)
{
    const size_t used = r->mark;
    memmove(r->buffer, r->buffer + used, r->tail - used);
    r->base += used;
    r->at -= used;
    r->tail -= used;
    r->key_at -= used;
    r->value_at -= used;
    r->mark = 0;
}

/* Room for n more bytes. The used ones are dropped only when room is short, so each byte is moved
 * about once. */
static int reader_make_room(wdt_reader *r, size_t n)
{
    size_t capacity;
    char *buffer;
    if (r->buffer == NULL)
        spare_take(r->spare, r);
    if (n <= r->capacity - r->tail)
        return 0;
    if (r->mark > 0)
        reader_drop_used(r);
    if (n <= r->capacity - r->tail)
        return 0;
    capacity = r->capacity < WDT_BUFFER_MIN ? WDT_BUFFER_MIN : r->capacity;
    while (n > capacity - r->tail) {
        if (capacity > (SIZE_MAX - WDT_PAD) / 2)
            return -1;
        capacity *= 2;
    }
    buffer = r->alloc(r->ud, r->buffer, r->buffer != NULL ? r->capacity + WDT_PAD : 0,
                      capacity + WDT_PAD);
    if (buffer == NULL)
        return -1;
    r->buffer = buffer;
    r->capacity = capacity;
    return 0;
}

/* Writes the padding after the last byte. It stops a function that reads on without counting:
 * zeros are no part of JSON, and a quote closes a string in which zeros are not looked for. */
static void bytes_end(char *tail)
{
    memset(tail, 0, WDT_PAD / 2);
    memset(tail + WDT_PAD / 2, '"', WDT_PAD / 2);
}

int wdt_reader_feed(wdt_reader *r, const char *bytes, size_t n)
{
    const uint64_t received = r->base + r->tail;
    const size_t room =
        r->limits.body - (size_t)received; /* never more than the limit was received */
    const int too_many = n > room;

    if (r->fault.code != WDT_CODE_OK || r->late.code != WDT_CODE_OK)
        return -1;
    if (too_many)
        n = room;
    if (n > 0 && reader_make_room(r, n) != 0) {
        r->late = wdt_fault_at(r, WDT_CODE_LIMIT, r->tail, "memory ran out");
        return -1;
    }
    if (n > 0) {
        memcpy(r->buffer + r->tail, bytes, n);
        r->tail += n;
        bytes_end(r->buffer + r->tail);
    }
    if (too_many) {
        r->late = wdt_fault_at(r, WDT_CODE_LIMIT, r->tail, NULL);
        r->late.limit = "body";
        r->late.most = r->limits.body;
        return -1;
    }
    return 0;
}

size_t wdt_reader_pending(const wdt_reader *r)
{
    return r->tail - r->mark;
}
