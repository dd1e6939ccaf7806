/* Bodies that come compressed, inflated by zlib while they arrive. Neither Lua nor libcurl here.
 *
 *   gzip     one member or several, one after the other (RFC 1952 §2.2), which libcurl takes for
 *            garbage after the first
 *   deflate  a zlib stream (RFC 9110 §8.4.1.2), or, as servers also send it, one without its head
 *
 * The output never depends on how the input was cut. The memory of the struct belongs to the
 * caller, who zeroes it first.
 */
#ifndef WDT_INFLATE_H
#define WDT_INFLATE_H

#include <stddef.h>
#define ZLIB_CONST /* zlib does not write into its input */
#include <zlib.h>

typedef enum wdt_coding {
    WDT_CODING_NONE,
    WDT_CODING_GZIP,
    WDT_CODING_DEFLATE,
    WDT_CODING_OTHER /* none that is known here */
} wdt_coding;

typedef struct wdt_inflater {
    z_stream stream; /* owns memory while open */
    wdt_coding coding;
    int open, inside; /* inside: a member has begun and has not ended */
    int over;         /* nothing may follow: a deflate stream is one */
} wdt_inflater;

/* The coding of a Content-Encoding; no name, and "identity", are none. */
wdt_coding wdt_coding_of(const char *name, size_t bytes);

/* Inflates some of the n bytes at `in` (*taken says how many) into at most `room` bytes at `out`.
 * Returns how many bytes it made; with *taken == n and none made, it needs more. Or -1, where that
 * is no such body, with *why. */
long wdt_inflater_run(wdt_inflater *f, const char *in, size_t n, size_t *taken, char *out,
                      size_t room, const char **why);

/* Idempotent. */
void wdt_inflater_close(wdt_inflater *f);

#endif
