/* entente status -- how the node is doing. */
#include "cli/reasons.h"

#include "base/json_write.h"
#include "base/phrase.h"
#include "base/version.h"
#include "casework/alarms.h"
#include "node/files.h"
#include "node/status.h"

#include <inttypes.h>

/* A restored node may be behind what its peer remembers. */
static uint64_t lag(uint64_t entries, uint64_t done)
{
    return entries > done ? entries - done : 0;
}

static void link_json(ent_jw *w, const node_link_status *link)
{
    ent_jw_object(w);
    ent_jw_key(w, "peer");
    ent_jw_c(w, link->peer.code);
    ent_jw_key(w, "name");
    ent_jw_str(w, link->peer.name);
    ent_jw_key(w, "state");
    ent_jw_c(w, node_peer_state_name(link->peer.state));
    ent_jw_key(w, "out");
    ent_jw_object(w);
    ent_jw_key(w, "entries");
    ent_jw_int(w, (int64_t)link->out_size);
    ent_jw_key(w, "seen");
    ent_jw_int(w, (int64_t)link->out_seen);
    ent_jw_key(w, "lag");
    ent_jw_int(w, (int64_t)lag(link->out_size, link->out_seen));
    ent_jw_key(w, "waiting");
    ent_jw_int(w, link->waiting);
    ent_jw_end(w);
    ent_jw_key(w, "in");
    ent_jw_object(w);
    ent_jw_key(w, "entries");
    ent_jw_int(w, (int64_t)link->in_size);
    ent_jw_key(w, "applied");
    ent_jw_int(w, (int64_t)link->in_applied);
    ent_jw_key(w, "lag");
    ent_jw_int(w, (int64_t)lag(link->in_size, link->in_applied));
    ent_jw_end(w);
    if (link->stopped != NULL) {
        ent_jw_key(w, "stopped");
        ent_jw_c(w, link->stopped);
        ent_jw_key(w, "stopped_said");
        ent_phrase_json(w, ent_str_of(link->stopped));
    }
    ent_jw_end(w);
}

static void links_json(ent_jw *w, const node_status *status)
{
    int64_t waiting = 0;

    ent_jw_key(w, "links");
    ent_jw_array(w);
    for (size_t i = 0; i < status->link_count; i++) {
        link_json(w, &status->links[i]);
        waiting += status->links[i].waiting;
    }
    ent_jw_end(w);
    ent_jw_key(w, "queues");
    ent_jw_object(w);
    ent_jw_key(w, "outbox");
    ent_jw_int(w, waiting);
    ent_jw_key(w, "refused");
    ent_jw_int(w, status->refused);
    ent_jw_end(w);
}

static void running_json(cli_context *cli, const node_home *home, ent_jw *w,
                         const node_running *running)
{
    ent_jw_key(w, "running");
    ent_jw_bool(w, running->running);
    if (running->client_url[0] != '\0') {
        ent_jw_key(w, "client_url");
        ent_jw_c(w, running->client_url);
    }
    if (running->border_url[0] != '\0') {
        ent_jw_key(w, "border_url");
        ent_jw_c(w, running->border_url);
    }
    ent_jw_key(w, "client_ca");
    ent_jw_c(w, node_path(cli->arena, "%s/keys/client.crt", home->path));
}

static void index_json(ent_jw *w, const holdings_derived *derived, int64_t objects)
{
    ent_jw_key(w, "index");
    ent_jw_object(w);
    ent_jw_key(w, "current");
    ent_jw_bool(w, derived->current);
    ent_jw_key(w, "done");
    ent_jw_int(w, derived->current ? objects : derived->done);
    ent_jw_key(w, "of");
    ent_jw_int(w, objects);
    ent_jw_key(w, "kept");
    ent_jw_int(w, derived->kept);
    ent_jw_end(w);
}

/* What stands, besides the links. */
struct standing {
    casework_alarm *alarms;
    size_t count;
    node_reasons reasons;
};

static void alarms_json(ent_jw *w, const struct standing *st)
{
    ent_jw_key(w, "alarms");
    ent_jw_array(w);
    for (size_t i = 0; i < st->count; i++) {
        char time[ENT_TIME_TEXT];

        ent_time_write(st->alarms[i].time, time);
        ent_jw_object(w);
        ent_jw_key(w, "what");
        ent_jw_c(w, st->alarms[i].what);
        ent_jw_key(w, "what_said");
        ent_phrase_json(w, ent_str_of(st->alarms[i].what));
        ent_jw_key(w, "kind");
        ent_jw_c(w, st->alarms[i].kind);
        ent_jw_key(w, "precedence");
        ent_jw_c(w, st->alarms[i].precedence);
        ent_jw_key(w, "peer");
        ent_jw_str(w, st->alarms[i].peer);
        ent_jw_key(w, "since");
        ent_jw_c(w, time);
        ent_jw_end(w);
    }
    ent_jw_end(w);
}

static ent_code status_json(cli_context *cli, const node_home *home, ent_time now,
                            const node_status *status, const struct standing *st, ent_err *err)
{
    char fingerprint[NODE_FINGERPRINT_SIZE], time[ENT_TIME_TEXT];
    ent_buf buf;
    ent_jw w;

    node_fingerprint(home->identity, fingerprint);
    ent_time_write(now, time);
    ent_buf_init(&buf, cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "version");
    ent_jw_c(&w, ENT_VERSION);
    ent_jw_key(&w, "home");
    ent_jw_c(&w, home->path);
    ent_jw_key(&w, "code");
    ent_jw_c(&w, home->code);
    ent_jw_key(&w, "name");
    ent_jw_str(&w, home->name);
    ent_jw_key(&w, "fingerprint");
    ent_jw_c(&w, fingerprint);
    ent_jw_key(&w, "time");
    ent_jw_c(&w, time);
    if (!cli->exercise) { /* else every line says it */
        ent_jw_key(&w, "exercise");
        ent_jw_bool(&w, false);
    }
    running_json(cli, home, &w, &status->running);
    ent_jw_key(&w, "store");
    ent_jw_object(&w);
    ent_jw_key(&w, "kind");
    ent_jw_c(&w, "sqlite");
    ent_jw_key(&w, "objects");
    ent_jw_int(&w, status->objects);
    ent_jw_key(&w, "own");
    ent_jw_int(&w, status->own_objects);
    ent_jw_key(&w, "bytes");
    ent_jw_int(&w, status->store_bytes);
    index_json(&w, &status->derived, status->objects);
    ent_jw_end(&w);
    links_json(&w, status);
    alarms_json(&w, st);
    cli_reasons_json(&w, &st->reasons);
    ent_jw_key(&w, "disk");
    ent_jw_object(&w);
    ent_jw_key(&w, "free");
    ent_jw_int(&w, status->disk_free);
    ent_jw_key(&w, "total");
    ent_jw_int(&w, status->disk_total);
    ent_jw_end(&w);
    ent_jw_end(&w);
    return cli_json_line(cli, &buf, err);
}

static void alarms_text(cli_context *cli, const struct standing *st)
{
    for (size_t i = 0; i < st->count; i++) {
        char time[ENT_TIME_TEXT];

        ent_time_write(st->alarms[i].time, time);
        (void)printf("ALARM        %s, %s, since %s\n", st->alarms[i].what,
                     cli_text(cli, st->alarms[i].peer), time);
    }
}

static void status_text(cli_context *cli, const node_home *home, ent_time now,
                        const node_status *status)
{
    char fingerprint[NODE_FINGERPRINT_SIZE], time[ENT_TIME_TEXT];

    node_fingerprint(home->identity, fingerprint);
    ent_time_write(now, time);
    (void)printf("node         %s (%s), entente %s\n", cli_text(cli, home->name), home->code,
                 ENT_VERSION);
    (void)printf("fingerprint  %s\n", fingerprint);
    (void)printf("time         %s%s\n", time, home->clock != NULL ? " (exercise)" : "");
    (void)printf("serve        %s\n", status->running.running ? "running" : "not running");
    if (status->running.client_url[0] != '\0')
        (void)printf("client URL   %s\n", status->running.client_url);
    if (status->running.border_url[0] != '\0')
        (void)printf("border URL   %s\n", status->running.border_url);
    (void)printf("store        %" PRId64 " objects, %" PRId64 " of them own, %.1f MB\n",
                 status->objects, status->own_objects, (double)status->store_bytes / 1e6);
    if (!status->derived.current)
        (void)printf("INDEX        %" PRId64 " of %" PRId64
                     " objects are found by the rules of this program, the others by those of "
                     "before: `entente reindex`\n",
                     status->derived.done, status->objects);
    (void)printf("disk         %.1f of %.1f GB free\n", (double)status->disk_free / 1e9,
                 (double)status->disk_total / 1e9);
    if (status->refused > 0)
        (void)printf("refused      %" PRId64 " entries of peers broke a rule\n", status->refused);
    for (size_t i = 0; i < status->link_count; i++) {
        const node_link_status *link = &status->links[i];

        (void)printf("link %-8s %-9s  out %" PRIu64 " (%" PRIu64 " not seen, %" PRId64
                     " waiting)  in %" PRIu64 " (%" PRIu64 " not applied)\n",
                     link->peer.code, node_peer_state_name(link->peer.state), link->out_size,
                     lag(link->out_size, link->out_seen), link->waiting, link->in_size,
                     lag(link->in_size, link->in_applied));
        if (link->stopped != NULL)
            (void)printf("              stopped: %s\n", cli_text(cli, ent_str_of(link->stopped)));
    }
}

static ent_code run(cli_context *cli, ent_err *err)
{
    struct standing st;
    node_status status;
    node_desk *nd;
    ent_time now;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    now = node_desk_desk(nd)->now;
    ENT_TRY(
        node_status_read(cli->arena, node_desk_home(nd), node_desk_desk(nd)->store, &status, err));
    ENT_TRY(casework_alarm_list(node_desk_desk(nd), cli->arena, &st.alarms, &st.count, err));
    ENT_TRY(node_reasons_read(cli->arena, node_desk_home(nd), node_desk_desk(nd)->store, now,
                              &st.reasons, err));
    if (cli->json)
        return status_json(cli, node_desk_home(nd), now, &status, &st, err);
    status_text(cli, node_desk_home(nd), now, &status);
    cli_reasons_text(cli, &st.reasons);
    alarms_text(cli, &st);
    return ENT_OK;
}

const cli_command cli_status = {
    .name = "status",
    .usage = "",
    .summary = "how the node is doing: store, links, lag, disk",
    .help =
        "For each link: entries in our log for them and how many of these they have not\n"
        "cosigned, entries of theirs and how many are not applied.  An alarm is a private\n"
        "match that was abused (`match alarms`), two histories of one log, or an exchange that is\n"
        "suspended; who is on duty has had a notice of it.  Reasons: whether a look-up must say "
        "why\n"
        "(`audit reasons`).  Index: whether all objects are found by the rules of this program\n"
        "(`reindex`).  Needs no running `serve`.\n\n"
        "  entente status --json\n",
    .run = run,
    .as_is = true,
};
