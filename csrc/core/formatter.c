/* core.formatter: a row's cells as lines of CSV, in one pass and without a table of cells.
 *
 *     columns { {"no"}, {"paid"}, {"goods", "sku"} }, explode "goods"
 *     row     { no = "A,1", paid = 1.5, goods = { { sku = "=x" }, { sku = "y" } } }
 *
 *     "A,1",1.5,'=x
 *     "A,1",1.5,y
 *
 * The rules are those of lua/wdt/format/csv.lua, which is the model that a spec holds this file
 * against: RFC 4180, and no text may begin a formula in a spreadsheet. A row is read by raw access,
 * so that no Lua runs inside. A cell that holds a table is for Lua to write as JSON: then nothing
 * is pushed, and the caller goes the long way. */
#include "block.h"
#include "formatter.h"

#include <stdio.h>
#include <string.h>

#define FORMATTER_TYPE "wdt.formatter"
#define COLUMNS_MAX    4096

/* The stack of a call. */
enum { STACK_FORMATTER = 1, STACK_ROW, STACK_NAMES, STACK_MEMBERS, STACK_MEMBER };

/* Gives the buffers back; the formatter can go on and gets others. */
static void buffers_free(wdt_formatter *f)
{
    wdt_block_free(f->alloc, f->ud, f->text, f->size);
    wdt_block_free(f->alloc, f->ud, f->copy, f->copy_size);
    wdt_block_free(f->alloc, f->ud, f->cells, f->cells_size * sizeof *f->cells);
    f->text = f->copy = NULL;
    f->cells = NULL;
    f->size = f->n = f->copy_size = f->cells_size = 0;
}

/* ---- cells ---- */

/* Writes the number at index i. */
static size_t number_write(lua_State *L, int i, char *out)
{
#if LUA_VERSION_NUM >= 503
    if (lua_isinteger(L, i))
        return (size_t)snprintf(out, WDT_NUMBER_ROOM, "%lld", (long long)lua_tointeger(L, i));
#endif
    return wdt_formatter_number((double)lua_tonumber(L, i), out);
}

/* Adds the comma before a cell, or the end of a line. */
static void mark_add(lua_State *L, wdt_formatter *f, const char *mark, size_t n)
{
    memcpy(wdt_formatter_room(L, f, n), mark, n);
    f->n += n;
}

/* Adds the value on the stack's top, and pops it. Returns 0, or -1 where only Lua can write it. */
static int formatter_add_value(lua_State *L, wdt_formatter *f)
{
    char number[WDT_NUMBER_ROOM];
    const char *text = "";
    char *out;
    size_t n = 0;
    switch (lua_type(L, -1)) {
    case LUA_TSTRING: text = lua_tolstring(L, -1, &n); break;
    case LUA_TNUMBER:
        n = number_write(L, -1, number);
        text = number;
        break;
    case LUA_TBOOLEAN:
        text = lua_toboolean(L, -1) ? "true" : "false";
        n = strlen(text);
        break;
    case LUA_TTABLE: return -1;
    default: break; /* null, or not there */
    }
    if (n > SIZE_MAX / 4)
        luaL_error(L, "not enough memory");
    out = wdt_formatter_room(L, f, WDT_CELL_ROOM(n));
    f->n = (size_t)(wdt_formatter_put_cell(f, text, n, out) - f->text);
    lua_pop(L, 1);
    return 0;
}

/* ---- lines ---- */

/* Returns true if the table at index i is a list: it bears the arrays' metatable, or has a first
 * item. */
static int table_is_list(lua_State *L, int i)
{
    int list = 0;
    if (lua_getmetatable(L, i)) {
        lua_getfield(L, LUA_REGISTRYINDEX, WDT_ARRAY_TYPE);
        list = lua_rawequal(L, -1, -2);
        lua_pop(L, 2);
    }
    if (!list) {
        lua_rawgeti(L, i, 1);
        list = !lua_isnil(L, -1);
        lua_pop(L, 1);
    }
    return list;
}

/* Replaces the value on the stack's top by that of the column within it, from name `from` on. -1
 * where the path leads into a list, which is misuse that Lua tells of. */
static int column_find(lua_State *L, const wdt_column *c, unsigned from)
{
    for (unsigned i = from; i < c->n; i++) {
        if (!lua_istable(L, -1)) {
            lua_pop(L, 1);
            lua_pushnil(L);
            return 0;
        }
        if (i > 0 && table_is_list(L, lua_gettop(L))) /* the row was looked at once */
            return -1;
        lua_rawgeti(L, STACK_NAMES, (int)(c->first + i));
        lua_rawget(L, -2);
        lua_remove(L, -2);
    }
    return 0;
}

/* Adds one line; the member of the list that it is about stands at STACK_MEMBER. */
static int formatter_add_line(lua_State *L, wdt_formatter *f)
{
    for (unsigned i = 0; i < f->columns_n; i++) {
        const wdt_column *c = &f->columns[i];
        if (i > 0)
            mark_add(L, f, ",", 1);
        lua_pushvalue(L, c->is_inner ? STACK_MEMBER : STACK_ROW);
        if (column_find(L, c, c->is_inner ? 1 : 0) != 0 || formatter_add_value(L, f) != 0)
            return -1;
    }
    mark_add(L, f, "\r\n", 2);
    return 0;
}

/* Adds the lines of the table at STACK_ROW. Returns 0, or -1 where only Lua can write them. */
static int formatter_add_table(lua_State *L, wdt_formatter *f)
{
    int failed, lines = 0;
    if (table_is_list(L, STACK_ROW))
        return -1;
    luaL_checkstack(L, 16, FORMATTER_TYPE);
    lua_getiuservalue(L, STACK_FORMATTER, 1);
    if (f->explode != 0) {
        lua_rawgeti(L, STACK_NAMES, (int)f->explode);
        lua_rawget(L, STACK_ROW);
        lines = lua_istable(L, STACK_MEMBERS) && table_is_list(L, STACK_MEMBERS);
    } else {
        lua_pushnil(L);
    }
    if (lines)
        lua_rawgeti(L, STACK_MEMBERS, 1);
    else /* an object in the place of the list is its only member */
        lua_pushvalue(L, STACK_MEMBERS);
    failed = formatter_add_line(L, f);
    for (int i = 2; lines && failed == 0; i++) {
        lua_settop(L, STACK_MEMBERS);
        lua_rawgeti(L, STACK_MEMBERS, i);
        if (lua_isnil(L, -1))
            break;
        failed = formatter_add_line(L, f);
    }
    return failed;
}

/* formatter:csv(row) -> its lines, each with its line end | nothing where the caller is to write
 * the row by itself
 * `row` is a table, of which a cell may hold a table, or a column lead into a list; or a row's
 * JSON, of which see wdt_formatter_add_document. */
static int formatter_csv(lua_State *L)
{
    wdt_formatter *f = luaL_checkudata(L, 1, FORMATTER_TYPE);
    const char *document = NULL;
    size_t n = 0;
    int failed;
    lua_settop(L, STACK_ROW);
    f->n = 0;
    if (lua_type(L, STACK_ROW) == LUA_TSTRING)
        document = lua_tolstring(L, STACK_ROW, &n);
    else if (!lua_istable(L, STACK_ROW))
        return wdt_misuse(L, "row", STACK_ROW, "a table, or a string");
    failed = document != NULL ? wdt_formatter_add_document(L, f, document, n)
                              : formatter_add_table(L, f);
    if (failed == 0)
        lua_pushlstring(L, f->text, f->n);
    if (f->size > WDT_BUFFER_KEEP || f->copy_size > WDT_BUFFER_KEEP)
        buffers_free(f);
    return failed == 0;
}

/* formatter:admit(name) -> true | false where there are too many
 * Rows that are JSON may hold this name, too: it has no column and is passed over. */
static int formatter_admit(lua_State *L)
{
    wdt_formatter *f = luaL_checkudata(L, 1, FORMATTER_TYPE);
    size_t n;
    const char *name = wdt_args_text(L, 2, "name", &n);
    lua_pushboolean(L, wdt_names_add(&f->outer, name, n, WDT_PLACE_ADMITTED) != NULL);
    return 1;
}

/* ---- life ---- */

/* formatter:__gc */
static int formatter_collect(lua_State *L)
{
    wdt_formatter *f = luaL_checkudata(L, 1, FORMATTER_TYPE);
    buffers_free(f);
    wdt_names_free(&f->outer);
    wdt_names_free(&f->inner);
    return 0;
}

/* Takes the names of the column on the stack's top; they go into the table at index `names`, of
 * which *n are taken. */
static void column_read(lua_State *L, wdt_column *c, int names, unsigned *n)
{
    const size_t count = lua_istable(L, -1) ? lua_rawlen(L, -1) : 0;
    if (count == 0 || count > WDT_PATH_MAX)
        wdt_misuse(L, "columns", -1, "a list of lists of at most 8 names");
    c->first = *n + 1;
    c->n = (unsigned)count;
    for (size_t i = 1; i <= count; i++) {
        lua_rawgeti(L, -1, (int)i);
        if (lua_type(L, -1) != LUA_TSTRING)
            wdt_misuse(L, "columns", -1, "a list of lists of at most 8 names");
        lua_rawseti(L, names, (int)++*n);
    }
}

/* Gives the name at index i of the table at `names` a place among those of rows that are JSON.
 * Returns 0, or -1 where it has one. Raises when memory runs out. */
static int name_place(lua_State *L, wdt_names *set, int names, unsigned i, int place)
{
    const unsigned before = set->n;
    size_t n;
    const char *bytes;
    lua_rawgeti(L, names, (int)i);
    bytes = lua_tolstring(L, -1, &n);
    if (wdt_names_add(set, bytes, n, place) == NULL)
        luaL_error(L, "not enough memory");
    lua_pop(L, 1);
    return set->n > before ? 0 : -1;
}

/* Gives all columns their places. Rows that are JSON go Lua's way where one is not plain. */
static void columns_place(lua_State *L, wdt_formatter *f, int names)
{
    f->is_plain = 1;
    if (f->explode != 0)
        name_place(L, &f->outer, names, f->explode, WDT_PLACE_EXPLODE);
    for (unsigned i = 0; i < f->columns_n && f->is_plain; i++) {
        wdt_column *c = &f->columns[i];
        wdt_names *set = c->is_inner ? &f->inner : &f->outer;
        size_t *n = c->is_inner ? &f->inner_n : &f->outer_n;
        c->place = (int)(*n)++;
        f->is_plain = c->n == (c->is_inner ? 2U : 1U) &&
                      name_place(L, set, names, c->first + c->n - 1, c->place) == 0;
    }
}

/* core.formatter(columns [, options]) -> formatter
 * `columns`: lists of the names that lead to a value, e.g. { {"order_no"}, {"goods", "sku"} };
 * `options.explode`: the name of a list in the row whose members are lines of their own;
 * `options.excel`: digits that Excel would alter are written as ="…"; `options.any`: a row that is
 * JSON may hold names without a column; else only those that were admitted. */
int wdt_formatter_new(lua_State *L)
{
    static const char *const options[] = {"explode", "excel", "any", NULL};
    size_t n;
    unsigned used = 0;
    wdt_formatter *f;
    if (!lua_istable(L, 1) || lua_rawlen(L, 1) == 0 || lua_rawlen(L, 1) > COLUMNS_MAX)
        return wdt_misuse(L, "columns", 1, "a list of 1 to 4096 columns");
    lua_settop(L, 2);
    if (lua_isnil(L, 2)) {
        lua_newtable(L);
        lua_replace(L, 2);
    }
    if (!lua_istable(L, 2))
        return wdt_misuse(L, "options", 2, "a table");
    wdt_option_names(L, 2, options, "");
    n = lua_rawlen(L, 1);
    f = lua_newuserdatauv(L, sizeof *f + n * sizeof *f->columns, 1);
    memset(f, 0, sizeof *f);
    f->alloc = f->outer.alloc = f->inner.alloc = lua_getallocf(L, &f->ud);
    f->outer.ud = f->inner.ud = f->ud;
    luaL_getmetatable(L, FORMATTER_TYPE);
    lua_setmetatable(L, 3);
    lua_newtable(L);
    wdt_option_push(L, 2, "excel");
    f->excel = lua_toboolean(L, -1);
    wdt_option_push(L, 2, "any");
    f->takes_any = lua_toboolean(L, -1);
    lua_pop(L, 2);
    wdt_option_push(L, 2, "explode");
    if (!lua_isnil(L, 5) && lua_type(L, 5) != LUA_TSTRING)
        return wdt_misuse(L, "explode", 5, "a string");
    if (!lua_isnil(L, 5)) {
        lua_pushvalue(L, 5);
        lua_rawseti(L, 4, (int)++used);
        f->explode = used;
    }
    for (size_t i = 0; i < n; i++) {
        wdt_column *c = &f->columns[i];
        lua_rawgeti(L, 1, (int)i + 1);
        column_read(L, c, 4, &used);
        lua_rawgeti(L, -1, 1);
        c->is_inner = c->n > 1 && lua_rawequal(L, -1, 5);
        lua_pop(L, 2);
    }
    f->columns_n = (unsigned)n;
    columns_place(L, f, 4);
    lua_settop(L, 4);
    lua_setiuservalue(L, 3, 1);
    return 1;
}

/* Registers the metatable, which Lua cannot reach. */
void wdt_formatter_register(lua_State *L)
{
    luaL_newmetatable(L, FORMATTER_TYPE);
    lua_pushcfunction(L, formatter_collect);
    lua_setfield(L, -2, "__gc");
    lua_createtable(L, 0, 2);
    lua_pushcfunction(L, formatter_csv);
    lua_setfield(L, -2, "csv");
    lua_pushcfunction(L, formatter_admit);
    lua_setfield(L, -2, "admit");
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
}
