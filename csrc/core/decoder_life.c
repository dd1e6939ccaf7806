/* The life of a decoder (decoder.c): made from options, fed by other C modules, closed by hand or
 * by the collector. All that it owns hangs on its userdata from the first moment, so that an error
 * in the middle of making one leaves nothing over. */
#include "decoder_parts.h"

#include <string.h>

#define SPARE_TYPE "wdt.spare" /* the registry's name of the state's spare buffer */

/* Feeds bytes from another C module (sink.h). A busy decoder takes none: its buffer must not move.
 */
static int sink_feed(wdt_sink *self, const char *bytes, size_t n)
{
    wdt_decoder *d = (wdt_decoder *)(void *)self;
    if (d->closed)
        return -1;
    return d->busy ? 1 : wdt_reader_feed(&d->reader, bytes, n);
}

static size_t sink_pending(const wdt_sink *self)
{
    return wdt_reader_pending(&((const wdt_decoder *)(const void *)self)->reader);
}

void wdt_decoder_release(const wdt_decoder *d, void *block, size_t size)
{
    if (block != NULL)
        d->reader.alloc(d->reader.ud, block, size, 0);
}

void wdt_decoder_rest(wdt_decoder *d)
{
    wdt_reader_rest(&d->reader);
    wdt_decoder_release(d, d->scratch, d->scratch_size);
    d->scratch = NULL;
    d->scratch_size = 0;
}

/* decoder:close(), and __gc and __close. A busy decoder keeps its memory, for a call may be using
 * it: the collector, which cannot come while one is, gives it back. So it does with what findings()
 * needs. */
int wdt_decoder_close(lua_State *L)
{
    wdt_decoder *d = wdt_decoder_check(L);
    d->closed = 1;
    if (d->busy)
        return 0;
    wdt_reader_free(&d->reader);
    wdt_shapes_free(&d->shapes);
    wdt_mask_end(&d->masker);
    wdt_decoder_release(d, d->names, d->names_size);
    d->names = NULL;
    wdt_decoder_rest(d);
    return 0;
}

/* The collector's close: no call is using the decoder any more, so its memory goes even when it is
 * busy, and with it that which findings() reads after close(). */
int wdt_decoder_collect(lua_State *L)
{
    wdt_decoder *d = wdt_decoder_check(L);
    d->busy = 0;
    wdt_decoder_close(L);
    wdt_decoder_release(d, d->deviations, sizeof *d->deviations);
    wdt_decoder_release(d, d->fields.nodes, d->fields.size);
    wdt_decoder_release(d, d->wanted.nodes, d->wanted.size);
    d->deviations = NULL;
    d->fields.nodes = d->wanted.nodes = NULL;
    return 0;
}

/* Finalizers run in any order where a state is closed: a decoder that gives its buffer back after
 * this one finds the spare closed. */
static int spare_collect(lua_State *L)
{
    wdt_spare_close(lua_touserdata(L, 1));
    return 0;
}

void wdt_spare_register(lua_State *L)
{
    wdt_spare *spare = lua_newuserdatauv(L, sizeof *spare, 0);
    memset(spare, 0, sizeof *spare);
    lua_createtable(L, 0, 2);
    lua_pushcfunction(L, spare_collect);
    lua_setfield(L, -2, "__gc");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_setfield(L, LUA_REGISTRYINDEX, SPARE_TYPE);
}

/* Reads the options that go with a schema: makes room for deviations where there are types, and
 * keeps the function for times, which only types can ask. */
static void decoder_read_schema(lua_State *L, wdt_decoder *d)
{
    const int top = lua_gettop(L);
    wdt_option_push(L, 1, "types");
    if (!lua_isnil(L, -1)) {
        d->deviations = d->reader.alloc(d->reader.ud, NULL, 0, sizeof *d->deviations);
        if (d->deviations == NULL)
            luaL_error(L, "not enough memory");
        memset(d->deviations, 0, sizeof *d->deviations);
    }
    wdt_option_push(L, 1, "datetime");
    if (!lua_isnil(L, -1) && (!lua_isfunction(L, -1) || d->deviations == NULL))
        wdt_misuse(L, "datetime", -1, "a function, and only with types");
    d->shapes.has_datetime = !lua_isnil(L, -1);
    lua_rawseti(L, ANCHOR_TABLE, ANCHOR_DATETIME);
    lua_settop(L, top);
}

/* core.decoder{ path, fields, as, null, keys, clock, limits, types, datetime, mask, mask_key } ->
 * decoder `types`: see wdt_projection_options; `datetime(epoch, text)`: makes the value of a time;
 * `mask`: paths of what is replaced by a hash under `mask_key` (mask.h). `keys`: names whose values
 * are told after each row, as they came, whatever their types; `clock`: the name of a time that is
 * told before them, in epoch seconds (see wdt_value_set_time). */
int wdt_decoder_new(lua_State *L)
{
    static const char *const names[] = {"path",   "fields", "as",       "null", "keys",     "clock",
                                        "limits", "types",  "datetime", "mask", "mask_key", NULL};
    wdt_decoder *d;
    if (lua_isnoneornil(L, 1)) {
        lua_settop(L, 0);
        lua_newtable(L);
    } else if (!lua_istable(L, 1)) {
        wdt_misuse(L, "opts", 1, "a table");
    }
    lua_settop(L, 1);
    wdt_option_names(L, 1, names, "");

    d = lua_newuserdatauv(L, sizeof *d, 1);
    memset(d, 0, sizeof *d);
    d->sink.version = WDT_SINK_VERSION;
    d->sink.feed = sink_feed;
    d->sink.pending = sink_pending;
    d->reader.alloc = lua_getallocf(L, &d->reader.ud);
    wdt_shapes_init(&d->shapes, &d->fields, d->reader.alloc, d->reader.ud);
    luaL_getmetatable(L, WDT_SINK_TYPE);
    lua_setmetatable(L, 2);

    lua_createtable(L, ANCHOR_SIZE, 0);
    lua_newtable(L);
    lua_rawseti(L, ANCHOR_TABLE, ANCHOR_ENVELOPE);
    wdt_option_push(L, 1, "null");
    d->has_null = !lua_isnil(L, -1);
    d->shapes.null_is_absent = !d->has_null;
    lua_rawseti(L, ANCHOR_TABLE, ANCHOR_NULL);
    lua_getfield(L, LUA_REGISTRYINDEX, WDT_ARRAY_TYPE);
    lua_rawseti(L, ANCHOR_TABLE, ANCHOR_ARRAY_MT);
    lua_newtable(L);
    lua_rawseti(L, ANCHOR_TABLE, ANCHOR_CONSTRUCTORS);
    lua_getfield(L, LUA_REGISTRYINDEX, SPARE_TYPE);
    d->reader.spare = lua_touserdata(L, -1);
    lua_rawseti(L, ANCHOR_TABLE, ANCHOR_SPARE);
    lua_pushvalue(L, ANCHOR_TABLE);
    lua_setiuservalue(L, 2, 1);

    d->raw = wdt_option_as(L, 1);
    wdt_option_limits(L, 1, &d->reader.limits);
    wdt_option_path(L, 1, &d->reader, &d->names, &d->names_size);
    wdt_option_projection(L, 1, d->raw, &d->fields, &d->wanted, d->reader.alloc, d->reader.ud);
    decoder_read_schema(L, d);
    wdt_option_mask_key(L, 1, &d->masker);
    wdt_reader_reset(&d->reader);
    lua_settop(L, 2);
    return 1;
}
