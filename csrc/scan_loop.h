/* The loop of a scan, written once and compiled for each instruction set that pays: scan.c, scan_avx2.c. */
#include "scan.h"
#include "simd.h"

#include <string.h>

/* Follows the brackets of one block. Returns WDT_SCAN_MORE when the value goes on behind it, else *at is the bit that
 * decided. Rows hold few brackets, so looking at each one is cheap, and tells their kinds apart. */
static wdt_scan_result follow_brackets(wdt_scan *scan, const char *bytes, uint64_t open, uint64_t close, unsigned *at)
{
    for (uint64_t both = open | close; both != 0; both &= both - 1) {
        const unsigned bit = wdt_lowest_bit(both);
        *at = bit;
        if (open >> bit & 1) {
            const uint64_t mask = UINT64_C(1) << (scan->depth & 63);
            if (scan->depth == scan->limit)
                return WDT_SCAN_DEPTH;
            if (bytes[bit] == '{')
                scan->objects[scan->depth / 64] |= mask;
            else
                scan->objects[scan->depth / 64] &= ~mask;
            scan->depth++;
        } else {
            const unsigned level = scan->depth - 1;
            const int is_object = (int)(scan->objects[level / 64] >> (level & 63) & 1);
            if (is_object != (bytes[bit] == '}'))
                return WDT_SCAN_MISMATCH;
            if (--scan->depth == scan->base)
                return WDT_SCAN_END;
        }
    }
    return WDT_SCAN_MORE;
}

/* ---- what a survey looks for ---- */

/* The leads E0, ED, F0 to F4 (at the bits of `leads`) allow not every continuation byte behind them. */
static int bad_second_byte(const char *bytes, uint64_t leads)
{
    for (; leads != 0; leads &= leads - 1) {
        const unsigned char *u = (const unsigned char *)bytes + wdt_lowest_bit(leads);
        if ((u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xed && u[1] >= 0xa0) || (u[0] == 0xf0 && u[1] < 0x90) ||
            (u[0] == 0xf4 && u[1] >= 0x90))
            return 1;
    }
    return 0;
}

/* Whether the bytes of a chunk that are not ASCII (`high`) are not UTF-8: behind each lead stand as many continuation bytes as it
 * says, and nowhere else. `valid`: the bytes that are meant. *pending: continuation bytes that the chunk before owes, as bits. */
static WDT_ALWAYS_INLINE int bad_utf8(const char *bytes, uint64_t high, uint64_t valid, unsigned *pending)
{
    const wdt_chunk chunk = wdt_chunk_load(bytes), from_e0 = wdt_from(chunk, 0xe0), from_f0 = wdt_from(chunk, 0xf0);
    const uint64_t lead = wdt_mask(wdt_from(chunk, 0xc0)) & valid, lead3 = wdt_mask(from_e0) & valid;
    uint64_t lead4 = 0, owed;
    int bad = 0;
    /* Leads that are never right, or not with every byte behind them, are rare. */
    if (wdt_any(wdt_either(wdt_either(wdt_equal(chunk, (char)0xc0), wdt_equal(chunk, (char)0xc1)),
                           wdt_either(wdt_either(wdt_equal(chunk, (char)0xe0), wdt_equal(chunk, (char)0xed)), from_f0)))) {
        const uint64_t picky = wdt_mask(wdt_either(wdt_equal(chunk, (char)0xe0), wdt_equal(chunk, (char)0xed)));
        const uint64_t never = wdt_mask(wdt_either(wdt_equal(chunk, (char)0xc0), wdt_equal(chunk, (char)0xc1)));
        lead4 = wdt_mask(from_f0) & valid;
        bad = ((never | wdt_mask(wdt_from(chunk, 0xf5))) & valid) != 0 || bad_second_byte(bytes, (picky | lead4) & valid);
    }
    owed = lead << 1 | lead3 << 2 | lead4 << 3 | *pending;
    *pending = (unsigned)(lead >> 63 | lead3 >> 62 | lead4 >> 61);
    return bad || owed != (high & ~lead);
}

/* Whether a chunk more can be packed. */
static int has_room(const wdt_survey *survey)
{
    return survey->out != NULL && survey->room >= survey->packed + WDT_PACK_ROOM;
}

/* Looks at the bytes of a chunk that are meant (`valid`), of which some are in strings; `done` bytes stand before it. */
static WDT_ALWAYS_INLINE void survey_chunk(wdt_survey *survey, wdt_chunk chunk, const char *bytes, size_t done,
                                           uint64_t string, uint64_t valid)
{
    const uint64_t high = wdt_high(chunk) & valid, space = wdt_mask(wdt_space(chunk)) & ~string & valid;
    survey->flawed |= (wdt_mask(wdt_control(chunk)) & ~space & valid) != 0;
    if (high != 0 || survey->pending != 0)
        survey->flawed |= bad_utf8(bytes, high, valid, &survey->pending);
    if (space != 0 && !survey->spaced) { /* so far the bytes could stay where they are */
        survey->spaced = 1;
        survey->packed = done;
        if (has_room(survey))
            memcpy(survey->out, bytes - done, done);
    }
    if (survey->spaced) {
        if (has_room(survey))
            survey->packed += wdt_pack(survey->out + survey->packed, bytes, valid & ~space);
        else
            survey->out = NULL;
    }
}

/* ---- the loop ---- */

/* What goes on from chunk to chunk. */
typedef struct run {
    uint64_t in_string, escaped; /* as in a scan */
    wdt_survey survey;
} run;

/* Looks at `left` bytes of a chunk, 64 or fewer; `done` bytes stand before it. *used: how many are part of the value. */
static WDT_ALWAYS_INLINE wdt_scan_result scan_chunk(wdt_scan *scan, run *r, const char *bytes, size_t done, unsigned left,
                                                    int surveys, unsigned *used)
{
    const wdt_chunk chunk = wdt_chunk_load(bytes), folded = wdt_chunk_fold(chunk);
    const wdt_chunk open = wdt_equal(folded, '{'), close = wdt_equal(folded, '}'), backslash = wdt_equal(chunk, '\\');
    wdt_scan_result result = WDT_SCAN_MORE;
    uint64_t valid = ~UINT64_C(0) >> (64 - left); /* what is behind is not there yet */
    uint64_t string = wdt_mask(wdt_equal(chunk, '"')) & valid;

    if (r->escaped != 0 || wdt_any(backslash)) {
        const uint64_t escaped = wdt_escaped(wdt_mask(backslash) & valid, &r->escaped);
        string &= ~escaped;
        if (left < 64) /* it is the byte behind the last valid one that may be escaped */
            r->escaped = escaped >> left & 1;
    }
    string = wdt_parity(string) ^ r->in_string;
    *used = left;
    if (wdt_any(wdt_either(open, close))) {
        const uint64_t mask = valid & ~string;
        unsigned at;
        result = follow_brackets(scan, bytes, wdt_mask(open) & mask, wdt_mask(close) & mask, &at);
        if (result != WDT_SCAN_MORE) {
            valid = ~UINT64_C(0) >> (63 - at);
            *used = at + (result == WDT_SCAN_END);
        }
    }
    if (surveys)
        survey_chunk(&r->survey, chunk, bytes, done, string, valid);
    r->in_string = 0 - (string >> (left - 1) & 1);
    return result;
}

static WDT_ALWAYS_INLINE wdt_scan_result scan_brackets(wdt_scan *scan, const char *bytes, size_t n, size_t *used,
                                                       wdt_survey *survey)
{
    wdt_scan_result result = WDT_SCAN_MORE;
    size_t done = 0;
    unsigned more = 0;
    run r; /* a copy, which can stay in registers */
    r.in_string = scan->in_string;
    r.escaped = scan->escaped;
    if (survey != NULL)
        r.survey = *survey;
    for (; result == WDT_SCAN_MORE && n - done >= 64; done += more)
        result = scan_chunk(scan, &r, bytes + done, done, 64, survey != NULL, &more);
    if (result == WDT_SCAN_MORE && done < n) {
        result = scan_chunk(scan, &r, bytes + done, done, (unsigned)(n - done), survey != NULL, &more);
        done += more;
    }
    scan->in_string = r.in_string;
    scan->escaped = r.escaped;
    if (survey != NULL)
        *survey = r.survey;
    *used = done;
    return result;
}
