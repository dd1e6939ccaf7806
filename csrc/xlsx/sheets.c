/* Looks at a workbook that was written: are all rows in it? libxlsxwriter copies the rows of each
 * sheet from one temporary file into another and then into the file, and does not look whether the
 * disk was full meanwhile. So the sheets are unpacked once more, which takes a fiftieth of the time
 * that writing them took: between `<sheetData>` and `</sheetData>` there have to be as many bytes
 * as rows were written.
 *
 * A workbook is a zip: at its end a directory (`PK\1\2` entries, found by `PK\5\6`), each entry
 * with the place of its local header (`PK\3\4`), which the deflated bytes follow. */
#include "sheets.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <zlib.h>

#define END_SIZE   22
#define ENTRY_SIZE 46
#define LOCAL_SIZE 30

#define BEGINNING  "<sheetData>"
#define ENDING     "</sheetData>"
#define LAST       "</worksheet>"

#define PIECE      65536
#define EDGE       4096 /* what stands before the rows and after them is shorter */

/* One sheet while it is unpacked: its first bytes and its last ones. */
typedef struct edges {
    char first[EDGE], last[2 * EDGE];
    size_t n_first, n_last;
    long total;
} edges;

static uint32_t number(const unsigned char *bytes, int n)
{
    uint32_t value = 0;
    while (n-- > 0)
        value = value << 8 | bytes[n];
    return value;
}

/* Takes n bytes, at most PIECE, in the order in which they come. */
static void edges_take(edges *self, const char *bytes, size_t n)
{
    const size_t room = EDGE - self->n_first;
    const size_t begin = n < room ? n : room;
    memcpy(self->first + self->n_first, bytes, begin);
    self->n_first += begin;
    self->total += (long)n;
    if (n > EDGE) {
        bytes += n - EDGE;
        n = EDGE;
    }
    if (self->n_last > EDGE) {
        memmove(self->last, self->last + self->n_last - EDGE, EDGE);
        self->n_last = EDGE;
    }
    memcpy(self->last + self->n_last, bytes, n);
    self->n_last += n;
}

/* Finds a word, its last occurrence where `backwards`. Returns its offset, or -1. */
static long find(const char *text, size_t n, const char *word, int backwards)
{
    const size_t size = strlen(word);
    long found = -1;
    for (size_t i = 0; i + size <= n && (found < 0 || backwards); i++) {
        if (memcmp(text + i, word, size) == 0)
            found = (long)i;
    }
    return found;
}

/* Bytes between the two marks; -1 where one of them, or the sheet's very end, is missing. */
static long edges_rows(const edges *self)
{
    const long begin = find(self->first, self->n_first, BEGINNING, 0);
    const long end = find(self->last, self->n_last, ENDING, 1);
    const size_t last = strlen(LAST);
    if (begin < 0 || end < 0 || memcmp(self->last + self->n_last - last, LAST, last) != 0)
        return -1;
    return self->total - (long)self->n_last + end - begin - (long)strlen(BEGINNING);
}

/* Unpacks what follows in the file. Returns 1 once its end was reached. */
static int inflate_into(FILE *file, edges *into)
{
    static const z_stream NEW;
    unsigned char in[PIECE];
    char out[PIECE];
    z_stream stream = NEW;
    int status = inflateInit2(&stream, -MAX_WBITS);
    if (status != Z_OK)
        return 0;
    while (status == Z_OK) {
        if (stream.avail_in == 0) {
            stream.avail_in = (uInt)fread(in, 1, sizeof in, file);
            stream.next_in = in;
            if (stream.avail_in == 0)
                break;
        }
        stream.avail_out = sizeof out;
        stream.next_out = (Bytef *)out;
        status = inflate(&stream, Z_NO_FLUSH);
        edges_take(into, out, sizeof out - stream.avail_out);
    }
    inflateEnd(&stream);
    return status == Z_STREAM_END;
}

/* Bytes of rows of the sheet whose local header stands at `at`; -1 where it is damaged. */
static long sheet_rows(FILE *file, long at)
{
    unsigned char head[LOCAL_SIZE];
    edges sheet;
    if (fseek(file, at, SEEK_SET) != 0 || fread(head, 1, sizeof head, file) != sizeof head ||
        fseek(file, (long)(number(head + 26, 2) + number(head + 28, 2)), SEEK_CUR) != 0)
        return -1;
    memset(&sheet, 0, sizeof sheet);
    return inflate_into(file, &sheet) ? edges_rows(&sheet) : -1;
}

/* Walks the directory of `entries` that begins at `at`. */
static int directory_is_whole(FILE *file, long at, uint32_t entries, const long *rows, int n)
{
    int seen = 0;
    for (; entries > 0; entries--) {
        unsigned char head[ENTRY_SIZE];
        char name[64] = "";
        int sheet = 0;
        if (fseek(file, at, SEEK_SET) != 0 || fread(head, 1, sizeof head, file) != sizeof head)
            return 0;
        const size_t length = number(head + 28, 2);
        if (length < sizeof name && fread(name, 1, length, file) != length)
            return 0;
        at += ENTRY_SIZE + (long)(length + number(head + 30, 2) + number(head + 32, 2));
        if (sscanf(name, "xl/worksheets/sheet%d.xml", &sheet) != 1)
            continue;
        if (sheet < 1 || sheet > n ||
            sheet_rows(file, (long)number(head + 42, 4)) != rows[sheet - 1])
            return 0;
        seen++;
    }
    return seen == n;
}

int wdt_sheets_are_whole(const char *path, const long *rows, int n)
{
    unsigned char end[END_SIZE];
    FILE *file = fopen(path, "rb");
    int whole;
    if (!file)
        return 0;
    whole = fseek(file, -END_SIZE, SEEK_END) == 0 &&
            fread(end, 1, sizeof end, file) == sizeof end && memcmp(end, "PK\5\6", 4) == 0 &&
            directory_is_whole(file, (long)number(end + 16, 4), number(end + 10, 2), rows, n);
    fclose(file);
    return whole;
}
