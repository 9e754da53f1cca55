/* entente court verify -- a court file holds by itself: no home, no key but those that it shows. */
#include "cli/desk.h"

#include "base/text.h"
#include "desk/work.h"
#include "link/body.h"
#include "link/prove.h"

#define COURT_LIMIT ((size_t)256 << 20)

/* Of whom the keys are is for people to compare with the card of each service. */
struct checking {
    cli_context *cli;
    size_t count, proved, left_out;
};

static ent_code hex_member(ent_json fact, const char *name, void *bytes, size_t size, ent_err *err)
{
    ent_str text = ent_json_get_text(fact, name);

    return ent_hex_read(text, bytes, size, err) == ENT_OK
               ? ENT_OK
               : ent_context(err, "its member '%s'", name);
}

static ent_code same_json(ent_arena *arena, ent_str a, ent_str b, bool *same, ent_err *err)
{
    ent_str first, second;

    ENT_TRY(desk_canon(arena, a, &first, err));
    ENT_TRY(desk_canon(arena, b, &second, err));
    *same = ent_str_equal(first, second);
    return ENT_OK;
}

/* What its owner's officers signed, if the file shows it: is this fact one of it? */
static ent_code body_check(ent_arena *arena, ent_json fact, const link_entry *entry, ent_err *err)
{
    ent_str text = ent_json_get_text(fact, "body"), id = ent_json_get_text(fact, "id");
    uint8_t salt[LINK_SALT_SIZE];
    ent_span pieces[2] = { { salt, sizeof salt }, ent_span_of_str(text) };
    ent_json body, statement;
    bool same = false;
    ent_hash hash;

    ENT_TRY(hex_member(fact, "salt", salt, sizeof salt, err));
    hash = ent_hash_pieces(pieces, 2);
    if (!ent_hash_equal(&hash, &entry->body))
        return ent_fail(err, ENT_NO, "what was signed is not what the entry commits to");
    ENT_TRY(ent_json_read(arena, text, &body, err));
    ENT_TRY(ent_json_read(arena, ent_json_get_text(body, "statement"), &statement, err));
    if (!ent_str_equal(ent_json_get_text(statement, "id"), ent_json_get_text(fact, "release")))
        return ent_fail(err, ENT_NO, "what was signed is another release");
    for (ent_json v = ent_json_first(ent_json_get(statement, "objects")); v.doc != NULL && !same;
         v = ent_json_next(v))
        if (ent_str_equal(ent_json_get_text(v, "id"), id))
            ENT_TRY(
                same_json(arena, ent_json_raw(v), ent_json_get_text(fact, "bytes"), &same, err));
    return same ? ENT_OK : ent_fail(err, ENT_NO, "it is not what its owner released");
}

/* The entry stands in the log of its owner. */
static ent_code proof_check(ent_arena *arena, ent_json fact, ent_err *err)
{
    ent_json later = ent_json_get(fact, "later_keys");
    ent_str origin = ent_arena_str(arena, ent_json_get_text(fact, "origin"));
    uint8_t identity[32];
    link_keys keys = { .count = 0 };
    link_who writer = { identity, &keys };
    link_proved proved;

    if (origin.ptr == NULL)
        return ent_fail_arena(err);
    if (ent_json_get_text(fact, "consent").size == 0)
        return ent_fail(err, ENT_NO, "it has no consent of its owner");
    ENT_TRY(hex_member(fact, "key", identity, sizeof identity, err));
    for (ent_json v = ent_json_first(later); v.doc != NULL; v = ent_json_next(v)) {
        if (keys.count == LINK_KEYS_MAX)
            return ent_fail(err, ENT_FORMAT, "it has more than %d later keys", LINK_KEYS_MAX);
        ENT_TRY(ent_hex_read(ent_json_str(v), keys.key[keys.count++], 32, err));
    }
    ENT_TRY(link_proof_check(arena, ent_json_get_text(fact, "proof"), origin.ptr, writer,
                             (link_who){ NULL, NULL }, &proved, err));
    return ent_json_get(fact, "body").doc == NULL ? ENT_OK
                                                  : body_check(arena, fact, &proved.entry, err);
}

static ent_code fact_check(struct checking *c, ent_json fact, ent_str service, ent_err *err)
{
    ent_str bytes = ent_json_get_text(fact, "bytes"), owner = ent_json_get_text(fact, "owner");
    ent_hash hash = ent_hash_of(bytes.ptr, bytes.size);
    uint8_t said[ENT_HASH_SIZE];
    ent_json object;

    ENT_TRY(hex_member(fact, "sha256", said, sizeof said, err));
    ENT_TRY(ent_json_read(c->cli->arena, bytes, &object, err));
    if (memcmp(said, hash.bytes, sizeof said) != 0 ||
        !ent_str_equal(ent_json_get_text(object, "id"), ent_json_get_text(fact, "id")))
        return ent_fail(err, ENT_NO, "its bytes are not what the file says");
    c->count++;
    if (ent_str_equal(owner, service))
        return ENT_OK; /* of who made the file: its word alone */
    ENT_TRY(proof_check(c->cli->arena, fact, err));
    c->proved++;
    return ENT_OK;
}

static void key_show(struct checking *c, ent_json facts, ent_json fact)
{
    ent_str from = ent_json_get_text(fact, "from");

    if (from.size == 0 || c->cli->json)
        return;
    for (ent_json v = ent_json_first(facts); v.doc != NULL; v = ent_json_next(v)) {
        if (ent_str_equal(ent_json_get_text(v, "id"), ent_json_get_text(fact, "id")))
            break;
        if (ent_str_equal(ent_json_get_text(v, "from"), from))
            return; /* said before */
    }
    (void)printf("first key of %s, to be compared with its card: %s\n", cli_text(c->cli, from),
                 cli_text(c->cli, ent_json_get_text(fact, "key")));
}

static ent_code good_show(const struct checking *c, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (!c->cli->json) {
        (void)printf("good: %zu facts, %zu proved by their owners' logs; %zu left out\n", c->count,
                     c->proved, c->left_out);
        return ENT_OK;
    }
    cli_line_begin(c->cli, &buf, &w);
    ent_jw_key(&w, "ok");
    ent_jw_bool(&w, true);
    ent_jw_key(&w, "facts");
    ent_jw_int(&w, (int64_t)c->count);
    ent_jw_key(&w, "proved");
    ent_jw_int(&w, (int64_t)c->proved);
    ent_jw_key(&w, "left_out");
    ent_jw_int(&w, (int64_t)c->left_out);
    return cli_line_end(c->cli, &buf, &w, err);
}

static ent_code run(cli_context *cli, ent_err *err)
{
    struct checking c = { .cli = cli };
    ent_json file, facts;
    ent_str text;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(cli_file(cli, cli->argv[0], COURT_LIMIT, &text, err));
    if (ent_json_read(cli->arena, text, &file, err) != ENT_OK)
        return ent_context(err, "%s", cli->argv[0]);
    if (!ent_str_is(ent_json_get_text(file, "format"), "entente court file 1"))
        return ent_fail(err, ENT_FORMAT, "%s: it is no court file", cli->argv[0]);
    facts = ent_json_get(file, "facts");
    c.left_out = ent_json_count(ent_json_get(file, "left_out"));
    for (ent_json v = ent_json_first(facts); v.doc != NULL; v = ent_json_next(v)) {
        if (fact_check(&c, v, ent_json_get_text(file, "service"), err) != ENT_OK) {
            err->code = err->code == ENT_MEMORY ? err->code : ENT_NO;
            return ent_context(err, "%s", cli_text(cli, ent_json_get_text(v, "id")));
        }
        key_show(&c, facts, v);
    }
    return good_show(&c, err);
}

const cli_command cli_court_verify = {
    .name = "court verify",
    .usage = "FILE",
    .summary = "check a court file: its facts, consents and proofs",
    .help =
        "Checks a file of `case court` by what stands in it alone: the bytes of each fact, the\n"
        "consent of its owner, the entry by which it came in the signed log of its owner, and\n"
        "what its owner's officers signed.  Needs no home.  Whose the keys are is for people to\n"
        "compare.  `tools/verify-log --court FILE` does the same with no code of this program.\n"
        "Exit status 1: something does not hold; it is named.\n\n"
        "  entente court verify court.json\n",
    .run = run,
};
