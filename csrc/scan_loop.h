/* The loop of a scan, written once and compiled for each instruction set that pays: scan.c, scan_avx2.c. */
#include "scan.h"
#include "simd.h"

#include <string.h>

#if defined(__GNUC__)
#define ALWAYS_INLINE __attribute__((always_inline)) inline
#else
#define ALWAYS_INLINE inline
#endif

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
 * says, and nowhere else. `valid`: the bytes that are meant. */
static int bad_utf8(wdt_survey *survey, wdt_chunk chunk, const char *bytes, uint64_t high, uint64_t valid)
{
    const wdt_chunk from_e0 = wdt_from(chunk, 0xe0), from_f0 = wdt_from(chunk, 0xf0);
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
    owed = lead << 1 | lead3 << 2 | lead4 << 3 | survey->pending;
    survey->pending = (unsigned)(lead >> 63 | lead3 >> 62 | lead4 >> 61);
    return bad || owed != (high & ~lead);
}

/* Looks at the bytes of a chunk that are meant (`valid`), of which some are in strings. */
static ALWAYS_INLINE void survey_chunk(wdt_survey *survey, wdt_chunk chunk, const char *bytes, uint64_t string, uint64_t valid)
{
    const wdt_chunk controls = wdt_control(chunk);
    const uint64_t high = wdt_high(chunk) & valid;
    survey->spaced |= (wdt_mask(wdt_equal(chunk, ' ')) & ~string & valid) != 0;
    if (wdt_any(controls)) {
        const uint64_t control = wdt_mask(controls) & valid;
        const uint64_t space =
            wdt_mask(wdt_either(wdt_equal(chunk, '\n'), wdt_either(wdt_equal(chunk, '\r'), wdt_equal(chunk, '\t')))) & ~string;
        survey->flawed |= (control & ~space) != 0;
        survey->spaced |= (control & space) != 0;
    }
    if (high != 0 || survey->pending != 0)
        survey->flawed |= bad_utf8(survey, chunk, bytes, high, valid);
}

/* ---- the loop ---- */

static ALWAYS_INLINE wdt_scan_result scan_brackets(wdt_scan *scan, const char *bytes, size_t n, size_t *used, wdt_survey *survey)
{
    uint64_t in_string = scan->in_string, carry = scan->escaped;
    for (size_t done = 0; done < n; done += 64) {
        const wdt_chunk chunk = wdt_chunk_load(bytes + done), folded = wdt_chunk_fold(chunk);
        const wdt_chunk open = wdt_equal(folded, '{'), close = wdt_equal(folded, '}'), backslash = wdt_equal(chunk, '\\');
        const size_t left = n - done;
        const uint64_t valid = left < 64 ? (UINT64_C(1) << left) - 1 : ~UINT64_C(0); /* what is behind is not there yet */
        uint64_t string = wdt_mask(wdt_equal(chunk, '"')) & valid;

        if (carry != 0 || wdt_any(backslash)) {
            const uint64_t escaped = wdt_escaped(wdt_mask(backslash) & valid, &carry);
            string &= ~escaped;
            if (left < 64) /* the carry belongs to the byte behind the last valid one */
                carry = escaped >> left & 1;
        }
        string = wdt_parity(string) ^ in_string;
        if (wdt_any(wdt_either(open, close))) {
            unsigned at = 63;
            const uint64_t mask = valid & ~string;
            const wdt_scan_result result =
                follow_brackets(scan, bytes + done, wdt_mask(open) & mask, wdt_mask(close) & mask, &at);
            if (result != WDT_SCAN_MORE) {
                if (survey != NULL)
                    survey_chunk(survey, chunk, bytes + done, string, ~UINT64_C(0) >> (63 - at));
                *used = done + at + (result == WDT_SCAN_END);
                return result;
            }
        }
        if (survey != NULL)
            survey_chunk(survey, chunk, bytes + done, string, valid);
        in_string = 0 - (string >> (left < 64 ? left - 1 : 63) & 1);
    }
    scan->in_string = in_string;
    scan->escaped = carry;
    *used = n;
    return WDT_SCAN_MORE;
}
