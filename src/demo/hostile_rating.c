/* Attempt 3: the rating of what is released is changed on the way, by somebody who has a copy of
 * all that its sender keeps but for the keys that sign. */
#include "demo/timeline.h"

#include <stdlib.h>

#include "base/text.h"
#include "link/body.h"

#define FILE_MAX ((size_t)64 << 20)

struct rating {
    demo_node *from, *to;
    demo_node carrier; /* the sender's files in other hands */
    const char *id;    /* of the record, as it is sent */
    const char *links; /* of the carrier with the receiver */
    size_t changed;    /* bodies */
};

/* ---- the change ---- */

/* Where the character of a member stands in JSON, whether or not that is within a string. */
static char *value_find(char *text, size_t size, const char *member)
{
    size_t length = strlen(member);

    for (size_t at = 0; at + length + 8 < size; at++)
        if (memcmp(text + at, member, length) == 0) {
            at += length;
            at += strspn(text + at, "\\\":");
            return text + at;
        }
    return NULL;
}

static bool is_about(const char *text, size_t size, const char *id)
{
    for (size_t at = 0; at + strlen(id) <= size; at++)
        if (memcmp(text + at, id, strlen(id)) == 0)
            return true;
    return false;
}

/* B2 is A1. */
static bool rating_raise(char *text, size_t size)
{
    char *source = value_find(text, size, "\"source"), *information;

    if (source == NULL)
        source = value_find(text, size, "source\\");
    information = value_find(text, size, "information");
    if (source == NULL || information == NULL || *source != 'B' || *information != '2')
        return false;
    *source = 'A';
    *information = '1';
    return true;
}

/* The body of a name, with the content key that its sender kept. */
static ent_code body_change(struct rating *r, timeline *t, const char *key_path, ent_err *err)
{
    const char *name = strrchr(key_path, '/') + 1;
    const char *path = TL_TEXT(t, "%s/out/body/%s", r->links, name);
    link_body_seed seed = { 0 };
    link_sealed sealed;
    ent_hash commitment;
    ent_str key, closed, text;
    ent_span body;

    if (!node_file_exists(path))
        return ENT_OK;
    ENT_TRY(node_file_read(t->d->arena, key_path, LINK_KEY_SIZE, &key, err));
    ENT_TRY(node_file_read(t->d->arena, path, FILE_MAX, &closed, err));
    if (key.size != LINK_KEY_SIZE)
        return ent_fail(err, ENT_FORMAT, "'%s' is no content key", key_path);
    ENT_TRY(ent_hex_read(ent_str_of(name), commitment.bytes, sizeof commitment.bytes, err));
    memcpy(seed.content_key, key.ptr, sizeof seed.content_key);
    ENT_TRY(link_body_open(t->d->arena, ent_span_of_str(closed), seed.content_key, &commitment,
                           &body, err));
    memcpy(seed.salt, link_body_salt(body), sizeof seed.salt);
    text = ent_arena_str(t->d->arena, (ent_str){ body.ptr, body.size });
    if (text.ptr == NULL)
        return ent_fail_arena(err);
    if (!is_about(text.ptr, text.size, r->id) ||
        !rating_raise((char *)(uintptr_t)text.ptr, text.size))
        return ENT_OK;
    link_body_seed_finish(&seed);
    ENT_TRY(
        link_body_seal(t->d->arena, ent_span_of_str(text), &seed, seed.content_key, &sealed, err));
    r->changed++;
    return node_file_write(path, sealed.body, 0600, err);
}

struct changing {
    struct rating *r;
    timeline *t;
};

static ent_code kept_take(void *arg, const char *path, ent_err *err)
{
    struct changing *c = arg;

    return body_change(c->r, c->t, path, err);
}

/* ---- the attempt ---- */

/* Approved while the receiver is away, so that it waits at the sender. */
static ent_code release_wait(timeline *t, struct rating *r, ent_err *err)
{
    static ent_str name = { "Somebody Rated", 14 };
    story_entity row = { .id = ENT_STR("rated"),
                         .type = STORY_PERSON,
                         .names = { &name, 1 },
                         .dob = ENT_STR("1930-11-29") };
    const char *draft;
    ent_str id;

    ENT_TRY(demo_tl_made(t, r->from, &row, 1, &id, err));
    ENT_TRY(demo_command(t->d, r->from, "analyst",
                         DEMO_ARGS("release", "draft", demo_text(t->d, id), "--to", r->to->code,
                                   "--purpose", DEMO_PURPOSE),
                         &t->r, err));
    draft = demo_tl_member(t, "draft");
    r->id = demo_text(
        t->d,
        ent_json_get_text(ent_json_first(ent_json_get(demo_first(&t->r), "objects")), "sent_as"));
    ENT_TRY(
        demo_command(t->d, r->from, "fdo1", DEMO_ARGS("release", "approve", draft), &t->r, err));
    return demo_tl_must(t, r->from, "fdo2", 0, DEMO_ARGS("release", "approve", draft),
                        "3: a record rated B2 is released to a partner who has no line", err);
}

static ent_code carry(timeline *t, const demo_node *from, const demo_node *to, ent_err *err)
{
    const char *pouch = TL_TEXT(t, "%s/rated", t->d->work);

    ENT_TRY(
        demo_command(t->d, from, NULL, DEMO_ARGS("pouch", "pack", to->code, pouch), &t->r, err));
    if (t->r.exit != 0)
        return ent_fail(err, ENT_UNAVAILABLE, "no pouch: %.*s", ENT_STR_ARG(t->r.err));
    return demo_command(t->d, to, NULL, DEMO_ARGS("pouch", "open", pouch), &t->r, err);
}

static ent_code changed_carry(timeline *t, struct rating *r, ent_err *err)
{
    struct changing changing = { r, t };

    r->carrier = *r->from;
    r->carrier.home = TL_TEXT(t, "%s/carrier", t->d->work);
    r->links = TL_TEXT(t, "%s/links/%s", r->carrier.home, r->to->code);
    ENT_TRY(demo_tree_copy(t->d, r->from->home, r->carrier.home, err));
    ENT_TRY(demo_tree_each(t->d, TL_TEXT(t, "%s/kept", r->links), kept_take, &changing, err));
    ENT_TRY(carry(t, &r->carrier, r->to, err));
    demo_check(t->d, r->changed == 1 && t->r.exit == 76,
               "3: who carries it makes the rating A1, and seals it again with its own key: what "
               "was signed is not this, and it is refused (status %d: %.*s)",
               t->r.exit, ENT_STR_ARG(t->r.err));
    demo_tree_remove(r->carrier.home);
    return demo_tl_must(t, r->to, "analyst", 66, DEMO_ARGS("show", r->id),
                        "3: nothing of it is there", err);
}

ent_code demo_tl_rating(timeline *t, ent_err *err)
{
    struct rating r = { .from = t->first, .to = t->second };

    demo_serve_end(r.to);
    ENT_TRY(release_wait(t, &r, err));
    ENT_TRY(changed_carry(t, &r, err));
    ENT_TRY(carry(t, r.from, r.to, err));
    ENT_TRY(demo_tl_must(t, r.to, "analyst", 0, DEMO_ARGS("show", r.id),
                         "3: as it was sent it is taken in", err));
    demo_check(t->d, demo_tl_has(t, "\"rating\":\"B2\"") && !demo_tl_has(t, "\"A1\""),
               "3: and rated B2");
    return demo_serve(t->d, r.to, err);
}
