#include "node/processes.h"

#include "node/border.h"
#include "node/child.h"
#include "node/client.h"
#include "node/clock.h"
#include "node/courier.h"
#include "node/derive.h"
#include "node/feeds.h"
#include "node/files.h"
#include "node/notify.h"
#include "node/runner.h"
#include "node/signer.h"
#include "node/worker.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* ---- roles: what this program can be started as ---- */

static ent_code signer_role(const node_home *home, const char *argument, ent_err *err)
{
    (void)argument;
    return node_signer_run(home, NODE_CHILD_FD, err);
}

static ent_code courier_role(const node_home *home, const char *argument, ent_err *err)
{
    return node_courier_run(home, argument, NODE_CHILD_FD, err);
}

static ent_code border_role(const node_home *home, const char *argument, ent_err *err)
{
    (void)argument;
    return node_border_run(home, NODE_CHILD_FD, NODE_CHILD_GIVEN, err);
}

static ent_code link_role(const node_home *home, const char *argument, ent_err *err)
{
    return node_worker_run(home, argument, NODE_CHILD_FD, err);
}

static ent_code catch_up_role(const node_home *home, const char *argument, ent_err *err)
{
    return node_worker_catch_up(home, argument, NODE_CHILD_FD, err);
}

static ent_code index_role(const node_home *home, const char *argument, ent_err *err)
{
    (void)argument;
    return node_derive_run(home, NODE_CHILD_FD, err);
}

static ent_code feeds_role(const node_home *home, const char *argument, ent_err *err)
{
    (void)argument;
    return node_feeds_run(home, NODE_CHILD_FD, err);
}

static ent_code client_role(const node_home *home, const char *argument, ent_err *err)
{
    (void)argument;
    return node_client_run(home, NODE_CHILD_FD, NODE_CHILD_GIVEN, err);
}

static ent_code clock_role(const node_home *home, const char *argument, ent_err *err)
{
    (void)argument;
    return node_clock_run(home, NODE_CHILD_FD, err);
}

static ent_code runner_role(const node_home *home, const char *argument, ent_err *err)
{
    (void)argument;
    return node_runner_run(home, NODE_CHILD_FD, err);
}

static ent_code notify_role(const node_home *home, const char *argument, ent_err *err)
{
    (void)argument;
    return node_notify_run(home, NODE_CHILD_FD, err);
}

const node_role_row node_process_roles[] = {
    { "border", border_role, NODE_START_ONCE, "border", true },
    { "client", client_role, NODE_START_ONCE, "client", false },
    { "feeds", feeds_role, NODE_START_ONCE, NULL, false },
    { "link", link_role, NODE_START_EACH_PEER, NULL, false },
    { "clock", clock_role, NODE_START_ONCE, NULL, true },
    { "notify", notify_role, NODE_START_ONCE, NULL, false },
    { "index", index_role, NODE_START_NEVER, NULL, false },
    { "catch-up", catch_up_role, NODE_START_NEVER, NULL, false },
    { "signer", signer_role, NODE_START_NEVER, NULL, false },
    { "courier", courier_role, NODE_START_NEVER, NULL, false },
    { "runner", runner_role, NODE_START_NEVER, NULL, false },
};
const size_t node_process_role_count = sizeof node_process_roles / sizeof *node_process_roles;

ent_code node_process_run(const node_home *home, const char *role, const char *argument,
                          ent_err *err)
{
    /* What this process starts has no business with either. */
    (void)fcntl(NODE_CHILD_FD, F_SETFD, FD_CLOEXEC);
    (void)fcntl(NODE_CHILD_GIVEN, F_SETFD, FD_CLOEXEC);
    for (size_t i = 0; i < node_process_role_count; i++)
        if (strcmp(role, node_process_roles[i].name) == 0)
            return node_process_roles[i].run(home, argument == NULL ? "" : argument, err);
    return ent_fail(err, ENT_USAGE, "there is no process '%s'", role);
}

/* ---- what a running `serve` announced ---- */

static ent_code url_read(const node_home *home, const char *name, char url[256], ent_err *err)
{
    ent_arena *arena = ent_arena_new(65536);
    ent_code rc;
    ent_str text;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to read an address");
    url[0] = '\0';
    rc = node_file_read(arena, node_path(arena, "%s/run/%s", home->path, name), 255, &text, err);
    if (rc == ENT_OK) {
        memcpy(url, text.ptr, text.size);
        url[text.size] = '\0';
        url[strcspn(url, "\n")] = '\0';
    } else if (rc == ENT_NOT_FOUND) {
        *err = (ent_err){ 0 };
        rc = ENT_OK;
    }
    ent_arena_free(arena);
    return rc;
}

ent_code node_running_read(const node_home *home, node_running *running, ent_err *err)
{
    char lock[4096];
    ent_code rc;
    int fd;

    *running = (node_running){ 0 };
    (void)snprintf(lock, sizeof lock, "%s/run/serve.lock", home->path);
    if (!node_file_exists(lock))
        return ENT_OK;
    rc = node_lock(lock, false, &fd, err);
    if (rc == ENT_OK) {
        (void)close(fd);
        return ENT_OK;
    }
    if (rc != ENT_RETRY)
        return rc;
    *err = (ent_err){ 0 };
    running->running = true;
    ENT_TRY(url_read(home, "client_url", running->client_url, err));
    return url_read(home, "border_url", running->border_url, err);
}
