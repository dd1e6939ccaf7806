/* AVX2: see simd.h, which alone includes this. */
#ifndef WDT_SIMD_AVX2_H
#define WDT_SIMD_AVX2_H

#define WDT_SIMD "avx2"
#include "simd_256.h"

/* Sixty-four bytes in two registers; their flags, each a byte of ones. */
typedef struct wdt_chunk {
    __m256i a, b;
} wdt_chunk, wdt_flags; /* a flag is a byte of ones */

static inline wdt_chunk wdt_chunk_load(const char *p)
{
    wdt_chunk v;
    v.a = wdt_load32(p);
    v.b = wdt_load32(p + 32);
    return v;
}

static inline wdt_flags wdt_either(wdt_flags v, wdt_flags w)
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

static inline wdt_flags wdt_equal(wdt_chunk v, char c)
{
    v.a = _mm256_cmpeq_epi8(v.a, _mm256_set1_epi8(c));
    v.b = _mm256_cmpeq_epi8(v.b, _mm256_set1_epi8(c));
    return v;
}

static inline wdt_flags wdt_from(wdt_chunk v, unsigned char c)
{
    v.a = _mm256_cmpeq_epi8(_mm256_max_epu8(v.a, _mm256_set1_epi8((char)c)), v.a);
    v.b = _mm256_cmpeq_epi8(_mm256_max_epu8(v.b, _mm256_set1_epi8((char)c)), v.b);
    return v;
}

static inline wdt_flags wdt_plain_lead(wdt_chunk v)
{
    v.a = wdt_plain_lead32(v.a);
    v.b = wdt_plain_lead32(v.b);
    return v;
}

static inline wdt_flags wdt_control(wdt_chunk v)
{
    v.a = wdt_control32(v.a);
    v.b = wdt_control32(v.b);
    return v;
}

/* Each byte looks up its lower half (0, when it is not ASCII); only the four find themselves. */
static inline __m256i wdt_space32(__m256i v)
{
    const __m256i table = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(' ', 0, 0, 0, 0, 0, 0, 0, 0, '\t', '\n', 0, 0, '\r', 0, 0));
    return _mm256_cmpeq_epi8(_mm256_shuffle_epi8(table, v), v);
}

static inline wdt_flags wdt_space(wdt_chunk v)
{
    v.a = wdt_space32(v.a);
    v.b = wdt_space32(v.b);
    return v;
}

/* A folded byte is never 0, so only the six find themselves. */
static inline __m256i wdt_structural32(__m256i folded)
{
    const __m256i table = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ':', '{', ',', '}', 0, 0));
    return _mm256_cmpeq_epi8(_mm256_shuffle_epi8(table, folded), folded);
}

static inline wdt_flags wdt_structural(wdt_chunk folded)
{
    folded.a = wdt_structural32(folded.a);
    folded.b = wdt_structural32(folded.b);
    return folded;
}

static inline int wdt_any(wdt_flags v)
{
    return wdt_mask32(_mm256_or_si256(v.a, v.b)) != 0;
}

static inline uint64_t wdt_mask(wdt_flags v)
{
    return wdt_mask32(v.a) | (uint64_t)wdt_mask32(v.b) << 32;
}

static inline uint64_t wdt_high(wdt_chunk v)
{
    return wdt_mask(v);
}

/* For each set of eight bytes where the bytes come from that are in it, the lowest first. */
#define BIT(m, i) ((m) >> (i)&1)
#define BEFORE(m, i)                                                                               \
    (((i) > 0) * BIT(m, 0) + ((i) > 1) * BIT(m, 1) + ((i) > 2) * BIT(m, 2) +                       \
     ((i) > 3) * BIT(m, 3) + ((i) > 4) * BIT(m, 4) + ((i) > 5) * BIT(m, 5) +                       \
     ((i) > 6) * BIT(m, 6))
#define FROM(m, i) ((uint64_t)(BIT(m, i) * (i)) << 8 * BEFORE(m, i))
#define FROM8(m)                                                                                   \
    FROM(m, 1) | FROM(m, 2) | FROM(m, 3) | FROM(m, 4) | FROM(m, 5) | FROM(m, 6) | FROM(m, 7)
#define FOR4(m)  FROM8(m), FROM8((m) + 1), FROM8((m) + 2), FROM8((m) + 3)
#define FOR16(m) FOR4(m), FOR4((m) + 4), FOR4((m) + 8), FOR4((m) + 12)
#define FOR64(m) FOR16(m), FOR16((m) + 16), FOR16((m) + 32), FOR16((m) + 48)
static const uint64_t wdt_packed8[256] = {FOR64(0), FOR64(64), FOR64(128), FOR64(192)};
#undef BIT
#undef BEFORE
#undef FROM
#undef FROM8
#undef FOR4
#undef FOR16
#undef FOR64

#define WDT_HAS_PACK
static inline size_t wdt_pack(char *out, const char *p, uint64_t solid)
{
    const __m128i upper = _mm_set_epi64x(0x0808080808080808, 0);
    char *o = out;
    for (unsigned i = 0; i < 4; i++, solid >>= 16) {
        const unsigned low = solid & 0xff, high = solid >> 8 & 0xff;
        const __m128i from =
            _mm_set_epi64x((long long)wdt_packed8[high], (long long)wdt_packed8[low]);
        const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i));
        const __m128i v = _mm_shuffle_epi8(bytes, _mm_add_epi8(from, upper));
        _mm_storel_epi64((__m128i *)(void *)o, v);
        o += __builtin_popcount(low);
        _mm_storeh_pi((__m64 *)(void *)o, _mm_castsi128_ps(v));
        o += __builtin_popcount(high);
    }
    return (size_t)(o - out);
}

#endif
