/* The tree of wanted fields: see fields.h. */
#include "wdt.h"

#include <string.h>

/* Checks a list of names and adds up what they need. */
static void measure(lua_State *L, int list, const char *parameter, int dotted, size_t *names, size_t *bytes)
{
    const size_t n = lua_rawlen(L, list);
    for (size_t i = 1; i <= n; i++) {
        const char *path;
        size_t length;
        lua_rawgeti(L, list, (int)i);
        if (lua_type(L, -1) != LUA_TSTRING)
            wdt_misuse(L, parameter, -1, "a list of strings");
        path = lua_tolstring(L, -1, &length);
        *names += 1;
        *bytes += length;
        if (length == 0 || path[0] == '.' || path[length - 1] == '.')
            wdt_misuse(L, parameter, -1, "a list of names without empty ones");
        for (size_t k = 0; dotted && k < length; k++) {
            if (path[k] != '.')
                continue;
            if (path[k + 1] == '.')
                wdt_misuse(L, parameter, -1, "a list of names without empty ones");
            *names += 1;
        }
        lua_pop(L, 1);
    }
}

static wdt_field *find(const wdt_fields *fields, const wdt_field *parent, const char *name, size_t n)
{
    for (unsigned i = parent->child; i != 0; i = fields->nodes[i].next) {
        wdt_field *node = &fields->nodes[i];
        if (node->name.n == n && memcmp(node->name.bytes, name, n) == 0)
            return node;
    }
    return NULL;
}

const wdt_field *wdt_fields_find(const wdt_fields *fields, const wdt_field *parent, const char *name, size_t n)
{
    return find(fields, parent, name, n);
}

/* The child of that name, made if need be. */
static wdt_field *child_of(wdt_fields *fields, wdt_field *parent, const char *name, size_t n, char **bytes)
{
    wdt_field *node = find(fields, parent, name, n);
    if (node == NULL) {
        node = &fields->nodes[fields->n];
        memcpy(*bytes, name, n);
        node->name.bytes = *bytes;
        node->name.n = n;
        node->want = WDT_SKIP;
        node->slot = -1;
        node->child = 0;
        node->next = parent->child;
        parent->child = fields->n++;
        *bytes += n;
    }
    return node;
}

static void add_path(wdt_fields *fields, const char *path, size_t n, char **bytes)
{
    wdt_field *node = &fields->nodes[0];
    const char *const end = path + n;
    while (path < end) {
        const char *dot = memchr(path, '.', (size_t)(end - path));
        const char *stop = dot != NULL ? dot : end;
        node = child_of(fields, node, path, (size_t)(stop - path), bytes);
        if (stop == end)
            node->want = WDT_WHOLE;
        else if (node->want == WDT_SKIP)
            node->want = WDT_SOME;
        path = stop + (stop < end);
    }
}

unsigned wdt_fields_read(lua_State *L, int fields, int keys, int keys_only, wdt_fields *out, wdt_alloc alloc, void *ud)
{
    const int has_fields = !lua_isnil(L, fields), has_keys = !lua_isnil(L, keys);
    const unsigned n_fields = has_fields ? (unsigned)lua_rawlen(L, fields) : 0;
    const unsigned n_keys = has_keys ? (unsigned)lua_rawlen(L, keys) : 0;
    size_t names = 1, bytes = 0;
    char *at;

    if (has_fields)
        measure(L, fields, "fields", 1, &names, &bytes);
    if (has_keys)
        measure(L, keys, "keys", 0, &names, &bytes);
    if (n_keys > WDT_KEYS_MAX)
        wdt_misuse(L, "keys", keys, "a list of at most 8 names");
    if (names > WDT_FIELDS_MAX)
        wdt_misuse(L, "fields", fields, "a list of at most 1024 names");
    out->size = names * sizeof *out->nodes + bytes;
    out->nodes = alloc(ud, NULL, 0, out->size);
    if (out->nodes == NULL)
        luaL_error(L, "not enough memory");
    at = (char *)(out->nodes + names);
    memset(out->nodes, 0, sizeof *out->nodes);
    out->nodes[0].want = keys_only ? WDT_SKIP : has_fields ? WDT_SOME : WDT_WHOLE;
    out->nodes[0].slot = -1;
    out->n = 1;
    for (unsigned i = 1; i <= n_fields; i++) {
        size_t n;
        const char *path;
        lua_rawgeti(L, fields, (int)i);
        path = lua_tolstring(L, -1, &n);
        add_path(out, path, n, &at);
        lua_pop(L, 1);
    }
    for (unsigned i = 1; i <= n_keys; i++) {
        size_t n;
        const char *name;
        wdt_field *node;
        lua_rawgeti(L, keys, (int)i);
        name = lua_tolstring(L, -1, &n);
        node = child_of(out, &out->nodes[0], name, n, &at);
        if (node->slot >= 0)
            wdt_misuse(L, "keys", -1, "a list of different names");
        node->slot = (int)i - 1;
        lua_pop(L, 1);
    }
    return n_keys;
}
