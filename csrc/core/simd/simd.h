/* Many bytes at a time: which of them are quotes, backslashes, brackets. Chosen when the compiler
 * runs: SSE2 is part of every x86-64, NEON of every AArch64, and word arithmetic serves the rest
 * (and -DWDT_PORTABLE, so that it is tested). A file compiled for AVX2 (-DWDT_AVX2) or AVX-512
 * (-DWDT_AVX512) is for the processors that have it: scan_avx2.c, value_known_avx2.c,
 * scan_avx512.c.
 *
 * Everything here reads whole chunks: bytes after the ones that are meant must be readable
 * (WDT_PAD, WDT_MATCH_PAD). */
#ifndef WDT_SIMD_H
#define WDT_SIMD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define WDT_MATCH_PAD 32 /* bytes that may be read after what wdt_match compares */

/* For the loops that every byte goes through: compilers go by a function's size. */
#if defined(__GNUC__)
#define WDT_ALWAYS_INLINE __attribute__((always_inline)) inline
#else
#define WDT_ALWAYS_INLINE inline
#endif

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

/* Each of the files below defines
 *
 *     wdt_chunk                    sixty-four bytes
 *     wdt_flags                    a flag for each of sixty-four bytes
 *     wdt_chunk_load(p)
 *     wdt_chunk_fold(chunk)        with the bit set that tells [ from { and ] from }
 *     wdt_equal(chunk, c)          flags: bytes that are c
 *     wdt_from(chunk, c)           flags: bytes from c on, which is 0x80 or more
 *     wdt_plain_lead(chunk)        flags: E1 to EC and EF, which begin sequences of three bytes and
 * need no closer look at the second: nearly all Chinese is E4 to E9, its punctuation E3 and EF
 *     wdt_control(chunk)           flags: bytes below 0x20
 *     wdt_space(chunk)             flags: bytes that JSON allows between tokens
 *     wdt_structural(chunk)        flags: { } [ ] , : of a folded chunk
 *     wdt_either(flags, flags)     flags: or
 *     wdt_any(flags)               whether there is one
 *     wdt_mask(flags)              the flags as bits; bit i speaks of byte i
 *     wdt_high(chunk)              bits: bytes that are not ASCII
 *     wdt_find_special(p, &high)   the first byte from p on that a string cannot simply contain: a
 * quote, a backslash, a control character; high gets a bit set when a byte before it is not ASCII
 *     wdt_find_quote(p)            the first quote or backslash from p on
 *     wdt_ends_at(p, n)            whether it stands at p + n (n < 64), said without waiting for
 * where it is; 0 says nothing wdt_match(a, b, n)           whether the n bytes at a and b are the
 * same; those after a block that differs are not read wdt_is_cjk(p, n)             whether the n
 * bytes at p are ASCII and sequences of three bytes that need no closer look, as nearly all Chinese
 * is; 0 says nothing */

#if defined(WDT_PORTABLE)
#include "simd_portable.h"
#elif defined(WDT_AVX512)
#include "simd_avx512.h"
#elif defined(WDT_AVX2)
#include "simd_avx2.h"
#elif defined(__SSE2__)
#include "simd_sse2.h"
#elif defined(__aarch64__) && defined(__ARM_NEON)
#include "simd_neon.h"
#else
#include "simd_portable.h"
#endif

/* ---- strings in masks ---- */

/* The bits of bytes that stand after an odd number of backslashes. *carry: whether byte 0 is one,
 * then whether the next chunk's byte 0 will be. A run of backslashes that starts on an even bit,
 * when added to itself, carries out on the bit after it: even when its length is even. */
static inline uint64_t wdt_escaped(uint64_t backslash, uint64_t *carry)
{
    const uint64_t even = UINT64_C(0x5555555555555555);
    uint64_t follows, odd_starts, sum;

    if (backslash == 0) {
        follows = *carry;
        *carry = 0;
        return follows;
    }
    backslash &= ~*carry;
    follows = backslash << 1 | *carry;
    odd_starts = backslash & ~even & ~follows;
    sum = odd_starts + backslash;
    *carry = sum < backslash;
    return (even ^ (sum << 1)) & follows;
}

/* Bit i: the parity of all bits up to and including i. From quotes it makes the bytes in strings,
 * opening quotes included. */
#ifndef WDT_HAS_PARITY
static inline uint64_t wdt_parity(uint64_t x)
{
    x ^= x << 1;
    x ^= x << 2;
    x ^= x << 4;
    x ^= x << 8;
    x ^= x << 16;
    x ^= x << 32;
    return x;
}
#endif

/* Copies those of the 64 bytes at p whose bit is set to `out`: how many they are. Up to sixteen
 * bytes more are written. */
#ifndef WDT_HAS_PACK
static inline size_t wdt_pack(char *out, const char *p, uint64_t solid)
{
    char *o = out;
    while (solid != 0) { /* run by run, sixteen bytes at a time: a fixed size needs no call */
        const unsigned from = wdt_lowest_bit(solid);
        const uint64_t rest = ~(solid >> from);
        const unsigned n = rest != 0 ? wdt_lowest_bit(rest) : 64;
        for (unsigned i = 0; i < n; i += 16)
            memcpy(o + i, p + from + i, 16);
        o += n;
        solid = from + n < 64 ? solid & ~UINT64_C(0) << (from + n) : 0;
    }
    return (size_t)(o - out);
}
#endif

#endif
