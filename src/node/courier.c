#include "node/courier.h"

#include "http/client.h"
#include "node/child.h"
#include "node/files.h"
#include "node/renew.h"
#include "node/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- the desk's side ---- */

struct node_courier {
    node_child child;
    FILE *in;
    int stop;
    bool gone; /* it does not answer any more */
    char got[4096];
};

ent_code node_courier_start(const node_home *home, const char *peer, int stop, node_courier **out,
                            ent_err *err)
{
    const node_child_spec spec = { .role = "courier",
                                   .home = home->path,
                                   .argument = peer,
                                   .given = -1,
                                   .dies_with_parent = true };
    node_courier *courier = calloc(1, sizeof *courier);

    if (courier == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the courier");
    courier->stop = stop;
    (void)snprintf(courier->got, sizeof courier->got, "%s/links/%s/spool", home->path, peer);
    if (node_folder_make(courier->got, err) != ENT_OK ||
        node_child_start(&spec, &courier->child, err) != ENT_OK) {
        free(courier);
        return ent_context(err, "starting the courier");
    }
    (void)snprintf(courier->got, sizeof courier->got, "%s/links/%s/spool/got.%ld", home->path, peer,
                   (long)courier->child.pid);
    courier->in = fdopen(courier->child.fd, "r");
    if (courier->in == NULL) {
        (void)close(courier->child.fd);
        node_courier_stop(courier);
        return ent_fail(err, ENT_MEMORY, "no memory for the courier");
    }
    *out = courier;
    return ENT_OK;
}

void node_courier_stop(node_courier *courier)
{
    if (courier == NULL)
        return;
    if (courier->in != NULL)
        (void)fclose(courier->in);
    /* It may be in the middle of a held request; it has nothing to lose. */
    (void)kill(courier->child.pid, SIGKILL);
    (void)node_child_wait(&courier->child);
    (void)unlink(courier->got);
    free(courier);
}

bool node_courier_gone(const node_courier *courier)
{
    return courier->gone;
}

/* Waits for the courier's answer, but not when we are asked to stop. */
static ent_code answer_await(const node_courier *courier, ent_err *err)
{
    struct pollfd wait[] = { { courier->child.fd, POLLIN, 0 }, { courier->stop, POLLIN, 0 } };

    while (poll(wait, courier->stop < 0 ? 1 : 2, -1) < 0)
        if (errno != EINTR)
            return ent_fail(err, ENT_IO, "cannot wait for the courier: %s", strerror(errno));
    if (courier->stop >= 0 && wait[1].revents != 0)
        return ent_fail(err, ENT_RETRY, "stopped while waiting for the peer");
    return ENT_OK;
}

ent_code node_courier_get(node_courier *courier, ent_arena *arena, const char *path, size_t limit,
                          unsigned seconds, ent_str *content, ent_err *err)
{
    char line[1024], *message;
    int size = snprintf(line, sizeof line, "GET %s %zu %u\n", path, limit, seconds);
    long code;

    courier->gone = true; /* unless it answers */
    ENT_TRY(node_line_send(courier->child.fd, line, (size_t)size, err));
    ENT_TRY(answer_await(courier, err));
    if (fgets(line, sizeof line, courier->in) == NULL)
        return ent_fail(err, ENT_UNAVAILABLE, "the courier does not answer");
    courier->gone = false;
    line[strcspn(line, "\n")] = '\0';
    code = strtol(line, &message, 10);
    if (code < 0 || code >= ENT_CODE_COUNT)
        return ent_fail(err, ENT_BUG, "the courier answers with an unknown code");
    if (code != ENT_OK)
        return ent_fail(err, (ent_code)code, "%s", *message == ' ' ? message + 1 : message);
    return node_file_read(arena, courier->got, limit, content, err);
}

/* ---- the courier process ---- */

struct traffic {
    FILE *file;
};

static void traffic_write(void *arg, bool outgoing, const void *bytes, size_t size)
{
    struct traffic *traffic = arg;

    (void)outgoing;
    (void)fwrite(bytes, 1, size, traffic->file);
    (void)fflush(traffic->file);
}

/* "GET <path> <limit> <seconds>" */
static bool request_read(const char *line, char path[512], size_t *limit, unsigned *seconds)
{
    size_t size = strncmp(line, "GET ", 4) == 0 ? strcspn(line + 4, " ") : 0;
    char *end;

    if (size == 0 || size >= 512 || line[4 + size] != ' ')
        return false;
    memcpy(path, line + 4, size);
    path[size] = '\0';
    *limit = strtoul(line + 4 + size + 1, &end, 10);
    *seconds = (unsigned)strtoul(end, NULL, 10);
    return *seconds > 0;
}

static ent_code one_get(http_client *client, const char *address, const char *got, const char *line,
                        ent_err *err)
{
    char path[512], url[1024];
    unsigned seconds;
    size_t limit;
    ent_code rc;
    int fd;

    if (!request_read(line, path, &limit, &seconds))
        return ent_fail(err, ENT_USAGE, "the courier knows no such request");
    (void)snprintf(url, sizeof url, "%.400s/entente/v1/%s", address, path);
    fd = open(got, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return ent_fail(err, ENT_IO, "the courier cannot write its spool: %s", strerror(errno));
    rc = http_client_get(client, url, fd, limit, seconds, err);
    (void)close(fd);
    return rc;
}

static ent_code requests_serve(http_client *client, const char *address, const char *got, int fd,
                               ent_err *err)
{
    FILE *in = fdopen(fd, "r");
    char line[1024];

    if (in == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the courier");
    while (fgets(line, sizeof line, in) != NULL) {
        ent_err failure = { 0 };
        ent_code rc = one_get(client, address, got, line, &failure);
        char answer[ENT_ERR_MSG_MAX + 32];
        int size;

        failure.msg[strcspn(failure.msg, "\n")] = '\0';
        size = snprintf(answer, sizeof answer, "%d %s\n", (int)rc, failure.msg);
        if (node_line_send(fd, answer, (size_t)size, &failure) != ENT_OK)
            break;
    }
    (void)fclose(in);
    return ENT_OK;
}

/* libcurl reads the key files at each connection, libc what it resolves names with;
 * nothing else outside the spool. */
static ent_code courier_confine(const http_client_config *config, const char *spool, ent_err *err)
{
    static const char *const read[] = { "/etc", "/run/systemd/resolve", "/usr/lib", "/lib" };
    const char *present[8] = { config->certificate, config->key };
    node_sandbox sandbox = {
        .read = present, .read_count = 2, .write = &spool, .write_count = 1, .may_connect = true
    };

    for (size_t i = 0; i < sizeof read / sizeof *read; i++)
        if (node_file_exists(read[i]))
            present[sandbox.read_count++] = read[i];
    return node_sandbox_enter(&sandbox, err);
}

static ent_code courier_serve(ent_arena *arena, const node_home *home, const node_peer *peer,
                              int fd, ent_err *err)
{
    const char *spool = node_path(arena, "%s/links/%s/spool", home->path, peer->code);
    const char *record = node_path(arena, "%s/run/traffic", home->path);
    struct traffic traffic = { NULL };
    http_client_config config = { .connect_seconds = 10, .arg = &traffic };
    http_client *client;
    const char *keys;
    ent_code rc;

    ENT_TRY(node_renew_folder(arena, home, peer, &keys, err));
    config.certificate = node_path(arena, "%s/courier.crt", keys);
    config.key = node_path(arena, "%s/courier.key", keys);
    memcpy(config.pin, peer->border_pin, sizeof config.pin);
    if (peer->renewal.overlap)
        config.pin_before = peer->renewal.border_before;
    /* On exercise what crosses a link may be recorded, to be searched afterwards. */
    if (home->clock != NULL && node_file_exists(record)) {
        traffic.file =
            fopen(node_path(arena, "%s/%s-%s.http", record, peer->code, home->code), "ab");
        config.record = traffic.file == NULL ? NULL : traffic_write;
    }
    rc = http_client_new(&config, &client, err);
    if (rc != ENT_OK)
        goto out;
    rc = courier_confine(&config, spool, err);
    if (rc == ENT_OK)
        rc = requests_serve(client, peer->address,
                            node_path(arena, "%s/got.%ld", spool, (long)getpid()), fd, err);
    http_client_free(client);
out:
    if (traffic.file != NULL)
        (void)fclose(traffic.file);
    return rc;
}

ent_code node_courier_run(const node_home *home, const char *code, int fd, ent_err *err)
{
    ent_arena *arena = ent_arena_new((size_t)1 << 20);
    node_peer peer;
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the courier");
    rc = node_peer_get(arena, home, code, &peer, err);
    /* Of one that is held only what a restored node has to ask for is fetched (node/regain.h). */
    if (rc == ENT_OK && peer.state == NODE_PEER_JOINED)
        rc = ent_fail(err, ENT_DENIED, "the link to %s is not confirmed", code);
    if (rc == ENT_OK)
        rc = courier_serve(arena, home, &peer, fd, err);
    ent_arena_free(arena);
    return rc;
}
