/* wdt.postgres: a database of PostgreSQL, with LuaSQL's way to execute and fetch. A transaction is
 * begun by a call, and rows that core.laying laid out go to the server as COPY takes them, written
 * straight from their cells:
 *
 *     db = postgres.connect("host=/run/postgresql dbname=erp")
 *     db:begin()
 *     db:put("COPY orders FROM STDIN", layer, 1, { 1, 2, 3 })
 *     db:commit()
 *
 * Optional: it is built where libpq's headers are. An error is `nil, message`, the server's own,
 * and its SQLSTATE where it told one. Everything that libpq gives out belongs to a userdata, whose
 * collection gives it back. A COMMIT whose answer never came is a failure: whether the server did
 * it is found out by reading. */
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "binding.h"

#define DATABASE_TYPE "wdt.postgres"
#define CURSOR_TYPE   "wdt.postgres.cursor"

/* Bytes that are gathered before libpq is given them. */
#define CHUNK 65536

typedef struct database {
    PGconn *db; /* owned; NULL: closed */
} database;

/* The answer of a query. */
typedef struct cursor {
    PGresult *result; /* owned; NULL: closed */
    int row;          /* the next one */
} cursor;

static database *database_check(lua_State *L)
{
    database *self = luaL_checkudata(L, 1, DATABASE_TYPE);
    if (self->db == NULL)
        luaL_error(L, "the database is closed");
    return self;
}

/* Pushes nil, the server's message and, where `result` tells one, its code. */
static int fail(lua_State *L, const database *self, const PGresult *result)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    wdt_binding_fail(L, result != NULL ? PQresultErrorMessage(result) : PQerrorMessage(self->db));
    lua_pushstring(L, state);
    return 3;
}

/* ---- cursors ---- */

/* cursor:close() -> nothing. Idempotent. Also __gc. */
static int cursor_close(lua_State *L)
{
    cursor *self = luaL_checkudata(L, 1, CURSOR_TYPE);
    PQclear(self->result);
    self->result = NULL;
    return 0;
}

static cursor *cursor_push(lua_State *L)
{
    cursor *self = lua_newuserdatauv(L, sizeof *self, 0);
    memset(self, 0, sizeof *self);
    luaL_getmetatable(L, CURSOR_TYPE);
    lua_setmetatable(L, -2);
    return self;
}

/* cursor:fetch([list, "n"]) -> list, or the values of the row, all of them texts | nil at the end
 */
static int cursor_fetch(lua_State *L)
{
    cursor *self = luaL_checkudata(L, 1, CURSOR_TYPE);
    const int into = lua_istable(L, 2);
    int n;
    if (self->result == NULL)
        return wdt_binding_fail(L, "the cursor is closed");
    if (self->row >= PQntuples(self->result)) {
        lua_pushnil(L);
        return 1;
    }
    n = PQnfields(self->result);
    luaL_checkstack(L, n + 2, CURSOR_TYPE);
    for (int i = 0; i < n; i++) {
        if (PQgetisnull(self->result, self->row, i))
            lua_pushnil(L);
        else
            lua_pushlstring(L, PQgetvalue(self->result, self->row, i),
                            (size_t)PQgetlength(self->result, self->row, i));
        if (into)
            lua_rawseti(L, 2, i + 1);
    }
    self->row++;
    if (!into)
        return n;
    lua_pushvalue(L, 2);
    return 1;
}

/* ---- statements ---- */

/* Runs a word of a transaction, which the server answers by itself where it did so: a COMMIT of
 * what has failed is answered by ROLLBACK. Pushes true; or nil and why. */
static int word_run(lua_State *L, database *self, const char *word)
{
    cursor *made = cursor_push(L);
    made->result = PQexec(self->db, word);
    if (PQresultStatus(made->result) != PGRES_COMMAND_OK)
        return fail(L, self, made->result);
    if (strcmp(PQcmdStatus(made->result), word) != 0)
        return wdt_binding_fail(L, "the transaction was rolled back");
    lua_pushboolean(L, 1);
    return 1;
}

/* Pushes how many rows a command touched. */
static int touched_push(lua_State *L, PGresult *result)
{
    lua_pushinteger(L, (lua_Integer)strtoul(PQcmdTuples(result), NULL, 10));
    return 1;
}

/* database:execute(statement) -> cursor | rows that it changed | nil, message */
static int database_execute(lua_State *L)
{
    size_t n;
    database *self = database_check(L);
    const char *text = wdt_binding_text(L, 2, "statement", &n);
    cursor *made = cursor_push(L);
    made->result = PQexec(self->db, text);
    switch (PQresultStatus(made->result)) {
    case PGRES_TUPLES_OK: return 1;
    case PGRES_COMMAND_OK: return touched_push(L, made->result);
    default: return fail(L, self, made->result);
    }
}

/* ---- COPY ---- */

/* Bytes on their way to libpq. */
typedef struct copying {
    database *self;
    size_t n;
    char bytes[CHUNK];
} copying;

/* Gives libpq what was gathered. Returns 0, or -1. */
static int copying_flush(copying *c)
{
    const int n = (int)c->n;
    c->n = 0;
    return n == 0 || PQputCopyData(c->self->db, c->bytes, n) == 1 ? 0 : -1;
}

static int copying_put(copying *c, const char *p, size_t n)
{
    while (n > 0) {
        const size_t room = CHUNK - c->n, part = n < room ? n : room;
        memcpy(c->bytes + c->n, p, part);
        c->n += part;
        p += part;
        n -= part;
        if (c->n == CHUNK && copying_flush(c) != 0)
            return -1;
    }
    return 0;
}

/* Returns the letter that stands after a backslash for a character that COPY takes for a mark, 0
 * for any other. */
static char escape_of(char c)
{
    switch (c) {
    case '\\': return '\\';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return 0;
    }
}

/* Puts a text with its marks escaped: they are rare, so that what lies between is put whole. */
static int copying_put_text(copying *c, const char *p, size_t n)
{
    const char *end = p + n, *from = p;
    for (; p < end; p++) {
        const unsigned char byte = (unsigned char)*p;
        char escape[2] = {'\\', 0};
        if (byte != '\\' && byte > '\r')
            continue;
        escape[1] = escape_of(*p);
        if (escape[1] == 0)
            continue;
        if (copying_put(c, from, (size_t)(p - from)) != 0 || copying_put(c, escape, 2) != 0)
            return -1;
        from = p + 1;
    }
    return copying_put(c, from, (size_t)(p - from));
}

/* Puts rows, a line each: cells by tabs, \N where there is nothing. */
static int copying_put_rows(copying *c, const wdt_laid_rows *rows)
{
    char digits[24];
    for (size_t k = 0; k < rows->rows; k++) {
        const wdt_cell *cells = rows->cells + k * rows->width;
        for (unsigned i = 0; i < rows->width; i++) {
            const char *p = rows->bytes + cells[i].at;
            int wrong = i > 0 && copying_put(c, "\t", 1) != 0;
            if (wrong)
                return -1;
            switch (cells[i].form) {
            case WDT_CELL_NULL: wrong = copying_put(c, "\\N", 2); break;
            case WDT_CELL_BARE: wrong = copying_put(c, p, cells[i].n); break;
            case WDT_CELL_TEXT: wrong = copying_put_text(c, p, cells[i].n); break;
            case WDT_CELL_COUNTER:
                wrong = copying_put(c, digits, wdt_binding_digits(cells[i].at, digits));
                break;
            }
            if (wrong)
                return -1;
        }
        if (copying_put(c, "\n", 1) != 0)
            return -1;
    }
    return 0;
}

/* Reads what the server says of a COPY that has ended: all of it, so that the connection can be
 * used again. Leaves the first failure, or else the result of the COPY, in `made`. */
static void copying_conclude(database *self, cursor *made)
{
    PGresult *result;
    PQclear(made->result);
    made->result = NULL;
    while ((result = PQgetResult(self->db)) != NULL) {
        const ExecStatusType status = PQresultStatus(result);
        const int stuck = status == PGRES_COPY_IN || PQstatus(self->db) != CONNECTION_OK;
        if (made->result == NULL ||
            (PQresultStatus(made->result) == PGRES_COMMAND_OK && status != PGRES_COMMAND_OK)) {
            PQclear(made->result);
            made->result = result;
        } else {
            PQclear(result);
        }
        if (stuck) /* it would say the same without end */
            return;
    }
}

/* database:put(statement, layer, table, rows) -> how many rows of the table | nil, message
 * Runs a COPY FROM STDIN, whose columns are the cells of a row, for the rows of a table that belong
 * to `rows`, a list of those that layer:put told: all of them, or none. */
static int database_put(lua_State *L)
{
    size_t n;
    database *self = database_check(L);
    const char *text = wdt_binding_text(L, 2, "statement", &n);
    wdt_binding_rows rows;
    wdt_laid_rows some;
    cursor *made;
    copying *c;
    int wrong = 0;
    wdt_binding_rows_check(L, 3, &rows);
    if (rows.total == 0) {
        lua_pushinteger(L, 0);
        return 1;
    }
    made = cursor_push(L);
    c = lua_newuserdatauv(L, sizeof *c, 0);
    c->self = self;
    c->n = 0;
    made->result = PQexec(self->db, text);
    if (PQresultStatus(made->result) != PGRES_COPY_IN)
        return fail(L, self, made->result);
    for (size_t i = 1; i <= rows.n && !wrong; i++) {
        wdt_binding_rows_get(L, &rows, i, &some);
        wrong = copying_put_rows(c, &some);
    }
    wrong = wrong || copying_flush(c) != 0;
    if (PQputCopyEnd(self->db, wrong ? "it can't be sent" : NULL) != 1)
        wrong = 1;
    copying_conclude(self, made);
    if (PQresultStatus(made->result) != PGRES_COMMAND_OK)
        return fail(L, self, made->result);
    return wrong ? fail(L, self, NULL) : touched_push(L, made->result);
}

/* ---- transactions ---- */

/* database:begin() -> true | nil, message. From here to its end all statements are one transaction.
 */
static int database_begin(lua_State *L)
{
    database *self = database_check(L);
    if (PQtransactionStatus(self->db) != PQTRANS_IDLE)
        return wdt_binding_fail(L, "a transaction has begun already");
    return word_run(L, self, "BEGIN");
}

/* Ends a transaction, if there is one. */
static int transaction_end(lua_State *L, const char *word)
{
    database *self = database_check(L);
    if (PQtransactionStatus(self->db) != PQTRANS_IDLE)
        return word_run(L, self, word);
    lua_pushboolean(L, 1);
    return 1;
}

/* database:commit() -> true | nil, message. Nothing was committed where the server says that it
 * rolled back; where it says nothing, anything may be true. */
static int database_commit(lua_State *L)
{
    return transaction_end(L, "COMMIT");
}

/* database:rollback() -> true | nil, message */
static int database_rollback(lua_State *L)
{
    return transaction_end(L, "ROLLBACK");
}

/* ---- life ---- */

/* database:close() -> nothing: what was not committed is gone. Idempotent. Also __gc. */
static int database_close(lua_State *L)
{
    database *self = luaL_checkudata(L, 1, DATABASE_TYPE);
    PQfinish(self->db);
    self->db = NULL;
    return 0;
}

/* Notices go nowhere: libpq would write them to the program's stderr. */
static void notice_drop(void *ud, const PGresult *notice)
{
    (void)ud;
    (void)notice;
}

/* postgres.connect(address) -> database | nil, message. The address is what libpq takes. */
static int postgres_connect(lua_State *L)
{
    size_t n;
    const char *address = wdt_binding_text(L, 1, "address", &n);
    database *self = lua_newuserdatauv(L, sizeof *self, 0);
    int results;
    memset(self, 0, sizeof *self);
    luaL_getmetatable(L, DATABASE_TYPE);
    lua_setmetatable(L, -2);
    self->db = PQconnectdb(address);
    if (PQstatus(self->db) == CONNECTION_OK) {
        PQsetNoticeReceiver(self->db, notice_drop, NULL);
        return 1;
    }
    results = self->db != NULL ? fail(L, self, NULL) : wdt_binding_fail(L, "out of memory");
    PQfinish(self->db);
    self->db = NULL;
    return results;
}

WDT_EXPORT int luaopen_wdt_postgres(lua_State *L);

int luaopen_wdt_postgres(lua_State *L)
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
    static const luaL_Reg postgres[] = {{"connect", postgres_connect}, {NULL, NULL}};
    wdt_binding_type(L, DATABASE_TYPE, methods, database_close);
    wdt_binding_type(L, CURSOR_TYPE, reading, cursor_close);
    luaL_newlib(L, postgres);
    return 1;
}
