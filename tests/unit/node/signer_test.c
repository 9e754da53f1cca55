/* node/signer: one history for each log, two officers for each statement. */
#include "homes.h"

#include "base/json_write.h"
#include "base/text.h"
#include "ledger/checkpoint.h"
#include "ledger/tree.h"
#include "link/approval.h"
#include "link/host.h"
#include "node/signer.h"
#include "node/users.h"

typedef struct fixture {
    ent_arena *arena;
    char folder[64], out[LINK_ORIGIN_SIZE], in[LINK_ORIGIN_SIZE];
    node_home home;
    node_signer *signer;
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    uint8_t peer[32] = { 7 };
    ent_err err = { 0 };

    f->arena = ent_arena_new((size_t)64 << 20);
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/ent-signer-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    homes_make(f->arena, f->folder, "ALPHA", NULL, &f->home);
    link_origin_write(f->home.identity, peer, f->out);
    link_origin_write(peer, f->home.identity, f->in);
    CHECK_OK(node_signer_start(&f->home, &f->signer, &err), &err);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;

    node_signer_stop(f->signer);
    homes_remove(f->folder);
    ent_arena_free(f->arena);
    free(f);
    return 0;
}

static ent_hash leaf(int n)
{
    return ent_hash_of(&n, sizeof n);
}

/* Asks for a head with `count` leaves from number `first` on, behind `size`. */
static ent_code head(fixture *f, const char *origin, uint64_t size, int first, size_t count,
                     bool cosign, ledger_checkpoint *got, uint64_t *at, ent_err *err)
{
    ent_hash leaves[16];
    node_sign_head request = {
        .origin = origin, .size = size, .leaves = leaves, .count = count, .cosign = cosign
    };
    ledger_note note;
    ent_str text;

    for (size_t i = 0; i < count; i++)
        leaves[i] = leaf(first + (int)i);
    ENT_TRY(node_signer_head(f->signer, f->arena, &request, &text, at, err));
    ENT_TRY(ledger_note_read(text, &note, err));
    return ledger_checkpoint_read(f->arena, note.text, got, err);
}

static void restart(fixture *f)
{
    ent_err err = { 0 };

    node_signer_stop(f->signer);
    CHECK_OK(node_signer_start(&f->home, &f->signer, &err), &err);
}

static void a_log_is_signed_from_nothing_and_extended_over_restarts(void **state)
{
    fixture *f = *state;
    ledger_frontier frontier;
    ledger_checkpoint got;
    ent_err err = { 0 };
    ent_hash root;
    uint64_t at;

    ledger_frontier_init(&frontier);
    CHECK_OK(head(f, f->out, 0, 0, 0, false, &got, &at, &err), &err);
    CHECK_INT(got.size, 0);
    for (int i = 0; i < 5; i++) {
        ent_hash next = leaf(i);

        CHECK_OK(ledger_frontier_append(&frontier, &next, &err), &err);
        CHECK_OK(head(f, f->out, (uint64_t)i, i, 1, false, &got, &at, &err), &err);
        root = ledger_frontier_root(&frontier);
        assert_true(ent_hash_equal(&root, &got.root));
        restart(f);
    }
    CHECK_INT(got.size, 5);
}

static void no_second_history_is_signed_whatever_is_asked(void **state)
{
    fixture *f = *state;
    ledger_checkpoint got;
    ent_err err = { 0 };
    uint64_t at;

    CHECK_OK(head(f, f->out, 0, 0, 3, false, &got, &at, &err), &err);
    CHECK_INT(head(f, f->out, 2, 100, 1, false, &got, &at, &err), ENT_CONFLICT);
    CHECK_INT(at, 3);
    CHECK_INT(head(f, f->out, 0, 0, 3, false, &got, &at, &err), ENT_CONFLICT);
    CHECK_INT(head(f, f->out, 4, 0, 1, false, &got, &at, &err), ENT_CONFLICT);
    restart(f);
    CHECK_INT(head(f, f->out, 2, 100, 1, false, &got, &at, &err), ENT_CONFLICT);
    CHECK_OK(head(f, f->out, 3, 0, 0, false, &got, &at, &err), &err);
    CHECK_INT(got.size, 3);
}

static void a_signature_does_not_leave_when_its_state_cannot_be_kept(void **state)
{
    fixture *f = *state;
    const char *path = node_path(f->arena, "%s/keys/signer", f->home.path);
    ledger_checkpoint got;
    ent_err err = { 0 };
    uint64_t at;

    CHECK_INT(rmdir(path), 0);
    CHECK_OK(node_file_write(path, (ent_span){ "in the way", 10 }, 0600, &err), &err);
    assert_int_not_equal(head(f, f->out, 0, 0, 1, false, &got, &at, &err), ENT_OK);
    CHECK_INT(unlink(path), 0);
    CHECK_OK(node_folder_make(path, &err), &err);
    CHECK_OK(head(f, f->out, 0, 50, 1, false, &got, &at, &err), &err);
}

static void a_damaged_state_signs_nothing(void **state)
{
    fixture *f = *state;
    const char *path =
        node_path(f->arena, "%s/keys/signer/%.16s-%.16s", f->home.path, f->out + 8, f->out + 25);
    ledger_checkpoint got;
    ent_err err = { 0 };
    uint64_t at;

    CHECK_OK(head(f, f->out, 0, 0, 1, false, &got, &at, &err), &err);
    CHECK_OK(node_file_write(path, (ent_span){ "short", 5 }, 0600, &err), &err);
    CHECK_INT(head(f, f->out, 1, 1, 1, false, &got, &at, &err), ENT_FORMAT);
}

static void only_logs_of_this_node_are_signed_or_cosigned(void **state)
{
    fixture *f = *state;
    ledger_checkpoint got;
    ent_err err = { 0 };
    uint64_t at;

    CHECK_OK(head(f, f->in, 0, 0, 2, true, &got, &at, &err), &err);
    CHECK_INT(head(f, f->in, 2, 0, 1, false, &got, &at, &err), ENT_DENIED);
    CHECK_INT(head(f, f->out, 0, 0, 1, true, &got, &at, &err), ENT_DENIED);
    CHECK_INT(head(f, "entente/0000000000000000/0000000000000000", 0, 0, 1, false, &got, &at, &err),
              ENT_DENIED);
    CHECK_INT(head(f, "entente/../../../identity.sk/xxxxxxxxxxxx", 0, 0, 1, false, &got, &at, &err),
              ENT_FORMAT);
}

/* ---- statements ---- */

static const char *user_add(fixture *f, const char *name)
{
    ent_err err = { 0 };

    CHECK_OK(
        node_user_add(f->arena, &f->home, name, NODE_ROLE_DISCLOSURE, ENT_STR("passphrase"), &err),
        &err);
    return name;
}

/* {"officer","signature"} of `text` by that user. */
static void approve(fixture *f, ent_jw *w, const char *name, const char *text)
{
    ent_hash hash = link_approval_hash("agreement", ent_str_of(text));
    node_session *session;
    uint8_t signature[64];
    ent_err err = { 0 };

    CHECK_OK(node_session_begin(&f->home, name, ENT_STR("passphrase"), &session, &err), &err);
    node_session_sign(session, hash.bytes, sizeof hash.bytes, signature);
    node_session_end(session);
    ent_jw_object(w);
    ent_jw_key(w, "officer");
    ent_jw_c(w, name);
    ent_jw_key(w, "signature");
    ent_jw_hex(w, signature, sizeof signature);
    ent_jw_end(w);
}

static ent_code statement(fixture *f, const char *const officers[], size_t count, const char *text,
                          uint8_t signature[64], ent_err *err)
{
    ent_str json = ENT_STR_NONE;
    ent_json approvals;
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, f->arena);
    ent_jw_init(&w, &buf);
    ent_jw_array(&w);
    for (size_t i = 0; i < count; i++)
        approve(f, &w, officers[i], text);
    ent_jw_end(&w);
    CHECK_OK(ent_buf_done(&buf, &json, err), err);
    CHECK_OK(ent_json_read(f->arena, json, &approvals, err), err);
    return node_signer_statement(f->signer, f->arena, ENT_STR("the statement"), ENT_STR("drafter"),
                                 approvals, signature, err);
}

static void a_statement_needs_two_officers_other_than_its_drafter(void **state)
{
    fixture *f = *state;
    const char *a = user_add(f, "a"), *b = user_add(f, "b"), *d = user_add(f, "drafter");
    uint8_t signature[64];
    ent_err err = { 0 };

    CHECK_INT(statement(f, (const char *[]){ a }, 1, "the statement", signature, &err), ENT_DENIED);
    CHECK_INT(statement(f, (const char *[]){ a, a }, 2, "the statement", signature, &err),
              ENT_DENIED);
    CHECK_INT(statement(f, (const char *[]){ a, d }, 2, "the statement", signature, &err),
              ENT_DENIED);
    CHECK_INT(statement(f, (const char *[]){ a, b }, 2, "another one", signature, &err),
              ENT_UNTRUSTED);
    CHECK_OK(statement(f, (const char *[]){ a, b }, 2, "the statement", signature, &err), &err);
    assert_true(link_statement_verify(ENT_STR("the statement"), f->home.identity, signature));
}

static void a_signer_that_was_killed_says_so(void **state)
{
    fixture *f = *state;
    ledger_checkpoint got;
    ent_err err = { 0 };
    uint64_t at;

    CHECK_OK(head(f, f->out, 0, 0, 1, false, &got, &at, &err), &err);
    assert_false(node_signer_gone(f->signer));
    CHECK_INT(kill(node_signer_pid(f->signer), SIGKILL), 0);
    CHECK_INT(head(f, f->out, 1, 1, 1, false, &got, &at, &err), ENT_UNAVAILABLE);
    assert_true(node_signer_gone(f->signer));
}

#define WITH_SIGNER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

HOMES_TESTS(WITH_SIGNER(a_log_is_signed_from_nothing_and_extended_over_restarts),
            WITH_SIGNER(no_second_history_is_signed_whatever_is_asked),
            WITH_SIGNER(a_signature_does_not_leave_when_its_state_cannot_be_kept),
            WITH_SIGNER(a_damaged_state_signs_nothing),
            WITH_SIGNER(only_logs_of_this_node_are_signed_or_cosigned),
            WITH_SIGNER(a_statement_needs_two_officers_other_than_its_drafter),
            WITH_SIGNER(a_signer_that_was_killed_says_so))
