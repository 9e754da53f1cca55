/* entente log verify, log head, log prove -- what the logs of the links say. */
#include "cli/home.h"

#include "base/json_write.h"
#include "base/text.h"
#include "ledger/note.h"
#include "link/prove.h"
#include "link/verify.h"
#include "node/gossip.h"
#include "node/files.h"
#include "node/link.h"

#include <inttypes.h>

#define PROOF_LIMIT ((size_t)1 << 20)

static const char *const side_names[] = { "out", "in" };

/* Calls `each` for the named peer, or for every peer. */
typedef ent_code (*link_each)(cli_context *cli, node_desk *nd, node_link *link, ent_err *err);

static ent_code links_each(cli_context *cli, const char *code, link_each each, ent_err *err)
{
    ent_code rc = ENT_OK;
    node_desk *nd;
    node_peer *peers;
    size_t count;

    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(node_peer_list(cli->arena, node_desk_home(nd), &peers, &count, err));
    for (size_t i = 0, found = 0; i < count || (code != NULL && found == 0); i++) {
        ent_err failure = { 0 };
        node_link link;
        ent_code one;

        if (i < count && code != NULL && strcmp(peers[i].code, code) != 0)
            continue;
        ENT_TRY(node_link_open(cli->arena, node_desk_home(nd), nd,
                               code != NULL ? code : peers[i].code, &link, err));
        found++;
        one = each(cli, nd, &link, &failure);
        node_link_close(&link);
        if (one != ENT_OK && rc == ENT_OK) {
            *err = failure;
            rc = one;
        }
        if (code != NULL)
            break;
    }
    return rc;
}

/* ---- verify ---- */

static ent_code verdict_show(cli_context *cli, const node_link *link, link_side side,
                             const link_verdict *verdict, const char *why, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf(
            "%-8s %-3s  %s  %" PRIu64 " entries, %" PRIu64 " bodies, %" PRIu64 " erased%s\n",
            link->peer.code, side_names[side], why == NULL ? "good" : "BAD ", verdict->entries,
            verdict->bodies, verdict->erased, verdict->absent > 0 ? ", some not fetched yet" : "");
        return ENT_OK;
    }
    ent_buf_init(&buf, cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "peer");
    ent_jw_c(&w, link->peer.code);
    ent_jw_key(&w, "side");
    ent_jw_c(&w, side_names[side]);
    ent_jw_key(&w, "ok");
    ent_jw_bool(&w, why == NULL);
    ent_jw_key(&w, "entries");
    ent_jw_int(&w, (int64_t)verdict->entries);
    ent_jw_key(&w, "bodies");
    ent_jw_int(&w, (int64_t)verdict->bodies);
    ent_jw_key(&w, "erased");
    ent_jw_int(&w, (int64_t)verdict->erased);
    ent_jw_key(&w, "absent");
    ent_jw_int(&w, (int64_t)verdict->absent);
    if (why != NULL) {
        ent_jw_key(&w, "why");
        ent_jw_c(&w, why);
    }
    ent_jw_end(&w);
    return cli_json_line(cli, &buf, err);
}

static ent_code side_verify(cli_context *cli, node_desk *nd, node_link *link, link_side side,
                            ent_err *err)
{
    uint64_t applied = UINT64_MAX;
    link_verdict verdict;
    ent_code rc;

    /* Nobody changes what is being read. */
    ENT_TRY(node_link_lock(link, cli->arena, side, true, err));
    if (side == LINK_IN)
        ENT_TRY(desk_position(node_desk_desk(nd), cli->arena, link->peer.code, &applied, err));
    rc = link_verify(&link->host, side, applied, &verdict, err);
    node_link_unlock(link, side);
    if (rc != ENT_OK && rc != ENT_UNTRUSTED)
        return rc;
    ENT_TRY(verdict_show(cli, link, side, &verdict, rc == ENT_OK ? NULL : err->msg, err));
    if (rc == ENT_OK)
        return ENT_OK;
    err->code = ENT_NO;
    return ent_context(err, "the link to %s", link->peer.code);
}

static ent_code link_verify_both(cli_context *cli, node_desk *nd, node_link *link, ent_err *err)
{
    ent_err failure = { 0 };
    ent_code rc = side_verify(cli, nd, link, LINK_OUT, err);
    ent_code in = side_verify(cli, nd, link, LINK_IN, rc == ENT_OK ? err : &failure);

    return rc != ENT_OK ? rc : in;
}

/* The two keys of a link whose log `origin` names, either way. */
static ent_code keys_find(cli_context *cli, const node_home *home, const char *origin,
                          link_who *writer, link_who *reader, ent_err *err)
{
    node_peer *peers;
    size_t count;

    ENT_TRY(node_peer_list(cli->arena, home, &peers, &count, err));
    for (size_t i = 0; i < count; i++) {
        char name[LINK_ORIGIN_SIZE];

        link_origin_write(home->identity, peers[i].identity, name);
        *writer = (link_who){ home->identity, &home->keys };
        *reader = (link_who){ peers[i].identity, &peers[i].keys };
        if (strcmp(name, origin) == 0)
            return ENT_OK;
        link_origin_write(peers[i].identity, home->identity, name);
        *writer = (link_who){ peers[i].identity, &peers[i].keys };
        *reader = (link_who){ home->identity, &home->keys };
        if (strcmp(name, origin) == 0)
            return ENT_OK;
    }
    return ent_fail(err, ENT_NOT_FOUND, "the log '%s' is of no link of this node", origin);
}

static ent_code proof_show(cli_context *cli, const link_proved *proved, bool cosigned, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("good: entry %" PRIu64 " ('%s', %s) is in the log of %" PRIu64 " entries%s\n",
                     proved->entry.seq, link_kind_name(proved->entry.kind), proved->entry.id,
                     proved->head.size,
                     cosigned ? ", as both ends signed it" : "; its reader has not cosigned that");
        return ENT_OK;
    }
    ent_buf_init(&buf, cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "ok");
    ent_jw_bool(&w, true);
    ent_jw_key(&w, "entry");
    ent_jw_raw(&w, proved->entry_text);
    ent_jw_key(&w, "size");
    ent_jw_int(&w, (int64_t)proved->head.size);
    ent_jw_key(&w, "cosigned");
    ent_jw_bool(&w, cosigned);
    ent_jw_end(&w);
    return cli_json_line(cli, &buf, err);
}

static ent_code proof_verify(cli_context *cli, const char *file, ent_err *err)
{
    link_who writer, reader;
    char origin[LINK_ORIGIN_SIZE];
    ent_err failure = { 0 };
    link_proved proved;
    node_home home;
    ent_str text;
    bool cosigned;
    ent_code rc;

    ENT_TRY(cli_home(cli, &home, err));
    ENT_TRY(cli_file(cli, file, PROOF_LIMIT, &text, err));
    if (link_proof_origin(cli->arena, text, origin, err) != ENT_OK)
        return ent_context(err, "%s", file);
    ENT_TRY(keys_find(cli, &home, origin, &writer, &reader, err));
    rc = link_proof_check(cli->arena, text, origin, writer, (link_who){ NULL, NULL }, &proved, err);
    if (rc == ENT_UNTRUSTED)
        err->code = ENT_NO;
    if (rc != ENT_OK)
        return ent_context(err, "%s", file);
    cosigned =
        link_proof_check(cli->arena, text, origin, writer, reader, &proved, &failure) == ENT_OK;
    return proof_show(cli, &proved, cosigned, err);
}

/* What partners hold of the same logs contradicts it. */
static ent_code alarm_show(cli_context *cli, const char *peer, ent_err *err)
{
    ent_str words;
    node_desk *nd;

    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(node_gossip_alarm(node_desk_desk(nd), cli->arena, peer, &words, err));
    return words.ptr == NULL ? ENT_OK : ent_fail(err, ENT_NO, "an alarm: %s", cli_text(cli, words));
}

static ent_code verify_run(cli_context *cli, ent_err *err)
{
    const char *proof = cli_option(cli, "--proof");

    ENT_TRY(cli_arguments(cli, 0, proof == NULL ? 1 : 0, err));
    if (proof != NULL)
        return proof_verify(cli, proof, err);
    ENT_TRY(links_each(cli, cli->argc > 0 ? cli->argv[0] : NULL, link_verify_both, err));
    return alarm_show(cli, cli->argc > 0 ? cli->argv[0] : NULL, err);
}

/* ---- gossip ---- */

static ent_code gossip_run(cli_context *cli, ent_err *err)
{
    node_desk *nd;
    ent_time next;
    ent_buf buf;
    size_t told;
    ent_jw w;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(node_gossip_say(nd, cli->arena, true, &told, &next, err));
    ENT_TRY(node_desk_flush(nd, cli->arena, err));
    if (!cli->json) {
        (void)printf("%zu peer%s told\n", told, told == 1 ? "" : "s");
        return told > 0 ? ENT_OK : ENT_NO;
    }
    ent_buf_init(&buf, cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "told");
    ent_jw_int(&w, (int64_t)told);
    ent_jw_end(&w);
    ENT_TRY(cli_json_line(cli, &buf, err));
    return told > 0 ? ENT_OK : ENT_NO;
}

const cli_command cli_log_gossip = {
    .name = "log gossip",
    .usage = "",
    .summary = "tell partners now how far the logs among the parties have come",
    .help = "Where an agreement of three or more parties says \"heads\": true, nodes tell each "
            "other the\n"
            "signed checkpoints of the logs among the parties once a day; this does it at once.  A "
            "log\n"
            "that was set back, or is shown differently to somebody, is an alarm: `entente log "
            "verify`\n"
            "fails with it, `peer list` shows it.  Exit 1: there is nobody to tell.\n\n"
            "  entente log gossip\n",
    .run = gossip_run,
};

/* ---- head ---- */

static ent_code head_show(cli_context *cli, const node_link *link, link_side side, ent_err *err)
{
    const char *origin = side == LINK_OUT ? link->host.out_origin : link->host.in_origin;
    char hex[2 * ENT_HASH_SIZE + 1];
    link_head head, seen;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(link_head_read(&link->host, cli->arena, side, &head, err));
    ENT_TRY(link_seen_read(&link->host, cli->arena, side, &seen, err));
    ent_hex_write(head.root.bytes, ENT_HASH_SIZE, hex);
    if (!cli->json) {
        (void)printf("%-8s %-3s  %8" PRIu64 " entries, %" PRIu64 " cosigned  %s\n", link->peer.code,
                     side_names[side], head.size, seen.size, hex);
        return ENT_OK;
    }
    ent_buf_init(&buf, cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "peer");
    ent_jw_c(&w, link->peer.code);
    ent_jw_key(&w, "side");
    ent_jw_c(&w, side_names[side]);
    ent_jw_key(&w, "origin");
    ent_jw_c(&w, origin);
    ent_jw_key(&w, "size");
    ent_jw_int(&w, (int64_t)head.size);
    ent_jw_key(&w, "root");
    ent_jw_c(&w, hex);
    ent_jw_key(&w, "cosigned");
    ent_jw_int(&w, (int64_t)seen.size);
    ent_jw_key(&w, "note");
    ent_jw_str(&w, head.note);
    ent_jw_end(&w);
    return cli_json_line(cli, &buf, err);
}

static ent_code link_heads(cli_context *cli, node_desk *nd, node_link *link, ent_err *err)
{
    (void)nd;
    ENT_TRY(head_show(cli, link, LINK_OUT, err));
    return head_show(cli, link, LINK_IN, err);
}

static ent_code head_run(cli_context *cli, ent_err *err)
{
    ENT_TRY(cli_arguments(cli, 0, 1, err));
    return links_each(cli, cli->argc > 0 ? cli->argv[0] : NULL, link_heads, err);
}

/* ---- prove ---- */

static bool whole_number(const char *text, uint64_t *number)
{
    *number = 0;
    for (const char *p = text; *p != '\0'; p++) {
        if (*p < '0' || *p > '9' || p - text > 10)
            return false;
        *number = *number * 10 + (uint64_t)(*p - '0');
    }
    return text[0] != '\0';
}

/* Finds what is to be proved in one side of one link: "SEQ" or an entry's id. */
static ent_code entry_find(cli_context *cli, const node_link *link, link_side side,
                           const char *what, uint64_t *seq, ent_err *err)
{
    link_entry entry;
    link_head head;

    if (whole_number(what, seq)) {
        ENT_TRY(link_head_read(&link->host, cli->arena, side, &head, err));
        return *seq < head.size ? ENT_OK
                                : ent_fail(err, ENT_NOT_FOUND, "there is no entry %s", what);
    }
    ENT_TRY(link_log_find(&link->host, cli->arena, side, what, &entry, err));
    *seq = entry.seq;
    return ENT_OK;
}

static ent_code prove_in(cli_context *cli, const node_link *link, const char *what, ent_str *text,
                         ent_err *err)
{
    for (int side = LINK_OUT; side <= LINK_IN; side++) {
        uint64_t seq;
        ent_code rc = entry_find(cli, link, (link_side)side, what, &seq, err);

        if (rc == ENT_OK)
            return link_prove(&link->host, cli->arena, (link_side)side, seq, text, err);
        if (rc != ENT_NOT_FOUND)
            return rc;
        *err = (ent_err){ 0 };
    }
    return ent_fail(err, ENT_NOT_FOUND, "no log of this node has '%s'", what);
}

static ent_code proof_make(cli_context *cli, const node_home *home, const char *what, ent_str *text,
                           ent_err *err)
{
    const char *colon = strchr(what, ':');
    node_peer *peers;
    size_t count;

    ENT_TRY(node_peer_list(cli->arena, home, &peers, &count, err));
    for (size_t i = 0; i < count; i++) {
        node_link link;
        ent_code rc;

        if (colon != NULL && (strncmp(peers[i].code, what, (size_t)(colon - what)) != 0 ||
                              strlen(peers[i].code) != (size_t)(colon - what)))
            continue;
        ENT_TRY(node_link_open(cli->arena, home, NULL, peers[i].code, &link, err));
        rc = prove_in(cli, &link, colon == NULL ? what : colon + 1, text, err);
        if (rc != ENT_NOT_FOUND)
            return rc;
        *err = (ent_err){ 0 };
    }
    return ent_fail(err, ENT_NOT_FOUND,
                    "no log of this node has '%s'; give an entry's id or PEER:NUMBER", what);
}

/* A release's id stands for the entry that carried it; anything else for itself. */
static ent_code release_entry(cli_context *cli, node_desk *nd, const char **what, ent_err *err)
{
    static const char *const kinds[] = { "release", "release-in" };

    for (size_t i = 0; i < 2; i++) {
        store_doc doc;
        ent_json json;
        ent_str entry;
        ent_code rc =
            desk_doc(node_desk_desk(nd), cli->arena, kinds[i], ent_str_of(*what), &doc, &json, err);

        if (rc == ENT_NOT_FOUND) {
            *err = (ent_err){ 0 };
            continue;
        }
        if (rc != ENT_OK)
            return rc;
        entry = ent_arena_str(cli->arena, ent_json_get_text(json, "entry"));
        if (entry.ptr == NULL)
            return ent_fail_arena(err);
        if (entry.size > 0)
            *what = entry.ptr;
        return ENT_OK;
    }
    return ENT_OK;
}

static ent_code prove_run(cli_context *cli, ent_err *err)
{
    const char *out = cli_option(cli, "--out"), *what;
    node_desk *nd;
    ent_str text;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    if (out == NULL)
        return ent_fail(err, ENT_USAGE, "--out FILE is missing: where the proof goes");
    ENT_TRY(cli_desk(cli, &nd, err));
    what = cli->argv[0];
    ENT_TRY(release_entry(cli, nd, &what, err));
    ENT_TRY(proof_make(cli, node_desk_home(nd), what, &text, err));
    return cli_out(out, text, 0644, err);
}

const cli_command cli_log_verify = {
    .name = "log verify",
    .usage = "[PEER] | --proof FILE",
    .summary = "check the logs of the links, every byte of them",
    .help = "Reads both sides of every link (or the one to PEER): the signed heads, every entry,\n"
            "every hash tile, every body and sealed key.  One changed byte is found and its file\n"
            "named; exit status 1.  With --proof a file from `log prove` is checked instead.\n\n"
            "  entente log verify GUARD\n",
    .run = verify_run,
};

const cli_command cli_log_head = {
    .name = "log head",
    .usage = "[PEER]",
    .summary = "show the signed heads of the logs",
    .help = "For both sides of each link: entries, root, and how many of them the reader has\n"
            "cosigned.  Two partners who read out the same root hold the same log.\n\n"
            "  entente log head GUARD --json\n",
    .run = head_run,
};

const cli_command cli_log_prove = {
    .name = "log prove",
    .usage = "RELEASE --out FILE",
    .summary = "write a proof that something was said on a link, and when",
    .help = "RELEASE is a release's or an entry's id, or PEER:NUMBER.  The file (C2SP tlog-proof)\n"
            "holds the entry, the path to the signed head, and the reader's cosignature if it has\n"
            "one.  It shows nothing of the content.  `log verify --proof FILE` checks it.\n\n"
            "  entente log prove 3f2504e0-4f89-41d3-9a0c-0305e82c3301 --out said.tlog-proof\n",
    .run = prove_run,
    .raw = true,
};
