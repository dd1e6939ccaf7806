/* The head of an answer: its header lines as they came, one after the other, with their line ends.
 *
 *   HTTP/1.1 200 OK\r\n Content-Type: application/json\r\n Content-Length: 5, 5\r\n
 */
#include <stdlib.h>
#include <string.h>

#include "transfer.h"

/* Returns a byte in lower case, without the locale: in Turkish an I would not become an i. */
static int lower(int c)
{
    return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

/* The value of the nth (from 0) header of this name, without white space around it; or NULL. */
static const char *head_value(const wdt_exchange *x, const char *name, size_t name_bytes, int nth,
                              size_t *bytes)
{
    const char *line = x->head, *end = x->head + x->head_bytes, *next;
    for (; line < end; line = next) {
        const char *stop = memchr(line, '\n', (size_t)(end - line)), *value;
        size_t i = 0;
        if (stop == NULL)
            stop = end;
        next = stop < end ? stop + 1 : end;
        while (i < name_bytes && line + i < stop && lower(line[i]) == lower(name[i]))
            i++;
        if (i == 0 || i < name_bytes || line + i == stop || line[i] != ':' || nth-- > 0)
            continue;
        value = line + i + 1;
        while (value < stop && (*value == ' ' || *value == '\t'))
            value++;
        while (stop > value && (stop[-1] == '\r' || stop[-1] == ' ' || stop[-1] == '\t'))
            stop--;
        *bytes = (size_t)(stop - value);
        return value;
    }
    return NULL;
}

/* Header names have no case (RFC 9110 section 5.1). */
const char *wdt_exchange_header(const wdt_exchange *x, const char *name, size_t name_bytes,
                                size_t *bytes)
{
    return head_value(x, name, name_bytes, 0, bytes);
}

int wdt_exchange_lengths_agree(const wdt_exchange *x)
{
    static const char name[] = "content-length";
    const char *first = NULL, *value;
    size_t bytes, first_bytes = 0;
    for (int nth = 0; (value = head_value(x, name, sizeof name - 1, nth, &bytes)) != NULL; nth++) {
        const char *end = value + bytes;
        while (value < end) { /* digits, and what separates them from the next ones */
            const char *digits = value;
            while (value < end && *value >= '0' && *value <= '9')
                value++;
            if (value == digits)
                return 0;
            if (first == NULL) {
                first = digits;
                first_bytes = (size_t)(value - digits);
            } else if ((size_t)(value - digits) != first_bytes ||
                       memcmp(digits, first, first_bytes) != 0) {
                return 0;
            }
            while (value < end && (*value == ' ' || *value == '\t' || *value == ','))
                value++;
        }
    }
    return 1;
}

wdt_coding wdt_exchange_coding(const wdt_exchange *x)
{
    static const char name[] = "content-encoding";
    size_t bytes, more;
    const char *value = head_value(x, name, sizeof name - 1, 0, &bytes);
    if (value == NULL)
        return WDT_CODING_NONE;
    if (head_value(x, name, sizeof name - 1, 1, &more) != NULL)
        return WDT_CODING_OTHER;
    return wdt_coding_of(value, bytes);
}

unsigned long long wdt_exchange_identity_length(const wdt_exchange *x)
{
    static const char identity[] = "identity";
    size_t bytes, i = 0;
    const char *value = head_value(x, "transfer-encoding", 17, 0, &bytes);
    if (value == NULL || bytes != sizeof identity - 1)
        return 0;
    while (i < bytes && lower(value[i]) == identity[i])
        i++;
    if (i < bytes || head_value(x, "content-encoding", 16, 0, &bytes) != NULL)
        return 0;
    value = head_value(x, "content-length", 14, 0, &bytes);
    return value != NULL ? strtoull(value, NULL, 10) : 0; /* a line end follows the digits */
}
