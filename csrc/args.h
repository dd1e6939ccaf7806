/* Misuse of a function by its caller. A leaf: it calls Lua only. */
#ifndef WDT_ARGS_H
#define WDT_ARGS_H

#include "compat.h"

/* Raises at the caller: "parameter 'NAME' is VALUE, expected WHAT". The value at index i is
 * described, never quoted: it may be a secret. */
int wdt_misuse(lua_State *L, const char *name, int i, const char *expected);
/* Returns the text at index i, a string or a number that Lua makes one of; raises otherwise. The
 * bytes live as long as the value on the stack; `n` may be NULL. */
const char *wdt_args_text(lua_State *L, int i, const char *name, size_t *n);
/* Returns the number at index i, or raises where it is none or lies outside [low, high]. */
double wdt_args_number(lua_State *L, int i, const char *name, double low, double high);
/* Returns the whole number at index i, also one that Lua holds as a float; raises where it is none
 * or lies outside [0, high]. */
int64_t wdt_args_whole(lua_State *L, int i, const char *name, int64_t high);

#endif
