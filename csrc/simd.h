/* Sixty-four bytes at a time: which of them are quotes, backslashes, brackets. Chosen when the compiler runs: SSE2 is part
 * of every x86-64, NEON of every AArch64, and word arithmetic serves the rest (and -DWDT_PORTABLE, so that it is tested). */
#ifndef WDT_SIMD_H
#define WDT_SIMD_H

#include <stdint.h>
#include <string.h>

#if !defined(WDT_PORTABLE) && defined(__SSE2__)
#define WDT_SIMD "sse2"
#include <emmintrin.h>
#elif !defined(WDT_PORTABLE) && defined(__aarch64__) && defined(__ARM_NEON)
#define WDT_SIMD "neon"
#include <arm_neon.h>
#else
#define WDT_SIMD "portable"
#endif

/* Bit i speaks of byte i. Braces and square brackets differ in one bit only (0x20), so one comparison finds both. */
typedef struct wdt_block {
    uint64_t quote, backslash, open, close;
} wdt_block;

static inline unsigned wdt_lowest_bit(uint64_t mask)
{
#if defined(__GNUC__)
    return (unsigned)__builtin_ctzll(mask);
#else
    unsigned n = 0;
    while (!(mask & 1)) {
        mask >>= 1;
        n++;
    }
    return n;
#endif
}

#if !defined(WDT_PORTABLE) && defined(__SSE2__)

static inline uint64_t wdt_bits(__m128i a, __m128i b, __m128i c, __m128i d)
{
    return (uint64_t)(uint32_t)_mm_movemask_epi8(a) | (uint64_t)(uint32_t)_mm_movemask_epi8(b) << 16 |
           (uint64_t)(uint32_t)_mm_movemask_epi8(c) << 32 | (uint64_t)(uint32_t)_mm_movemask_epi8(d) << 48;
}

static inline wdt_block wdt_block_load(const char *p)
{
    const __m128i a = _mm_loadu_si128((const __m128i *)(const void *)p);
    const __m128i b = _mm_loadu_si128((const __m128i *)(const void *)(p + 16));
    const __m128i c = _mm_loadu_si128((const __m128i *)(const void *)(p + 32));
    const __m128i d = _mm_loadu_si128((const __m128i *)(const void *)(p + 48));
    const __m128i bit = _mm_set1_epi8(0x20);
    const __m128i fa = _mm_or_si128(a, bit), fb = _mm_or_si128(b, bit), fc = _mm_or_si128(c, bit), fd = _mm_or_si128(d, bit);
    wdt_block block;
#define WDT_EQUAL(v, w, x, y, byte) \
    wdt_bits(_mm_cmpeq_epi8(v, _mm_set1_epi8(byte)), _mm_cmpeq_epi8(w, _mm_set1_epi8(byte)), \
             _mm_cmpeq_epi8(x, _mm_set1_epi8(byte)), _mm_cmpeq_epi8(y, _mm_set1_epi8(byte)))
    block.quote = WDT_EQUAL(a, b, c, d, '"');
    block.backslash = WDT_EQUAL(a, b, c, d, '\\');
    block.open = WDT_EQUAL(fa, fb, fc, fd, '{');
    block.close = WDT_EQUAL(fa, fb, fc, fd, '}');
#undef WDT_EQUAL
    return block;
}

#elif !defined(WDT_PORTABLE) && defined(__aarch64__) && defined(__ARM_NEON)

/* AArch64 has no movemask: keep one distinct bit per lane, then add neighbours until sixteen lanes are two bytes. */
static inline uint64_t wdt_bits(uint8x16_t a, uint8x16_t b, uint8x16_t c, uint8x16_t d)
{
    static const uint8_t lanes[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    const uint8x16_t lane = vld1q_u8(lanes);
    const uint8x16_t ab = vpaddq_u8(vandq_u8(a, lane), vandq_u8(b, lane));
    const uint8x16_t cd = vpaddq_u8(vandq_u8(c, lane), vandq_u8(d, lane));
    const uint8x16_t abcd = vpaddq_u8(ab, cd);
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(abcd, abcd)), 0);
}

static inline wdt_block wdt_block_load(const char *p)
{
    const uint8_t *u = (const uint8_t *)p;
    const uint8x16_t a = vld1q_u8(u), b = vld1q_u8(u + 16), c = vld1q_u8(u + 32), d = vld1q_u8(u + 48);
    const uint8x16_t bit = vdupq_n_u8(0x20);
    const uint8x16_t fa = vorrq_u8(a, bit), fb = vorrq_u8(b, bit), fc = vorrq_u8(c, bit), fd = vorrq_u8(d, bit);
    wdt_block block;
#define WDT_EQUAL(v, w, x, y, byte) \
    wdt_bits(vceqq_u8(v, vdupq_n_u8(byte)), vceqq_u8(w, vdupq_n_u8(byte)), vceqq_u8(x, vdupq_n_u8(byte)), \
             vceqq_u8(y, vdupq_n_u8(byte)))
    block.quote = WDT_EQUAL(a, b, c, d, '"');
    block.backslash = WDT_EQUAL(a, b, c, d, '\\');
    block.open = WDT_EQUAL(fa, fb, fc, fd, '{');
    block.close = WDT_EQUAL(fa, fb, fc, fd, '}');
#undef WDT_EQUAL
    return block;
}

#else

#define WDT_EACH UINT64_C(0x0101010101010101)

static inline uint64_t wdt_load_le(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* One bit per byte of `word` that equals `byte`, gathered into eight bits. Exact: no borrow runs from byte to byte. */
static inline uint64_t wdt_equal8(uint64_t word, uint64_t byte)
{
    const uint64_t low = 0x7f * WDT_EACH, x = word ^ (byte * WDT_EACH);
    const uint64_t zero = ~(((x & low) + low) | x | low);
    return ((zero >> 7) * UINT64_C(0x0102040810204080)) >> 56;
}

static inline wdt_block wdt_block_load(const char *p)
{
    wdt_block block = {0, 0, 0, 0};
    for (unsigned i = 0; i < 64; i += 8) {
        const uint64_t word = wdt_load_le(p + i), folded = word | (0x20 * WDT_EACH);
        block.quote |= wdt_equal8(word, '"') << i;
        block.backslash |= wdt_equal8(word, '\\') << i;
        block.open |= wdt_equal8(folded, '{') << i;
        block.close |= wdt_equal8(folded, '}') << i;
    }
    return block;
}

#endif
#endif
