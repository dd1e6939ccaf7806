/* Strings, UTF-8 and numbers of JSON, from bytes that are followed by WDT_PAD more.
 *
 *     \u5546\u54c1        ->  the two characters, three bytes each
 *     \ud83d\ude00        ->  one character of four bytes; half of a pair alone is a flaw
 *     9007199254740993    ->  an integer, exact
 *     0.1                 ->  a real: a double prints as 0.1 again
 *     3.14159265358979323 ->  a text: a double would print as another number
 *
 * A number is split into its digits and a power of ten first. From those it is decided whether a
 * double is the number that was sent; only then is the double computed. */
#include "text.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More significant digits than this do not survive %.14g. */
#define REAL_DIGITS_END UINT64_C(100000000000000)
/* Powers of ten that a double holds exactly; m * 10^e is then one correctly rounded operation. */
#define EXACT_POWER 22
/* Beyond this no 14 digits make a finite, normal double. */
#define EXPONENT_END 400

/* Sets the flaw; returns NULL, so that a reader can return it. */
static const char *flaw_set(wdt_flaw *flaw, const char *at, const char *what)
{
    flaw->at = at;
    flaw->what = what;
    return NULL;
}

/* ---- UTF-8 ---- */

/* Returns true for a continuation byte: 10xxxxxx. */
static int continues(const unsigned char *p)
{
    return (*p & 0xc0) == 0x80;
}

/* Bytes of the sequence at p, 0 when it is not one. Stops reading at the first byte that does not
 * continue it. */
static size_t sequence_length(const unsigned char *p)
{
    const unsigned char c = p[0];
    if (c >= 0xe1 && c <= 0xec)
        return continues(p + 1) && continues(p + 2) ? 3 : 0;
    if (c >= 0xc2 && c <= 0xdf)
        return continues(p + 1) ? 2 : 0;
    if (c == 0xe0) /* from U+0800 */
        return p[1] >= 0xa0 && p[1] <= 0xbf && continues(p + 2) ? 3 : 0;
    if (c == 0xed) /* no surrogates */
        return p[1] >= 0x80 && p[1] <= 0x9f && continues(p + 2) ? 3 : 0;
    if (c == 0xee || c == 0xef)
        return continues(p + 1) && continues(p + 2) ? 3 : 0;
    if (c == 0xf0) /* from U+10000 */
        return p[1] >= 0x90 && p[1] <= 0xbf && continues(p + 2) && continues(p + 3) ? 4 : 0;
    if (c >= 0xf1 && c <= 0xf3)
        return continues(p + 1) && continues(p + 2) && continues(p + 3) ? 4 : 0;
    if (c == 0xf4) /* up to U+10FFFF */
        return p[1] >= 0x80 && p[1] <= 0x8f && continues(p + 2) && continues(p + 3) ? 4 : 0;
    return 0;
}

/* Returns true if a sequence of three bytes stands at p, as nearly all Chinese is. Reads a fourth
 * byte, which costs nothing, in one word. */
static int is_triple(const char *p)
{
    const unsigned char *u = (const unsigned char *)p;
    const uint32_t w =
        (uint32_t)u[0] | (uint32_t)u[1] << 8 | (uint32_t)u[2] << 16 | (uint32_t)u[3] << 24;
    const uint32_t edge = w & 0x200f; /* E0 with a second byte below A0 is too long, ED with one
                                         from A0 on is a surrogate */
    return (w & 0xc0c0f0) == 0x8080e0 && edge != 0 && edge != 0x200d;
}

/* Eight bytes of ASCII, or one sequence, at a time. */
const char *wdt_utf8_check(const char *p, const char *end)
{
    while (p < end) {
        size_t n;
        if ((unsigned char)*p < 0x80) {
            uint64_t word;
            n = 1;
            if (end - p >= 8) {
                memcpy(&word, p, 8);
                n = (word & UINT64_C(0x8080808080808080)) == 0 ? 8 : 1;
            }
        } else if (end - p >= 3 && is_triple(p)) {
            n = 3;
        } else {
            n = sequence_length((const unsigned char *)p);
            if (n == 0)
                return p;
        }
        p += n;
    }
    return end;
}

/* ---- strings ---- */

/* Goes on from the first byte that is special. An escape is only passed over; wdt_string_decode
 * looks at it. */
const char *wdt_string_read_rest(const char *p, const char *special, unsigned high,
                                 wdt_string *string, wdt_flaw *flaw)
{
    string->bytes = p;
    string->escaped = 0;
    while (*special != '"') {
        if (*special == '\\' && (unsigned char)special[1] >= 0x20) {
            string->escaped = 1;
            high |= (unsigned char)special[1] & 0x80U;
            special = wdt_find_special(special + 2, &high);
        } else {
            return flaw_set(flaw, special + (*special == '\\'),
                            "a control character stands unescaped in a string");
        }
    }
    string->n = (size_t)(special - p);
    if (high != 0) {
        const char *bad = wdt_utf8_check(p, special);
        if (bad != special)
            return flaw_set(flaw, bad, "a string is not UTF-8");
    }
    return special + 1;
}

/* The value of a hex digit, less than zero for anything else. */
static const signed char hex_digit[256] = {
#define NONE -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1
    NONE, NONE, NONE, 0,    1,    2,    3,    4,    5,    6,    7,    8,    9,    -1, -1, -1,
    -1,   -1,   -1,   -1,   10,   11,   12,   13,   14,   15,   -1,   -1,   -1,   -1, -1, -1,
    -1,   -1,   -1,   NONE, -1,   10,   11,   12,   13,   14,   15,   -1,   -1,   -1, -1, -1,
    -1,   -1,   -1,   -1,   NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
#undef NONE
};

/* The four hex digits at p, or less than zero. In a string that is closed four bytes can be read
 * here. */
static int hex_read(const char *p)
{
    const unsigned char *u = (const unsigned char *)p;
    const int high = hex_digit[u[0]] | hex_digit[u[1]] | hex_digit[u[2]] | hex_digit[u[3]];
    return high < 0 ? -1
                    : hex_digit[u[0]] << 12 | hex_digit[u[1]] << 8 | hex_digit[u[2]] << 4 |
                          hex_digit[u[3]];
}

/* Writes a code point as UTF-8. It is no surrogate: escape_decode has refused those. */
static char *code_point_put(char *out, unsigned long c)
{
    if (c < 0x80) {
        *out++ = (char)c;
    } else if (c < 0x800) {
        *out++ = (char)(0xc0 | c >> 6);
        *out++ = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        *out++ = (char)(0xe0 | c >> 12);
        *out++ = (char)(0x80 | (c >> 6 & 0x3f));
        *out++ = (char)(0x80 | (c & 0x3f));
    } else {
        *out++ = (char)(0xf0 | c >> 18);
        *out++ = (char)(0x80 | (c >> 12 & 0x3f));
        *out++ = (char)(0x80 | (c >> 6 & 0x3f));
        *out++ = (char)(0x80 | (c & 0x3f));
    }
    return out;
}

/* Decodes the \u escape whose digits stand at p, with its second half when it is a surrogate, and
 * those that follow a Chinese one. Returns what follows. */
static const char *escape_decode(const char *p, char **out, wdt_flaw *flaw)
{
    long c = hex_read(p), low;
    /* Nearly all that is escaped is Chinese, and comes in runs. */
    while (c >= 0x800 && (c < 0xd800 || c > 0xdfff)) {
        char *o = *out;
        o[0] = (char)(0xe0 | c >> 12);
        o[1] = (char)(0x80 | (c >> 6 & 0x3f));
        o[2] = (char)(0x80 | (c & 0x3f));
        *out = o + 3;
        if (p[4] != '\\' || p[5] != 'u')
            return p + 4;
        p += 6;
        c = hex_read(p);
    }
    if (c < 0)
        return flaw_set(flaw, p, "\\u is not followed by four hex digits");
    p += 4;
    if (c >= 0xd800 && c <= 0xdfff) {
        if (c >= 0xdc00 || p[0] != '\\' || p[1] != 'u')
            return flaw_set(flaw, p - 6, "a surrogate stands alone in a string");
        low = hex_read(p + 2);
        if (low < 0)
            return flaw_set(flaw, p + 2, "\\u is not followed by four hex digits");
        if (low < 0xdc00 || low > 0xdfff)
            return flaw_set(flaw, p - 6, "a surrogate stands alone in a string");
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        p += 6;
    }
    *out = code_point_put(*out, (unsigned long)c);
    return p;
}

/* Returns the byte that a backslash before c stands for, or -1. */
static int escape_plain(char c)
{
    switch (c) {
    case '"':
    case '\\':
    case '/': return c;
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return -1;
    }
}

/* No escape is shorter than its value, so `out` needs no more room than the string. */
char *wdt_string_decode(const wdt_string *string, char *out, wdt_flaw *flaw)
{
    const char *p = string->bytes, *const end = p + string->n;
    for (;;) {
        const char *slash = memchr(p, '\\', (size_t)(end - p));
        const size_t run = (size_t)((slash != NULL ? slash : end) - p);
        memcpy(out, p, run);
        out += run;
        if (slash == NULL)
            return out;
        p = slash + 1;
        if (*p == 'u') {
            p = escape_decode(p + 1, &out, flaw);
            if (p == NULL)
                return NULL;
        } else {
            const int c = escape_plain(*p);
            if (c < 0) {
                flaw_set(flaw, slash, "a backslash escapes nothing that JSON knows");
                return NULL;
            }
            *out++ = (char)c;
            p++;
        }
    }
}

/* ---- numbers ---- */

/* The significant digits of a number: its value is `digits` * 10^`exponent`, unless `more` nonzero
 * digits were left out. */
typedef struct decimal {
    uint64_t digits;
    int count, more;
    long exponent;
} decimal;

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Adds the digits at p to d; `fraction` is 1 after the point. Digits beyond the nineteenth only
 * move the exponent, and `more` says that one of them was not zero. */
static const char *decimal_read_digits(const char *p, decimal *d, int fraction)
{
    for (; is_digit(*p); p++) {
        if (d->count < 19) { /* nineteen digits fit 64 bits */
            d->digits = d->digits * 10 + (uint64_t)(*p - '0');
            d->count += d->digits != 0;
            d->exponent -= fraction;
        } else {
            d->more |= *p != '0';
            d->exponent += !fraction;
            d->count += d->count < 100;
        }
    }
    return p;
}

/* Adds the exponent at p. One of a million or more is far outside a double's range, and not added
 * up further. */
static const char *decimal_read_exponent(const char *p, decimal *d)
{
    long exponent = 0;
    int negative;
    negative = *p == '-';
    if (*p == '+' || *p == '-')
        p++;
    if (!is_digit(*p))
        return NULL;
    for (; is_digit(*p); p++)
        if (exponent < 1000000)
            exponent = exponent * 10 + (*p - '0');
    d->exponent += negative ? -exponent : exponent;
    return p;
}

/* The double nearest to d, if it has few enough digits and is finite and normal. */
static int decimal_to_real(decimal d, double *real)
{
    static const double power[EXACT_POWER + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                  1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    char text[48];
    if (d.more)
        return 0;
    if (d.digits == 0) {
        *real = 0;
        return 1;
    }
    while (d.digits % 10 == 0) {
        d.digits /= 10;
        d.exponent++;
    }
    if (d.digits >= REAL_DIGITS_END || d.exponent > EXPONENT_END || d.exponent < -EXPONENT_END)
        return 0;
    if (d.exponent >= -EXACT_POWER && d.exponent <= EXACT_POWER) {
        *real = d.exponent < 0 ? (double)d.digits / power[-d.exponent]
                               : (double)d.digits * power[d.exponent];
        return 1;
    }
    /* No decimal point in the text, so that the locale has no say. */
    snprintf(text, sizeof text, "%llue%ld", (unsigned long long)d.digits, d.exponent);
    *real = strtod(text, NULL);
    return *real >= DBL_MIN && *real <= DBL_MAX;
}

/* Checks the grammar of RFC 8259 on the way: no zero in front, digits on both sides of a point. */
wdt_number_kind wdt_number_read(const char *p, wdt_number *number)
{
    decimal d = {0, 0, 0, 0};
    const int negative = *p == '-';
    int whole = 1;

    p += negative;
    if (!is_digit(*p))
        return WDT_NUMBER_FLAW;
    if (*p == '0')
        p++; /* a zero in front stands alone: what follows it is the grammar's to refuse */
    else
        p = decimal_read_digits(p, &d, 0);
    if (*p == '.') {
        whole = 0;
        if (!is_digit(p[1]))
            return WDT_NUMBER_FLAW;
        p = decimal_read_digits(p + 1, &d, 1);
    }
    if (*p == 'e' || *p == 'E') {
        whole = 0;
        p = decimal_read_exponent(p + 1, &d);
        if (p == NULL)
            return WDT_NUMBER_FLAW;
    }
    number->end = p;
    if (whole && !(negative && d.digits == 0)) {
        if (d.count > 19 || d.digits > (uint64_t)INT64_MAX + (uint64_t)negative)
            return WDT_NUMBER_TEXT;
        number->integer = negative ? (int64_t)(0 - d.digits) : (int64_t)d.digits;
        return WDT_NUMBER_INTEGER;
    }
    if (!decimal_to_real(d, &number->real))
        return WDT_NUMBER_TEXT;
    if (negative)
        number->real = -number->real;
    return WDT_NUMBER_REAL;
}
