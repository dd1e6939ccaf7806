/* The tokens of JSON that need more than a comparison: strings, UTF-8, numbers. */
#ifndef WDT_TEXT_H
#define WDT_TEXT_H

#include "simd.h"

/* Bytes that belong to another. */
typedef struct wdt_span {
    const char *bytes;
    size_t n;
} wdt_span;

/* A flaw, and the byte it is found at. `what` is a literal; NULL means that there is none. */
typedef struct wdt_flaw {
    const char *what, *at;
} wdt_flaw;

/* A string token between its quotes. */
typedef struct wdt_string {
    const char *bytes;
    size_t n;
    int escaped; /* holds at least one backslash: wdt_string_decode has work to do */
} wdt_string;

/* Reads the string whose opening quote stands before p: the place after its closing quote, or NULL
 * and a flaw. Unescaped control characters and invalid UTF-8 are flaws; escapes are not looked at.
 * The bytes must be followed by WDT_PAD zeros. */
const char *wdt_string_read_rest(const char *p, const char *special, unsigned high,
                                 wdt_string *string, wdt_flaw *flaw);

/* Nearly all strings are plain ASCII without escapes: those need no call. */
static inline const char *wdt_string_read(const char *p, wdt_string *string, wdt_flaw *flaw)
{
    unsigned high = 0;
    const char *special = wdt_find_special(p, &high);
    if (*special != '"' || high != 0)
        return wdt_string_read_rest(p, special, high, string, flaw);
    string->bytes = p;
    string->n = (size_t)(special - p);
    string->escaped = 0;
    return special + 1;
}

/* The place after the closing quote of the string whose opening quote stands before p, if it is
 * known to be there. */
static inline const char *wdt_string_skip(const char *p)
{
    for (;;) {
        p = wdt_find_quote(p);
        if (*p == '"')
            return p + 1;
        p += 2;
    }
}

/* Returns the first byte from p on that is no whitespace. The bytes end with something else. */
static WDT_ALWAYS_INLINE const char *wdt_skip_space(const char *p)
{
    while (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')
        p++;
    return p;
}

/* Writes the string without its escapes to `out` (room for string->n) and returns where it ends, or
 * NULL and a flaw. */
char *wdt_string_decode(const wdt_string *string, char *out, wdt_flaw *flaw);

/* The first byte of [p, end) that is not UTF-8 (RFC 3629: shortest forms, no surrogates, up to
 * U+10FFFF), or `end`. The byte at `end` must be readable and must not continue a sequence. */
const char *wdt_utf8_check(const char *p, const char *end);

/* How a number can be given to a Lua that prints numbers with %.14g. */
typedef enum {
    WDT_NUMBER_FLAW,    /* not a number */
    WDT_NUMBER_INTEGER, /* an integer that fits 64 bits, except -0 */
    WDT_NUMBER_REAL,    /* a fraction, exponent or -0 of at most 14 significant digits that a normal
                           double holds */
    WDT_NUMBER_TEXT     /* anything else: a double would print as another number than was sent */
} wdt_number_kind;

/* A number: which of the two fields holds it says wdt_number_kind; a text is [p, end). */
typedef struct wdt_number {
    int64_t integer;
    double real;
    const char *end;
} wdt_number;

/* Reads the number that begins at p; number->end is after its last byte. A byte must follow that
 * no number contains. */
wdt_number_kind wdt_number_read(const char *p, wdt_number *number);

#endif
