/* wdt.xlsx: rows into a workbook of Excel, through libxlsxwriter. Optional: it is built where that
 * library is installed. Memory does not grow with the rows: each goes to a temporary file of the
 * library's, which has no name, and the workbook is put together of those when it is closed.
 *
 *     book = xlsx.new("orders.xlsx.part", { "订单", "金额" })
 *     book:row{ "6923450657123456789", 12.5 }    a string is a text cell, a number a number
 *     book:close()                               the file is there, and whole
 *
 * A sheet holds 1,048,576 rows; further rows go to a further sheet with the same heading. An error
 * is `nil, message`; nothing but freeing the book makes sense after one. */
#include <stdio.h>
#include <string.h>

#include <xlsxwriter.h>

#include "args.h"
#include "sheets.h"

#define BOOK_TYPE "wdt.xlsx"

/* Excel's own limits, and the bytes of a sheet up to which its zip needs no 64-bit extension. */
#define SHEET_ROWS    LXW_ROW_MAX
#define SHEET_COLUMNS LXW_COL_MAX
#define SHEET_BYTES   2000000000L

#define COLUMN_WIDTH  16 /* characters */

#define FULL          "a temporary file can't be written (TMPDIR tells where): no space left?"

typedef struct book {
    lxw_workbook *workbook; /* owned; NULL once it is closed. Sheet and format are its own */
    lxw_worksheet *sheet;
    lxw_format *bold;
    lxw_row_t row;  /* the next one */
    lxw_row_t most; /* rows of a sheet, its heading among them */
} book;

/* Frees a book that was not closed; the library leaves temporary files open then. */
static int book_free(book *self)
{
    lxw_worksheet *sheet;
    if (!self->workbook)
        return 0;
    STAILQ_FOREACH(sheet, self->workbook->worksheets, list_pointers)
    {
        if (sheet->optimize_tmpfile)
            fclose(sheet->optimize_tmpfile);
        sheet->optimize_tmpfile = NULL;
    }
    lxw_workbook_free(self->workbook);
    self->workbook = NULL;
    return 0;
}

static book *book_check(lua_State *L)
{
    return luaL_checkudata(L, 1, BOOK_TYPE);
}

static int fail(lua_State *L, const char *message)
{
    lua_pushnil(L);
    lua_pushstring(L, message);
    return 2;
}

/* The number of bytes of a character that begins with `lead`, 0 where none does. */
static size_t character_size(unsigned char lead)
{
    return lead < 0x80   ? 1
           : lead < 0xC2 ? 0
           : lead < 0xE0 ? 2
           : lead < 0xF0 ? 3
           : lead < 0xF5 ? 4
                         : 0;
}

/* True if XML can hold the text: UTF-8, no surrogate, neither U+FFFE nor U+FFFF. The library
 * escapes control characters. */
static int text_is_sound(const unsigned char *text, size_t n)
{
    for (size_t i = 0; i < n;) {
        const size_t size = character_size(text[i]);
        if (text[i] == 0 || size == 0 || size > n - i)
            return 0;
        for (size_t k = 1; k < size; k++) {
            if ((text[i + k] & 0xC0) != 0x80)
                return 0;
        }
        if ((text[i] == 0xE0 && text[i + 1] < 0xA0) || (text[i] == 0xED && text[i + 1] >= 0xA0) ||
            (text[i] == 0xF0 && text[i + 1] < 0x90) || (text[i] == 0xF4 && text[i + 1] >= 0x90) ||
            (text[i] == 0xEF && text[i + 1] == 0xBF && text[i + 2] >= 0xBE))
            return 0;
        i += size;
    }
    return 1;
}

/* Writes the value at the top of the stack. Returns NULL, or what is wrong with it. */
static const char *cell_write(lua_State *L, book *self, lxw_col_t column, lxw_format *format)
{
    size_t n;
    const char *text;
    lxw_error error;
    if (lua_type(L, -1) == LUA_TNUMBER) {
        error = worksheet_write_number(self->sheet, self->row, column, lua_tonumber(L, -1), format);
        return error == LXW_NO_ERROR ? NULL : lxw_strerror(error);
    }
    text = lua_tolstring(L, -1, &n);
    if (!text || n == 0) /* nothing stands in that cell */
        return NULL;
    if (!text_is_sound((const unsigned char *)text, n))
        return "is no text that a workbook can hold (UTF-8 without zero bytes)";
    error = worksheet_write_string(self->sheet, self->row, column, text, format);
    if (error == LXW_ERROR_MAX_STRING_LENGTH_EXCEEDED)
        return "has more than 32767 characters, the most that a cell of Excel holds";
    return error == LXW_NO_ERROR ? NULL : lxw_strerror(error);
}

/* Writes the list at `index` as the next row. Returns 0, or the number of error results pushed. */
static int row_write(lua_State *L, book *self, int index, int n, lxw_format *format)
{
    for (int i = 1; i <= n; i++) {
        lua_rawgeti(L, index, i);
        const char *wrong = cell_write(L, self, (lxw_col_t)(i - 1), format);
        lua_pop(L, 1);
        if (wrong) {
            lua_pushnil(L);
            lua_pushfstring(L, "row %d, column %d %s", (int)self->row + 1, i, wrong);
            return 2;
        }
    }
    self->row++;
    return 0;
}

/* Begins a sheet with the heading at `index`. Returns 0, or the number of error results pushed. */
static int sheet_begin(lua_State *L, book *self, int index)
{
    const int n = (int)lua_rawlen(L, index);
    if (self->sheet && fflush(self->sheet->optimize_tmpfile) != 0)
        return fail(L, FULL);
    self->sheet = workbook_add_worksheet(self->workbook, NULL);
    self->row = 0;
    if (!self->sheet)
        return fail(L, "no temporary file can be made (TMPDIR tells where)");
    worksheet_freeze_panes(self->sheet, 1, 0);
    worksheet_set_column(self->sheet, 0, (lxw_col_t)(n - 1), COLUMN_WIDTH, NULL);
    /* long numbers stand here as texts on purpose */
    worksheet_ignore_errors(self->sheet, LXW_IGNORE_NUMBER_STORED_AS_TEXT, "A1:XFD1048576");
    return row_write(L, self, index, n, self->bold);
}

/* xlsx.new(path, titles [, rows]) -> book | nil, message. The file is made when the book is
 * closed. `rows`: of a sheet, its heading among them; fewer than Excel's serve tests. */
static int xlsx_new(lua_State *L)
{
    lxw_workbook_options options = {LXW_TRUE, NULL, LXW_FALSE};
    const char *path = wdt_args_text(L, 1, "path", NULL);
    int results;
    if (!lua_istable(L, 2) || lua_rawlen(L, 2) == 0 || lua_rawlen(L, 2) > SHEET_COLUMNS)
        return wdt_misuse(L, "titles", 2, "a list of 1 to 16384 texts");
    const lxw_row_t most =
        (lxw_row_t)(lua_isnoneornil(L, 3) ? SHEET_ROWS : wdt_args_whole(L, 3, "rows", SHEET_ROWS));
    if (most < 2)
        return wdt_misuse(L, "rows", 3, "at least 2");
    book *self = lua_newuserdatauv(L, sizeof *self, 1);
    memset(self, 0, sizeof *self);
    luaL_getmetatable(L, BOOK_TYPE);
    lua_setmetatable(L, -2);
    lua_pushvalue(L, 2);
    lua_setiuservalue(L, -2, 1);
    self->most = most;
    self->workbook = workbook_new_opt(path, &options);
    self->bold = self->workbook ? workbook_add_format(self->workbook) : NULL;
    if (!self->bold) {
        book_free(self);
        return fail(L, "out of memory");
    }
    format_set_bold(self->bold);
    results = sheet_begin(L, self, 2);
    if (results)
        book_free(self);
    return results ? results : 1;
}

/* book:row(cells [, n]) -> true | nil, message. `n`: how many cells, where some are nil; what is
 * neither string nor number leaves its cell empty. */
static int book_row(lua_State *L)
{
    book *self = book_check(L);
    int results;
    if (!self->workbook)
        return fail(L, "the book is closed");
    if (!lua_istable(L, 2))
        return wdt_misuse(L, "cells", 2, "a list");
    const int n = (int)(lua_isnoneornil(L, 3) ? (int64_t)lua_rawlen(L, 2)
                                              : wdt_args_whole(L, 3, "n", SHEET_COLUMNS));
    if (self->row >= self->most || ftell(self->sheet->optimize_tmpfile) > SHEET_BYTES) {
        lua_getiuservalue(L, 1, 1);
        results = sheet_begin(L, self, lua_gettop(L));
        if (results)
            return results;
    }
    results = row_write(L, self, 2, n, NULL);
    if (results)
        return results;
    if (ferror(self->sheet->optimize_tmpfile)) /* the library does not look */
        return fail(L, FULL);
    lua_pushboolean(L, 1);
    return 1;
}

/* Bytes of rows of each sheet, as a block that Lua owns, on the stack; NULL where a temporary file
 * could not be written, at which the library does not look. */
static long *sizes_push(lua_State *L, book *self, int *n)
{
    lxw_worksheet *sheet;
    int i = 0;
    *n = 0;
    STAILQ_FOREACH(sheet, self->workbook->worksheets, list_pointers)(*n)++;
    long *sizes = lua_newuserdatauv(L, (size_t)*n * sizeof *sizes, 0);
    STAILQ_FOREACH(sheet, self->workbook->worksheets, list_pointers)
    {
        lxw_worksheet_write_single_row(sheet); /* the last one, which it still holds */
        if (fflush(sheet->optimize_tmpfile) != 0 || ferror(sheet->optimize_tmpfile))
            return NULL;
        sizes[i++] = ftell(sheet->optimize_tmpfile);
    }
    return sizes;
}

/* book:close() -> true | nil, message. Puts the file together, and sees that all rows are in it;
 * frees the book in any case. Closing again is an error. */
static int book_close(lua_State *L)
{
    book *self = book_check(L);
    int n;
    if (!self->workbook)
        return fail(L, "the book is closed");
    lua_pushstring(L, self->workbook->filename); /* closing frees it */
    const char *path = lua_tostring(L, -1);
    const long *sizes = sizes_push(L, self, &n);
    if (!sizes) {
        book_free(self);
        return fail(L, FULL);
    }
    const lxw_error error = workbook_close(self->workbook);
    self->workbook = NULL;
    if (error != LXW_NO_ERROR)
        return fail(L, lxw_strerror(error));
    if (!wdt_sheets_are_whole(path, sizes, n))
        return fail(L, FULL);
    lua_pushboolean(L, 1);
    return 1;
}

/* book:free(): gives everything back, no file is made. Idempotent. */
static int book_gc(lua_State *L)
{
    return book_free(book_check(L));
}

WDT_EXPORT int luaopen_wdt_xlsx(lua_State *L);

int luaopen_wdt_xlsx(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"row", book_row}, {"close", book_close}, {"free", book_gc}, {NULL, NULL}};
    static const luaL_Reg xlsx[] = {{"new", xlsx_new}, {NULL, NULL}};
    luaL_newmetatable(L, BOOK_TYPE);
    lua_newtable(L);
    luaL_setfuncs(L, methods, 0);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, book_gc);
    lua_setfield(L, -2, "__gc");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
    luaL_newlib(L, xlsx);
    return 1;
}
