/* Finds where a value ends (scan.h), and chooses at run time which compiled form of the loop over
 * a container runs: see scan_loop.h. Strings and scalars are looked at byte by byte; they are
 * short, or else lie inside a container.
 *
 *     {"a":"}"}   ends at the second brace: the first stands in a string */
#include "scan_loop.h"
#include "text.h"

/* The first byte decides; the grammar of a scalar is for its reader to check. */
int wdt_scan_begin(wdt_scan *scan, char first, unsigned base, unsigned limit)
{
    scan->base = scan->depth = base;
    scan->limit = limit;
    scan->in_string = 0;
    scan->escaped = 0;
    if (first == '{' || first == '[')
        scan->kind = WDT_SCAN_BRACKETS;
    else if (first == '"')
        scan->kind = WDT_SCAN_STRING;
    else if (first == '-' || (first >= '0' && first <= '9') || first == 't' || first == 'f' ||
             first == 'n')
        scan->kind = WDT_SCAN_SCALAR;
    else
        return -1;
    return 0;
}

/* ---- which loop ---- */

/* Runs the loop that is compiled for every processor of this kind. `survey` is a constant in each
 * call, so that a loop without it has no tests for it. */
static wdt_scan_result scan_plain(wdt_scan *scan, const char *bytes, size_t n, size_t *used,
                                  wdt_survey *survey)
{
    return survey != NULL ? scan_brackets(scan, bytes, n, used, survey)
                          : scan_brackets(scan, bytes, n, used, NULL);
}

/* Returns true if the processor runs scan_avx512.c: packing needs VBMI2. */
static int has_avx512(void)
{
#ifdef WDT_HAS_AVX512
    return wdt_has_avx2() && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vbmi2");
#else
    return 0;
#endif
}

/* Runs the widest loop that a scan in between rows is worth. */
static wdt_scan_result scan_chunks(wdt_scan *scan, const char *bytes, size_t n, size_t *used,
                                   wdt_survey *survey)
{
#ifdef WDT_HAS_AVX2
    if (wdt_has_avx2())
        return wdt_scan_avx2(scan, bytes, n, used, survey);
#endif
    return scan_plain(scan, bytes, n, used, survey);
}

const char *wdt_scan_simd(void)
{
    return has_avx512() ? "avx512" : wdt_has_avx2() ? "avx2" : WDT_SIMD;
}

/* Of all that scans only a survey has so much to do with each byte that the widest registers pay:
 * what rows are built with is slower by some percent when scans in between use them. */
wdt_scan_result wdt_scan_survey(wdt_scan *scan, const char *bytes, size_t n, size_t *used,
                                wdt_survey *survey)
{
#ifdef WDT_HAS_AVX512
    if (has_avx512())
        return wdt_scan_avx512(scan, bytes, n, used, survey);
#endif
    return scan_chunks(scan, bytes, n, used, survey);
}

/* ---- strings and scalars ---- */

/* Passes over a string; its state survives a cut anywhere, also after a backslash. */
static wdt_scan_result scan_string(wdt_scan *scan, const char *bytes, size_t n, size_t *used)
{
    for (size_t i = 0; i < n; i++) {
        if (scan->escaped) {
            scan->escaped = 0;
        } else if (bytes[i] == '\\') {
            scan->escaped = 1;
        } else if (bytes[i] == '"') {
            if (scan->in_string) {
                *used = i + 1;
                return WDT_SCAN_END;
            }
            scan->in_string = 1;
        }
    }
    *used = n;
    return WDT_SCAN_MORE;
}

/* A scalar ends before the byte that shows its end, which is not part of it. */
static wdt_scan_result scan_scalar(const char *bytes, size_t n, size_t *used)
{
    for (size_t i = 0; i < n; i++) {
        switch (bytes[i]) {
        case ',':
        case ']':
        case '}':
        case ' ':
        case '\t':
        case '\n':
        case '\r': *used = i; return WDT_SCAN_END;
        default: break;
        }
    }
    *used = n;
    return WDT_SCAN_MORE;
}

wdt_scan_result wdt_scan_run(wdt_scan *scan, const char *bytes, size_t n, size_t *used)
{
    switch (scan->kind) {
    case WDT_SCAN_STRING: return scan_string(scan, bytes, n, used);
    case WDT_SCAN_SCALAR: return scan_scalar(bytes, n, used);
    default: return scan_chunks(scan, bytes, n, used, NULL);
    }
}

/* Returns true for bytes that numbers, true, false and null consist of. */
static int is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '+' || c == '.';
}

const char *wdt_scan_skip_other(const char *p, const char *end, unsigned depth)
{
    wdt_scan scan;
    size_t used;
    if (p >= end || wdt_scan_begin(&scan, *p, 0, depth) != 0)
        return NULL;
    if (scan.kind == WDT_SCAN_SCALAR) {
        /* Only what can stand in a scalar: passing over a quote here would make strings of what
         * stands between strings, and the last of them might not be closed. */
        while (is_word(*p))
            p++;
        return p;
    }
    return wdt_scan_run(&scan, p, (size_t)(end - p), &used) == WDT_SCAN_END ? p + used : NULL;
}
