/* Blocks of memory from the Lua state's allocator, which grow twofold. */
#ifndef WDT_BLOCK_H
#define WDT_BLOCK_H

#include "core.h"

/* Grows a block of *size items, each of `item` bytes, to hold at least n; a new one is NULL and 0.
 * Returns it, or raises when memory runs out: then nothing has changed. */
void *wdt_block_grow(lua_State *L, wdt_alloc alloc, void *ud, void *block, size_t *size, size_t n,
                     size_t item);
/* Gives a block back; NULL is none. */
void wdt_block_free(wdt_alloc alloc, void *ud, void *block, size_t bytes);

#endif
