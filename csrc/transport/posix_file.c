/* Files, locks and folders of wdt.posix.
 *
 *     lock = posix.lock("job.lock")        flock(2): gone with the process, however it ends
 *     posix.write("job.new", text)         the bytes are on the disk when it returns; then
 *     os.rename("job.new", "job")          the caller renames, and
 *     posix.sync(".")                      the name is on the disk as well
 *
 * A descriptor belongs to the userdata that holds it: its `close`, which the collector calls as
 * well, closes it once. posix_write and posix_sync close their own before they return. */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* flock */
#endif
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "posix.h"

#define LOCK_TYPE "wdt.lock"
#define FILE_TYPE "wdt.file"

/* A signal may interrupt any of these. A file that is made is its owner's alone: rows hold names
 * and telephone numbers, and a lock that others can open is one that others can hold. */
static int file_open(const char *path, int flags)
{
    int fd;
    do
        fd = open(path, flags | O_CLOEXEC, 0600);
    while (fd < 0 && errno == EINTR);
    return fd;
}

/* Writes all n bytes, whatever signals arrive. Returns 0, or -1 and errno. */
static int file_write(int fd, const char *bytes, size_t n)
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

/* Has the disk take the bytes. Returns 0, or -1 and errno. */
static int file_sync(int fd)
{
    int result;
    do
        result = fsync(fd);
    while (result < 0 && errno == EINTR);
    return result;
}

/* posix.write(path, text [, everyone]) -> true once a new file of this name holds the text on the
 *   disk | nil, message
 * Whatever had the name before is unlinked, never written to: it may be a link, a FIFO, or a file
 * that others can read, put there by someone who guessed the name. With `everyone` all users may
 * read it, whatever the process's mask. */
static int posix_write(lua_State *L)
{
    size_t n;
    const char *path = wdt_args_text(L, 1, "path", NULL), *text = wdt_args_text(L, 2, "text", &n);
    const int everyone = lua_toboolean(L, 3);
    if (unlink(path) < 0 && errno != ENOENT)
        return wdt_posix_error(L, errno);
    const int fd = file_open(path, O_WRONLY | O_CREAT | O_EXCL);
    if (fd < 0)
        return wdt_posix_error(L, errno);
    if ((everyone && fchmod(fd, 0644) < 0) || file_write(fd, text, n) < 0 || file_sync(fd) < 0) {
        const int error = errno;
        close(fd);
        return wdt_posix_error(L, error);
    }
    if (close(fd) < 0 && errno != EINTR) /* some file systems tell a failed write only now */
        return wdt_posix_error(L, errno);
    lua_pushboolean(L, 1);
    return 1;
}

/* posix.sync(folder) -> true once the names in it are on the disk | nil, message */
static int posix_sync(lua_State *L)
{
    const int fd = file_open(wdt_args_text(L, 1, "folder", NULL), O_RDONLY | O_DIRECTORY);
    if (fd < 0)
        return wdt_posix_error(L, errno);
    /* A file system that can't do this for folders says EINVAL; it has nothing better to offer. */
    const int error = file_sync(fd) < 0 && errno != EINVAL ? errno : 0;
    close(fd);
    if (error)
        return wdt_posix_error(L, error);
    lua_pushboolean(L, 1);
    return 1;
}

/* A lock: flock(2) on a file of its own, which stays when it is released. */
typedef struct lock {
    int fd; /* owned; -1 once closed */
} lock;

/* posix.lock(path) -> lock | nil, message | nil, "busy", the holder's process id as it wrote it
 * The system drops the lock when its holder ends, however that happens. A symbolic link is not
 * followed: the holder's id would overwrite the file that it names. */
static int posix_lock(lua_State *L)
{
    const char *path = wdt_args_text(L, 1, "path", NULL);
    lock *self = lua_newuserdatauv(L, sizeof *self, 0);
    self->fd = -1;
    luaL_getmetatable(L, LOCK_TYPE);
    lua_setmetatable(L, -2);
    self->fd = file_open(path, O_RDWR | O_CREAT | O_NOFOLLOW);
    if (self->fd < 0)
        return wdt_posix_error(L, errno);
    char text[24];
    if (flock(self->fd, LOCK_EX | LOCK_NB) < 0) {
        const int error = errno;
        const ssize_t n = read(self->fd, text, sizeof text);
        close(self->fd);
        self->fd = -1;
        if (error != EWOULDBLOCK)
            return wdt_posix_error(L, error);
        lua_pushnil(L);
        lua_pushliteral(L, "busy");
        lua_pushlstring(L, text, n > 0 ? (size_t)n : 0);
        return 3;
    }
    const int n = snprintf(text, sizeof text, "%ld", (long)getpid());
    /* Only a help for the one who finds it locked: without it the lock is as good. */
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

typedef struct file {
    int fd;    /* -1 once closed */
    int owned; /* not so the process's own output */
} file;

/* Pushes a file that is closed by the collector at the latest. It is made before the file is
 * opened, so that no descriptor is lost when memory runs out. */
static file *new_file(lua_State *L, int fd, int owned)
{
    file *self = lua_newuserdatauv(L, sizeof *self, 0);
    self->fd = fd;
    self->owned = owned;
    luaL_getmetatable(L, FILE_TYPE);
    lua_setmetatable(L, -2);
    return self;
}

/* Idempotent. The process's own output stays open. */
static void file_close(file *self)
{
    if (self->fd >= 0 && self->owned)
        close(self->fd);
    self->fd = -1;
}

/* posix.read(path) -> what the file holds, its permission bits | nil, message
 * Of one open file: no one can put another in its place in between. */
static int posix_read(lua_State *L)
{
    const char *path = wdt_args_text(L, 1, "path", NULL);
    file *self = new_file(L, -1, 1);
    struct stat about;
    luaL_Buffer text;
    ssize_t n;
    self->fd = file_open(path, O_RDONLY | O_NONBLOCK); /* the other end of a FIFO may never come */
    if (self->fd < 0 || fstat(self->fd, &about) < 0)
        return wdt_posix_error(L, errno);
    luaL_buffinit(L, &text);
    while ((n = read(self->fd, luaL_prepbuffer(&text), LUAL_BUFFERSIZE)) != 0) {
        if (n > 0)
            luaL_addsize(&text, (size_t)n);
        else if (errno != EINTR)
            return wdt_posix_error(L, errno);
    }
    file_close(self);
    luaL_pushresult(&text);
    lua_pushinteger(L, (lua_Integer)(about.st_mode & 07777));
    return 2;
}

/* posix.stdout() -> output */
static int posix_stdout(lua_State *L)
{
    new_file(L, STDOUT_FILENO, 0);
    return 1;
}

/* posix.kind(path) -> "file" | "folder" | "other" | nil, message */
static int posix_kind(lua_State *L)
{
    struct stat about;
    if (stat(wdt_args_text(L, 1, "path", NULL), &about) < 0)
        return wdt_posix_error(L, errno);
    lua_pushstring(L, S_ISREG(about.st_mode)   ? "file"
                      : S_ISDIR(about.st_mode) ? "folder"
                                               : "other");
    return 1;
}

/* Returns true if the open file is still the one of this name: the one who had it locked may have
 * renamed it meanwhile. */
static int file_is_at(int fd, const char *path)
{
    struct stat own, found;
    return fstat(fd, &own) == 0 && stat(path, &found) == 0 && own.st_ino == found.st_ino &&
           own.st_dev == found.st_dev;
}

/* Gives an open file the permissions of another one. */
static int file_take_mode(int fd, const char *like)
{
    struct stat about;
    return stat(like, &about) < 0 || fchmod(fd, about.st_mode & 0777) < 0 ? -1 : 0;
}

/* posix.output(path [, keep [, like]]) -> output | nil, message | nil, "busy" where another output
 *   is open there
 * The file is emptied, unless it is to be kept: then writing goes on at its end. It gets the
 * permissions of the file `like`. A symbolic link is not followed: somebody else may have guessed
 * the name. */
static int posix_output(lua_State *L)
{
    const char *path = wdt_args_text(L, 1, "path", NULL);
    const int keep = lua_toboolean(L, 2);
    const char *like = lua_isnoneornil(L, 3) ? NULL : wdt_args_text(L, 3, "like", NULL);
    file *self = new_file(L, -1, 1);
    int error = 0;
    self->fd = file_open(path, O_WRONLY | O_CREAT | O_NOFOLLOW);
    if (self->fd < 0)
        return wdt_posix_error(L, errno);
    if (flock(self->fd, LOCK_EX | LOCK_NB) < 0)
        error = errno;
    else if (!file_is_at(self->fd, path))
        error = EWOULDBLOCK;
    else if ((like && file_take_mode(self->fd, like) < 0) ||
             (!keep && ftruncate(self->fd, 0) < 0) || lseek(self->fd, 0, SEEK_END) < 0)
        error = errno;
    if (!error)
        return 1;
    file_close(self);
    if (error != EWOULDBLOCK)
        return wdt_posix_error(L, error);
    lua_pushnil(L);
    lua_pushliteral(L, "busy");
    return 2;
}

/* Returns the output at stack index 1; raises where it is none or was closed. */
static file *check_output(lua_State *L)
{
    file *self = luaL_checkudata(L, 1, FILE_TYPE);
    if (self->fd < 0)
        luaL_error(L, "the output was closed");
    return self;
}

/* true | nil, message, "pipe" where no one reads any more */
static int result_push(lua_State *L, int result)
{
    const int error = errno;
    if (result < 0) {
        wdt_posix_error(L, error);
        if (error != EPIPE)
            return 2;
        lua_pushliteral(L, "pipe");
        return 3;
    }
    lua_pushboolean(L, 1);
    return 1;
}

/* output:write(bytes) -> true | nil, message [, "pipe"]: all of them, whatever signals arrive */
static int output_write(lua_State *L)
{
    size_t n;
    file *self = check_output(L);
    const char *bytes = wdt_args_text(L, 2, "bytes", &n);
    return result_push(L, file_write(self->fd, bytes, n));
}

/* output:size() -> bytes up to which it is written */
static int output_size(lua_State *L)
{
    const off_t at = lseek(check_output(L)->fd, 0, SEEK_CUR);
    if (at < 0)
        return wdt_posix_error(L, errno);
    lua_pushinteger(L, (lua_Integer)at);
    return 1;
}

/* output:cut(size) -> true once it ends there | nil, message */
static int output_cut(lua_State *L)
{
    file *self = check_output(L);
    const off_t size = (off_t)wdt_args_whole(L, 2, "size", INT64_C(9007199254740992));
    return result_push(L, ftruncate(self->fd, size) < 0 || lseek(self->fd, size, SEEK_SET) < 0 ? -1
                                                                                               : 0);
}

/* output:sync() -> true once the disk has it | nil, message */
static int output_sync(lua_State *L)
{
    return result_push(L, file_sync(check_output(L)->fd));
}

/* output:close(): idempotent */
static int output_close(lua_State *L)
{
    file *self = luaL_checkudata(L, 1, FILE_TYPE);
    file_close(self);
    return 0;
}

/* posix.list(folder) -> the names in it, in no order | nil, message */
static int posix_list(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    const struct dirent *entry;
    DIR *folder;
    lua_newtable(L);
    /* Nothing below allocates but Lua, which may raise for want of memory: it loses this handle, as
     * nothing else is left to do then. */
    folder = opendir(path);
    if (folder == NULL)
        return wdt_posix_error(L, errno);
    for (lua_Integer n = 1; (entry = readdir(folder)) != NULL; n++) {
        lua_pushstring(L, entry->d_name);
        lua_rawseti(L, -2, (int)n);
    }
    closedir(folder);
    return 1;
}

/* A type whose close function serves the collector as well. */
static void type_register(lua_State *L, const char *name, const luaL_Reg *methods,
                          lua_CFunction close_it)
{
    if (luaL_newmetatable(L, name)) {
        lua_pushcfunction(L, close_it);
        lua_setfield(L, -2, "__gc");
        lua_pushstring(L, name);
        lua_setfield(L, -2, "__name");
        lua_pushboolean(L, 0);
        lua_setfield(L, -2, "__metatable");
        lua_newtable(L);
        for (; methods->name; methods++) {
            lua_pushcfunction(L, methods->func);
            lua_setfield(L, -2, methods->name);
        }
        lua_setfield(L, -2, "__index");
    }
    lua_pop(L, 1);
}

void wdt_posix_add_files(lua_State *L)
{
    static const luaL_Reg lock_methods[] = {{"close", lock_close}, {NULL, NULL}};
    static const luaL_Reg output_methods[] = {{"write", output_write}, {"size", output_size},
                                              {"cut", output_cut},     {"sync", output_sync},
                                              {"close", output_close}, {NULL, NULL}};
    static const luaL_Reg functions[] = {
        {"read", posix_read},     {"write", posix_write},   {"sync", posix_sync},
        {"lock", posix_lock},     {"kind", posix_kind},     {"list", posix_list},
        {"output", posix_output}, {"stdout", posix_stdout}, {NULL, NULL}};
    type_register(L, LOCK_TYPE, lock_methods, lock_close);
    type_register(L, FILE_TYPE, output_methods, output_close);
    luaL_setfuncs(L, functions, 0);
}
