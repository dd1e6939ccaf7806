/* Surveys for processors with AVX-512; compiled with the flags for it, and called after asking the
 * processor. */
#include "scan_loop.h"

wdt_scan_result wdt_scan_avx512(wdt_scan *scan, const char *bytes, size_t n, size_t *used,
                                wdt_survey *survey)
{
    wdt_survey seen = *survey; /* so that the loop is compiled for surveys alone */
    const wdt_scan_result result = scan_brackets(scan, bytes, n, used, &seen);
    *survey = seen;
    return result;
}
