/* The decoder itself, and where its Lua values stand: decoder.c and decoder_life.c share this, and
 * no other file includes it. */
#ifndef WDT_DECODER_PARTS_H
#define WDT_DECODER_PARTS_H

#include "core.h"

/* The table that goes with a decoder keeps what the collector must not take. */
enum {
    ANCHOR_ENVELOPE = 1,
    ANCHOR_NULL,
    ANCHOR_ARRAY_MT,
    ANCHOR_CONSTRUCTORS,
    ANCHOR_DATETIME,
    ANCHOR_SPARE,
    ANCHOR_SIZE = ANCHOR_SPARE
};
#define ANCHOR_TABLE 3 /* where it stands on the stack while the decoder is made */
/* Where a call puts it on its stack. */
enum {
    STACK_DECODER = 1,
    STACK_ANCHOR,
    STACK_NULL,
    STACK_ARRAY_MT,
    STACK_CONSTRUCTORS,
    STACK_DATETIME,
    STACK_SLOTS
};

typedef struct wdt_decoder {
    wdt_sink sink; /* first: see sink.h */
    wdt_reader reader;
    wdt_projection fields;      /* owned */
    wdt_projection wanted;      /* owned: of rows as JSON; no node where all of a row is wanted */
    wdt_shapes shapes;          /* owns its memory */
    wdt_deviations *deviations; /* owned; NULL without a schema */
    wdt_masker masker;          /* owns its context */
    wdt_day day;
    char *names; /* owned: the bytes of the path */
    size_t names_size;
    char *scratch; /* owned */
    size_t scratch_size;
    int raw, has_null;
    int closed;
    /* Set while a piece is being built. Still set at the start of a call means that memory ran out
     * in the middle of an earlier one, or that a finalizer calls in from inside it: nothing may
     * move then. */
    int busy;
} wdt_decoder;

/* Returns the decoder at stack index 1, or raises. Every method has the decoders' metatable as its
 * upvalue, which spares a search of the registry for each row. */
static inline wdt_decoder *wdt_decoder_check(lua_State *L)
{
    if (lua_type(L, 1) == LUA_TUSERDATA && lua_getmetatable(L, 1)) {
        const int is_decoder = lua_rawequal(L, -1, lua_upvalueindex(1));
        lua_pop(L, 1);
        if (is_decoder)
            return lua_touserdata(L, 1);
    }
    return luaL_checkudata(L, 1, WDT_SINK_TYPE); /* which raises */
}

/* Gives a block back to the allocator; NULL is no block. */
void wdt_decoder_release(const wdt_decoder *d, void *block, size_t size);
/* Gives back what only building rows needs: a decoder that waits for its next page holds none. */
void wdt_decoder_rest(wdt_decoder *d);
/* Makes the spare buffer of the state, for the decoders that are made later. */
void wdt_spare_register(lua_State *L);
/* decoder:close(), and the collector's. */
int wdt_decoder_close(lua_State *L);
int wdt_decoder_collect(lua_State *L);

#endif
