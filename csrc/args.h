/* Misuse of a function by its caller. A leaf: it calls Lua only. */
#ifndef WDT_ARGS_H
#define WDT_ARGS_H

#include "compat.h"

/* Raises at the caller: "parameter 'NAME' is VALUE, expected WHAT". The value at index i is
 * described, never quoted: it may be a secret. */
int wdt_misuse(lua_State *L, const char *name, int i, const char *expected);

#endif
