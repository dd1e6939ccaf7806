/* Which of the awaited exchanges have something to tell (transfer.h): a list in the pool, so that
 * no one has to look at the others. */
#include "transfer.h"

void wdt_exchange_tell(wdt_exchange *x)
{
    wdt_pool *p = x->pool;
    if (x->ticket == 0 || x->news_back != NULL)
        return;
    x->news_next = p->news;
    x->news_back = &p->news;
    if (x->news_next != NULL)
        x->news_next->news_back = &x->news_next;
    p->news = x;
}

void wdt_exchange_forget(wdt_exchange *x)
{
    x->ticket = 0;
    if (x->news_back == NULL)
        return;
    *x->news_back = x->news_next;
    if (x->news_next != NULL)
        x->news_next->news_back = x->news_back;
    x->news_back = NULL;
}
