/* See inflate.h. */
#include "inflate.h"

#include <string.h>

/* zlib's "window bits": 15 for any stream, 16 more for gzip's head and check sum, negative for
 * neither. */
#define BITS_ZLIB 15
#define BITS_GZIP (15 + 16)
#define BITS_BARE (-15)

static int is_named(const char *name, size_t bytes, const char *coding)
{
    size_t i = 0;
    if (bytes != strlen(coding))
        return 0;
    while (i < bytes && (name[i] | 0x20) == (coding[i] | 0x20))
        i++;
    return i == bytes;
}

wdt_coding wdt_coding_of(const char *name, size_t bytes)
{
    if (bytes == 0 || is_named(name, bytes, "identity"))
        return WDT_CODING_NONE;
    if (is_named(name, bytes, "gzip") || is_named(name, bytes, "x-gzip"))
        return WDT_CODING_GZIP;
    return is_named(name, bytes, "deflate") ? WDT_CODING_DEFLATE : WDT_CODING_OTHER;
}

/* Begins a member, by its first byte. A deflate stream of which the first byte ends in 8 has a
 * zlib head: without one it would be a stored block whose padding is not zero, which no encoder
 * makes. */
static int inflater_begin(wdt_inflater *f, char first)
{
    int rc, bits = f->coding == WDT_CODING_GZIP ? BITS_GZIP
                   : (first & 0x0f) == 8        ? BITS_ZLIB
                                                : BITS_BARE;
    rc = f->open ? inflateReset(&f->stream) : inflateInit2(&f->stream, bits);
    if (rc == Z_OK)
        f->open = f->inside = 1;
    return rc;
}

long wdt_inflater_run(wdt_inflater *f, const char *in, size_t n, size_t *taken, char *out,
                      size_t room, const char **why)
{
    int rc = Z_OK;
    *taken = 0;
    if (!f->inside) {
        if (n == 0)
            return 0;
        if (f->over) {
            *why = "more bytes after its end";
            return -1;
        }
        rc = inflater_begin(f, in[0]);
    }
    if (rc == Z_OK) {
        f->stream.next_in = (const Bytef *)in;
        f->stream.avail_in = (uInt)n;
        f->stream.next_out = (Bytef *)out;
        f->stream.avail_out = (uInt)room;
        rc = inflate(&f->stream, Z_NO_FLUSH);
    }
    if (rc == Z_STREAM_END) {
        f->inside = 0;
        f->over = f->coding == WDT_CODING_DEFLATE;
    } else if (rc != Z_OK && rc != Z_BUF_ERROR) { /* the latter: no progress without more bytes */
        *why = f->open && f->stream.msg != NULL ? f->stream.msg : zError(rc);
        return -1;
    }
    *taken = n - f->stream.avail_in;
    return (long)(room - f->stream.avail_out);
}

void wdt_inflater_close(wdt_inflater *f)
{
    if (f->open)
        inflateEnd(&f->stream);
    f->open = f->inside = 0;
}
