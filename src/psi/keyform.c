#include "psi/keyform.h"

#include "base/buf.h"
#include "base/limits.h"

enum rule { UPPER, LOWER, PHONE, EXACT };

static const struct {
    psi_keyform form;
    enum rule rule;
} forms[] = {
#define X(prefix, rule, reassignable, meaning) { { (prefix), (reassignable), (meaning) }, (rule) },
#include "psi/keyform.def"
#undef X
};

static const size_t form_count = sizeof forms / sizeof *forms;

/* Where in the table, or form_count. */
static size_t form_find(ent_str key)
{
    size_t i;

    for (i = 0; i < form_count; i++) {
        size_t size = strlen(forms[i].form.prefix);

        if (key.size > size && key.ptr[size] == ':' &&
            memcmp(key.ptr, forms[i].form.prefix, size) == 0)
            break;
    }
    return i;
}

const psi_keyform *psi_keyform_of(ent_str key)
{
    size_t at = form_find(key);

    return at == form_count ? NULL : &forms[at].form;
}

int psi_keyform_number(ent_str key)
{
    size_t at = form_find(key);

    return at == form_count ? -1 : (int)at;
}

const psi_keyform *psi_keyform_at(int number)
{
    return number < 0 || (size_t)number >= form_count ? NULL : &forms[number].form;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The character as the rule writes it, or 0 to drop it. */
static char written(char c, enum rule rule)
{
    bool lower = c >= 'a' && c <= 'z', upper = c >= 'A' && c <= 'Z';

    switch (rule) {
    case EXACT:
        return c;
    case PHONE:
        return is_digit(c) ? c : '\0';
    case UPPER:
        return lower                                                 ? (char)(c - 'a' + 'A')
               : upper || is_digit(c) || c == ':' || (c & 0x80) != 0 ? c
                                                                     : '\0';
    case LOWER:
    default:
        if (upper)
            return (char)(c - 'A' + 'a');
        return lower || is_digit(c) || (c & 0x80) != 0 || (c != '\0' && strchr(":._-@+", c) != NULL)
                   ? c
                   : '\0';
    }
}

ent_code psi_key_canon(ent_arena *arena, ent_str key, ent_str *canonical, ent_err *err)
{
    size_t at = form_find(key), start;
    ent_buf buf;

    if (at == form_count)
        return ent_fail(err, ENT_FORMAT,
                        "the match key '%.*s' is of no known namespace [psi/keyform.def]",
                        key.size > 60 ? 60 : (int)key.size, key.ptr);
    start = strlen(forms[at].form.prefix) + 1;
    ent_buf_init(&buf, arena);
    ent_buf_put(&buf, key.ptr, start);
    if (forms[at].rule == PHONE)
        ent_buf_byte(&buf, '+');
    for (size_t i = start; i < key.size; i++) {
        char c = written(key.ptr[i], forms[at].rule);

        if (c != '\0')
            ent_buf_byte(&buf, (unsigned char)c);
    }
    ENT_TRY(ent_buf_done(&buf, canonical, err));
    if (canonical->size <= start + (forms[at].rule == PHONE))
        return ent_fail(err, ENT_FORMAT, "the match key '%.*s' has no value",
                        key.size > 60 ? 60 : (int)key.size, key.ptr);
    if (canonical->size > ENT_LIMIT_MATCH_KEY)
        return ent_fail(err, ENT_FORMAT,
                        "the match key '%.60s...' has more than %d bytes [limit MATCH_KEY]",
                        key.ptr, ENT_LIMIT_MATCH_KEY);
    return ENT_OK;
}
