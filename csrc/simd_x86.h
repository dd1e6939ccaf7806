/* SSE2, and AVX2 in files compiled for it: see simd.h, which alone includes this. */
#ifndef WDT_SIMD_X86_H
#define WDT_SIMD_X86_H

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
    /* E4 to E9 are U+4000 to U+9FFF; E3 and EF have the punctuation. */
    plain = wdt_mask16(_mm_or_si128(
        _mm_cmpeq_epi8(_mm_min_epu8(_mm_sub_epi8(v, _mm_set1_epi8((char)0xe3)), _mm_set1_epi8(0xe9 - 0xe3)),
                       _mm_sub_epi8(v, _mm_set1_epi8((char)0xe3))),
        _mm_cmpeq_epi8(v, _mm_set1_epi8((char)0xef))));
    return (lead & ~plain) == 0 && (lead << 1 | lead << 2) == (high & ~lead);
}

#ifdef WDT_AVX2

#define WDT_SIMD "avx2"
#include <immintrin.h>

typedef struct wdt_chunk {
    __m256i a, b;
} wdt_chunk;

static inline wdt_chunk wdt_chunk_load(const char *p)
{
    wdt_chunk v;
    v.a = _mm256_loadu_si256((const __m256i *)(const void *)p);
    v.b = _mm256_loadu_si256((const __m256i *)(const void *)(p + 32));
    return v;
}

static inline wdt_chunk wdt_either(wdt_chunk v, wdt_chunk w)
{
    v.a = _mm256_or_si256(v.a, w.a);
    v.b = _mm256_or_si256(v.b, w.b);
    return v;
}

static inline wdt_chunk wdt_chunk_fold(wdt_chunk v)
{
    v.a = _mm256_or_si256(v.a, _mm256_set1_epi8(0x20));
    v.b = _mm256_or_si256(v.b, _mm256_set1_epi8(0x20));
    return v;
}

static inline wdt_chunk wdt_equal(wdt_chunk v, char c)
{
    v.a = _mm256_cmpeq_epi8(v.a, _mm256_set1_epi8(c));
    v.b = _mm256_cmpeq_epi8(v.b, _mm256_set1_epi8(c));
    return v;
}

static inline wdt_chunk wdt_from(wdt_chunk v, unsigned char c)
{
    v.a = _mm256_cmpeq_epi8(_mm256_max_epu8(v.a, _mm256_set1_epi8((char)c)), v.a);
    v.b = _mm256_cmpeq_epi8(_mm256_max_epu8(v.b, _mm256_set1_epi8((char)c)), v.b);
    return v;
}

static inline wdt_chunk wdt_control(wdt_chunk v)
{
    v.a = _mm256_cmpeq_epi8(_mm256_min_epu8(v.a, _mm256_set1_epi8(0x1f)), v.a);
    v.b = _mm256_cmpeq_epi8(_mm256_min_epu8(v.b, _mm256_set1_epi8(0x1f)), v.b);
    return v;
}

static inline int wdt_any(wdt_chunk v)
{
    return _mm256_movemask_epi8(_mm256_or_si256(v.a, v.b)) != 0;
}

static inline uint64_t wdt_mask(wdt_chunk v)
{
    return (uint64_t)(uint32_t)_mm256_movemask_epi8(v.a) | (uint64_t)(uint32_t)_mm256_movemask_epi8(v.b) << 32;
}

static inline uint64_t wdt_high(wdt_chunk v)
{
    return wdt_mask(v);
}

#define WDT_HAS_PARITY
static inline uint64_t wdt_parity(uint64_t x)
{
    return (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)x), _mm_set1_epi8((char)0xff), 0));
}

#else

#define WDT_SIMD "sse2"

typedef struct wdt_chunk {
    __m128i a, b, c, d;
} wdt_chunk;

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

static inline wdt_chunk wdt_either(wdt_chunk v, wdt_chunk w)
{
    WDT_FOUR(v, _mm_or_si128);
    return v;
}

static inline wdt_chunk wdt_chunk_fold(wdt_chunk v)
{
    return wdt_either(v, wdt_fill(0x20));
}

static inline wdt_chunk wdt_equal(wdt_chunk v, char c)
{
    const wdt_chunk w = wdt_fill((unsigned char)c);
    WDT_FOUR(v, _mm_cmpeq_epi8);
    return v;
}

static inline wdt_chunk wdt_from(wdt_chunk v, unsigned char c)
{
    wdt_chunk w = wdt_fill(c);
    WDT_FOUR(w, _mm_max_epu8);
    WDT_FOUR(v, _mm_cmpeq_epi8);
    return v;
}

static inline wdt_chunk wdt_control(wdt_chunk v)
{
    wdt_chunk w = wdt_fill(0x1f);
    WDT_FOUR(w, _mm_min_epu8);
    WDT_FOUR(v, _mm_cmpeq_epi8);
    return v;
}

#undef WDT_FOUR

static inline int wdt_any(wdt_chunk v)
{
    return wdt_mask16(_mm_or_si128(_mm_or_si128(v.a, v.b), _mm_or_si128(v.c, v.d))) != 0;
}

static inline uint64_t wdt_mask(wdt_chunk v)
{
    return (uint64_t)wdt_mask16(v.a) | (uint64_t)wdt_mask16(v.b) << 16 | (uint64_t)wdt_mask16(v.c) << 32 |
           (uint64_t)wdt_mask16(v.d) << 48;
}

static inline uint64_t wdt_high(wdt_chunk v)
{
    return wdt_mask(v);
}

#endif

#endif
