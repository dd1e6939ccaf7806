/* Preloaded in place of a name server, which the C library can't be given by a port: a name that
 * ends in ".peer" has the addresses 127.0.0.n of its labels, in their order, as spec/support/peer.c
 * would answer.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

typedef int look_up(const char *, const char *, const struct addrinfo *, struct addrinfo **);

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **found)
{
    look_up *real = (look_up *)dlsym(RTLD_NEXT, "getaddrinfo");
    const char *end = name != NULL ? strstr(name, ".peer") : NULL;
    if (end == NULL || end[5] != '\0')
        return real(name, service, hints, found);
    for (const char *label = name; label < end; label = strchr(label, '.') + 1) {
        char address[32];
        int octet = 0, rc;
        sscanf(label, "%3d", &octet);
        snprintf(address, sizeof address, "127.0.0.%d", octet);
        rc = real(address, service, hints, found);
        if (rc != 0)
            return rc;
        while (*found != NULL)
            found = &(*found)->ai_next;
    }
    return 0;
}
