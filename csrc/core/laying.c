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
#include "laying_plan.h"

#include <string.h>

/* Bytes for made-up texts of a row, beside as many as the row has; where they don't do, the row
 * goes the long way. */
#define EXTRA 4096
/* Bytes kept between two batches. */
#define KEEP 4194304

/* One row that is being laid out. */
typedef struct laying_row {
    lua_State *L;
    wdt_laying *o;
    wdt_extra extra;
    size_t counters[WDT_LAID_TABLES]; /* places in the lists that are open */
    wdt_fitted version;
} laying_row;

/* ---- values ---- */

/* Reads the string at p, without its escapes. Returns where it ends, or NULL. */
static const char *string_read(laying_row *r, const char *p, wdt_span *out)
{
    wdt_flaw flaw = {NULL, NULL};
    wdt_string string;
    p = wdt_string_read(p + 1, &string, &flaw);
    if (p == NULL)
        return NULL;
    out->bytes = string.bytes;
    out->n = string.n;
    if (string.escaped) {
        char *end;
        if ((size_t)(r->extra.end - r->extra.at) <= string.n)
            return NULL;
        end = wdt_string_decode(&string, r->extra.at, &flaw);
        if (end == NULL)
            return NULL;
        *end = 0;
        out->bytes = r->extra.at;
        out->n = (size_t)(end - r->extra.at);
        r->extra.at = end;
        if (memchr(out->bytes, 0, out->n) != NULL ||
            wdt_utf8_check(out->bytes, end) != end) /* half a character */
            return NULL;
    }
    return p;
}

static void cell_put(const laying_row *r, wdt_cell *cell, const wdt_fitted *fitted)
{
    cell->form = fitted->form;
    cell->n = fitted->n;
    cell->at = (size_t)(fitted->bytes - r->o->bytes);
}

/* Copies a literal to where cells can point. Returns 0, or -1 where there is no room. */
static int literal_keep(laying_row *r, wdt_fitted *fitted)
{
    if ((size_t)(r->extra.end - r->extra.at) < fitted->n)
        return -1;
    memcpy(r->extra.at, fitted->bytes, fitted->n);
    fitted->bytes = r->extra.at;
    r->extra.at += fitted->n;
    return 0;
}

/* Lays a scalar out; NULL where it is for Lua to look at. */
static const char *scalar_put(laying_row *r, const char *p, const wdt_laid_field *field,
                              wdt_cell *cell, int is_version)
{
    const wdt_dialect *dialect = &r->o->dialect;
    wdt_fitted fitted;
    wdt_number number;
    wdt_span text;
    const char *end;
    if (*p == 't' || *p == 'f') {
        const int yes = *p == 't';
        if (is_version || memcmp(p, yes ? "true" : "false", yes ? 4 : 5) != 0 ||
            wdt_kind_fit_boolean(field->kind, dialect, yes, &fitted) != 0 ||
            literal_keep(r, &fitted) != 0)
            return NULL;
        cell_put(r, cell, &fitted);
        return p + (yes ? 4 : 5);
    }
    if (*p == '"') {
        end = string_read(r, p, &text);
        if (end == NULL)
            return NULL;
    } else {
        if (wdt_number_read(p, &number) == WDT_NUMBER_FLAW)
            return NULL;
        end = number.end;
        text.bytes = p;
        text.n = (size_t)(end - p);
    }
    if (wdt_kind_fit(field->kind, dialect, text.bytes, text.n, &r->extra, &fitted) != 0)
        return NULL;
    if (field->kind == WDT_KIND_BOOLEAN && fitted.form == WDT_CELL_TEXT &&
        literal_keep(r, &fitted) != 0)
        return NULL;
    if (is_version && wdt_kind_version(text.bytes, text.n, &r->extra, &r->version) != 0)
        return NULL;
    cell_put(r, cell, &fitted);
    return end;
}

/* ---- rows ---- */

/* Makes room for a row of a table, all of it NULL but its key; returns its cells. */
static wdt_cell *row_begin(laying_row *r, unsigned index, unsigned parent, size_t counter)
{
    wdt_laying *o = r->o;
    wdt_laid_table *t = &o->tables[index];
    wdt_cell *cells;
    if (t->rows == t->capacity)
        t->cells = wdt_laying_grow(r->L, o, t->cells, &t->capacity, t->rows + 1,
                                   t->width * sizeof *t->cells);
    cells = t->cells + t->rows++ * t->width;
    memset(cells, 0, t->width * sizeof *cells); /* WDT_CELL_NULL is 0 */
    if (index == 0) {
        cells[0] = o->account;
    } else {
        const wdt_laid_table *above = &o->tables[parent];
        memcpy(cells, above->cells + (above->rows - 1) * above->width, above->own * sizeof *cells);
        cells[t->own - 1].form = WDT_CELL_COUNTER;
        cells[t->own - 1].at = counter;
    }
    t->stamp++;
    t->follow = t->fields_n > 0 ? t->fields_n - 1 : 0;
    return cells;
}

static const char *list_put(laying_row *r, const char *p, unsigned parent, unsigned index);

/* Returns the end of `[]` or `{}`, or NULL. */
static const char *empty_skip(const char *p)
{
    const char close = *p == '[' ? ']' : '}';
    p = wdt_skip_space(p + 1);
    return *p == close ? p + 1 : NULL;
}

/* Lays a member out. Returns where its value ends, or NULL. */
static const char *member_put(laying_row *r, const char *p, unsigned index, wdt_laid_field *field)
{
    wdt_laid_table *t = &r->o->tables[index];
    if (*p == 'n') /* a null is as good as no member */
        return memcmp(p, "null", 4) == 0 ? p + 4 : NULL;
    if (*p == '[' || *p == '{') {
        const char *end = empty_skip(p);
        if (end != NULL || field == NULL || field->list < 0)
            return end;
        return list_put(r, p, index, (unsigned)field->list);
    }
    if (field == NULL)
        return NULL;
    if (field->column < 0) /* "" says that a list is empty */
        return p[0] == '"' && p[1] == '"' ? p + 2 : NULL;
    return scalar_put(r, p, field, t->cells + (t->rows - 1) * t->width + field->column,
                      index == 0 && (int)(field - t->fields) == r->o->modified);
}

/* Lays the object at p out as the row that was begun last. Returns where it ends, or NULL. */
static const char *object_put(laying_row *r, const char *p, unsigned index)
{
    wdt_laid_table *t = &r->o->tables[index];
    p = wdt_skip_space(p + 1);
    if (*p == '}')
        return p + 1;
    for (;;) {
        wdt_flaw flaw = {NULL, NULL};
        wdt_string key;
        wdt_laid_field *field;
        if (*p != '"')
            return NULL;
        p = wdt_string_read(p + 1, &key, &flaw);
        if (p == NULL || key.escaped || key.n == 0)
            return NULL;
        p = wdt_skip_space(p);
        if (*p != ':')
            return NULL;
        p = wdt_skip_space(p + 1);
        field = wdt_laying_find(t, key.bytes, key.n);
        if (field != NULL) {
            if (field->seen == t->stamp)
                return NULL;
            field->seen = t->stamp;
        }
        p = member_put(r, p, index, field);
        if (p == NULL)
            return NULL;
        p = wdt_skip_space(p);
        if (*p == '}')
            return p + 1;
        if (*p != ',')
            return NULL;
        p = wdt_skip_space(p + 1);
    }
}

/* Lays the rows of a list out; one object in the place of a list is its one row. */
static const char *list_put(laying_row *r, const char *p, unsigned parent, unsigned index)
{
    if (*p == '{') {
        row_begin(r, index, parent, 1);
        return object_put(r, p, index);
    }
    p = wdt_skip_space(p + 1);
    for (size_t n = 1;; n++) {
        if (*p != '{')
            return NULL;
        row_begin(r, index, parent, n);
        p = object_put(r, p, index);
        if (p == NULL)
            return NULL;
        p = wdt_skip_space(p);
        if (*p == ']')
            return p + 1;
        if (*p != ',')
            return NULL;
        p = wdt_skip_space(p + 1);
    }
}

/* ---- the batch ---- */

static wdt_laying *laying_self(lua_State *L)
{
    return luaL_checkudata(L, 1, WDT_LAID_TYPE);
}

/* Adds bytes that cells can point to; raises when memory runs out. */
static wdt_cell constant_add(lua_State *L, wdt_laying *o, int i, const char *name)
{
    wdt_cell cell;
    size_t n;
    const char *text = wdt_args_text(L, i, name, &n);
    o->bytes = wdt_laying_grow(L, o, o->bytes, &o->bytes_size, o->bytes_n + n + 1, 1);
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
    wdt_laying *o = laying_self(L);
    if (o->bytes_size > KEEP) {
        o->alloc(o->ud, o->bytes, o->bytes_size, 0);
        o->bytes = NULL;
        o->bytes_size = 0;
    }
    o->first = wdt_laying_grow(L, o, o->first, &o->first_size, o->tables_n, sizeof *o->first);
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

/* Puts the cells that the row itself does not hold. */
static void root_finish(laying_row *r, wdt_cell *cells, size_t clean_at, size_t clean_n)
{
    const wdt_laying *o = r->o;
    if (o->version_at >= 0)
        cell_put(r, &cells[o->version_at], &r->version);
    if (o->read_at >= 0)
        cells[o->read_at] = o->now;
    if (o->document_at >= 0) {
        cells[o->document_at].form = WDT_CELL_TEXT;
        cells[o->document_at].at = clean_at;
        cells[o->document_at].n = clean_n;
    }
}

/* Pushes the version and the parts of the identity. Returns how many, or 0 where a part says that
 * there is nothing. */
static int identity_push(const laying_row *r, const wdt_cell *cells)
{
    lua_pushlstring(r->L, r->version.bytes, r->version.n);
    for (unsigned i = 1; i <= r->o->ids; i++) {
        if (cells[i].form == WDT_CELL_NULL || cells[i].n == 0)
            return 0;
        lua_pushlstring(r->L, r->o->bytes + cells[i].at, cells[i].n);
    }
    return 1 + (int)r->o->ids;
}

/* laying:put(document [, clean]) -> row, version, part of the identity... | nothing where the row
 * is for Lua to lay out
 * `row` counts from 1; `clean` is the document as the database can hold it. */
static int laying_put(lua_State *L)
{
    wdt_laying *o = laying_self(L);
    laying_row r;
    size_t n, clean_n = 0, clean_at;
    const char *document = wdt_args_text(L, 2, "document", &n), *end;
    const char *clean = lua_isnoneornil(L, 3) ? "" : wdt_args_text(L, 3, "clean", &clean_n);
    const size_t begin = o->bytes_n;
    char *copy;
    int pushed;
    if (o->first == NULL)
        return luaL_error(L, "reset() has not been called");
    if (n > INT32_MAX / 4 || clean_n > INT32_MAX / 4)
        return 0;
    luaL_checkstack(L, (int)o->ids + 8, WDT_LAID_TYPE);
    o->bytes = wdt_laying_grow(L, o, o->bytes, &o->bytes_size,
                               begin + 2 * n + clean_n + EXTRA + 3 * WDT_PAD, 1);
    o->first = wdt_laying_grow(L, o, o->first, &o->first_size, (o->rows + 2) * o->tables_n,
                               sizeof *o->first);
    copy = o->bytes + begin;
    memcpy(copy, document, n);
    memset(copy + n, 0, WDT_PAD);
    clean_at = begin + n + WDT_PAD;
    memcpy(o->bytes + clean_at, clean, clean_n);
    r.L = L;
    r.o = o;
    r.extra.at = o->bytes + clean_at + clean_n;
    r.extra.end = r.extra.at + n + EXTRA;
    r.version.form = WDT_CELL_TEXT;
    r.version.bytes = copy;
    r.version.n = 0;
    for (unsigned i = 0; i < o->tables_n; i++)
        o->tables[i].rows = o->first[o->rows * o->tables_n + i];
    row_begin(&r, 0, 0, 0);
    end = wdt_skip_space(copy);
    end = *end == '{' ? object_put(&r, end, 0) : NULL;
    if (end == NULL || wdt_skip_space(end) != copy + n)
        return 0;
    root_finish(&r, o->tables[0].cells + o->rows * o->tables[0].width, clean_at, clean_n);
    lua_pushinteger(L, (lua_Integer)o->rows + 1);
    pushed = identity_push(&r, o->tables[0].cells + o->rows * o->tables[0].width);
    if (pushed == 0)
        return 0;
    lists_finish(o, o->tables[0].cells + o->rows * o->tables[0].width);
    o->rows++;
    for (unsigned i = 0; i < o->tables_n; i++)
        o->first[o->rows * o->tables_n + i] = o->tables[i].rows;
    o->bytes_n = (size_t)(r.extra.at - o->bytes);
    return 1 + pushed;
}

/* ---- writing ---- */

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
    o->text = wdt_laying_grow(L, o, o->text, &o->text_size, n, 1);
}

static void text_push(lua_State *L, wdt_laying *o, const char *end)
{
    lua_pushlstring(L, o->text, (size_t)(end - o->text));
    if (o->text_size > KEEP) {
        o->alloc(o->ud, o->text, o->text_size, 0);
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
        out = wdt_cell_write(&cells[i], WDT_STYLE_TUPLES, o->bytes, out);
    }
    *out++ = ')';
    return out;
}

/* laying:tuples(table, rows) -> string, how many rows of the table it holds
 * `table` counts from 1; `rows`: a list of those that put() told. */
static int laying_tuples(lua_State *L)
{
    wdt_laying *o = laying_self(L);
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
                room += wdt_cell_room(&cells[k]);
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
static int laying_array(lua_State *L)
{
    wdt_laying *o = laying_self(L);
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
            text_reserve(L, o, used + wdt_cell_room(cell) + 16);
            out = o->text + used;
            if (used > 0)
                *out++ = ',';
            out = wdt_cell_write(cell, WDT_STYLE_ARRAY, o->bytes, out);
        }
    }
    text_push(L, o, out);
    return 1;
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
    wdt_laying *o = laying_self(L);
    wdt_laying_free(o);
    o->tables_n = 0;
    return 0;
}

/* core.laying(plan) -> laying
 * `plan`: { tables = { { width =, own =, fields = { { name, kind, column } or { name, list =
 * table } or both } } }, modified = name, version_at =, read_at =, document_at =, whole =, places
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
    static const luaL_Reg methods[] = {{"reset", laying_reset},   {"put", laying_put},
                                       {"tuples", laying_tuples}, {"array", laying_array},
                                       {"close", laying_close},   {NULL, NULL}};
    luaL_newmetatable(L, WDT_LAID_TYPE);
    lua_pushcfunction(L, laying_close);
    lua_setfield(L, -2, "__gc");
    luaL_newlib(L, methods);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
}
