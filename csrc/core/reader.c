/* The reader is a state machine over the bytes between pieces, and a scan (scan.h) inside them. It
 * looks at each byte once: `mark` <= `at` <= `tail` are places in one buffer, and only bytes
 * before `mark` may be forgotten.
 *
 *     {"code":0,"data":{"list":[{"id":1},{"id":2}]}}      path: data.list
 *      --------                                           MEMBER "code"
 *               -------                                   ENTER "data"
 *                       -------                           LIST
 *                               -------- --------         ROW, ROW, then DONE
 *
 * A row whose end is not yet here may be handed out "ahead": the caller decodes it and finds the
 * end by itself, which saves a pass over the bytes. It gets one try, so a hostile sender cannot
 * make the same bytes be read again and again. A fault found while feeding waits in `late` until
 * the pieces before it have been taken, so that the result does not depend on how the bytes were
 * cut. */
#include "reader.h"

#include <string.h>

/* Where the reader stands between two bytes. From KEY on, `mark` keeps the piece that is being
 * read. */
enum {
    STATE_START,     /* before the document's brace */
    STATE_IN_MARK,   /* in a byte order mark before it */
    STATE_FIRST_KEY, /* after an object's brace */
    STATE_NEXT_KEY,  /* after a comma in an object */
    STATE_FIRST_ROW, /* after the list's bracket */
    STATE_NEXT_ROW,  /* after a comma in the list */
    STATE_AFTER_MEMBER,
    STATE_AFTER_ROW,
    STATE_END,       /* after the document */
    STATE_KEY,       /* in a key */
    STATE_COLON,     /* after a key */
    STATE_VALUE,     /* after a colon */
    STATE_IN_MEMBER, /* in a member's value */
    STATE_IN_ROW     /* in a row */
};

/* Puts the reader into its fault state: the bytes at buffer[at] are not JSON. */
static wdt_event reader_refuse(wdt_reader *r, size_t at, const char *what)
{
    r->fault = wdt_fault_at(r, WDT_CODE_SYNTAX, at, what);
    return WDT_EVENT_FAULT;
}

/* Puts the reader into its fault state: a limit is exceeded; `limit` is its name, a literal. */
static wdt_event reader_exceed(wdt_reader *r, size_t at, const char *limit, size_t most)
{
    r->fault = wdt_fault_at(r, WDT_CODE_LIMIT, at, NULL);
    r->fault.limit = limit;
    r->fault.most = most;
    return WDT_EVENT_FAULT;
}

void wdt_reader_refuse(wdt_reader *r, const char *at, const char *what)
{
    reader_refuse(r, (size_t)(at - r->buffer), what);
}

void wdt_reader_exceed(wdt_reader *r, const char *at, const char *limit, size_t most)
{
    reader_exceed(r, (size_t)(at - r->buffer), limit, most);
}

/* ---- the document ---- */

/* Returns true if the string token `key` (with quotes) spells `name`, escapes and all. A key with
 * escapes is as good as one without: "\\u0064ata" is "data". */
static int key_matches(wdt_span key, wdt_span name)
{
    wdt_string string;
    wdt_flaw flaw;
    char out[256];
    const char *end;
    if (key.n - 2 == name.n && memcmp(key.bytes + 1, name.bytes, name.n) == 0)
        return memchr(name.bytes, '\\', name.n) == NULL;
    /* An escape makes a key longer, at most six times: \u0061. */
    if (memchr(key.bytes, '\\', key.n) == NULL || key.n - 2 > sizeof out ||
        wdt_string_read(key.bytes + 1, &string, &flaw) == NULL)
        return 0;
    end = wdt_string_decode(&string, out, &flaw);
    return end != NULL && (size_t)(end - out) == name.n && memcmp(out, name.bytes, name.n) == 0;
}

/* Passes over the brace that closes an object on the path, or the document. */
static wdt_event reader_leave_object(wdt_reader *r)
{
    r->at++;
    if (r->level == 0) {
        r->state = STATE_END;
    } else {
        r->level--;
        r->state = STATE_AFTER_MEMBER;
    }
    return WDT_EVENT_MORE;
}

/* Begins to look for the end of the token at `at`, inside `open` containers. Every token is
 * scanned before it is handed out, so that a piece is always whole. */
static wdt_event reader_begin_scan(wdt_reader *r, unsigned open, int state)
{
    r->value_at = r->at;
    r->state = state;
    if (wdt_scan_begin(&r->scan, r->buffer[r->at], open, (unsigned)r->limits.depth) != 0)
        return reader_refuse(r, r->at, "a value was expected");
    return WDT_EVENT_MORE;
}

/* Scans on in the token that began at `from`, at most `most` bytes of it in all; *complete says
 * whether it ended. */
static wdt_event reader_scan_on(wdt_reader *r, size_t from, size_t most, const char *limit,
                                size_t limit_value, int *complete)
{
    const size_t present = r->tail - r->at;
    const size_t room = most - (r->at - from) + (r->scan.kind == WDT_SCAN_SCALAR);
    size_t used;
    wdt_scan_result result =
        wdt_scan_run(&r->scan, r->buffer + r->at, present < room ? present : room, &used);
    r->at += used;
    *complete = result == WDT_SCAN_END;
    switch (result) {
    case WDT_SCAN_DEPTH: return reader_exceed(r, r->at, "depth", r->limits.depth);
    case WDT_SCAN_MISMATCH:
        return reader_refuse(r, r->at, "a bracket closes what another kind of bracket opened");
    case WDT_SCAN_MORE:
        if (present > room || r->at - from > most)
            return reader_exceed(r, from, limit, limit_value);
        return WDT_EVENT_MORE;
    default: return WDT_EVENT_MORE;
    }
}

/* A member's key has been read, and its colon: on the path go in, elsewhere take the value as a
 * whole. */
static wdt_event reader_start_value(wdt_reader *r)
{
    const char c = r->buffer[r->at];
    const int last = r->on_path && r->level + 1 == r->path_n;
    if (r->on_path && r->list_seen)
        return reader_refuse(r, r->key_at, "a name on the list's path stands twice");
    if ((last && c == '[') || (r->on_path && !last && c == '{')) {
        if (r->level + 2 > r->limits.depth)
            return reader_exceed(r, r->at, "depth", r->limits.depth);
        return r->event = last ? WDT_EVENT_LIST : WDT_EVENT_ENTER;
    }
    return reader_begin_scan(r, r->level + 1, STATE_IN_MEMBER);
}

/* Takes a byte of the UTF-8 byte order mark that some servers put before the document. 1, or 0 when
 * it is none. */
static int reader_take_mark(wdt_reader *r)
{
    static const char mark[] = {'\xef', '\xbb', '\xbf'};
    const uint64_t offset = r->base + r->at;
    if (offset >= sizeof mark || r->buffer[r->at] != mark[offset] ||
        (offset > 0 && r->state != STATE_IN_MARK))
        return 0;
    r->at++;
    r->state = offset + 1 < sizeof mark ? STATE_IN_MARK : STATE_START;
    return 1;
}

/* Takes the byte at `at`, which is no whitespace and stands between tokens, as the state says.
 * Returns WDT_EVENT_MORE where the state has moved on. */
static wdt_event reader_start_token(wdt_reader *r)
{
    const char c = r->buffer[r->at];
    switch (r->state) {
    case STATE_START:
    case STATE_IN_MARK:
        if (c != '{' && reader_take_mark(r))
            return WDT_EVENT_MORE;
        if (c != '{' || r->state == STATE_IN_MARK)
            return reader_refuse(r, r->at, "the document is not a JSON object");
        r->at++;
        r->state = STATE_FIRST_KEY;
        return WDT_EVENT_MORE;
    case STATE_FIRST_KEY:
    case STATE_NEXT_KEY:
        if (c == '}' && r->state == STATE_FIRST_KEY)
            return reader_leave_object(r);
        if (c != '"')
            return reader_refuse(r, r->at, "a key was expected");
        r->mark = r->key_at = r->at;
        return reader_begin_scan(r, r->level + 1, STATE_KEY);
    case STATE_AFTER_MEMBER:
        if (c == '}')
            return reader_leave_object(r);
        if (c != ',')
            return reader_refuse(r, r->at, "a comma or a brace was expected");
        r->at++;
        r->state = STATE_NEXT_KEY;
        return WDT_EVENT_MORE;
    case STATE_FIRST_ROW:
    case STATE_NEXT_ROW:
        if (c == ']' && r->state == STATE_FIRST_ROW) {
            r->at++;
            r->state = STATE_AFTER_MEMBER;
            return WDT_EVENT_MORE;
        }
        r->mark = r->at;
        if (r->rows_left-- == 0 && r->limits.rows != 0)
            return reader_exceed(r, r->at, "rows", r->limits.rows);
        return reader_begin_scan(r, wdt_reader_depth(r), STATE_IN_ROW);
    case STATE_AFTER_ROW:
        if (c != ',' && c != ']')
            return reader_refuse(r, r->at, "a comma or a bracket was expected");
        r->at++;
        r->state = c == ',' ? STATE_NEXT_ROW : STATE_AFTER_MEMBER;
        return WDT_EVENT_MORE;
    case STATE_COLON:
        if (c != ':')
            return reader_refuse(r, r->at, "a colon was expected");
        r->at++;
        r->state = STATE_VALUE;
        return WDT_EVENT_MORE;
    case STATE_VALUE: return reader_start_value(r);
    default: return reader_refuse(r, r->at, "something follows the document");
    }
}

/* Scans on in the token that `at` stands in, and answers with its event when it ends. A key has no
 * event of its own: its value follows. */
static wdt_event reader_continue_token(wdt_reader *r)
{
    const int in_row = r->state == STATE_IN_ROW;
    const size_t room = r->limits.envelope - r->envelope_used;
    int complete;
    wdt_event event;
    if (in_row)
        event = reader_scan_on(r, r->mark, r->limits.row, "row", r->limits.row, &complete);
    else
        event = reader_scan_on(r, r->mark, room, "envelope", r->limits.envelope, &complete);
    if (event != WDT_EVENT_MORE || !complete)
        return event;
    if (r->state != STATE_KEY)
        return r->event = in_row ? WDT_EVENT_ROW : WDT_EVENT_MEMBER;
    r->key_n = r->at - r->key_at;
    r->key.bytes = r->buffer + r->key_at;
    r->key.n = r->key_n;
    r->on_path = r->level < r->path_n && key_matches(r->key, r->path[r->level]);
    r->state = STATE_COLON;
    return WDT_EVENT_MORE;
}

static int is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* The bytes present are used up: a fault of late counts only now, after all pieces before it. */
static wdt_event reader_starve(wdt_reader *r)
{
    if (r->late.code != WDT_CODE_OK) {
        r->fault = r->late;
        return WDT_EVENT_FAULT;
    }
    return r->state == STATE_END ? WDT_EVENT_DONE : WDT_EVENT_MORE;
}

/* An object or a list begins a row, and so much of it is present that it is likely complete. What
 * was scanned of it must not have been that long: a row gets one try, however long it turns out to
 * be and however it is cut. */
static int reader_is_ahead(const wdt_reader *r)
{
    return r->state == STATE_IN_ROW && r->at - r->mark <= r->longest &&
           r->tail - r->mark > r->longest + r->longest / 4 + WDT_AHEAD_MIN &&
           r->scan.kind == WDT_SCAN_BRACKETS;
}

/* Returns what stands next. Answers alike until it is accepted or bytes are fed: an event that was
 * found is kept in r->event. WDT_EVENT_AHEAD is not kept, for a look without `ahead` may follow. */
static wdt_event reader_peek(wdt_reader *r, int ahead)
{
    wdt_event event = r->fault.code != WDT_CODE_OK ? WDT_EVENT_FAULT : r->event;
    while (event == WDT_EVENT_MORE) {
        if (r->state == STATE_KEY || r->state >= STATE_IN_MEMBER) {
            if (r->at == r->tail)
                return reader_starve(r);
            if (ahead && reader_is_ahead(r)) {
                event = WDT_EVENT_AHEAD;
                break;
            }
            event = reader_continue_token(r);
            continue;
        }
        while (r->at < r->tail && is_space(r->buffer[r->at]))
            r->at++;
        if (r->state < STATE_KEY)
            r->mark = r->at;
        else if (r->at - r->mark > r->limits.envelope - r->envelope_used)
            return reader_exceed(r, r->mark, "envelope", r->limits.envelope);
        if (r->at == r->tail)
            return reader_starve(r);
        event = reader_start_token(r);
    }
    r->key.bytes = r->buffer + r->key_at;
    r->key.n = r->key_n;
    r->value.bytes = r->buffer + r->value_at;
    r->value.n = (event == WDT_EVENT_AHEAD ? r->tail : r->at) - r->value_at;
    return event;
}

wdt_event wdt_reader_peek(wdt_reader *r)
{
    return reader_peek(r, 0);
}

wdt_event wdt_reader_peek_ahead(wdt_reader *r)
{
    return reader_peek(r, 1);
}

/* The row has been taken. `longest` follows the length of rows: up at once, down by an eighth, so
 * that one short row does not make a long one be tried too early. */
static void reader_end_row(wdt_reader *r)
{
    const size_t n = r->at - r->mark;
    r->longest = n > r->longest ? n : r->longest - r->longest / 8;
    r->state = STATE_AFTER_ROW;
    r->mark = r->at;
    r->event = WDT_EVENT_MORE;
}

void wdt_reader_take(wdt_reader *r, const char *end)
{
    r->at = (size_t)(end - r->buffer);
    reader_end_row(r);
}

void wdt_reader_accept(wdt_reader *r)
{
    if (r->event != WDT_EVENT_ROW)
        r->envelope_used += r->at - r->mark;
    switch (r->event) {
    case WDT_EVENT_ENTER:
        r->level++;
        r->at++;
        r->state = STATE_FIRST_KEY;
        break;
    case WDT_EVENT_LIST:
        r->list_seen = 1;
        r->at++;
        r->state = STATE_FIRST_ROW;
        break;
    case WDT_EVENT_MEMBER: r->state = STATE_AFTER_MEMBER; break;
    case WDT_EVENT_ROW: reader_end_row(r); return;
    default: return;
    }
    r->mark = r->at;
    r->event = WDT_EVENT_MORE;
}

wdt_event wdt_reader_finish(wdt_reader *r)
{
    wdt_event event = wdt_reader_peek(r);
    if (event == WDT_EVENT_MORE) {
        r->fault = wdt_fault_at(r, WDT_CODE_TRUNCATED, r->tail, "the document is not complete");
        event = WDT_EVENT_FAULT;
    }
    return event;
}
