/* Values in the types that a schema gives them: functions on bytes, without Lua. Nothing is
 * rounded: a value that its type cannot hold exactly does not fit, and the caller delivers it as
 * it came. */
#ifndef WDT_CONVERT_H
#define WDT_CONVERT_H

#include "text.h"

/* From WDT_TYPE_INT on, a text is read; before, it is what it is. */
typedef enum {
    WDT_TYPE_UNKNOWN, /* no schema names it */
    WDT_TYPE_ANY,     /* named, and handed on as it comes */
    WDT_TYPE_TEXT,
    WDT_TYPE_DECIMAL, /* the digits of a number, as text */
    WDT_TYPE_BOOLEAN,
    WDT_TYPE_LIST,
    WDT_TYPE_INT,
    WDT_TYPE_NUMBER,  /* a decimal as the nearest double, if that prints as the same number */
    WDT_TYPE_SCALED,  /* a decimal in units of 1/10000; one that is not whole units is delivered as
                         text */
    WDT_TYPE_DATETIME /* epoch seconds of a time in Beijing */
} wdt_type;

#define WDT_SCALE 10000
/* Where numbers of seconds (5138) end and those of milliseconds (1973) begin. */
#define WDT_MILLISECONDS INT64_C(100000000000)

/* How a value fits its type. */
typedef enum {
    WDT_FIT_NONE,    /* it is not of that type */
    WDT_FIT_NOTHING, /* it says that there is nothing: the empty text, the date 0000-00-00 */
    WDT_FIT_INTEGER,
    WDT_FIT_REAL
} wdt_fit;

typedef struct wdt_converted {
    int64_t integer;
    double real;
    int has_units;   /* of a real: `integer` is its units of 1/10000, exactly */
    const char *end; /* after what was read */
} wdt_converted;

/* The day that was read last: most times of a row are of one day. Starts as zeros. */
typedef struct wdt_day {
    char date[10];
    int64_t start; /* epoch seconds of its midnight in Beijing */
} wdt_day;

/* The text that begins at p and ends with a quote, as a value of a type from WDT_TYPE_INT on; `end`
 * is after the quote. A text with escapes in it does not fit. The bytes must be followed by
 * WDT_PAD that can be read. */
wdt_fit wdt_convert_text(wdt_type type, const char *p, wdt_day *day, wdt_converted *value);
/* Reads a number, which begins at p and is known to end at `end`, as a value of a type. */
wdt_fit wdt_convert_number(wdt_type type, const char *p, const char *end, wdt_converted *value);

/* Returns true if the n bytes at p are exactly "YYYY-MM-DD HH:MM:SS", a time that exists; *epoch:
 * its seconds, read in Beijing. */
int wdt_convert_time(const char *p, size_t n, wdt_day *day, int64_t *epoch);

#endif
