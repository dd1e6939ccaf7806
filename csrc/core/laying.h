/* Cells of tables, laid out from rows that are JSON: how values fit columns (laying_kinds.c). */
#ifndef WDT_LAYING_H
#define WDT_LAYING_H

#include "cells.h"
#include "core.h"
#include "walk.h"

/* The kinds of columns, as lua/wdt/sink/kinds.lua has them. */
typedef enum {
    WDT_KIND_INT,
    WDT_KIND_DECIMAL,
    WDT_KIND_DATETIME,
    WDT_KIND_BOOLEAN,
    WDT_KIND_TEXT
} wdt_kind;

/* Digits that a database keeps of a decimal; 0: any number of them. */
typedef struct wdt_decimal_limit {
    size_t whole, places, significant;
} wdt_decimal_limit;

typedef struct wdt_dialect {
    wdt_decimal_limit decimal;
    int fractions;        /* times keep fractions of a second */
    const char *yes, *no; /* texts of booleans; literals */
} wdt_dialect;

/* How a value fits a column: into `cell` (whose `at` is an address here), or not. */
typedef struct wdt_fitted {
    const char *bytes;
    size_t n;
    wdt_cell_form form;
} wdt_fitted;

/* Fits a scalar, the n bytes at p, into a column of a kind. Returns 0, or -1 where it does not
 * fit, or only Lua can tell. */
int wdt_kind_fit(wdt_kind kind, const wdt_dialect *dialect, const char *p, size_t n,
                 wdt_extra *extra, wdt_fitted *out);
/* Fits true or false. */
int wdt_kind_fit_boolean(wdt_kind kind, const wdt_dialect *dialect, int value, wdt_fitted *out);
/* The version of a row as a text that sorts by time (wdt.sink.kinds.version). Returns as above. */
int wdt_kind_version(const char *p, size_t n, wdt_extra *extra, wdt_fitted *out);

#endif
