#include "node/doctor.h"

#include "node/files.h"
#include "node/link.h"
#include "node/reasons.h"
#include "node/sandbox.h"
#include "node/status.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Below this much free disk nothing of size can be received. */
#define DISK_LEAST (INT64_C(1) << 30)

typedef struct doctor {
    ent_arena *arena;
    const node_home *home;
    store *store;
    node_doctor_say say;
    void *arg;
} doctor;

static ent_code good(const doctor *d, const char *check, const char *finding, ent_err *err)
{
    return d->say(d->arg, check, finding, NULL, err);
}

/* ---- keys ---- */

static ent_code mode_check(const doctor *d, const char *path, size_t *wrong, ent_err *err)
{
    struct stat st;

    if (stat(path, &st) != 0) {
        ++*wrong;
        return d->say(d->arg, "keys",
                      node_path(d->arena, "cannot look at '%s': %s", path, strerror(errno)),
                      "restore the home from a backup", err);
    }
    if ((st.st_mode & 077) == 0)
        return ENT_OK;
    ++*wrong;
    return d->say(d->arg, "keys", node_path(d->arena, "%s can be read by other users", path),
                  node_path(d->arena,
                            "chmod %s %s; whoever read it is this node: consider new keys",
                            S_ISDIR(st.st_mode) ? "700" : "600", path),
                  err);
}

static ent_code users_check(const doctor *d, size_t *wrong, ent_err *err)
{
    const char *path = node_path(d->arena, "%s/keys/users", d->home->path);
    DIR *dir = opendir(path);
    ent_code rc = ENT_OK;

    if (dir == NULL)
        return ENT_OK; /* no users yet */
    for (struct dirent *e = readdir(dir); e != NULL && rc == ENT_OK; e = readdir(dir))
        if (e->d_name[0] != '.')
            rc = mode_check(d, node_path(d->arena, "%s/%s", path, e->d_name), wrong, err);
    (void)closedir(dir);
    return rc;
}

/* The second half of an Ed25519 secret key is its public key. */
static ent_code pair_check(const doctor *d, size_t *wrong, ent_err *err)
{
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    ent_err failure = { 0 };
    bool same = node_file_read_secret(node_path(d->arena, "%s/keys/identity.sk", d->home->path),
                                      secret, sizeof secret, &failure) == ENT_OK &&
                memcmp(secret + 32, node_home_key(d->home), 32) == 0;

    sodium_memzero(secret, sizeof secret);
    if (same)
        return ENT_OK;
    ++*wrong;
    return d->say(
        d->arg, "keys", "identity.sk and identity.pk are not one pair",
        "restore keys/ from a backup; nothing is signed with a key that peers do not know", err);
}

static ent_code keys_check(const doctor *d, ent_err *err)
{
    static const char *const secrets[] = { "keys",           "keys/identity.sk", "keys/box.sk",
                                           "keys/signer",    "keys/border.key",  "keys/courier.key",
                                           "keys/client.key" };
    size_t wrong = 0;

    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
        ENT_TRY(
            mode_check(d, node_path(d->arena, "%s/%s", d->home->path, secrets[i]), &wrong, err));
    if (node_file_exists(node_path(d->arena, "%s/keys/provider.secret", d->home->path)))
        ENT_TRY(mode_check(d, node_path(d->arena, "%s/keys/provider.secret", d->home->path), &wrong,
                           err));
    ENT_TRY(users_check(d, &wrong, err));
    ENT_TRY(pair_check(d, &wrong, err));
    return wrong > 0 ? ENT_OK : good(d, "keys", "read by this user only, and one pair", err);
}

/* ---- the machine ---- */

static ent_code clock_check(const doctor *d, ent_err *err)
{
    char text[ENT_TIME_TEXT];
    ent_err failure = { 0 };
    ent_time now;

    if (node_now(d->home, &now, &failure) != ENT_OK)
        return d->say(d->arg, "clock", node_path(d->arena, "%s", failure.msg),
                      "write an RFC 3339 time into the exercise clock's file", err);
    ent_time_write(now, text);
    if (d->home->clock == NULL && now < INT64_C(1704067200) * ENT_SECOND)
        return d->say(d->arg, "clock", node_path(d->arena, "the clock says %s", text),
                      "set the system's clock: agreements and labels end by it", err);
    return good(
        d, "clock",
        node_path(d->arena,
                  d->home->clock == NULL ? "the clock says %s" : "the exercise's clock says %s",
                  text),
        err);
}

/* In a child, for there is no way out of a sandbox. */
static ent_code sandbox_check(const doctor *d, ent_err *err)
{
    int status = 0;
    pid_t pid;

    (void)fflush(NULL);
    pid = fork();
    if (pid == 0) {
        const node_sandbox sandbox = { 0 };
        ent_err failure = { 0 };

        _exit(node_sandbox_enter(&sandbox, &failure) == ENT_OK ? 0 : 1);
    }
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return good(d, "sandbox", "Landlock and seccomp work", err);
    return d->say(d->arg, "sandbox", "Landlock or seccomp cannot be entered",
                  "use Linux 5.13 or later with both enabled; the border does not start without",
                  err);
}

static ent_code store_look(const doctor *d, ent_err *err)
{
    ent_err failure = { 0 };

    if (store_check(d->store, &failure) == ENT_OK)
        return good(d, "store", "every page and index of it is sound", err);
    return d->say(
        d->arg, "store", node_path(d->arena, "%s", failure.msg),
        "stop `serve` and restore holdings.db from a backup; the links tell what is missing", err);
}

static ent_code index_check(const doctor *d, ent_err *err)
{
    ent_err failure = { 0 };
    holdings_derived derived;
    int64_t objects;

    if (holdings_derived_read(d->store, &derived, &failure) != ENT_OK ||
        store_count(d->store, NULL, &objects, &failure) != ENT_OK)
        return d->say(d->arg, "store", node_path(d->arena, "%s", failure.msg),
                      "restore the store from a backup", err);
    if (derived.current)
        return good(d, "store", "records are found by the rules of this program", err);
    return d->say(d->arg, "store",
                  node_path(d->arena,
                            "%" PRId64 " of %" PRId64
                            " objects are found by the rules of this program, the others by those "
                            "of before",
                            derived.done, objects),
                  "`entente reindex`, or `entente serve`, which does it before it begins", err);
}

/* ---- links ---- */

/* How many entries of a log the signer has signed: its file begins with that number. */
static ent_code signer_size(const doctor *d, const char *origin, uint64_t *size, ent_err *err)
{
    ent_str bytes;

    *size = 0;
    if (node_file_read(d->arena,
                       node_path(d->arena, "%s/keys/signer/%.16s-%.16s", d->home->path, origin + 8,
                                 origin + 25),
                       LEDGER_FRONTIER_SIZE_MAX, &bytes, err) != ENT_OK) {
        if (err->code != ENT_NOT_FOUND)
            return err->code;
        *err = (ent_err){ 0 };
        return ENT_OK;
    }
    for (size_t i = 0; i < 8 && i < bytes.size; i++)
        *size = *size << 8 | (uint8_t)bytes.ptr[i];
    return ENT_OK;
}

/* What the signer remembers and what is on the disk; a crash leaves it one step ahead. */
static ent_code signer_check(const doctor *d, const node_link *link, uint64_t out_size, bool *wrong,
                             ent_err *err)
{
    uint64_t remembered;
    link_entry entry;
    ent_err failure = { 0 };

    *wrong = false;
    ENT_TRY(signer_size(d, link->host.out_origin, &remembered, err));
    if (remembered == out_size)
        return ENT_OK;
    if (remembered > out_size && link_entry_at(&link->host, d->arena, LINK_OUT, remembered - 1,
                                               remembered, &entry, NULL, &failure) == ENT_OK)
        return ENT_OK; /* the next append rolls it forward */
    *wrong = true;
    return d->say(
        d->arg, "link",
        node_path(d->arena,
                  "%s: our log has %" PRIu64 " entries on this disk and %" PRIu64 " were signed",
                  link->peer.code, out_size, remembered),
        node_path(d->arena,
                  "the home was restored in part: `entente log regain %s` fetches the rest from "
                  "them; nothing is added to this log meanwhile",
                  link->peer.code),
        err);
}

static ent_code link_check(const doctor *d, const node_link_status *status, ent_err *err)
{
    const char *code = status->peer.code;
    node_link link;
    bool wrong;

    ENT_TRY(node_link_open(d->arena, d->home, NULL, code, &link, err));
    ENT_TRY(signer_check(d, &link, status->out_size, &wrong, err));
    if (wrong)
        return ENT_OK;
    if (status->stopped != NULL)
        return d->say(d->arg, "link", node_path(d->arena, "%s: stopped: %s", code, status->stopped),
                      node_path(d->arena,
                                "compare heads with them (`entente log head %s`); the proof is in "
                                "links/%s/evidence",
                                code, code),
                      err);
    if (status->out_seen > status->out_size)
        return d->say(d->arg, "link",
                      node_path(d->arena,
                                "%s: they have cosigned %" PRIu64
                                " entries of our log, and %" PRIu64 " are on this disk",
                                code, status->out_seen, status->out_size),
                      node_path(d->arena,
                                "this is an old disk: `entente log regain %s`; nothing is added to "
                                "this log meanwhile",
                                code),
                      err);
    if (status->peer.state == NODE_PEER_HELD)
        return d->say(d->arg, "link",
                      node_path(d->arena, "%s: held, as this node was restored or set back", code),
                      node_path(d->arena,
                                "`entente log regain %s` fetches back what was said since; compare "
                                "`entente log head %s` with them, then `entente peer confirm %s "
                                "WORDS`",
                                code, code, code),
                      err);
    if (status->peer.state == NODE_PEER_JOINED)
        return d->say(d->arg, "link", node_path(d->arena, "%s: its words are not confirmed", code),
                      node_path(d->arena, "compare them and `entente peer confirm %s WORDS`", code),
                      err);
    if (status->waiting > 0 && status->peer.state != NODE_PEER_CONFIRMED)
        return d->say(d->arg, "link",
                      node_path(d->arena, "%s: %" PRId64 " messages wait for a suspended peer",
                                code, status->waiting),
                      node_path(d->arena, "`entente peer resume %s` takes it up again", code), err);
    return good(d, "link",
                node_path(d->arena, "the link with %s is %s", code,
                          node_peer_state_name(status->peer.state)),
                err);
}

static ent_code links_check(const doctor *d, ent_err *err)
{
    ent_err failure = { 0 };
    node_status status;

    if (node_status_read(d->arena, d->home, d->store, &status, &failure) != ENT_OK)
        return d->say(d->arg, "link", node_path(d->arena, "%s", failure.msg),
                      "`entente log verify` says which files are wrong; restore them from a backup",
                      err);
    if (status.disk_free < DISK_LEAST)
        ENT_TRY(d->say(d->arg, "disk",
                       node_path(d->arena, "%" PRId64 " MB are free", status.disk_free >> 20),
                       "make room: what peers say cannot be kept otherwise", err));
    else
        ENT_TRY(good(d, "disk",
                     node_path(d->arena, "%" PRId64 " GB are free", status.disk_free >> 30), err));
    for (size_t i = 0; i < status.link_count; i++)
        ENT_TRY(link_check(d, &status.links[i], err));
    return ENT_OK;
}

/* ---- decisions ---- */

static ent_code reasons_check(const doctor *d, ent_err *err)
{
    char until[ENT_TIME_TEXT];
    ent_err failure = { 0 };
    node_reasons r;
    ent_time now;

    if (node_now(d->home, &now, &failure) != ENT_OK)
        return ENT_OK; /* it was said */
    if (node_reasons_read(d->arena, d->home, d->store, now, &r, &failure) != ENT_OK)
        return d->say(d->arg, "reasons", node_path(d->arena, "%s", failure.msg),
                      "restore the store from a backup", err);
    if (!r.decided)
        return good(d, "reasons",
                    r.required ? "every look-up says why"
                               : "nobody has oversight yet, so no look-up need say why",
                    err);
    ent_time_write(r.until, until);
    if (r.wrong != NULL)
        return d->say(
            d->arg, "reasons",
            node_path(d->arena, "of the decision that look-ups need no reason: %s", r.wrong),
            "every look-up says why until the legal officer decides anew: `entente audit "
            "reasons`",
            err);
    if (!r.is_signed)
        return d->say(
            d->arg, "reasons",
            node_path(d->arena, "look-ups need no reason until %s, and nobody has signed for it",
                      until),
            "`entente audit reasons required`, or the legal officer signs for the law that "
            "asks for none: `entente audit reasons optional --reason LAW`",
            err);
    return good(d, "reasons",
                node_path(d->arena, "look-ups need no reason until %s, decided by %.*s: %.*s",
                          until, ENT_STR_ARG(r.by), ENT_STR_ARG(r.law)),
                err);
}

ent_code node_doctor_run(ent_arena *arena, const node_home *home, store *s, node_doctor_say say,
                         void *arg, ent_err *err)
{
    const doctor d = { arena, home, s, say, arg };

    ENT_TRY(keys_check(&d, err));
    ENT_TRY(clock_check(&d, err));
    ENT_TRY(sandbox_check(&d, err));
    ENT_TRY(store_look(&d, err));
    ENT_TRY(index_check(&d, err));
    ENT_TRY(reasons_check(&d, err));
    return links_check(&d, err);
}
