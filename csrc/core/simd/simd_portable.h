/* Word arithmetic, for any processor: see simd.h, which alone includes this. Eight bytes are one
 * 64-bit word, the first byte the lowest; a flag is the top bit of its byte. To find a byte c, the
 * word is xored with eight times c: what becomes zero is c.
 *
 *     bytes       { " a "       0x7b 0x22 0x61 0x22
 *     xor 0x22                  0x59 0x00 0x43 0x00
 *     flags                     0    1    0    1 */
#ifndef WDT_SIMD_PORTABLE_H
#define WDT_SIMD_PORTABLE_H

#define WDT_SIMD "portable"
#define WDT_EACH UINT64_C(0x0101010101010101)

typedef struct wdt_chunk {
    uint64_t words[8];
} wdt_chunk, wdt_flags; /* a flag is the top bit of its byte */

static inline uint64_t wdt_load8(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* The top bit of each byte that equals c. Exact: no borrow runs from byte to byte. */
static inline uint64_t wdt_equal8(uint64_t word, unsigned char c)
{
    const uint64_t low = 0x7f * WDT_EACH, x = word ^ (c * WDT_EACH);
    return ~(((x & low) + low) | x | low);
}

static inline wdt_chunk wdt_chunk_load(const char *p)
{
    wdt_chunk v;
    for (unsigned i = 0; i < 8; i++)
        v.words[i] = wdt_load8(p + 8 * i);
    return v;
}

static inline wdt_flags wdt_either(wdt_flags v, wdt_flags w)
{
    for (unsigned i = 0; i < 8; i++)
        v.words[i] |= w.words[i];
    return v;
}

static inline wdt_chunk wdt_chunk_fold(wdt_chunk v)
{
    for (unsigned i = 0; i < 8; i++)
        v.words[i] |= 0x20 * WDT_EACH;
    return v;
}

static inline wdt_flags wdt_equal(wdt_chunk v, char c)
{
    for (unsigned i = 0; i < 8; i++)
        v.words[i] = wdt_equal8(v.words[i], (unsigned char)c);
    return v;
}

static inline wdt_flags wdt_from(wdt_chunk v, unsigned char c)
{
    for (unsigned i = 0; i < 8; i++)
        v.words[i] &=
            ((v.words[i] & (0x7f * WDT_EACH)) + (0x100U - c) * WDT_EACH) & (0x80 * WDT_EACH);
    return v;
}

static inline wdt_flags wdt_plain_lead(wdt_chunk v)
{
    const wdt_flags from_e1 = wdt_from(v, 0xe1), from_ed = wdt_from(v, 0xed),
                    ef = wdt_equal(v, (char)0xef);
    for (unsigned i = 0; i < 8; i++)
        v.words[i] = (from_e1.words[i] & ~from_ed.words[i]) | ef.words[i];
    return v;
}

/* Bytes below 0x20: none of their upper three bits is set. */
static inline wdt_flags wdt_control(wdt_chunk v)
{
    for (unsigned i = 0; i < 8; i++)
        v.words[i] =
            ~(((v.words[i] & (0xe0 * WDT_EACH)) >> 1) + 0x70 * WDT_EACH) & (0x80 * WDT_EACH);
    return v;
}

static inline wdt_flags wdt_space(wdt_chunk v)
{
    return wdt_either(wdt_either(wdt_equal(v, ' '), wdt_equal(v, '\n')),
                      wdt_either(wdt_equal(v, '\r'), wdt_equal(v, '\t')));
}

static inline wdt_flags wdt_structural(wdt_chunk folded)
{
    return wdt_either(wdt_either(wdt_equal(folded, '{'), wdt_equal(folded, '}')),
                      wdt_either(wdt_equal(folded, ','), wdt_equal(folded, ':')));
}

static inline int wdt_any(wdt_flags v)
{
    uint64_t all = 0;
    for (unsigned i = 0; i < 8; i++)
        all |= v.words[i];
    return (all & (0x80 * WDT_EACH)) != 0;
}

static inline uint64_t wdt_mask8(uint64_t tops)
{
    return (((tops & (0x80 * WDT_EACH)) >> 7) * UINT64_C(0x0102040810204080)) >> 56;
}

static inline uint64_t wdt_mask(wdt_flags v)
{
    uint64_t mask = 0;
    for (unsigned i = 0; i < 8; i++)
        mask |= wdt_mask8(v.words[i]) << 8 * i;
    return mask;
}

static inline uint64_t wdt_high(wdt_chunk v)
{
    return wdt_mask(v);
}

static inline int wdt_is_cjk(const char *p, size_t n)
{
    (void)p;
    (void)n;
    return 0;
}

static inline const char *wdt_find_special(const char *p, unsigned *high)
{
    unsigned all = 0;
    for (;; p++) {
        const unsigned char c = (unsigned char)*p;
        if (c == '"' || c == '\\' || c < 0x20) {
            *high |= all & 0x80;
            return p;
        }
        all |= c;
    }
}

static inline const char *wdt_find_quote(const char *p)
{
    for (;; p += 8) {
        const uint64_t word = wdt_load8(p),
                       mask = wdt_mask8(wdt_equal8(word, '"') | wdt_equal8(word, '\\'));
        if (mask != 0)
            return p + wdt_lowest_bit(mask);
    }
}

static inline int wdt_ends_at(const char *p, unsigned n)
{
    (void)p;
    (void)n;
    return 0;
}

static inline int wdt_match(const char *a, const char *b, size_t n)
{
    for (; n > 8; a += 8, b += 8, n -= 8)
        if (wdt_load8(a) != wdt_load8(b))
            return 0;
    return memcmp(a, b, n) == 0;
}

#endif
