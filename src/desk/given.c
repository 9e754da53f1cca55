#include "desk/given.h"

#include "desk/release_int.h"

#include <stdlib.h>
#include <string.h>

/* Of one object: its outgoing id, and the last release that gave it. */
struct place {
    ent_str release, id;
};

static int by_release(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    int order = ent_str_compare(x->release, y->release);

    return order != 0 ? order : ent_str_compare(x->id, y->id);
}

static ent_code places_list(desk *d, ent_arena *arena, const char *peer, struct place **places,
                            size_t *count, ent_err *err)
{
    size_t skip = strlen(peer) + 1; /* "CODE/ID" */
    store_doc *docs;

    ENT_TRY(desk_docs(d, arena, "given", peer, NULL, &docs, count, err));
    *places = ent_arena_array(arena, *count + 1, sizeof **places);
    if (*places == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < *count; i++) {
        ent_json json;

        ENT_TRY(ent_json_read(arena, docs[i].json, &json, err));
        (*places)[i] = (struct place){ .release = ent_json_get_text(json, "release"),
                                       .id = { docs[i].id.ptr + skip, docs[i].id.size - skip } };
    }
    if (*count > 0)
        qsort(*places, *count, sizeof **places, by_release);
    return ENT_OK;
}

/* One release that gave something, and how it stands. */
struct standing {
    desk *d;
    ent_str release, purpose, agreement;
    desk_draft draft;
    desk_terms terms;
};

/* *stands false: it was called back, or is not in the log yet. */
static ent_code release_find(desk *d, ent_arena *arena, const char *peer, ent_str id,
                             struct standing *s, bool *stands, ent_err *err)
{
    store_doc doc, waiting;
    desk_agreement agreement;
    ent_json json;
    bool found;

    *s = (struct standing){ .d = d, .release = id };
    ENT_TRY(desk_doc_found(d, arena, "release", id, &doc, stands, err));
    if (*stands)
        *stands = ent_str_is(doc.state, "sent") || ent_str_is(doc.state, "received");
    if (!*stands)
        return ENT_OK;
    ENT_TRY(ent_json_read(arena, doc.json, &json, err));
    ENT_TRY(desk_doc_found(d, arena, "outbox", ent_json_get_text(json, "entry"), &waiting, &found,
                           err));
    *stands = !found;
    s->purpose = ent_json_get_text(json, "purpose");
    s->agreement = ent_json_get_text(json, "agreement");
    ENT_TRY(desk_draft_load(d, arena, id, &s->draft, err));
    ENT_TRY(desk_agreement_get(d, arena, s->agreement, &agreement, err));
    desk_agreement_terms(d, &agreement, peer, &s->terms);
    return ENT_OK;
}

/* Two officers have signed it; would it still go today? */
static bool still_goes(const struct standing *s, ent_json object)
{
    policy_label label = { 0 };
    ent_err ignored = { 0 };
    policy_question q = { .action = POLICY_RELEASE,
                          .label = &label,
                          .terms = &s->terms.policy,
                          .purpose = s->purpose,
                          .holder = ent_str_of(s->d->code),
                          .recipient = { .organisation = s->terms.peer },
                          .today = desk_today(s->d),
                          .now = s->d->now,
                          .encrypted = true,
                          .before_approval = true };

    return policy_label_read(object, (ent_json){ NULL, 0 }, &label, &ignored) == ENT_OK &&
           policy_decide(&q).permit;
}

static ent_code objects_each(const struct standing *s, ent_arena *arena, const struct place *places,
                             size_t count, desk_given_each each, void *arg, ent_err *err)
{
    ent_json statement;

    ENT_TRY(ent_json_read(arena, s->draft.statement, &statement, err));
    for (ent_json v = ent_json_first(ent_json_get(statement, "objects")); v.doc != NULL;
         v = ent_json_next(v)) {
        const struct place key = { s->release, ent_json_get_text(v, "id") };
        const desk_given given = { v, s->release, s->agreement };

        if (bsearch(&key, places, count, sizeof *places, by_release) != NULL && still_goes(s, v))
            ENT_TRY(each(arg, &given, err));
    }
    return ENT_OK;
}

ent_code desk_given_now(desk *d, ent_arena *arena, const char *peer, desk_given_each each,
                        void *arg, ent_err *err)
{
    struct place *places;
    size_t count, end;

    ENT_TRY(places_list(d, arena, peer, &places, &count, err));
    for (size_t at = 0; at < count; at = end) {
        struct standing s;
        bool stands;

        for (end = at; end < count && ent_str_equal(places[end].release, places[at].release);)
            end++;
        ENT_TRY(release_find(d, arena, peer, places[at].release, &s, &stands, err));
        if (stands)
            ENT_TRY(objects_each(&s, arena, places + at, end - at, each, arg, err));
    }
    return ENT_OK;
}
