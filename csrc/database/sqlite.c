/* wdt.sqlite: a database of SQLite, with LuaSQL's way to execute and fetch. A transaction is begun
 * by a call, and rows that core.laying laid out become rows of a table as they are: one statement
 * is prepared, its parameters are bound to cells where those lie, and it is run for each row.
 *
 *     db = sqlite.connect("erp.db")
 *     db:begin()
 *     db:put("INSERT INTO orders VALUES (?, ?, ?)", layer, 1, { 1, 2, 3 })
 *     db:commit()
 *
 * Optional: it is built where SQLite's headers are. An error is `nil, message`; a message quotes no
 * values. Everything that SQLite gives out belongs to a userdata, whose collection gives it back,
 * so that running out of memory leaves nothing behind. */
#include <string.h>

#include <sqlite3.h>

#include "binding.h"

#define DATABASE_TYPE "wdt.sqlite"
#define CURSOR_TYPE   "wdt.sqlite.cursor"

typedef struct database {
    sqlite3 *db; /* owned; NULL: closed */
    int begun;   /* a transaction, by begin() */
} database;

/* A statement, and the rows that it tells. */
typedef struct cursor {
    sqlite3_stmt *statement; /* owned; NULL: closed */
    int waiting;             /* a row was stepped to that nobody has fetched */
} cursor;

static database *database_check(lua_State *L)
{
    database *self = luaL_checkudata(L, 1, DATABASE_TYPE);
    if (self->db == NULL)
        luaL_error(L, "the database is closed");
    return self;
}

static int fail(lua_State *L, const database *self)
{
    return wdt_binding_fail(L, sqlite3_errmsg(self->db));
}

/* ---- cursors ---- */

/* cursor:close() -> nothing. Idempotent. Also __gc. */
static int cursor_close(lua_State *L)
{
    cursor *self = luaL_checkudata(L, 1, CURSOR_TYPE);
    sqlite3_finalize(self->statement);
    self->statement = NULL;
    return 0;
}

/* Pushes a cursor without a statement. */
static cursor *cursor_push(lua_State *L)
{
    cursor *self = lua_newuserdatauv(L, sizeof *self, 0);
    memset(self, 0, sizeof *self);
    luaL_getmetatable(L, CURSOR_TYPE);
    lua_setmetatable(L, -2);
    return self;
}

static void value_push(lua_State *L, sqlite3_stmt *statement, int i)
{
    switch (sqlite3_column_type(statement, i)) {
    case SQLITE_NULL: lua_pushnil(L); return;
    case SQLITE_FLOAT: lua_pushnumber(L, sqlite3_column_double(statement, i)); return;
    case SQLITE_INTEGER:
        if (wdt_pushint64(L, sqlite3_column_int64(statement, i)))
            return;
        break; /* as its digits */
    default: break;
    }
    /* the text first: its size is that of what it was made into */
    const char *text = (const char *)sqlite3_column_text(statement, i);
    lua_pushlstring(L, text != NULL ? text : "", (size_t)sqlite3_column_bytes(statement, i));
}

/* cursor:fetch([list, "n"]) -> list, or the values of the row | nil at the end | nil, message */
static int cursor_fetch(lua_State *L)
{
    cursor *self = luaL_checkudata(L, 1, CURSOR_TYPE);
    const int into = lua_istable(L, 2);
    int n, code = SQLITE_ROW;
    if (self->statement == NULL)
        return wdt_binding_fail(L, "the cursor is closed");
    if (!self->waiting)
        code = sqlite3_step(self->statement);
    self->waiting = 0;
    if (code == SQLITE_DONE) { /* another step would begin again */
        sqlite3_reset(self->statement);
        sqlite3_finalize(self->statement);
        self->statement = NULL;
        lua_pushnil(L);
        return 1;
    }
    if (code != SQLITE_ROW)
        return wdt_binding_fail(L, sqlite3_errmsg(sqlite3_db_handle(self->statement)));
    n = sqlite3_column_count(self->statement);
    luaL_checkstack(L, n + 2, CURSOR_TYPE);
    for (int i = 0; i < n; i++) {
        value_push(L, self->statement, i);
        if (into)
            lua_rawseti(L, 2, i + 1);
    }
    if (!into)
        return n;
    lua_pushvalue(L, 2);
    return 1;
}

/* ---- statements ---- */

/* Returns true if nothing but blanks and semicolons follows a statement. */
static int is_all(const char *tail)
{
    return tail[strspn(tail, " \t\r\n;")] == 0;
}

/* Prepares a statement, and pushes the cursor that owns it. Returns NULL where it can't be, and
 * pushes nil and a message. */
static cursor *statement_push(lua_State *L, database *self, const char *text, size_t n)
{
    const char *tail = text;
    cursor *made = cursor_push(L);
    if (n >= INT32_MAX) {
        wdt_binding_fail(L, "a statement has 2 GB at most");
        return NULL;
    }
    if (sqlite3_prepare_v2(self->db, text, (int)n + 1, &made->statement, &tail) != SQLITE_OK) {
        fail(L, self);
        return NULL;
    }
    if (made->statement == NULL || !is_all(tail)) {
        wdt_binding_fail(L, made->statement == NULL ? "a statement is empty"
                                                    : "several statements at once");
        return NULL;
    }
    return made;
}

/* Runs words of a transaction. Returns 0, or -1. */
static int word_run(database *self, const char *word)
{
    return sqlite3_exec(self->db, word, NULL, NULL, NULL) == SQLITE_OK ? 0 : -1;
}

/* Returns 0; or the number of error results pushed where SQLite took the transaction back (the disk
 * is full) that its owner has not ended: what follows would be committed without what came before.
 */
static int transaction_check(lua_State *L, const database *self)
{
    if (self->begun && sqlite3_get_autocommit(self->db))
        return wdt_binding_fail(L, "the transaction was rolled back");
    return 0;
}

/* database:execute(statement) -> cursor | rows that it changed | nil, message */
static int database_execute(lua_State *L)
{
    size_t n;
    database *self = database_check(L);
    const char *text = wdt_binding_text(L, 2, "statement", &n);
    const int results = transaction_check(L, self);
    cursor *made;
    int code;
    if (results)
        return results;
    made = statement_push(L, self, text, n);
    if (made == NULL)
        return 2;
    code = sqlite3_step(made->statement);
    if (code == SQLITE_ROW || (code == SQLITE_DONE && sqlite3_column_count(made->statement) > 0)) {
        made->waiting = code == SQLITE_ROW;
        return 1;
    }
    /* finalizing gives the locks back; its code is that of the step */
    code = sqlite3_finalize(made->statement);
    made->statement = NULL;
    if (code != SQLITE_OK)
        return fail(L, self);
    lua_pushinteger(L, (lua_Integer)sqlite3_changes(self->db));
    return 1;
}

/* Binds a number. Of at most 15 digits a double is made by one division of two that are exact, so
 * that it is the nearest there is; the digits of any other are bound, of which the column's type
 * makes a number, as it does of a literal. A double that is whole becomes an integer there. */
static int number_bind(sqlite3_stmt *statement, int i, const char *p, size_t n)
{
    static const double powers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    const size_t minus = n > 0 && p[0] == '-';
    sqlite3_int64 value = 0;
    size_t digits = 0, point = 0; /* 1 + the digits before the point, 0: none */
    for (size_t k = minus; k < n && digits <= 15; k++) {
        if (p[k] == '.' && point == 0) {
            point = digits + 1;
        } else if (p[k] >= '0' && p[k] <= '9') {
            value = value * 10 + (p[k] - '0');
            digits++;
        } else {
            digits = 16;
        }
    }
    if (digits == 0 || digits > 15)
        return sqlite3_bind_text64(statement, i, p, n, SQLITE_STATIC, SQLITE_UTF8);
    if (minus)
        value = -value;
    if (point == 0)
        return sqlite3_bind_int64(statement, i, value);
    return sqlite3_bind_double(statement, i, (double)value / powers[digits + 1 - point]);
}

/* Binds a cell, whose bytes stay where they are until the statement is gone. */
static int cell_bind(sqlite3_stmt *statement, int i, const wdt_cell *cell, const char *bytes)
{
    const char *p = bytes + cell->at;
    switch (cell->form) {
    case WDT_CELL_NULL: return sqlite3_bind_null(statement, i);
    case WDT_CELL_COUNTER: return sqlite3_bind_int64(statement, i, (sqlite3_int64)cell->at);
    case WDT_CELL_BARE: return number_bind(statement, i, p, cell->n);
    default: return sqlite3_bind_text64(statement, i, p, cell->n, SQLITE_STATIC, SQLITE_UTF8);
    }
}

/* Runs a statement for each of some rows. Returns 0, or -1. */
static int rows_insert(sqlite3_stmt *statement, const wdt_laid_rows *rows)
{
    for (size_t k = 0; k < rows->rows; k++) {
        const wdt_cell *cells = rows->cells + k * rows->width;
        for (unsigned i = 0; i < rows->width; i++)
            if (cell_bind(statement, (int)i + 1, &cells[i], rows->bytes) != SQLITE_OK)
                return -1;
        if (sqlite3_step(statement) != SQLITE_DONE)
            return -1;
        if (sqlite3_reset(statement) != SQLITE_OK)
            return -1;
    }
    return 0;
}

/* database:put(statement, layer, table, rows) -> how many rows of the table | nil, message
 * Runs an INSERT, whose parameters are the cells of a row, for each row of a table that belongs to
 * `rows`, a list of those that layer:put told. Those before one that is refused stay. */
static int database_put(lua_State *L)
{
    size_t n;
    database *self = database_check(L);
    const char *text = wdt_binding_text(L, 2, "statement", &n);
    wdt_binding_rows rows;
    wdt_laid_rows some;
    cursor *made;
    int results;
    wdt_binding_rows_check(L, 3, &rows);
    results = transaction_check(L, self);
    if (results)
        return results;
    if (rows.total == 0) {
        lua_pushinteger(L, 0);
        return 1;
    }
    made = statement_push(L, self, text, n);
    if (made == NULL)
        return 2;
    for (size_t i = 1; i <= rows.n; i++) {
        wdt_binding_rows_get(L, &rows, i, &some);
        if (some.rows > 0 && sqlite3_bind_parameter_count(made->statement) != (int)some.width)
            return luaL_error(L, "the statement has %d parameters, a row %d cells",
                              sqlite3_bind_parameter_count(made->statement), (int)some.width);
        if (rows_insert(made->statement, &some) != 0) {
            results = fail(L, self); /* before the statement's end says something else */
            break;
        }
    }
    sqlite3_finalize(made->statement); /* its cells may be gone when it is collected */
    made->statement = NULL;
    if (results)
        return results;
    lua_pushinteger(L, (lua_Integer)rows.total);
    return 1;
}

/* ---- transactions ---- */

/* database:begin([reads]) -> true | nil, message. From here to its end all statements are one
 * transaction. It takes the lock by which one connection writes at a time, so that no statement
 * finds that another one has it; `reads`: none before it needs one. */
static int database_begin(lua_State *L)
{
    database *self = database_check(L);
    const char *word = lua_toboolean(L, 2) ? "BEGIN" : "BEGIN IMMEDIATE";
    if (self->begun)
        return wdt_binding_fail(L, "a transaction has begun already");
    if (word_run(self, word) != 0)
        return fail(L, self);
    self->begun = 1;
    lua_pushboolean(L, 1);
    return 1;
}

/* database:commit() -> true | nil, message. The transaction goes on where it could not be ended. */
static int database_commit(lua_State *L)
{
    database *self = database_check(L);
    const int results = transaction_check(L, self);
    if (results)
        return results;
    if (self->begun && word_run(self, "COMMIT") != 0)
        return fail(L, self);
    self->begun = 0;
    lua_pushboolean(L, 1);
    return 1;
}

/* database:rollback() -> true | nil, message */
static int database_rollback(lua_State *L)
{
    database *self = database_check(L);
    if (self->begun && !sqlite3_get_autocommit(self->db) && word_run(self, "ROLLBACK") != 0)
        return fail(L, self);
    self->begun = 0;
    lua_pushboolean(L, 1);
    return 1;
}

/* ---- life ---- */

/* database:close() -> nothing: takes back what was not committed. Idempotent. Also __gc. Cursors
 * that are left keep the file open until they are closed. */
static int database_close(lua_State *L)
{
    database *self = luaL_checkudata(L, 1, DATABASE_TYPE);
    if (self->db != NULL && self->begun && !sqlite3_get_autocommit(self->db))
        word_run(self, "ROLLBACK");
    sqlite3_close_v2(self->db);
    self->db = NULL;
    return 0;
}

/* sqlite.connect(path) -> database | nil, message. The file is made where there is none. */
static int sqlite_connect(lua_State *L)
{
    size_t n;
    const char *path = wdt_binding_text(L, 1, "path", &n);
    database *self = lua_newuserdatauv(L, sizeof *self, 0);
    memset(self, 0, sizeof *self);
    luaL_getmetatable(L, DATABASE_TYPE);
    lua_setmetatable(L, -2);
    /* a connection is used by one thread at a time: it needs no lock around each call */
    if (sqlite3_open_v2(path, &self->db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        NULL) == SQLITE_OK)
        return 1;
    wdt_binding_fail(L, self->db != NULL ? sqlite3_errmsg(self->db) : "out of memory");
    sqlite3_close_v2(self->db);
    self->db = NULL;
    return 2;
}

WDT_EXPORT int luaopen_wdt_sqlite(lua_State *L);

int luaopen_wdt_sqlite(lua_State *L)
{
    static const luaL_Reg methods[] = {{"execute", database_execute},
                                       {"put", database_put},
                                       {"commit", database_commit},
                                       {"rollback", database_rollback},
                                       {"begin", database_begin},
                                       {"close", database_close},
                                       {NULL, NULL}};
    static const luaL_Reg reading[] = {
        {"fetch", cursor_fetch}, {"close", cursor_close}, {NULL, NULL}};
    static const luaL_Reg sqlite[] = {{"connect", sqlite_connect}, {NULL, NULL}};
    wdt_binding_type(L, DATABASE_TYPE, methods, database_close);
    wdt_binding_type(L, CURSOR_TYPE, reading, cursor_close);
    luaL_newlib(L, sqlite);
    return 1;
}
