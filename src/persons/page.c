#include "persons/page.h"

#include "desk/work.h"
#include "holdings/index.h"
#include "holdings/ties.h"
#include "persons/known.h"
#include "stix/extension_ids.h"

struct making {
    desk *d;
    ent_arena *arena;
    const char *peer;
    persons_page *page;
    const persons_known *known; /* what the peer has of ours */
    size_t known_count;
    size_t source_room, assertion_room;
    const persons_source *member; /* whose relationships are read */
};

/* ---- sources ---- */

static persons_source *source_there(const struct making *m, ent_str id)
{
    for (size_t i = 0; i < m->page->source_count; i++)
        if (ent_str_equal(m->page->sources[i]->id, id))
            return m->page->sources[i];
    return NULL;
}

static ent_code source_put(struct making *m, const persons_source *source, persons_source **put,
                           ent_err *err)
{
    persons_page *page = m->page;

    if (page->source_count == m->source_room) {
        persons_source **grown =
            ent_arena_grow(m->arena, page->sources, &m->source_room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        page->sources = grown;
    }
    *put = ent_arena_alloc(m->arena, sizeof **put);
    if (*put == NULL)
        return ent_fail_arena(err);
    **put = *source;
    page->sources[page->source_count++] = *put;
    return ENT_OK;
}

static ent_str time_of(ent_json object, ent_json beside)
{
    ent_str time = ent_json_get_text(policy_handling(object), "valid");

    if (time.size == 0)
        time = ent_json_get_text(beside, "valid");
    if (time.size == 0)
        time = ent_json_get_text(object, "modified");
    return time.size > 0 ? time : ent_json_get_text(object, "created");
}

static ent_code row_put(struct making *m, const store_row *row, persons_source **put, ent_err *err)
{
    persons_source source = { .id = row->id, .type = row->type, .owner = row->owner };
    ent_json beside = { .doc = NULL };

    ENT_TRY(desk_label(m->arena, row, &source.object, &source.label, err));
    if (row->handling.size > 0)
        ENT_TRY(ent_json_read(m->arena, row->handling, &beside, err));
    source.time = time_of(source.object, beside);
    return source_put(m, &source, put, err);
}

static ent_code known_put(struct making *m, const persons_known *known, persons_source **put,
                          ent_err *err)
{
    persons_source source = { .id = known->id,
                              .type = ent_json_get_text(known->object, "type"),
                              .owner = ENT_STR(""),
                              .object = known->object,
                              .release = known->release,
                              .state = known->state };

    ENT_TRY(holdings_label(m->arena, known->object, ENT_STR_NONE, &source.label, err));
    source.time = time_of(known->object, (ent_json){ NULL, 0 });
    return source_put(m, &source, put, err);
}

/* The object by its id, as it is held or as the peer knows it; *put NULL: it is not. */
static ent_code source_find(struct making *m, ent_str id, persons_source **put, ent_err *err)
{
    ent_err why = { 0 };
    store_row row;
    ent_code rc;

    *put = source_there(m, id);
    if (*put != NULL)
        return ENT_OK;
    for (size_t i = 0; i < m->known_count; i++)
        if (ent_str_equal(m->known[i].id, id))
            return known_put(m, &m->known[i], put, err);
    rc = store_object_get(m->d->store, m->arena, m->peer, id, &row, &why);
    if (rc == ENT_OK && row.tombstone.size == 0 && row.quarantine.size == 0)
        return row_put(m, &row, put, err);
    if (rc != ENT_OK && rc != ENT_NOT_FOUND) {
        *err = why;
        return rc;
    }
    return ENT_OK;
}

/* ---- assertions ---- */

static ent_code assertion_put(struct making *m, const persons_assertion *assertion, ent_err *err)
{
    persons_page *page = m->page;

    if (assertion->value.size == 0)
        return ENT_OK;
    if (page->assertion_count == m->assertion_room) {
        persons_assertion *grown =
            ent_arena_grow(m->arena, page->assertions, &m->assertion_room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        page->assertions = grown;
    }
    page->assertions[page->assertion_count++] = *assertion;
    return ENT_OK;
}

static ent_code names_put(struct making *m, const persons_source *s, ent_json person, ent_err *err)
{
    ent_str shown = ent_json_get_text(s->object, "name");
    persons_assertion name = { .kind = "name", .confidence = -1, .source = s };

    for (ent_json v = ent_json_first(ent_json_get(person, "names")); v.doc != NULL;
         v = ent_json_next(v)) {
        name.value = ent_json_get_text(v, "full");
        name.more = ent_json_get_text(v, "script");
        name.role = ent_json_get_text(v, "kind");
        if (ent_str_equal(name.value, shown))
            shown = ENT_STR_NONE;
        ENT_TRY(assertion_put(m, &name, err));
    }
    name.more = name.role = ENT_STR_NONE;
    for (ent_json v = ent_json_first(ent_json_get(s->object, "aliases")); v.doc != NULL;
         v = ent_json_next(v)) {
        name.value = ent_json_str(v);
        name.role = ENT_STR("alias");
        ENT_TRY(assertion_put(m, &name, err));
    }
    name.value = shown;
    name.role = ENT_STR_NONE;
    return assertion_put(m, &name, err);
}

static ent_code texts_put(struct making *m, const persons_source *s, ent_json list,
                          const char *kind, ent_err *err)
{
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v))
        ENT_TRY(assertion_put(
            m,
            &(persons_assertion){
                .kind = kind, .value = ent_json_str(v), .confidence = -1, .source = s },
            err));
    return ENT_OK;
}

static ent_code member_put(struct making *m, const persons_source *s, ent_err *err)
{
    ent_json person = ent_json_get(ent_json_get(s->object, "extensions"), STIX_EXT_PERSON);
    persons_assertion said = { .confidence = -1, .source = s };

    ENT_TRY(names_put(m, s, person, err));
    for (ent_json v = ent_json_first(ent_json_get(person, "births")); v.doc != NULL;
         v = ent_json_next(v)) {
        said.kind = "birth";
        said.value = ent_json_get_text(v, "value");
        said.more = ent_json_get_text(v, "raw");
        ENT_TRY(assertion_put(m, &said, err));
    }
    ENT_TRY(texts_put(m, s, ent_json_get(person, "places_of_birth"), "place", err));
    ENT_TRY(texts_put(m, s, ent_json_get(person, "nationalities"), "nationality", err));
    said = (persons_assertion){ .kind = "gender",
                                .value = ent_json_get_text(person, "gender"),
                                .confidence = -1,
                                .source = s };
    ENT_TRY(assertion_put(m, &said, err));
    for (ent_json v = ent_json_first(ent_json_get(person, "documents")); v.doc != NULL;
         v = ent_json_next(v)) {
        ent_str issuer = ent_json_get_text(v, "issuer");

        said.kind = "document";
        said.value = ent_arena_printf(m->arena, "%.*s%s%.*s", ENT_STR_ARG(issuer),
                                      issuer.size > 0 ? " " : "",
                                      ENT_STR_ARG(ent_json_get_text(v, "number")));
        said.role = ent_json_get_text(v, "type");
        if (said.value.ptr == NULL)
            return ent_fail_arena(err);
        ENT_TRY(assertion_put(m, &said, err));
    }
    return ENT_OK;
}

/* ---- ties ---- */

static const struct {
    const char *type, *kind;
} kinds[] = {
    { "identity-document", "document" },
    { "phone-number", "telephone" },
    { "user-account", "account" },
    { "bank-account", "account" },
    { "email-addr", "mail" },
    { "vehicle", "vehicle" },
};

static const char *kind_of(ent_str type)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (ent_str_is(type, kinds[i].type))
            return kinds[i].kind;
    return "tie";
}

/* One relationship of a member; what it leads to is on the page if it is known. */
static ent_code tie_put(struct making *m, const persons_source *link, ent_err *err)
{
    ent_str from = ent_json_get_text(link->object, "source_ref"),
            to = ent_json_get_text(link->object, "target_ref");
    bool outward = ent_str_equal(from, m->member->id);
    persons_source *end;
    persons_assertion tie = { .role = ent_json_get_text(link->object, "relationship_type"),
                              .link = link->id,
                              .confidence = -1,
                              .tied = link };
    int64_t confidence;

    if ((!outward && !ent_str_equal(to, m->member->id)) ||
        ent_json_true(ent_json_get(link->object, "revoked")))
        return ENT_OK;
    ENT_TRY(source_find(m, outward ? to : from, &end, err));
    if (end == NULL)
        return ENT_OK;
    if (ent_json_int(ent_json_get(link->object, "confidence"), &confidence) && confidence >= 0 &&
        confidence <= 100)
        tie.confidence = (int)confidence;
    tie.kind = kind_of(end->type);
    tie.value = holdings_shown(m->arena, end->object);
    tie.more = end->id;
    tie.source = end;
    return assertion_put(m, &tie, err);
}

static ent_code link_take(void *arg, const store_row *row, ent_err *err)
{
    struct making *m = arg;
    persons_source *link;
    ent_str id = ent_arena_str(m->arena, row->id);

    if (id.ptr == NULL)
        return ent_fail_arena(err);
    if (row->tombstone.size > 0 || source_there(m, id) != NULL)
        return ENT_OK;
    ENT_TRY(source_find(m, id, &link, err));
    return link == NULL ? ENT_OK : tie_put(m, link, err);
}

static ent_code ties_put(struct making *m, const persons_source *member, ent_err *err)
{
    store_query query = { .type = "relationship", .owner = m->peer };
    ent_str id = ent_arena_str(m->arena, member->id);

    if (id.ptr == NULL)
        return ent_fail_arena(err);
    m->member = member;
    for (size_t i = 0; i < m->known_count; i++) {
        persons_source *link;

        if (!ent_str_is(ent_json_get_text(m->known[i].object, "type"), "relationship") ||
            source_there(m, m->known[i].id) != NULL ||
            (!ent_str_equal(ent_json_get_text(m->known[i].object, "source_ref"), id) &&
             !ent_str_equal(ent_json_get_text(m->known[i].object, "target_ref"), id)))
            continue;
        ENT_TRY(source_find(m, m->known[i].id, &link, err));
        ENT_TRY(tie_put(m, link, err));
    }
    query.ref = id.ptr;
    return store_objects_each(m->d->store, &query, link_take, m, err);
}

/* ---- the page ---- */

static ent_code member_add(struct making *m, ent_str id, ent_err *err)
{
    persons_source *source;

    ENT_TRY(source_find(m, id, &source, err));
    if (source != NULL)
        source->member = true;
    return ENT_OK;
}

/* Joins with one of the records that have no effect. */
static ent_code held_put(struct making *m, const resolve_clusters *clusters, ent_err *err)
{
    resolve_held *held = ent_arena_array(m->arena, clusters->held_count, sizeof *held);

    if (held == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < clusters->held_count; i++) {
        const resolve_statement *join = clusters->held[i].join;

        if (resolve_same(clusters, join->a, m->page->id) ||
            resolve_same(clusters, join->b, m->page->id))
            held[m->page->held_count++] = clusters->held[i];
    }
    m->page->held = held;
    return ENT_OK;
}

static ent_code statements_put(struct making *m, const resolve_clusters *clusters, ent_str id,
                               ent_err *err)
{
    persons_page *page = m->page;
    persons_same *all;
    size_t count;

    ENT_TRY(persons_same_list(m->d, m->arena, NULL, m->peer, &all, &count, err));
    page->statements = ent_arena_array(m->arena, count, sizeof *page->statements);
    if (page->statements == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < count; i++)
        if (resolve_same(clusters, all[i].said.a, id) || resolve_same(clusters, all[i].said.b, id))
            page->statements[page->statement_count++] = all[i];
    return m->peer == NULL ? held_put(m, clusters, err) : ENT_OK;
}

ent_code persons_page_make(desk *d, ent_arena *arena, ent_str id, const char *peer,
                           persons_page *page, ent_err *err)
{
    struct making m = { .d = d, .arena = arena, .peer = peer, .page = page };
    resolve_clusters clusters;
    size_t members;

    *page = (persons_page){ .id = id };
    if (!ent_str_starts(id, ENT_STR("identity--")))
        return ent_fail(err, ENT_FORMAT, "'%.*s' is no identity", ENT_STR_ARG(id));
    ENT_TRY(persons_clusters(d, arena, NULL, &clusters, err));
    if (peer != NULL) {
        persons_known *known;

        ENT_TRY(persons_known_list(d, arena, peer, &known, &m.known_count, err));
        m.known = known;
    }
    ENT_TRY(member_add(&m, id, err));
    for (size_t i = 0; i < clusters.count; i++)
        if (resolve_same(&clusters, clusters.records[i], id))
            ENT_TRY(member_add(&m, clusters.records[i], err));
    members = page->source_count;
    if (members == 0)
        return peer == NULL
                   ? ent_fail(err, ENT_NOT_FOUND, "there is no object '%.*s'", ENT_STR_ARG(id))
                   : ent_fail(err, ENT_NO, "%s knows nothing of '%.*s'", peer, ENT_STR_ARG(id));
    for (size_t i = 0; i < members; i++) {
        const persons_source *member = page->sources[i];

        ENT_TRY(member_put(&m, member, err));
        ENT_TRY(ties_put(&m, member, err));
    }
    return statements_put(&m, &clusters, id, err);
}
