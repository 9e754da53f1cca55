#include "holdings/ties.h"

#include "holdings/index.h"
#include "holdings/ties_int.h"
#include "psi/keyform.h"

struct loading {
    holdings_tying t;
    bool others; /* own rows were read already */
};

/* Prefixes that keyform.def does not list are this node's own. */
bool holdings_key_joins(ent_str key, bool *reassignable)
{
    const psi_keyform *form = psi_keyform_of(key);

    *reassignable = form != NULL && form->reassignable;
    return form != NULL ? strcmp(form->prefix, "nm") != 0 : ent_str_starts(key, ENT_STR("pub:"));
}

static ent_code keys_load(holdings_tying *l, const store_row *row, graph_key **keys, size_t *count,
                          ent_err *err)
{
    ent_str *all;
    size_t all_count;

    *count = 0;
    ENT_TRY(store_keys_of(l->store, l->scratch, row->number, &all, &all_count, err));
    *keys = ent_arena_array(l->scratch, all_count, sizeof **keys);
    if (*keys == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < all_count; i++)
        if (holdings_key_joins(all[i], &(*keys)[*count].reassignable))
            (*keys)[(*count)++].text = all[i];
    return ENT_OK;
}

static ent_str rating_of(ent_arena *arena, const policy_label *label)
{
    return ent_arena_printf(arena, "%.*s%.*s", ENT_STR_ARG(label->source),
                            ENT_STR_ARG(label->information));
}

/* A word for the type, then the members that tell it from others, in this order. */
static const struct {
    const char *type, *word, *members[3];
} shown[] = {
    { "identity-document", "document", { "issuer", "number", NULL } },
    { "forensic-signature", "signature", { "kind", "reference", NULL } },
    { "phone-number", "telephone", { "value", "number", NULL } },
    { "user-account", "account", { "account_type", "account_login", "user_id" } },
    { "bank-account", "bank account", { "iban", "iban_number", "account_number" } },
    { "vehicle", "vehicle", { "country", "plate", NULL } },
    { "email-addr", "mail", { "value", NULL, NULL } },
    { "device-record", "device,", { "placement", NULL, NULL } },
};

ent_str holdings_shown(ent_arena *arena, ent_json object)
{
    ent_str type = ent_json_get_text(object, "type"), name = ent_json_get_text(object, "name");

    for (size_t i = 0; name.size == 0 && i < sizeof shown / sizeof *shown; i++) {
        ent_str text = ent_str_of(shown[i].word);

        if (!ent_str_is(type, shown[i].type))
            continue;
        for (size_t j = 0; j < 3 && shown[i].members[j] != NULL; j++) {
            ent_str member = ent_json_get_text(object, shown[i].members[j]);

            if (member.size > 0)
                text = ent_arena_printf(arena, "%.*s %.*s", ENT_STR_ARG(text), ENT_STR_ARG(member));
        }
        return text;
    }
    return name.size > 0 ? name : type;
}

ent_str holdings_tie_time(ent_arena *arena, ent_json object, ent_json handling)
{
    ent_str start = ent_json_get_text(object, "start_time");
    ent_str stop = ent_json_get_text(object, "stop_time");

    if (start.size > 0 || stop.size > 0)
        return ent_arena_printf(arena, "%.*s/%.*s", ENT_STR_ARG(start), ENT_STR_ARG(stop));
    return ent_json_get_text(handling, "valid");
}

static ent_code link_load(holdings_tying *t, const store_row *row, ent_json object,
                          const policy_label *label, ent_str time, holdings_tied *tied,
                          ent_err *err)
{
    graph_link link = {
        .id = row->id,
        .from = ent_json_get_text(object, "source_ref"),
        .type = ent_json_get_text(object, "relationship_type"),
        .to = ent_json_get_text(object, "target_ref"),
        .owner = row->owner.size == 0 ? t->self : row->owner,
        .rating = rating_of(t->scratch, label),
        .time = time,
        .confidence = GRAPH_UNKNOWN,
        .evidential = label->evidential,
    };
    int64_t confidence;

    if (ent_json_int(ent_json_get(object, "confidence"), &confidence) && confidence >= 0 &&
        confidence <= 100)
        link.confidence = (int)confidence;
    *tied = (holdings_tied){
        .in = true, .link = true, .evidential = link.evidential, .from = link.from, .to = link.to
    };
    return graph_add_link(t->g, &link, err);
}

static ent_code row_load(holdings_tying *t, const store_row *row, holdings_tied *tied, ent_err *err)
{
    ent_json object, beside = { .doc = NULL };
    graph_record record;
    policy_label label;
    ent_str time;

    ENT_TRY(ent_json_read(t->scratch, row->bytes, &object, err));
    if (ent_json_true(ent_json_get(object, "revoked")))
        return ENT_OK; /* no longer stated [STIX 2.1 s3.6] */
    ENT_TRY(holdings_label(t->scratch, object, row->handling, &label, err));
    if (row->handling.size > 0)
        ENT_TRY(ent_json_read(t->scratch, row->handling, &beside, err));
    if (t->pick != NULL && !t->pick(t->pick_arg, row, object, &label))
        return ENT_OK;
    time = holdings_tie_time(t->scratch, object, policy_handling(object));
    if (time.size == 0)
        time = ent_json_get_text(beside, "valid");
    if (ent_str_is(row->type, "relationship"))
        return link_load(t, row, object, &label, time, tied, err);
    ENT_TRY(keys_load(t, row, &tied->keys, &tied->key_count, err));
    record = (graph_record){
        .id = row->id,
        .owner = row->owner.size == 0 ? t->self : row->owner,
        .rating = rating_of(t->scratch, &label),
        .label = holdings_shown(t->scratch, object),
        .valid = time,
        .days = label.valid,
        .joins = true,
    };
    tied->in = true;
    return graph_add_record(t->g, &record, tied->keys, tied->key_count, err);
}

ent_code holdings_tie(holdings_tying *t, const store_row *row, holdings_tied *tied, ent_err *err)
{
    *tied = (holdings_tied){ 0 };
    if (row->tombstone.size > 0 || row->quarantine.size > 0)
        return ENT_OK;
    ent_arena_reset(t->scratch);
    if (row_load(t, row, tied, err) != ENT_OK)
        return ent_context(err, "'%.*s'", ENT_STR_ARG(row->id));
    return ENT_OK;
}

static ent_code load(void *arg, const store_row *row, ent_err *err)
{
    struct loading *l = arg;
    holdings_tied tied;

    return l->others && row->owner.size == 0 ? ENT_OK : holdings_tie(&l->t, row, &tied, err);
}

static ent_code build(struct loading *l, ent_arena *arena, const uint8_t seed[16],
                      holdings_more more, void *arg, graph **g, ent_err *err)
{
    store_query own = { .owner = "" }, any = { 0 };
    ent_code rc;

    l->t.g = graph_new(arena, seed);
    if (l->t.g == NULL)
        return ent_fail_arena(err);
    l->t.scratch = ent_arena_new(HOLDINGS_OBJECT_MEMORY);
    if (l->t.scratch == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to read an object");
    /* Own first: of one id at two owners the own record is shown. */
    rc = store_objects_each(l->t.store, &own, load, l, err);
    l->others = true;
    if (rc == ENT_OK)
        rc = store_objects_each(l->t.store, &any, load, l, err);
    rc = ent_arena_end(l->t.scratch, rc, err);
    if (rc == ENT_OK && more != NULL)
        rc = more(arg, l->t.g, err);
    if (rc != ENT_OK)
        return rc;
    *g = l->t.g;
    return graph_seal(l->t.g, err);
}

ent_code holdings_graph(store *s, ent_arena *arena, ent_str self, const uint8_t seed[16], graph **g,
                        ent_err *err)
{
    return holdings_graph_of(s, arena, self, seed, NULL, NULL, g, err);
}

ent_code holdings_graph_with(store *s, ent_arena *arena, ent_str self, const uint8_t seed[16],
                             holdings_more more, void *arg, graph **g, ent_err *err)
{
    struct loading l = { .t = { .store = s, .self = self } };

    return build(&l, arena, seed, more, arg, g, err);
}

ent_code holdings_graph_of(store *s, ent_arena *arena, ent_str self, const uint8_t seed[16],
                           holdings_pick pick, void *arg, graph **g, ent_err *err)
{
    struct loading l = { .t = { .store = s, .self = self, .pick = pick, .pick_arg = arg } };

    return build(&l, arena, seed, NULL, NULL, g, err);
}
