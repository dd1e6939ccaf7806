/* NEON of AArch64: see simd.h, which alone includes this. */
#ifndef WDT_SIMD_NEON_H
#define WDT_SIMD_NEON_H

#define WDT_SIMD "neon"
#include <arm_neon.h>

typedef struct wdt_chunk {
    uint8x16_t a, b, c, d;
} wdt_chunk, wdt_flags; /* a flag is a byte of ones */

#define WDT_FOUR(out, expression) \
    do { \
        out.a = expression(v.a, w.a); \
        out.b = expression(v.b, w.b); \
        out.c = expression(v.c, w.c); \
        out.d = expression(v.d, w.d); \
    } while (0)

static inline uint8x16_t wdt_load16(const char *p)
{
    return vld1q_u8((const uint8_t *)p);
}

static inline wdt_chunk wdt_fill(unsigned char c)
{
    wdt_chunk v;
    v.a = v.b = v.c = v.d = vdupq_n_u8(c);
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
    WDT_FOUR(v, vorrq_u8);
    return v;
}

static inline wdt_chunk wdt_chunk_fold(wdt_chunk v)
{
    return wdt_either(v, wdt_fill(0x20));
}

static inline wdt_flags wdt_equal(wdt_chunk v, char c)
{
    const wdt_chunk w = wdt_fill((unsigned char)c);
    WDT_FOUR(v, vceqq_u8);
    return v;
}

static inline wdt_flags wdt_from(wdt_chunk v, unsigned char c)
{
    const wdt_chunk w = wdt_fill(c);
    WDT_FOUR(v, vcgeq_u8);
    return v;
}

static inline uint8x16_t wdt_plain_lead16(uint8x16_t v)
{
    return vorrq_u8(vcleq_u8(vsubq_u8(v, vdupq_n_u8(0xe1)), vdupq_n_u8(0xec - 0xe1)), vceqq_u8(v, vdupq_n_u8(0xef)));
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
    const wdt_chunk w = wdt_fill(0x20);
    WDT_FOUR(v, vcltq_u8);
    return v;
}

#undef WDT_FOUR

static inline wdt_flags wdt_space(wdt_chunk v)
{
    return wdt_either(wdt_either(wdt_equal(v, ' '), wdt_equal(v, '\n')), wdt_either(wdt_equal(v, '\r'), wdt_equal(v, '\t')));
}

static inline int wdt_any(wdt_flags v)
{
    return vmaxvq_u8(vorrq_u8(vorrq_u8(v.a, v.b), vorrq_u8(v.c, v.d))) != 0;
}

/* AArch64 has no movemask: keep one distinct bit per lane, then add neighbours until sixteen lanes are two bytes. */
static inline uint64_t wdt_mask(wdt_flags v)
{
    static const uint8_t lanes[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    const uint8x16_t lane = vld1q_u8(lanes);
    const uint8x16_t ab = vpaddq_u8(vandq_u8(v.a, lane), vandq_u8(v.b, lane));
    const uint8x16_t cd = vpaddq_u8(vandq_u8(v.c, lane), vandq_u8(v.d, lane));
    const uint8x16_t abcd = vpaddq_u8(ab, cd);
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(abcd, abcd)), 0);
}

static inline uint64_t wdt_high(wdt_chunk v)
{
    return wdt_mask(wdt_from(v, 0x80));
}

static inline int wdt_is_cjk(const char *p, size_t n)
{
    (void)p;
    (void)n;
    return 0;
}

/* Or else four bits to a byte. */
static inline uint64_t wdt_nibbles(uint8x16_t v)
{
    return vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(v), 4)), 0);
}

static inline uint8x16_t wdt_quote16(uint8x16_t v)
{
    return vorrq_u8(vceqq_u8(v, vdupq_n_u8('"')), vceqq_u8(v, vdupq_n_u8('\\')));
}

static inline const char *wdt_find_special(const char *p, unsigned *high)
{
    for (;; p += 16) {
        const uint8x16_t v = wdt_load16(p);
        const uint64_t mask = wdt_nibbles(vorrq_u8(wdt_quote16(v), vcltq_u8(v, vdupq_n_u8(0x20))));
        const uint64_t bytes = wdt_nibbles(vcgeq_u8(v, vdupq_n_u8(0x80)));
        if (mask != 0) {
            *high |= (bytes & (mask ^ (mask - 1)) >> 1) != 0;
            return p + wdt_lowest_bit(mask) / 4;
        }
        *high |= bytes != 0;
    }
}

static inline const char *wdt_find_quote(const char *p)
{
    for (;; p += 16) {
        const uint64_t mask = wdt_nibbles(wdt_quote16(wdt_load16(p)));
        if (mask != 0)
            return p + wdt_lowest_bit(mask) / 4;
    }
}

static inline int wdt_ends_at(const char *p, unsigned n)
{
    return n < 16 && wdt_nibbles(wdt_quote16(wdt_load16(p))) << (60 - 4 * n) == UINT64_C(15) << 60;
}

static inline int wdt_match(const char *a, const char *b, size_t n)
{
    for (;; a += 16, b += 16, n -= 16) {
        const uint64_t differ = ~wdt_nibbles(vceqq_u8(wdt_load16(a), wdt_load16(b)));
        if (n < 16)
            return (differ & ((UINT64_C(1) << (4 * n)) - 1)) == 0;
        if (differ != 0)
            return 0;
        if (n == 16)
            return 1;
    }
}

#endif
