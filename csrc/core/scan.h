/* Finding where a JSON value ends, as fast as its bytes can be read, without understanding what is
 * in it.
 *
 * A scan follows strings, escapes and brackets only, may stop at any byte and goes on where it
 * stopped. What it promises of the bytes it has passed: strings are closed, brackets are matched in
 * kind, and nesting stays within the limit.
 */
#ifndef WDT_SCAN_H
#define WDT_SCAN_H

#include "text.h"

#include <stddef.h>
#include <stdint.h>

/* Bytes that may be read (not used) after the last one, so that whole blocks can be loaded: one
 * from the last byte on, and one from where a string ends that is not closed before (see bytes_end
 * in reader_buffer.c). */
#define WDT_PAD 128
/* Bytes that may be written (not used) after the last one of a packed container. */
#define WDT_PACK_ROOM 80
/* The deepest nesting that `limits.depth` can allow; the decoder recurses once per level. */
#define WDT_DEPTH_MAX 256

typedef enum { WDT_SCAN_MORE, WDT_SCAN_END, WDT_SCAN_DEPTH, WDT_SCAN_MISMATCH } wdt_scan_result;

typedef struct wdt_scan {
    enum {
        WDT_SCAN_BRACKETS,
        WDT_SCAN_STRING,
        WDT_SCAN_SCALAR
    } kind;                      /* a scalar ends before the byte that shows its end */
    unsigned base, depth, limit; /* containers open around the value, containers open now, the most
                                    that may be open */
    uint64_t in_string;          /* all ones when the last byte stood inside a string */
    uint64_t escaped;            /* 1 when the next byte is escaped by a backslash before it */
    uint64_t objects[WDT_DEPTH_MAX /
                     64]; /* one bit per level: opened by a brace rather than a square bracket */
} wdt_scan;

/* Begins the value whose first byte is `first`, inside `base` open containers: 0, or -1 when no
 * value begins so. */
int wdt_scan_begin(wdt_scan *scan, char first, unsigned base, unsigned limit);

/* Passes over n bytes at `bytes` (readable up to n + WDT_PAD; the first time from its first byte)
 * and says how many belong to the value in *used: with WDT_SCAN_END up to its end, with
 * WDT_SCAN_MORE all n, with a fault up to the byte at fault. */
wdt_scan_result wdt_scan_run(wdt_scan *scan, const char *bytes, size_t n, size_t *used);

/* Results of one pass over a container, beside its end. */
typedef struct wdt_survey {
    char *out; /* set before: where the container goes without the whitespace between its tokens, if
                * it has any; NULL afterwards when it did not fit, with WDT_PACK_ROOM bytes more */
    size_t room;   /* set before: bytes there */
    size_t packed; /* bytes written, when there is whitespace between tokens */
    int spaced;    /* there is */
    int flawed; /* a control character that is not such whitespace, or bytes that are not UTF-8; of
                 * what is packed also whitespace between two tokens of which neither is structural,
                 * which packing would join */
} wdt_survey;

typedef wdt_scan_result wdt_scan_loop(wdt_scan *scan, const char *bytes, size_t n, size_t *used,
                                      wdt_survey *survey);

/* Scans a container from its first byte, in one go, and fills in the survey. */
wdt_scan_loop wdt_scan_survey;
/* The compiled forms of the loop: scan_avx2.c, where `survey` may be NULL, and scan_avx512.c. */
wdt_scan_loop wdt_scan_avx2, wdt_scan_avx512;

/* Returns true if the processor runs code that is compiled for AVX2. Inline: every object that is
 * built asks. */
static inline int wdt_has_avx2(void)
{
#ifdef WDT_HAS_AVX2
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") &&
           __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
#else
    return 0;
#endif
}
/* The widest instruction set that scans run in. */
const char *wdt_scan_simd(void);

/* wdt_scan_skip of a value that is no string. */
const char *wdt_scan_skip_other(const char *p, const char *end, unsigned depth);

/* Passes over the value that begins at p: the place after it (somewhere after `end`, if it is a
 * string that is not closed before, but followed by a quote), or NULL when there is none that ends
 * before `end` and nests no deeper than `depth`. Its string is closed or its brackets match; that
 * is all that is known of it. Inline: most values are strings. */
static inline const char *wdt_scan_skip(const char *p, const char *end, unsigned depth)
{
    return *p == '"' ? wdt_string_skip(p + 1) : wdt_scan_skip_other(p, end, depth);
}

#endif
