/* libFuzzer target for the reader: no Lua.
 *
 * The input's first bytes say how to read (path, limits, cuts), the rest is a document. Whatever
 * the bytes are: nothing may be read or written out of bounds (ASan, UBSan), and what comes out may
 * not depend on how the input was cut nor on whether rows were decoded ahead of their end. Scans
 * and surveys are compared with slow ones that look at one byte at a time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "reader.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void *allocate(void *ud, void *block, size_t old_size, size_t new_size)
{
    (void)ud;
    (void)old_size;
    if (new_size == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, new_size);
}

/* ---- a strict decoder that builds nothing: where the value at p ends, or NULL ---- */

static const char *check_value(const char *p, const char *end, unsigned depth);

static const char *check_string(const char *p)
{
    wdt_string string;
    wdt_flaw flaw;
    const char *after = wdt_string_read(p + 1, &string, &flaw);
    char *out, *last;
    if (after == NULL)
        return NULL;
    out = malloc(string.n + 1);
    CHECK(out != NULL);
    last = wdt_string_decode(&string, out, &flaw);
    if (last != NULL) {
        CHECK((size_t)(last - out) <= string.n);
        /* The decoded text is UTF-8 again. */
        CHECK(wdt_utf8_check(out, (*last = '\0', last)) == last);
    }
    free(out);
    return last != NULL ? after : NULL;
}

static const char *check_container(const char *p, const char *end, unsigned depth)
{
    const char close = *p == '{' ? '}' : ']';
    if (depth == 0)
        return NULL;
    p = wdt_skip_space(p + 1);
    if (*p == close)
        return p + 1;
    for (;;) {
        if (close == '}') {
            if (*p != '"' || (p = check_string(p)) == NULL)
                return NULL;
            p = wdt_skip_space(p);
            if (*p != ':')
                return NULL;
            p = wdt_skip_space(p + 1);
        }
        p = check_value(p, end, depth - 1);
        if (p == NULL)
            return NULL;
        p = wdt_skip_space(p);
        if (*p == close)
            return p + 1;
        if (*p != ',')
            return NULL;
        p = wdt_skip_space(p + 1);
    }
}

static const char *check_value(const char *p, const char *end, unsigned depth)
{
    wdt_number number;
    if (p >= end)
        return NULL;
    switch (*p) {
    case '{':
    case '[': return check_container(p, end, depth);
    case '"': return check_string(p);
    case 't': return memcmp(p, "true", 4) == 0 ? p + 4 : NULL;
    case 'f': return memcmp(p, "false", 5) == 0 ? p + 5 : NULL;
    case 'n': return memcmp(p, "null", 4) == 0 ? p + 4 : NULL;
    default: return wdt_number_read(p, &number) != WDT_NUMBER_FLAW ? number.end : NULL;
    }
}

/* ---- the slow scan ---- */

/* The container at p of n bytes: a fast scan and survey sees what one byte at a time shows. */
static void check_scan(const char *p, size_t n, wdt_scan_loop *fast)
{
    wdt_scan scan;
    wdt_survey survey;
    size_t used, i, solid = 0;
    unsigned depth = 0;
    int in_string = 0, spaced = 0, flawed = 0, gap = 0;
    char last = '\0';
    char *out = malloc(n + WDT_PACK_ROOM), *slow = malloc(n);
    CHECK(out != NULL && slow != NULL);
    CHECK(wdt_scan_begin(&scan, *p, 0, WDT_DEPTH_MAX) == 0);
    survey.out = out;
    survey.room = n + WDT_PACK_ROOM;
    CHECK(fast(&scan, p, n, &used, &survey) == WDT_SCAN_END && used == n);
    for (i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)p[i];
        const int space = c == ' ' || c == '\n' || c == '\r' || c == '\t';
        spaced |= !in_string && space;
        if (!in_string && space) {
            gap = 1;
        } else {
            flawed |= gap && !strchr("{}[],:", last) && !strchr("{}[],:", (char)c);
            gap = 0;
            last = (char)c;
        }
        if (in_string || !space)
            slow[solid++] = p[i];
        flawed |= c < 0x20 && (in_string || !space);
        if (c == '\\') {
            i++;
            gap = !in_string && (p[i] == ' ' || p[i] == '\n' || p[i] == '\r' || p[i] == '\t');
            if (!gap)
                slow[solid++] = last = p[i];
            flawed |= (unsigned char)p[i] < 0x20 &&
                      (in_string || (p[i] != '\n' && p[i] != '\r' && p[i] != '\t'));
            spaced |= !in_string && (p[i] == ' ' || p[i] == '\n' || p[i] == '\r' || p[i] == '\t');
            if (!in_string && (p[i] == '{' || p[i] == '['))
                depth++;
            else if (!in_string && (p[i] == '}' || p[i] == ']'))
                depth--;
        } else if (c == '"') {
            in_string = !in_string;
        } else if (!in_string && (c == '{' || c == '[')) {
            depth++;
        } else if (!in_string && (c == '}' || c == ']')) {
            depth--;
            CHECK((depth == 0) == (i == n - 1));
        }
    }
    CHECK(survey.spaced == spaced && survey.out == out);
    CHECK(!spaced || (survey.packed == solid && memcmp(out, slow, solid) == 0));
    CHECK((survey.flawed != 0) == (flawed || wdt_utf8_check(p, p + n) != p + n));
    /* With less room it fits exactly as long as it should. */
    survey.room = solid / 2 + WDT_PACK_ROOM;
    CHECK(wdt_scan_begin(&scan, *p, 0, WDT_DEPTH_MAX) == 0 &&
          fast(&scan, p, n, &used, &survey) == WDT_SCAN_END);
    CHECK(!spaced || survey.out == NULL ||
          (survey.packed == solid && memcmp(out, slow, solid) == 0));
    free(out);
    free(slow);
}

/* ---- reading ---- */

typedef struct transcript {
    uint64_t hash;
    size_t events;
} transcript;

static void note(transcript *t, const void *bytes, size_t n)
{
    const unsigned char *u = bytes;
    for (size_t i = 0; i < n; i++)
        t->hash = (t->hash ^ u[i]) * UINT64_C(0x100000001b3);
    t->hash = (t->hash ^ n) * UINT64_C(0x100000001b3);
}

static void take_piece(wdt_reader *r, transcript *t, wdt_event event, int ahead)
{
    const char *end = r->value.bytes + r->value.n;
    if (event == WDT_EVENT_MEMBER)
        note(t, r->key.bytes, r->key.n);
    if (event == WDT_EVENT_AHEAD) {
        const char *after =
            check_value(r->value.bytes, end, (unsigned)r->limits.depth - wdt_reader_depth(r));
        if (after == NULL || after >= end || (size_t)(after - r->value.bytes) > r->limits.row) {
            event = wdt_reader_peek(r);
            if (event == WDT_EVENT_ROW)
                take_piece(r, t, event, ahead);
            return;
        }
        note(t, r->value.bytes, (size_t)(after - r->value.bytes));
        wdt_reader_take(r, after);
        t->events++;
        return;
    }
    if (event == WDT_EVENT_MEMBER || event == WDT_EVENT_ROW) {
        note(t, r->value.bytes, r->value.n);
        if (*r->value.bytes == '{' || *r->value.bytes == '[') {
            check_scan(r->value.bytes, r->value.n, wdt_scan_survey);
#ifdef WDT_HAS_AVX512 /* and what most processors run */
            check_scan(r->value.bytes, r->value.n, wdt_scan_avx2);
#endif
        }
        if (check_value(r->value.bytes, end, WDT_DEPTH_MAX) != end) {
            wdt_reader_refuse(r, r->value.bytes, "not JSON");
            return;
        }
    }
    wdt_reader_accept(r);
    t->events++;
}

static void drain(wdt_reader *r, transcript *t, int ahead)
{
    for (;;) {
        const wdt_event event = ahead ? wdt_reader_peek_ahead(r) : wdt_reader_peek(r);
        if (event == WDT_EVENT_MORE || event == WDT_EVENT_DONE || event == WDT_EVENT_FAULT)
            return;
        take_piece(r, t, event, ahead);
    }
}

/* Reads the document in pieces of `step` bytes, or of sizes that `cuts` says. */
static transcript read_all(wdt_reader *r, const char *document, size_t n, size_t step,
                           const uint8_t *cuts, int ahead)
{
    transcript t = {UINT64_C(0xcbf29ce484222325), 0};
    char text[160];
    wdt_reader_reset(r);
    for (size_t at = 0, i = 0; at < n; i++) {
        size_t piece = cuts != NULL ? cuts[i % 4] + (size_t)1 : step;
        if (piece > n - at)
            piece = n - at;
        wdt_reader_feed(r, document + at, piece);
        at += piece;
        drain(r, &t, ahead);
    }
    if (wdt_reader_finish(r) == WDT_EVENT_FAULT) {
        wdt_fault_text(&r->fault, text, sizeof text);
        note(&t, text, strlen(text));
    }
    note(&t, &r->list_seen, sizeof r->list_seen);
    CHECK(wdt_reader_pending(r) <= n);
    return t;
}

static void check_same(transcript a, transcript b)
{
    CHECK(a.hash == b.hash && a.events == b.events);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const paths[4][2] = {
        {NULL, NULL}, {"list", NULL}, {"data", "list"}, {"a", "a"}};
    wdt_reader r;
    transcript whole;
    const char *document;
    size_t n;
    if (size < 6)
        return 0;
    memset(&r, 0, sizeof r);
    r.alloc = allocate;
    for (unsigned i = 0; i < 2 && paths[data[0] & 3][i] != NULL; i++) {
        r.path[i].bytes = paths[data[0] & 3][i];
        r.path[i].n = strlen(r.path[i].bytes);
        r.path_n++;
    }
    r.limits.depth = data[0] & 4 ? 5 : 64;
    r.limits.row = data[0] & 8 ? data[1] + (size_t)1 : 65536;
    r.limits.envelope = data[0] & 16 ? data[1] + (size_t)1 : 65536;
    r.limits.body = data[0] & 32 ? data[1] * (size_t)4 + 1 : 65536;
    document = (const char *)data + 6;
    n = size - 6;
    whole = read_all(&r, document, n, n > 0 ? n : 1, NULL, 0);
    check_same(whole, read_all(&r, document, n, 1, NULL, 0));
    check_same(whole, read_all(&r, document, n, 0, data + 2, 0));
    check_same(whole, read_all(&r, document, n, n > 0 ? n : 1, NULL, 1));
    check_same(whole, read_all(&r, document, n, 0, data + 2, 1));
    wdt_reader_free(&r);
    return 0;
}
