#include "link/entry.h"

#include "base/json.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "base/text.h"

#include <inttypes.h>

static const char *const kind_names[LINK_KIND_COUNT] = {
#define X(symbol, name, body) [LINK_##symbol] = (name),
#include "link/kinds.def"
#undef X
};

const char *link_kind_name(link_kind kind)
{
    return kind < LINK_KIND_COUNT ? kind_names[kind] : "unknown";
}

bool link_kind_read(ent_str name, link_kind *kind)
{
    for (int i = 0; i < LINK_KIND_COUNT; i++)
        if (ent_str_is(name, kind_names[i])) {
            *kind = (link_kind)i;
            return true;
        }
    return false;
}

bool link_kind_urgent(link_kind kind)
{
    return kind == LINK_RECALL || kind == LINK_CORRECTION || kind == LINK_SUSPEND ||
           kind == LINK_KEY;
}

bool link_kind_ahead(link_kind kind)
{
    return link_kind_urgent(kind) || kind == LINK_FLASH;
}

bool link_kind_for_readers(link_kind kind)
{
    return link_kind_urgent(kind) || kind == LINK_RELEASE || kind == LINK_EVIDENCE ||
           kind == LINK_AGREEMENT || kind == LINK_AGREEMENT_SIGNATURE ||
           kind == LINK_AGREEMENT_SUSPEND || kind == LINK_HELLO || kind == LINK_HEADS;
}

/* Members in the order RFC 8785 sorts them, so that no sorting is needed. */
ent_code link_entry_write(ent_arena *arena, const link_entry *entry, ent_str *text, ent_err *err)
{
    char time[ENT_TIME_TEXT];
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_time_write(entry->time, time);
    ent_jw_object(&w);
    ent_jw_key(&w, "body");
    ent_jw_hex(&w, entry->body.bytes, ENT_HASH_SIZE);
    ent_jw_key(&w, "id");
    ent_jw_c(&w, entry->id);
    ent_jw_key(&w, "kind");
    ent_jw_c(&w, entry->kind == LINK_UNKNOWN ? entry->unknown : kind_names[entry->kind]);
    ent_jw_key(&w, "seq");
    ent_jw_int(&w, (int64_t)entry->seq);
    ent_jw_key(&w, "time");
    ent_jw_c(&w, time);
    ent_jw_key(&w, "v");
    ent_jw_int(&w, entry->version == 0 ? 1 : (int64_t)entry->version);
    ent_jw_end(&w);
    return ent_buf_done(&buf, text, err);
}

/* Of a kind that this program does not know only the name is kept. */
static bool unknown_take(ent_str name, link_entry *entry)
{
    if (name.size == 0 || name.size >= LINK_KIND_NAME)
        return false;
    for (size_t i = 0; i < name.size; i++)
        if ((name.ptr[i] < 'a' || name.ptr[i] > 'z') && name.ptr[i] != '-')
            return false;
    memcpy(entry->unknown, name.ptr, name.size);
    entry->unknown[name.size] = '\0';
    entry->kind = LINK_UNKNOWN;
    return true;
}

ent_code link_entry_read(ent_arena *arena, ent_str text, link_entry *entry, ent_err *err)
{
    int64_t version, seq;
    ent_str id, again;
    ent_json root;

    if (text.size > ENT_LIMIT_ENTRY_SIZE)
        return ent_fail(err, ENT_LIMIT, "an entry has %zu bytes, more than %d", text.size,
                        ENT_LIMIT_ENTRY_SIZE);
    ENT_TRY(ent_json_read(arena, text, &root, err));
    if (!ent_json_int(ent_json_get(root, "v"), &version) || version < 1 || version > 1000)
        return ent_fail(err, ENT_FORMAT,
                        "member 'v' of an entry is no version from 1 to 1000 [link/entry.h]");
    entry->version = (unsigned)version;
    if (!ent_json_int(ent_json_get(root, "seq"), &seq) || seq < 0 || seq >= ENT_LIMIT_LOG_SIZE)
        return ent_fail(err, ENT_FORMAT,
                        "member 'seq' of an entry is no place in a log [link/entry.h]");
    entry->seq = (uint64_t)seq;
    entry->unknown[0] = '\0';
    if (!link_kind_read(ent_json_get_text(root, "kind"), &entry->kind) &&
        !unknown_take(ent_json_get_text(root, "kind"), entry))
        return ent_fail(err, ENT_FORMAT,
                        "member 'kind' of entry %" PRIu64 " is no name of a kind [link/kinds.def]",
                        entry->seq);
    id = ent_json_get_text(root, "id");
    if (!ent_uuid_valid(id))
        return ent_fail(err, ENT_FORMAT,
                        "member 'id' of entry %" PRIu64 " is no UUID [RFC 4122 s3]", entry->seq);
    memcpy(entry->id, id.ptr, 36);
    entry->id[36] = '\0';
    if (ent_hex_read(ent_json_get_text(root, "body"), entry->body.bytes, ENT_HASH_SIZE, err) !=
            ENT_OK ||
        ent_time_read(ent_json_get_text(root, "time"), &entry->time, err) != ENT_OK)
        return ent_context(err, "entry %" PRIu64, entry->seq);

    /* One writing for each entry: whatever else is in the text shows here. */
    ENT_TRY(link_entry_write(arena, entry, &again, err));
    if (!ent_str_equal(again, text))
        return ent_fail(err, ENT_FORMAT,
                        "entry %" PRIu64 " is not in its canonical form [RFC 8785]", entry->seq);
    return ENT_OK;
}
