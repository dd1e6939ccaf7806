/* Reads texts and numbers as the values of a schema's types, without Lua and without a locale.
 *
 *     "12.50"                 scaled    125000 (units of 1/10000)
 *     "2.0000"                int       2
 *     "2024-02-30 00:00:00"   datetime  does not fit: there is no such day
 *     "0000-00-00"            datetime  nothing: how a database writes "never"
 *
 * No value is rounded: one that has no exact form in its type does not fit, and is delivered as it
 * came. The day that was read last is kept, because most times of a row are of one day. */
#include "convert.h"

#include <string.h>

#define INT_DIGITS    18                 /* of a whole number that is read without a thought */
#define SCALED_DIGITS 15                 /* before the point: decimal(19,4) */
#define EXACT_END     9007199254740992.0 /* 2^53 */
#define UNITS_END                                                                                  \
    INT64_C(100000000000000) /* fourteen digits: what a double prints as it was sent */
#define MILLISECONDS_END INT64_C(1000000000000000) /* from there on a number is no time */
#define BEIJING          28800                     /* seconds east of Greenwich */

/* Independent of the locale, unlike isdigit. */
static int is_digit(char c)
{
    return (unsigned)(c - '0') < 10;
}

/* ---- whole numbers and decimals ---- */

/* Reads at most INT_DIGITS digits without a zero in front. Returns the place after them, or NULL.
 */
static const char *whole_read(const char *p, int64_t *n)
{
    const int negative = *p == '-';
    const char *const begin = p += negative;
    uint64_t value = 0;
    for (; is_digit(*p); p++)
        value = value * 10 + (uint64_t)(*p - '0');
    if (p == begin || p - begin > INT_DIGITS || (*begin == '0' && p - begin > 1))
        return NULL;
    *n = negative ? -(int64_t)value : (int64_t)value;
    return p;
}

/* Reads a whole number; also one that is written as a decimal (2.0000), as long as it is exact. */
static wdt_fit int_read(const char *p, wdt_converted *value)
{
    wdt_number number;
    value->end = whole_read(p, &value->integer);
    if (value->end != NULL && *value->end != '.' && (*value->end | 32) != 'e')
        return WDT_FIT_INTEGER;
    switch (wdt_number_read(p, &number)) {
    case WDT_NUMBER_INTEGER: value->integer = number.integer; break;
    case WDT_NUMBER_REAL: /* 2.0000 */
        if (!(number.real > -EXACT_END && number.real < EXACT_END &&
              (double)(int64_t)number.real == number.real))
            return WDT_FIT_NONE;
        value->integer = (int64_t)number.real;
        break;
    default: return WDT_FIT_NONE;
    }
    value->end = number.end;
    return WDT_FIT_INTEGER;
}

/* A decimal in units of 1/10000, if that is exact. */
static wdt_fit scaled_read(const char *p, wdt_converted *value)
{
    const int negative = *p == '-';
    const char *begin = p += negative;
    uint64_t units = 0;
    unsigned places = 0;
    for (; is_digit(*p) && p - begin <= SCALED_DIGITS; p++)
        units = units * 10 + (uint64_t)(*p - '0');
    if (p == begin || p - begin > SCALED_DIGITS || (*begin == '0' && p - begin > 1))
        return WDT_FIT_NONE;
    if (*p == '.') {
        begin = ++p;
        for (; is_digit(*p) && places < 4; p++, places++)
            units = units * 10 + (uint64_t)(*p - '0');
        while (*p == '0')
            p++;
        if (p == begin)
            return WDT_FIT_NONE;
    }
    for (; places < 4; places++)
        units *= 10;
    if (units > INT64_MAX)
        return WDT_FIT_NONE;
    value->integer = negative ? -(int64_t)units : (int64_t)units;
    value->end = p;
    return WDT_FIT_INTEGER;
}

/* Both parts of the division are exact, so the quotient is the double nearest to the decimal. */
static wdt_fit real_read(const char *p, wdt_converted *value)
{
    wdt_number number;
    wdt_number_kind kind;
    value->has_units = scaled_read(p, value) == WDT_FIT_INTEGER && (*value->end | 32) != 'e' &&
                       !is_digit(*value->end) && value->integer > -UNITS_END &&
                       value->integer < UNITS_END;
    if (value->has_units) {
        value->real = (double)value->integer / WDT_SCALE;
        return WDT_FIT_REAL;
    }
    kind = wdt_number_read(p, &number);
    if (kind == WDT_NUMBER_REAL)
        value->real = number.real;
    else if (kind == WDT_NUMBER_INTEGER && number.integer > -UNITS_END &&
             number.integer < UNITS_END)
        value->real = (double)number.integer;
    else
        return WDT_FIT_NONE;
    value->end = number.end;
    return WDT_FIT_REAL;
}

/* ---- times ---- */

/* Days since 1970-01-01, after Howard Hinnant's days_from_civil: years begin in March, so that the
 * leap day is last. */
static int64_t days_from_civil(unsigned y, unsigned m, unsigned d)
{
    unsigned era, yoe, doy;
    y += 400 - (unsigned)(m <= 2); /* no year before 0 */
    era = y / 400;
    yoe = y - era * 400;
    doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
    return (int64_t)era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468 - 146097;
}

/* Returns the number of two digits, which were checked before. */
static unsigned digits_two(const char *p)
{
    return (unsigned)(p[0] - '0') * 10 + (unsigned)(p[1] - '0');
}

/* Returns true if eight bytes are digits where `zeros` has them and else equal it. `most` has 0x76
 * for a digit, 0x7f else: a byte that is too large then reaches the highest bit. */
static int time_is_like(const char *p, const char *zeros, const char *most)
{
    uint64_t bytes, pattern, add;
    memcpy(&bytes, p, 8);
    memcpy(&pattern, zeros, 8);
    memcpy(&add, most, 8);
    bytes ^= pattern;
    return ((bytes | (bytes + add)) & UINT64_C(0x8080808080808080)) == 0;
}

/* Makes `day` that of the ten bytes at p, if there is such a day. */
static int day_read(const char *p, wdt_day *day)
{
    static const unsigned char lengths[] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned y, m, d;
    if (!time_is_like(p, "0000-00-", "\x76\x76\x76\x76\x7f\x76\x76\x7f") || !is_digit(p[8]) ||
        !is_digit(p[9]))
        return 0;
    y = digits_two(p) * 100 + digits_two(p + 2);
    m = digits_two(p + 5);
    d = digits_two(p + 8);
    if (m < 1 || m > 12 || d < 1 ||
        d > lengths[m] + (unsigned)(m == 2 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0)))
        return 0;
    memcpy(day->date, p, sizeof day->date);
    day->start = days_from_civil(y, m, d) * 86400 - BEIJING;
    return 1;
}

/* 0000-00-00, alone or with 00:00:00: how a database writes "never". */
static wdt_fit never_read(const char *p, wdt_converted *value)
{
    if (memcmp(p, "0000-00-00", 10) != 0)
        return WDT_FIT_NONE;
    value->end = p + (memcmp(p + 10, " 00:00:00", 9) == 0 ? 19 : 10);
    return WDT_FIT_NOTHING;
}

/* A number is seconds, or milliseconds. */
static wdt_fit epoch_read(const char *p, wdt_converted *value)
{
    value->end = whole_read(p, &value->integer);
    if (value->end == NULL || value->integer < 0 || value->integer >= MILLISECONDS_END)
        return WDT_FIT_NONE;
    if (value->integer >= WDT_MILLISECONDS)
        value->integer /= 1000;
    return WDT_FIT_INTEGER;
}

/* Returns true if the ten bytes at p are the day that was read last. A zeroed wdt_day is no day. */
static int day_is(const char *p, const wdt_day *day)
{
    uint64_t a, b;
    memcpy(&a, p, 8);
    memcpy(&b, day->date, 8);
    return a == b && a != 0 && p[8] == day->date[8] &&
           p[9] == day->date[9]; /* at first it is no day */
}

/* Seconds since midnight of the eight bytes at p, or -1 where they are no time of day. */
static int clock_read(const char *p)
{
    unsigned h, m, s;
    if (!time_is_like(p, "00:00:00", "\x76\x76\x7f\x76\x76\x7f\x76\x76"))
        return -1;
    h = digits_two(p);
    m = digits_two(p + 3);
    s = digits_two(p + 6);
    return h > 23 || m > 59 || s > 59 ? -1 : (int)(h * 3600 + m * 60 + s);
}

/* Reads a day, alone or with a time of day. Beijing has no summer time, so a day's start and
 * seconds are enough. */
static wdt_fit datetime_read(const char *p, wdt_day *day, wdt_converted *value)
{
    int seconds;
    if (!day_is(p, day) && !day_read(p, day))
        return never_read(p, value);
    value->integer = day->start;
    value->end = p + 10;
    if (p[10] != ' ')
        return WDT_FIT_INTEGER;
    seconds = clock_read(p + 11);
    if (seconds < 0)
        return WDT_FIT_NONE;
    value->integer += seconds;
    value->end = p + 19;
    return WDT_FIT_INTEGER;
}

int wdt_convert_time(const char *p, size_t n, wdt_day *day, int64_t *epoch)
{
    const int seconds = n == 19 && p[10] == ' ' ? clock_read(p + 11) : -1;
    if (seconds < 0 || (!day_is(p, day) && !day_read(p, day)))
        return 0;
    *epoch = day->start + seconds;
    return 1;
}

/* ---- any of them ---- */

/* Reads a value of one of the types that convert texts; `value->end` is then after its last byte.
 */
static wdt_fit value_read(wdt_type type, const char *p, wdt_day *day, wdt_converted *value)
{
    switch (type) {
    case WDT_TYPE_INT: return int_read(p, value);
    case WDT_TYPE_SCALED: return scaled_read(p, value);
    case WDT_TYPE_NUMBER: return real_read(p, value);
    case WDT_TYPE_DATETIME: return datetime_read(p, day, value);
    default: return WDT_FIT_NONE;
    }
}

/* A text that fits only in part does not fit: the closing quote must follow. */
wdt_fit wdt_convert_text(wdt_type type, const char *p, wdt_day *day, wdt_converted *value)
{
    wdt_fit fit;
    if (*p == '"') {
        value->end = p + 1;
        return type >= WDT_TYPE_INT ? WDT_FIT_NOTHING : WDT_FIT_NONE;
    }
    fit = value_read(type, p, day, value);
    if (fit != WDT_FIT_NONE && *value->end++ != '"')
        return WDT_FIT_NONE;
    return fit;
}

wdt_fit wdt_convert_number(wdt_type type, const char *p, const char *end, wdt_converted *value)
{
    const wdt_fit fit =
        type == WDT_TYPE_DATETIME ? epoch_read(p, value) : value_read(type, p, NULL, value);
    return fit != WDT_FIT_NONE && value->end == end ? fit : WDT_FIT_NONE;
}
