/* Reading the plan of a core.laying. */
#include "block.h"
#include "laying_plan.h"

#include <string.h>

#define FIELDS_MAX 1024
#define NAME_MAX_N 65535

wdt_laying *wdt_laying_check(lua_State *L)
{
    return luaL_checkudata(L, 1, WDT_LAID_TYPE);
}

void wdt_laying_free(wdt_laying *o)
{
    for (unsigned i = 0; i < WDT_LAID_TABLES; i++) {
        wdt_laid_table *t = &o->tables[i];
        wdt_names_free(&t->names);
        wdt_block_free(o->alloc, o->ud, t->fields, t->fields_n * sizeof *t->fields);
        wdt_block_free(o->alloc, o->ud, t->cells, t->capacity * t->width * sizeof *t->cells);
        memset(t, 0, sizeof *t);
    }
    wdt_block_free(o->alloc, o->ud, o->bytes, o->bytes_size);
    wdt_block_free(o->alloc, o->ud, o->first, o->first_size * sizeof *o->first);
    wdt_block_free(o->alloc, o->ud, o->text, o->text_size);
    o->bytes = o->text = NULL;
    o->first = NULL;
    o->bytes_size = o->bytes_n = o->text_size = o->first_size = o->rows = 0;
}

/* Pushes a member of the table on the stack's top, by raw access. */
static void member_push(lua_State *L, const char *name)
{
    lua_pushstring(L, name);
    lua_rawget(L, -2);
}

/* Returns a whole number from `low` to `high` that is a member of the table on the stack's top;
 * `missing` where there is none. */
static int member_whole(lua_State *L, const char *name, int low, int high, int missing)
{
    int value = missing;
    member_push(L, name);
    if (!lua_isnil(L, -1)) {
        value = (int)wdt_args_whole(L, -1, name, high);
        if (value < low)
            wdt_misuse(L, name, -1, "a number in its range");
    }
    lua_pop(L, 1);
    return value;
}

static wdt_kind kind_read(lua_State *L, int i)
{
    static const char *const names[] = {"int", "decimal", "datetime", "boolean", "text"};
    const char *name = lua_type(L, i) == LUA_TSTRING ? lua_tostring(L, i) : "";
    for (int k = 0; k < 5; k++)
        if (strcmp(name, names[k]) == 0)
            return (wdt_kind)k;
    wdt_misuse(L, "kind", i, "int, decimal, datetime, boolean or text");
    return WDT_KIND_TEXT;
}

/* Reads `{ name, kind, column }` or `{ name, list = table }` on the stack's top, field i. */
static void field_read(lua_State *L, const wdt_laying *o, wdt_laid_table *t, size_t i)
{
    wdt_laid_field *field = &t->fields[i];
    const char *name;
    size_t n;
    if (!lua_istable(L, -1))
        wdt_misuse(L, "fields", -1, "a list of tables");
    field->column = field->list = -1;
    lua_rawgeti(L, -1, 1);
    if (lua_type(L, -1) != LUA_TSTRING || lua_rawlen(L, -1) == 0 || lua_rawlen(L, -1) > NAME_MAX_N)
        wdt_misuse(L, "fields", -1, "a name");
    name = lua_tolstring(L, -1, &n);
    if (wdt_names_add(&t->names, name, n, (int)i) == NULL)
        luaL_error(L, "not enough memory");
    if (t->names.n == i) /* it was there */
        wdt_misuse(L, "fields", -1, "names that differ");
    lua_pop(L, 1);
    field->list = member_whole(L, "list", 1, (int)o->tables_n, 0) - 1;
    lua_rawgeti(L, -1, 2);
    if (!lua_isnil(L, -1)) {
        field->kind = kind_read(L, -1);
        lua_rawgeti(L, -2, 3);
        field->column = (int)wdt_args_whole(L, -1, "column", (int64_t)t->width) - 1;
        lua_pop(L, 1);
        if (field->column < 0)
            wdt_misuse(L, "column", -1, "a place in the row");
    }
    lua_pop(L, 1);
}

/* Reads `{ width, own, fields }` on the stack's top. */
static void table_read(lua_State *L, wdt_laying *o, wdt_laid_table *t)
{
    size_t n;
    if (!lua_istable(L, -1))
        wdt_misuse(L, "tables", -1, "a list of tables");
    t->width = (unsigned)member_whole(L, "width", 1, 65535, 0);
    t->own = (unsigned)member_whole(L, "own", 1, (int)t->width, 0);
    if (t->width == 0 || t->own == 0)
        wdt_misuse(L, "tables", -1, "tables with a width and a key");
    member_push(L, "fields");
    if (!lua_istable(L, -1) || lua_rawlen(L, -1) > FIELDS_MAX)
        wdt_misuse(L, "fields", -1, "a list of at most 1024 fields");
    n = lua_rawlen(L, -1);
    t->names.alloc = o->alloc;
    t->names.ud = o->ud;
    if (n > 0) {
        t->fields = o->alloc(o->ud, NULL, 0, n * sizeof *t->fields);
        if (t->fields == NULL)
            luaL_error(L, "not enough memory");
        memset(t->fields, 0, n * sizeof *t->fields);
        t->fields_n = (unsigned)n;
    }
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, -1, (int)i + 1);
        field_read(L, o, t, i);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

/* Copies the text of a boolean. */
static void text_read(lua_State *L, const char *name, char *out, size_t size)
{
    member_push(L, name);
    if (lua_type(L, -1) != LUA_TSTRING || lua_rawlen(L, -1) >= size)
        wdt_misuse(L, name, -1, "a text of at most 7 bytes");
    memcpy(out, lua_tostring(L, -1), lua_rawlen(L, -1) + 1);
    lua_pop(L, 1);
}

/* Finds the place of the version among the fields of the first table. */
static void version_read(lua_State *L, wdt_laying *o)
{
    o->modified = -1;
    member_push(L, "modified");
    if (lua_type(L, -1) == LUA_TSTRING) {
        size_t n;
        const char *bytes = lua_tolstring(L, -1, &n);
        const wdt_name *name = wdt_names_find(&o->tables[0].names, bytes, n);
        if (name != NULL)
            o->modified = name->place;
    }
    lua_pop(L, 1);
}

void wdt_laying_read_plan(lua_State *L, wdt_laying *o)
{
    int width;
    lua_pushvalue(L, 1);
    text_read(L, "yes", o->yes, sizeof o->yes);
    text_read(L, "no", o->no, sizeof o->no);
    o->dialect.yes = o->yes;
    o->dialect.no = o->no;
    o->dialect.decimal.whole = (size_t)member_whole(L, "whole", 0, 1000, 0);
    o->dialect.decimal.places = (size_t)member_whole(L, "places", 0, 1000, 0);
    o->dialect.decimal.significant = (size_t)member_whole(L, "significant", 0, 1000, 0);
    member_push(L, "fractions");
    o->dialect.fractions = lua_toboolean(L, -1);
    lua_pop(L, 1);
    member_push(L, "any");
    o->takes_any = lua_toboolean(L, -1);
    lua_pop(L, 1);
    member_push(L, "tables");
    if (!lua_istable(L, -1) || lua_rawlen(L, -1) == 0 || lua_rawlen(L, -1) > WDT_LAID_TABLES)
        wdt_misuse(L, "tables", -1, "a list of 1 to 64 tables");
    o->tables_n = (unsigned)lua_rawlen(L, -1);
    for (unsigned i = 0; i < o->tables_n; i++) {
        lua_rawgeti(L, -1, (int)i + 1);
        table_read(L, o, &o->tables[i]);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    for (unsigned i = 0; i < o->tables_n; i++) /* a list's key is its parent's and a counter */
        for (unsigned k = 0; k < o->tables[i].fields_n; k++) {
            const int list = o->tables[i].fields[k].list;
            if (list >= 0 && ((unsigned)list <= i || o->tables[list].own != o->tables[i].own + 1))
                wdt_misuse(L, "tables", 1, "lists after their table, with one key more");
        }
    width = (int)o->tables[0].width;
    o->ids = o->tables[0].own - 1;
    o->version_at = member_whole(L, "version_at", 1, width, 0) - 1;
    o->read_at = member_whole(L, "read_at", 1, width, 0) - 1;
    o->document_at = member_whole(L, "document_at", 1, width, 0) - 1;
    if (o->ids == 0)
        wdt_misuse(L, "tables", 1, "a first table with an identity");
    version_read(L, o);
    lua_pop(L, 1);
}
