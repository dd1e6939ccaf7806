/* Cells as a database takes them. What is special is rare in a text, so that it is looked for first
 * and copied whole:
 *
 *     it's \ "x"        TUPLES  'it''s \ "x"'        ARRAY  "it''s \\ \"x\""  */
#include "block.h"
#include "laying_plan.h"

#include <string.h>

/* How cells are written. */
typedef enum {
    STYLE_TUPLES, /* (1,'it''s',NULL),(…): literals where backslashes are no escapes */
    STYLE_ARRAY   /* items of an array of PostgreSQL's within a literal, by commas */
} cell_style;

/* Bytes that a cell takes at most, with what separates it. */
static size_t cell_room(const wdt_cell *cell)
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

/* Writes a cell, whose bytes count from `base`; returns where it ends. */
static char *cell_write(const wdt_cell *cell, cell_style style, const char *base, char *out)
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
    if (style == STYLE_ARRAY)
        return write_item(p, n, out);
    *out++ = '\'';
    out = write_doubled(p, n, '\'', out);
    *out++ = '\'';
    return out;
}

/* ---- for Lua ---- */

/* The rows of a table that belong to row i of the list `rows`, the argument at an index: [*from,
 * *to). Raises where there is no such row. */
static void rows_of(lua_State *L, const wdt_laying *o, int rows, unsigned table, size_t i,
                    size_t *from, size_t *to)
{
    size_t row;
    lua_rawgeti(L, rows, (int)i);
    row = (size_t)wdt_args_whole(L, -1, "rows", (int64_t)o->rows);
    if (row == 0)
        wdt_misuse(L, "rows", -1, "rows that were laid out");
    lua_pop(L, 1);
    *from = o->first[(row - 1) * o->tables_n + table];
    *to = o->first[row * o->tables_n + table];
}

static unsigned table_of(lua_State *L, const wdt_laying *o)
{
    const int64_t index = wdt_args_whole(L, 2, "table", (int64_t)o->tables_n);
    if (index == 0)
        wdt_misuse(L, "table", 2, "a table of the plan");
    return (unsigned)index - 1;
}

/* Makes room for text; raises when memory runs out. */
static void text_reserve(lua_State *L, wdt_laying *o, size_t n)
{
    o->text = wdt_block_grow(L, o->alloc, o->ud, o->text, &o->text_size, n, 1);
}

static void text_push(lua_State *L, wdt_laying *o, const char *end)
{
    lua_pushlstring(L, o->text, (size_t)(end - o->text));
    if (o->text_size > WDT_LAYING_KEEP) {
        wdt_block_free(o->alloc, o->ud, o->text, o->text_size);
        o->text = NULL;
        o->text_size = 0;
    }
}

/* Writes a row. */
static char *row_write(const wdt_laying *o, const wdt_cell *cells, unsigned width, char *out)
{
    *out++ = '(';
    for (unsigned i = 0; i < width; i++) {
        if (i > 0)
            *out++ = ',';
        out = cell_write(&cells[i], STYLE_TUPLES, o->bytes, out);
    }
    *out++ = ')';
    return out;
}

/* laying:tuples(table, rows) -> string, how many rows of the table it holds
 * `table` counts from 1; `rows`: a list of those that put() told. */
int wdt_laying_tuples(lua_State *L)
{
    wdt_laying *o = wdt_laying_check(L);
    const unsigned index = table_of(L, o);
    const wdt_laid_table *t = &o->tables[index];
    size_t n, from, to, count = 0;
    char *out;
    if (!lua_istable(L, 3))
        return wdt_misuse(L, "rows", 3, "a list");
    n = lua_rawlen(L, 3);
    text_reserve(L, o, 16);
    out = o->text;
    for (size_t i = 1; i <= n; i++) {
        rows_of(L, o, 3, index, i, &from, &to);
        for (; from < to; from++, count++) {
            const wdt_cell *cells = t->cells + from * t->width;
            const size_t used = (size_t)(out - o->text);
            size_t room = 16;
            for (unsigned k = 0; k < t->width; k++)
                room += cell_room(&cells[k]);
            text_reserve(L, o, used + room);
            out = o->text + used;
            if (count > 0)
                *out++ = ',';
            out = row_write(o, cells, t->width, out);
        }
    }
    text_push(L, o, out);
    lua_pushinteger(L, (lua_Integer)count);
    return 2;
}

/* laying:array(table, column, rows) -> string
 * The cells of a column, as items of an array of PostgreSQL's that stands in a literal. */
int wdt_laying_array(lua_State *L)
{
    wdt_laying *o = wdt_laying_check(L);
    const unsigned index = table_of(L, o);
    const wdt_laid_table *t = &o->tables[index];
    const int64_t column = wdt_args_whole(L, 3, "column", (int64_t)t->width);
    size_t n, from, to;
    char *out;
    if (column == 0 || !lua_istable(L, 4))
        return wdt_misuse(L, column == 0 ? "column" : "rows", column == 0 ? 3 : 4,
                          column == 0 ? "a place in the row" : "a list");
    n = lua_rawlen(L, 4);
    text_reserve(L, o, 16);
    out = o->text;
    for (size_t i = 1; i <= n; i++) {
        rows_of(L, o, 4, index, i, &from, &to);
        for (; from < to; from++) {
            const wdt_cell *cell = t->cells + from * t->width + column - 1;
            const size_t used = (size_t)(out - o->text);
            text_reserve(L, o, used + cell_room(cell) + 16);
            out = o->text + used;
            if (used > 0)
                *out++ = ',';
            out = cell_write(cell, STYLE_ARRAY, o->bytes, out);
        }
    }
    text_push(L, o, out);
    return 1;
}
