/* libFuzzer target for values in their types (typed.c): no Lua.
 *
 * The input's first byte says where the bytes after it stand: as a text between quotes, or as a
 * number. Whatever they are: nothing may be read beyond the padding (ASan), what stands after them
 * may change nothing, and what comes out is compared with what a slow reading by the rules, and the
 * C library's calendar, make of the same bytes. */
#define _DEFAULT_SOURCE /* timegm, gmtime_r */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check.h"
#include "scan.h" /* WDT_PAD */
#include "convert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST    40 /* bytes of a value; what is longer is of no type */
#define BEIJING 28800

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ---- slow readings ---- */

/* A decimal without an exponent: its digits, at most 18 of them, times 10^-places. 0 when it is
 * none, or longer. */
static int slow_decimal(const char *p, size_t n, int64_t *digits, int *places)
{
    const char *const end = p + n;
    int negative, count = 0;
    *digits = 0;
    *places = 0;
    negative = p < end && *p == '-';
    p += negative;
    if (p == end || !is_digit(*p) || (*p == '0' && end - p > 1 && is_digit(p[1])))
        return 0;
    for (; p < end && is_digit(*p); p++, count++)
        *digits = count < 18 ? *digits * 10 + (*p - '0') : 0;
    if (p < end && *p == '.') {
        p++;
        if (p == end || !is_digit(*p))
            return 0;
        for (; p < end && is_digit(*p); p++, count++, (*places)++)
            *digits = count < 18 ? *digits * 10 + (*p - '0') : 0;
    }
    if (negative)
        *digits = -*digits;
    return p == end && count <= 18;
}

/* 1: a time that exists; 0: none; -1: the way to write "never". */
static int slow_datetime(const char *text, size_t n, int64_t *epoch)
{
    char again[64];
    struct tm tm;
    time_t t;
    int end = 0;
    memset(&tm, 0, sizeof tm);
    if (strcmp(text, "0000-00-00") == 0 || strcmp(text, "0000-00-00 00:00:00") == 0)
        return -1;
    if (!is_digit(*text) ||
        sscanf(text, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &end) != 3 ||
        (n != 10 && n != 19) || end != 10)
        return 0;
    if (n == 19 &&
        (sscanf(text + 10, " %2d:%2d:%2d%n", &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &end) != 3 ||
         end != 9))
        return 0;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    t = timegm(&tm);
    if (gmtime_r(&t, &tm) == NULL)
        return 0;
    snprintf(again, sizeof again, "%04d-%02d-%02d %02d:%02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1,
             tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
    *epoch = (int64_t)t - BEIJING;
    return memcmp(again, text, n) == 0;
}

/* ---- comparisons ---- */

static void check_int(wdt_fit fit, const wdt_converted *value, const char *text, size_t n)
{
    int64_t digits;
    int places;
    if (!slow_decimal(text, n, &digits, &places))
        return;
    while (places > 0 && digits % 10 == 0) {
        digits /= 10;
        places--;
    }
    CHECK(fit == WDT_FIT_INTEGER || places > 0 || digits > 99999999999999 ||
          digits < -99999999999999);
    CHECK(fit == WDT_FIT_NONE || (places == 0 && value->integer == digits));
}

static void check_scaled(wdt_fit fit, const wdt_converted *value, const char *text, size_t n)
{
    int64_t digits;
    int places;
    if (!slow_decimal(text, n, &digits, &places))
        return;
    while (places > 4 && digits % 10 == 0) {
        digits /= 10;
        places--;
    }
    if (places > 4) {
        CHECK(fit == WDT_FIT_NONE);
        return;
    }
    for (; places < 4; places++)
        if (__builtin_mul_overflow(digits, 10, &digits)) {
            CHECK(fit == WDT_FIT_NONE);
            return;
        }
    if (fit == WDT_FIT_INTEGER)
        CHECK(value->integer == digits);
    else
        CHECK(digits >= INT64_C(1000000000000000000) || digits <= -INT64_C(1000000000000000000));
}

static void check_real(wdt_fit fit, const wdt_converted *value, const char *text, size_t n)
{
    int64_t digits;
    int places;
    if (fit == WDT_FIT_REAL)
        CHECK(value->real == strtod(text, NULL));
    if (slow_decimal(text, n, &digits, &places) && digits > -INT64_C(10000000000) &&
        digits < INT64_C(10000000000))
        CHECK(fit == WDT_FIT_REAL);
}

static void check_datetime(wdt_fit fit, const wdt_converted *value, const char *text, size_t n)
{
    int64_t epoch;
    const int exists = slow_datetime(text, n, &epoch);
    CHECK(fit == (exists > 0 ? WDT_FIT_INTEGER : exists < 0 ? WDT_FIT_NOTHING : WDT_FIT_NONE));
    CHECK(fit != WDT_FIT_INTEGER || value->integer == epoch);
}

static void check_epoch(wdt_fit fit, const wdt_converted *value, const char *text, size_t n)
{
    int64_t digits;
    int places;
    const int whole = slow_decimal(text, n, &digits, &places) && places == 0 && digits >= 0 &&
                      digits < INT64_C(1000000000000000);
    CHECK(whole ? fit == WDT_FIT_INTEGER &&
                      value->integer == (digits < 100000000000 ? digits : digits / 1000)
                : fit == WDT_FIT_NONE);
}

/* The text as the clock of a row, in memory that ends with it. */
static void check_clock(const char *text, size_t n, wdt_day *day)
{
    int64_t expected, epoch;
    const int exists = n == 19 && slow_datetime(text, n, &expected) > 0;
    char *bytes = malloc(n + (n == 0));
    CHECK(bytes != NULL);
    memcpy(bytes, text, n);
    CHECK(wdt_convert_time(bytes, n, day, &epoch) == exists);
    CHECK(!exists || epoch == expected);
    free(bytes);
}

/* The value with `after` repeated after it, in memory that ends with the padding. */
static wdt_fit read_at(wdt_type type, const char *text, size_t n, int number, char after,
                       wdt_day *day, wdt_converted *value)
{
    const size_t quote = number ? 0 : 1;
    char *bytes = malloc(n + quote + WDT_PAD);
    wdt_fit fit;
    CHECK(bytes != NULL);
    memset(bytes, after, n + quote + WDT_PAD);
    memcpy(bytes, text, n);
    if (!number)
        bytes[n] = '"';
    memset(value, 0, sizeof *value);
    fit = number ? wdt_convert_number(type, bytes, bytes + n, value)
                 : wdt_convert_text(type, bytes, day, value);
    CHECK(fit == WDT_FIT_NONE || value->end == bytes + n + quote);
    free(bytes);
    return fit;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static wdt_day day; /* of the inputs before: that may change nothing either */
    const size_t n = size - 1;
    char text[MOST + 1];
    wdt_number token;
    int number;
    if (size < 1 || n > MOST || memchr(data + 1, '"', n) != NULL ||
        memchr(data + 1, '\0', n) != NULL)
        return 0;
    memcpy(text, data + 1, n);
    text[n] = '\0';
    number = data[0] & 1;
    if (number && (wdt_number_read(text, &token) == WDT_NUMBER_FLAW || token.end != text + n))
        return 0;
    check_clock(text, n, &day);
    for (wdt_type type = WDT_TYPE_INT; type <= WDT_TYPE_DATETIME; type++) {
        wdt_day fresh;
        wdt_converted value, other;
        wdt_fit fit;
        memset(&fresh, 0, sizeof fresh);
        fit = read_at(type, text, n, number, '\0', &day, &value);
        CHECK(fit == read_at(type, text, n, number, number ? ',' : '-', &fresh, &other));
        CHECK(fit == WDT_FIT_NONE || (value.integer == other.integer && value.real == other.real));
        if (n == 0)
            CHECK(fit == WDT_FIT_NOTHING);
        else if (type == WDT_TYPE_INT)
            check_int(fit, &value, text, n);
        else if (type == WDT_TYPE_SCALED)
            check_scaled(fit, &value, text, n);
        else if (type == WDT_TYPE_NUMBER)
            check_real(fit, &value, text, n);
        else if (number)
            check_epoch(fit, &value, text, n);
        else
            check_datetime(fit, &value, text, n);
    }
    return 0;
}
