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

#ifdef WDT_AVX2

#define WDT_SIMD "avx2"
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
    return _mm256_or_si256(_mm256_cmpeq_epi8(v, _mm256_set1_epi8('"')), _mm256_cmpeq_epi8(v, _mm256_set1_epi8('\\')));
}

static inline __m256i wdt_control32(__m256i v)
{
    return _mm256_cmpeq_epi8(_mm256_min_epu8(v, _mm256_set1_epi8(0x1f)), v);
}

static inline const char *wdt_find_special(const char *p, unsigned *high)
{
    for (;; p += 32) {
        const __m256i v = wdt_load32(p);
        const unsigned mask = wdt_mask32(_mm256_or_si256(wdt_quote32(v), wdt_control32(v))), bytes = wdt_mask32(v);
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

static inline int wdt_match(const char *a, const char *b, size_t n)
{
    for (;; a += 32, b += 32, n -= 32) {
        const unsigned differ = ~wdt_mask32(_mm256_cmpeq_epi8(wdt_load32(a), wdt_load32(b)));
        if (n <= 32)
            return (differ & (unsigned)((UINT64_C(1) << n) - 1)) == 0;
        if (differ != 0)
            return 0;
    }
}

static inline int wdt_is_cjk(const char *p, size_t n)
{
    const __m256i v = wdt_load32(p), from_e3 = _mm256_sub_epi8(v, _mm256_set1_epi8((char)0xe3));
    const uint64_t valid = n <= 32 ? (UINT64_C(1) << n) - 1 : 0, high = wdt_mask32(v) & valid;
    uint64_t lead, plain;
    if (n > 32)
        return 0;
    lead = wdt_mask32(_mm256_cmpeq_epi8(_mm256_max_epu8(v, _mm256_set1_epi8((char)0xc0)), v)) & valid;
    /* E4 to E9 are U+4000 to U+9FFF; E3 and EF have the punctuation. */
    plain = wdt_mask32(_mm256_or_si256(_mm256_cmpeq_epi8(_mm256_min_epu8(from_e3, _mm256_set1_epi8(0xe9 - 0xe3)), from_e3),
                                       _mm256_cmpeq_epi8(v, _mm256_set1_epi8((char)0xef))));
    return (lead & ~plain) == 0 && (lead << 1 | lead << 2) == (high & ~lead);
}

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

/* Each byte looks up its lower half (0, when it is not ASCII); only the four find themselves. */
static inline __m256i wdt_space32(__m256i v)
{
    const __m256i table = _mm256_broadcastsi128_si256(_mm_setr_epi8(' ', 0, 0, 0, 0, 0, 0, 0, 0, '\t', '\n', 0, 0, '\r', 0, 0));
    return _mm256_cmpeq_epi8(_mm256_shuffle_epi8(table, v), v);
}

static inline wdt_chunk wdt_space(wdt_chunk v)
{
    v.a = wdt_space32(v.a);
    v.b = wdt_space32(v.b);
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

/* For each set of eight bytes where the bytes come from that are in it, the lowest first. */
#define BIT(m, i) ((m) >> (i) & 1)
#define BEFORE(m, i) (((i) > 0) * BIT(m, 0) + ((i) > 1) * BIT(m, 1) + ((i) > 2) * BIT(m, 2) + ((i) > 3) * BIT(m, 3) + \
                      ((i) > 4) * BIT(m, 4) + ((i) > 5) * BIT(m, 5) + ((i) > 6) * BIT(m, 6))
#define FROM(m, i) ((uint64_t)(BIT(m, i) * (i)) << 8 * BEFORE(m, i))
#define FROM8(m) FROM(m, 1) | FROM(m, 2) | FROM(m, 3) | FROM(m, 4) | FROM(m, 5) | FROM(m, 6) | FROM(m, 7)
#define FOR4(m) FROM8(m), FROM8((m) + 1), FROM8((m) + 2), FROM8((m) + 3)
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
        const __m128i from = _mm_set_epi64x((long long)wdt_packed8[high], (long long)wdt_packed8[low]);
        const __m128i v = _mm_shuffle_epi8(wdt_load16(p + 16 * i), _mm_add_epi8(from, upper));
        _mm_storel_epi64((__m128i *)(void *)o, v);
        o += __builtin_popcount(low);
        _mm_storeh_pi((__m64 *)(void *)o, _mm_castsi128_ps(v));
        o += __builtin_popcount(high);
    }
    return (size_t)(o - out);
}

#else

#define WDT_SIMD "sse2"

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

static inline wdt_chunk wdt_space(wdt_chunk v)
{
    return wdt_either(wdt_either(wdt_equal(v, ' '), wdt_equal(v, '\n')), wdt_either(wdt_equal(v, '\r'), wdt_equal(v, '\t')));
}

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
