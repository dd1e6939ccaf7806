/* core.laying: rows that are JSON, laid out as the cells of tables in one pass and without a table
 * of Lua's for each.
 *
 *     {"id":7,"paid":"1.50","goods":[{"sku":"x"},{"sku":"y"}],"modified":"2026-11-01 08:00:00"}
 *
 *     account | 7 | 1.50 | 2026-11-01 08:00:00        and        account | 7 | 1 | x
 *                                                                account | 7 | 2 | y
 *
 * A row's bytes are copied once; cells are places in them. What is not plain (a name that has no
 * column, a value that does not fit its own, a list in the place of a value, half a character) is
 * refused, and nothing of the row stays: such a row goes the long way (lua/wdt/sink/laying.lua),
 * which is the model that a spec holds this file against. */
#include "block.h"
#include "laying_plan.h"

#include <string.h>

/* Bytes for made-up texts of a row, beside as many as the row has; where they don't do, the row
 * goes the long way. */
#define EXTRA 4096

/* Adds bytes that cells can point to; raises when memory runs out. */
static wdt_cell constant_add(lua_State *L, wdt_laying *o, int i, const char *name)
{
    wdt_cell cell;
    size_t n;
    const char *text = wdt_args_text(L, i, name, &n);
    o->bytes = wdt_block_grow(L, o->alloc, o->ud, o->bytes, &o->bytes_size, o->bytes_n + n + 1, 1);
    memcpy(o->bytes + o->bytes_n, text, n);
    cell.form = WDT_CELL_TEXT;
    cell.at = o->bytes_n;
    cell.n = n;
    o->bytes_n += n;
    return cell;
}

/* laying:reset(account, now) -> nothing
 * Forgets all rows; those that follow are an account's, read at a time. */
static int laying_reset(lua_State *L)
{
    wdt_laying *o = wdt_laying_check(L);
    if (o->bytes_size > WDT_LAYING_KEEP) {
        wdt_block_free(o->alloc, o->ud, o->bytes, o->bytes_size);
        o->bytes = NULL;
        o->bytes_size = 0;
    }
    o->first =
        wdt_block_grow(L, o->alloc, o->ud, o->first, &o->first_size, o->tables_n, sizeof *o->first);
    memset(o->first, 0, o->tables_n * sizeof *o->first);
    o->bytes_n = o->rows = 0;
    for (unsigned i = 0; i < o->tables_n; i++)
        o->tables[i].rows = 0;
    o->account = constant_add(L, o, 2, "account");
    o->now = constant_add(L, o, 3, "now");
    return 0;
}

/* Puts the identity into the rows of lists, which may stand before it. */
static void lists_finish(const wdt_laying *o, const wdt_cell *root)
{
    for (unsigned i = 1; i < o->tables_n; i++) {
        const wdt_laid_table *t = &o->tables[i];
        for (size_t k = o->first[o->rows * o->tables_n + i]; k < t->rows; k++)
            memcpy(t->cells + k * t->width + 1, root + 1, o->ids * sizeof *root);
    }
}

/* Puts the cells that are known without looking at the row. */
static void root_finish(const wdt_laying *o, wdt_cell *cells, size_t document_at, size_t document_n)
{
    if (o->read_at >= 0)
        cells[o->read_at] = o->now;
    if (o->document_at >= 0) {
        cells[o->document_at].form = WDT_CELL_TEXT;
        cells[o->document_at].at = document_at;
        cells[o->document_at].n = document_n;
    }
}

/* Pushes the version and the parts of the identity. Returns how many, or 0 where a part says that
 * there is nothing. */
static int identity_push(lua_State *L, const wdt_laying *o, const wdt_fitted *version,
                         const wdt_cell *cells)
{
    lua_pushlstring(L, version->bytes, version->n);
    for (unsigned i = 1; i <= o->ids; i++) {
        if (cells[i].form == WDT_CELL_NULL || cells[i].n == 0)
            return 0;
        lua_pushlstring(L, o->bytes + cells[i].at, cells[i].n);
    }
    return 1 + (int)o->ids;
}

/* Copies both documents behind the bytes that there are. Zeros stand between them, since the reader
 * of the first looks at bytes after its end; made-up texts get the room after the second. Returns
 * the copy of the first, which begins at o->bytes_n. */
static char *document_copy(lua_State *L, wdt_laying *o, const wdt_span *document,
                           const wdt_span *clean, wdt_extra *extra)
{
    char *copy, *behind;
    o->bytes = wdt_block_grow(L, o->alloc, o->ud, o->bytes, &o->bytes_size,
                              o->bytes_n + 2 * document->n + clean->n + EXTRA + 3 * WDT_PAD, 1);
    copy = o->bytes + o->bytes_n;
    memcpy(copy, document->bytes, document->n);
    memset(copy + document->n, 0, WDT_PAD);
    behind = copy + document->n + WDT_PAD;
    if (clean->n > 0)
        memcpy(behind, clean->bytes, clean->n);
    extra->at = behind + clean->n;
    extra->end = extra->at + document->n + EXTRA;
    return copy;
}

/* laying:put(document [, clean]) -> row, version, part of the identity... | nothing where the row
 * is for Lua to lay out
 * `row` counts from 1; `clean` is the document as the database can hold it, if it can't as it is.
 */
static int laying_put(lua_State *L)
{
    wdt_laying *o = wdt_laying_check(L);
    wdt_span document, clean = {NULL, 0};
    wdt_fitted version = {"", 0, WDT_CELL_TEXT};
    wdt_extra extra;
    wdt_cell *root;
    const char *copy, *end;
    int pushed;
    document.bytes = wdt_args_text(L, 2, "document", &document.n);
    if (!lua_isnoneornil(L, 3))
        clean.bytes = wdt_args_text(L, 3, "clean", &clean.n);
    if (o->first == NULL)
        return luaL_error(L, "reset() has not been called");
    if (document.n > INT32_MAX / 4 || clean.n > INT32_MAX / 4)
        return 0;
    luaL_checkstack(L, (int)o->ids + 8, WDT_LAID_TYPE);
    o->first = wdt_block_grow(L, o->alloc, o->ud, o->first, &o->first_size,
                              (o->rows + 2) * o->tables_n, sizeof *o->first);
    copy = document_copy(L, o, &document, &clean, &extra);
    version.bytes = copy;
    for (unsigned i = 0; i < o->tables_n; i++)
        o->tables[i].rows = o->first[o->rows * o->tables_n + i];
    end = wdt_laying_put_row(L, o, copy, copy + document.n, &extra, &version);
    if (end == NULL || wdt_skip_space(end) != copy + document.n)
        return 0;
    root = o->tables[0].cells + o->rows * o->tables[0].width;
    if (clean.bytes != NULL)
        root_finish(o, root, o->bytes_n + document.n + WDT_PAD, clean.n);
    else
        root_finish(o, root, o->bytes_n, document.n);
    lua_pushinteger(L, (lua_Integer)o->rows + 1);
    pushed = identity_push(L, o, &version, root);
    if (pushed == 0)
        return 0;
    lists_finish(o, root);
    o->rows++;
    for (unsigned i = 0; i < o->tables_n; i++)
        o->first[o->rows * o->tables_n + i] = o->tables[i].rows;
    o->bytes_n = (size_t)(extra.at - o->bytes);
    return 1 + pushed;
}

/* wdt_laid.rows */
static int laid_rows(const wdt_laid *self, size_t table, size_t row, wdt_laid_rows *out)
{
    const wdt_laying *o = (const wdt_laying *)self;
    const wdt_laid_table *t;
    size_t from;
    if (table == 0 || table > o->tables_n || row == 0 || row > o->rows)
        return -1;
    t = &o->tables[table - 1];
    from = o->first[(row - 1) * o->tables_n + table - 1];
    out->rows = o->first[row * o->tables_n + table - 1] - from;
    out->cells = out->rows > 0 ? t->cells + from * t->width : NULL;
    out->bytes = o->bytes;
    out->width = t->width;
    return 0;
}

/* ---- life ---- */

/* laying:close() -> nothing: gives its memory back; then it can't be used. Also __gc. */
static int laying_close(lua_State *L)
{
    wdt_laying *o = wdt_laying_check(L);
    wdt_laying_free(o);
    o->tables_n = 0;
    return 0;
}

/* core.laying(plan) -> laying
 * `plan`: { tables = { { width =, own =, fields = { { name, kind, column } or { name, list =
 * table } or both } } }, modified = name, version_at =, read_at =, document_at =, any =, whole =,
 * places
 * =, significant =, fractions =, yes =, no = }. The first table is that of the rows, its first
 * cells the account and the identity; tables of lists come after those that hold them. */
int wdt_laying_new(lua_State *L)
{
    wdt_laying *o;
    if (!lua_istable(L, 1))
        return wdt_misuse(L, "plan", 1, "a table");
    lua_settop(L, 1);
    luaL_checkstack(L, 24, WDT_LAID_TYPE);
    o = lua_newuserdatauv(L, sizeof *o, 0);
    memset(o, 0, sizeof *o);
    o->laid.version = WDT_LAID_VERSION;
    o->laid.rows = laid_rows;
    o->alloc = lua_getallocf(L, &o->ud);
    luaL_getmetatable(L, WDT_LAID_TYPE);
    lua_setmetatable(L, 2);
    wdt_laying_read_plan(L, o);
    return 1;
}

/* Registers the metatable, which Lua cannot reach. */
void wdt_laying_register(lua_State *L)
{
    static const luaL_Reg methods[] = {{"reset", laying_reset},       {"put", laying_put},
                                       {"tuples", wdt_laying_tuples}, {"array", wdt_laying_array},
                                       {"close", laying_close},       {NULL, NULL}};
    luaL_newmetatable(L, WDT_LAID_TYPE);
    lua_pushcfunction(L, laying_close);
    lua_setfield(L, -2, "__gc");
    luaL_newlib(L, methods);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
}
