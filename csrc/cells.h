/* How rows that core.laying laid out reach a module of a database without becoming text first.
 *
 * The userdata of a laying (its metatable is registered as WDT_LAID_TYPE) begins with a struct
 * wdt_laid. The one who holds that userdata may read its cells until it is called again, provided
 * the version agrees: the two modules are separate shared objects and may have been built from
 * different trees.
 */
#ifndef WDT_CELLS_H
#define WDT_CELLS_H

#include <stddef.h>

#define WDT_LAID_TYPE    "wdt.laying"
#define WDT_LAID_VERSION 1

typedef enum {
    WDT_CELL_NULL,
    WDT_CELL_BARE,   /* the digits of a number */
    WDT_CELL_TEXT,   /* UTF-8 without a zero byte */
    WDT_CELL_COUNTER /* `at` is the number itself */
} wdt_cell_form;

typedef struct wdt_cell {
    size_t at; /* its first byte, counted from the bytes' */
    size_t n;
    wdt_cell_form form;
} wdt_cell;

/* The rows of one table that belong to one row of the list. */
typedef struct wdt_laid_rows {
    const wdt_cell *cells; /* `width` for each row */
    const char *bytes;     /* that cells count from */
    size_t rows;
    unsigned width;
} wdt_laid_rows;

typedef struct wdt_laid {
    unsigned version; /* WDT_LAID_VERSION */
    /* Finds the rows of a table that belong to a row; both count from 1. Returns 0, or -1 where
     * there is no such table or row. Touches no Lua. */
    int (*rows)(const struct wdt_laid *self, size_t table, size_t row, wdt_laid_rows *out);
} wdt_laid;

#endif
