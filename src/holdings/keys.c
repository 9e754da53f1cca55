#include "holdings/index_int.h"

#include "psi/keyform.h"
#include "stix/extension_ids.h"

#define KEYS_MAX 600

struct keys {
    ent_arena *arena;
    holdings_entry *entry;
};

static void key_put(struct keys *k, ent_str key)
{
    holdings_entry *e = k->entry;

    for (size_t i = 0; i < e->key_count; i++)
        if (ent_str_equal(e->keys[i], key))
            return;
    if (e->key_count < KEYS_MAX)
        e->keys[e->key_count++] = key;
}

/* A public reference is no match key (psi/keyform.h) and stays as it is written. */
static ent_code key_canon(ent_arena *arena, ent_str key, ent_str *canonical, ent_err *err)
{
    *canonical = key;
    return key.size > 4 && ent_str_starts(key, ENT_STR("pub:"))
               ? ENT_OK
               : psi_key_canon(arena, key, canonical, err);
}

/* "prefix:a:b" in canonical form.  What has no value left makes no key. */
static ent_code key_add(struct keys *k, const char *prefix, ent_str a, ent_str b, ent_err *err)
{
    ent_err ignored = { 0 };
    ent_str key, canonical;
    ent_code rc;

    if (a.size == 0 || (b.ptr != NULL && b.size == 0))
        return ENT_OK;
    key = ent_arena_printf(k->arena, "%s:%.*s%s%.*s", prefix, ENT_STR_ARG(a),
                           b.ptr == NULL ? "" : ":", ENT_STR_ARG(b));
    if (key.ptr == NULL)
        return ent_fail_arena(err);
    rc = key_canon(k->arena, key, &canonical, &ignored);
    if (rc == ENT_LIMIT)
        return ent_fail_arena(err);
    if (rc == ENT_OK)
        key_put(k, canonical);
    return ENT_OK;
}

/* A colon inside a part would move the boundary between two parts. */
static ent_str part(ent_arena *arena, ent_str text)
{
    ent_str copy = ent_arena_str(arena, text);
    char *out = (char *)(uintptr_t)copy.ptr;

    for (size_t i = 0; out != NULL && i < copy.size; i++)
        if (out[i] == ':')
            out[i] = ' ';
    return copy;
}

static ent_code pair_add(struct keys *k, const char *prefix, ent_str a, ent_str b, ent_err *err)
{
    ent_str first, second;

    if (a.size == 0 || b.size == 0)
        return ENT_OK;
    first = part(k->arena, a);
    second = part(k->arena, b);
    if (first.ptr == NULL || second.ptr == NULL)
        return ent_fail_arena(err);
    return key_add(k, prefix, first, second, err);
}

static ent_str first_text(ent_json object, const char *const names[])
{
    for (size_t i = 0; names[i] != NULL; i++) {
        ent_str text = ent_json_get_text(object, names[i]);

        if (text.size > 0)
            return text;
    }
    return ENT_STR_NONE;
}

#define REGISTER_DIGITS \
    8 /* that a number has at least if it is to be one thing's in all registers */

/* Lists seldom say of which register a number is, and one that does must find one that does not; so
 * the number stands alone, if it is long.  Only of organisations and ships: the numbers of two
 * countries' passports are often alike. */
static ent_code register_key(struct keys *k, ent_json document, ent_err *err)
{
    ent_str number = ent_json_get_text(document, "number");
    char ship[8];
    size_t digits = 0;

    for (size_t i = 0; i < number.size; i++)
        if (number.ptr[i] >= '0' && number.ptr[i] <= '9')
            ship[digits++ % sizeof ship] = number.ptr[i];
    if (ent_str_is(ent_json_get_text(document, "type"),
                   "imo")) /* with or without "IMO" before it */
        return digits == 7 ? key_add(k, "reg", ENT_STR("imo"), (ent_str){ ship, 7 }, err) : ENT_OK;
    if (digits < REGISTER_DIGITS)
        return ENT_OK;
    number = part(k->arena, number);
    return number.ptr == NULL ? ent_fail_arena(err) : key_add(k, "reg", number, ENT_STR_NONE, err);
}

static ent_code identity_keys(struct keys *k, ent_json object, ent_err *err)
{
    ent_json person = ent_json_get(ent_json_get(object, "extensions"), STIX_EXT_PERSON);
    names_record record;
    bool individual = ent_str_is(ent_json_get_text(object, "identity_class"), "individual"), found;
    ent_str *names;
    size_t count;

    for (ent_json d = ent_json_first(ent_json_get(person, "documents")); d.doc != NULL;
         d = ent_json_next(d)) {
        ENT_TRY(pair_add(k, "doc", ent_json_get_text(d, "issuer"), ent_json_get_text(d, "number"),
                         err));
        if (!individual)
            ENT_TRY(register_key(k, d, err));
    }
    if (!individual)
        return ENT_OK;
    ENT_TRY(holdings_record(k->arena, object, &record, &found, err));
    if (!found)
        return ENT_OK;
    ENT_TRY(names_keys(k->arena, &record, &names, &count, err));
    for (size_t i = 0; i < count; i++)
        key_put(k, names[i]);
    return ENT_OK;
}

static ent_code incident_keys(struct keys *k, ent_json object, ent_err *err)
{
    for (ent_json r = ent_json_first(ent_json_get(object, "external_references")); r.doc != NULL;
         r = ent_json_next(r))
        if (ent_str_is(ent_json_get_text(r, "source_name"), "public-event"))
            ENT_TRY(key_add(k, "pub", ent_json_get_text(r, "external_id"), ENT_STR_NONE, err));
    return ENT_OK;
}

static ent_code signature_keys(struct keys *k, ent_json object, ent_err *err)
{
    ent_str kind = ent_json_get_text(object, "kind"),
            reference = ent_json_get_text(object, "reference");
    ent_str both;

    if (kind.size == 0 || reference.size == 0)
        return ENT_OK;
    both = ent_arena_printf(k->arena, "%.*s-%.*s", ENT_STR_ARG(kind), ENT_STR_ARG(reference));
    return both.ptr == NULL ? ent_fail_arena(err) : key_add(k, "sig", both, ENT_STR_NONE, err);
}

static ent_code object_keys(struct keys *k, ent_err *err)
{
    static const char *const phone[] = { "value", "number", NULL };
    static const char *const login[] = { "account_login", "user_id", NULL };
    static const char *const bank[] = { "iban", "iban_number", "account_number", NULL };
    ent_json object = k->entry->object;
    ent_str type = k->entry->type;

    if (ent_str_is(type, "identity"))
        return identity_keys(k, object, err);
    if (ent_str_is(type, "identity-document"))
        return pair_add(k, "doc", ent_json_get_text(object, "issuer"),
                        ent_json_get_text(object, "number"), err);
    if (ent_str_is(type, "forensic-signature"))
        return signature_keys(k, object, err);
    if (ent_str_is(type, "phone-number"))
        return key_add(k, "tel", first_text(object, phone), ENT_STR_NONE, err);
    if (ent_str_is(type, "user-account"))
        return pair_add(k, "acct", ent_json_get_text(object, "account_type"),
                        first_text(object, login), err);
    if (ent_str_is(type, "bank-account"))
        return pair_add(k, "acct", ENT_STR("iban"), first_text(object, bank), err);
    if (ent_str_is(type, "vehicle"))
        return pair_add(k, "plate", ent_json_get_text(object, "country"),
                        ent_json_get_text(object, "plate"), err);
    if (ent_str_is(type, "email-addr"))
        return key_add(k, "mail", ent_json_get_text(object, "value"), ENT_STR_NONE, err);
    if (ent_str_is(type, "incident"))
        return incident_keys(k, object, err);
    return ENT_OK;
}

/* Keys that the label names; they were written by a person, so a wrong one is said. */
static ent_code named_keys(struct keys *k, ent_json list, ent_err *err)
{
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v)) {
        ent_str key;

        if (key_canon(k->arena, ent_json_str(v), &key, err) != ENT_OK)
            return ent_context(err, "handling member 'keys'");
        key_put(k, key);
    }
    return ENT_OK;
}

ent_code holdings_keys(ent_arena *arena, ent_json sidecar, holdings_entry *entry, ent_err *err)
{
    const policy_label *label = &entry->label;
    struct keys k = { arena, entry };

    entry->keys = ent_arena_array(arena, KEYS_MAX, sizeof *entry->keys);
    if (entry->keys == NULL)
        return ent_fail_arena(err);
    ENT_TRY(object_keys(&k, err));
    ENT_TRY(named_keys(&k, ent_json_get(policy_handling(entry->object), "keys"), err));
    ENT_TRY(named_keys(&k, ent_json_get(sidecar, "keys"), err));
    if (entry->revoked || label->discover == POLICY_SILENT || label->no_disclosure ||
        policy_protected(label->category))
        entry->key_count = 0; /* never looked for, so never there to be found */
    return ENT_OK;
}
