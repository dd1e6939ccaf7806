/* The hand-written program that the sinks for databases are held against: it puts rows into the
 * tables that the sink made, as well as each database can.
 *
 *   peer-sqlite FORM FILE DATABASE | peer-postgres FORM FILE ADDRESS
 *   peer-mysql FORM FILE HOST PORT
 *
 * SQLite: prepared statements with bound parameters. PostgreSQL: COPY into temporary tables, then
 * one merge. MariaDB: multi-row upserts of 512 KB. All of them: a transaction for WINDOW rows, an
 * older version replaces no newer one, lines are replaced with their row.
 *
 * FILE has two lines of column names, one for each table, each with its kind ("name:kind"), and
 * then rows. FORM `cells`: they are taken apart already, R or L, then cells, by tabs, \N for NULL,
 * as COPY writes them. `rows`: as JSON, a row a line, which rows.cc takes apart by simdjson.
 * Prints seconds, and seconds of CPU. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#if defined PEER_SQLITE
#include <sqlite3.h>
#elif defined PEER_POSTGRES
#include <libpq-fe.h>
#else
#include <mysql.h>
#endif

#define WINDOW 1500
#define MOST   160 /* columns */

/* rows.cc */
void rows_plan(const char *head, const char *lines_head);
char *rows_take(const char *at, const char *end, char *out);

#define PADDING 64 /* bytes that simdjson may read behind a row */

static char *names[2][MOST];
static int n_names[2];
static char *at, *end;

static void fail(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static void read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *heads[2];
    long size;
    if (!file)
        fail("no rows");
    fseek(file, 0, SEEK_END);
    size = ftell(file);
    rewind(file);
    at = calloc(1, (size_t)size + PADDING);
    if (!at || fread(at, 1, (size_t)size, file) != (size_t)size)
        fail("rows can't be read");
    end = at + size;
    fclose(file);
    for (int k = 0; k < 2; k++) {
        char *stop = strchr(at, '\n');
        *stop = 0;
        heads[k] = strdup(at);
        for (char *name = strtok(at, "\t"); name; name = strtok(NULL, "\t")) {
            *strrchr(name, ':') = 0;
            names[k][n_names[k]++] = name;
        }
        at = stop + 1;
    }
    rows_plan(heads[0], heads[1]);
}

/* The columns of a table, by commas, with something before each and between two of them. */
static char *list(int k, const char *form, int skip)
{
    char *out = calloc(1, 65536);
    for (int i = skip; i < n_names[k]; i++) {
        char one[512];
        snprintf(one, sizeof one, form, names[k][i], names[k][i]);
        strcat(out, i > skip ? "," : "");
        strcat(out, one);
    }
    return out;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double cpu(void)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
           (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

#if defined PEER_SQLITE
static sqlite3 *db;

static void run(const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail(sqlite3_errmsg(db));
}

static void open_db(char **argv)
{
    if (sqlite3_open(argv[2], &db) != SQLITE_OK)
        fail("no database");
    run("PRAGMA synchronous = EXTRA");
}

static sqlite3_stmt *prepare(const char *sql)
{
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
        fail(sqlite3_errmsg(db));
    return statement;
}

static void copy(void)
{
    char *sql;
    sqlite3_stmt *put[2], *drop;
    int rows = 0, newer = 0;
    asprintf(&sql,
             "INSERT INTO stockouts (%s) VALUES (%s) ON CONFLICT (_account, stockout_id) DO "
             "UPDATE SET %s WHERE excluded._modified > stockouts._modified",
             list(0, "\"%s\"", 0), list(0, "?", 0), list(0, "\"%s\" = excluded.\"%s\"", 2));
    put[0] = prepare(sql);
    asprintf(&sql, "INSERT INTO stockouts_details_list (%s) VALUES (%s)", list(1, "\"%s\"", 0),
             list(1, "?", 0));
    put[1] = prepare(sql);
    drop = prepare("DELETE FROM stockouts_details_list WHERE _account = ? AND _stockout_id = ?");
    run("BEGIN");
    while (at < end) {
        const int k = *at == 'L';
        char *cells[2] = {NULL, NULL};
        if (!k && rows++ == WINDOW) {
            run("COMMIT");
            run("BEGIN");
            rows = 1;
        }
        at += 2;
        for (int i = 0; i < n_names[k]; i++) {
            const size_t n = strcspn(at, "\t\n");
            if (i < 2)
                cells[i] = at;
            if (n == 2 && at[0] == '\\' && at[1] == 'N')
                sqlite3_bind_null(put[k], i + 1);
            else
                sqlite3_bind_text(put[k], i + 1, at, (int)n, SQLITE_STATIC);
            at += n + 1;
        }
        if (k && !newer)
            continue;
        if (sqlite3_step(put[k]) != SQLITE_DONE)
            fail(sqlite3_errmsg(db));
        if (!k)
            newer = sqlite3_changes(db) > 0;
        sqlite3_reset(put[k]);
        if (!k && newer) {
            for (int i = 0; i < 2; i++)
                sqlite3_bind_text(drop, i + 1, cells[i], (int)strcspn(cells[i], "\t\n"),
                                  SQLITE_STATIC);
            sqlite3_step(drop);
            sqlite3_reset(drop);
        }
    }
    run("COMMIT");
}

#elif defined PEER_POSTGRES
static PGconn *db;

static void run(const char *sql)
{
    PGresult *result = PQexec(db, sql);
    const ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_COPY_IN)
        fail(PQerrorMessage(db));
    PQclear(result);
}

static void open_db(char **argv)
{
    db = PQconnectdb(argv[2]);
    if (PQstatus(db) != CONNECTION_OK)
        fail(PQerrorMessage(db));
    run("CREATE TEMP TABLE r (LIKE stockouts)");
    run("CREATE TEMP TABLE l (LIKE stockouts_details_list)");
}

/* Sends the lines of one table of a window. */
static void send(int k, char *from, char *to)
{
    char *sql;
    PGresult *result;
    asprintf(&sql, "COPY %s (%s) FROM STDIN", k ? "l" : "r", list(k, "\"%s\"", 0));
    run(sql);
    while (from < to) {
        char *stop = memchr(from, '\n', (size_t)(to - from));
        if ((*from == 'L') == k && PQputCopyData(db, from + 2, (int)(stop + 1 - from - 2)) != 1)
            fail(PQerrorMessage(db));
        from = stop + 1;
    }
    PQputCopyEnd(db, NULL);
    while ((result = PQgetResult(db)) != NULL) {
        if (PQresultStatus(result) != PGRES_COMMAND_OK)
            fail(PQerrorMessage(db));
        PQclear(result);
    }
}

static void copy(void)
{
    char *merge;
    asprintf(&merge,
             "WITH newer AS (INSERT INTO stockouts (%s) SELECT %s FROM r ON CONFLICT "
             "(_account, stockout_id) DO UPDATE SET %s WHERE excluded._modified > "
             "stockouts._modified RETURNING _account, stockout_id), gone AS (DELETE FROM "
             "stockouts_details_list d USING newer n WHERE d._account = n._account AND "
             "d._stockout_id = n.stockout_id) INSERT INTO stockouts_details_list (%s) SELECT %s "
             "FROM l JOIN newer n ON l._account = n._account AND l._stockout_id = n.stockout_id",
             list(0, "\"%s\"", 0), list(0, "\"%s\"", 0), list(0, "\"%s\" = excluded.\"%s\"", 2),
             list(1, "\"%s\"", 0), list(1, "l.\"%s\"", 0));
    while (at < end) {
        char *from = at;
        int rows = 0;
        while (at < end && (rows += *at == 'R') <= WINDOW)
            at = strchr(at, '\n') + 1;
        run("BEGIN");
        run("TRUNCATE r, l");
        send(0, from, at);
        send(1, from, at);
        run(merge);
        run("COMMIT");
    }
}

#else
static MYSQL *db;
static char *buffer[2], *into[2];
#define LARGEST 524288

static void run_text(const char *sql, size_t n)
{
    if (mysql_real_query(db, sql, (unsigned long)n) != 0)
        fail(mysql_error(db));
}

static void run(const char *sql)
{
    run_text(sql, strlen(sql));
}

static void open_db(char **argv)
{
    db = mysql_init(NULL);
    if (!mysql_real_connect(db, argv[2], "erp", NULL, "erp", (unsigned)atoi(argv[3]), NULL, 0))
        fail(mysql_error(db));
    run("SET NAMES utf8mb4");
    run("SET autocommit = 0");
}

static char *head[2], *tail[2], *drop, *dropping;

static void flush(void)
{
    if (into[0] == buffer[0])
        return;
    for (int k = 0; k < 2; k++) {
        if (k == 1 && dropping > drop) {
            strcpy(dropping - 1, ")");
            run(drop);
        }
        if (into[k] == buffer[k])
            continue;
        into[k]--; /* the last comma */
        strcpy(into[k], tail[k]);
        run_text(buffer[k], (size_t)(into[k] - buffer[k]) + strlen(tail[k]));
        into[k] = buffer[k];
    }
}

static void copy(void)
{
    int rows = 0;
    asprintf(&head[0], "INSERT INTO stockouts (%s) VALUES ", list(0, "`%s`", 0));
    asprintf(&tail[0], " ON DUPLICATE KEY UPDATE %s", list(0, "`%s` = VALUES(`%s`)", 2));
    asprintf(&head[1], "INSERT INTO stockouts_details_list (%s) VALUES ", list(1, "`%s`", 0));
    tail[1] = "";
    for (int k = 0; k < 2; k++)
        into[k] = buffer[k] = malloc(4 * LARGEST);
    drop = dropping = malloc(LARGEST);
    while (at < end) {
        const int k = *at == 'L';
        if (!k && (rows == WINDOW || into[0] - buffer[0] > LARGEST)) {
            flush();
            if (rows == WINDOW) {
                run("COMMIT");
                rows = 0;
            }
            dropping = drop;
        }
        rows += !k;
        if (into[k] == buffer[k]) {
            into[k] = stpcpy(into[k], head[k]);
            if (!k)
                dropping = stpcpy(drop, "DELETE FROM stockouts_details_list WHERE _account = "
                                        "'bench' AND _stockout_id IN (");
        }
        *into[k]++ = '(';
        at += 2;
        for (int i = 0; i < n_names[k]; i++) {
            const size_t n = strcspn(at, "\t\n");
            if (i > 0)
                *into[k]++ = ',';
            if (n == 2 && at[0] == '\\' && at[1] == 'N') {
                into[k] = stpcpy(into[k], "NULL");
            } else {
                *into[k]++ = '\'';
                into[k] += mysql_real_escape_string(db, into[k], at, (unsigned long)n);
                *into[k]++ = '\'';
            }
            if (!k && i == 1) {
                memcpy(dropping, at, n);
                dropping += n;
                *dropping++ = ',';
            }
            at += n + 1;
        }
        *into[k]++ = ')';
        *into[k]++ = ',';
    }
    flush();
    run("COMMIT");
}
#endif

int main(int argc, char **argv)
{
    double began, used;
    if (argc < 4)
        fail("give a form, a file and a database");
    read_file(argv[2]);
    open_db(argv + 1);
    began = seconds();
    used = cpu();
    if (strcmp(argv[1], "rows") == 0) {
        char *cells = malloc(4 * (size_t)(end - at) + 1);
        end = rows_take(at, end, cells);
        *end = 0;
        at = cells;
    }
    copy();
    printf("%.6f %.6f\n", seconds() - began, cpu() - used);
    return 0;
}
