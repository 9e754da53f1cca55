#include "node/processes.h"

#include "base/hash.h"
#include "http/server.h"
#include "node/child.h"
#include "node/files.h"
#include "node/peers.h"
#include "http/watch.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILDREN_MAX   512
#define LISTENERS_MAX  4
#define AGAIN_FIRST_MS 100
#define AGAIN_MOST_MS  60000
/* So long a child must live for its next end to count as the first. */
#define SETTLED_MS 30000
#define END_MS     10000
/* So long what a killed `serve` held may be held still; how often it is asked for. */
#define HELD_MOST_MS 3000
#define HELD_ASK_MS  10
/* So long partners have to say what is urgent before anything here answers a query. */
#define CATCH_UP_MS 5000
/* So long the border waits at most for links that do not begin. */
#define LINKS_MOST_MS 10000

struct listener {
    const char *name; /* "border", "client" */
    int fd;
    char url[280];
};

struct slot {
    const node_role_row *role;
    char peer[NODE_CODE_SIZE];
    ent_hash card; /* of what it was started with */
    node_child child;
    bool runs, ready, was_ready, begun; /* `begun`: it was ready, or ended, once */
    int64_t started, again;             /* ms; when to start it */
    int again_ms;
};

struct supervisor {
    const node_home *home;
    int lock, signals, watch;
    struct listener listeners[LISTENERS_MAX];
    size_t listener_count;
    struct slot slots[CHILDREN_MAX];
    size_t count;
    int64_t begun;
    bool announced, ending;
};

/* ---- starting and ending children ---- */

static int listener_fd(const struct supervisor *s, const char *name)
{
    for (size_t i = 0; name != NULL && i < s->listener_count; i++)
        if (strcmp(s->listeners[i].name, name) == 0)
            return s->listeners[i].fd;
    return -1;
}

static void slot_start(struct supervisor *s, struct slot *slot)
{
    const node_child_spec spec = { .role = slot->role->name,
                                   .home = s->home->path,
                                   .argument = slot->peer[0] == '\0' ? NULL : slot->peer,
                                   .given = listener_fd(s, slot->role->listens),
                                   .dies_with_parent = true };
    ent_err failure = { 0 };

    slot->started = node_ms();
    slot->ready = false;
    slot->runs = node_child_start(&spec, &slot->child, &failure) == ENT_OK;
    if (!slot->runs) {
        (void)fprintf(stderr, "entente: %s\n", failure.msg);
        slot->again = slot->started + AGAIN_MOST_MS;
        slot->begun = true;
    }
}

/* Asks it to end; what it does in answer comes with its SIGCHLD. */
static void slot_end(struct slot *slot)
{
    if (slot->runs && slot->child.fd >= 0) {
        (void)close(slot->child.fd);
        slot->child.fd = -1;
    }
}

static void slot_ended(struct supervisor *s, struct slot *slot, int status)
{
    bool asked = slot->child.fd < 0;
    int64_t now = node_ms();

    slot_end(slot);
    slot->runs = slot->ready = false;
    slot->begun = true;
    if (s->ending)
        return;
    if (asked || now - slot->started > SETTLED_MS)
        slot->again_ms = 0;
    slot->again = now + slot->again_ms;
    if (!asked)
        (void)fprintf(stderr, "entente: the process %s%s%s ended (%s %d); it is started again\n",
                      slot->role->name, slot->peer[0] == '\0' ? "" : " ", slot->peer,
                      WIFSIGNALED(status) ? "signal" : "exit",
                      WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    slot->again_ms =
        slot->again_ms == 0
            ? AGAIN_FIRST_MS
            : (slot->again_ms > AGAIN_MOST_MS / 2 ? AGAIN_MOST_MS : slot->again_ms * 2);
}

/* A listening role that never got ready is why `serve` cannot run. */
static ent_code children_reap(struct supervisor *s, ent_err *err)
{
    ent_code rc = ENT_OK;

    for (size_t i = 0; i < s->count; i++) {
        struct slot *slot = &s->slots[i];
        int status;

        if (!slot->runs || waitpid(slot->child.pid, &status, WNOHANG) != slot->child.pid)
            continue;
        slot_ended(s, slot, status);
        if (!s->ending && slot->role->listens != NULL && !slot->was_ready)
            rc = ent_fail(err, ENT_CONFIG, "the %s does not start (its message is above)",
                          slot->role->name);
    }
    return rc;
}

/* ---- which children there are to be ---- */

static struct slot *slot_find(struct supervisor *s, const node_role_row *role, const char *peer)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->slots[i].role == role && strcmp(s->slots[i].peer, peer) == 0)
            return &s->slots[i];
    return NULL;
}

/* Of all that is known of the peer, and of our key as its process knows it. */
static ent_hash peer_hash(const struct supervisor *s, ent_arena *arena, const node_peer *peer)
{
    ent_str text = { "", 0 };
    ent_err ignored = { 0 };

    (void)!node_file_read(arena,
                          node_path(arena, "%s/links/%s/peer.json", s->home->path, peer->code),
                          2 * NODE_CARD_LIMIT, &text, &ignored);
    return ent_hash_of(text.ptr, text.size);
}

/* One child for this role and peer, started anew if what it must know has changed. */
static ent_code slot_want(struct supervisor *s, const node_role_row *role, const char *peer,
                          const ent_hash *card, ent_err *err)
{
    struct slot *slot = slot_find(s, role, peer);

    if (slot == NULL) {
        if (s->count == CHILDREN_MAX)
            return ent_fail(err, ENT_LIMIT, "there are more than %d processes", CHILDREN_MAX);
        slot = &s->slots[s->count++];
        *slot = (struct slot){ .role = role, .card = *card, .child = { .fd = -1 } };
        (void)snprintf(slot->peer, sizeof slot->peer, "%s", peer);
    } else if (!ent_hash_equal(&slot->card, card)) {
        slot->card = *card;
        slot_end(slot);
        slot->again = 0;
    }
    return ENT_OK;
}

static void slots_drop(struct supervisor *s, const node_peer *peers, size_t count)
{
    for (size_t i = 0; i < s->count; i++) {
        struct slot *slot = &s->slots[i];
        bool wanted = slot->peer[0] == '\0';

        for (size_t p = 0; p < count && !wanted; p++)
            wanted = strcmp(peers[p].code, slot->peer) == 0 && node_peer_works(peers[p].state);
        if (wanted)
            continue;
        slot_end(slot);
        slot->again = INT64_MAX; /* until it is wanted again */
        memset(&slot->card, 0, sizeof slot->card);
    }
}

/* Every folder, also one whose card is not written yet; before the cards are read. */
static void folders_watch(const struct supervisor *s, ent_arena *arena)
{
    const char *path = node_path(arena, "%s/links", s->home->path);
    DIR *dir = opendir(path);

    if (dir == NULL)
        return;
    for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir))
        if (node_code_valid(e->d_name))
            (void)inotify_add_watch(s->watch, node_path(arena, "%s/%s", path, e->d_name),
                                    IN_MOVED_TO | IN_DELETE);
    (void)closedir(dir);
}

static ent_code peers_plan(struct supervisor *s, ent_arena *arena, ent_err *err)
{
    ent_hash all = ent_hash_of("", 0), none = all;
    node_peer *peers;
    size_t count;

    folders_watch(s, arena);
    ENT_TRY(node_peer_list(arena, s->home, &peers, &count, err));
    slots_drop(s, peers, count);
    for (size_t i = 0; i < count; i++) {
        ent_hash card = peer_hash(s, arena, &peers[i]);
        const ent_span pieces[] = { { all.bytes, sizeof all.bytes },
                                    { card.bytes, sizeof card.bytes } };

        (void)inotify_add_watch(s->watch,
                                node_path(arena, "%s/links/%s", s->home->path, peers[i].code),
                                IN_MOVED_TO | IN_DELETE);
        if (!node_peer_works(peers[i].state))
            continue;
        all = ent_hash_pieces(pieces, 2);
        for (size_t r = 0; r < node_process_role_count && !peers[i].reader; r++)
            if (node_process_roles[r].start == NODE_START_EACH_PEER)
                ENT_TRY(slot_want(s, &node_process_roles[r], peers[i].code, &card, err));
    }
    for (size_t r = 0; r < node_process_role_count; r++)
        if (node_process_roles[r].start == NODE_START_ONCE)
            ENT_TRY(slot_want(s, &node_process_roles[r], "",
                              node_process_roles[r].knows_peers ? &all : &none, err));
    return ENT_OK;
}

static ent_code plan(struct supervisor *s, ent_err *err)
{
    ent_arena *arena = ent_arena_new((size_t)16 << 20);
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to look at the peers");
    rc = peers_plan(s, arena, err);
    ent_arena_free(arena);
    return rc;
}

/* ---- listening and announcing ---- */

/* What a `serve` that was killed held is held a moment longer, by children that are just
 * ending.  Nobody tells when a port is free: they are not our children, a lock beside the port is
 * given up before or after it as the system likes, and the system's own news of sockets is for its
 * administrator.  Is it worth trying again? */
static bool held_still(ent_code rc, int64_t until)
{
    if (rc != ENT_RETRY || node_ms() > until)
        return false;
    (void)poll(NULL, 0, HELD_ASK_MS);
    return true;
}

static ent_code listen_patiently(const char *address, int *fd, char bound[256], ent_err *err)
{
    int64_t until = node_ms() + HELD_MOST_MS;
    ent_code rc;

    do {
        *err = (ent_err){ 0 };
        rc = http_listen(address, fd, bound, 256, err);
    } while (held_still(rc, until));
    if (rc == ENT_RETRY)
        rc = err->code = ENT_UNAVAILABLE;
    return rc;
}

/* "Any free port" is the one of last time if it still is: peers were told it. */
static ent_code listener_open(const node_home *home, const char *name, const char *address, int *fd,
                              char bound[256], ent_err *err)
{
    size_t size = strlen(address);
    ent_arena *arena = ent_arena_new(65536);
    ent_err ignored = { 0 };
    const char *path;
    ent_str last;
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to listen");
    path = node_path(arena, "%s/run/%s_last", home->path, name);
    /* The same up to the port. */
    rc = size > 2 && strcmp(address + size - 2, ":0") == 0 &&
                 node_file_read(arena, path, 255, &last, &ignored) == ENT_OK &&
                 last.size > size - 1 && memcmp(last.ptr, address, size - 1) == 0
             ? listen_patiently(last.ptr, fd, bound, &ignored)
             : ENT_UNAVAILABLE;
    if (rc != ENT_OK)
        rc = listen_patiently(address, fd, bound, err);
    if (rc == ENT_OK)
        rc = node_file_write(path, (ent_span){ bound, strlen(bound) }, 0600, err);
    ent_arena_free(arena);
    return rc;
}

static ent_code listeners_open(struct supervisor *s, const node_serve *serve, ent_err *err)
{
    for (size_t r = 0; r < node_process_role_count; r++) {
        const char *name = node_process_roles[r].listens, *address;
        struct listener *listener = &s->listeners[s->listener_count];
        char bound[256];

        if (name == NULL)
            continue;
        ENT_ASSERT(s->listener_count < LISTENERS_MAX);
        if (strcmp(name, "border") == 0)
            address = serve->border != NULL ? serve->border : s->home->border;
        else
            address = serve->client != NULL ? serve->client : s->home->client;
        if (listener_open(s->home, name, address, &listener->fd, bound, err) != ENT_OK)
            return ent_context(err, "the %s listener", name);
        listener->name = name;
        (void)snprintf(listener->url, sizeof listener->url, "https://%s", bound);
        s->listener_count++;
    }
    return ENT_OK;
}

/* Also those that a killed `serve` left. */
static void urls_remove(const struct supervisor *s)
{
    for (size_t r = 0; r < node_process_role_count; r++) {
        char path[4200];

        if (node_process_roles[r].listens == NULL)
            continue;
        (void)snprintf(path, sizeof path, "%s/run/%s_url", s->home->path,
                       node_process_roles[r].listens);
        (void)unlink(path);
    }
}

/* Once every listener accepts: the addresses, where `status` finds them, and printed. */
static ent_code announce(struct supervisor *s, ent_err *err)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->slots[i].role->listens != NULL && !s->slots[i].was_ready)
            return ENT_OK;
    for (size_t i = 0; i < s->listener_count; i++) {
        const struct listener *listener = &s->listeners[i];
        char path[4200];

        (void)snprintf(path, sizeof path, "%s/run/%s_url", s->home->path, listener->name);
        ENT_TRY(
            node_file_write(path, (ent_span){ listener->url, strlen(listener->url) }, 0600, err));
    }
    for (size_t i = s->listener_count; i > 0; i--)
        (void)printf("%s %s\n", s->listeners[i - 1].name, s->listeners[i - 1].url);
    (void)fflush(stdout);
    s->announced = true;
    return ENT_OK;
}

/* ---- the loop ---- */

static bool signal_take(struct supervisor *s)
{
    struct signalfd_siginfo info;
    bool end = false;

    while (read(s->signals, &info, sizeof info) == (ssize_t)sizeof info)
        end = end || info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT;
    return end;
}

/* Is it about a peer's card, or a new folder? */
static bool watch_take(struct supervisor *s)
{
    _Alignas(struct inotify_event) char bytes[4096];
    bool news = false;
    ssize_t got;

    while ((got = read(s->watch, bytes, sizeof bytes)) > 0)
        for (char *p = bytes; p < bytes + got;) {
            const struct inotify_event *event = (const struct inotify_event *)(const void *)p;

            news = news || (event->mask & (uint32_t)(IN_ISDIR | IN_Q_OVERFLOW)) != 0 ||
                   (event->len > 0 && strcmp(event->name, "peer.json") == 0);
            p += sizeof *event + event->len;
        }
    return news;
}

/* Each link's process first rolls its log forward.  Served before, a log that a loss of power
 * left shorter than its reader has seen would be one that was set back, for good. */
static bool links_awaited(const struct supervisor *s, const struct slot *slot, int64_t now)
{
    if (slot->role->listens == NULL || strcmp(slot->role->listens, "border") != 0 ||
        slot->was_ready || now > s->begun + LINKS_MOST_MS)
        return false;
    for (size_t i = 0; i < s->count; i++)
        if (s->slots[i].role->start == NODE_START_EACH_PEER && !s->slots[i].begun &&
            s->slots[i].again != INT64_MAX)
            return true;
    return false;
}

static void children_start(struct supervisor *s, int *timeout)
{
    int64_t now = node_ms(), next = INT64_MAX;

    for (size_t i = 0; i < s->count; i++) {
        struct slot *slot = &s->slots[i];

        if (slot->runs)
            continue;
        if (links_awaited(s, slot, now))
            next = next < s->begun + LINKS_MOST_MS + 1 ? next : s->begun + LINKS_MOST_MS + 1;
        else if (slot->again <= now)
            slot_start(s, slot);
        else if (slot->again < next)
            next = slot->again;
    }
    *timeout = next == INT64_MAX ? -1 : (int)(next - now);
}

/* Waits for a signal, a change of peers, or a child that says it is ready. */
static void news_await(struct supervisor *s, int timeout)
{
    struct pollfd wait[CHILDREN_MAX + 2];
    size_t of[CHILDREN_MAX + 2], count = 2;

    wait[0] = (struct pollfd){ s->signals, POLLIN, 0 };
    wait[1] = (struct pollfd){ s->watch, POLLIN, 0 };
    for (size_t i = 0; i < s->count; i++)
        if (s->slots[i].runs && !s->slots[i].ready && s->slots[i].child.fd >= 0) {
            of[count] = i;
            wait[count++] = (struct pollfd){ s->slots[i].child.fd, POLLIN, 0 };
        }
    if (poll(wait, (nfds_t)count, timeout) <= 0)
        return;
    for (size_t i = 2; i < count; i++) {
        struct slot *slot = &s->slots[of[i]];
        char bytes[16];

        if (wait[i].revents == 0)
            continue;
        slot->ready = slot->begun = true; /* or ended: then SIGCHLD tells */
        if (read(slot->child.fd, bytes, sizeof bytes) > 0)
            slot->was_ready = true;
    }
}

/* Its end of the line closes when it ends; whoever takes longer is ended. */
static void catch_up_end(const node_child *child, int64_t until)
{
    struct pollfd line = { .fd = child->fd, .events = POLLIN };
    int64_t now;

    while (waitpid(child->pid, NULL, WNOHANG) == 0) {
        if ((now = node_ms()) >= until)
            (void)kill(child->pid, SIGKILL);
        if (now >= until || (poll(&line, 1, (int)(until - now)) > 0 && line.revents != 0)) {
            (void)waitpid(child->pid, NULL, 0);
            break;
        }
    }
    (void)close(child->fd);
}

/* What was called back while this node was away is gone before it answers anybody: a process for
 * each partner hears what is urgent, and whoever does not answer in time is not waited for. */
static ent_code catch_up(const struct supervisor *s, ent_arena *arena, ent_err *err)
{
    int64_t until = node_ms() + CATCH_UP_MS;
    node_child *children;
    node_peer *peers;
    size_t count, left = 0;

    ENT_TRY(node_peer_list(arena, s->home, &peers, &count, err));
    children = ent_arena_array(arena, count + 1, sizeof *children);
    if (children == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < count; i++) {
        node_child_spec spec = { .role = "catch-up",
                                 .home = s->home->path,
                                 .argument = peers[i].code,
                                 .given = -1,
                                 .dies_with_parent = true };

        if (node_peer_works(peers[i].state) && !peers[i].reader)
            left += node_child_start(&spec, &children[left], err) == ENT_OK;
    }
    *err = (ent_err){ 0 };
    for (size_t i = 0; i < left; i++)
        catch_up_end(&children[i], until);
    return ENT_OK;
}

static ent_code caught_up(const struct supervisor *s, ent_err *err)
{
    ent_arena *arena = ent_arena_new((size_t)16 << 20);
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to look at the peers");
    rc = catch_up(s, arena, err);
    ent_arena_free(arena);
    return rc;
}

/* Whatever asks or answers does it by an index of this program's rules.  It takes as long as it takes,
 * and goes on the next time if it is told to end. */
static ent_code index_await(struct supervisor *s, ent_err *err)
{
    const node_child_spec spec = {
        .role = "index", .home = s->home->path, .given = -1, .dies_with_parent = true
    };
    node_child child;
    bool ended = false;

    ENT_TRY(node_child_start(&spec, &child, err));
    while (!ended && !s->ending) {
        struct pollfd wait[2] = { { s->signals, POLLIN, 0 }, { child.fd, POLLIN, 0 } };

        ended = poll(wait, 2, -1) > 0 && wait[1].revents != 0;
        s->ending = signal_take(s);
    }
    (void)close(child.fd); /* which asks it to end */
    s->begun = node_ms();
    return node_child_wait(&child) == 0 || s->ending
               ? ENT_OK
               : ent_fail(err, ENT_CONFIG,
                          "what records are found by is not of this program's rules (the reason is "
                          "above)");
}

static ent_code supervise(struct supervisor *s, ent_err *err)
{
    ENT_TRY(index_await(s, err));
    if (s->ending)
        return ENT_OK;
    ENT_TRY(caught_up(s, err));
    ENT_TRY(plan(s, err));
    for (;;) {
        int timeout;

        children_start(s, &timeout);
        news_await(s, timeout);
        if (signal_take(s))
            return ENT_OK;
        ENT_TRY(children_reap(s, err));
        if (watch_take(s))
            ENT_TRY(plan(s, err));
        if (!s->announced)
            ENT_TRY(announce(s, err));
    }
}

static void children_end(struct supervisor *s)
{
    int64_t until = node_ms() + END_MS;
    bool killed = false, left = true;

    s->ending = true;
    for (size_t i = 0; i < s->count; i++)
        slot_end(&s->slots[i]);
    while (left) {
        struct pollfd wait = { s->signals, POLLIN, 0 };
        ent_err ignored = { 0 };

        (void)!children_reap(s, &ignored);
        left = false;
        for (size_t i = 0; i < s->count; i++) {
            left = left || s->slots[i].runs;
            if (s->slots[i].runs && node_ms() > until && !killed)
                (void)kill(s->slots[i].child.pid, SIGKILL);
        }
        killed = killed || node_ms() > until;
        if (left && poll(&wait, 1, 200) > 0)
            (void)signal_take(s);
    }
}

static ent_code supervisor_open(struct supervisor *s, const node_serve *serve, ent_err *err)
{
    int64_t until = node_ms() + HELD_MOST_MS;
    char path[4200];
    sigset_t wanted;
    ent_code rc;

    (void)snprintf(path, sizeof path, "%s/run/serve.lock", s->home->path);
    do {
        *err = (ent_err){ 0 };
        rc = node_lock(path, false, &s->lock, err);
    } while (held_still(rc, until));
    if (rc == ENT_RETRY)
        return ent_fail(err, ENT_CONFLICT, "a `serve` of '%s' runs already", s->home->path);
    if (rc != ENT_OK)
        return rc;
    urls_remove(s);
    (void)sigemptyset(&wanted);
    (void)sigaddset(&wanted, SIGTERM);
    (void)sigaddset(&wanted, SIGINT);
    (void)sigaddset(&wanted, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &wanted, NULL);
    s->signals = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
    if (s->signals < 0)
        return ent_fail(err, ENT_IO, "cannot hear of signals: %s", strerror(errno));
    (void)snprintf(path, sizeof path, "%s/links", s->home->path);
    ENT_TRY(http_watch_open(&s->watch, err));
    ENT_TRY(http_watch_add(s->watch, path, IN_CREATE | IN_MOVED_TO | IN_DELETE, NULL, err));
    return listeners_open(s, serve, err);
}

ent_code node_serve_run(const node_home *home, const node_serve *serve, ent_err *err)
{
    struct supervisor *s = calloc(1, sizeof *s);
    ent_code rc;

    if (s == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the supervisor");
    s->home = home;
    s->begun = node_ms();
    s->lock = s->signals = s->watch = -1;
    rc = supervisor_open(s, serve, err);
    if (rc == ENT_OK)
        rc = supervise(s, err);
    children_end(s);
    if (s->lock >= 0)
        urls_remove(s);
    for (size_t i = 0; i < s->listener_count; i++)
        (void)close(s->listeners[i].fd);
    if (s->watch >= 0)
        (void)close(s->watch);
    if (s->signals >= 0)
        (void)close(s->signals);
    if (s->lock >= 0)
        (void)close(s->lock);
    free(s);
    return rc;
}
