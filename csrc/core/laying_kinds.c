/* Which values fit which columns: only what a database gives back as the same number, time or text.
 * The rules are those of lua/wdt/sink/kinds.lua, which is the model that a spec holds this file
 * against. What is rare there ("1e-5", "1.0" with a sign in front of zero) is refused here: then
 * the row goes the long way, by that model. */
#include "laying.h"

#include <stdio.h>
#include <string.h>

static int is_digit(char c)
{
    return (unsigned)(c - '0') < 10;
}

/* Returns how many digits there are from p on, before `end`. */
static size_t digits_count(const char *p, const char *end)
{
    const char *first = p;
    while (p < end && is_digit(*p))
        p++;
    return (size_t)(p - first);
}

static int fit_as(wdt_fitted *out, wdt_cell_form form, const char *p, size_t n)
{
    out->form = form;
    out->bytes = p;
    out->n = n;
    return 0;
}

/* 64 bits, no zero in front; 2.0000 is 2. */
static int fit_int(const char *p, size_t n, wdt_fitted *out)
{
    static const char largest[] = "9223372036854775807";
    const char *end = p + n, *first = p + (*p == '-');
    const size_t count = digits_count(first, end);
    const char *rest = first + count;
    if (count == 0 || count > 19 || (count == 19 && memcmp(first, largest, 19) > 0))
        return -1;
    if (*first == '0' && (count > 1 || first > p))
        return -1;
    if (rest < end) {
        if (*rest != '.' || rest + 1 == end)
            return -1;
        for (const char *zero = rest + 1; zero < end; zero++)
            if (*zero != '0')
                return -1;
    }
    return fit_as(out, WDT_CELL_BARE, p, (size_t)(rest - p));
}

/* Returns true if as many digits are significant at most: zeros in front and at the end are not.
 * `tail` has none at its end. */
static int is_short(const char *head, size_t whole, const char *tail, size_t places, size_t most)
{
    size_t n;
    if (*head == '0' && places >= 4 && memcmp(tail, "0000", 4) == 0)
        return 0; /* the database would write an exponent */
    while (whole > 0 && *head == '0') {
        head++;
        whole--;
    }
    if (whole == 0)
        while (places > 0 && *tail == '0') {
            tail++;
            places--;
        }
    for (n = whole + places; places == 0 && n > 0 && head[n - 1] == '0'; n--)
        continue;
    return n <= most;
}

/* As many digits as the database keeps. */
static int fit_decimal(const wdt_decimal_limit *limit, const char *p, size_t n, wdt_fitted *out)
{
    const char *end = p + n, *head = p + (*p == '-'), *tail;
    const size_t whole = digits_count(head, end);
    size_t places = 0;
    tail = head + whole;
    if (whole == 0 || (whole > 1 && *head == '0'))
        return -1;
    if (tail < end) {
        if (*tail++ != '.')
            return -1;
        places = digits_count(tail, end);
        if (places == 0 || tail + places != end)
            return -1;
        while (places > 0 && tail[places - 1] == '0')
            places--;
    }
    if (limit->whole != 0 && (whole > limit->whole || places > limit->places))
        return -1;
    if (limit->significant != 0 && !is_short(head, whole, tail, places, limit->significant))
        return -1;
    return fit_as(out, WDT_CELL_BARE, p, n);
}

/* ---- times ---- */

static unsigned two(const char *p)
{
    return (unsigned)(p[0] - '0') * 10 + (unsigned)(p[1] - '0');
}

/* Returns true if the text has the form, in which 0 stands for a digit. */
static int has_form(const char *p, const char *form)
{
    for (; *form != 0; p++, form++)
        if (*form == '0' ? !is_digit(*p) : *p != *form)
            return 0;
    return 1;
}

/* Returns true if the 10 bytes at p are a day that exists. */
static int is_day(const char *p)
{
    static const unsigned char days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned year, month, day;
    if (!has_form(p, "0000-00-00"))
        return 0;
    year = two(p) * 100 + two(p + 2);
    month = two(p + 5);
    day = two(p + 8);
    if (month < 1 || month > 12 || day < 1 || day > days[month - 1])
        return 0;
    return month != 2 || day < 29 || (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}

static int is_clock(const char *p)
{
    return has_form(p, "00:00:00") && two(p) < 24 && two(p + 3) < 60 && two(p + 6) < 60;
}

/* Writes epoch seconds as the date that they are in Beijing, and the thousandths (3 digits, or
 * NULL) after it. Years begin in March here, so that the leap day is last (wdt.beijing). */
static int fit_epoch(int64_t epoch, const char *part, wdt_extra *extra, wdt_fitted *out)
{
    const int64_t t = epoch + 8 * 3600, days = t / 86400 + 719468, rest = t % 86400;
    const int64_t era = days / 146097, doe = days % 146097;
    const int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    const int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    const int64_t month = mp < 10 ? mp + 3 : mp - 9;
    char *text = extra->at;
    int n;
    if (extra->end - text < 64)
        return -1;
    n = snprintf(text, 64, "%04d-%02d-%02d %02d:%02d:%02d%s%.3s",
                 (int)(yoe + era * 400 + (month <= 2)), (int)month,
                 (int)(doy - (153 * mp + 2) / 5 + 1), (int)(rest / 3600), (int)(rest / 60 % 60),
                 (int)(rest % 60), part != NULL ? "." : "", part != NULL ? part : "");
    extra->at += n;
    return fit_as(out, WDT_CELL_TEXT, text, (size_t)n);
}

/* Reads at most 13 digits. */
static int64_t whole_number(const char *p, size_t n)
{
    int64_t value = 0;
    for (size_t i = 0; i < n; i++)
        value = value * 10 + (p[i] - '0');
    return value;
}

/* Epoch milliseconds: 12 or 13 digits. */
static int fit_milliseconds(const char *p, size_t n, wdt_extra *extra, wdt_fitted *out)
{
    const char *part = memcmp(p + n - 3, "000", 3) != 0 ? p + n - 3 : NULL;
    return fit_epoch(whole_number(p, n) / 1000, part, extra, out);
}

/* A text whose 11th byte is a T, with a blank there. */
static int fit_blank(const char *p, size_t n, wdt_extra *extra, wdt_fitted *out)
{
    char *text = extra->at;
    if ((size_t)(extra->end - text) < n)
        return -1;
    memcpy(text, p, n);
    text[10] = ' ';
    extra->at += n;
    return fit_as(out, WDT_CELL_TEXT, text, n);
}

/* A time in Beijing; "0000-00-00" is how a database writes "never". */
static int fit_datetime(const wdt_dialect *dialect, const char *p, size_t n, wdt_extra *extra,
                        wdt_fitted *out)
{
    const size_t digits = digits_count(p, p + n);
    if (digits == n) {
        if (n == 9 || n == 10 || (n == 1 && *p == '0'))
            return fit_epoch(whole_number(p, n), NULL, extra, out);
        if ((n != 12 && n != 13) || (!dialect->fractions && memcmp(p + n - 3, "000", 3) != 0))
            return -1;
        return fit_milliseconds(p, n, extra, out);
    }
    if ((n == 10 || n == 19) && memcmp(p, "0000-00-00", 10) == 0)
        return n == 10 || memcmp(p + 10, " 00:00:00", 9) == 0 ? fit_as(out, WDT_CELL_NULL, p, 0)
                                                              : -1;
    if (n < 10 || !is_day(p))
        return -1;
    if (n == 10)
        return fit_as(out, WDT_CELL_TEXT, p, n);
    if (n < 19 || (p[10] != ' ' && p[10] != 'T') || !is_clock(p + 11))
        return -1;
    if (n > 19 && (!dialect->fractions || p[19] != '.' || n < 21 || n > 26 ||
                   digits_count(p + 20, p + n) != n - 20))
        return -1;
    return p[10] == ' ' ? fit_as(out, WDT_CELL_TEXT, p, n) : fit_blank(p, n, extra, out);
}

int wdt_kind_version(const char *p, size_t n, wdt_extra *extra, wdt_fitted *out)
{
    if ((n == 12 || n == 13) && digits_count(p, p + n) == n)
        return fit_milliseconds(p, n, extra, out);
    if (n > 10 && p[10] == 'T' && has_form(p, "0000-00-00"))
        return fit_blank(p, n, extra, out);
    return fit_as(out, WDT_CELL_TEXT, p, n);
}

/* ---- any of them ---- */

int wdt_kind_fit_boolean(wdt_kind kind, const wdt_dialect *dialect, int value, wdt_fitted *out)
{
    const char *text = value ? dialect->yes : dialect->no;
    if (kind != WDT_KIND_BOOLEAN && kind != WDT_KIND_TEXT)
        return -1;
    return fit_as(out, WDT_CELL_TEXT, text, strlen(text));
}

int wdt_kind_fit(wdt_kind kind, const wdt_dialect *dialect, const char *p, size_t n,
                 wdt_extra *extra, wdt_fitted *out)
{
    if (kind == WDT_KIND_TEXT)
        return fit_as(out, WDT_CELL_TEXT, p, n);
    if (n == 0)
        return fit_as(out, WDT_CELL_NULL, p, 0);
    switch (kind) {
    case WDT_KIND_INT: return fit_int(p, n, out);
    case WDT_KIND_DECIMAL: return fit_decimal(&dialect->decimal, p, n, out);
    case WDT_KIND_DATETIME: return fit_datetime(dialect, p, n, extra, out);
    default: break;
    }
    if (n == 1 && (*p == '0' || *p == '1'))
        return wdt_kind_fit_boolean(kind, dialect, *p == '1', out);
    if (n == 4 && memcmp(p, "true", 4) == 0)
        return wdt_kind_fit_boolean(kind, dialect, 1, out);
    if (n == 5 && memcmp(p, "false", 5) == 0)
        return wdt_kind_fit_boolean(kind, dialect, 0, out);
    return -1;
}
