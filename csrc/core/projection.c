/* Builds the tree of names (projection.h) from the options of a decoder: first everything is
 * checked and measured, then one block of memory is filled in, so that misuse leaves nothing over.
 *
 *     fields = { "id", "goods.no" }   row (some) -- id (whole)
 *                                               \- goods (some) -- no (whole)
 *
 * A name is found by a hash of its parent's index and its bytes, in the table of buckets that
 * stands after the nodes in that block. */
#include "core.h"

#include <string.h>

/* Room that the options need: nodes, and bytes for their names. */
typedef struct need {
    size_t names, bytes;
} need;

/* State of filling in: the tree, and where the next name's bytes go: after the nodes, in the one
 * block that `fields` owns. */
typedef struct filling {
    wdt_projection *fields;
    char *bytes;
} filling;

/* ---- checking and measuring ---- */

/* Checks a list of names and adds up what they need. */
static void list_measure(lua_State *L, int list, const char *parameter, int dotted, need *sum)
{
    const size_t n = lua_isnil(L, list) ? 0 : lua_rawlen(L, list);
    for (size_t i = 1; i <= n; i++) {
        const char *path;
        size_t length;
        lua_rawgeti(L, list, (int)i);
        if (lua_type(L, -1) != LUA_TSTRING)
            wdt_misuse(L, parameter, -1, "a list of strings");
        path = lua_tolstring(L, -1, &length);
        sum->names++;
        sum->bytes += length;
        if (length == 0 || path[0] == '.' || path[length - 1] == '.')
            wdt_misuse(L, parameter, -1, "a list of names without empty ones");
        for (size_t k = 0; dotted && k < length; k++) {
            if (path[k] != '.')
                continue;
            if (path[k + 1] == '.')
                wdt_misuse(L, parameter, -1, "a list of names without empty ones");
            sum->names++;
        }
        lua_pop(L, 1);
    }
}

/* The type of that name; a table stands for a list. */
static wdt_type type_read(lua_State *L, int i)
{
    static const struct {
        const char *name;
        wdt_type type;
    } types[] = {{"any", WDT_TYPE_ANY},          {"text", WDT_TYPE_TEXT},
                 {"decimal", WDT_TYPE_DECIMAL},  {"boolean", WDT_TYPE_BOOLEAN},
                 {"list", WDT_TYPE_LIST},        {"int", WDT_TYPE_INT},
                 {"number", WDT_TYPE_NUMBER},    {"scaled", WDT_TYPE_SCALED},
                 {"datetime", WDT_TYPE_DATETIME}};
    const char *name = lua_type(L, i) == LUA_TSTRING ? lua_tostring(L, i) : "";
    if (lua_istable(L, i))
        return WDT_TYPE_LIST;
    for (size_t k = 0; k < sizeof types / sizeof *types; k++)
        if (strcmp(types[k].name, name) == 0)
            return types[k].type;
    return WDT_TYPE_UNKNOWN;
}

/* Checks the table of types at stack index `table` and adds up the room that it needs. Tables
 * deeper than WDT_PATH_MAX are refused, which also ends one that contains itself. */
static void types_measure(lua_State *L, int table, unsigned depth, need *sum)
{
    luaL_checkstack(L, 4, "types");
    lua_pushnil(L);
    while (lua_next(L, table)) {
        size_t length = 0;
        if (lua_type(L, -2) == LUA_TSTRING)
            lua_tolstring(L, -2, &length);
        if (length == 0 || type_read(L, -1) == WDT_TYPE_UNKNOWN || depth == WDT_PATH_MAX)
            wdt_misuse(L, "types", length == 0 ? -2 : -1,
                       "a table from names to types, or to such tables, at most 8 deep");
        sum->names++;
        sum->bytes += length;
        if (lua_istable(L, -1))
            types_measure(L, lua_gettop(L), depth + 1, sum);
        lua_pop(L, 1);
    }
}

/* ---- the tree ---- */

/* Returns the bucket for a name among the children of `parent`: FNV-1a of both. */
static unsigned *bucket_find(const wdt_projection *fields, unsigned parent, const char *name,
                             size_t n)
{
    uint32_t hash = 2166136261u ^ parent; /* FNV-1a */
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ (unsigned char)name[i]) * 16777619u;
    return &fields->buckets[(hash ^ hash >> 15) & fields->last_bucket];
}

/* Returns the child of `parent` with this name in a bucket's chain, or NULL. */
static wdt_field *field_find(const wdt_projection *fields, unsigned bucket, unsigned parent,
                             const char *name, size_t n)
{
    for (unsigned i = bucket; i != 0; i = fields->nodes[i].chain) {
        wdt_field *node = &fields->nodes[i];
        if (node->parent == parent && node->name.n == n && memcmp(node->name.bytes, name, n) == 0)
            return node;
    }
    return NULL;
}

const wdt_field *wdt_projection_find(const wdt_projection *fields, const wdt_field *parent,
                                     const char *name, size_t n)
{
    const unsigned index = (unsigned)(parent - fields->nodes);
    return field_find(fields, *bucket_find(fields, index, name, n), index, name, n);
}

/* The child of that name, made if need be. */
static wdt_field *field_child(filling *f, wdt_field *parent, const char *name, size_t n)
{
    wdt_projection *fields = f->fields;
    const unsigned index = (unsigned)(parent - fields->nodes);
    unsigned *bucket = bucket_find(fields, index, name, n);
    wdt_field *node = field_find(fields, *bucket, index, name, n);
    if (node == NULL) {
        node = &fields->nodes[fields->n];
        memcpy(f->bytes, name, n);
        memset(node, 0, sizeof *node);
        node->name.bytes = f->bytes;
        node->name.n = n;
        node->slot = -1;
        node->parent = index;
        node->next = parent->child;
        node->chain = *bucket;
        parent->child = *bucket = fields->n++;
        f->bytes += n;
    }
    return node;
}

/* The node at the end of a path; those on the way are wanted in part, if `wanted`. */
static wdt_field *filling_add_path(filling *f, const char *path, size_t n, int wanted)
{
    wdt_field *node = &f->fields->nodes[0];
    const char *const end = path + n;
    while (path < end) {
        const char *dot = memchr(path, '.', (size_t)(end - path));
        const char *stop = dot != NULL ? dot : end;
        node = field_child(f, node, path, (size_t)(stop - path));
        if (wanted && stop < end && node->want == WDT_WANT_SKIP)
            node->want = WDT_WANT_SOME;
        path = stop + (stop < end);
    }
    return node;
}

/* Adds each path of a list: masked, or else wanted whole. Every list was checked before. */
static void filling_add_paths(lua_State *L, filling *f, int list, int masked)
{
    const unsigned n = lua_isnil(L, list) ? 0 : (unsigned)lua_rawlen(L, list);
    for (unsigned i = 1; i <= n; i++) {
        size_t length;
        const char *path;
        wdt_field *node;
        lua_rawgeti(L, list, (int)i);
        path = lua_tolstring(L, -1, &length);
        node = filling_add_path(f, path, length, !masked);
        if (masked)
            node->masked = WDT_MASK_MODE_WHOLE;
        else
            node->want = WDT_WANT_WHOLE;
        lua_pop(L, 1);
    }
}

/* Gives each of `keys` the next slot, in the order in which they were given. */
static void filling_add_keys(lua_State *L, filling *f, int keys)
{
    const unsigned n = lua_isnil(L, keys) ? 0 : (unsigned)lua_rawlen(L, keys);
    for (unsigned i = 1; i <= n; i++) {
        size_t length;
        const char *name;
        wdt_field *node;
        lua_rawgeti(L, keys, (int)i);
        name = lua_tolstring(L, -1, &length);
        node = field_child(f, &f->fields->nodes[0], name, length);
        if (node->slot >= 0)
            wdt_misuse(L, "keys", -1, "a list of different names");
        node->slot = (int)f->fields->slots++;
        lua_pop(L, 1);
    }
}

/* The clock shares the slot of a key, or has the one that the time takes in the end. */
static void filling_add_clock(lua_State *L, filling *f, int clock)
{
    size_t length;
    const char *name = lua_tolstring(L, clock, &length);
    wdt_field *node = field_child(f, &f->fields->nodes[0], name, length);
    if (node->slot < 0)
        node->slot = 0;
    f->fields->clock = node->slot;
}

/* Adds the names of a schema and their types. A name of the schema alone is wanted only where
 * everything is. */
static void filling_add_types(lua_State *L, filling *f, int table, wdt_field *parent)
{
    parent->is_record = 1;
    lua_pushnil(L);
    while (lua_next(L, table)) {
        size_t length;
        const char *name = lua_tolstring(L, -2, &length);
        wdt_field *node = field_child(f, parent, name, length);
        node->type = type_read(L, -1);
        if (lua_istable(L, -1))
            filling_add_types(L, f, lua_gettop(L), node);
        lua_pop(L, 1);
    }
}

/* Makes each node complete: all that a wanted value contains is wanted, and a masked member marks
 * its parents. A parent always stands before its children. */
static void projection_settle(wdt_projection *fields)
{
    for (unsigned i = 0; i < fields->n; i++) {
        wdt_field *node = &fields->nodes[i];
        for (unsigned k = node->child; k != 0; k = fields->nodes[k].next) {
            wdt_field *child = &fields->nodes[k];
            if (node->want == WDT_WANT_WHOLE)
                child->want = WDT_WANT_WHOLE;
            node->expected += child->type != WDT_TYPE_UNKNOWN && child->want != WDT_WANT_SKIP;
        }
    }
    for (unsigned i = fields->n; i-- > 1;) {
        wdt_field *parent = &fields->nodes[fields->nodes[i].parent];
        if (fields->nodes[i].masked != WDT_MASK_MODE_NONE && parent->masked == WDT_MASK_MODE_NONE)
            parent->masked = WDT_MASK_MODE_CHILDREN;
    }
}

/* Measures first, so that one allocation serves and misuse raises before there is anything to give
 * back. */
void wdt_projection_read(lua_State *L, const wdt_projection_options *options, wdt_projection *out,
                         wdt_alloc alloc, void *ud)
{
    const int has_clock = !lua_isnil(L, options->clock);
    need sum = {1, 0};
    filling f = {out, NULL};
    size_t buckets = 1;

    list_measure(L, options->fields, "fields", 1, &sum);
    list_measure(L, options->keys, "keys", 0, &sum);
    list_measure(L, options->mask, "mask", 1, &sum);
    if (!lua_isnil(L, options->types))
        types_measure(L, options->types, 1, &sum);
    if (!lua_isnil(L, options->keys) && lua_rawlen(L, options->keys) > WDT_KEYS_MAX)
        wdt_misuse(L, "keys", options->keys, "a list of at most 8 names");
    if (has_clock &&
        (lua_type(L, options->clock) != LUA_TSTRING || lua_rawlen(L, options->clock) == 0))
        wdt_misuse(L, "clock", options->clock, "a name that is not empty");
    sum.names += (size_t)has_clock;
    sum.bytes += has_clock ? lua_rawlen(L, options->clock) : 0;
    if (sum.names > WDT_PROJECTION_MAX)
        wdt_misuse(L, "fields", options->fields, "a list of at most 1024 names");
    while (buckets < sum.names)
        buckets *= 2;
    out->size = sum.names * sizeof *out->nodes + buckets * sizeof *out->buckets + sum.bytes;
    out->nodes = alloc(ud, NULL, 0, out->size);
    if (out->nodes == NULL)
        luaL_error(L, "not enough memory");
    memset(out->nodes, 0, out->size);
    out->buckets = (unsigned *)(out->nodes + sum.names);
    out->last_bucket = (unsigned)buckets - 1;
    f.bytes = (char *)(out->buckets + buckets);
    out->nodes[0].want = options->keys_only              ? WDT_WANT_SKIP
                         : lua_isnil(L, options->fields) ? WDT_WANT_WHOLE
                                                         : WDT_WANT_SOME;
    out->nodes[0].slot = -1;
    out->n = 1;
    filling_add_paths(L, &f, options->fields, 0);
    out->slots = (unsigned)has_clock;
    out->clock = -1;
    filling_add_keys(L, &f, options->keys);
    if (has_clock)
        filling_add_clock(L, &f, options->clock);
    filling_add_paths(L, &f, options->mask, 1);
    if (!lua_isnil(L, options->types))
        filling_add_types(L, &f, options->types, &out->nodes[0]);
    projection_settle(out);
}
