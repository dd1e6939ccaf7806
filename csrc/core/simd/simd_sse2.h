/* SSE2: see simd.h, which alone includes this. A wdt_16 is one register of sixteen bytes; a chunk
 * is four of them (simd_128.h). A flag is a byte of all ones, as the compare instructions leave
 * it, and movemask makes bits of sixteen flags. */
#ifndef WDT_SIMD_SSE2_H
#define WDT_SIMD_SSE2_H

#define WDT_SIMD "sse2"
#include <emmintrin.h>

typedef __m128i wdt_16;

static inline wdt_16 wdt_load16(const char *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline wdt_16 wdt_fill16(unsigned char c)
{
    return _mm_set1_epi8((char)c);
}

static inline wdt_16 wdt_or16(wdt_16 v, wdt_16 w)
{
    return _mm_or_si128(v, w);
}

static inline wdt_16 wdt_equal16(wdt_16 v, char c)
{
    return _mm_cmpeq_epi8(v, _mm_set1_epi8(c));
}

static inline wdt_16 wdt_from16(wdt_16 v, unsigned char c)
{
    return _mm_cmpeq_epi8(_mm_max_epu8(v, wdt_fill16(c)), v);
}

static inline wdt_16 wdt_control16(wdt_16 v)
{
    return _mm_cmpeq_epi8(_mm_min_epu8(v, wdt_fill16(0x1f)), v);
}

static inline wdt_16 wdt_plain_lead16(wdt_16 v)
{
    const wdt_16 from_e1 = _mm_sub_epi8(v, wdt_fill16(0xe1));
    return wdt_or16(_mm_cmpeq_epi8(_mm_min_epu8(from_e1, wdt_fill16(0xec - 0xe1)), from_e1),
                    wdt_equal16(v, (char)0xef));
}

#include "simd_128.h"

static inline unsigned wdt_mask16(wdt_16 v)
{
    return (unsigned)_mm_movemask_epi8(v);
}

static inline const char *wdt_find_special(const char *p, unsigned *high)
{
    for (;; p += 16) {
        const wdt_16 v = wdt_load16(p);
        const unsigned mask = wdt_mask16(wdt_or16(wdt_quote16(v), wdt_control16(v))),
                       bytes = wdt_mask16(v);
        if (mask != 0) {
            *high |= bytes & (mask ^ (mask - 1)) >> 1;
            return p + wdt_lowest_bit(mask);
        }
        *high |= bytes;
    }
}

static inline const char *wdt_find_quote(const char *p)
{
    for (;; p += 16) {
        const unsigned mask = wdt_mask16(wdt_quote16(wdt_load16(p)));
        if (mask != 0)
            return p + wdt_lowest_bit(mask);
    }
}

static inline int wdt_ends_at(const char *p, unsigned n)
{
    const uint64_t quote = wdt_mask16(wdt_quote16(wdt_load16(p)));
    return quote << (63 - n) == UINT64_C(1) << 63;
}

static inline int wdt_match(const char *a, const char *b, size_t n)
{
    for (;; a += 16, b += 16, n -= 16) {
        const unsigned differ = wdt_mask16(_mm_cmpeq_epi8(wdt_load16(a), wdt_load16(b))) ^ 0xffff;
        if (n <= 16)
            return (differ & ((1U << n) - 1)) == 0;
        if (differ != 0)
            return 0;
    }
}

static inline int wdt_is_cjk(const char *p, size_t n)
{
    const wdt_16 v = wdt_load16(p);
    const unsigned valid = n <= 16 ? (1U << n) - 1 : 0, high = wdt_mask16(v) & valid;
    unsigned lead, plain;
    if (n > 16)
        return 0;
    lead = wdt_mask16(wdt_from16(v, 0xc0)) & valid;
    plain = wdt_mask16(wdt_plain_lead16(v));
    return (lead & ~plain) == 0 && (lead << 1 | lead << 2) == (high & ~lead);
}

static inline int wdt_any(wdt_flags v)
{
    return wdt_mask16(wdt_or16(wdt_or16(v.a, v.b), wdt_or16(v.c, v.d))) != 0;
}

static inline uint64_t wdt_mask(wdt_flags v)
{
    return (uint64_t)wdt_mask16(v.a) | (uint64_t)wdt_mask16(v.b) << 16 |
           (uint64_t)wdt_mask16(v.c) << 32 | (uint64_t)wdt_mask16(v.d) << 48;
}

static inline uint64_t wdt_high(wdt_chunk v)
{
    return wdt_mask(v);
}

#endif
