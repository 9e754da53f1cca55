#include "node/signer.h"

#include "base/json_write.h"
#include "base/text.h"
#include "ledger/checkpoint.h"
#include "ledger/tree.h"
#include "link/approval.h"
#include "link/host.h"
#include "node/assured.h"
#include "node/child.h"
#include "node/files.h"
#include "node/peers.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LINE_LIMIT     ((size_t)16 << 20) /* 10^5 leaves in hex and a margin */
#define REQUEST_MEMORY ((size_t)128 << 20)
#define OFFICERS_LIMIT ((size_t)1 << 20)

/* ---- the desk's side ---- */

struct node_signer {
    node_child child;
    FILE *in;
    bool gone; /* it does not answer any more */
};

ent_code node_signer_start(const node_home *home, node_signer **out, ent_err *err)
{
    const node_child_spec spec = { .role = "signer", .home = home->path, .given = -1 };
    node_signer *signer = calloc(1, sizeof *signer);

    if (signer == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the signer");
    if (node_child_start(&spec, &signer->child, err) != ENT_OK) {
        free(signer);
        return ent_context(err, "starting the signer");
    }
    signer->in = fdopen(signer->child.fd, "r");
    if (signer->in == NULL) {
        (void)close(signer->child.fd);
        node_signer_stop(signer);
        return ent_fail(err, ENT_MEMORY, "no memory for the signer");
    }
    *out = signer;
    return ENT_OK;
}

void node_signer_stop(node_signer *signer)
{
    if (signer == NULL)
        return;
    if (signer->in != NULL)
        (void)fclose(signer->in);
    (void)node_child_wait(&signer->child);
    free(signer);
}

bool node_signer_gone(const node_signer *signer)
{
    return signer->gone;
}

pid_t node_signer_pid(const node_signer *signer)
{
    return signer->child.pid;
}

/* One request line out, one answer line in.  An answer with "error" is that failure. */
static ent_code ask(node_signer *signer, ent_arena *arena, ent_str request, ent_json *answer,
                    ent_err *err)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t size;
    ent_str copy, name;

    signer->gone = true; /* unless it answers */
    ENT_TRY(node_line_send(signer->child.fd, request.ptr, request.size, err));
    ENT_TRY(node_line_send(signer->child.fd, "\n", 1, err));
    size = getline(&line, &room, signer->in);
    if (size <= 0) {
        free(line);
        return ent_fail(err, ENT_UNAVAILABLE, "the signer does not answer");
    }
    signer->gone = false;
    copy = ent_arena_str(arena, (ent_str){ line, (size_t)size });
    free(line);
    if (copy.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(ent_json_read(arena, copy, answer, err));
    name = ent_json_get_text(*answer, "error");
    if (name.ptr == NULL)
        return ENT_OK;
    for (int code = 1; code < ENT_CODE_COUNT; code++)
        if (ent_str_is(name, ent_code_name((ent_code)code)))
            return ent_fail(err, (ent_code)code, "the signer: %.*s",
                            ENT_STR_ARG(ent_json_get_text(*answer, "message")));
    return ent_fail(err, ENT_BUG, "the signer answers with an unknown error");
}

ent_code node_signer_head(node_signer *signer, ent_arena *arena, const node_sign_head *head,
                          ent_str *note, uint64_t *at, ent_err *err)
{
    ent_json answer;
    ent_str request;
    int64_t size;
    ent_code rc;
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "op");
    ent_jw_c(&w, head->cosign ? "cosign" : "sign");
    ent_jw_key(&w, "origin");
    ent_jw_c(&w, head->origin);
    ent_jw_key(&w, "size");
    ent_jw_int(&w, (int64_t)head->size);
    ent_jw_key(&w, "time");
    ent_jw_int(&w, head->now / ENT_SECOND);
    ent_jw_key(&w, "leaves");
    ent_jw_array(&w);
    for (size_t i = 0; i < head->count; i++)
        ent_jw_hex(&w, head->leaves[i].bytes, ENT_HASH_SIZE);
    ent_jw_end(&w);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &request, err));
    answer = (ent_json){ NULL, 0 };
    rc = ask(signer, arena, request, &answer, err);
    *at = ent_json_int(ent_json_get(answer, "at"), &size) ? (uint64_t)size : 0;
    if (rc != ENT_OK)
        return rc;
    *note = ent_json_get_text(answer, "note");
    return ENT_OK;
}

ent_code node_signer_statement(node_signer *signer, ent_arena *arena, ent_str statement,
                               ent_str drafter, ent_json approvals, uint8_t signature[64],
                               ent_err *err)
{
    ent_json answer;
    ent_str request;
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "op");
    ent_jw_c(&w, "statement");
    ent_jw_key(&w, "statement");
    ent_jw_str(&w, statement);
    ent_jw_key(&w, "drafter");
    ent_jw_str(&w, drafter);
    ent_jw_key(&w, "approvals");
    ent_jw_raw(&w, ent_json_raw(approvals));
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &request, err));
    ENT_TRY(ask(signer, arena, request, &answer, err));
    return ent_hex_read(ent_json_get_text(answer, "signature"), signature, 64, err);
}

/* ---- the signer process ---- */

typedef struct signing {
    const node_home *home;
    const uint8_t *secret; /* Ed25519, 64 bytes */
    ent_arena *arena;      /* of one request */
} signing;

/* "entente/<16 hex>/<16 hex>" and nothing else: it becomes a file name. */
static bool origin_valid(ent_str origin)
{
    if (origin.size != 8 + 16 + 1 + 16 || !ent_str_starts(origin, ENT_STR("entente/")) ||
        origin.ptr[24] != '/')
        return false;
    for (size_t i = 8; i < origin.size; i++)
        if (i != 24 && memchr("0123456789abcdef", origin.ptr[i], 16) == NULL)
            return false;
    return true;
}

/* A log of ours is signed, a log of a peer's for us is cosigned, and no other log. */
static bool origin_ours(const signing *s, ent_str origin, bool cosign)
{
    char name[LINK_ORIGIN_SIZE]; /* "entente/<16 hex>" */

    link_key_name_write(s->home->identity, name);
    return memcmp(name + 8, origin.ptr + (cosign ? 25 : 8), 16) == 0;
}

static const char *range_file(const signing *s, ent_str origin)
{
    return node_path(s->arena, "%s/keys/signer/%.16s-%.16s", s->home->path, origin.ptr + 8,
                     origin.ptr + 25);
}

/* The compact range on disk: size (8 bytes, big-endian) and its hashes. */
static ent_code range_load(const signing *s, ent_str origin, ledger_frontier *range, ent_err *err)
{
    ent_str bytes;

    ledger_frontier_init(range);
    if (node_file_read(s->arena, range_file(s, origin), 8 + 64 * ENT_HASH_SIZE, &bytes, err) !=
        ENT_OK) {
        if (err->code != ENT_NOT_FOUND)
            return err->code;
        *err = (ent_err){ 0 }; /* the first of this log */
        return ENT_OK;
    }
    return ledger_frontier_read(range, ent_span_of_str(bytes), err);
}

static ent_code range_save(const signing *s, ent_str origin, const ledger_frontier *range,
                           ent_err *err)
{
    uint8_t bytes[LEDGER_FRONTIER_SIZE_MAX];
    size_t size = ledger_frontier_write(range, bytes);

    return node_file_write(range_file(s, origin), (ent_span){ bytes, size }, 0600, err);
}

static ent_code leaves_append(ledger_frontier *range, ent_json leaves, ent_err *err)
{
    for (ent_json v = ent_json_first(leaves); v.doc != NULL; v = ent_json_next(v)) {
        ent_hash leaf;

        ENT_TRY(ent_hex_read(ent_json_str(v), leaf.bytes, ENT_HASH_SIZE, err));
        ENT_TRY(ledger_frontier_append(range, &leaf, err));
    }
    return ENT_OK;
}

static ent_code head_sign(const signing *s, ent_json request, bool cosign, ent_jw *answer,
                          ent_err *err)
{
    ent_str origin = ent_json_get_text(request, "origin"), note;
    ledger_checkpoint head = { .origin = origin };
    char name[LINK_ORIGIN_SIZE];
    ledger_frontier range;
    int64_t size, seconds;

    if (!origin_valid(origin) || !ent_json_int(ent_json_get(request, "size"), &size) ||
        !ent_json_int(ent_json_get(request, "time"), &seconds))
        return ent_fail(err, ENT_FORMAT, "a request lacks origin, size or time");
    if (!origin_ours(s, origin, cosign))
        return ent_fail(err, ENT_DENIED, "the log '%.*s' is not this node's to %s",
                        ENT_STR_ARG(origin), cosign ? "cosign" : "sign");
    ENT_TRY(range_load(s, origin, &range, err));
    ent_jw_key(answer, "at");
    ent_jw_int(answer, (int64_t)range.size);
    if ((uint64_t)size != range.size)
        return ent_fail(err, ENT_CONFLICT,
                        "log '%.*s' was signed at size %" PRIu64 ", the request starts at %" PRId64,
                        ENT_STR_ARG(origin), range.size, size);
    ENT_TRY(leaves_append(&range, ent_json_get(request, "leaves"), err));
    head.size = range.size;
    head.root = ledger_frontier_root(&range);
    link_key_name_write(s->home->identity, name);
    ENT_TRY(cosign ? ledger_checkpoint_cosign(s->arena, &head, name, s->secret, (uint64_t)seconds,
                                              &note, err)
                   : ledger_checkpoint_sign(s->arena, &head, name, s->secret, &note, err));
    /* Durable first: what was signed once is what every later signature extends. */
    if (range.size != (uint64_t)size)
        ENT_TRY(range_save(s, origin, &range, err));
    ent_jw_key(answer, "note");
    ent_jw_str(answer, note);
    return ENT_OK;
}

/* The public key of an officer, from keys/officers: lines "hex role name". */
static ent_code officer_find(ent_str officers, ent_str name, uint8_t key[32], ent_err *err)
{
    while (officers.size > 0) {
        const char *end = memchr(officers.ptr, '\n', officers.size);
        size_t size = end == NULL ? officers.size : (size_t)(end - officers.ptr);
        ent_str row = { officers.ptr, size };
        const char *role = size > 65 ? memchr(row.ptr + 65, ' ', size - 65) : NULL;

        if (role != NULL &&
            ent_str_equal(name, (ent_str){ role + 1, (size_t)(row.ptr + size - role - 1) }))
            return ent_hex_read((ent_str){ row.ptr, 64 }, key, 32, err);
        officers =
            (ent_str){ officers.ptr + size + (end != NULL), officers.size - size - (end != NULL) };
    }
    return ent_fail(err, ENT_DENIED, "'%.*s' is no officer of this node", ENT_STR_ARG(name));
}

/* What officers put their names to (link/approval.h), and how many of them must. */
typedef struct approval_rule {
    const char *what;
    size_t needed;
} approval_rule;

/* A release and a grant by two; by three if it is for one for whom three approve; by one in an
 * emergency, whose ground is in it, and which the peer takes only if the agreement has it. */
static ent_code rule_find(const signing *s, ent_str statement, approval_rule *rule, ent_err *err)
{
    ent_err ignored = { 0 };
    ent_json json, to;
    bool assured;

    rule->what = "agreement";
    rule->needed = 2;
    if (ent_json_read(s->arena, statement, &json, &ignored) != ENT_OK ||
        (!ent_str_is(ent_json_get_text(json, "kind"), "onward") &&
         !ent_str_is(ent_json_get_text(json, "kind"), "release")))
        return ENT_OK;
    rule->what = "release";
    to = ent_json_get(ent_json_get(json, "recipient"), "code");
    if (to.doc == NULL)
        to = ent_json_get(json, "to");
    ENT_TRY(node_assured_get(s->arena, s->home, ent_json_str(to), &assured, err));
    rule->needed = ent_json_get_text(json, "emergency").size > 0 ? 1 : assured ? 3 : 2;
    return ENT_OK;
}

/* Has this officer's approval been counted before? */
static bool counted(ent_json approvals, ent_json until, ent_str officer)
{
    for (ent_json v = ent_json_first(approvals); v.at != until.at; v = ent_json_next(v))
        if (ent_str_equal(ent_json_get_text(v, "officer"), officer))
            return true;
    return false;
}

static ent_code approvals_check(const signing *s, ent_json request, ent_str statement, ent_err *err)
{
    static const char *const words[] = { "no officer", "an officer", "two officers",
                                         "three officers" };
    ent_str officers = { "", 0 }, drafter = ent_json_get_text(request, "drafter");
    ent_json approvals = ent_json_get(request, "approvals");
    size_t good = 0;
    approval_rule rule;

    ENT_TRY(rule_find(s, statement, &rule, err));
    ENT_TRY(node_file_read(s->arena, node_path(s->arena, "%s/keys/officers", s->home->path),
                           OFFICERS_LIMIT, &officers, err));
    for (ent_json v = ent_json_first(approvals); v.doc != NULL; v = ent_json_next(v)) {
        ent_str officer = ent_json_get_text(v, "officer");
        uint8_t key[32], signature[64];

        if (ent_str_equal(officer, drafter) || counted(approvals, v, officer))
            continue;
        ENT_TRY(officer_find(officers, officer, key, err));
        ENT_TRY(ent_hex_read(ent_json_get_text(v, "signature"), signature, 64, err));
        if (!link_approval_verify(rule.what, statement, key, signature))
            return ent_fail(err, ENT_UNTRUSTED, "the approval of '%.*s' does not verify",
                            ENT_STR_ARG(officer));
        good++;
    }
    if (good < rule.needed)
        return ent_fail(err, ENT_DENIED, "%s other than the drafter must approve; %zu did [law 6]",
                        words[rule.needed], good);
    return ENT_OK;
}

static ent_code statement_sign(const signing *s, ent_json request, ent_jw *answer, ent_err *err)
{
    ent_str statement = ent_json_get_text(request, "statement");
    ent_hash hash = link_statement_hash(statement);
    uint8_t signature[64];

    if (statement.size == 0)
        return ent_fail(err, ENT_FORMAT, "a request has no statement");
    ENT_TRY(approvals_check(s, request, statement, err));
    (void)crypto_sign_detached(signature, NULL, hash.bytes, ENT_HASH_SIZE, s->secret);
    ent_jw_key(answer, "signature");
    ent_jw_hex(answer, signature, sizeof signature);
    return ENT_OK;
}

static ent_code request_serve(const signing *s, ent_str line, ent_jw *answer, ent_err *err)
{
    ent_json request;
    ent_str op;

    ENT_TRY(ent_json_read(s->arena, line, &request, err));
    op = ent_json_get_text(request, "op");
    if (ent_str_is(op, "sign") || ent_str_is(op, "cosign"))
        return head_sign(s, request, ent_str_is(op, "cosign"), answer, err);
    if (ent_str_is(op, "statement"))
        return statement_sign(s, request, answer, err);
    return ent_fail(err, ENT_USAGE, "the signer knows no '%.*s'", ENT_STR_ARG(op));
}

/* The key was replaced since this process began: it must end, another signs. */
static bool key_replaced(const signing *s)
{
    uint8_t now[32];
    ent_err ignored = { 0 };
    ent_str hex;

    return node_file_read(s->arena, node_path(s->arena, "%s/keys/identity.pk", s->home->path), 256,
                          &hex, &ignored) != ENT_OK ||
           ent_hex_read(hex, now, sizeof now, &ignored) != ENT_OK ||
           memcmp(now, s->secret + 32, sizeof now) != 0;
}

static ent_code requests_serve(const node_home *home, FILE *in, FILE *out, const uint8_t *secret,
                               ent_err *err)
{
    ent_arena *arena = ent_arena_new(REQUEST_MEMORY);
    char *line = NULL;
    size_t room = 0;
    ssize_t size;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the signer");
    while ((size = getline(&line, &room, in)) > 0) {
        signing s = { home, secret, arena };
        ent_err failure = { 0 };
        ent_code rc;
        ent_str text;
        ent_buf buf;
        ent_jw w;

        if (key_replaced(&s))
            break;
        ent_buf_init(&buf, arena);
        ent_jw_init(&w, &buf);
        ent_jw_object(&w);
        if ((size_t)size > LINE_LIMIT)
            rc = ent_fail(&failure, ENT_LIMIT, "a request is larger than %zu bytes", LINE_LIMIT);
        else
            rc = request_serve(&s, (ent_str){ line, (size_t)size - 1 }, &w, &failure);
        if (rc != ENT_OK) {
            ent_jw_key(&w, "error");
            ent_jw_c(&w, ent_code_name(rc));
            ent_jw_key(&w, "message");
            ent_jw_c(&w, failure.msg);
        }
        ent_jw_end(&w);
        if (ent_buf_done(&buf, &text, &failure) != ENT_OK)
            break;
        (void)fwrite(text.ptr, 1, text.size, out);
        if (fputc('\n', out) == EOF || fflush(out) != 0)
            break;
        ent_arena_reset(arena);
    }
    free(line);
    ent_arena_free(arena);
    return ENT_OK;
}

ent_code node_signer_run(const node_home *home, int fd, ent_err *err)
{
    uint8_t *secret = sodium_malloc(crypto_sign_SECRETKEYBYTES);
    FILE *in = fdopen(fd, "r"), *out = fdopen(dup(fd), "w");
    ent_arena *arena = ent_arena_new(65536);
    ent_code rc;

    if (secret == NULL || in == NULL || out == NULL || arena == NULL) {
        rc = ent_fail(err, ENT_MEMORY, "no memory for the signer");
        goto out;
    }
    rc = node_file_read_secret(node_path(arena, "%s/keys/identity.sk", home->path), secret,
                               crypto_sign_SECRETKEYBYTES, err);
    if (rc == ENT_OK)
        rc = requests_serve(home, in, out, secret, err);
out:
    ent_arena_free(arena);
    sodium_free(secret);
    if (in != NULL)
        (void)fclose(in);
    if (out != NULL)
        (void)fclose(out);
    return rc;
}
