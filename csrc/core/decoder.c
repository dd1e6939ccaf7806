/* wdt.core.decoder: bytes in, rows out.
 *
 * It checks: of the document around the rows, everything. Of a row, with all fields,
 * everything that RFC 8259 says, UTF-8 included. With `fields`, every value that is delivered is
 * checked like that; of the others only that strings are closed, that brackets match in kind and
 * nest no deeper than the limit, and that names and values are separated as they must be: a skipped
 * string may hold raw control characters, wrong escapes and bytes that are not UTF-8, a skipped
 * number or word may be none, and a skipped list or object is only its brackets, and so is a masked
 * one. As JSON, a row's brackets, closed strings, UTF-8 and unescaped control characters are
 * checked, not its grammar; with `fields` as well, of what is delivered. No mode takes a row that
 * is cut, or a document that is, for a whole one. */
#include "decoder_parts.h"

#include <string.h>

/* ---- failures ---- */

/* Pushes nil, "code: text", code: the results of every failure. */
static int error_push(lua_State *L, const char *code, const char *text)
{
    lua_pushnil(L);
    lua_pushfstring(L, "%s: %s", code, text);
    lua_pushstring(L, code);
    return 3;
}

/* Pushes the results for a fault of the reader. */
static int fault_push(lua_State *L, const wdt_fault *fault)
{
    static const char *const codes[] = {"", "syntax", "truncated", "limit"};
    char text[160];
    wdt_fault_text(fault, text, sizeof text);
    return error_push(L, codes[fault->code], text);
}

/* The results of a call to a decoder that is closed or busy; 0 when it is neither. */
static int decoder_refuse(lua_State *L, const wdt_decoder *d)
{
    if (d->closed)
        return error_push(L, "closed", "the decoder was closed");
    if (d->busy)
        return error_push(
            L, "limit",
            "an earlier call did not end: memory ran out, or a finalizer or a function for "
            "times calls from "
            "inside it");
    return 0;
}

/* ---- reading ---- */

/* Puts all that a value is made with on the stack, at the places of STACK_*, and points b to it.
 * The order is fixed: an index is known to the compiler and needs no search. */
static void decoder_prepare(lua_State *L, wdt_decoder *d, wdt_value *b)
{
    luaL_checkstack(L, LUA_MINSTACK + WDT_KEYS_MAX + 1, "wdt.decoder");
    lua_settop(L, STACK_DECODER);
    lua_getiuservalue(L, STACK_DECODER, 1);
    lua_rawgeti(L, STACK_ANCHOR, ANCHOR_NULL);
    lua_rawgeti(L, STACK_ANCHOR, ANCHOR_ARRAY_MT);
    lua_rawgeti(L, STACK_ANCHOR, ANCHOR_CONSTRUCTORS);
    lua_rawgeti(L, STACK_ANCHOR, ANCHOR_DATETIME);
    for (unsigned i = 0; i < d->fields.slots; i++)
        lua_pushnil(L);
    b->L = L;
    b->fields = &d->fields;
    b->wanted = d->wanted.nodes != NULL ? &d->wanted : NULL;
    b->shapes = &d->shapes;
    b->deviations = d->deviations;
    b->masker = &d->masker;
    b->day = &d->day;
    b->raised = 0;
    b->constructors = STACK_CONSTRUCTORS;
    b->array_mt = STACK_ARRAY_MT;
    b->null = d->has_null ? STACK_NULL : 0;
    b->datetime = d->shapes.has_datetime ? STACK_DATETIME : 0;
    b->slots = STACK_SLOTS;
    b->scratch = &d->scratch;
    b->scratch_size = &d->scratch_size;
    b->alloc = d->reader.alloc;
    b->ud = d->reader.ud;
    b->depth_limit = WDT_DEPTH_MAX;
}

/* Makes the flaw of a piece the reader's fault, for good. */
static void decoder_refuse_piece(wdt_decoder *d, const wdt_value *b)
{
    wdt_reader_refuse(&d->reader, b->flaw.at, b->flaw.what);
}

/* Pushes the table of the object on the path at `level`. */
static void envelope_push_level(lua_State *L, const wdt_decoder *d, unsigned level)
{
    lua_rawgeti(L, STACK_ANCHOR, ANCHOR_ENVELOPE);
    for (unsigned i = 0; i < level; i++) {
        lua_pushlstring(L, d->reader.path[i].bytes, d->reader.path[i].n);
        lua_rawget(L, -2);
        lua_remove(L, -2);
    }
}

/* Puts a piece that is no row into the envelope. 0, or -1 when it is not JSON. */
static int envelope_add(lua_State *L, wdt_decoder *d, wdt_value *b, wdt_event event)
{
    const unsigned level = d->reader.level;
    envelope_push_level(L, d, level);
    if (event == WDT_EVENT_MEMBER) {
        b->piece = d->reader.key;
        if (wdt_value_build_key(b) != 0)
            return -1;
        b->piece = d->reader.value;
        if (wdt_value_build(b) != 0)
            return -1;
    } else {
        lua_pushlstring(L, d->reader.path[level].bytes, d->reader.path[level].n);
        if (event == WDT_EVENT_ENTER)
            lua_newtable(L);
        else
            lua_pushnil(L); /* the list itself is not in the envelope, nor is what stood under its
                               name before */
    }
    lua_rawset(L, -3);
    lua_pop(L, 1);
    return 0;
}

/* Goes on until a row is complete (or seems so, with `ahead`), or the bytes present are used up, or
 * something is wrong. */
static wdt_event decoder_advance(lua_State *L, wdt_decoder *d, wdt_value *b, int ahead)
{
    for (;;) {
        const wdt_event event =
            ahead ? wdt_reader_peek_ahead(&d->reader) : wdt_reader_peek(&d->reader);
        if (event != WDT_EVENT_ENTER && event != WDT_EVENT_MEMBER && event != WDT_EVENT_LIST)
            return event;
        d->busy = 1;
        if (envelope_add(L, d, b, event) != 0)
            decoder_refuse_piece(d, b);
        else
            wdt_reader_accept(&d->reader);
        d->busy = 0;
    }
}

/* Marks the decoder busy. An error of Lua's leaves it so, and the next call finds out. */
static void decoder_begin_row(wdt_decoder *d)
{
    d->busy = 1;
    if (d->deviations != NULL)
        wdt_deviations_begin(d->deviations);
}

/* The row has been built: `taken` says whether it is going to be handed out. Passes on what the
 * function for times has raised: the row then stays where it is, and the next call tries it again.
 */
static void decoder_end_row(lua_State *L, wdt_decoder *d, const wdt_value *b, int taken)
{
    d->busy = 0;
    if (taken && d->deviations != NULL)
        wdt_deviations_commit(d->deviations);
    if (b->raised) {
        lua_pushvalue(L, STACK_DATETIME);
        lua_error(L);
    }
}

/* Pushes the row that has been found and puts the values of `keys` and the clock into their slots.
 */
static int decoder_build_row(wdt_decoder *d, wdt_value *b)
{
    b->piece = d->reader.value;
    b->depth_limit = WDT_DEPTH_MAX;
    if (!d->raw)
        return wdt_value_build_row(b);
    if (wdt_value_build_keys(b) != 0)
        return -1;
    return b->wanted != NULL ? wdt_raw_build_part(b) : wdt_raw_build(b);
}

/* Pushes the row that begins where the reader stands, if it is complete and nothing is wrong with
 * it. Else everything is as before, and the reader has to look for its end. */
static int decoder_build_ahead(lua_State *L, wdt_decoder *d, wdt_value *b)
{
    const char *end;
    b->piece = d->reader.value;
    b->depth_limit = (unsigned)d->reader.limits.depth - wdt_reader_depth(&d->reader);
    if (!d->raw)
        end = wdt_value_build_ahead(b);
    else
        end = b->wanted != NULL ? wdt_raw_build_part_ahead(b) : wdt_raw_build_ahead(b);
    if (end != NULL && (size_t)(end - b->piece.bytes) <= d->reader.limits.row) {
        wdt_reader_take(&d->reader, end);
        return 1;
    }
    if (!b->raised)
        decoder_prepare(L, d, b);
    return 0;
}

/* Pushes the next row: WDT_EVENT_ROW, or why there is none. */
static wdt_event decoder_take_row(lua_State *L, wdt_decoder *d, wdt_value *b)
{
    wdt_event event = decoder_advance(L, d, b, 1);
    if (event == WDT_EVENT_AHEAD) {
        int built;
        decoder_begin_row(d);
        built = decoder_build_ahead(L, d, b);
        decoder_end_row(L, d, b, built);
        event = built ? WDT_EVENT_AHEAD : wdt_reader_peek(&d->reader);
    }
    if (event == WDT_EVENT_ROW) {
        int built;
        decoder_begin_row(d);
        built = decoder_build_row(d, b) == 0;
        if (built)
            wdt_reader_accept(&d->reader);
        decoder_end_row(L, d, b, built);
        if (!built) {
            decoder_refuse_piece(d, b);
            event = WDT_EVENT_FAULT;
        }
    }
    return event;
}

/* Prologue of every method that may build values. Returns 0, or the number of error results pushed
 * (closed, busy). */
static int decoder_begin(lua_State *L, wdt_decoder **d, wdt_value *b)
{
    int results;
    *d = wdt_decoder_check(L);
    results = decoder_refuse(L, *d);
    if (results == 0)
        decoder_prepare(L, *d, b);
    return results;
}

/* decoder:next() -> row, [time,] key1, key2 ... | nothing when more input is needed or all rows
 * were taken | nil, err, code */
static int decoder_next(lua_State *L)
{
    wdt_decoder *d;
    wdt_value b;
    const int results = decoder_begin(L, &d, &b);
    if (results != 0)
        return results;
    switch (decoder_take_row(L, d, &b)) {
    case WDT_EVENT_ROW:
    case WDT_EVENT_AHEAD:
        if (d->fields.clock >= 0)
            wdt_value_set_time(&b);
        lua_insert(L, STACK_SLOTS);
        return 1 + (int)d->fields.slots;
    case WDT_EVENT_FAULT: return fault_push(L, &d->reader.fault);
    default: return 0;
    }
}

/* decoder:feed(bytes) -> decoder | nil, err, code */
static int decoder_feed(lua_State *L)
{
    wdt_decoder *d = wdt_decoder_check(L);
    int results;
    size_t n;
    const char *bytes;
    if (lua_type(L, 2) != LUA_TSTRING)
        return wdt_misuse(L, "bytes", 2, "a string");
    results = decoder_refuse(L, d);
    if (results != 0)
        return results;
    bytes = lua_tolstring(L, 2, &n);
    if (wdt_reader_feed(&d->reader, bytes, n) != 0)
        return fault_push(L,
                          d->reader.fault.code != WDT_CODE_OK ? &d->reader.fault : &d->reader.late);
    lua_settop(L, 1);
    return 1;
}

/* decoder:finish() -> true | nil, err, code */
static int decoder_finish(lua_State *L)
{
    wdt_decoder *d;
    wdt_value b;
    const int results = decoder_begin(L, &d, &b);
    if (results != 0)
        return results;
    if (decoder_advance(L, d, &b, 0) == WDT_EVENT_ROW)
        return luaL_error(
            L, "decoder:finish() is called while rows are waiting: take them with next() first");
    if (wdt_reader_finish(&d->reader) == WDT_EVENT_FAULT)
        return fault_push(L, &d->reader.fault);
    wdt_decoder_rest(d);
    lua_pushboolean(L, 1);
    return 1;
}

/* decoder:envelope() -> table: the document without its rows, as far as it has been read | nil,
 * err, code */
static int decoder_envelope(lua_State *L)
{
    wdt_decoder *d;
    wdt_value b;
    const int results = decoder_begin(L, &d, &b);
    if (results != 0)
        return results;
    decoder_advance(L, d, &b, 0);
    lua_rawgeti(L, STACK_ANCHOR, ANCHOR_ENVELOPE);
    return 1;
}

/* decoder:list() -> whether a list has begun at the path | nil, err, code */
static int decoder_list(lua_State *L)
{
    wdt_decoder *d;
    wdt_value b;
    const int results = decoder_begin(L, &d, &b);
    if (results != 0)
        return results;
    decoder_advance(L, d, &b, 0);
    lua_pushboolean(L, d->reader.list_seen);
    return 1;
}

/* decoder:findings() -> { unknown_fields, missing_fields, retyped_fields = counts, "unknown PATH",
 * ... }: what the rows handed out had that `types` does not say, since the decoder was made, also
 * when it is closed */
static int decoder_findings(lua_State *L)
{
    const wdt_decoder *d = wdt_decoder_check(L);
    lua_settop(L, STACK_DECODER);
    if (d->deviations == NULL)
        lua_newtable(L);
    else
        wdt_deviations_push(L, d->deviations, &d->fields);
    return 1;
}

/* decoder:reset() -> decoder, ready for another document | nil, err, code */
static int decoder_reset(lua_State *L)
{
    wdt_decoder *d = wdt_decoder_check(L);
    int results = decoder_refuse(L, d);
    if (results != 0)
        return results;
    lua_settop(L, STACK_DECODER);
    lua_getiuservalue(L, STACK_DECODER, 1);
    lua_newtable(L);
    lua_rawseti(L, STACK_ANCHOR, ANCHOR_ENVELOPE);
    wdt_reader_reset(&d->reader);
    wdt_decoder_rest(d);
    lua_settop(L, STACK_DECODER);
    return 1;
}

/* Registers the metatable: methods apart from metamethods, none of which Lua can reach. */
void wdt_decoder_register(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"feed", decoder_feed},
        {"next", decoder_next},
        {"finish", decoder_finish},
        {"envelope", decoder_envelope},
        {"list", decoder_list},
        {"findings", decoder_findings},
        {"reset", decoder_reset},
        {"close", wdt_decoder_close},
        {NULL, NULL},
    };
    static const luaL_Reg metamethods[] = {
        {"__gc", wdt_decoder_collect}, {"__close", wdt_decoder_close}, {NULL, NULL}};
    luaL_newmetatable(L, WDT_SINK_TYPE);
    lua_pushvalue(L, -1);
    luaL_setfuncs(L, metamethods, 1);
    luaL_newlibtable(L, methods);
    lua_pushvalue(L, -2);
    luaL_setfuncs(L, methods, 1);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
    wdt_spare_register(L);
    wdt_template_register(L);

    luaL_newmetatable(L, WDT_ARRAY_TYPE);
    lua_pushstring(L, WDT_ARRAY_TYPE);
    lua_setfield(L, -2, "__name");
    lua_pop(L, 1);
}
