/* The values of members that a schema gives a type, and of those that are masked.
 *
 *     "types": int       "7"                    ->  7
 *     "types": scaled    "1.5"                  ->  15000, units of 1/10000
 *     "types": datetime  "2024-01-02 03:04:05"  ->  epoch seconds, or what the user's function
 * makes "mask"             "13812345678"          ->  "mask-" and 32 hex digits
 *
 * A value that is not of its type is delivered as it would be without one, and counted. Nothing
 * here is ever a flaw that is not one without a type. */
#include "value_parts.h"

#include <string.h>

/* Counts a value that is not of its type. Only names are remembered, never the value. */
static void value_note_misfit(wdt_value *b, const wdt_field *field)
{
    const wdt_field *object = &b->fields->nodes[field->parent];
    wdt_deviations_add(b->deviations, WDT_DEVIATION_RETYPED, b->fields, object, field->name.bytes,
                       field->name.n);
}

/* Pushes the value for "there is nothing here": the caller's null, or nil, which leaves the member
 * out of its table. */
static void value_push_nothing(wdt_value *b)
{
    if (b->null != 0)
        lua_pushvalue(b->L, b->null);
    else
        lua_pushnil(b->L);
}

/* ---- converted values ---- */

/* Pushes what the user's function makes of a time: the one place where Lua of his runs inside. It
 * finds the decoder busy, and cannot yield. 0, or -1 when it raises; that is kept in its place. */
static int value_push_time(wdt_value *b, int64_t epoch, const char *text, size_t n)
{
    lua_State *L = b->L;
    lua_pushvalue(L, b->datetime);
    wdt_pushint64(L, epoch); /* no time is too large */
    lua_pushlstring(L, text, n);
    if (lua_pcall(L, 2, 1, 0) == 0)
        return 0;
    lua_replace(L, b->datetime);
    b->raised = 1;
    return -1;
}

/* Pushes a value that fits, whose text is the n bytes at `text`. 1; 0 when this Lua has no such
 * number; -1 when it raises. */
static int value_push_fit(wdt_value *b, const wdt_field *field, wdt_fit fit,
                          const wdt_converted *value, const char *text, size_t n)
{
    switch (fit) {
    case WDT_FIT_NOTHING: value_push_nothing(b); return 1;
    case WDT_FIT_INTEGER:
        if (field->type == WDT_TYPE_DATETIME && b->datetime != 0)
            return value_push_time(b, value->integer, text, n) == 0 ? 1 : -1;
        return wdt_pushint64(b->L, value->integer);
    case WDT_FIT_REAL: lua_pushnumber(b->L, (lua_Number)value->real); return 1;
    default: return 0;
    }
}

/* A string that does not fit as it stands: perhaps without its escapes. */
static const char *value_push_odd_string(wdt_value *b, const char *p, const wdt_field *field)
{
    wdt_string string;
    wdt_converted value;
    int pushed = 0;
    p = wdt_value_read_string(b, p, &string);
    if (p == NULL)
        return NULL;
    if (string.escaped) {
        wdt_fit fit;
        memset(*b->scratch + string.n, 0, WDT_PAD); /* there is room: see wdt_value_read_string */
        (*b->scratch)[string.n] = '"';
        fit = wdt_convert_text(field->type, string.bytes, b->day, &value);
        if (fit != WDT_FIT_NONE && value.end == string.bytes + string.n + 1)
            pushed = value_push_fit(b, field, fit, &value, string.bytes, string.n);
    }
    if (pushed == 0) {
        value_note_misfit(b, field);
        lua_pushlstring(b->L, string.bytes, string.n);
    }
    return pushed >= 0 ? p : NULL;
}

/* Pushes a number as the value of its type. A decimal stays the digits that were sent. */
static const char *value_push_typed_number(wdt_value *b, const char *p, const wdt_field *field)
{
    wdt_number number;
    wdt_converted value;
    const wdt_number_kind kind = wdt_number_read(p, &number);
    int pushed;
    if (kind == WDT_NUMBER_FLAW)
        return wdt_value_fail(b, p, "a number is malformed");
    if (field->type == WDT_TYPE_DECIMAL) {
        lua_pushlstring(b->L, p, (size_t)(number.end - p));
        return number.end;
    }
    pushed = value_push_fit(b, field, wdt_convert_number(field->type, p, number.end, &value),
                            &value, p, (size_t)(number.end - p));
    if (pushed < 0)
        return NULL;
    if (pushed == 0) {
        value_note_misfit(b, field);
        if (field->type == WDT_TYPE_SCALED) /* a number would pass for one of units */
            lua_pushlstring(b->L, p, (size_t)(number.end - p));
        else
            wdt_value_push_number(b, p, kind, &number);
    }
    return number.end;
}

/* ---- masked values ---- */

/* Pushes the hash of a text, the empty text for the empty one. */
static int mask_push(wdt_value *b, const char *text, size_t n)
{
    char out[WDT_MASK_SIZE];
    if (n > 0 && wdt_mask_text(b->masker, text, n, out) != 0)
        return -1;
    lua_pushlstring(b->L, out, n > 0 ? sizeof out : 0);
    return 0;
}

/* Anything that is not a string is hashed as the bytes that stand there. */
const char *wdt_value_push_masked(wdt_value *b, const char *p)
{
    wdt_string string;
    wdt_number number;
    const char *end;
    string.bytes = p;
    switch (*p) {
    case '"': end = wdt_value_read_string(b, p, &string); break;
    case 't': end = memcmp(p, "true", 4) == 0 ? p + 4 : NULL; break;
    case 'f': end = memcmp(p, "false", 5) == 0 ? p + 5 : NULL; break;
    case '{':
    case '[': end = wdt_value_skip(b, p); break;
    default: end = wdt_number_read(p, &number) != WDT_NUMBER_FLAW ? number.end : NULL; break;
    }
    if (end == NULL)
        return *p == '"' ? NULL : wdt_value_fail(b, p, "a value was expected");
    if (mask_push(b, string.bytes, string.bytes == p ? (size_t)(end - p) : string.n) != 0)
        return wdt_value_fail(b, p, "OpenSSL refuses to hash a value that is to be masked");
    return end;
}

/* Pushes a hash in the place of a value. Where the members of a value should be masked and it has
 * none, that is not what the schema says, and is counted. */
static const char *value_push_hidden(wdt_value *b, const char *p, const wdt_field *field)
{
    p = wdt_value_push_masked(b, p);
    if (p != NULL && field->masked == WDT_MASK_MODE_CHILDREN && field->type > WDT_TYPE_ANY)
        value_note_misfit(b, field);
    return p;
}

/* ---- any of them ---- */

const char *wdt_value_push_typed_string(wdt_value *b, const char *p, const wdt_field *field)
{
    wdt_converted value;
    wdt_fit fit;
    int pushed;
    if (field->masked != WDT_MASK_MODE_NONE)
        return value_push_hidden(b, p, field);
    fit = wdt_convert_text(field->type, p + 1, b->day, &value);
    pushed = value_push_fit(b, field, fit, &value, p + 1,
                            fit != WDT_FIT_NONE ? (size_t)(value.end - p) - 2 : 0);
    if (pushed > 0)
        return value.end;
    return pushed == 0 ? value_push_odd_string(b, p, field) : NULL;
}

/* Returns true if a value that is neither a string, a number nor null is of its type, by its first
 * byte. */
static int type_fits(wdt_type type, char first)
{
    switch (type) {
    case WDT_TYPE_LIST: return first == '[';
    case WDT_TYPE_BOOLEAN: return first == 't' || first == 'f';
    default: return type <= WDT_TYPE_ANY;
    }
}

/* Pushes a list, an object, true or false as it comes, and counts it where its type is another. A
 * byte that begins no value is no misfit, but perhaps the end of the bytes so far. */
static const char *value_push_other(wdt_value *b, const char *p, wdt_site *site,
                                    const wdt_field *field)
{
    const int fits = type_fits(field->type, *p);
    p = wdt_value_push_member(b, p, site, wdt_field_inside(field));
    if (p != NULL && !fits) /* a byte that begins no value is no misfit, but perhaps the end of what
                               has come so far */
        value_note_misfit(b, field);
    return p;
}

const char *wdt_value_push_typed(wdt_value *b, const char *p, wdt_site *site,
                                 const wdt_field *field)
{
    switch (*p) {
    case 'n': return wdt_value_push_member(b, p, site, NULL);
    case '"':
        if (wdt_field_changes_strings(field))
            return wdt_value_push_typed_string(b, p, field);
        return wdt_value_push_string(b, p);
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        return field->masked != WDT_MASK_MODE_NONE ? value_push_hidden(b, p, field)
                                                   : value_push_typed_number(b, p, field);
    case '{':
    case '[':
        return field->masked == WDT_MASK_MODE_WHOLE ? wdt_value_push_masked(b, p)
                                                    : value_push_other(b, p, site, field);
    default:
        return field->masked != WDT_MASK_MODE_NONE ? value_push_hidden(b, p, field)
                                                   : value_push_other(b, p, site, field);
    }
}
