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
#include "core.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMATTER_TYPE "wdt.formatter"
#define COLUMNS_MAX    4096
#define NUMBER_MAX     340 /* bytes of a number: no %.0f below 2^63 and no %.17g has as many */

/* The stack of a call. */
enum { STACK_FORMATTER = 1, STACK_ROW, STACK_NAMES, STACK_MEMBERS, STACK_MEMBER };

/* A path of names, the first of which stands at index `first` of the table of names. */
typedef struct column {
    unsigned first, n;
    int is_inner; /* it begins with the list whose members are lines */
} column;

typedef struct formatter {
    wdt_alloc alloc;
    void *ud;
    char *text; /* owned: the lines that are being written */
    size_t size, n;
    unsigned explode; /* index of the list's name in the table of names; 0: there is none */
    unsigned columns_n;
    column columns[1]; /* columns_n of them; the table of names is the user value */
} formatter;

/* Makes room for n more bytes; raises when memory runs out. Returns where they go. */
static char *formatter_room(lua_State *L, formatter *f, size_t n)
{
    if (n > f->size - f->n) {
        size_t size = f->size < 4096 ? 4096 : f->size;
        char *text;
        while (n > size - f->n) {
            if (size > SIZE_MAX / 4)
                luaL_error(L, "not enough memory");
            size *= 2;
        }
        text = f->alloc(f->ud, f->text, f->size, size);
        if (text == NULL)
            luaL_error(L, "not enough memory");
        f->text = text;
        f->size = size;
    }
    return f->text + f->n;
}

/* Gives the buffer back; the formatter can go on and gets another. */
static void formatter_free(formatter *f)
{
    if (f->text != NULL)
        f->alloc(f->ud, f->text, f->size, 0);
    f->text = NULL;
    f->size = f->n = 0;
}

/* ---- cells ---- */

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

/* Adds a cell: in quotes where it holds what separates cells or lines. */
static void formatter_add_cell(lua_State *L, formatter *f, const char *p, size_t n)
{
    const int formula = cell_is_formula(p, n);
    char *out;
    size_t special = 0;
    while (special < n && p[special] != '"' && p[special] != ',' && p[special] != '\r' &&
           p[special] != '\n')
        special++;
    if (n > SIZE_MAX / 4)
        luaL_error(L, "not enough memory");
    out = formatter_room(L, f, special == n ? n + 1 : 2 * n + 3);
    if (special < n)
        *out++ = '"';
    if (formula)
        *out++ = '\'';
    memcpy(out, p, special);
    out += special;
    for (size_t i = special; i < n; i++) {
        if (p[i] == '"')
            *out++ = '"';
        *out++ = p[i];
    }
    if (special < n)
        *out++ = '"';
    f->n = (size_t)(out - f->text);
}

/* Writes the number at index i in the fewest digits that say it, as json.number does. */
static size_t number_write(lua_State *L, int i, char *out)
{
    const double value = (double)lua_tonumber(L, i);
    double same;
    int n = 0;
#if LUA_VERSION_NUM >= 503
    if (lua_isinteger(L, i))
        return (size_t)snprintf(out, NUMBER_MAX, "%lld", (long long)lua_tointeger(L, i));
#endif
    if (value == floor(value) && value > -9223372036854775808.0 && value < 9223372036854775808.0)
        return (size_t)snprintf(out, NUMBER_MAX, "%.0f", value);
    for (int digits = 14; digits <= 17; digits++) {
        n = snprintf(out, NUMBER_MAX, "%.*g", digits, value);
        same = strtod(out, NULL);
        if (same >= value && same <= value)
            break;
    }
    return (size_t)n;
}

/* Adds the value on the stack's top, and pops it. Returns 0, or -1 where only Lua can write it. */
static int formatter_add_value(lua_State *L, formatter *f)
{
    char number[NUMBER_MAX];
    const char *text = "";
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
    formatter_add_cell(L, f, text, n);
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
static int column_find(lua_State *L, const column *c, unsigned from)
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
static int formatter_add_line(lua_State *L, formatter *f)
{
    for (unsigned i = 0; i < f->columns_n; i++) {
        const column *c = &f->columns[i];
        if (i > 0) {
            *formatter_room(L, f, 1) = ',';
            f->n++;
        }
        lua_pushvalue(L, c->is_inner ? STACK_MEMBER : STACK_ROW);
        if (column_find(L, c, c->is_inner ? 1 : 0) != 0 || formatter_add_value(L, f) != 0)
            return -1;
    }
    memcpy(formatter_room(L, f, 2), "\r\n", 2);
    f->n += 2;
    return 0;
}

/* formatter:csv(row) -> its lines, each with its line end | nothing where a cell holds a table or
 * a column leads into a list: the caller then writes the row by itself */
static int formatter_csv(lua_State *L)
{
    formatter *f = luaL_checkudata(L, 1, FORMATTER_TYPE);
    int failed, lines = 0;
    if (!lua_istable(L, STACK_ROW))
        return wdt_misuse(L, "row", STACK_ROW, "a table");
    lua_settop(L, STACK_ROW);
    if (table_is_list(L, STACK_ROW))
        return 0;
    luaL_checkstack(L, 16, "wdt.formatter");
    lua_getiuservalue(L, STACK_FORMATTER, 1);
    if (f->explode != 0) {
        lua_rawgeti(L, STACK_NAMES, (int)f->explode);
        lua_rawget(L, STACK_ROW);
        lines = lua_istable(L, STACK_MEMBERS) && table_is_list(L, STACK_MEMBERS);
    } else {
        lua_pushnil(L);
    }
    f->n = 0;
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
    if (failed == 0)
        lua_pushlstring(L, f->text, f->n);
    if (f->size > WDT_BUFFER_KEEP)
        formatter_free(f);
    return failed == 0;
}

/* ---- life ---- */

/* formatter:__gc */
static int formatter_collect(lua_State *L)
{
    formatter_free(luaL_checkudata(L, 1, FORMATTER_TYPE));
    return 0;
}

/* Takes the names of the column on the stack's top; they go into the table at index `names`, of
 * which *n are taken. */
static void column_read(lua_State *L, column *c, int names, unsigned *n)
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

/* core.formatter(columns [, explode]) -> formatter
 * `columns`: lists of the names that lead to a value, e.g. { {"order_no"}, {"goods", "sku"} };
 * `explode`: the name of a list in the row whose members are lines of their own. */
int wdt_formatter_new(lua_State *L)
{
    size_t n;
    unsigned used = 0;
    formatter *f;
    if (!lua_istable(L, 1) || lua_rawlen(L, 1) == 0 || lua_rawlen(L, 1) > COLUMNS_MAX)
        return wdt_misuse(L, "columns", 1, "a list of 1 to 4096 columns");
    if (!lua_isnoneornil(L, 2) && lua_type(L, 2) != LUA_TSTRING)
        return wdt_misuse(L, "explode", 2, "a string");
    lua_settop(L, 2);
    n = lua_rawlen(L, 1);
    f = lua_newuserdatauv(L, sizeof *f + n * sizeof *f->columns, 1);
    memset(f, 0, sizeof *f);
    f->alloc = lua_getallocf(L, &f->ud);
    luaL_getmetatable(L, FORMATTER_TYPE);
    lua_setmetatable(L, 3);
    lua_newtable(L);
    if (!lua_isnil(L, 2)) {
        lua_pushvalue(L, 2);
        lua_rawseti(L, 4, (int)++used);
        f->explode = used;
    }
    for (size_t i = 0; i < n; i++) {
        column *c = &f->columns[i];
        lua_rawgeti(L, 1, (int)i + 1);
        column_read(L, c, 4, &used);
        lua_rawgeti(L, -1, 1);
        c->is_inner = c->n > 1 && lua_rawequal(L, -1, 2);
        lua_pop(L, 2);
    }
    f->columns_n = (unsigned)n;
    lua_setiuservalue(L, 3, 1);
    return 1;
}

/* Registers the metatable, which Lua cannot reach. */
void wdt_formatter_register(lua_State *L)
{
    luaL_newmetatable(L, FORMATTER_TYPE);
    lua_pushcfunction(L, formatter_collect);
    lua_setfield(L, -2, "__gc");
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, formatter_csv);
    lua_setfield(L, -2, "csv");
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
}
