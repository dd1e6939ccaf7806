/* AVX2 and AVX-512 share this: see simd_avx2.h and simd_avx512.h. It is about strings, which are
 * mostly shorter than 32 bytes: one register is all that is looked at, and a wider one would gain
 * nothing. */
#ifndef WDT_SIMD_256_H
#define WDT_SIMD_256_H

#include <immintrin.h>

static inline __m256i wdt_load32(const char *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

static inline unsigned wdt_mask32(__m256i v)
{
    return (unsigned)_mm256_movemask_epi8(v);
}

static inline __m256i wdt_quote32(__m256i v)
{
    return _mm256_or_si256(_mm256_cmpeq_epi8(v, _mm256_set1_epi8('"')),
                           _mm256_cmpeq_epi8(v, _mm256_set1_epi8('\\')));
}

static inline __m256i wdt_control32(__m256i v)
{
    return _mm256_cmpeq_epi8(_mm256_min_epu8(v, _mm256_set1_epi8(0x1f)), v);
}

static inline __m256i wdt_plain_lead32(__m256i v)
{
    const __m256i from_e1 = _mm256_sub_epi8(v, _mm256_set1_epi8((char)0xe1));
    return _mm256_or_si256(
        _mm256_cmpeq_epi8(_mm256_min_epu8(from_e1, _mm256_set1_epi8(0xec - 0xe1)), from_e1),
        _mm256_cmpeq_epi8(v, _mm256_set1_epi8((char)0xef)));
}

static inline const char *wdt_find_special(const char *p, unsigned *high)
{
    for (;; p += 32) {
        const __m256i v = wdt_load32(p);
        const unsigned mask = wdt_mask32(_mm256_or_si256(wdt_quote32(v), wdt_control32(v))),
                       bytes = wdt_mask32(v);
        if (mask != 0) {
            *high |= bytes & (mask ^ (mask - 1)) >> 1;
            return p + wdt_lowest_bit(mask);
        }
        *high |= bytes;
    }
}

static inline const char *wdt_find_quote(const char *p)
{
    for (;; p += 32) {
        const unsigned mask = wdt_mask32(wdt_quote32(wdt_load32(p)));
        if (mask != 0)
            return p + wdt_lowest_bit(mask);
    }
}

static inline int wdt_ends_at(const char *p, unsigned n)
{
    const uint64_t quote = wdt_mask32(wdt_quote32(wdt_load32(p)));
    return quote << (63 - n) == UINT64_C(1) << 63;
}

static inline unsigned wdt_differ32(const char *a, const char *b)
{
    return ~wdt_mask32(_mm256_cmpeq_epi8(wdt_load32(a), wdt_load32(b)));
}

static inline int wdt_match(const char *a, const char *b, size_t n)
{
    for (; n > 32; a += 32, b += 32, n -= 32)
        if (wdt_differ32(a, b) != 0)
            return 0;
    return (wdt_differ32(a, b) & (unsigned)((UINT64_C(1) << n) - 1)) == 0;
}

static inline int wdt_is_cjk(const char *p, size_t n)
{
    const __m256i v = wdt_load32(p);
    const uint64_t valid = n <= 32 ? (UINT64_C(1) << n) - 1 : 0, high = wdt_mask32(v) & valid;
    uint64_t lead, plain;
    if (n > 32)
        return 0;
    lead =
        wdt_mask32(_mm256_cmpeq_epi8(_mm256_max_epu8(v, _mm256_set1_epi8((char)0xc0)), v)) & valid;
    plain = wdt_mask32(wdt_plain_lead32(v));
    return (lead & ~plain) == 0 && (lead << 1 | lead << 2) == (high & ~lead);
}

#define WDT_HAS_PARITY
static inline uint64_t wdt_parity(uint64_t x)
{
    return (uint64_t)_mm_cvtsi128_si64(
        _mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)x), _mm_set1_epi8((char)0xff), 0));
}

#endif
