/* wdt.posix: what keeping state safe and being a command take and plain Lua lacks: fsync, a lock
 * that dies with its holder, a flag for signals, writing that signals do not break, a terminal's
 * width. No policy, no library but libc, no call back into Lua.
 *
 *     lock = posix.lock("job.lock")        flock(2): gone with the process, however it ends
 *     posix.write("job.new", text)         the bytes are on the disk when it returns; then
 *     os.rename("job.new", "job")          the caller renames, and
 *     posix.sync(".")                      the name is on the disk as well
 *
 * An error is `nil, message` as io.open gives it; the callers in Lua add their code. */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* flock, TIOCGWINSZ */
#endif
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700 /* wcwidth, newlocale */
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "args.h"

#define LOCK_TYPE "wdt.lock"
#define FILE_TYPE "wdt.file"

/* nil, what the system says */
static int error_push(lua_State *L, int error)
{
    lua_pushnil(L);
    lua_pushstring(L, strerror(error));
    return 2;
}

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

/* posix.write(path, text) -> true once a new file of this name holds the text on the disk |
 *   nil, message
 * Whatever had the name before is unlinked, never written to: it may be a link, a FIFO, or a file
 * that others can read, put there by someone who guessed the name. */
static int posix_write(lua_State *L)
{
    size_t n;
    const char *path = wdt_args_text(L, 1, "path", NULL), *text = wdt_args_text(L, 2, "text", &n);
    if (unlink(path) < 0 && errno != ENOENT)
        return error_push(L, errno);
    const int fd = file_open(path, O_WRONLY | O_CREAT | O_EXCL);
    if (fd < 0)
        return error_push(L, errno);
    if (file_write(fd, text, n) < 0 || file_sync(fd) < 0) {
        const int error = errno;
        close(fd);
        return error_push(L, error);
    }
    if (close(fd) < 0 && errno != EINTR) /* some file systems tell a failed write only now */
        return error_push(L, errno);
    lua_pushboolean(L, 1);
    return 1;
}

/* posix.sync(folder) -> true once the names in it are on the disk | nil, message */
static int posix_sync(lua_State *L)
{
    const int fd = file_open(wdt_args_text(L, 1, "folder", NULL), O_RDONLY | O_DIRECTORY);
    if (fd < 0)
        return error_push(L, errno);
    /* A file system that can't do this for folders says EINVAL; it has nothing better to offer. */
    const int error = file_sync(fd) < 0 && errno != EINVAL ? errno : 0;
    close(fd);
    if (error)
        return error_push(L, error);
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
        return error_push(L, errno);
    char text[24];
    if (flock(self->fd, LOCK_EX | LOCK_NB) < 0) {
        const int error = errno;
        const ssize_t n = read(self->fd, text, sizeof text);
        close(self->fd);
        self->fd = -1;
        if (error != EWOULDBLOCK)
            return error_push(L, error);
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

/* ---- files ---- */

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
        return error_push(L, errno);
    luaL_buffinit(L, &text);
    while ((n = read(self->fd, luaL_prepbuffer(&text), LUAL_BUFFERSIZE)) != 0) {
        if (n > 0)
            luaL_addsize(&text, (size_t)n);
        else if (errno != EINTR)
            return error_push(L, errno);
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
        return error_push(L, errno);
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
 * is open there What the file held goes, unless it is to be kept: then writing goes on at its end.
 * It gets the permissions of the file `like`. A symbolic link is not followed: somebody else may
 * have guessed the name. */
static int posix_output(lua_State *L)
{
    const char *path = wdt_args_text(L, 1, "path", NULL);
    const int keep = lua_toboolean(L, 2);
    const char *like = lua_isnoneornil(L, 3) ? NULL : wdt_args_text(L, 3, "like", NULL);
    file *self = new_file(L, -1, 1);
    int error = 0;
    self->fd = file_open(path, O_WRONLY | O_CREAT | O_NOFOLLOW);
    if (self->fd < 0)
        return error_push(L, errno);
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
        return error_push(L, error);
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
        error_push(L, error);
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
        return error_push(L, errno);
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

/* posix.width(fd) -> columns of that terminal, 0 where it does not say | nil where it is none */
static int posix_width(lua_State *L)
{
    const int fd = (int)wdt_args_whole(L, 1, "fd", INT32_MAX);
    struct winsize size = {0};
    if (!isatty(fd))
        return 0;
    if (ioctl(fd, TIOCGWINSZ, &size) < 0)
        size.ws_col = 0;
    lua_pushinteger(L, (lua_Integer)size.ws_col);
    return 1;
}

/* A locale of UTF-8 for wcwidth, which else knows ASCII alone: the process itself stays in "C",
 * as Lua's own functions want it. Made once and kept; NULL where the system has none. */
static locale_t utf8_locale(void)
{
    static const char *const NAMES[] = {"C.UTF-8", "C.utf8", "en_US.UTF-8", "zh_CN.UTF-8"};
    static locale_t found;
    for (size_t i = 0; found == (locale_t)0 && i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
        found = newlocale(LC_CTYPE_MASK, NAMES[i], (locale_t)0);
    return found;
}

/* Cells of a code point. Those that the system does not know are drawn as a box of one cell;
 * control characters take none. Without a locale the Chinese blocks are told from the rest by
 * hand. */
static int cells_of(unsigned long point, int localised)
{
    int cells;
    if (point < 0x20 || (point >= 0x7F && point < 0xA0))
        return 0;
    if (!localised)
        return (point >= 0x2E80 && point <= 0xFFE6) || point >= 0x1F300 ? 2 : 1;
    cells = wcwidth((wchar_t)point);
    return cells < 0 ? 1 : cells;
}

/* Reads the character of valid UTF-8 at `*at` and moves it on. A byte that begins none counts as
 * one character. */
static unsigned long next_point(const unsigned char **at, const unsigned char *end)
{
    const unsigned char *p = *at;
    const int more = *p >= 0xF0 ? 3 : *p >= 0xE0 ? 2 : *p >= 0xC0 ? 1 : 0;
    unsigned long point = more ? *p & (0x3FU >> more) : *p;
    for (p++; p < end && p <= *at + more && (*p & 0xC0) == 0x80; p++)
        point = point << 6 | (*p & 0x3F);
    *at = p;
    return point;
}

/* posix.cells(text [, most]) -> cells that the text takes on a terminal, bytes of it that take at
 * most `most` cells */
static int posix_cells(lua_State *L)
{
    size_t length;
    const char *text = luaL_checklstring(L, 1, &length);
    const lua_Integer most = luaL_optinteger(L, 2, INT_MAX);
    const unsigned char *at = (const unsigned char *)text, *end = at + length;
    const locale_t locale = utf8_locale();
    const locale_t old = locale != (locale_t)0 ? uselocale(locale) : (locale_t)0;
    lua_Integer sum = 0;
    size_t fits = 0;
    while (at < end) {
        sum += cells_of(next_point(&at, end), locale != (locale_t)0);
        if (sum <= most)
            fits = (size_t)(at - (const unsigned char *)text);
    }
    if (locale != (locale_t)0)
        uselocale(old);
    lua_pushinteger(L, sum);
    lua_pushinteger(L, (lua_Integer)fits);
    return 2;
}

/* posix.echo(on) -> true once the terminal of the standard input shows what is typed, or does not
 * | nil where it is no terminal */
static int posix_echo(lua_State *L)
{
    struct termios mode;
    if (tcgetattr(0, &mode) < 0)
        return 0;
    if (lua_toboolean(L, 1))
        mode.c_lflag |= (tcflag_t)ECHO;
    else
        mode.c_lflag &= ~(tcflag_t)ECHO;
    lua_pushboolean(L, tcsetattr(0, TCSADRAIN, &mode) == 0);
    return 1;
}

/* posix.input([seconds]) -> bytes that the standard input holds; "" where none came in that time
 * (default: however long it takes) or a signal did | nil at its end | nil, message */
static int posix_input(lua_State *L)
{
    char bytes[8192];
    struct pollfd input = {STDIN_FILENO, POLLIN, 0};
    const lua_Number seconds = luaL_optnumber(L, 1, -1);
    const int wait = seconds < 0 ? -1 : seconds > 1e6 ? 1000000000 : (int)(seconds * 1000);
    const int ready = poll(&input, 1, wait);
    ssize_t n = 0;
    if (ready > 0)
        n = read(STDIN_FILENO, bytes, sizeof bytes);
    if (ready == 0 || ((ready < 0 || n < 0) && (errno == EINTR || errno == EAGAIN))) {
        lua_pushliteral(L, "");
        return 1;
    }
    if (ready < 0 || n < 0)
        return error_push(L, errno);
    if (n == 0)
        lua_pushnil(L);
    else
        lua_pushlstring(L, bytes, (size_t)n);
    return 1;
}

/* posix.hold_standard(): a closed standard input, output or error is taken by /dev/null, so that no
 * file or socket that is opened later gets its number and what is meant for it. Writing to such an
 * output fails, as it is open for reading alone. */
static int posix_hold_standard(lua_State *L)
{
    (void)L;
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_WRONLY);
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
        return error_push(L, errno);
    for (lua_Integer n = 1; (entry = readdir(folder)) != NULL; n++) {
        lua_pushstring(L, entry->d_name);
        lua_rawseti(L, -2, (int)n);
    }
    closedir(folder);
    return 1;
}

/* posix.now() -> monotonic seconds */
static int posix_now(lua_State *L)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    lua_pushnumber(L, (lua_Number)now.tv_sec + (lua_Number)now.tv_nsec / 1e9);
    return 1;
}

/* posix.pid() -> integer */
static int posix_pid(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)getpid());
    return 1;
}

/* ---- the process ---- */

/* Signals belong to the process, so these do as well. */
#define NSIGNALS 3
static const int SIGNALS[NSIGNALS] = {SIGINT, SIGTERM, SIGHUP};
static struct sigaction before[NSIGNALS];
static int catching;
static volatile sig_atomic_t caught;
static struct timespec first[NSIGNALS]; /* when each was caught first; the handler, where all are
                                           blocked, is alone with it */

/* The one who ends a process together with its group (timeout does) signals it twice and means it
 * once.
 */
#define ECHO_NS 100000000

/* The second signal of a kind ends the process as ever: nothing that hangs can keep it from that.
 */
static void on_signal(int number)
{
    struct timespec now, *then = first;
    const int error = errno;
    for (int i = 0; SIGNALS[i] != number; i++)
        then++;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (then->tv_sec == 0 && then->tv_nsec == 0)
        *then = now;
    if ((int64_t)(now.tv_sec - then->tv_sec) * 1000000000 + (now.tv_nsec - then->tv_nsec) <=
        ECHO_NS) {
        caught = number;
    } else {
        signal(number, SIG_DFL);
        raise(number); /* arrives when this function is left */
    }
    errno = error;
}

/* posix.catch(): from now on SIGINT, SIGTERM and SIGHUP only leave a mark; the second of a kind
 * ends the process as ever, unless it comes within a tenth of a second */
static int posix_catch(lua_State *L)
{
    (void)L;
    if (catching++)
        return 0;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    sigfillset(&action.sa_mask); /* and no SA_RESTART: the one who sleeps wakes up */
    caught = 0;
    memset(first, 0, sizeof first);
    for (int i = 0; i < NSIGNALS; i++) {
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

/* posix.forget(number): a signal that was caught has been heeded; the next of its kind only leaves
 * a mark again */
static int posix_forget(lua_State *L)
{
    const int number = (int)wdt_args_number(L, 1, "number", 1, 64);
    sigset_t blocked, old;
    sigfillset(&blocked);
    sigprocmask(SIG_BLOCK, &blocked, &old);
    for (int i = 0; i < NSIGNALS; i++)
        if (SIGNALS[i] == number)
            memset(&first[i], 0, sizeof first[i]);
    if (caught == number)
        caught = 0;
    sigprocmask(SIG_SETMASK, &old, NULL);
    return 0;
}

/* posix.release(): what `catch` changed is as it was before, once as often released as caught */
static int posix_release(lua_State *L)
{
    (void)L;
    if (catching == 0 || --catching > 0)
        return 0;
    for (int i = 0; i < NSIGNALS; i++)
        sigaction(SIGNALS[i], &before[i], NULL);
    caught = 0;
    return 0;
}

/* posix.wait(): until a signal was caught, which may have been before */
static int posix_wait(lua_State *L)
{
    sigset_t blocked, old;
    (void)L;
    sigemptyset(&blocked);
    for (int i = 0; i < NSIGNALS; i++)
        sigaddset(&blocked, SIGNALS[i]);
    sigprocmask(SIG_BLOCK, &blocked, &old); /* between looking and sleeping none may slip through */
    while (!caught)
        sigsuspend(&old);
    sigprocmask(SIG_SETMASK, &old, NULL);
    return 0;
}

/* posix.ignore_pipe(): from now on writing to where no one reads is an error and does not end the
 * process */
static int posix_ignore_pipe(lua_State *L)
{
    (void)L;
    signal(SIGPIPE, SIG_IGN);
    return 0;
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

WDT_EXPORT int luaopen_wdt_posix(lua_State *L);

WDT_EXPORT int luaopen_wdt_posix(lua_State *L)
{
    static const luaL_Reg lock_methods[] = {{"close", lock_close}, {NULL, NULL}};
    static const luaL_Reg output_methods[] = {{"write", output_write}, {"size", output_size},
                                              {"cut", output_cut},     {"sync", output_sync},
                                              {"close", output_close}, {NULL, NULL}};
    static const luaL_Reg posix[] = {{"read", posix_read},
                                     {"write", posix_write},
                                     {"sync", posix_sync},
                                     {"lock", posix_lock},
                                     {"kind", posix_kind},
                                     {"output", posix_output},
                                     {"stdout", posix_stdout},
                                     {"width", posix_width},
                                     {"cells", posix_cells},
                                     {"echo", posix_echo},
                                     {"input", posix_input},
                                     {"list", posix_list},
                                     {"now", posix_now},
                                     {"hold_standard", posix_hold_standard},
                                     {"pid", posix_pid},
                                     {"catch", posix_catch},
                                     {"caught", posix_caught},
                                     {"release", posix_release},
                                     {"forget", posix_forget},
                                     {"wait", posix_wait},
                                     {"ignore_pipe", posix_ignore_pipe},
                                     {NULL, NULL}};
    type_register(L, LOCK_TYPE, lock_methods, lock_close);
    type_register(L, FILE_TYPE, output_methods, output_close);
    luaL_newlib(L, posix);
    return 1;
}
