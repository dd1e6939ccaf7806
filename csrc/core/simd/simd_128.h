/* SSE2 and NEON share this: see simd_sse2.h and simd_neon.h, which define before they include it a
 * register of sixteen bytes (wdt_16) and its comparisons. A chunk is four registers, and a
 * function on chunks does its work on each. */
#ifndef WDT_SIMD_128_H
#define WDT_SIMD_128_H

typedef struct wdt_chunk {
    wdt_16 a, b, c, d;
} wdt_chunk, wdt_flags;

/* Replaces each of the four registers by part(register, with). */
#define WDT_FOUR(v, part, with)                                                                    \
    do {                                                                                           \
        v.a = part(v.a, with);                                                                     \
        v.b = part(v.b, with);                                                                     \
        v.c = part(v.c, with);                                                                     \
        v.d = part(v.d, with);                                                                     \
    } while (0)

static inline wdt_16 wdt_quote16(wdt_16 v)
{
    return wdt_or16(wdt_equal16(v, '"'), wdt_equal16(v, '\\'));
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
    v.a = wdt_or16(v.a, w.a);
    v.b = wdt_or16(v.b, w.b);
    v.c = wdt_or16(v.c, w.c);
    v.d = wdt_or16(v.d, w.d);
    return v;
}

static inline wdt_chunk wdt_chunk_fold(wdt_chunk v)
{
    WDT_FOUR(v, wdt_or16, wdt_fill16(0x20));
    return v;
}

static inline wdt_flags wdt_equal(wdt_chunk v, char c)
{
    WDT_FOUR(v, wdt_equal16, c);
    return v;
}

static inline wdt_flags wdt_from(wdt_chunk v, unsigned char c)
{
    WDT_FOUR(v, wdt_from16, c);
    return v;
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
    v.a = wdt_control16(v.a);
    v.b = wdt_control16(v.b);
    v.c = wdt_control16(v.c);
    v.d = wdt_control16(v.d);
    return v;
}

#undef WDT_FOUR

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

#endif
