/* Reading the plan of a core.laying, and finding fields in it. Rows of a list have their fields in
 * the same order mostly, so that each field remembers which one came after it; a hash table finds
 * the others. */
#include "laying_plan.h"

#include <string.h>

#define FIELDS_MAX 1024
#define NAME_MAX_N 65535

void *wdt_laying_grow(lua_State *L, wdt_laying *o, void *block, size_t *size, size_t n, size_t item)
{
    size_t fresh = *size < 16 ? 16 : *size;
    void *grown;
    if (n <= *size)
        return block;
    while (fresh < n) {
        if (fresh > SIZE_MAX / 4 / item)
            luaL_error(L, "not enough memory");
        fresh *= 2;
    }
    grown = o->alloc(o->ud, block, *size * item, fresh * item);
    if (grown == NULL)
        luaL_error(L, "not enough memory");
    *size = fresh;
    return grown;
}

static void block_free(wdt_laying *o, void *block, size_t size)
{
    if (block != NULL)
        o->alloc(o->ud, block, size, 0);
}

void wdt_laying_free(wdt_laying *o)
{
    for (unsigned i = 0; i < WDT_LAID_TABLES; i++) {
        wdt_laid_table *t = &o->tables[i];
        for (unsigned k = 0; t->fields != NULL && k < t->fields_n; k++)
            block_free(o, t->fields[k].name, t->fields[k].n);
        block_free(o, t->fields, t->fields_n * sizeof *t->fields);
        block_free(o, t->slots, t->slots_n * sizeof *t->slots);
        block_free(o, t->cells, t->capacity * t->width * sizeof *t->cells);
        memset(t, 0, sizeof *t);
    }
    block_free(o, o->bytes, o->bytes_size);
    block_free(o, o->first, o->first_size * sizeof *o->first);
    block_free(o, o->text, o->text_size);
    o->bytes = o->text = NULL;
    o->first = NULL;
    o->bytes_size = o->bytes_n = o->text_size = o->first_size = o->rows = 0;
}

/* ---- finding ---- */

/* FNV-1a. */
static unsigned name_hash(const char *name, size_t n)
{
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ (unsigned char)name[i]) * 16777619U;
    return hash;
}

static int has_name(const wdt_laid_field *field, const char *name, size_t n)
{
    return field->n == n && memcmp(field->name, name, n) == 0;
}

/* Returns the slot of a name: that of its field, or the free one where it would go. */
static unsigned *name_slot(const wdt_laid_table *t, const char *name, size_t n)
{
    unsigned i = name_hash(name, n) & (t->slots_n - 1);
    while (t->slots[i] != 0 && !has_name(&t->fields[t->slots[i] - 1], name, n))
        i = (i + 1) & (t->slots_n - 1);
    return &t->slots[i];
}

wdt_laid_field *wdt_laying_find(wdt_laid_table *t, const char *name, size_t n)
{
    wdt_laid_field *field;
    unsigned found;
    if (t->fields_n == 0)
        return NULL;
    field = &t->fields[t->follow < t->fields_n ? t->fields[t->follow].follower : 0];
    if (!has_name(field, name, n)) {
        found = *name_slot(t, name, n);
        if (found == 0)
            return NULL;
        field = &t->fields[found - 1];
        if (t->follow < t->fields_n)
            t->fields[t->follow].follower = found - 1;
    }
    t->follow = (unsigned)(field - t->fields);
    return field;
}

/* ---- reading ---- */

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

/* Reads `{ name, kind, column }` or `{ name, list = table }` on the stack's top. */
static void field_read(lua_State *L, wdt_laying *o, wdt_laid_table *t, wdt_laid_field *field)
{
    const char *name;
    size_t n;
    unsigned *slot;
    if (!lua_istable(L, -1))
        wdt_misuse(L, "fields", -1, "a list of tables");
    field->column = field->list = -1;
    lua_rawgeti(L, -1, 1);
    if (lua_type(L, -1) != LUA_TSTRING || lua_rawlen(L, -1) == 0 || lua_rawlen(L, -1) > NAME_MAX_N)
        wdt_misuse(L, "fields", -1, "a name");
    name = lua_tolstring(L, -1, &n);
    field->name = o->alloc(o->ud, NULL, 0, n);
    if (field->name == NULL)
        luaL_error(L, "not enough memory");
    field->n = n;
    memcpy(field->name, name, n);
    slot = name_slot(t, name, n);
    if (*slot != 0)
        wdt_misuse(L, "fields", -1, "names that differ");
    *slot = (unsigned)(field - t->fields) + 1;
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
    size_t n, slots = 16;
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
    while (slots < 2 * n)
        slots *= 2;
    t->slots = o->alloc(o->ud, NULL, 0, slots * sizeof *t->slots);
    if (t->slots == NULL)
        luaL_error(L, "not enough memory");
    t->slots_n = (unsigned)slots;
    memset(t->slots, 0, slots * sizeof *t->slots);
    if (n > 0) {
        t->fields = o->alloc(o->ud, NULL, 0, n * sizeof *t->fields);
        if (t->fields == NULL)
            luaL_error(L, "not enough memory");
        memset(t->fields, 0, n * sizeof *t->fields);
        t->fields_n = (unsigned)n;
    }
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, -1, (int)i + 1);
        field_read(L, o, t, &t->fields[i]);
        t->fields[i].follower = (unsigned)(i + 1 < n ? i + 1 : 0);
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
    wdt_laid_field *field = NULL;
    size_t n;
    o->modified = -1;
    member_push(L, "modified");
    if (lua_type(L, -1) == LUA_TSTRING) {
        const char *name = lua_tolstring(L, -1, &n);
        field = wdt_laying_find(&o->tables[0], name, n);
    }
    if (field != NULL)
        o->modified = (int)(field - o->tables[0].fields);
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
