#include "http/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Has this process as many descriptors as it may? */
static bool process_full(void)
{
    int spare = dup(STDERR_FILENO);

    if (spare >= 0)
        (void)close(spare);
    return spare < 0 && errno == EMFILE;
}

/* What a limit is now; 0 where it cannot be read. */
static long limit_now(const char *path)
{
    char text[32] = "";
    int in = open(path, O_RDONLY | O_CLOEXEC);

    if (in < 0)
        return 0;
    if (read(in, text, sizeof text - 1) < 0)
        text[0] = '\0';
    (void)close(in);
    return strtol(text, NULL, 10);
}

ent_code http_watch_open(int *watch, ent_err *err)
{
    int why;

    *watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (*watch >= 0)
        return ENT_OK;
    why = errno;
    if (why != EMFILE)
        return ent_fail(err, ENT_IO, "cannot watch for changes: %s", strerror(why));
    if (process_full())
        return ent_fail(err, ENT_IO,
                        "cannot watch for changes: this process has as many files open as it may; "
                        "raise its limit (`ulimit -n`)");
    return ent_fail(err, ENT_IO,
                    "cannot watch for changes: the programs of this user have all inotify "
                    "instances there are; raise fs.inotify.max_user_instances (it is %ld) with "
                    "sysctl",
                    limit_now("/proc/sys/fs/inotify/max_user_instances"));
}

ent_code http_watch_add(int watch, const char *folder, uint32_t events, int *place, ent_err *err)
{
    int at = inotify_add_watch(watch, folder, events);

    if (place != NULL)
        *place = at;
    if (at >= 0)
        return ENT_OK;
    if (errno == ENOSPC)
        return ent_fail(err, ENT_IO,
                        "cannot watch '%s': the programs of this user have all inotify watches "
                        "there are; raise fs.inotify.max_user_watches (it is %ld) with sysctl",
                        folder, limit_now("/proc/sys/fs/inotify/max_user_watches"));
    return ent_fail(err, ENT_IO, "cannot watch '%s': %s", folder, strerror(errno));
}
