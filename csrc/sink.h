/* How bytes reach a decoder from another C module without becoming Lua strings.
 *
 * The userdata of a decoder (its metatable is registered as WDT_SINK_TYPE) begins with a struct
 * wdt_sink. The one who holds that userdata may pour bytes in, provided he keeps it referenced
 * while he does, and provided the version agrees: the two modules are separate shared objects and
 * may have been built from different trees.
 */
#ifndef WDT_SINK_H
#define WDT_SINK_H

#include <stddef.h>

#define WDT_SINK_TYPE    "wdt.decoder"
#define WDT_SINK_VERSION 2

typedef struct wdt_sink {
    unsigned version; /* WDT_SINK_VERSION */
    /* Takes n bytes. Returns 0; -1 when the decoder is in its error state, which next() and feed()
     * describe; or 1 when a call to it is under way further down the stack (its function for times
     * drives other transfers), so that it took nothing: the same bytes are to be given again later.
     * Touches no Lua. */
    int (*feed)(struct wdt_sink *self, const char *bytes, size_t n);
    /* Bytes fed and not yet consumed by rows: the measure for backpressure. */
    size_t (*pending)(const struct wdt_sink *self);
} wdt_sink;

#endif
