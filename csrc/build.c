/* One contiguous piece of JSON to one Lua value: see wdt.h.
 *
 * The reader has made sure of a piece's brackets and closed strings, so the functions here stop at its end without counting
 * bytes; a fault before that end is found by the grammar, and the zeros behind the buffer stop a string. */
#include "wdt.h"

#include <string.h>

static const char *fail(wdt_build *b, const char *at, const char *what)
{
    b->flaw.at = at;
    b->flaw.what = what;
    return NULL;
}

static const char *skip_space(const char *p)
{
    while (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')
        p++;
    return p;
}

char *wdt_build_scratch(wdt_build *b, size_t n)
{
    if (n > *b->scratch_size) {
        const size_t size = n < 4096 ? 4096 : n;
        char *scratch = b->alloc(b->ud, *b->scratch, *b->scratch_size, size);
        if (scratch == NULL)
            luaL_error(b->L, "not enough memory");
        *b->scratch = scratch;
        *b->scratch_size = size;
    }
    return *b->scratch;
}

/* ---- scalars ---- */

/* Takes the escapes out of a string, into the scratch buffer. */
static int unescape(wdt_build *b, wdt_string *string)
{
    char *out, *end;
    if (!string->escaped)
        return 0;
    out = wdt_build_scratch(b, string->n);
    end = wdt_string_decode(string, out, &b->flaw);
    if (end == NULL)
        return -1;
    string->bytes = out;
    string->n = (size_t)(end - out);
    return 0;
}

static const char *build_string(wdt_build *b, const char *p)
{
    wdt_string string;
    p = wdt_string_read(p + 1, &string, &b->flaw);
    if (p == NULL || unescape(b, &string) != 0)
        return NULL;
    lua_pushlstring(b->L, string.bytes, string.n);
    return p;
}

static const char *build_number(wdt_build *b, const char *p)
{
    wdt_number number;
    switch (wdt_number_read(p, &number)) {
    case WDT_NUMBER_FLAW:
        return fail(b, p, "a number is malformed");
    case WDT_NUMBER_REAL:
        lua_pushnumber(b->L, (lua_Number)number.real);
        return number.end;
    case WDT_NUMBER_INTEGER:
        if (wdt_pushint64(b->L, number.integer))
            return number.end;
        break;
    default:
        break;
    }
    lua_pushlstring(b->L, p, (size_t)(number.end - p));
    return number.end;
}

static const char *build_scalar(wdt_build *b, const char *p)
{
    switch (*p) {
    case '"':
        return build_string(b, p);
    case 't':
        if (memcmp(p, "true", 4) != 0)
            break;
        lua_pushboolean(b->L, 1);
        return p + 4;
    case 'f':
        if (memcmp(p, "false", 5) != 0)
            break;
        lua_pushboolean(b->L, 0);
        return p + 5;
    case 'n':
        if (memcmp(p, "null", 4) != 0)
            break;
        lua_pushlightuserdata(b->L, NULL);
        return p + 4;
    case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
        return build_number(b, p);
    default:
        break;
    }
    return fail(b, p, "a value was expected");
}

/* ---- containers ---- */

/* Three slots a level are used; the room grows with the nesting only. */
static int have_room(wdt_build *b, const char *p)
{
    if (lua_checkstack(b->L, 8))
        return 1;
    fail(b, p, "the Lua stack has no room for so deep a value");
    return 0;
}

/* Reads `"name" :` at p. Returns where the value begins. An escaped name stands in the scratch buffer until the next string. */
static const char *read_name(wdt_build *b, const char *p, wdt_string *name)
{
    if (*p != '"')
        return fail(b, p, "a key was expected");
    p = wdt_string_read(p + 1, name, &b->flaw);
    if (p == NULL || unescape(b, name) != 0)
        return NULL;
    p = skip_space(p);
    if (*p != ':')
        return fail(b, p, "a colon was expected");
    return skip_space(p + 1);
}

/* Behind a value in a container. Returns where the next one begins; behind the closing bracket, with *more = 0. */
static const char *next_item(wdt_build *b, const char *p, char close, int *more)
{
    p = skip_space(p);
    *more = *p == ',';
    if (*more)
        return skip_space(p + 1);
    if (*p == close)
        return p + 1;
    return fail(b, p, close == '}' ? "a comma or a brace was expected" : "a comma or a bracket was expected");
}

/* Behind an opening bracket: where the first item begins, or behind the closing bracket, with *more = 0. */
static const char *first_item(const char *p, char close, int *more)
{
    p = skip_space(p);
    *more = *p != close;
    return p + !*more;
}

static const char *build_value(wdt_build *b, const char *p);
static const char *project_value(wdt_build *b, const char *p, const wdt_field *node);

/* Key and value are on the stack: into the table below them. A null is what the caller wants it to be; an absent one also
 * takes away what the same key held before, because the last of two equal keys counts. */
static void set_member(wdt_build *b, int is_null)
{
    lua_State *L = b->L;
    if (is_null) {
        lua_pop(L, 1);
        if (b->null != 0) {
            lua_pushvalue(L, b->null);
        } else {
            lua_pushvalue(L, -1);
            lua_rawget(L, -3);
            if (lua_isnil(L, -1)) { /* a new key with nil might cost a slot of the table */
                lua_pop(L, 2);
                return;
            }
            lua_pop(L, 1);
            lua_pushnil(L);
        }
    }
    lua_rawset(L, -3);
}

static const char *build_object(wdt_build *b, const char *p)
{
    int more;
    if (!have_room(b, p))
        return NULL;
    lua_newtable(b->L);
    p = first_item(p + 1, '}', &more);
    while (more) {
        wdt_string name;
        const char *value = read_name(b, p, &name);
        if (value == NULL)
            return NULL;
        lua_pushlstring(b->L, name.bytes, name.n);
        p = build_value(b, value);
        if (p == NULL)
            return NULL;
        set_member(b, *value == 'n');
        p = next_item(b, p, '}', &more);
        if (p == NULL)
            return NULL;
    }
    return p;
}

/* The items of an array: each whole, or what `node` wants of it. */
static const char *build_array(wdt_build *b, const char *p, const wdt_field *node)
{
    int more, n = 0;
    if (!have_room(b, p))
        return NULL;
    lua_newtable(b->L);
    lua_pushvalue(b->L, b->array_mt);
    lua_setmetatable(b->L, -2);
    p = first_item(p + 1, ']', &more);
    while (more) {
        p = node != NULL ? project_value(b, p, node) : build_value(b, p);
        if (p == NULL)
            return NULL;
        lua_rawseti(b->L, -2, ++n);
        p = next_item(b, p, ']', &more);
        if (p == NULL)
            return NULL;
    }
    return p;
}

static const char *build_value(wdt_build *b, const char *p)
{
    switch (*p) {
    case '{':
        return build_object(b, p);
    case '[':
        return build_array(b, p, NULL);
    default:
        return build_scalar(b, p);
    }
}

/* ---- only some fields ---- */

/* Passes over a value nobody wants: its string is closed or its brackets match, and that is all that is looked at. */
static const char *skip_value(wdt_build *b, const char *p)
{
    const char *const end = b->piece.bytes + b->piece.n;
    wdt_scan scan;
    size_t used;
    if (wdt_scan_begin(&scan, *p, 0, WDT_DEPTH_MAX) != 0 || wdt_scan_run(&scan, p, (size_t)(end - p), &used) != WDT_SCAN_END)
        return fail(b, p, "a value was expected");
    return p + used;
}

/* The value of a row's member goes into its slot if it is a scalar other than null. It is on the top of the stack. */
static void fill_slot(wdt_build *b, int slot, char first)
{
    if (first == '{' || first == '[' || first == 'n')
        lua_pushnil(b->L);
    else
        lua_pushvalue(b->L, -1);
    lua_replace(b->L, b->slots + slot);
}

/* What `node` wants of an object. */
static const char *project_object(wdt_build *b, const char *p, const wdt_field *node)
{
    int more;
    if (!have_room(b, p))
        return NULL;
    lua_newtable(b->L);
    p = first_item(p + 1, '}', &more);
    while (more) {
        wdt_string name;
        const char *value = read_name(b, p, &name);
        const wdt_field *child;
        if (value == NULL)
            return NULL;
        child = wdt_fields_find(b->fields, node, name.bytes, name.n);
        if (node->want != WDT_WHOLE && (child == NULL || (child->want == WDT_SKIP && child->slot < 0))) {
            p = skip_value(b, value);
        } else {
            const int wanted = node->want == WDT_WHOLE || child->want != WDT_SKIP;
            lua_pushlstring(b->L, name.bytes, name.n);
            if (node->want == WDT_WHOLE || child->want == WDT_WHOLE)
                p = build_value(b, value);
            else if (child->want == WDT_SOME)
                p = project_value(b, value, child);
            else if (*value == '{' || *value == '[') {
                p = skip_value(b, value);
                lua_pushnil(b->L);
            } else
                p = build_scalar(b, value);
            if (p == NULL)
                return NULL;
            if (child != NULL && child->slot >= 0)
                fill_slot(b, child->slot, *value);
            if (wanted)
                set_member(b, *value == 'n');
            else
                lua_pop(b->L, 2);
        }
        if (p == NULL)
            return NULL;
        p = next_item(b, p, '}', &more);
        if (p == NULL)
            return NULL;
    }
    return p;
}

/* What `node` wants of a value: lists are gone through, and a scalar where an object was expected stays as it is. */
static const char *project_value(wdt_build *b, const char *p, const wdt_field *node)
{
    if (*p == '{')
        return project_object(b, p, node);
    if (*p == '[')
        return build_array(b, p, node);
    return build_scalar(b, p);
}

/* ---- pieces ---- */

/* A piece that is one token can be longer than its value: 12x, nullnull. */
static int close_piece(wdt_build *b, const char *p)
{
    if (p == NULL)
        return -1;
    if (p != b->piece.bytes + b->piece.n) {
        fail(b, p, "a comma or a closing bracket was expected");
        return -1;
    }
    return 0;
}

int wdt_build_is_null(const wdt_build *b)
{
    return *b->piece.bytes == 'n';
}

int wdt_build_key(wdt_build *b)
{
    return close_piece(b, build_string(b, b->piece.bytes));
}

int wdt_build_value(wdt_build *b)
{
    return close_piece(b, build_value(b, b->piece.bytes));
}

int wdt_build_row(wdt_build *b)
{
    const wdt_field *root = &b->fields->nodes[0];
    if (*b->piece.bytes == '{' && (root->want != WDT_WHOLE || root->child != 0))
        return close_piece(b, project_object(b, b->piece.bytes, root));
    if (*b->piece.bytes == '[' && root->want != WDT_WHOLE)
        return close_piece(b, build_array(b, b->piece.bytes, root));
    return wdt_build_value(b);
}

int wdt_build_keys(wdt_build *b)
{
    if (b->fields->nodes[0].child == 0 || *b->piece.bytes != '{')
        return 0;
    if (close_piece(b, project_object(b, b->piece.bytes, &b->fields->nodes[0])) != 0)
        return -1;
    lua_pop(b->L, 1);
    return 0;
}

/* Copies the bytes of a piece that are not whitespace between tokens. */
static size_t compact(const wdt_span *piece, char *out)
{
    const char *p = piece->bytes, *const end = p + piece->n;
    char *o = out;
    int in_string = 0;
    while (p < end) {
        const char c = *p++;
        if (!in_string && (c == ' ' || c == '\n' || c == '\r' || c == '\t'))
            continue;
        *o++ = c;
        if (c == '"')
            in_string = !in_string;
        else if (c == '\\' && p < end)
            *o++ = *p++;
    }
    return (size_t)(o - out);
}

/* A raw control character is never right: between tokens it is no whitespace, in a string it must be escaped. */
static int check_raw(wdt_build *b, const char *out, size_t n)
{
    const char *const end = b->piece.bytes + b->piece.n, *bad = wdt_utf8_check(b->piece.bytes, end);
    if (bad != end) {
        fail(b, bad, "a string is not UTF-8");
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)out[i] < 0x20) {
            fail(b, b->piece.bytes, "a control character stands unescaped in a row");
            return -1;
        }
    }
    return 0;
}

int wdt_build_raw(wdt_build *b)
{
    const char first = *b->piece.bytes;
    char *out;
    size_t n;
    if (first != '{' && first != '[') { /* a scalar is soon checked in full */
        if (wdt_build_value(b) != 0)
            return -1;
        lua_pop(b->L, 1);
        lua_pushlstring(b->L, b->piece.bytes, b->piece.n);
        return 0;
    }
    out = wdt_build_scratch(b, b->piece.n);
    n = compact(&b->piece, out);
    if (check_raw(b, out, n) != 0)
        return -1;
    lua_pushlstring(b->L, out, n);
    return 0;
}
