/* NEON of AArch64: see simd.h, which alone includes this. A wdt_16 is one register of sixteen
 * bytes; a chunk is four of them (simd_128.h). There is no movemask: flags become bits by adding
 * neighbours up, or four bits for each byte where only the first flag is looked for. */
#ifndef WDT_SIMD_NEON_H
#define WDT_SIMD_NEON_H

#define WDT_SIMD "neon"
#include <arm_neon.h>

typedef uint8x16_t wdt_16;

static inline wdt_16 wdt_load16(const char *p)
{
    return vld1q_u8((const uint8_t *)p);
}

static inline wdt_16 wdt_fill16(unsigned char c)
{
    return vdupq_n_u8(c);
}

static inline wdt_16 wdt_or16(wdt_16 v, wdt_16 w)
{
    return vorrq_u8(v, w);
}

static inline wdt_16 wdt_equal16(wdt_16 v, char c)
{
    return vceqq_u8(v, wdt_fill16((unsigned char)c));
}

static inline wdt_16 wdt_from16(wdt_16 v, unsigned char c)
{
    return vcgeq_u8(v, wdt_fill16(c));
}

static inline wdt_16 wdt_control16(wdt_16 v)
{
    return vcltq_u8(v, wdt_fill16(0x20));
}

static inline wdt_16 wdt_plain_lead16(wdt_16 v)
{
    return wdt_or16(vcleq_u8(vsubq_u8(v, wdt_fill16(0xe1)), wdt_fill16(0xec - 0xe1)),
                    wdt_equal16(v, (char)0xef));
}

#include "simd_128.h"

static inline int wdt_any(wdt_flags v)
{
    return vmaxvq_u8(wdt_or16(wdt_or16(v.a, v.b), wdt_or16(v.c, v.d))) != 0;
}

/* AArch64 has no movemask: keep one distinct bit per lane, then add neighbours until sixteen lanes
 * are two bytes. */
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
static inline uint64_t wdt_nibbles(wdt_16 v)
{
    return vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(v), 4)), 0);
}

static inline const char *wdt_find_special(const char *p, unsigned *high)
{
    for (;; p += 16) {
        const wdt_16 v = wdt_load16(p);
        const uint64_t mask = wdt_nibbles(wdt_or16(wdt_quote16(v), wdt_control16(v)));
        const uint64_t bytes = wdt_nibbles(wdt_from16(v, 0x80));
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
