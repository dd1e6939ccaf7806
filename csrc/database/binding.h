/* The binding to Lua that the modules of databases share: objects that are closed, failures, and
 * the rows of core.laying as arguments. */
#ifndef WDT_BINDING_H
#define WDT_BINDING_H

#include "args.h"
#include "cells.h"

/* Makes the metatable of a type whose objects have methods; Lua cannot reach it. `close` is called
 * by the collector: it must be idempotent. */
void wdt_binding_type(lua_State *L, const char *type, const luaL_Reg *methods, lua_CFunction close);
/* Pushes nil and a message; returns 2. */
int wdt_binding_fail(lua_State *L, const char *message);
/* Returns the text at index i; raises where it is none or holds a zero byte, at which a database
 * would take it to end. */
const char *wdt_binding_text(lua_State *L, int i, const char *name, size_t *n);

/* Arguments `layer, table, rows` of a put(): rows that were laid out, one after the other. */
typedef struct wdt_binding_rows {
    const wdt_laid *laid;
    size_t table, n; /* `n` of them in the list */
    size_t total;    /* rows of the table */
    int list;        /* index on the stack */
} wdt_binding_rows;

/* Reads the arguments from index `first` on, raises where they are none. Then get() does not raise
 * for an item of the list, unless that is changed. */
void wdt_binding_rows_check(lua_State *L, int first, wdt_binding_rows *rows);
/* Finds the rows of item i of the list, which counts from 1; raises where it was not laid out. */
void wdt_binding_rows_get(lua_State *L, const wdt_binding_rows *rows, size_t i, wdt_laid_rows *out);
/* Writes a counter's digits, at most 24 bytes; returns how many. */
size_t wdt_binding_digits(size_t value, char *out);

#endif
