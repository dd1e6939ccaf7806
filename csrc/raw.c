/* Rows as their own bytes: see wdt.h. */
#include "wdt.h"

#include <string.h>

/* Where masks of bytes begin: what strings they begin in. */
typedef struct state {
    uint64_t escaped, in_string;
} state;

/* The bytes of a chunk that are not whitespace between tokens. */
static uint64_t find_solid(state *s, const char *p)
{
    const wdt_chunk chunk = wdt_chunk_load(p);
    const uint64_t escaped = wdt_escaped(wdt_mask(wdt_equal(chunk, '\\')), &s->escaped);
    const uint64_t string = wdt_parity(wdt_mask(wdt_equal(chunk, '"')) & ~escaped) ^ s->in_string;
    s->in_string = 0 - (string >> 63);
    return string | ~wdt_mask(wdt_either(wdt_equal(chunk, ' '), wdt_control(chunk)));
}

/* Copies what is not whitespace between tokens; `out` has room for the piece and WDT_PAD more. */
static size_t compact(const wdt_span *piece, char *out)
{
    state s = {0, 0};
    char *o = out;
    for (size_t done = 0; done < piece->n; done += 64) {
        const char *const p = piece->bytes + done;
        uint64_t solid = find_solid(&s, p);
        if (piece->n - done < 64)
            solid &= (UINT64_C(1) << (piece->n - done)) - 1;
        while (solid != 0) { /* run by run, sixteen bytes at a time: a fixed size needs no call */
            const unsigned from = wdt_lowest_bit(solid);
            const uint64_t rest = ~(solid >> from);
            const unsigned n = rest != 0 ? wdt_lowest_bit(rest) : 64;
            for (unsigned i = 0; i < n; i += 16)
                memcpy(o + i, p + from + i, 16);
            o += n;
            solid = from + n < 64 ? solid & ~UINT64_C(0) << (from + n) : 0;
        }
    }
    return (size_t)(o - out);
}

static int fail(wdt_build *b, const char *at, const char *what)
{
    b->flaw.at = at;
    b->flaw.what = what;
    return -1;
}

/* Finds out what a survey has found: the first flaw of the piece. */
static int fail_survey(wdt_build *b)
{
    const char *const end = b->piece.bytes + b->piece.n, *const utf8 = wdt_utf8_check(b->piece.bytes, end);
    const char *p = b->piece.bytes;
    for (int in_string = 0; p < utf8; p++) {
        const unsigned char c = (unsigned char)*p;
        if (c < 0x20 && (in_string || (c != '\n' && c != '\r' && c != '\t')))
            return fail(b, p, "a control character stands unescaped in a row");
        if (c == '"')
            in_string = !in_string;
        else if (c == '\\' && (unsigned char)p[1] >= 0x20)
            p++;
    }
    return fail(b, utf8, "a row is not UTF-8");
}

static void push_raw(wdt_build *b, const wdt_span *piece, int spaced)
{
    if (spaced) {
        char *out = wdt_build_scratch(b, piece->n + WDT_PAD);
        lua_pushlstring(b->L, out, compact(piece, out));
    } else {
        lua_pushlstring(b->L, piece->bytes, piece->n);
    }
}

int wdt_build_raw(wdt_build *b)
{
    wdt_scan scan;
    wdt_survey survey;
    size_t used;
    if (wdt_scan_begin(&scan, *b->piece.bytes, 0, WDT_DEPTH_MAX) != 0 || scan.kind != WDT_SCAN_BRACKETS) {
        if (wdt_build_value(b) != 0) /* a scalar is soon checked in full */
            return -1;
        lua_pop(b->L, 1);
        push_raw(b, &b->piece, 0);
        return 0;
    }
    wdt_scan_survey(&scan, b->piece.bytes, b->piece.n, &used, &survey);
    if (survey.flawed || survey.pending != 0)
        return fail_survey(b);
    push_raw(b, &b->piece, survey.spaced);
    return 0;
}

const char *wdt_build_raw_ahead(wdt_build *b)
{
    wdt_scan scan;
    wdt_survey survey;
    size_t used;
    if (wdt_scan_begin(&scan, *b->piece.bytes, 0, b->depth_limit) != 0 ||
        wdt_scan_survey(&scan, b->piece.bytes, b->piece.n, &used, &survey) != WDT_SCAN_END || survey.flawed || survey.pending != 0)
        return NULL;
    b->piece.n = used;
    if (wdt_build_keys(b) != 0)
        return NULL;
    push_raw(b, &b->piece, survey.spaced);
    return b->piece.bytes + used;
}
