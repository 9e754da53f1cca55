#include "stix/format.h"

#include "base/text.h"
#include "base/time.h"
#include "stix/model.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_letter(char c)
{
    return is_lower(c) || (c >= 'A' && c <= 'Z');
}

static bool is_alnum(char c)
{
    return is_letter(c) || is_digit(c);
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static ent_str part(ent_str text, size_t from, size_t to)
{
    return (ent_str){ text.ptr + from, to - from };
}

/* Where `c` is at or behind `from`, or the size. */
static size_t find(ent_str text, size_t from, char c)
{
    const char *at = from >= text.size ? NULL : memchr(text.ptr + from, c, text.size - from);

    return at == NULL ? text.size : (size_t)(at - text.ptr);
}

/* ---- names and identifiers ---- */

bool stix_type_name_ok(ent_str name)
{
    if (name.size < 3 || name.size > 250 || !is_lower(name.ptr[0]))
        return false;
    for (size_t i = 0; i < name.size; i++) {
        char c = name.ptr[i];

        if (!is_lower(c) && !is_digit(c) && c != '-')
            return false;
        if (c == '-' && i + 1 < name.size && name.ptr[i + 1] == '-')
            return false;
    }
    return true;
}

bool stix_property_name_ok(ent_str name)
{
    if (ent_str_equal(name, ENT_STR("id")))
        return true;
    if (name.size < 3 || name.size > 250 || !is_lower(name.ptr[0]))
        return false;
    for (size_t i = 0; i < name.size; i++)
        if (!is_lower(name.ptr[i]) && !is_digit(name.ptr[i]) && name.ptr[i] != '_')
            return false;
    return true;
}

bool stix_property_name_loose(ent_str name)
{
    return name.size >= 3 && stix_property_name_ok((ent_str){ name.ptr, 3 }) &&
           stix_key_ok(name, 3);
}

bool stix_key_ok(ent_str name, size_t least)
{
    if (name.size < least || name.size > 250)
        return false;
    for (size_t i = 0; i < name.size; i++)
        if (!is_alnum(name.ptr[i]) && name.ptr[i] != '_' && name.ptr[i] != '-')
            return false;
    return true;
}

/* Hex with hyphens, version 1 to 5, variant of RFC 4122, which reads both cases. */
static bool uuid_ok(const char *p)
{
    static const uint8_t groups[] = { 0, 8, 9, 13, 14, 18, 19, 23, 24, 36 };
    bool ok = p[8] == '-' && p[13] == '-' && p[18] == '-' && p[23] == '-';

    for (size_t g = 0; g < sizeof groups; g += 2)
        for (unsigned i = groups[g]; i < groups[g + 1]; i++) {
            unsigned c = (unsigned char)p[i], digit = c - '0', letter = (c | 0x20) - 'a';

            ok &= (digit <= 9) | (letter <= 5);
        }
    return ok && p[14] >= '1' && p[14] <= '5' &&
           (p[19] == '8' || p[19] == '9' || (p[19] | 0x20) == 'a' || (p[19] | 0x20) == 'b');
}

bool stix_id_split(ent_str id, ent_str *type, int *version)
{
    size_t at;

    if (id.size < 3 + 38)
        return false;
    at = id.size - 38;
    if (id.ptr[at] != '-' || id.ptr[at + 1] != '-' || !uuid_ok(id.ptr + at + 2) ||
        !stix_type_name_ok(part(id, 0, at)))
        return false;
    if (type != NULL)
        *type = part(id, 0, at);
    if (version != NULL)
        *version = id.ptr[at + 2 + 14] - '0';
    return true;
}

/* ---- times ---- */

/* The days at whose end UTC had a second 60 (IERS Bulletin C), as YYYYMMDD. */
static const int leap_seconds[] = {
    19720630, 19721231, 19731231, 19741231, 19751231, 19761231, 19771231, 19781231, 19791231,
    19810630, 19820630, 19830630, 19850630, 19871231, 19891231, 19901231, 19920630, 19930630,
    19940630, 19951231, 19970630, 19981231, 20051231, 20081231, 20120630, 20150630, 20161231,
};

static bool leap_second(int day)
{
    for (size_t i = 0; i < sizeof leap_seconds / sizeof *leap_seconds; i++)
        if (leap_seconds[i] == day)
            return true;
    return false;
}

static int two(const char *p)
{
    return (p[0] - '0') * 10 + (p[1] - '0');
}

bool stix_timestamp_ok(ent_str text)
{
    static const char form[] = "dddd-dd-ddTdd:dd:dd";
    const char *p = text.ptr;
    int year, month, day, second;

    if (text.size < 20 || p[text.size - 1] != 'Z')
        return false;
    for (size_t i = 0; i < 19; i++)
        if (form[i] == 'd' ? !is_digit(p[i]) : p[i] != form[i])
            return false;
    if (text.size > 20 && (p[19] != '.' || text.size == 21))
        return false;
    for (size_t i = 20; i + 1 < text.size; i++)
        if (!is_digit(p[i]))
            return false;
    year = two(p) * 100 + two(p + 2);
    month = two(p + 5);
    day = two(p + 8);
    second = two(p + 17);
    if (!ent_date_exists(year, month, day) || two(p + 11) > 23 || two(p + 14) > 59)
        return false;
    return second <= 59 || (second == 60 && memcmp(p + 11, "23:59", 5) == 0 &&
                            leap_second(year * 10000 + month * 100 + day));
}

size_t stix_timestamp_digits(ent_str text)
{
    return text.size <= 20 ? 0 : text.size - 21;
}

int stix_timestamp_compare(ent_str a, ent_str b)
{
    size_t na = stix_timestamp_digits(a), nb = stix_timestamp_digits(b);
    int sign = memcmp(a.ptr, b.ptr, 19);

    for (size_t i = 0; sign == 0 && (i < na || i < nb); i++)
        sign = (i < na ? a.ptr[20 + i] : '0') - (i < nb ? b.ptr[20 + i] : '0');
    return (sign > 0) - (sign < 0);
}

/* ---- bytes ---- */

bool stix_hex_ok(ent_str text)
{
    for (size_t i = 0; i < text.size; i++)
        if (!is_hex(text.ptr[i]))
            return false;
    return text.size % 2 == 0 && text.size > 0;
}

bool stix_base64_ok(ent_str text)
{
    size_t end = text.size;

    if (text.size == 0 || text.size % 4 != 0)
        return false;
    while (end > text.size - 2 && text.ptr[end - 1] == '=')
        end--;
    for (size_t i = 0; i < end; i++)
        if (!is_alnum(text.ptr[i]) && text.ptr[i] != '+' && text.ptr[i] != '/')
            return false;
    return true;
}

/* ---- network names ---- */

/* A decimal number up to `most` without leading zeros. */
static bool decimal(ent_str text, int most, int *value)
{
    int n = 0;

    if (text.size == 0 || text.size > 3 || (text.size > 1 && text.ptr[0] == '0'))
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (!is_digit(text.ptr[i]))
            return false;
        n = n * 10 + (text.ptr[i] - '0');
    }
    *value = n;
    return n <= most;
}

static bool ipv4_address(ent_str text, uint8_t address[4])
{
    size_t at = 0;

    for (int i = 0; i < 4; i++) {
        size_t end = find(text, at, '.');
        int value;

        if (at > text.size || (i < 3 && end == text.size) || (i == 3 && end != text.size) ||
            !decimal(part(text, at, end), 255, &value))
            return false;
        address[i] = (uint8_t)value;
        at = end + 1;
    }
    return true;
}

bool stix_ipv4_read(ent_str text, uint8_t address[4], int *bits)
{
    size_t slash = find(text, 0, '/');

    *bits = 32;
    if (slash < text.size && !decimal(part(text, slash + 1, text.size), 32, bits))
        return false;
    return ipv4_address(part(text, 0, slash), address);
}

static int hex_value(char c)
{
    return is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* Groups of an IPv6 address from text[at] on, until the end or "::". */
static bool ipv6_groups(ent_str text, size_t *at, uint8_t *out, int *count)
{
    while (*at < text.size && *count < 8) {
        size_t end = find(text, *at, ':');
        ent_str group = part(text, *at, end);
        int value = 0;

        if (end == text.size && *count <= 6 && ipv4_address(group, out + (size_t)*count * 2)) {
            *count += 2;
            *at = end;
            return true;
        }
        if (group.size == 0 || group.size > 4)
            return false;
        for (size_t i = 0; i < group.size; i++) {
            if (!is_hex(group.ptr[i]))
                return false;
            value = value << 4 | hex_value(group.ptr[i]);
        }
        out[(size_t)*count * 2] = (uint8_t)(value >> 8);
        out[(size_t)*count * 2 + 1] = (uint8_t)value;
        (*count)++;
        *at = end;
        if (end == text.size || (end + 1 < text.size && text.ptr[end + 1] == ':'))
            return true;
        *at = end + 1;
        if (*at == text.size)
            return false;
    }
    return *at == text.size;
}

static bool ipv6_address(ent_str text, uint8_t address[16])
{
    uint8_t head[16] = { 0 }, tail[16] = { 0 };
    int heads = 0, tails = 0;
    size_t at = 0;
    bool gap = text.size >= 2 && memcmp(text.ptr, "::", 2) == 0;

    if (!gap && !ipv6_groups(text, &at, head, &heads))
        return false;
    if (at < text.size || gap) {
        at += 2;
        gap = true;
        if (at < text.size && (!ipv6_groups(text, &at, tail, &tails) || at != text.size))
            return false;
    }
    if (gap ? heads + tails > 7 : heads != 8)
        return false;
    memset(address, 0, 16);
    memcpy(address, head, (size_t)heads * 2);
    memcpy(address + 16 - (size_t)tails * 2, tail, (size_t)tails * 2);
    return true;
}

bool stix_ipv6_read(ent_str text, uint8_t address[16], int *bits)
{
    size_t slash = find(text, 0, '/'), zone = find(text, 0, '%');

    *bits = 128;
    if (slash < text.size && !decimal(part(text, slash + 1, text.size), 128, bits))
        return false;
    if (zone + 1 == slash)
        return false;
    return ipv6_address(part(text, 0, zone < slash ? zone : slash), address);
}

static bool mac_ok(ent_str text)
{
    if (text.size != 17)
        return false;
    for (size_t i = 0; i < 17; i++) {
        char c = text.ptr[i];

        if (i % 3 == 2 ? c != ':' : !is_digit(c) && !(c >= 'a' && c <= 'f'))
            return false;
    }
    return true;
}

/* RFC 1034 labels with the underscore that DNS allows, or U-labels of RFC 5890. */
static bool domain_ok(ent_str text)
{
    size_t at = 0, size = text.size;

    if (size > 1 && text.ptr[size - 1] == '.')
        size--;
    if (size == 0 || size > 253)
        return false;
    while (at <= size) {
        size_t end = find(part(text, 0, size), at, '.');

        if (end == at || end - at > 63 || text.ptr[at] == '-' || text.ptr[end - 1] == '-')
            return false;
        for (size_t i = at; i < end; i++)
            if (!is_alnum(text.ptr[i]) && text.ptr[i] != '-' && text.ptr[i] != '_' &&
                (unsigned char)text.ptr[i] < 0x80)
                return false;
        at = end + 1;
    }
    return true;
}

/* addr-spec of RFC 5322 in the wide sense: no display name, no blanks, one address. */
static bool email_ok(ent_str text)
{
    size_t at = text.size;

    while (at > 0 && text.ptr[at - 1] != '@')
        at--;
    if (at <= 1 || at == text.size)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.ptr[i];

        if ((unsigned char)c <= ' ' || c == 0x7f || c == '<' || c == '>' ||
            (c == '@' && i != at - 1 && text.ptr[0] != '"'))
            return false;
    }
    return text.ptr[at] == '[' || domain_ok(part(text, at, text.size));
}

/* An absolute URI of RFC 3986: a scheme, then only characters that a URI may hold. */
static bool url_ok(ent_str text)
{
    size_t colon = find(text, 0, ':');

    if (colon == text.size || colon == 0 || colon + 1 == text.size || !is_letter(text.ptr[0]))
        return false;
    for (size_t i = 0; i < colon; i++)
        if (!is_alnum(text.ptr[i]) && strchr("+-.", text.ptr[i]) == NULL)
            return false;
    for (size_t i = colon + 1; i < text.size; i++) {
        char c = text.ptr[i];

        if (c == '%') {
            if (i + 2 >= text.size || !is_hex(text.ptr[i + 1]) || !is_hex(text.ptr[i + 2]))
                return false;
        } else if (c == '\0' || (!is_alnum(c) && strchr("-._~:/?#[]@!$&'()*+,;=", c) == NULL)) {
            return false;
        }
    }
    return true;
}

/* ---- words ---- */

/* A CPE 2.3 formatted string (NISTIR 7695 s6.2): "cpe:2.3:" and eleven components. */
static bool cpe_ok(ent_str text)
{
    size_t components = 0, from;

    if (!ent_str_starts(text, ENT_STR("cpe:2.3:")) || text.size < 9 ||
        strchr("aho*-", text.ptr[8]) == NULL)
        return false;
    from = 8;
    for (size_t i = 8; i <= text.size; i++) {
        char c = i < text.size ? text.ptr[i] : ':';

        if (c == '\\') {
            if (i + 1 >= text.size || is_alnum(text.ptr[i + 1]) || text.ptr[i + 1] <= ' ')
                return false;
            i++;
        } else if (c == ':') {
            if (i == from || (components == 0 && i != from + 1))
                return false;
            components++;
            from = i + 1;
        } else if (c == '\0' || (!is_alnum(c) && strchr("._-*?", c) == NULL)) {
            return false;
        }
    }
    return components == 11;
}

/* RFC 5646 s2.1: language, then script, region, variants, extensions, private use. */
bool stix_language_ok(ent_str text)
{
    size_t at = 0, number = 0;
    bool single = false;

    if (text.size > 1 && (text.ptr[0] == 'x' || text.ptr[0] == 'i') && text.ptr[1] == '-')
        single = true;
    while (at <= text.size) {
        size_t end = find(text, at, '-');
        ent_str tag = part(text, at, end);

        if (tag.size == 0 || tag.size > 8)
            return false;
        for (size_t i = 0; i < tag.size; i++)
            if (!is_alnum(tag.ptr[i]))
                return false;
        if (number == 0 && !single && !stix_language_known(tag))
            return false;
        if (number > 0 && tag.size == 1) {
            if (end == text.size)
                return false;
            single = true;
        }
        at = end + 1;
        number++;
    }
    return true;
}

static bool chars_ok(ent_str text, const char *more, size_t most)
{
    if (text.size == 0 || text.size > most)
        return false;
    for (size_t i = 0; i < text.size; i++)
        if (!is_alnum(text.ptr[i]) && (text.ptr[i] == '\0' || strchr(more, text.ptr[i]) == NULL))
            return false;
    return true;
}

static bool lower_hyphen_ok(ent_str text)
{
    bool letter = false;

    for (size_t i = 0; i < text.size; i++) {
        if (text.ptr[i] == '_' || text.ptr[i] == ' ' || (text.ptr[i] >= 'A' && text.ptr[i] <= 'Z'))
            return false;
        letter = letter || is_lower(text.ptr[i]) || (unsigned char)text.ptr[i] >= 0x80;
    }
    return letter;
}

static bool relationship_type_ok(ent_str text)
{
    for (size_t i = 0; i < text.size; i++)
        if (!is_lower(text.ptr[i]) && !is_digit(text.ptr[i]) && text.ptr[i] != '-')
            return false;
    return text.size > 0;
}

static bool registry_key_ok(ent_str text)
{
    static const char *const short_hives[] = { "HKLM", "HKCC", "HKCR", "HKCU", "HKU",
                                               "hklm", "hkcc", "hkcr", "hkcu", "hku" };
    ent_str hive = part(text, 0, find(text, 0, '\\'));

    for (size_t i = 0; i < sizeof short_hives / sizeof *short_hives; i++)
        if (ent_str_is(hive, short_hives[i]))
            return false;
    return true;
}

static bool product_ok(ent_str text)
{
    for (size_t i = 0; i < text.size; i++)
        if (!is_lower(text.ptr[i]) && !is_digit(text.ptr[i]) && text.ptr[i] != '-')
            return false;
    return text.size > 0;
}

static bool country_ok(ent_str text)
{
    char upper[2];

    if (text.size != 2)
        return false;
    for (int i = 0; i < 2; i++)
        upper[i] = is_lower(text.ptr[i]) ? (char)(text.ptr[i] - 'a' + 'A') : text.ptr[i];
    return stix_registry_has(STIX_REGISTRY_COUNTRY, (ent_str){ upper, 2 });
}

static bool match_key_ok(ent_str text)
{
    size_t colon = find(text, 0, ':');

    if (colon == 0 || colon + 1 >= text.size)
        return false;
    for (size_t i = 0; i < colon; i++)
        if (!is_lower(text.ptr[i]))
            return false;
    return true;
}

static bool days_ok(ent_str text, bool interval)
{
    ent_days days;
    ent_err err;

    if (text.size < 4)
        return false;
    return (interval ? ent_interval_read(text, &days, &err) : ent_days_read(text, &days, &err)) ==
           ENT_OK;
}

static bool script_ok(ent_str text)
{
    if (text.size != 4 || !is_letter(text.ptr[0]) || is_lower(text.ptr[0]))
        return false;
    return is_lower(text.ptr[1]) && is_lower(text.ptr[2]) && is_lower(text.ptr[3]);
}

static bool network_format_ok(stix_format format, ent_str text)
{
    uint8_t address[16];
    int bits;

    if (format == STIX_FORMAT_ipv4)
        return stix_ipv4_read(text, address, &bits);
    if (format == STIX_FORMAT_ipv6)
        return stix_ipv6_read(text, address, &bits);
    if (format == STIX_FORMAT_mac)
        return mac_ok(text);
    if (format == STIX_FORMAT_domain)
        return domain_ok(text);
    if (format == STIX_FORMAT_email)
        return email_ok(text);
    return url_ok(text);
}

bool stix_format_ok(stix_format format, ent_str text)
{
    switch (format) {
    case STIX_FORMAT_ipv4:
    case STIX_FORMAT_ipv6:
    case STIX_FORMAT_mac:
    case STIX_FORMAT_domain:
    case STIX_FORMAT_email:
    case STIX_FORMAT_url:
        return network_format_ok(format, text);
    case STIX_FORMAT_cpe:
        return cpe_ok(text);
    case STIX_FORMAT_language:
    case STIX_FORMAT_software_language:
        return stix_language_ok(text);
    case STIX_FORMAT_charset:
        return stix_registry_has(STIX_REGISTRY_CHARSET, text);
    case STIX_FORMAT_property_name:
        return stix_property_name_ok(text);
    case STIX_FORMAT_relationship_type:
        return relationship_type_ok(text);
    case STIX_FORMAT_registry_key:
        return registry_key_ok(text);
    case STIX_FORMAT_media_type:
        return stix_registry_has(STIX_REGISTRY_MEDIA_TYPE, text);
    case STIX_FORMAT_protocol:
        return stix_registry_has(STIX_REGISTRY_PROTOCOL, text);
    case STIX_FORMAT_process_priority:
        return text.size > 6 && memcmp(text.ptr + text.size - 6, "_CLASS", 6) == 0;
    case STIX_FORMAT_product:
        return product_ok(text);
    case STIX_FORMAT_lower_hyphen:
        return lower_hyphen_ok(text);
    case STIX_FORMAT_country:
        return country_ok(text);
    case STIX_FORMAT_date:
        return days_ok(text, false);
    case STIX_FORMAT_interval:
        return days_ok(text, true);
    case STIX_FORMAT_code:
        return chars_ok(text, "-_", 64);
    case STIX_FORMAT_reference:
        return chars_ok(text, "-_./", 32);
    case STIX_FORMAT_match_key:
        return match_key_ok(text);
    case STIX_FORMAT_script:
        return script_ok(text);
    case STIX_FORMAT_COUNT:
        break;
    }
    return true;
}

stix_rule stix_format_rule(stix_format format)
{
    static const stix_rule rules[] = {
#define X(symbol, rule) STIX_RULE_##rule,
#include "stix/model/formats.def"
#undef X
    };

    return rules[format];
}

/* ---- hashes ---- */

static const struct hash {
    const char *plain, *name;
    size_t digits; /* of its hex form; 0: another form */
} hashes[] = {
    { "MD5", "MD5", 32 },          { "MD6", "MD6", 0 },           { "RIPEMD160", "RIPEMD-160", 40 },
    { "SHA1", "SHA-1", 40 },       { "SHA224", "SHA-224", 56 },   { "SHA256", "SHA-256", 64 },
    { "SHA384", "SHA-384", 96 },   { "SHA512", "SHA-512", 128 },  { "SHA3224", "SHA3-224", 56 },
    { "SHA3256", "SHA3-256", 64 }, { "SHA3384", "SHA3-384", 96 }, { "SHA3512", "SHA3-512", 128 },
    { "SSDEEP", "SSDEEP", 0 },     { "TLSH", "TLSH", 0 },         { "WHIRLPOOL", "WHIRLPOOL", 128 },
};

/* Compares without case and without - and _. */
static const struct hash *hash_find(ent_str name)
{
    char plain[16];
    size_t size = 0;

    for (size_t i = 0; i < name.size; i++) {
        char c = name.ptr[i];

        if (c == '-' || c == '_')
            continue;
        if (size == sizeof plain)
            return NULL;
        plain[size++] = is_lower(c) ? (char)(c - 'a' + 'A') : c;
    }
    for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++)
        if (ent_str_is((ent_str){ plain, size }, hashes[i].plain))
            return &hashes[i];
    return NULL;
}

ent_str stix_hash_algorithm(ent_str name)
{
    const struct hash *hash = hash_find(name);

    return hash == NULL ? ENT_STR_NONE : ent_str_of(hash->name);
}

static bool hex_digits(ent_str value)
{
    for (size_t i = 0; i < value.size; i++)
        if (!is_hex(value.ptr[i]))
            return false;
    return true;
}

bool stix_hash_ok(ent_str algorithm, ent_str value)
{
    const struct hash *hash = hash_find(algorithm);

    if (hash == NULL)
        return true;
    if (hash->digits > 0)
        return value.size == hash->digits && hex_digits(value);
    if (ent_str_is(algorithm, "SSDEEP") || hash->plain[1] == 'S')
        return chars_ok(value, "/+:.", 128);
    if (hash->plain[0] == 'T') /* a version "T1" in front came with TLSH 4 */
        return (value.size == 70 || (value.size == 72 && value.ptr[0] == 'T')) &&
               chars_ok(value, "", 72);
    return value.size >= 32 && value.size <= 128 && value.size % 8 == 0 && hex_digits(value);
}
