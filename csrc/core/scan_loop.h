/* The loop of a scan, written once and compiled for each instruction set that pays: scan.c,
 * scan_avx2.c, scan_avx512.c. Each step takes 64 bytes and makes masks of them, one bit for each
 * byte:
 *
 *     bytes    {"a":"x}"}
 *     quotes    1 1 1  1
 *     string    11  111       the parity of the quotes so far
 *     close           1 1     of which the first is in a string, and the second ends the value
 *
 * A survey also checks control characters and UTF-8, and packs what has whitespace in it. */
#include "scan.h"
#include "simd.h"

#include <string.h>

/* Follows the brackets of one block. Returns WDT_SCAN_MORE when the value goes on after it, else
 * *at is the bit that decided. Rows hold few brackets, so looking at each one is cheap, and tells
 * their kinds apart. */
static wdt_scan_result scan_follow_brackets(wdt_scan *scan, const char *bytes, uint64_t open,
                                            uint64_t close, unsigned *at)
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

/* The leads E0, ED, F0 to F4 (at the bits of `leads`) allow not every continuation byte after
 * them. */
static int utf8_bad_second(const char *bytes, uint64_t leads)
{
    for (; leads != 0; leads &= leads - 1) {
        const unsigned char *u = (const unsigned char *)bytes + wdt_lowest_bit(leads);
        if ((u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xed && u[1] >= 0xa0) ||
            (u[0] == 0xf0 && u[1] < 0x90) || (u[0] == 0xf4 && u[1] >= 0x90))
            return 1;
    }
    return 0;
}

/* Returns true if the bytes of a chunk that are not ASCII (`high`) are not UTF-8: after each lead
 * stand as many continuation bytes as it says, and nowhere else. `valid`: the bytes that are
 * meant. *owed: continuation bytes that the chunk before owes, as bits. */
static WDT_ALWAYS_INLINE int utf8_is_bad(wdt_chunk chunk, const char *bytes, uint64_t high,
                                         uint64_t valid, uint64_t *owed)
{
    const uint64_t lead = wdt_mask(wdt_from(chunk, 0xc0)) & valid;
    uint64_t lead3 = lead, lead4 = 0, follows;
    int bad = 0;
    if ((lead & ~wdt_mask(wdt_plain_lead(chunk))) != 0) {
        const uint64_t never = wdt_mask(
            wdt_either(wdt_either(wdt_equal(chunk, (char)0xc0), wdt_equal(chunk, (char)0xc1)),
                       wdt_from(chunk, 0xf5)));
        const uint64_t picky =
            wdt_mask(wdt_either(wdt_equal(chunk, (char)0xe0), wdt_equal(chunk, (char)0xed)));
        lead3 = wdt_mask(wdt_from(chunk, 0xe0)) & valid;
        lead4 = wdt_mask(wdt_from(chunk, 0xf0)) & valid;
        bad = (never & valid) != 0 || utf8_bad_second(bytes, (picky & valid) | lead4);
    }
    follows = lead << 1 | lead3 << 2 | lead4 << 3 | *owed;
    *owed = lead >> 63 | lead3 >> 62 | lead4 >> 61;
    return bad || follows != (high & ~lead);
}

/* State of packing, which goes on from chunk to chunk. */
typedef struct gap {
    uint64_t open; /* 1 when the last byte was whitespace */
    /* Not 0: whitespace was left out between two bytes of which neither is structural, as in
     * `1 9.5`, `"a" "b"`, `tr ue`: no JSON, but the packed bytes may be. */
    uint64_t joined;
} gap;

/* State that goes on from chunk to chunk. A local variable of the loop, so that it can stay in
 * registers. */
typedef struct run {
    uint64_t in_string, escaped; /* as in a scan */
    uint64_t owed;               /* continuation bytes, as bits of the next chunk */
    int flawed, spaced;          /* as in a survey */
    gap packed;
    char *out, *to, *last; /* where packed bytes begin, go on, and may at most go on; `to` is NULL
                              while none are packed */
} run;

/* The first whitespace has been met: so far the bytes could stay where they are. */
static WDT_ALWAYS_INLINE void run_begin_packing(run *r, const char *bytes, size_t n)
{
    r->spaced = 1;
    if (r->out != NULL && n <= (size_t)(r->last - r->out)) {
        memcpy(r->out, bytes, n);
        r->to = r->out + n;
    }
}

static inline int is_structural(char c)
{
    return (c | 0x20) == '{' || (c | 0x20) == '}' || c == ',' || c == ':';
}

/* Copies the chunk at p without its whitespace to `out`, where what was packed so far ends, and
 * returns how many bytes they are. What follows whitespace has to be structural where what precedes
 * it is not:
 *
 *     bytes            : 1 _ _ 9 }   _ is a blank; lower bits stand on the left
 *     space                1 1
 *     starts               1         blanks after a byte that is not structural
 *     space + starts           1     the carry leaves the run and meets the byte that follows it */
static inline size_t gap_pack(gap *g, char *out, const char *p, uint64_t space, uint64_t valid)
{
    const wdt_chunk folded = wdt_chunk_fold(wdt_chunk_load(p));
    const uint64_t solid = ~(wdt_mask(wdt_structural(folded)) | space) & valid;
    uint64_t starts = solid << 1 & space;
    if (((space & 1) | g->open) != 0)
        starts |= !is_structural(out[-1]);
    g->joined |= (space + starts) & solid;
    g->open = space >> 63;
    return wdt_pack(out, p, valid & ~space);
}

/* Looks at the bytes of a chunk that are meant (`valid`), of which some are in strings; `done`
 * bytes stand before it. */
static WDT_ALWAYS_INLINE void run_survey_chunk(run *r, const char *bytes, size_t done,
                                               uint64_t string, uint64_t valid)
{
    const wdt_chunk chunk = wdt_chunk_load(bytes);
    const uint64_t high = wdt_high(chunk) & valid,
                   space = wdt_mask(wdt_space(chunk)) & ~string & valid;
    r->flawed |= (wdt_mask(wdt_control(chunk)) & ~space & valid) != 0;
    if (high != 0 || r->owed != 0)
        r->flawed |= utf8_is_bad(chunk, bytes, high, valid, &r->owed);
    if (!r->spaced && space != 0)
        run_begin_packing(r, bytes - done, done);
    if (r->to != NULL)
        r->to = r->to <= r->last ? r->to + gap_pack(&r->packed, r->to, bytes, space, valid) : NULL;
}

/* ---- the loop ---- */

/* Looks at the first n bytes of a chunk, *used of which are part of the value. *string: the bytes
 * that are in strings. */
static WDT_ALWAYS_INLINE wdt_scan_result scan_chunk(wdt_scan *scan, run *r, const char *bytes,
                                                    unsigned n, unsigned *used, uint64_t *string)
{
    const wdt_chunk chunk = wdt_chunk_load(bytes), folded = wdt_chunk_fold(chunk);
    const wdt_flags open = wdt_equal(folded, '{'), close = wdt_equal(folded, '}'),
                    backslash = wdt_equal(chunk, '\\');
    const uint64_t valid = ~UINT64_C(0) >> (64 - n); /* what is after is not there yet */
    uint64_t quotes = wdt_mask(wdt_equal(chunk, '"')) & valid;
    wdt_scan_result result = WDT_SCAN_MORE;

    if (r->escaped != 0 || wdt_any(backslash)) {
        const uint64_t escaped = wdt_escaped(wdt_mask(backslash) & valid, &r->escaped);
        quotes &= ~escaped;
        if (n < 64) /* it is the byte after the last valid one that may be escaped */
            r->escaped = escaped >> n & 1;
    }
    *string = wdt_parity(quotes) ^ r->in_string;
    r->in_string = 0 - (*string >> (n - 1) & 1);
    *used = n;
    if (wdt_any(wdt_either(open, close))) {
        const uint64_t mask = valid & ~*string;
        unsigned at;
        result =
            scan_follow_brackets(scan, bytes, wdt_mask(open) & mask, wdt_mask(close) & mask, &at);
        if (result != WDT_SCAN_MORE)
            *used = at + (result == WDT_SCAN_END);
    }
    return result;
}

static WDT_ALWAYS_INLINE wdt_scan_result scan_brackets(wdt_scan *scan, const char *bytes, size_t n,
                                                       size_t *used, wdt_survey *survey)
{
    wdt_scan_result result = WDT_SCAN_MORE;
    size_t done = 0;
    unsigned last = 0;
    uint64_t string = 0;
    run r = {0}; /* which can stay in registers */
    r.in_string = scan->in_string;
    r.escaped = scan->escaped;
    if (survey != NULL && survey->room >= WDT_PACK_ROOM) {
        r.out = survey->out;
        r.last = survey->out + survey->room - WDT_PACK_ROOM;
    }
    for (; n - done >= 64; done += 64) {
        result = scan_chunk(scan, &r, bytes + done, 64, &last, &string);
        if (result != WDT_SCAN_MORE)
            break;
        if (survey != NULL)
            run_survey_chunk(&r, bytes + done, done, string, ~UINT64_C(0));
    }
    if (result == WDT_SCAN_MORE) {
        last = (unsigned)(n - done);
        if (last > 0)
            result = scan_chunk(scan, &r, bytes + done, last, &last, &string);
    }
    if (survey != NULL && last > 0)
        run_survey_chunk(&r, bytes + done, done, string, ~UINT64_C(0) >> (64 - last));
    scan->in_string = r.in_string;
    scan->escaped = r.escaped;
    if (survey != NULL) {
        survey->flawed = r.flawed || r.owed != 0 || r.packed.joined != 0;
        survey->spaced = r.spaced;
        if (r.to != NULL)
            survey->packed = (size_t)(r.to - r.out);
        else if (r.spaced)
            survey->out = NULL;
    }
    *used = done + last;
    return result;
}
