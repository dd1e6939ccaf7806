/* Scalars on the Lua stack: strings without their escapes, numbers by the number rule, words; and
 * the slots after a row, in which the values of members stand that are asked for by name.
 *
 *     "A\u4e2d"   ->   "A中"              9007199254740993   ->   an integer, or the text
 *     slots       row, [time,] key1, key2 ...
 *
 * Plain strings, which most values are, are pushed where they are met (value_parts.h). */
#include "value_parts.h"

#include <string.h>

#define INT_END 9223372036854775808.0 /* 2^63 */

const char *wdt_value_fail(wdt_value *b, const char *at, const char *what)
{
    b->flaw.at = at;
    b->flaw.what = what;
    return NULL;
}

/* The buffer grows and never shrinks here: decoder:reset() gives a large one back. */
char *wdt_value_scratch(wdt_value *b, size_t n)
{
    if (n > *b->scratch_size) {
        const size_t size = n < 1024 ? 1024 : n;
        char *scratch = b->alloc(b->ud, *b->scratch, *b->scratch_size, size);
        if (scratch == NULL)
            luaL_error(b->L, "not enough memory");
        *b->scratch = scratch;
        *b->scratch_size = size;
    }
    return *b->scratch;
}

int wdt_value_unescape(wdt_value *b, wdt_string *string)
{
    char *out, *end;
    if (!string->escaped)
        return 0;
    out = wdt_value_scratch(b, string->n + WDT_PAD);
    end = wdt_string_decode(string, out, &b->flaw);
    if (end == NULL)
        return -1;
    string->bytes = out;
    string->n = (size_t)(end - out);
    return 0;
}

const char *wdt_value_read_string(wdt_value *b, const char *p, wdt_string *string)
{
    p = wdt_string_read(p + 1, string, &b->flaw);
    return p != NULL && wdt_value_unescape(b, string) == 0 ? p : NULL;
}

/* An escape, a flaw or text that is not ASCII: rare enough to be a call. */
const char *wdt_value_push_hard_string(wdt_value *b, const char *p)
{
    wdt_string string;
    p = wdt_value_read_string(b, p, &string);
    if (p != NULL)
        lua_pushlstring(b->L, string.bytes, string.n);
    return p;
}

void wdt_value_push_number(wdt_value *b, const char *p, wdt_number_kind kind,
                           const wdt_number *number)
{
    if (kind == WDT_NUMBER_REAL)
        lua_pushnumber(b->L, (lua_Number)number->real);
    else if (kind != WDT_NUMBER_INTEGER || !wdt_pushint64(b->L, number->integer))
        lua_pushlstring(b->L, p, (size_t)(number->end - p));
}

/* Pushes the number at p by the number rule: exact, or as the text that was sent. */
static const char *value_push_number(wdt_value *b, const char *p)
{
    wdt_number number;
    const wdt_number_kind kind = wdt_number_read(p, &number);
    if (kind == WDT_NUMBER_FLAW)
        return wdt_value_fail(b, p, "a number is malformed");
    wdt_value_push_number(b, p, kind, &number);
    return number.end;
}

const char *wdt_value_push_scalar(wdt_value *b, const char *p)
{
    switch (*p) {
    case '"': return wdt_value_push_string(b, p);
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
    case '9': return value_push_number(b, p);
    default: break;
    }
    return wdt_value_fail(b, p, "a value was expected");
}

/* ---- slots ---- */

/* Puts the value of a row's member that is asked for by name into its slot, if it is a scalar other
 * than null. It is on the top of the stack. */
void wdt_value_fill_slot(wdt_value *b, int slot, char first)
{
    if (first == '{' || first == '[' || first == 'n')
        lua_pushnil(b->L);
    else
        lua_pushvalue(b->L, -1);
    lua_replace(b->L, b->slots + slot);
}

/* Reads the value of a member that is not wanted in the row itself, or not as it comes, and puts
 * it into its slot. */
const char *wdt_value_read_slot(wdt_value *b, const char *p, int slot)
{
    const char first = *p;
    if (first == '{' || first == '[') {
        p = wdt_value_skip(b, p);
        lua_pushnil(b->L);
    } else {
        p = wdt_value_push_scalar(b, p);
    }
    if (p == NULL)
        return NULL;
    wdt_value_fill_slot(b, slot, first);
    lua_pop(b->L, 1);
    return p;
}

/* Pushes a number as a time: epoch seconds, or milliseconds (the ultimate edition sends both),
 * without their fraction. */
static void epoch_push(lua_State *L, int i)
{
    int64_t epoch;
    if (!wdt_toint64(L, i, &epoch) || epoch > WDT_MILLISECONDS) {
        double seconds = (double)lua_tonumber(L, i);
        if (seconds > WDT_MILLISECONDS)
            seconds /= 1000;
        if (!(seconds > -INT_END && seconds < INT_END)) {
            lua_pushnumber(L, (lua_Number)seconds);
            return;
        }
        epoch = (int64_t)seconds;
        epoch -= (double)epoch > seconds;
    }
    if (!wdt_pushint64(L, epoch))
        lua_pushnumber(L, (lua_Number)epoch);
}

void wdt_value_set_time(wdt_value *b)
{
    lua_State *L = b->L;
    const int clock = b->slots + b->fields->clock, type = lua_type(L, clock);
    size_t n = 0;
    const char *text = type == LUA_TSTRING ? lua_tolstring(L, clock, &n) : NULL;
    int64_t epoch;
    if (type == LUA_TNUMBER)
        epoch_push(L, clock);
    else if (text == NULL || !wdt_convert_time(text, n, b->day, &epoch) || !wdt_pushint64(L, epoch))
        lua_pushnil(L);
    lua_replace(L, b->slots);
}
