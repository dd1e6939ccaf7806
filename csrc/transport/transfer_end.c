/* How an exchange ends (transfer.h): complete, refused by its decoder, closed, or failed, with
 * words for people and a code for programs:
 *
 *     libcurl's verdict      the request has left        code
 *     could not connect      no                          connect
 *     no trusted connection  no                          tls
 *     lost connection        yes, no head came           truncated
 *     anything else          yes                         http, syntax, limit, truncated
 *
 * Whether the request has left decides first, for "connect" promises that nothing was acted on. */
#include "transfer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* libcurl's verdict on a header line of more than 100 KB, of which it tells no byte. */
#if LIBCURL_VERSION_NUM >= 0x080600
#define HEADER_TOO_LONG CURLE_TOO_LARGE
#else
#define HEADER_TOO_LONG CURLE_OUT_OF_MEMORY
#endif

/* Takes the transfer out of the multi. An unfinished one loses its connection, a complete one has
 * left it to the pool. Only the handle of a complete one is kept: libcurl 7.88 refuses
 * CURLOPT_BUFFERSIZE on one whose host was not found. */
static void exchange_detach(wdt_exchange *x)
{
    wdt_pool *p = x->pool;
    wdt_inflater_close(&x->inflater);
    curl_slist_free_all(x->lines);
    x->lines = NULL;
    if (x->easy == NULL)
        return;
    if (x->back != NULL) {
        curl_multi_remove_handle(p->multi, x->easy);
        *x->back = x->next;
        if (x->next != NULL)
            x->next->back = x->back;
        x->back = NULL;
        p->lives--;
    }
    if (x->outcome == WDT_OUTCOME_COMPLETE && p->spares < WDT_SPARE_MAX) {
        curl_easy_reset(x->easy);
        p->spare[p->spares++] = x->easy;
    } else {
        curl_easy_cleanup(x->easy);
    }
    x->easy = NULL;
}

void wdt_exchange_fail(wdt_exchange *x, const char *code, const char *format, ...)
{
    va_list args;
    int n = snprintf(x->text, sizeof x->text, "%s: ", code);
    va_start(args, format);
    vsnprintf(x->text + n, sizeof x->text - (size_t)n, format, args);
    va_end(args);
    x->code = code;
    x->outcome = WDT_OUTCOME_FAILED;
    exchange_detach(x);
    wdt_exchange_tell(x);
}

int wdt_exchange_connected(wdt_exchange *x)
{
    if (!x->connected) {
        curl_off_t pretransfer = 0;
        curl_easy_getinfo(x->easy, CURLINFO_PRETRANSFER_TIME_T, &pretransfer);
        x->connected = x->sent > 0 || pretransfer > 0;
        x->heard_at = x->waited;
    }
    return x->connected;
}

/* Returns true if libcurl could not make a trusted connection. */
static int verdict_is_tls(CURLcode rc)
{
    switch (rc) {
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_ENGINE_INITFAILED: return 1;
    default: return 0;
    }
}

/* Returns true if the connection was lost while the answer was awaited or read. */
static int verdict_is_loss(CURLcode rc)
{
    return rc == CURLE_PARTIAL_FILE || rc == CURLE_RECV_ERROR || rc == CURLE_SEND_ERROR ||
           rc == CURLE_GOT_NOTHING;
}

/* errno where the system has no descriptor left, else 0. libcurl does not tell: it says that it
 * could not connect, resolve, or read the authorities' file. */
static int descriptors_lack(const wdt_exchange *x)
{
    int fd = x->socket_error != 0 ? -1 : socket(AF_INET, SOCK_STREAM, 0);
    int error = x->socket_error != 0 ? x->socket_error : errno;
    if (fd < 0)
        return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM ? error
                                                                                         : 0;
    close(fd);
    return 0;
}

/* The request has not left: nothing can have been acted on. */
static void exchange_blame_connection(wdt_exchange *x, CURLcode rc, const char *words)
{
    long os_error = 0;
    int lack = descriptors_lack(x);
    if (rc == CURLE_COULDNT_CONNECT)
        curl_easy_getinfo(x->easy, CURLINFO_OS_ERRNO, &os_error);
    if (lack != 0)
        os_error = lack;
    if (rc == CURLE_OPERATION_TIMEDOUT)
        wdt_exchange_fail(x, "timeout", "no connection to %s within %g s (connect; %s)", x->peer,
                          x->connect, words);
    else if (verdict_is_tls(rc) && lack == 0)
        wdt_exchange_fail(x, "tls", "no trusted connection to %s (%s)", x->peer, words);
    else
        wdt_exchange_fail(x, "connect", "no connection to %s (%s%s%s)", x->peer, words,
                          os_error != 0 ? "; " : "", os_error != 0 ? strerror((int)os_error) : "");
}

/* The request has left, or may have: whatever is wrong, it may have been acted on, and this is
 * never "connect". */
static void exchange_blame_answer(wdt_exchange *x, CURLcode rc, const char *words)
{
    if (x->headers_full || (x->status == 0 && rc == HEADER_TOO_LONG))
        wdt_exchange_fail(x, "limit",
                          "%s sent more than %d bytes of response headers (HEADERS_MAX)", x->peer,
                          WDT_HEADERS_MAX);
    else if (x->headers_lost)
        wdt_exchange_fail(x, "limit", "memory ran out for the response headers of %s", x->peer);
    else if (x->status == 0 && (verdict_is_loss(rc) || x->sent > 1))
        wdt_exchange_fail(x, "truncated", "%s ended the connection without an answer (%s)", x->peer,
                          x->sent > 1 ? "it had been kept from an earlier one" : words);
    else if (x->odd != NULL)
        wdt_exchange_fail(x, "http", "the answer of %s is not HTTP as it should be (%s)", x->peer,
                          x->odd);
    else if (x->misfit != NULL)
        wdt_exchange_fail(x, "syntax", "the answer of %s is not compressed as it says (%s)",
                          x->peer, x->misfit);
    else if (verdict_is_loss(rc))
        wdt_exchange_fail(x, "truncated",
                          "the answer of %s broke off after %llu bytes of its body (%s)", x->peer,
                          x->bytes, words);
    else
        wdt_exchange_fail(x, "http", "the answer of %s is not HTTP as it should be (%s)", x->peer,
                          words);
}

/* libcurl takes this for success, though no head of an answer has come to its end: a 101, or a
 * connection that ended in the head. */
static void exchange_blame_headless(wdt_exchange *x)
{
    long status = 0;
    curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status == 101)
        wdt_exchange_fail(
            x, "http", "the answer of %s is not HTTP as it should be (another protocol)", x->peer);
    else
        wdt_exchange_fail(x, "truncated",
                          "%s ended the connection without an answer (in its headers)", x->peer);
}

/* libcurl's words, or, where it has none, those that it has for its verdict. The limit of a
 * connection it may have no words for: its look at that is put off where time is forgiven
 * (pool_forgive). Only a handshake outlasts it then, since names and connections have clocks of
 * their own. */
static const char *words_of(const wdt_exchange *x, CURLcode rc)
{
    if (x->words[0] != '\0')
        return x->words;
    return rc == CURLE_OPERATION_TIMEDOUT ? "SSL connection timeout" : curl_easy_strerror(rc);
}

/* Fails the exchange by libcurl's verdict. Its words name hosts, addresses and numbers, never the
 * query or the body, so they may stand in an error. */
static void exchange_blame(wdt_exchange *x, CURLcode rc)
{
    const char *words = words_of(x, rc);
    if (wdt_exchange_connected(x))
        exchange_blame_answer(x, rc, words);
    else
        exchange_blame_connection(x, rc, words);
}

/* The transfer is over by libcurl's account. The body of any answer but a 200 is thrown away, so
 * whatever happened to it, the answer is the status. */
void wdt_exchange_settle(wdt_exchange *x, CURLcode rc)
{
    const int ended = x->ends_at != 0 && x->bytes == x->ends_at;
    if (x->outcome == WDT_OUTCOME_REFUSED) {
        exchange_detach(x);
        wdt_exchange_tell(x);
    } else if (rc == CURLE_OK && x->status == 0) {
        exchange_blame_headless(x);
    } else if (rc == CURLE_OK && (x->inflater.inside || (x->ends_at != 0 && !ended))) {
        exchange_blame(x, CURLE_PARTIAL_FILE);
    } else if (rc == CURLE_OK || ended || (x->status != 0 && x->status != 200 && !x->odd)) {
        x->outcome = WDT_OUTCOME_COMPLETE;
        exchange_detach(x);
        wdt_exchange_tell(x);
    } else {
        exchange_blame(x, rc);
    }
}

/* The outcome changes after the transfer is out of the multi: only a complete one keeps its
 * handle. */
void wdt_exchange_close(wdt_exchange *x)
{
    wdt_exchange_forget(x);
    if (x->easy != NULL)
        wdt_exchange_connected(x);
    exchange_detach(x);
    free(x->head);
    x->head = NULL;
    x->head_bytes = x->head_room = 0;
    x->outcome = WDT_OUTCOME_CLOSED;
}
