/* The loop of a scan for processors with AVX2. Compiled with -mavx2, called only where
 * wdt_has_avx2() says so; see scan_loop.h. */
#include "scan_loop.h"

wdt_scan_result wdt_scan_avx2(wdt_scan *scan, const char *bytes, size_t n, size_t *used,
                              wdt_survey *survey)
{
    return survey != NULL ? scan_brackets(scan, bytes, n, used, survey)
                          : scan_brackets(scan, bytes, n, used, NULL);
}
