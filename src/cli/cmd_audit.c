/* entente audit ... -- who did what: the journal, read and checked. */
#include "cli/account.h"
#include "cli/desk.h"

#include "base/text.h"
#include "casework/redress.h"
#include "link/verify.h"
#include "node/journal.h"

#include <inttypes.h>
#include <stdlib.h>

struct reading {
    cli_context *cli;
    const char *object, *who;
    bool oversight, lookups;
    uint64_t every; /* of the look-ups, one in so many; 0: all */
    uint64_t shown;
};

static bool note_about(ent_json note, const char *object)
{
    if (object == NULL || ent_str_is(ent_json_get_text(note, "object"), object))
        return true;
    for (ent_json v = ent_json_first(ent_json_get(note, "objects")); v.doc != NULL;
         v = ent_json_next(v))
        if (ent_str_is(ent_json_str(v), object))
            return true;
    return false;
}

static bool is_lookup(cli_context *cli, ent_json note)
{
    ent_str verb = ent_arena_str(cli->arena, ent_json_get_text(note, "verb"));
    const casework_verb *row = verb.ptr == NULL ? NULL : casework_verb_find(verb.ptr);

    return row != NULL && row->kind == CASEWORK_LOOKUP;
}

/* Which look-ups are drawn follows from the note itself and cannot be chosen by
 * its author. */
static bool is_drawn(ent_json note, uint64_t every)
{
    ent_str raw = ent_json_raw(note);
    ent_hash hash = ent_hash_of(raw.ptr, raw.size);
    uint64_t number;

    memcpy(&number, hash.bytes, sizeof number);
    return every == 0 || number % every == 0;
}

static ent_code note_show(void *arg, uint64_t seq, ent_json note, ent_err *err)
{
    struct reading *r = arg;
    ent_buf buf;
    ent_jw w;

    if (!note_about(note, r->object) ||
        (r->who != NULL && !ent_str_is(ent_json_get_text(note, "who"), r->who)) ||
        (r->oversight && !ent_json_true(ent_json_get(note, "oversight"))) ||
        (r->lookups && (!is_lookup(r->cli, note) || !is_drawn(note, r->every))))
        return ENT_OK;
    r->shown++;
    if (!r->cli->json) {
        (void)printf("%s  %-12s %-10s %-16s %s%s%s%s%s\n",
                     cli_text(r->cli, ent_json_get_text(note, "time")),
                     cli_text(r->cli, ent_json_get_text(note, "who")),
                     cli_text(r->cli, ent_json_get_text(note, "role")),
                     cli_text(r->cli, ent_json_get_text(note, "verb")),
                     cli_text(r->cli, ent_json_get_text(note, "object")),
                     ent_json_get_text(note, "peer").size > 0 ? "  with " : "",
                     cli_text(r->cli, ent_json_get_text(note, "peer")),
                     ent_json_get_text(note, "reason").size > 0 ? "  because: " : "",
                     cli_text(r->cli, ent_json_get_text(note, "reason")));
        return ENT_OK;
    }
    cli_line_begin(r->cli, &buf, &w);
    ent_jw_key(&w, "seq");
    ent_jw_int(&w, (int64_t)seq);
    for (ent_json v = ent_json_first(note); v.doc != NULL; v = ent_json_next(v)) {
        ent_jw_key_str(&w, ent_json_name(v));
        ent_jw_raw(&w, ent_json_raw(v));
    }
    return cli_line_end(r->cli, &buf, &w, err);
}

static ent_code notes_show(cli_context *cli, struct reading *r, ent_err *err)
{
    node_desk *nd;

    r->cli = cli;
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(node_journal_read(nd, cli->arena, note_show, r, err));
    return r->shown > 0 ? ENT_OK : ENT_NO;
}

static ent_code who_saw_run(cli_context *cli, ent_err *err)
{
    struct reading r = { .cli = cli };

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    r.object = cli->argv[0];
    return notes_show(cli, &r, err);
}

const cli_command cli_audit_who_saw = {
    .name = "audit who-saw",
    .usage = "ID [--as USER]",
    .summary = "who looked up, changed, sent or received this, and why",
    .help = "Of a record, tip or request.  Exit 1 if nobody did.\n\n"
            "  entente audit who-saw identity--0b51... --as ove\n",
    .run = who_saw_run,
};

static ent_code list_run(cli_context *cli, ent_err *err)
{
    struct reading r = { .who = cli_option(cli, "--who"),
                         .oversight = cli_flag(cli, "--oversight") };

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    return notes_show(cli, &r, err);
}

const cli_command cli_audit_list = {
    .name = "audit list",
    .usage = "[--who USER] [--oversight] [--as USER]",
    .summary = "the journal: who did what, when, for which purpose and reason",
    .help = "--oversight: only what was refused or touches what must not be "
            "asked about.\n\n"
            "  entente audit list --oversight --as ove\n",
    .run = list_run,
};

static ent_code sample_run(cli_context *cli, ent_err *err)
{
    const char *n = cli_option(cli, "--n");
    struct reading r = { .lookups = true, .every = 20 };

    if (n != NULL)
        r.every = strtoull(n, NULL, 10);
    ENT_TRY(cli_arguments(cli, 0, 0, err));
    if (r.every == 0)
        return ent_fail(err, ENT_USAGE, "--n is a whole number: one look-up in so many is drawn");
    return notes_show(cli, &r, err);
}

const cli_command cli_audit_sample = {
    .name = "audit sample",
    .usage = "[--n N] [--as USER]",
    .summary = "draw one look-up in N (20) for review",
    .help = "Which ones follows from the notes themselves: nobody chooses, and "
            "it is the same at\n"
            "every call.\n\n  entente audit sample --n 20 --as ove\n",
    .run = sample_run,
};

/* ---- verify ---- */

static ent_code line_show(cli_context *cli, const char *what, uint64_t entries, size_t compared,
                          size_t told, const char *why, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("%-24s %s  %" PRIu64 " entries%s%s\n", what, why == NULL ? "good" : "BAD ",
                     entries, why == NULL ? "" : ": ", why == NULL ? "" : why);
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_c(&w, "what", what);
    ent_jw_key(&w, "ok");
    ent_jw_bool(&w, why == NULL);
    ent_jw_key(&w, "entries");
    ent_jw_int(&w, (int64_t)entries);
    ent_jw_key(&w, "compared");
    ent_jw_int(&w, (int64_t)compared);
    ent_jw_key(&w, "told");
    ent_jw_int(&w, (int64_t)told);
    if (why != NULL)
        cli_line_c(&w, "why", why);
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code verify_run(cli_context *cli, ent_err *err)
{
    ent_err why = { 0 };
    link_verdict verdict = { 0 };
    node_link link;
    node_desk *nd;
    ent_code rc;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(node_journal_flush(nd, cli->arena, err));
    ENT_TRY(node_journal_open(cli->arena, nd, &link, err));
    rc = node_link_lock(&link, cli->arena, LINK_OUT, true, &why);
    if (rc == ENT_OK)
        rc = link_verify(&link.host, LINK_OUT, UINT64_MAX, &verdict, &why);
    node_link_close(&link);
    if (rc != ENT_OK && rc != ENT_UNTRUSTED)
        return *err = why, rc;
    ENT_TRY(line_show(cli, "journal", verdict.entries, 0, 0, rc == ENT_OK ? NULL : why.msg, err));
    return rc == ENT_OK ? ENT_OK : ent_fail(err, ENT_NO, "the journal: %s", why.msg);
}

const cli_command cli_audit_verify = {
    .name = "audit verify",
    .usage = "[--as USER]",
    .summary = "check every byte of the journal against its signed head",
    .help = "Exit 1 if an entry was changed, left out or added, with the file "
            "that is wrong.\n\n"
            "  entente audit verify\n",
    .run = verify_run,
};

static ent_code side_cross(cli_context *cli, node_desk *nd, node_link *link, link_side side,
                           ent_err *err)
{
    uint64_t applied = UINT64_MAX;
    link_verdict verdict = { 0 };
    ent_err why = { 0 };
    link_head seen = { 0 };
    size_t compared = 0, told = 0;
    ent_code rc;

    if (side == LINK_IN)
        ENT_TRY(desk_position(node_desk_desk(nd), cli->arena, link->peer.code, &applied, err));
    ENT_TRY(node_link_lock(link, cli->arena, side, true, err));
    rc = link_verify(&link->host, side, applied, &verdict, &why);
    if (rc == ENT_OK)
        rc = node_journal_heads(nd, cli->arena, link, side, &compared, &why);
    if (rc == ENT_OK)
        rc = node_journal_told(nd, cli->arena, link, side, &told, &why);
    if (rc == ENT_OK)
        rc = link_seen_read(&link->host, cli->arena, side, &seen, &why);
    node_link_unlock(link, side);
    if (rc != ENT_OK && rc != ENT_UNTRUSTED)
        return *err = why, rc;
    ENT_TRY(line_show(cli, side == LINK_OUT ? "said" : "heard", verdict.entries, compared, told,
                      rc == ENT_OK ? NULL : why.msg, err));
    return rc == ENT_OK ? ENT_OK : ent_fail(err, ENT_NO, "%s", why.msg);
}

static ent_code cross_run(cli_context *cli, ent_err *err)
{
    ent_err second = { 0 };
    ent_code rc, other;
    node_link link;
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(node_link_open(cli->arena, node_desk_home(nd), nd, cli->argv[0], &link, err));
    rc = side_cross(cli, nd, &link, LINK_OUT, err);
    other = side_cross(cli, nd, &link, LINK_IN, rc == ENT_OK ? err : &second);
    node_link_close(&link);
    return rc != ENT_OK ? rc : other;
}

const cli_command cli_audit_cross = {
    .name = "audit cross",
    .usage = "PEER [--as USER]",
    .summary = "check that journal, log and partner agree on every message",
    .help = "Every entry said to and heard from the partner is hashed again "
            "and compared with the\n"
            "head that the journal noted at the time, with what this node "
            "signed and with what the\n"
            "partner cosigned, and with what the partner's oversight body told (`audit tell`).\n"
            "Both partners do it; one altered byte is found at one of them.\n"
            "Exit 1 names the first difference.\n\n"
            "  entente audit cross SVB --as ove\n",
    .run = cross_run,
};

/* ---- between oversight bodies ---- */

struct tell {
    cli_context *cli;
    desk_officer officer;
    const char *peer;
    ent_str said, heard;
};

static ent_code tell_work(void *arg, desk *d, ent_err *err)
{
    const struct tell *t = arg;

    return casework_heads_say(d, t->cli->arena, t->peer, t->said, t->heard, &t->officer, err);
}

static ent_code tell_run(cli_context *cli, ent_err *err)
{
    struct tell t = { .cli = cli };
    node_desk *nd;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    t.peer = cli->argv[0];
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_officer(cli, nd, &t.officer, err));
    ENT_TRY(node_journal_last(nd, cli->arena, t.peer, LINK_OUT, &t.said, err));
    ENT_TRY(node_journal_last(nd, cli->arena, t.peer, LINK_IN, &t.heard, err));
    ENT_TRY(cli_desk_work(cli, nd, tell_work, &t, err));
    if (!cli->json) {
        (void)printf("said   %s\nheard  %s\n", cli_text(cli, t.said), cli_text(cli, t.heard));
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_c(&w, "peer", t.peer);
    cli_line_text(&w, "said", t.said);
    cli_line_text(&w, "heard", t.heard);
    return cli_line_end(cli, &buf, &w, err);
}

const cli_command cli_audit_tell = {
    .name = "audit tell",
    .usage = "PEER --as USER",
    .summary = "tell a partner's oversight body what our journal knows of the link",
    .help = "Sizes and roots of what was said and heard; its `audit cross` compares them with its\n"
            "own log.\n\n  entente audit tell SVB --as ove\n",
    .run = tell_run,
};
