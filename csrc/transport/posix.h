/* The parts of wdt.posix. Each adds its functions to the module's table, which is on top of the
 * stack and stays there. */
#ifndef WDT_POSIX_H
#define WDT_POSIX_H

#include <string.h>

#include "args.h"

/* Pushes nil and what the system says of `error`, an errno. Returns 2, their number. */
static inline int wdt_posix_error(lua_State *L, int error)
{
    lua_pushnil(L);
    lua_pushstring(L, strerror(error));
    return 2;
}

/* read, write, sync, lock, kind, list, output, stdout */
void wdt_posix_add_files(lua_State *L);

/* width, cells, echo, input, hold_standard */
void wdt_posix_add_terminal(lua_State *L);

/* catch, caught, release, wait, ignore_pipe */
void wdt_posix_add_signals(lua_State *L);

/* notify */
void wdt_posix_add_notify(lua_State *L);

#endif
