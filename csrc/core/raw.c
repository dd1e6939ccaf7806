/* Hands on rows as their own bytes (`as = "json"`), without the whitespace between their tokens.
 *
 *     { "id" : 1 }   ->   {"id":1}
 *
 * One pass over the container (wdt_scan_survey) finds its end, tells whether a byte is wrong, and
 * packs it into the scratch buffer where there is whitespace. Only where something is wrong does a
 * second, slow pass look for the first wrong byte, to name it in the error. Values of `keys` are
 * read from the original bytes afterwards. */
#include "core.h"

#include <string.h>

/* Sets the flaw of the row; returns -1. */
static int raw_fail(wdt_value *b, const char *at, const char *what)
{
    b->flaw.at = at;
    b->flaw.what = what;
    return -1;
}

/* Returns true for the bytes of JSON's punctuation. */
static int is_structural(char c)
{
    return c != '\0' && strchr("{}[],:", c) != NULL;
}

/* Looks for the first wrong byte of a piece of which a survey has said that there is one. */
static int raw_fail_survey(wdt_value *b)
{
    const char *const end = b->piece.bytes + b->piece.n, *const utf8 =
                                                             wdt_utf8_check(b->piece.bytes, end);
    const char *p = b->piece.bytes;
    for (int in_string = 0; p < utf8; p++) {
        const char *const next = in_string ? p : wdt_skip_space(p);
        const unsigned char c = (unsigned char)*p;
        if (next > p) {
            if (!is_structural(p[-1]) && !is_structural(*next))
                return raw_fail(b, next,
                                "a row has two tokens with nothing but whitespace between them");
            p = next - 1;
        } else if (c < 0x20) {
            return raw_fail(b, p, "a control character stands unescaped in a row");
        } else if (c == '"') {
            in_string = !in_string;
        } else if (c == '\\' && (unsigned char)p[1] >= 0x20 && (in_string || p[1] != ' ')) {
            p++;
        }
    }
    return raw_fail(b, utf8, "a row is not UTF-8");
}

/* Looks at the container that b->piece begins with; when it has whitespace between its tokens, its
 * packed bytes are then in the scratch buffer, which grows to hold them. */
static wdt_scan_result raw_survey(wdt_value *b, unsigned depth, size_t *used, wdt_survey *survey)
{
    for (;;) {
        wdt_scan scan;
        wdt_scan_result result;
        survey->out = *b->scratch;
        survey->room = *b->scratch_size;
        wdt_scan_begin(&scan, *b->piece.bytes, 0, depth);
        result = wdt_scan_survey(&scan, b->piece.bytes, b->piece.n, used, survey);
        if (result != WDT_SCAN_END || survey->flawed || !survey->spaced || survey->out != NULL)
            return result;
        wdt_value_scratch(b, *used + WDT_PACK_ROOM); /* the first of its size */
    }
}

/* Pushes the container that was looked at: packed, or as it stands where it has no whitespace. */
static void raw_push(wdt_value *b, const wdt_survey *survey)
{
    if (survey->spaced)
        lua_pushlstring(b->L, survey->out, survey->packed);
    else
        lua_pushlstring(b->L, b->piece.bytes, b->piece.n);
}

/* A row that is a scalar has no end of its own; only the reader knows it. */
static int raw_is_container(const wdt_value *b)
{
    return *b->piece.bytes == '{' || *b->piece.bytes == '[';
}

/* The reader knows the end of the row, and has checked its brackets. */
int wdt_raw_build(wdt_value *b)
{
    wdt_survey survey;
    size_t used;
    if (!raw_is_container(b)) {
        if (wdt_value_build(b) != 0) /* a scalar is soon checked in full */
            return -1;
        lua_pop(b->L, 1);
        lua_pushlstring(b->L, b->piece.bytes, b->piece.n);
        return 0;
    }
    raw_survey(b, WDT_DEPTH_MAX, &used, &survey);
    if (survey.flawed)
        return raw_fail_survey(b);
    raw_push(b, &survey);
    return 0;
}

/* The row's end is not known, so the survey also stands for the reader's scan. */
const char *wdt_raw_build_ahead(wdt_value *b)
{
    wdt_survey survey;
    size_t used;
    if (!raw_is_container(b) || raw_survey(b, b->depth_limit, &used, &survey) != WDT_SCAN_END ||
        survey.flawed)
        return NULL;
    b->piece.n = used;
    raw_push(b, &survey); /* before the scratch buffer serves another */
    return wdt_value_build_keys(b) == 0 ? b->piece.bytes + used : NULL;
}
