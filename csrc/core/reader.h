/* An incremental reader of one JSON document that holds a long list: bytes go in as they arrive, in
 * pieces cut anywhere, and complete pieces of the document come out: the elements of the list
 * (rows), and everything else (members).
 *
 * No Lua here. What comes out depends on the bytes alone, never on how they were cut. The reader
 * checks the grammar between the pieces and the brackets inside them; what stands inside a piece is
 * for the one who decodes it to check.
 *
 *     wdt_reader_feed(r, bytes, n);
 *     while ((event = wdt_reader_peek(r)) is a piece) {
 *         use r->key, r->value;
 *         wdt_reader_accept(r);
 *     }
 *
 * Then WDT_EVENT_DONE says that the document is complete, WDT_EVENT_MORE that it is not, and
 * WDT_EVENT_FAULT that r->fault tells why it is none. */
#ifndef WDT_READER_H
#define WDT_READER_H

#include "scan.h"
#include "text.h"

#define WDT_PATH_MAX 8 /* names in the path of a list */
/* Bytes present beyond the longest row of late, for the next to be likely complete. */
#define WDT_AHEAD_MIN   16
#define WDT_BUFFER_MIN  16384   /* first size of a buffer */
#define WDT_BUFFER_KEEP 1048576 /* a larger one is no spare */

/* As lua_Alloc: all memory comes from the Lua state's allocator. */
typedef void *(*wdt_alloc)(void *ud, void *block, size_t old_size, size_t new_size);

/* All in bytes but depth and rows; quoted by name in their errors. */
typedef struct wdt_limits {
    size_t depth;    /* containers open at once, the document's own object being the first */
    size_t body;     /* the whole document */
    size_t row;      /* one element of the list */
    size_t envelope; /* all members outside the list together */
    size_t rows;     /* elements of the list; 0: any number */
} wdt_limits;

typedef enum {
    /* The next piece is not complete. */
    WDT_EVENT_MORE,
    /* An object begins on the path; its name is path[level]. */
    WDT_EVENT_ENTER,
    /* `key` (with its quotes) and `value` are a member of the object path[level - 1], or of the
     * document at level 0. */
    WDT_EVENT_MEMBER,
    /* The list begins. */
    WDT_EVENT_LIST,
    /* `value` is an element of the list. */
    WDT_EVENT_ROW,
    /* `value` holds the bytes present of an element, and likely all of it: see
     * wdt_reader_peek_ahead. */
    WDT_EVENT_AHEAD,
    /* The document is complete, and so far nothing but whitespace follows it. */
    WDT_EVENT_DONE,
    /* r->fault says why, for good. */
    WDT_EVENT_FAULT
} wdt_event;

typedef enum { WDT_CODE_OK, WDT_CODE_SYNTAX, WDT_CODE_TRUNCATED, WDT_CODE_LIMIT } wdt_code;

typedef struct wdt_fault {
    wdt_code code;
    const char *what;  /* a literal */
    uint64_t offset;   /* bytes of the document before the fault */
    const char *limit; /* the limit's name */
    size_t most;       /* and its value */
} wdt_fault;

/* The buffer that the next reader of a Lua state begins with. Readers wait for their pages most of
 * the time, and have none then: so thousands of them take little memory, and one that reads page
 * after page goes on with one buffer. Zeroed by its owner, who outlives the readers. */
typedef struct wdt_spare {
    wdt_alloc alloc; /* owns `buffer` */
    void *ud;
    char *buffer; /* `capacity` bytes and WDT_PAD more, or NULL */
    size_t capacity;
    int closed; /* takes no buffer any more */
} wdt_spare;

typedef struct wdt_reader {
    wdt_alloc alloc; /* owns `buffer` */
    void *ud;
    wdt_spare *spare; /* not owned; NULL: none */
    wdt_limits limits;
    size_t rows_left; /* elements that the list may still hold; wraps where there is no limit */
    wdt_span path[WDT_PATH_MAX]; /* the names; the bytes are the caller's */
    unsigned path_n;             /* 0: there is no list */

    char *buffer; /* `capacity` bytes and WDT_PAD more; from `tail` on 64 zeros and 64 quotes */
    size_t capacity;
    size_t mark, at,
        tail; /* bytes before `mark` are done with; before `at` understood; before `tail` present */
    uint64_t base; /* offset of buffer[0] in the document */

    int state;      /* see reader.c; 0: before the document */
    unsigned level; /* objects of the path that are open, less one */
    int on_path;    /* the key just read is path[level] */
    int list_seen;
    size_t envelope_used;
    size_t key_at, key_n, value_at;
    size_t longest; /* row of late */
    wdt_scan scan;
    wdt_event event; /* found and not yet accepted */
    wdt_fault fault; /* for good, once it has a code */
    wdt_fault late;  /* becomes `fault` when the bytes present are used up */

    wdt_span key, value; /* of the event; valid until the next feed */
} wdt_reader;

/* Makes a zeroed reader ready; alloc, ud, spare, limits, path and path_n are set before. Also
 * empties a used one, and gives its memory back. */
void wdt_reader_reset(wdt_reader *r);
/* Gives the memory back, where no byte in it is wanted any more. */
void wdt_reader_rest(wdt_reader *r);
/* Gives the memory back: the bytes that are left are lost. */
void wdt_reader_free(wdt_reader *r);
/* Gives the spare buffer's memory back, for good. Idempotent. */
void wdt_spare_close(wdt_spare *spare);
/* 0, or -1 when the reader is or will be in its fault state. */
int wdt_reader_feed(wdt_reader *r, const char *bytes, size_t n);
/* Returns what stands next, and answers alike until it is accepted or bytes are fed. */
wdt_event wdt_reader_peek(wdt_reader *r);
/* Goes past the piece that peek has answered with. */
void wdt_reader_accept(wdt_reader *r);
/* Peeks before a row's end is looked for: a caller who decodes rows in full finds their end
 * himself, and saves a pass over the bytes. WDT_EVENT_AHEAD is answered with wdt_reader_take, when
 * the row ended at `end` and nothing was wrong with it (that includes the depth and size limits);
 * else with wdt_reader_peek, which decides. */
wdt_event wdt_reader_peek_ahead(wdt_reader *r);
void wdt_reader_take(wdt_reader *r, const char *end);
/* Containers that are open around a row: the path's objects and the list. */
static inline unsigned wdt_reader_depth(const wdt_reader *r)
{
    return r->level + 2;
}
/* The bytes have ended: WDT_EVENT_MORE becomes a fault. */
wdt_event wdt_reader_finish(wdt_reader *r);
/* Puts the reader into its fault state, for something found inside the piece just peeked at. */
void wdt_reader_refuse(wdt_reader *r, const char *at, const char *what);
void wdt_reader_exceed(wdt_reader *r, const char *at, const char *limit, size_t most);
/* Returns a fault at buffer[at], with its offset in the whole document. */
wdt_fault wdt_fault_at(const wdt_reader *r, wdt_code code, size_t at, const char *what);
/* The fault as a sentence, without its code. */
void wdt_fault_text(const wdt_fault *fault, char *text, size_t size);
/* Bytes fed and not yet used up. */
size_t wdt_reader_pending(const wdt_reader *r);

#endif
