/* core.formatter: the text of a cell, in room that is made for it. */
#include "block.h"
#include "formatter.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *wdt_formatter_room(lua_State *L, wdt_formatter *f, size_t n)
{
    if (n > SIZE_MAX / 4)
        luaL_error(L, "not enough memory");
    f->text = wdt_block_grow(L, f->alloc, f->ud, f->text, &f->size, f->n + n, 1);
    return f->text + f->n;
}

static int is_digit(char c)
{
    return (unsigned)(c - '0') < 10;
}

/* Returns true for a number as Lua's "^[+-]?%d+%.?%d*$" has it. */
static int cell_is_number(const char *p, const char *end)
{
    const char *digits;
    p += p < end && (*p == '+' || *p == '-');
    for (digits = p; p < end && is_digit(*p); p++)
        continue;
    if (p == digits)
        return 0;
    p += p < end && *p == '.';
    while (p < end && is_digit(*p))
        p++;
    return p == end;
}

/* Returns true if a spreadsheet takes the text for a formula: it begins with a control character or
 * one of = + - @, or with the wide form of one of these, U+FF1D, U+FF0B, U+FF0D, U+FF20. */
static int cell_is_formula(const char *p, size_t n)
{
    const unsigned char *u = (const unsigned char *)p;
    if (n == 0)
        return 0;
    if (u[0] == 0xef)
        return n > 2 && u[1] == 0xbc &&
               (u[2] == 0x8b || u[2] == 0x8d || u[2] == 0x9d || u[2] == 0xa0);
    if (u[0] >= 0x20 && u[0] != 0x7f && *p != '=' && *p != '+' && *p != '-' && *p != '@')
        return 0;
    return !cell_is_number(p, p + n);
}

/* Returns true for digits that a spreadsheet would round (it keeps 15), or whose zeros it would
 * drop. */
static int cell_is_long(const char *p, size_t n)
{
    size_t digits = 0;
    if (n < 2 || (n <= 15 && *p != '0'))
        return 0;
    while (digits < n && is_digit(p[digits]))
        digits++;
    return digits == n;
}

/* Returns true if none of eight bytes is a quote, a comma or a control character. */
static int word_is_plain(const char *p)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t w, quote, comma;
    memcpy(&w, p, sizeof w);
    quote = w ^ ones * '"';
    comma = w ^ ones * ',';
    return ((((quote - ones) & ~quote) | ((comma - ones) & ~comma) | ((w - ones * 0x20) & ~w)) &
            ones * 0x80) == 0;
}

/* Writes a cell in quotes. */
static char *cell_put_quoted(const char *p, size_t n, int formula, char *out)
{
    *out++ = '"';
    if (formula)
        *out++ = '\'';
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '"')
            *out++ = '"';
        *out++ = p[i];
    }
    *out++ = '"';
    return out;
}

/* Writes digits as ="0012", in quotes as its own quotes ask for. */
static char *cell_put_digits(const char *p, size_t n, char *out)
{
    memcpy(out, "\"=\"\"", 4);
    memcpy(out + 4, p, n);
    memcpy(out + 4 + n, "\"\"\"", 3);
    return out + n + 7;
}

/* In quotes where it holds what separates cells or lines, which is found while it is copied. */
char *wdt_formatter_put_cell(const wdt_formatter *f, const char *p, size_t n, char *out)
{
    static const char special[256] = {['"'] = 1, [','] = 1, ['\r'] = 1, ['\n'] = 1};
    char *const begin = out;
    size_t i = 0;
    int formula;
    if (n == 0)
        return out;
    if (f->excel && cell_is_long(p, n))
        return cell_put_digits(p, n, out);
    formula = cell_is_formula(p, n);
    if (formula)
        *out++ = '\'';
    for (; n - i >= 8 && word_is_plain(p + i); i += 8, out += 8)
        memcpy(out, p + i, 8);
    for (; i < n && !special[(unsigned char)p[i]]; i++)
        *out++ = p[i];
    return i == n ? out : cell_put_quoted(p, n, formula, begin);
}

/* As json.number does. */
size_t wdt_formatter_number(double value, char *out)
{
    double same;
    int n = 0;
    if (value == floor(value) && value > -9223372036854775808.0 && value < 9223372036854775808.0)
        return (size_t)snprintf(out, WDT_NUMBER_ROOM, "%.0f", value);
    for (int digits = 14; digits <= 17; digits++) {
        n = snprintf(out, WDT_NUMBER_ROOM, "%.*g", digits, value);
        same = strtod(out, NULL);
        if (same >= value && same <= value)
            break;
    }
    return (size_t)n;
}
