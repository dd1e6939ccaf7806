/* Signals of wdt.posix: a mark that the program asks for, so that no Lua runs in a handler. */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* sigaction */
#endif
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include <errno.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "posix.h"

/* Signals belong to the process, so these do as well. */
#define NSIGNALS 3
static const int SIGNALS[NSIGNALS] = {SIGINT, SIGTERM, SIGHUP};
static struct sigaction before[NSIGNALS];
static int catching;
static volatile sig_atomic_t caught;
static struct timespec first[NSIGNALS]; /* when each was caught first; the handler, where all are
                                           blocked, is alone with it */

/* The one who ends a process together with its group (timeout does) signals it twice and means it
 * once.
 */
#define ECHO_NS 100000000

/* The second signal of a kind ends the process as ever: nothing that hangs can keep it from that.
 */
static void on_signal(int number)
{
    struct timespec now, *then = first;
    const int error = errno;
    for (int i = 0; SIGNALS[i] != number; i++)
        then++;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (then->tv_sec == 0 && then->tv_nsec == 0)
        *then = now;
    if ((int64_t)(now.tv_sec - then->tv_sec) * 1000000000 + (now.tv_nsec - then->tv_nsec) <=
        ECHO_NS) {
        caught = number;
    } else {
        signal(number, SIG_DFL);
        raise(number); /* arrives when this function is left */
    }
    errno = error;
}

/* posix.catch([number]): from now on SIGINT, SIGTERM and SIGHUP only leave a mark; the second of a
 * kind ends the process as ever, unless it comes within a tenth of a second. One that is ignored,
 * as nohup wants it of SIGHUP, stays so unless it is the one of that number, which has a meaning of
 * its own to the program. */
static int posix_catch(lua_State *L)
{
    const int wanted = lua_isnoneornil(L, 1) ? 0 : (int)wdt_args_number(L, 1, "number", 1, 64);
    if (catching++)
        return 0;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    sigfillset(&action.sa_mask); /* and no SA_RESTART: the one who sleeps wakes up */
    caught = 0;
    memset(first, 0, sizeof first);
    for (int i = 0; i < NSIGNALS; i++) {
        sigaction(SIGNALS[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN || SIGNALS[i] == wanted)
            sigaction(SIGNALS[i], &action, NULL);
    }
    return 0;
}

/* posix.caught() -> the signal's number, or nil */
static int posix_caught(lua_State *L)
{
    if (!caught)
        return 0;
    lua_pushinteger(L, (lua_Integer)caught);
    return 1;
}

/* posix.forget(number): a signal that was caught has been heeded; the next of its kind only leaves
 * a mark again */
static int posix_forget(lua_State *L)
{
    const int number = (int)wdt_args_number(L, 1, "number", 1, 64);
    sigset_t blocked, old;
    sigfillset(&blocked);
    sigprocmask(SIG_BLOCK, &blocked, &old);
    for (int i = 0; i < NSIGNALS; i++)
        if (SIGNALS[i] == number)
            memset(&first[i], 0, sizeof first[i]);
    if (caught == number)
        caught = 0;
    sigprocmask(SIG_SETMASK, &old, NULL);
    return 0;
}

/* posix.release(): what `catch` changed is as it was before, once as often released as caught */
static int posix_release(lua_State *L)
{
    (void)L;
    if (catching == 0 || --catching > 0)
        return 0;
    for (int i = 0; i < NSIGNALS; i++)
        sigaction(SIGNALS[i], &before[i], NULL);
    caught = 0;
    return 0;
}

/* posix.wait(): until a signal was caught, which may have been before */
static int posix_wait(lua_State *L)
{
    sigset_t blocked, old;
    (void)L;
    sigemptyset(&blocked);
    for (int i = 0; i < NSIGNALS; i++)
        sigaddset(&blocked, SIGNALS[i]);
    sigprocmask(SIG_BLOCK, &blocked, &old); /* between looking and sleeping none may slip through */
    while (!caught)
        sigsuspend(&old);
    sigprocmask(SIG_SETMASK, &old, NULL);
    return 0;
}

/* posix.ignore_pipe(): from now on writing to where no one reads is an error and does not end the
 * process */
static int posix_ignore_pipe(lua_State *L)
{
    (void)L;
    signal(SIGPIPE, SIG_IGN);
    return 0;
}

void wdt_posix_add_signals(lua_State *L)
{
    static const luaL_Reg functions[] = {{"catch", posix_catch},
                                         {"caught", posix_caught},
                                         {"release", posix_release},
                                         {"forget", posix_forget},
                                         {"wait", posix_wait},
                                         {"ignore_pipe", posix_ignore_pipe},
                                         {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
