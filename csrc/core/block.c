/* Blocks that grow: see block.h. */
#include "block.h"

#define ITEMS_MIN 16 /* in a new block */

void *wdt_block_grow(lua_State *L, wdt_alloc alloc, void *ud, void *block, size_t *size, size_t n,
                     size_t item)
{
    size_t fresh = *size < ITEMS_MIN ? ITEMS_MIN : *size;
    if (n <= *size)
        return block;
    while (fresh < n && fresh <= SIZE_MAX / 4 / item)
        fresh *= 2;
    block = fresh >= n ? alloc(ud, block, *size * item, fresh * item) : NULL;
    if (block == NULL)
        luaL_error(L, "not enough memory");
    *size = fresh;
    return block;
}

void wdt_block_free(wdt_alloc alloc, void *ud, void *block, size_t bytes)
{
    if (block != NULL)
        alloc(ud, block, bytes, 0);
}
