/* Writes the Lua functions that make tables, and prints templates: the bytes of a shape with the
 * values in them that never changed.
 *
 *     shape      {"id":#,"shop":#,"paid":#}
 *     template   {"id":#,"shop":"01","paid":true}    one value left to read
 *     function   return function(a000) return{["id"]=a000,["shop"]="01",["paid"]=true,}end
 *
 * The function is compiled from source text, so names and constants, which come from outside, are
 * written byte by byte in a way that can be nothing but a string. */
#include "shape.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* ---- constructors ---- */

#define CONSTANT_END                                                                               \
    INT64_C(100000000000000) /* whole numbers that any Lua reads as they are written */
#define SOURCE_SHARED_MAX 16384
#define SOURCE_FIXED      64                              /* the words around the lists */
#define SOURCE_MEMBER     (16 + 2 + 4 * WDT_CONSTANT_MAX) /* a member, but for its name */

/* Copies a literal to `out` and returns where it ends. The room was computed before. */
static char *source_put(char *out, const char *text)
{
    const size_t n = strlen(text);
    memcpy(out, text, n);
    return out + n;
}

/* Writes the name of argument i, which is below WDT_SHAPE_FIELDS_MAX: a007. */
static char *source_put_argument(char *out, unsigned i)
{
    *out++ = 'a';
    *out++ = (char)('0' + i / 100);
    *out++ = (char)('0' + i / 10 % 10);
    *out++ = (char)('0' + i % 10);
    return out;
}

/* Names and constants come from outside, so each byte that is not a letter or a digit is written as
 * a number: nothing but a string can come of them. */
static char *source_put_bytes(char *out, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)text[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            c == '_') {
            *out++ = (char)c;
        } else {
            *out++ = '\\';
            *out++ = (char)('0' + c / 100);
            *out++ = (char)('0' + c / 10 % 10);
            *out++ = (char)('0' + c % 10);
        }
    }
    return out;
}

/* Converts the text of a constant to its type. The user's function for times is not asked. */
static wdt_fit member_convert(const wdt_member *member, wdt_converted *value)
{
    wdt_day day;
    memset(&day, 0, sizeof day);
    return wdt_convert_text(member->field->type, member->value + 1, &day, value);
}

/* Writes a converted constant as Lua source: a real as the quotient that it is read as, so that
 * the compiled number is the same double. */
static char *source_put_converted(char *out, const wdt_member *member)
{
    wdt_converted value;
    const wdt_fit fit = member_convert(member, &value);
    if (fit == WDT_FIT_NOTHING)
        return source_put(out, "nil");
    return out + sprintf(out, fit == WDT_FIT_REAL ? "(%lld/%d)" : "%lld", (long long)value.integer,
                         WDT_SCALE);
}

/* Writes a constant as Lua source. A wanted JSON number is never one: see member_is_constant. */
static char *source_put_constant(char *out, const wdt_member *member)
{
    char text[WDT_CONSTANT_MAX];
    wdt_string string;
    wdt_flaw flaw;
    const char *end;
    if (member->string == WDT_STRING_USE_CONVERT && *member->value == '"' &&
        member->field->masked == WDT_MASK_MODE_NONE)
        return source_put_converted(out, member);
    if (*member->value != '"')
        return source_put(out, *member->value == 't'   ? "true"
                               : *member->value == 'f' ? "false"
                                                       : "nil");
    wdt_string_read(member->value + 1, &string,
                    &flaw); /* it was read before: nothing is wrong with it */
    end = wdt_string_decode(&string, text, &flaw);
    *out++ = '"';
    out = source_put_bytes(out, text, (size_t)(end - text));
    *out++ = '"';
    return out;
}

/* Writes `return function(a000,a001)
 * return{["name"]=a000,["other"]=a001,["third"]="constant",}end`. */
static char *source_write(char *out, const wdt_shape *shape, const wdt_template *template)
{
    const unsigned arguments = template != NULL ? template->arguments : shape->arguments;
    const wdt_step *step = template != NULL ? template->steps : NULL;
    out = source_put(out, "return function(");
    for (unsigned i = 0; i < arguments; i++) {
        if (i > 0)
            *out++ = ',';
        out = source_put_argument(out, i);
    }
    out = source_put(out, ") return{");
    for (unsigned i = 0; i < shape->n; i++) {
        const wdt_member *member = &shape->members[i];
        const int changes = step == NULL || step->member == i;
        if (member->want != WDT_WANT_SKIP) {
            out = source_put(out, "[\"");
            out = source_put_bytes(out, shape->bytes + member->name, member->name_n);
            out = source_put(out, "\"]=");
            if (changes)
                out = source_put_argument(out, step != NULL ? step->position : member->argument);
            else
                out = source_put_constant(out, member);
            *out++ = ',';
        }
        step += step != NULL && changes;
    }
    return source_put(out, "}end");
}

/* Leaves on the top of the stack the constructor that the source makes. 0, or -1 if Lua will not
 * have it. The decoders of a state share it as long as one of them has it, for a thousand accounts
 * send rows of one shape. A source that is long, as no known row's is, would cost more as a key. */
static int constructor_find(lua_State *L, const char *source, size_t n)
{
    const int shared = n <= SOURCE_SHARED_MAX;
    if (shared) {
        lua_getfield(L, LUA_REGISTRYINDEX, WDT_CONSTRUCTORS_TYPE);
        lua_pushlstring(L, source, n);
        lua_rawget(L, -2);
        if (!lua_isnil(L, -1))
            return 0;
        lua_pop(L, 1);
    }
    if (luaL_loadbuffer(L, source, n, "=wdt.shape") != 0)
        return -1;
    lua_call(L, 0, 1);
    if (shared) {
        lua_pushlstring(L, source, n);
        lua_pushvalue(L, -2);
        lua_rawset(L, -4);
    }
    return 0;
}

/* The source is held by a userdata on the stack, so that an error of the compiler leaves nothing
 * over. */
int wdt_template_push_constructor(lua_State *L, const wdt_shape *shape,
                                  const wdt_template *template)
{
    const int top = lua_gettop(L);
    size_t room = SOURCE_FIXED, n;
    char *source;
    int failed;
    for (unsigned i = 0; i < shape->n; i++)
        room += SOURCE_MEMBER + 4 * shape->members[i].name_n;
    luaL_checkstack(L, 8, "wdt.shape");
    source = lua_newuserdatauv(L, room, 0);
    n = (size_t)(source_write(source, shape, template) - source);
    failed = constructor_find(L, source, n);
    if (!failed)
        lua_replace(L, top + 1);
    lua_settop(L, top + !failed);
    return failed;
}

void wdt_template_register(lua_State *L)
{
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "v");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_setfield(L, LUA_REGISTRYINDEX, WDT_CONSTRUCTORS_TYPE);
}

/* ---- templates ---- */

/* A member that has had two values varies for good; the lengths say if the end of its strings can
 * be guessed. */
void wdt_member_observe(wdt_member *member, const char *value, const char *end)
{
    const size_t n = (size_t)(end - value);
    const unsigned char length = (unsigned char)(n < UCHAR_MAX ? n : UCHAR_MAX);
    member->mixed |= *value != '"';
    member->ragged |=
        length > WDT_LENGTH_MAX + 2 || (member->length != 0 && member->length != length);
    member->length = length;
    if (member->varies)
        return;
    if (member->value_n == 0 && n <= WDT_CONSTANT_MAX) {
        memcpy(member->value, value, n);
        member->value_n = (unsigned char)n;
    } else if (member->value_n != n || memcmp(member->value, value, n) != 0) {
        member->varies = 1;
    }
}

/* Returns true if the only value so far of a member whose strings are converted or masked can be
 * printed in advance. A time that the user's function makes something of cannot: it may be an
 * object, which must not be shared between rows. */
static int member_converts_always(const wdt_shapes *shapes, const wdt_member *member)
{
    wdt_converted value;
    if (member->field->masked != WDT_MASK_MODE_NONE)
        return member->field->masked == WDT_MASK_MODE_WHOLE &&
               member->value_n == 2; /* the empty text is no one's */
    switch (member_convert(member, &value)) {
    case WDT_FIT_NOTHING: return shapes->null_is_absent;
    case WDT_FIT_INTEGER:
        return value.integer > -CONSTANT_END && value.integer < CONSTANT_END &&
               !(member->field->type == WDT_TYPE_DATETIME && shapes->has_datetime);
    case WDT_FIT_REAL: return value.has_units;
    default: return 0;
    }
}

/* Returns true if a member's only value so far can be printed in advance. A value that is wanted
 * has to be one that Lua can write, and one that `keys` asks for has to come by itself; one that
 * is not of its type is to be counted each time. */
static int member_is_constant(const wdt_shapes *shapes, const wdt_member *member)
{
    const int special = member->want != WDT_WANT_SKIP && wdt_field_is_special(member->field);
    if (member->varies || member->value_n == 0 || member->slot >= 0)
        return 0;
    switch (*member->value) {
    case '"':
        return member->string != WDT_STRING_USE_CONVERT || member_converts_always(shapes, member);
    case 't':
    case 'f':
        return !special || (member->field->masked == WDT_MASK_MODE_NONE &&
                            member->field->type == WDT_TYPE_BOOLEAN);
    case 'n': return member->want == WDT_WANT_SKIP || shapes->null_is_absent;
    case '{':
    case '[': return 0;
    default: return member->want == WDT_WANT_SKIP;
    }
}

/* Idempotent; a shape without a template is as before its training. */
void wdt_template_drop(wdt_shapes *shapes, wdt_shape *shape)
{
    wdt_template *template = shape->template;
    if (template == NULL)
        return;
    shapes->size -= template->size;
    shapes->alloc(shapes->ud, template, template->size, 0);
    shape->template = NULL;
}

/* Returns how a step treats a member that changes. An object that was begun as one of another
 * shape has not shown all of its own, so a length of 0 proves nothing. */
static wdt_string_use member_use(const wdt_member *member)
{
    const int is_text = member->length != 0 && !member->mixed;
    return is_text &&
                   (member->string == WDT_STRING_USE_PUSH || member->string == WDT_STRING_USE_PASS)
               ? member->string
               : WDT_STRING_USE_SPECIAL;
}

/* Fills in the steps and the bytes between them. */
static void template_print(const wdt_shapes *shapes, wdt_shape *shape, wdt_template *template)
{
    wdt_step *step = template->steps;
    char *out = template->bytes;
    step->gap = out;
    for (unsigned i = 0; i <= shape->n; i++) {
        const wdt_member *member = &shape->members[i];
        memcpy(out, shape->bytes + member->gap, member->gap_n);
        out += member->gap_n;
        if (i < shape->n && member_is_constant(shapes, member)) {
            memcpy(out, member->value, member->value_n);
            out += member->value_n;
            continue;
        }
        step->member = i;
        step->string = i < shape->n ? member_use(member) : WDT_STRING_USE_SPECIAL;
        if (step->string != WDT_STRING_USE_SPECIAL) {
            *out++ = '"';
            step->length = member->ragged ? WDT_LENGTH_NONE : member->length - 2U;
        }
        step->gap_n = (uint32_t)(out - step->gap);
        if (i == shape->n)
            break;
        if (member->want != WDT_WANT_SKIP)
            step->position = template->arguments++;
        step++;
        step->gap = out;
        if (step[-1].string != WDT_STRING_USE_SPECIAL)
            *out++ = '"';
    }
    template->n = (unsigned)(step - template->steps);
}

/* A template that is not worth while, or for which there is no memory, is none: the shape goes on
 * without. Owned by the shape before Lua is called, ready only after it. */
void wdt_template_make(wdt_shapes *shapes, lua_State *L, int table, wdt_shape *shape)
{
    unsigned constants = 0;
    size_t bytes = 0, size;
    wdt_template *template;
    wdt_template_drop(shapes, shape);
    for (unsigned i = 0; i <= shape->n; i++) {
        const int constant = i < shape->n && member_is_constant(shapes, &shape->members[i]);
        constants += (unsigned)constant;
        bytes += shape->members[i].gap_n + (constant ? shape->members[i].value_n : 0);
    }
    bytes += 2 * (shape->n - constants); /* quotes */
    size = sizeof *template + (shape->n - constants + 1) * sizeof *template->steps + bytes +
           WDT_MATCH_PAD;
    if (constants < WDT_CONSTANTS_MIN)
        return;
    template = shapes->credit > 0 && size <= WDT_SHAPES_BYTES_MAX - shapes->size
                   ? shapes->alloc(shapes->ud, NULL, 0, size)
                   : NULL;
    if (template == NULL) { /* it gets another chance */
        shape->training = WDT_TRAINING;
        return;
    }
    shapes->credit--;
    shapes->size += size;
    memset(template, 0, size);
    template->size = size;
    template->steps = (wdt_step *)(void *)(template + 1);
    template->bytes = (char *)(template->steps + (shape->n - constants + 1));
    shape->template = template; /* owned before Lua is called, ready after it */
    template_print(shapes, shape, template);
    if (wdt_template_push_constructor(L, shape, template) != 0) {
        wdt_template_drop(shapes, shape);
        return;
    }
    lua_rawseti(L, table, shape->ref + 1);
    template->ready = 1;
}
