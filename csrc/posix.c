/* wdt.posix: what keeping state safe takes and plain Lua lacks: fsync, a lock that dies with its holder, a flag for signals.
 * No policy, no library but libc, no call back into Lua. */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* flock */
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compat.h"

#define LOCK_TYPE "wdt.lock"

/* nil, what the system says */
static int fail(lua_State *L, int error)
{
    lua_pushnil(L);
    lua_pushstring(L, strerror(error));
    return 2;
}

/* A signal may interrupt any of these. */
static int open_file(const char *path, int flags)
{
    int fd;
    do
        fd = open(path, flags | O_CLOEXEC, 0666);
    while (fd < 0 && errno == EINTR);
    return fd;
}

static int write_all(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        const ssize_t written = write(fd, bytes, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -1;
        bytes += written;
        n -= (size_t)written;
    }
    return 0;
}

static int sync_file(int fd)
{
    int result;
    do
        result = fsync(fd);
    while (result < 0 && errno == EINTR);
    return result;
}

/* posix.write(path, text) -> true once the file holds this text on the disk | nil, message */
static int posix_write(lua_State *L)
{
    size_t n;
    const char *path = luaL_checkstring(L, 1), *text = luaL_checklstring(L, 2, &n);
    const int fd = open_file(path, O_WRONLY | O_CREAT | O_TRUNC);
    if (fd < 0)
        return fail(L, errno);
    if (write_all(fd, text, n) < 0 || sync_file(fd) < 0) {
        const int error = errno;
        close(fd);
        return fail(L, error);
    }
    if (close(fd) < 0 && errno != EINTR) /* some file systems tell a failed write only now */
        return fail(L, errno);
    lua_pushboolean(L, 1);
    return 1;
}

/* posix.sync(folder) -> true once the names in it are on the disk | nil, message */
static int posix_sync(lua_State *L)
{
    const int fd = open_file(luaL_checkstring(L, 1), O_RDONLY | O_DIRECTORY);
    if (fd < 0)
        return fail(L, errno);
    /* A file system that can't do this for folders says EINVAL; it has nothing better to offer. */
    const int error = sync_file(fd) < 0 && errno != EINVAL ? errno : 0;
    close(fd);
    if (error)
        return fail(L, error);
    lua_pushboolean(L, 1);
    return 1;
}

typedef struct lock {
    int fd; /* owned; -1 once closed */
} lock;

/* posix.lock(path) -> lock | nil, message | nil, "busy", the holder's process id as it wrote it
 * The system drops the lock when its holder ends, however that happens. */
static int posix_lock(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    lock *self = lua_newuserdatauv(L, sizeof *self, 0);
    self->fd = -1;
    luaL_getmetatable(L, LOCK_TYPE);
    lua_setmetatable(L, -2);
    self->fd = open_file(path, O_RDWR | O_CREAT);
    if (self->fd < 0)
        return fail(L, errno);
    char text[24];
    if (flock(self->fd, LOCK_EX | LOCK_NB) < 0) {
        const int error = errno;
        const ssize_t n = read(self->fd, text, sizeof text);
        close(self->fd);
        self->fd = -1;
        if (error != EWOULDBLOCK)
            return fail(L, error);
        lua_pushnil(L);
        lua_pushliteral(L, "busy");
        lua_pushlstring(L, text, n > 0 ? (size_t)n : 0);
        return 3;
    }
    const int n = snprintf(text, sizeof text, "%ld", (long)getpid());
    /* Only a help for whoever finds it locked: without it the lock is as good. */
    if (ftruncate(self->fd, 0) == 0)
        (void)!write(self->fd, text, (size_t)n);
    return 1;
}

/* lock:close(): idempotent */
static int lock_close(lua_State *L)
{
    lock *self = luaL_checkudata(L, 1, LOCK_TYPE);
    if (self->fd >= 0)
        close(self->fd);
    self->fd = -1;
    return 0;
}

/* posix.pid() -> integer */
static int posix_pid(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)getpid());
    return 1;
}

/* Signals belong to the process, so these do as well. */
static const int SIGNALS[2] = {SIGINT, SIGTERM};
static struct sigaction before[2];
static int catching;
static volatile sig_atomic_t caught;

static void on_signal(int number)
{
    caught = number;
}

/* posix.catch(): from now on SIGINT and SIGTERM only leave a mark; the second of a kind ends the process as ever */
static int posix_catch(lua_State *L)
{
    (void)L;
    if (catching++)
        return 0;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = (int)SA_RESETHAND; /* and no SA_RESTART: whoever sleeps wakes up */
    sigemptyset(&action.sa_mask);
    caught = 0;
    for (int i = 0; i < 2; i++) {
        sigaction(SIGNALS[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN) /* as nohup wants it */
            sigaction(SIGNALS[i], &action, NULL);
    }
    return 0;
}

/* posix.caught() -> the signal's number, or nil */
static int posix_caught(lua_State *L)
{
    if (!caught)
        return 0;
    lua_pushinteger(L, (lua_Integer)caught);
    return 1;
}

/* posix.release(): what `catch` changed is as it was before, once as often released as caught */
static int posix_release(lua_State *L)
{
    (void)L;
    if (catching == 0 || --catching > 0)
        return 0;
    for (int i = 0; i < 2; i++)
        sigaction(SIGNALS[i], &before[i], NULL);
    caught = 0;
    return 0;
}

WDT_EXPORT int luaopen_wdt_posix(lua_State *L);

WDT_EXPORT int luaopen_wdt_posix(lua_State *L)
{
    static const luaL_Reg methods[] = {{"close", lock_close}, {NULL, NULL}};
    static const luaL_Reg posix[] = {{"write", posix_write}, {"sync", posix_sync}, {"lock", posix_lock}, {"pid", posix_pid},
        {"catch", posix_catch}, {"caught", posix_caught}, {"release", posix_release}, {NULL, NULL}};
    if (luaL_newmetatable(L, LOCK_TYPE)) {
        lua_pushcfunction(L, lock_close);
        lua_setfield(L, -2, "__gc");
        lua_pushliteral(L, LOCK_TYPE);
        lua_setfield(L, -2, "__name");
        lua_pushboolean(L, 0);
        lua_setfield(L, -2, "__metatable");
        luaL_newlib(L, methods);
        lua_setfield(L, -2, "__index");
    }
    lua_pop(L, 1);
    luaL_newlib(L, posix);
    return 1;
}
