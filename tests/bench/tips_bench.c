/* A day of 10,000 tips between two desks (tests/sim/tips_day.h): said, approved by two officers,
 * carried with every entry offered twice, received, and acknowledged to the sender.  Exit 1 if one
 * is lost, doubled or out of order.  ENT_BENCH_TIPS=n: so many. */
#include "sim/tips_day.h"

#include <stdlib.h>
#include <time.h>

static double now(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void say(const char *name, double value, const char *unit)
{
    (void)printf("{\"bench\":\"%s\",\"value\":%.6g,\"unit\":\"%s\",\"against\":null}\n", name,
                 value, unit);
    (void)fflush(stdout);
}

int main(void)
{
    const char *text = getenv("ENT_BENCH_TIPS");
    size_t tips = text == NULL ? 10000 : (size_t)strtoul(text, NULL, 10);
    double start = now();
    tips_day day;

    tips_day_run(tips, false, &day);
    say("tips/day/sent", (double)day.sent, "tips");
    say("tips/day/lost", (double)(day.sent - day.listed), "tips");
    say("tips/day/out-of-order", (double)day.misplaced, "tips");
    say("tips/day/receipts-missing", (double)(day.sent - day.heard), "tips");
    say("tips/day/per-second", (double)tips / (now() - start), "1/s");
    return day.listed == day.sent && day.misplaced == 0 && day.double_ == 0 && day.heard == day.sent
               ? 0
               : 1;
}
