/* entente case court -- the facts of a case for a court, with the proofs of how they came. */
#include "cli/desk.h"
#include "cli/holding.h"

#include "base/hash.h"
#include "base/text.h"
#include "joint/court.h"
#include "link/prove.h"
#include "node/link.h"

struct file {
    cli_context *cli;
    node_desk *nd;
    casework_case c;
    ent_str court, user;
    joint_fact *facts;
    size_t count, out;
    ent_str *others;
    size_t other_count;
};

/* ---- what stays out ---- */

static void out_show(const struct file *f, FILE *to)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->facts[i].rule != NULL)
            (void)fprintf(to, "stays out: %s%s%s: %s\n", cli_text(f->cli, f->facts[i].id),
                          f->facts[i].owner.size > 0 ? " of " : "",
                          cli_text(f->cli, f->facts[i].owner), f->facts[i].why);
}

/* ---- the proofs ---- */

static bool is_in(const struct file *f, ent_str release, ent_str id)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->facts[i].rule == NULL && ent_str_equal(f->facts[i].id, id) &&
            ent_str_equal(f->facts[i].release, release))
            return true;
    return false;
}

/* Everything that the body says is a fact of this file: else it would show another one. */
static ent_code body_whole(const struct file *f, const joint_fact *fact, ent_span body, bool *whole,
                           ent_err *err)
{
    ent_arena *arena = f->cli->arena;
    ent_json outer, statement;

    ENT_TRY(ent_json_read(arena, (ent_str){ body.ptr, body.size }, &outer, err));
    ENT_TRY(ent_json_read(arena, ent_json_get_text(outer, "statement"), &statement, err));
    *whole = ent_json_get(statement, "onward").doc == NULL &&
             ent_json_get_text(statement, "tearline").size == 0;
    for (ent_json v = ent_json_first(ent_json_get(statement, "objects")); v.doc != NULL;
         v = ent_json_next(v))
        *whole = *whole && is_in(f, fact->release, ent_json_get_text(v, "id"));
    return ENT_OK;
}

static ent_code body_write(const struct file *f, const joint_fact *fact, node_link *link, ent_jw *w,
                           ent_err *err)
{
    ent_err gone = { 0 };
    link_entry entry;
    link_head head;
    bool whole = false;
    ent_span body;
    ent_code rc;

    ENT_TRY(link_head_read(&link->host, f->cli->arena, LINK_IN, &head, err));
    ENT_TRY(link_entry_at(&link->host, f->cli->arena, LINK_IN, (uint64_t)fact->seq, head.size,
                          &entry, NULL, err));
    rc = link_body_at(&link->host, f->cli->arena, LINK_IN, &entry, &body, &gone);
    if (rc == ENT_OK)
        ENT_TRY(body_whole(f, fact, body, &whole, err));
    else if (rc != ENT_NO && rc != ENT_NOT_FOUND)
        return *err = gone, rc;
    if (!whole)
        return ENT_OK; /* the proof shows when it came; what else came with it stays closed */
    ent_jw_key(w, "salt");
    ent_jw_hex(w, link_body_salt(body), LINK_SALT_SIZE);
    ent_jw_key(w, "body");
    ent_jw_str(w, (ent_str){ body.ptr, body.size });
    return ENT_OK;
}

static ent_code proof_write(const struct file *f, const joint_fact *fact, ent_jw *w, ent_err *err)
{
    ent_str peer = ent_arena_str(f->cli->arena, fact->peer), text;
    node_link link;
    ent_code rc;

    if (peer.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(node_link_open(f->cli->arena, node_desk_home(f->nd), f->nd, peer.ptr, &link, err));
    rc = link_prove(&link.host, f->cli->arena, LINK_IN, (uint64_t)fact->seq, &text, err);
    if (rc == ENT_OK) {
        ent_jw_key(w, "proof");
        ent_jw_str(w, text);
        rc = body_write(f, fact, &link, w, err);
    }
    if (rc == ENT_OK) {
        ent_jw_key(w, "origin");
        ent_jw_c(w, link.host.in_origin);
        ent_jw_key(w, "key");
        ent_jw_hex(w, link.host.peer_identity, 32);
        ent_jw_key(w, "later_keys");
        ent_jw_array(w);
        for (size_t i = 0; i < link.host.peer_keys.count; i++)
            ent_jw_hex(w, link.host.peer_keys.key[i], 32);
        ent_jw_end(w);
    }
    node_link_close(&link);
    return rc;
}

/* ---- the file ---- */

static ent_code fact_write(const struct file *f, const joint_fact *fact, ent_jw *w, ent_err *err)
{
    ent_hash hash = ent_hash_of(fact->bytes.ptr, fact->bytes.size);

    ent_jw_object(w);
    cli_line_text(w, "id", fact->id);
    cli_line_c(w, "owner", cli_owner(f->cli, f->nd, fact->owner));
    ent_jw_key(w, "sha256");
    ent_jw_hex(w, hash.bytes, ENT_HASH_SIZE);
    cli_line_text(w, "bytes", fact->bytes);
    cli_label_write(w, &fact->label);
    if (fact->owner.size > 0) {
        cli_line_text(w, "consent", fact->consent);
        cli_line_text(w, "consent_by", fact->granted_by);
        cli_line_text(w, "release", fact->release);
        cli_line_text(w, "from", fact->peer);
        ENT_TRY(proof_write(f, fact, w, err));
    }
    ent_jw_end(w);
    return ENT_OK;
}

static void left_write(const struct file *f, ent_jw *w)
{
    ent_jw_key(w, "left_out");
    ent_jw_array(w);
    for (size_t i = 0; i < f->count; i++)
        if (f->facts[i].rule != NULL)
            ent_jw_c(w, f->facts[i].rule); /* which one it was is not the court's */
    ent_jw_end(w);
}

static ent_code file_write(const struct file *f, ent_str *text, ent_err *err)
{
    const desk *d = node_desk_desk(f->nd);
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, f->cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    cli_line_c(&w, "format", "entente court file 1");
    cli_line_c(&w, "service", d->code);
    cli_line_text(&w, "case", f->c.id);
    cli_line_text(&w, "purpose", f->c.purpose);
    cli_line_text(&w, "court", f->court);
    cli_line_text(&w, "made_by", f->user);
    cli_line_text(&w, "made", desk_time_text(f->cli->arena, d->now));
    ent_jw_key(&w, "facts");
    ent_jw_array(&w);
    for (size_t i = 0; i < f->count; i++)
        if (f->facts[i].rule == NULL)
            ENT_TRY(fact_write(f, &f->facts[i], &w, err));
    ent_jw_end(&w);
    left_write(f, &w);
    ent_jw_end(&w);
    ent_buf_byte(&buf, '\n');
    return ent_buf_done(&buf, text, err);
}

static ent_code court_done(const struct file *f, const char *path, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    out_show(f, stderr);
    if (cli_out_is_standard(path))
        return ENT_OK;
    if (!f->cli->json) {
        (void)printf("%zu facts in '%s', %zu left out\n", f->count - f->out, path, f->out);
        return ENT_OK;
    }
    cli_line_begin(f->cli, &buf, &w);
    cli_line_c(&w, "file", path);
    ent_jw_key(&w, "facts");
    ent_jw_int(&w, (int64_t)(f->count - f->out));
    ent_jw_key(&w, "left_out");
    ent_jw_int(&w, (int64_t)f->out);
    return cli_line_end(f->cli, &buf, &w, err);
}

static ent_code run(cli_context *cli, ent_err *err)
{
    const char *court = cli_option(cli, "--court"), *out = cli_option(cli, "--out");
    bool leave_out = cli_flag(cli, "--leave-out");
    struct file f = { .cli = cli, .court = ent_str_of(court) };
    desk_officer officer;
    ent_str text;
    desk *d;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    if (court == NULL || out == NULL)
        return ent_fail(err, ENT_USAGE, "--court NAME and --out FILE are wanted");
    ENT_TRY(cli_desk(cli, &f.nd, err));
    ENT_TRY(cli_officer(cli, f.nd, &officer, err));
    f.user = ent_str_of(officer.name);
    d = node_desk_desk(f.nd);
    ENT_TRY(casework_case_find(d, cli->arena, ent_str_of(cli->argv[0]), &f.c, err));
    ENT_TRY(joint_court_collect(d, cli->arena, &f.c, f.court, f.user, &f.facts, &f.count, &f.others,
                                &f.other_count, err));
    for (size_t i = 0; i < f.count; i++)
        f.out += f.facts[i].rule != NULL;
    if (f.count == 0)
        return ent_fail(err, ENT_NO, "the case holds no facts");
    if (f.out > 0 && !leave_out) {
        out_show(&f, stderr);
        return ent_fail(err, ENT_DENIED,
                        "%zu of %zu facts may not go to this court; --leave-out makes the file "
                        "without them [consent, DP-21]",
                        f.out, f.count);
    }
    ENT_TRY(file_write(&f, &text, err));
    ENT_TRY(cli_out(out, text, 0600, err));
    return court_done(&f, out, err);
}

const cli_command cli_case_court = {
    .name = "case court",
    .usage = "CASE --court NAME --out FILE [--leave-out]",
    .summary = "write the facts of a case for a court, with consents and proofs",
    .help =
        "A fact of another service goes in only if its owner granted it to this court (`repeat\n"
        "ask ID... --owner PEER --to NAME`, H1).  Without --leave-out one that may not go stops "
        "the whole\n"
        "file.  Each received fact has the entry by which it came, proved against the signed\n"
        "head of its owner's log, and what its officers signed, unless that shows other facts.\n"
        "`tools/verify-log --court FILE` checks it without this program.  The legal officer makes\n"
        "it, not whose case it is.\n\n"
        "  entente case court 6f1c --court \"Assize of Dramos\" --out court.json --as legal\n",
    .run = run,
};
