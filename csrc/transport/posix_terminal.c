/* The terminal and the standard streams of wdt.posix. */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* TIOCGWINSZ */
#endif
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700 /* wcwidth, newlocale */
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "posix.h"

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
        return wdt_posix_error(L, errno);
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

void wdt_posix_add_terminal(lua_State *L)
{
    static const luaL_Reg functions[] = {{"width", posix_width},
                                         {"cells", posix_cells},
                                         {"echo", posix_echo},
                                         {"input", posix_input},
                                         {"hold_standard", posix_hold_standard},
                                         {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
