/* Waiting for what peers say, and telling those who wait (node/desk.h). */
#include "node/desk.h"

#include "http/watch.h"
#include "node/command.h"
#include "node/files.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

ent_code node_desk_announce(const node_home *home, const char *peer, ent_err *err)
{
    char folder[4096], path[4200], temporary[4220];
    FILE *out;

    /* Only a signal: it need not survive a crash, so nothing is synced. */
    (void)snprintf(folder, sizeof folder, "%s/run/applied", home->path);
    (void)snprintf(path, sizeof path, "%s/%s", folder, peer);
    (void)snprintf(temporary, sizeof temporary, "%s.%ld", path, (long)getpid());
    ENT_TRY(node_folder_make(folder, err));
    out = fopen(temporary, "w");
    if (out == NULL || fclose(out) != 0 || rename(temporary, path) != 0)
        return ent_fail(err, ENT_IO, "cannot write '%s': %s", path, strerror(errno));
    return ENT_OK;
}

/* Waits for a change or the deadline, and takes what was reported.  A server tells of what
 * processes on other machines did; SQLite's are all on this one and use the folder. */
static void change_await(store *s, int watch, int64_t until)
{
    struct pollfd wait[2] = { { watch, POLLIN, 0 }, { store_changes(s), POLLIN, 0 } };
    int64_t left = until - node_ms();
    char bytes[4096];

    /* It may have been heard while `done` was asking. */
    if (left <= 0 || store_changes_take(s))
        return;
    if (poll(wait, wait[1].fd < 0 ? 1 : 2, left > 60000 ? 60000 : (int)left) > 0)
        while (read(watch, bytes, sizeof bytes) > 0)
            ;
    (void)store_changes_take(s);
}

ent_code node_desk_wait(node_desk *nd, node_desk_done done, void *arg, unsigned seconds,
                        ent_err *err)
{
    int64_t until = node_ms() + (int64_t)seconds * 1000;
    store *changing = node_desk_desk(nd)->store;
    char folder[4096];
    ent_code rc;
    bool yes;
    int watch;

    (void)snprintf(folder, sizeof folder, "%s/run/applied", node_desk_home(nd)->path);
    ENT_TRY(node_folder_make(folder, err));
    if (http_watch_open(&watch, err) != ENT_OK ||
        http_watch_add(watch, folder, IN_MOVED_TO, NULL, err) != ENT_OK) {
        if (watch >= 0)
            (void)close(watch);
        return ent_context(err, "what was asked goes on, but its answer cannot be waited for");
    }
    /* The watches stand before the question, so that no change falls between. */
    (void)store_changes(changing);
    for (;;) {
        yes = false;
        rc = done(arg, &yes, err);
        if (rc != ENT_OK || yes)
            break;
        if (node_ms() >= until) {
            rc = ent_fail(err, ENT_RETRY, "nothing came within %u seconds", seconds);
            break;
        }
        change_await(changing, watch, until);
    }
    (void)close(watch);
    return rc;
}
