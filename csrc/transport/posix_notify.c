/* wdt.posix: telling a service manager how this process is, as sd_notify(3) describes it:
 *
 *     posix.notify("/run/systemd/notify", "READY=1")
 *
 * A datagram to a socket of the file system or, where the address begins with "@", of the abstract
 * namespace of Linux. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include <errno.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "posix.h"

/* posix.notify(address, text) -> true | nil, message. Does not wait for a receiver that is full. */
static int posix_notify(lua_State *L)
{
    size_t n, length;
    const char *address = luaL_checklstring(L, 1, &n);
    const char *text = luaL_checklstring(L, 2, &length);
    struct sockaddr_un to;
    ssize_t sent;
    int fd, error;
    memset(&to, 0, sizeof to);
    to.sun_family = AF_UNIX;
    if ((address[0] != '/' && address[0] != '@') || memchr(address, 0, n) != NULL)
        return wdt_posix_error(L, EAFNOSUPPORT);
    if (n >= sizeof to.sun_path)
        return wdt_posix_error(L, ENAMETOOLONG);
    memcpy(to.sun_path, address, n);
    if (address[0] == '@')
        to.sun_path[0] = 0;
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return wdt_posix_error(L, errno);
    sent = sendto(fd, text, length, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&to,
                  (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
    error = errno;
    close(fd);
    if (sent < 0)
        return wdt_posix_error(L, error);
    lua_pushboolean(L, 1);
    return 1;
}

void wdt_posix_add_notify(lua_State *L)
{
    lua_pushcfunction(L, posix_notify);
    lua_setfield(L, -2, "notify");
}
