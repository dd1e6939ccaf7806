/* Rows as their own bytes: see wdt.h. */
#include "wdt.h"

static int fail(wdt_build *b, const char *at, const char *what)
{
    b->flaw.at = at;
    b->flaw.what = what;
    return -1;
}

/* Finds out what a survey has found: the first flaw of the piece. */
static int fail_survey(wdt_build *b)
{
    const char *const end = b->piece.bytes + b->piece.n, *const utf8 = wdt_utf8_check(b->piece.bytes, end);
    const char *p = b->piece.bytes;
    for (int in_string = 0; p < utf8; p++) {
        const unsigned char c = (unsigned char)*p;
        if (c < 0x20 && (in_string || (c != '\n' && c != '\r' && c != '\t')))
            return fail(b, p, "a control character stands unescaped in a row");
        if (c == '"')
            in_string = !in_string;
        else if (c == '\\' && (unsigned char)p[1] >= 0x20)
            p++;
    }
    return fail(b, utf8, "a row is not UTF-8");
}

/* Looks at the container b->piece begins with, which may also be packed into the scratch buffer, if that is large enough. */
static wdt_scan_result look(wdt_build *b, unsigned depth, size_t *used, wdt_survey *survey)
{
    wdt_scan scan;
    survey->out = *b->scratch;
    survey->room = *b->scratch_size;
    wdt_scan_begin(&scan, *b->piece.bytes, 0, depth);
    return wdt_scan_survey(&scan, b->piece.bytes, b->piece.n, used, survey);
}

/* Pushes the container b->piece after that look at it. */
static void push_raw(wdt_build *b, wdt_survey *survey)
{
    size_t used;
    if (!survey->spaced) {
        lua_pushlstring(b->L, b->piece.bytes, b->piece.n);
        return;
    }
    if (survey->out == NULL) { /* the first of its size */
        wdt_build_scratch(b, b->piece.n + WDT_PACK_ROOM);
        look(b, WDT_DEPTH_MAX, &used, survey);
    }
    lua_pushlstring(b->L, survey->out, survey->packed);
}

static int is_container(const wdt_build *b)
{
    return *b->piece.bytes == '{' || *b->piece.bytes == '[';
}

int wdt_build_raw(wdt_build *b)
{
    wdt_survey survey;
    size_t used;
    if (!is_container(b)) {
        if (wdt_build_value(b) != 0) /* a scalar is soon checked in full */
            return -1;
        lua_pop(b->L, 1);
        lua_pushlstring(b->L, b->piece.bytes, b->piece.n);
        return 0;
    }
    look(b, WDT_DEPTH_MAX, &used, &survey);
    if (survey.flawed)
        return fail_survey(b);
    push_raw(b, &survey);
    return 0;
}

const char *wdt_build_raw_ahead(wdt_build *b)
{
    wdt_survey survey;
    size_t used;
    if (!is_container(b) || look(b, b->depth_limit, &used, &survey) != WDT_SCAN_END || survey.flawed)
        return NULL;
    b->piece.n = used;
    push_raw(b, &survey); /* before the scratch buffer serves another */
    return wdt_build_keys(b) == 0 ? b->piece.bytes + used : NULL;
}
