/* SSE2: see simd.h, which alone includes this. */
#ifndef WDT_SIMD_SSE2_H
#define WDT_SIMD_SSE2_H

#define WDT_SIMD "sse2"
#include <emmintrin.h>

static inline __m128i wdt_load16(const char *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline unsigned wdt_mask16(__m128i v)
{
    return (unsigned)_mm_movemask_epi8(v);
}

static inline __m128i wdt_control16(__m128i v)
{
    return _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v);
}

static inline __m128i wdt_quote16(__m128i v)
{
    return _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('"')), _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
}

static inline __m128i wdt_plain_lead16(__m128i v)
{
    const __m128i from_e1 = _mm_sub_epi8(v, _mm_set1_epi8((char)0xe1));
    return _mm_or_si128(_mm_cmpeq_epi8(_mm_min_epu8(from_e1, _mm_set1_epi8(0xec - 0xe1)), from_e1),
                        _mm_cmpeq_epi8(v, _mm_set1_epi8((char)0xef)));
}

static inline const char *wdt_find_special(const char *p, unsigned *high)
{
    for (;; p += 16) {
        const __m128i v = wdt_load16(p);
        const unsigned mask = wdt_mask16(_mm_or_si128(wdt_quote16(v), wdt_control16(v))), bytes = wdt_mask16(v);
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
    const __m128i v = wdt_load16(p);
    const unsigned valid = n <= 16 ? (1U << n) - 1 : 0, high = wdt_mask16(v) & valid;
    unsigned lead, plain;
    if (n > 16)
        return 0;
    lead = wdt_mask16(_mm_cmpeq_epi8(_mm_max_epu8(v, _mm_set1_epi8((char)0xc0)), v)) & valid;
    plain = wdt_mask16(wdt_plain_lead16(v));
    return (lead & ~plain) == 0 && (lead << 1 | lead << 2) == (high & ~lead);
}

typedef struct wdt_chunk {
    __m128i a, b, c, d;
} wdt_chunk, wdt_flags; /* a flag is a byte of ones */

/* The same for all four parts. */
#define WDT_FOUR(out, expression) \
    do { \
        out.a = expression(v.a, w.a); \
        out.b = expression(v.b, w.b); \
        out.c = expression(v.c, w.c); \
        out.d = expression(v.d, w.d); \
    } while (0)

static inline wdt_chunk wdt_fill(unsigned char c)
{
    wdt_chunk v;
    v.a = v.b = v.c = v.d = _mm_set1_epi8((char)c);
    return v;
}

static inline wdt_chunk wdt_chunk_load(const char *p)
{
    wdt_chunk v;
    v.a = wdt_load16(p);
    v.b = wdt_load16(p + 16);
    v.c = wdt_load16(p + 32);
    v.d = wdt_load16(p + 48);
    return v;
}

static inline wdt_flags wdt_either(wdt_flags v, wdt_flags w)
{
    WDT_FOUR(v, _mm_or_si128);
    return v;
}

static inline wdt_chunk wdt_chunk_fold(wdt_chunk v)
{
    return wdt_either(v, wdt_fill(0x20));
}

static inline wdt_flags wdt_equal(wdt_chunk v, char c)
{
    const wdt_chunk w = wdt_fill((unsigned char)c);
    WDT_FOUR(v, _mm_cmpeq_epi8);
    return v;
}

static inline wdt_flags wdt_from(wdt_chunk v, unsigned char c)
{
    wdt_chunk w = wdt_fill(c);
    WDT_FOUR(w, _mm_max_epu8);
    WDT_FOUR(v, _mm_cmpeq_epi8);
    return v;
}

static inline wdt_flags wdt_plain_lead(wdt_chunk v)
{
    v.a = wdt_plain_lead16(v.a);
    v.b = wdt_plain_lead16(v.b);
    v.c = wdt_plain_lead16(v.c);
    v.d = wdt_plain_lead16(v.d);
    return v;
}

static inline wdt_flags wdt_control(wdt_chunk v)
{
    wdt_chunk w = wdt_fill(0x1f);
    WDT_FOUR(w, _mm_min_epu8);
    WDT_FOUR(v, _mm_cmpeq_epi8);
    return v;
}

#undef WDT_FOUR

static inline wdt_flags wdt_space(wdt_chunk v)
{
    return wdt_either(wdt_either(wdt_equal(v, ' '), wdt_equal(v, '\n')), wdt_either(wdt_equal(v, '\r'), wdt_equal(v, '\t')));
}

static inline int wdt_any(wdt_flags v)
{
    return wdt_mask16(_mm_or_si128(_mm_or_si128(v.a, v.b), _mm_or_si128(v.c, v.d))) != 0;
}

static inline uint64_t wdt_mask(wdt_flags v)
{
    return (uint64_t)wdt_mask16(v.a) | (uint64_t)wdt_mask16(v.b) << 16 | (uint64_t)wdt_mask16(v.c) << 32 |
           (uint64_t)wdt_mask16(v.d) << 48;
}

static inline uint64_t wdt_high(wdt_chunk v)
{
    return wdt_mask(v);
}

#endif
