#include "taxii/filter.h"

#include "base/buf.h"
#include "base/text.h"
#include "taxii/store.h"

#include <sodium.h>
#include <stdlib.h>

#define LIST_MOST 1024

/* ---- decoding ---- */

static int digit_of(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

ent_code taxii_decode(ent_arena *arena, ent_str text, ent_str *decoded, ent_err *err)
{
    char *out = ent_arena_alloc(arena, text.size + 1);
    size_t size = 0;

    if (out == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < text.size; i++) {
        char c = text.ptr[i];

        if (c == '%') {
            int high = i + 2 < text.size ? digit_of(text.ptr[i + 1]) : -1;
            int low = i + 2 < text.size ? digit_of(text.ptr[i + 2]) : -1;

            if (high < 0 || low < 0)
                return ent_fail(err, ENT_FORMAT, "a percent sign without two hex digits");
            c = (char)(high * 16 + low);
            i += 2;
        }
        if (c == '\0')
            return ent_fail(err, ENT_FORMAT, "a NUL character");
        out[size++] = c;
    }
    *decoded = (ent_str){ out, size };
    return ent_utf8_valid(*decoded) ? ENT_OK : ent_fail(err, ENT_FORMAT, "text that is no UTF-8");
}

/* ---- one parameter ---- */

typedef enum parameter { ADDED_AFTER, LIMIT, NEXT, ID, TYPE, VERSION, SPEC, PARAMETERS } parameter;

static const struct {
    const char *name;
    unsigned takes;
} parameters[PARAMETERS] = {
    [ADDED_AFTER] = { "added_after", TAXII_TAKES_PAGE },
    [LIMIT] = { "limit", TAXII_TAKES_PAGE },
    [NEXT] = { "next", TAXII_TAKES_PAGE },
    [ID] = { "match[id]", TAXII_TAKES_IDS },
    [TYPE] = { "match[type]", TAXII_TAKES_IDS },
    [VERSION] = { "match[version]", TAXII_TAKES_VERSION },
    [SPEC] = { "match[spec_version]", TAXII_TAKES_SPEC },
};

struct reading {
    ent_arena *arena;
    unsigned takes;
    taxii_filter *filter;
    bool seen[PARAMETERS];
    bool none, no_limit; /* `match[version]` was absent; so was `limit` */
    ent_str token;
};

static ent_code added_after_read(struct reading *r, ent_str value, ent_err *err)
{
    /* "+00:00" is UTC too; a '+' that was not escaped may have become a blank. */
    if (value.size > 6 && memcmp(value.ptr + value.size - 5, "00:00", 5) == 0 &&
        (value.ptr[value.size - 6] == '+' || value.ptr[value.size - 6] == ' ')) {
        value = ent_arena_printf(r->arena, "%.*sZ", (int)value.size - 6, value.ptr);
        if (value.ptr == NULL)
            return ent_fail_arena(err);
    }
    r->filter->has_added_after = true;
    return ent_time_read(value, &r->filter->added_after, err);
}

static ent_code limit_read(struct reading *r, ent_str value, ent_err *err)
{
    size_t limit = 0;

    for (size_t i = 0; i < value.size; i++) {
        if (value.ptr[i] < '0' || value.ptr[i] > '9')
            return ent_fail(err, ENT_FORMAT, "no whole number");
        if (limit <= TAXII_LIMIT_MOST)
            limit = limit * 10 + (size_t)(value.ptr[i] - '0');
    }
    if (limit == 0)
        return ent_fail(err, ENT_FORMAT, "no number above zero");
    r->filter->limit = limit > TAXII_LIMIT_MOST ? TAXII_LIMIT_MOST : limit;
    return ENT_OK;
}

static int by_text(const void *a, const void *b)
{
    return ent_str_compare(*(const ent_str *)a, *(const ent_str *)b);
}

/* The values between commas, sorted, each once. */
static ent_code list_read(struct reading *r, ent_str value, taxii_list *list, bool once,
                          ent_err *err)
{
    size_t count = 1, kept = 0;
    ent_str *items;

    for (size_t i = 0; i < value.size; i++)
        count += value.ptr[i] == ',';
    if (count > LIST_MOST)
        return ent_fail(err, ENT_FORMAT, "more than %d values", LIST_MOST);
    items = ent_arena_array(r->arena, count, sizeof *items);
    if (items == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0, start = 0, at = 0; i <= value.size; i++) {
        if (i < value.size && value.ptr[i] != ',')
            continue;
        if (i == start)
            return ent_fail(err, ENT_FORMAT, "an empty value");
        items[at++] = (ent_str){ value.ptr + start, i - start };
        start = i + 1;
    }
    qsort(items, count, sizeof *items, by_text);
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && ent_str_equal(items[i], items[kept - 1])) {
            if (once)
                return ent_fail(err, ENT_FORMAT, "the same value twice");
            continue;
        }
        items[kept++] = items[i];
    }
    *list = (taxii_list){ items, kept, true };
    return ENT_OK;
}

static ent_code version_read(struct reading *r, ent_str value, ent_err *err)
{
    taxii_filter *f = r->filter;
    taxii_list words;
    ent_str *keys;
    size_t count = 0;

    ENT_TRY(list_read(r, value, &words, true, err));
    keys = ent_arena_array(r->arena, words.count, sizeof *keys);
    if (keys == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < words.count; i++) {
        if (ent_str_is(words.items[i], "all"))
            f->all = true;
        else if (ent_str_is(words.items[i], "first"))
            f->first = true;
        else if (ent_str_is(words.items[i], "last"))
            f->last = true;
        else
            ENT_TRY(taxii_version_key(r->arena, words.items[i], &keys[count++], err));
    }
    if (f->all && words.count > 1)
        return ent_fail(err, ENT_FORMAT, "'all' beside other values [TAXII 2.1 s3.4.1.3]");
    qsort(keys, count, sizeof *keys, by_text);
    for (size_t i = 1; i < count; i++)
        if (ent_str_equal(keys[i], keys[i - 1]))
            return ent_fail(err, ENT_FORMAT, "the same version twice");
    f->versions = (taxii_list){ keys, count, true };
    return ENT_OK;
}

bool taxii_spec_valid(ent_str spec)
{
    return spec.size == 3 && spec.ptr[0] >= '0' && spec.ptr[0] <= '9' && spec.ptr[1] == '.' &&
           spec.ptr[2] >= '0' && spec.ptr[2] <= '9';
}

static ent_code spec_read(struct reading *r, ent_str value, ent_err *err)
{
    ENT_TRY(list_read(r, value, &r->filter->specs, false, err));
    for (size_t i = 0; i < r->filter->specs.count; i++) {
        ent_str one = r->filter->specs.items[i];

        if (!taxii_spec_valid(one))
            return ent_fail(err, ENT_FORMAT, "'%.*s' is no specification version",
                            ENT_STR_ARG(one));
    }
    return ENT_OK;
}

static ent_code value_read(struct reading *r, parameter which, ent_str value, ent_err *err)
{
    switch (which) {
    case ADDED_AFTER:
        return added_after_read(r, value, err);
    case LIMIT:
        return limit_read(r, value, err);
    case NEXT:
        r->token = value;
        return ENT_OK;
    case ID:
        return list_read(r, value, &r->filter->ids, false, err);
    case TYPE:
        return list_read(r, value, &r->filter->types, false, err);
    case VERSION:
        return version_read(r, value, err);
    case SPEC:
        return spec_read(r, value, err);
    case PARAMETERS:
        break;
    }
    return ENT_OK;
}

static ent_code pair_read(struct reading *r, ent_str pair, ent_err *err)
{
    const char *equal = memchr(pair.ptr, '=', pair.size);
    size_t cut = equal == NULL ? pair.size : (size_t)(equal - pair.ptr);
    ent_str name, value = { "", 0 };

    ENT_TRY(taxii_decode(r->arena, (ent_str){ pair.ptr, cut }, &name, err));
    if (equal != NULL)
        ENT_TRY(taxii_decode(r->arena, (ent_str){ equal + 1, pair.size - cut - 1 }, &value, err));
    for (int i = 0; i < PARAMETERS; i++) {
        if (!ent_str_is(name, parameters[i].name) || (parameters[i].takes & r->takes) == 0)
            continue;
        if (r->seen[i])
            return ent_fail(err, ENT_FORMAT, "%s: given twice", parameters[i].name);
        r->seen[i] = true;
        if (value_read(r, (parameter)i, value, err) != ENT_OK)
            return ent_context(err, "%s", parameters[i].name);
    }
    return ENT_OK;
}

static ent_code query_read(struct reading *r, ent_str query, ent_err *err)
{
    for (size_t i = 0, start = 0; i <= query.size; i++) {
        if (i < query.size && query.ptr[i] != '&')
            continue;
        if (i > start)
            ENT_TRY(pair_read(r, (ent_str){ query.ptr + start, i - start }, err));
        start = i + 1;
    }
    r->none = !r->seen[VERSION];
    r->no_limit = !r->seen[LIMIT];
    return ENT_OK;
}

/* ---- tokens ---- */

/*
 * version 1 | date, 8 bytes | collection, 8 | endpoint and object, 8 | 0 or 1 |
 * filters as a query, or (1) their hash when they are long | MAC, 16
 */
#define TOKEN_HEAD  26
#define TOKEN_MAC   16
#define FILTER_HASH 16
#define FILTER_LONG 1024
#define TOKEN_MOST  (TOKEN_HEAD + FILTER_LONG + TOKEN_MAC)

static void list_write(ent_buf *buf, const char *name, const taxii_list *list, const char *words,
                       const char *after)
{
    const char *comma = "";

    if (!list->given)
        return;
    ent_buf_printf(buf, "&%s=%s", name, words);
    comma = words[0] == '\0' ? "" : ",";
    for (size_t i = 0; i < list->count; i++) {
        ent_buf_c(buf, comma);
        /* Values may hold what separates parameters. */
        for (size_t j = 0; j < list->items[i].size; j++) {
            unsigned char c = (unsigned char)list->items[i].ptr[j];

            if (c == '%' || c == '&' || c == '=')
                ent_buf_printf(buf, "%%%02x", c);
            else
                ent_buf_byte(buf, c);
        }
        ent_buf_c(buf, after);
        comma = ",";
    }
}

/* The filters in one spelling, readable as a query. */
static ent_code filter_write(ent_arena *arena, const taxii_filter *f, ent_str *text, ent_err *err)
{
    const char *words = f->all                ? "all"
                        : f->first && f->last ? "first,last"
                        : f->first            ? "first"
                        : f->last             ? "last"
                                              : "";
    char stamp[TAXII_STAMP_SIZE];
    ent_buf buf;

    ent_buf_init(&buf, arena);
    ent_buf_c(&buf, "");
    if (f->has_added_after) {
        taxii_stamp_write(f->added_after, stamp);
        ent_buf_printf(&buf, "&added_after=%s", stamp);
    }
    list_write(&buf, parameters[ID].name, &f->ids, "", "");
    list_write(&buf, parameters[TYPE].name, &f->types, "", "");
    list_write(&buf, parameters[VERSION].name, &f->versions, words, "Z");
    list_write(&buf, parameters[SPEC].name, &f->specs, "", "");
    return ent_buf_done(&buf, text, err);
}

static void number_write(uint8_t out[8], uint64_t number)
{
    for (int i = 7; i >= 0; i--, number >>= 8)
        out[i] = (uint8_t)number;
}

static uint64_t number_read(const uint8_t in[8])
{
    uint64_t number = 0;

    for (int i = 0; i < 8; i++)
        number = number << 8 | in[i];
    return number;
}

/* Parts cannot run into each other: none holds a NUL. */
static void bound_hash(const taxii_bound *bound, ent_str a, ent_str b, uint8_t out[16])
{
    crypto_generichash_state state;

    (void)crypto_generichash_init(&state, bound->key, TAXII_KEY_SIZE, 16);
    (void)crypto_generichash_update(&state, (const uint8_t *)a.ptr, a.size);
    (void)crypto_generichash_update(&state, (const uint8_t *)"", 1);
    (void)crypto_generichash_update(&state, (const uint8_t *)b.ptr, b.size);
    (void)crypto_generichash_final(&state, out, 16);
}

ent_code taxii_next_write(ent_arena *arena, const taxii_filter *filter, const taxii_bound *bound,
                          ent_time last, ent_str *token, ent_err *err)
{
    uint8_t bytes[TOKEN_MOST], hash[16];
    size_t size = TOKEN_HEAD;
    ent_str text;
    char *out;

    ENT_TRY(filter_write(arena, filter, &text, err));
    bytes[0] = 1;
    number_write(bytes + 1, (uint64_t)last);
    bound_hash(bound, bound->root, bound->collection, hash);
    memcpy(bytes + 9, hash, 8);
    bound_hash(bound, bound->endpoint, bound->object, hash);
    memcpy(bytes + 17, hash, 8);
    bytes[25] = text.size > FILTER_LONG;
    if (bytes[25]) {
        bound_hash(bound, text, ENT_STR("filter"), bytes + size);
        size += FILTER_HASH;
    } else {
        memcpy(bytes + size, text.ptr, text.size);
        size += text.size;
    }
    (void)crypto_generichash(bytes + size, TOKEN_MAC, bytes, size, bound->key, TAXII_KEY_SIZE);
    size += TOKEN_MAC;
    out = ent_arena_alloc(
        arena, sodium_base64_ENCODED_LEN(size, sodium_base64_VARIANT_URLSAFE_NO_PADDING));
    if (out == NULL)
        return ent_fail_arena(err);
    *token = ent_str_of(sodium_bin2base64(
        out, sodium_base64_ENCODED_LEN(size, sodium_base64_VARIANT_URLSAFE_NO_PADDING), bytes, size,
        sodium_base64_VARIANT_URLSAFE_NO_PADDING));
    return ENT_OK;
}

static bool list_equal(const taxii_list *a, const taxii_list *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!ent_str_equal(a->items[i], b->items[i]))
            return false;
    return true;
}

/* What the query leaves out comes from the token; what it gives must be the token's. */
static ent_code filter_join(struct reading *r, ent_str text, ent_err *err)
{
    taxii_filter of_token = { 0 }, *f = r->filter;
    struct reading token = { .arena = r->arena, .takes = r->takes, .filter = &of_token };
    taxii_list *const mine[] = { &f->ids, &f->types, &f->versions, &f->specs };
    const taxii_list *const its[] = { &of_token.ids, &of_token.types, &of_token.versions,
                                      &of_token.specs };
    static const parameter which[] = { ID, TYPE, VERSION, SPEC };

    ENT_TRY(query_read(&token, text, err));
    for (size_t i = 0; i < 4; i++) {
        bool words = which[i] == VERSION && (f->all != of_token.all || f->first != of_token.first ||
                                             f->last != of_token.last);

        if (mine[i]->given && (!its[i]->given || words || !list_equal(mine[i], its[i])))
            return ent_fail(err, ENT_FORMAT, "next: %s is not what it was on the first page",
                            parameters[which[i]].name);
        *mine[i] = *its[i];
    }
    if (f->has_added_after && (!of_token.has_added_after || f->added_after != of_token.added_after))
        return ent_fail(err, ENT_FORMAT, "next: added_after is not what it was on the first page");
    f->has_added_after = of_token.has_added_after;
    f->added_after = of_token.added_after;
    f->all = of_token.all;
    f->first = of_token.first;
    f->last = of_token.last;
    r->none = !of_token.versions.given;
    return ENT_OK;
}

static ent_code filter_same(struct reading *r, const taxii_bound *bound, const uint8_t *hash,
                            ent_err *err)
{
    uint8_t mine[16];
    ent_str text;

    ENT_TRY(filter_write(r->arena, r->filter, &text, err));
    bound_hash(bound, text, ENT_STR("filter"), mine);
    if (sodium_memcmp(mine, hash, FILTER_HASH) != 0)
        return ent_fail(err, ENT_FORMAT,
                        "next: the filters are not what they were on the first "
                        "page");
    return ENT_OK;
}

static ent_code token_read(struct reading *r, const taxii_bound *bound, ent_err *err)
{
    uint8_t bytes[TOKEN_MOST], hash[16];
    ent_str text;
    size_t size;

    if (sodium_base642bin(bytes, sizeof bytes, r->token.ptr, r->token.size, NULL, &size, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
        size < TOKEN_HEAD + TOKEN_MAC)
        return ent_fail(err, ENT_FORMAT, "next: no token of this server");
    size -= TOKEN_MAC;
    (void)crypto_generichash(hash, TOKEN_MAC, bytes, size, bound->key, TAXII_KEY_SIZE);
    if (sodium_memcmp(hash, bytes + size, TOKEN_MAC) != 0 || bytes[0] != 1)
        return ent_fail(err, ENT_FORMAT, "next: no token of this server");
    bound_hash(bound, bound->root, bound->collection, hash);
    if (memcmp(bytes + 9, hash, 8) != 0) {
        /* Some clients carry a token from one collection to the next, with an
         * added_after that says better where they are. */
        if (r->filter->has_added_after)
            return ENT_OK;
        return ent_fail(err, ENT_FORMAT, "next: the token is another collection's");
    }
    bound_hash(bound, bound->endpoint, bound->object, hash);
    if (memcmp(bytes + 17, hash, 8) != 0)
        return ent_fail(err, ENT_FORMAT, "next: the token is another endpoint's");
    if (bytes[25] != 0 && size == TOKEN_HEAD + FILTER_HASH) {
        ENT_TRY(filter_same(r, bound, bytes + TOKEN_HEAD, err));
    } else {
        text = ent_arena_str(r->arena,
                             (ent_str){ (const char *)bytes + TOKEN_HEAD, size - TOKEN_HEAD });
        if (text.ptr == NULL)
            return ent_fail_arena(err);
        ENT_TRY(filter_join(r, text, err));
    }
    r->filter->after = (ent_time)number_read(bytes + 1);
    return ENT_OK;
}

/* ---- a query ---- */

ent_code taxii_filter_read(ent_arena *arena, ent_str query, unsigned takes,
                           const taxii_bound *bound, taxii_filter *filter, ent_err *err)
{
    struct reading r = { .arena = arena, .takes = takes, .filter = filter };

    *filter = (taxii_filter){ 0 };
    ENT_TRY(query_read(&r, query, err));
    if (r.token.size > 0)
        ENT_TRY(token_read(&r, bound, err));
    if (filter->has_added_after && filter->added_after > filter->after)
        filter->after = filter->added_after;
    if (r.none)
        filter->last = true;
    if (r.no_limit)
        filter->limit = TAXII_LIMIT_DEFAULT;
    return ENT_OK;
}
