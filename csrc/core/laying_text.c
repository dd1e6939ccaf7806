/* Cells as a database takes them. What is special is rare in a text, so that it is looked for first
 * and copied whole:
 *
 *     it's \ "x"        TUPLES  'it''s \ "x"'        ARRAY  "it''s \\ \"x\""  */
#include "laying.h"

#include <string.h>

size_t wdt_cell_room(const wdt_cell *cell)
{
    return cell->form == WDT_CELL_COUNTER || cell->form == WDT_CELL_NULL ? 32 : 2 * cell->n + 16;
}

/* Writes a number. */
static char *write_counter(size_t value, char *out)
{
    char digits[24];
    size_t n = 0;
    do
        digits[n++] = (char)('0' + value % 10);
    while ((value /= 10) > 0);
    while (n > 0)
        *out++ = digits[--n];
    return out;
}

/* Copies bytes, before each of `special` another: itself, or a backslash. */
static char *write_doubled(const char *p, size_t n, char special, char *out)
{
    const char *end = p + n;
    for (;;) {
        const char *next = memchr(p, special, (size_t)(end - p));
        const size_t length = (size_t)((next != NULL ? next : end) - p);
        memcpy(out, p, length);
        out += length;
        if (next == NULL)
            return out;
        *out++ = special;
        *out++ = special;
        p = next + 1;
    }
}

static char *write_item(const char *p, size_t n, char *out)
{
    *out++ = '"';
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '\\' || p[i] == '"')
            *out++ = '\\';
        else if (p[i] == '\'')
            *out++ = '\'';
        *out++ = p[i];
    }
    *out++ = '"';
    return out;
}

char *wdt_cell_write(const wdt_cell *cell, wdt_style style, const char *base, char *out)
{
    const char *p = base + cell->at;
    char digits[24];
    size_t n = cell->n;
    if (cell->form == WDT_CELL_NULL)
        return (char *)memcpy(out, "NULL", 4) + 4;
    if (cell->form == WDT_CELL_COUNTER) {
        n = (size_t)(write_counter(cell->at, digits) - digits);
        p = digits;
    }
    if (cell->form != WDT_CELL_TEXT) {
        memcpy(out, p, n);
        return out + n;
    }
    if (style == WDT_STYLE_ARRAY)
        return write_item(p, n, out);
    *out++ = '\'';
    out = write_doubled(p, n, '\'', out);
    *out++ = '\'';
    return out;
}
