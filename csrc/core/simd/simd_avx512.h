/* AVX-512 (F, BW, VL and VBMI2): see simd.h, which alone includes this. A chunk is one register,
 * its flags are a mask. */
#ifndef WDT_SIMD_AVX512_H
#define WDT_SIMD_AVX512_H

#define WDT_SIMD "avx512"
#include "simd_256.h"

typedef __m512i wdt_chunk;
typedef uint64_t wdt_flags;

static inline wdt_chunk wdt_chunk_load(const char *p)
{
    return _mm512_loadu_si512(p);
}

static inline wdt_chunk wdt_chunk_fold(wdt_chunk v)
{
    return _mm512_or_si512(v, _mm512_set1_epi8(0x20));
}

static inline wdt_flags wdt_equal(wdt_chunk v, char c)
{
    return _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8(c));
}

static inline wdt_flags wdt_from(wdt_chunk v, unsigned char c)
{
    return _mm512_cmpge_epu8_mask(v, _mm512_set1_epi8((char)c));
}

static inline wdt_flags wdt_plain_lead(wdt_chunk v)
{
    const __m512i from_e1 = _mm512_sub_epi8(v, _mm512_set1_epi8((char)0xe1));
    return _mm512_cmple_epu8_mask(from_e1, _mm512_set1_epi8(0xec - 0xe1)) |
           wdt_equal(v, (char)0xef);
}

static inline wdt_flags wdt_control(wdt_chunk v)
{
    return _mm512_cmplt_epu8_mask(v, _mm512_set1_epi8(0x20));
}

/* Each byte looks up its lower half (0, when it is not ASCII); only the four find themselves. */
static inline wdt_flags wdt_space(wdt_chunk v)
{
    const __m512i table = _mm512_broadcast_i32x4(
        _mm_setr_epi8(' ', 0, 0, 0, 0, 0, 0, 0, 0, '\t', '\n', 0, 0, '\r', 0, 0));
    return _mm512_cmpeq_epi8_mask(_mm512_shuffle_epi8(table, v), v);
}

/* A folded byte is never 0, so only the six find themselves. */
static inline wdt_flags wdt_structural(wdt_chunk folded)
{
    const __m512i table = _mm512_broadcast_i32x4(
        _mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ':', '{', ',', '}', 0, 0));
    return _mm512_cmpeq_epi8_mask(_mm512_shuffle_epi8(table, folded), folded);
}

static inline wdt_flags wdt_either(wdt_flags v, wdt_flags w)
{
    return v | w;
}

static inline int wdt_any(wdt_flags v)
{
    return v != 0;
}

static inline uint64_t wdt_mask(wdt_flags v)
{
    return v;
}

static inline uint64_t wdt_high(wdt_chunk v)
{
    return _mm512_movepi8_mask(v);
}

/* Compressing into memory itself is slow on some processors. */
#define WDT_HAS_PACK
static inline size_t wdt_pack(char *out, const char *p, uint64_t solid)
{
    _mm512_storeu_si512(out, _mm512_maskz_compress_epi8(solid, wdt_chunk_load(p)));
    return (size_t)__builtin_popcountll(solid);
}

#endif
