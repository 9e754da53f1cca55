#include "node/gossip.h"

#include "base/limits.h"
#include "base/text.h"
#include "desk/agreement.h"
#include "desk/work.h"
#include "ledger/tree.h"

#include <inttypes.h>
#include <stdio.h>

#define HEADS_MAX (2 * ENT_LIMIT_PARTIES * ENT_LIMIT_PARTIES)

static const char where[] = "heads";

/* ---- who is who ---- */

/* A node that we know: ourselves, or a peer. */
typedef struct known {
    const uint8_t *identity;
    const link_keys *keys;
    const char *code; /* NULL: ourselves */
} known;

static bool known_find(const node_home *home, const node_peer *peers, size_t count,
                       const uint8_t identity[32], known *out)
{
    if (memcmp(home->identity, identity, 32) == 0) {
        *out = (known){ home->identity, &home->keys, NULL };
        return true;
    }
    for (size_t i = 0; i < count; i++)
        if (memcmp(peers[i].identity, identity, 32) == 0) {
            *out = (known){ peers[i].identity, &peers[i].keys, peers[i].code };
            return true;
        }
    return false;
}

/* ---- saying ---- */

static void head_write(ent_jw *w, const uint8_t from[32], const uint8_t to[32], ent_str note)
{
    ent_jw_object(w);
    ent_jw_key(w, "from");
    ent_jw_hex(w, from, 32);
    ent_jw_key(w, "note");
    ent_jw_str(w, note);
    ent_jw_key(w, "to");
    ent_jw_hex(w, to, 32);
    ent_jw_end(w);
}

/* Both logs of our link with one party. */
static ent_code link_write(node_desk *nd, ent_arena *arena, const node_peer *party, ent_jw *w,
                           ent_err *err)
{
    const node_home *home = node_desk_home(nd);
    node_link link;
    link_head head;
    ent_code rc;

    ENT_TRY(node_link_open(arena, home, NULL, party->code, &link, err));
    rc = link_head_read(&link.host, arena, LINK_OUT, &head, err);
    if (rc == ENT_OK && head.note.ptr != NULL)
        head_write(w, home->identity, party->identity, head.note);
    if (rc == ENT_OK)
        rc = link_head_read(&link.host, arena, LINK_IN, &head, err);
    if (rc == ENT_OK && head.note.ptr != NULL)
        head_write(w, party->identity, home->identity, head.note);
    node_link_close(&link);
    return rc;
}

/* What we were told of logs that the hearer itself writes or reads: the newest of each teller. */
static ent_code remembered_write(node_desk *nd, ent_arena *arena, const node_peer *hearer,
                                 ent_jw *w, ent_err *err)
{
    store_doc *docs;
    size_t count;

    ENT_TRY(desk_docs(node_desk_desk(nd), arena, "head-last", NULL, NULL, &docs, &count, err));
    for (size_t i = 0; i < count; i++) {
        uint8_t from[32], to[32];
        ent_json json;

        ENT_TRY(ent_json_read(arena, docs[i].json, &json, err));
        ENT_TRY(desk_hex(json, "from", where, from, 32, err));
        ENT_TRY(desk_hex(json, "to", where, to, 32, err));
        if (memcmp(from, hearer->identity, 32) == 0 || memcmp(to, hearer->identity, 32) == 0)
            head_write(w, from, to, ent_json_get_text(json, "note"));
    }
    return ENT_OK;
}

static bool party_of(const desk_agreement *a, const uint8_t identity[32])
{
    for (size_t i = 0; i < a->party_count; i++)
        if (memcmp(a->parties[i].identity, identity, 32) == 0)
            return true;
    return false;
}

/* Is there an agreement in force with "heads" that both are parties to? */
static bool agreed(const desk_agreement *list, size_t count, const uint8_t a[32],
                   const uint8_t b[32])
{
    for (size_t i = 0; i < count; i++)
        if (list[i].in_force && list[i].agreed.heads && party_of(&list[i], a) &&
            party_of(&list[i], b))
            return true;
    return false;
}

static ent_code said_recently(desk *d, ent_arena *arena, const char *peer, bool *recent,
                              ent_time *next, ent_err *err)
{
    store_doc doc;
    bool found;

    ENT_TRY(desk_doc_found(d, arena, "heads-said", ent_str_of(peer), &doc, &found, err));
    *recent = found && d->now < doc.time + ENT_DAY_TIME;
    if (*recent && doc.time + ENT_DAY_TIME < *next)
        *next = doc.time + ENT_DAY_TIME;
    return ENT_OK;
}

static ent_code say_to(node_desk *nd, ent_arena *arena, const node_peer *peers, size_t count,
                       size_t hearer, const desk_agreement *list, size_t agreements, bool *said,
                       ent_err *err)
{
    desk *d = node_desk_desk(nd);
    store_doc mark = { .kind = ENT_STR("heads-said"),
                       .id = ent_str_of(peers[hearer].code),
                       .peer = ent_str_of(peers[hearer].code),
                       .time = d->now,
                       .json = ENT_STR("{}") };
    ent_str text, body;
    ent_buf buf;
    ent_jw w;

    *said = false;
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "heads");
    ent_jw_array(&w);
    for (size_t i = 0; i < count; i++)
        if (i != hearer && node_peer_works(peers[i].state) &&
            agreed(list, agreements, peers[i].identity, peers[hearer].identity)) {
            ENT_TRY(link_write(nd, arena, &peers[i], &w, err));
            *said = true;
        }
    if (!*said)
        return ENT_OK;
    ENT_TRY(remembered_write(nd, arena, &peers[hearer], &w, err));
    ent_jw_end(&w);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    ENT_TRY(desk_canon(arena, text, &body, err));
    ENT_TRY(desk_say(d, arena, peers[hearer].code, LINK_HEADS, ent_span_of_str(body), err));
    return store_doc_put(d->store, &mark, err);
}

static ent_code say_all(node_desk *nd, ent_arena *arena, bool now, size_t *told, ent_time *next,
                        ent_err *err)
{
    desk *d = node_desk_desk(nd);
    size_t count, agreements;
    desk_agreement *list;
    node_peer *peers;

    ENT_TRY(node_peer_list(arena, node_desk_home(nd), &peers, &count, err));
    ENT_TRY(desk_agreement_list(d, arena, &list, &agreements, err));
    for (size_t i = 0; i < count; i++) {
        bool recent = false, said;

        if (peers[i].state != NODE_PEER_CONFIRMED)
            continue;
        if (!now)
            ENT_TRY(said_recently(d, arena, peers[i].code, &recent, next, err));
        if (recent)
            continue;
        ENT_TRY(say_to(nd, arena, peers, count, i, list, agreements, &said, err));
        *told += said;
        if (said && d->now + ENT_DAY_TIME < *next)
            *next = d->now + ENT_DAY_TIME;
    }
    return ENT_OK;
}

ent_code node_gossip_say(node_desk *nd, ent_arena *arena, bool now, size_t *told, ent_time *next,
                         ent_err *err)
{
    store *s = node_desk_desk(nd)->store;
    ent_code rc;

    *told = 0;
    *next = ENT_TIME_NEVER;
    ENT_TRY(store_begin(s, err));
    rc = say_all(nd, arena, now, told, next, err);
    return store_end(s, rc, err);
}

/* ---- hearing ---- */

struct heard {
    desk *d;
    ent_arena *arena;
    const char *teller;
    known from, to;
    link_head head;
    char log[LINK_ORIGIN_SIZE]; /* its origin */
};

static ent_code alarm_put(const struct heard *h, const char *kind, ent_str other, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("head-alarm"),
                      .peer = ent_str_of(h->from.code != NULL ? h->from.code
                                         : h->to.code != NULL ? h->to.code
                                                              : ""),
                      .state = ENT_STR("open"),
                      .time = h->d->now };
    ent_buf buf;
    ent_jw w;

    doc.id = ent_arena_printf(h->arena, "%s/%s/%" PRIu64, kind, h->log, h->head.size);
    ent_buf_init(&buf, h->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "kind");
    ent_jw_c(&w, kind);
    ent_jw_key(&w, "log");
    ent_jw_c(&w, h->log);
    ent_jw_key(&w, "told_by");
    ent_jw_c(&w, h->teller);
    ent_jw_key(&w, "said");
    ent_jw_str(&w, h->head.note);
    if (other.size > 0) {
        ent_jw_key(&w, "against");
        ent_jw_str(&w, other);
    }
    ent_jw_key(&w, "time");
    ent_jw_str(&w, desk_time_text(h->arena, h->d->now));
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    if (doc.id.ptr == NULL)
        return ent_fail_arena(err);
    return store_doc_put(h->d->store, &doc, err);
}

/* Against what anybody else said of the same size. */
static ent_code split_check(const struct heard *h, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("head"),
                      .peer = ent_str_of(h->teller),
                      .state = ENT_STR("told"),
                      .time = h->d->now,
                      .json = h->head.note };
    ent_str id = ent_arena_printf(h->arena, "%s/%" PRIu64, h->log, h->head.size);
    ledger_checkpoint before;
    ledger_note note;
    bool found;

    if (id.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_doc_found(h->d, h->arena, "head", id, &doc, &found, err));
    if (!found) {
        doc.id = id;
        return store_doc_put(h->d->store, &doc, err);
    }
    ENT_TRY(ledger_note_read(doc.json, &note, err));
    ENT_TRY(ledger_checkpoint_read(h->arena, note.text, &before, err));
    return ent_hash_equal(&before.root, &h->head.root) ? ENT_OK
                                                       : alarm_put(h, "split", doc.json, err);
}

/* Against what the same teller said before of a log of its own. */
static ent_code rollback_check(const struct heard *h, ent_err *err)
{
    bool own = (h->from.code != NULL && strcmp(h->from.code, h->teller) == 0) ||
               (h->to.code != NULL && strcmp(h->to.code, h->teller) == 0);
    store_doc doc, last = { .kind = ENT_STR("head-last"),
                            .peer = ent_str_of(h->teller),
                            .state = ENT_STR("told"),
                            .time = h->d->now };
    char from[65], to[65];
    bool found, less = false;
    ent_buf buf;
    ent_jw w;

    if (!own)
        return ENT_OK;
    last.id = ent_arena_printf(h->arena, "%s/%s", h->log, h->teller);
    if (last.id.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_doc_found(h->d, h->arena, "head-last", last.id, &doc, &found, err));
    if (found) {
        int64_t size = 0;
        ent_json json;

        ENT_TRY(ent_json_read(h->arena, doc.json, &json, err));
        (void)ent_json_int(ent_json_get(json, "size"), &size);
        less = h->head.size < (uint64_t)size;
        if (less)
            return alarm_put(h, "rollback", ent_json_get_text(json, "note"), err);
    }
    ent_hex_write(h->from.identity, 32, from);
    ent_hex_write(h->to.identity, 32, to);
    ent_buf_init(&buf, h->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "size");
    ent_jw_int(&w, (int64_t)h->head.size);
    ent_jw_key(&w, "from");
    ent_jw_c(&w, from);
    ent_jw_key(&w, "to");
    ent_jw_c(&w, to);
    ent_jw_key(&w, "note");
    ent_jw_str(&w, h->head.note);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &last.json, err));
    return store_doc_put(h->d->store, &last, err);
}

/* Against our own copy of a log of ours.  A file that another process replaces just now is not
 * held against anybody: it is compared the next day. */
static ent_code copy_check(const struct heard *h, const node_home *home, ent_err *err)
{
    link_side side = h->from.code == NULL ? LINK_OUT : LINK_IN;
    const char *code = side == LINK_OUT ? h->to.code : h->from.code;
    ent_err unheard = { 0 };
    ledger_tile_source tiles;
    ledger_source source;
    link_folder folder;
    ledger_files files;
    node_link link;
    link_head own;
    ent_hash root;
    ent_code rc;

    if ((h->from.code != NULL && h->to.code != NULL) || code == NULL)
        return ENT_OK;
    ENT_TRY(node_link_open(h->arena, home, NULL, code, &link, err));
    rc = link_head_read(&link.host, h->arena, side, &own, err);
    if (rc == ENT_OK && h->head.size > own.size) {
        node_link_close(&link);
        /* Of the peer's log we may just not have pulled it; of our own we cannot have less. */
        return side == LINK_OUT ? alarm_put(h, "set-back", own.note, err) : ENT_OK;
    }
    folder = (link_folder){ &link.host, side };
    files = link_folder_files(&folder);
    tiles = (ledger_tile_source){ .files = &files, .arena = h->arena, .size = own.size };
    source = ledger_tiles_source(&tiles);
    if (rc == ENT_OK && ledger_source_root(&source, h->head.size, &root, &unheard) == ENT_OK &&
        !ent_hash_equal(&root, &h->head.root))
        rc = alarm_put(h, "split", own.note, err);
    node_link_close(&link);
    return rc;
}

static ent_code head_take(struct heard *h, const node_home *home, const node_peer *peers,
                          size_t count, ent_json json, ent_err *err)
{
    static const char *const names[] = { "from", "note", "to", NULL };
    link_host as = { .arg = NULL };
    uint8_t from[32], to[32];
    ent_str note;

    ENT_TRY(desk_members(json, where, names, err));
    ENT_TRY(desk_hex(json, "from", where, from, 32, err));
    ENT_TRY(desk_hex(json, "to", where, to, 32, err));
    ENT_TRY(desk_text(json, "note", where, &note, err));
    if (!known_find(home, peers, count, from, &h->from) ||
        !known_find(home, peers, count, to, &h->to))
        return ENT_OK; /* a party that we have no link with: nothing to compare it by */
    memcpy(as.identity, h->from.identity, 32);
    memcpy(as.peer_identity, h->to.identity, 32);
    as.keys = *h->from.keys;
    link_host_origins(&as);
    if (link_head_open(&as, h->arena, LINK_OUT, note, &h->head, err) != ENT_OK)
        return ent_context(err, "%s", where);
    (void)snprintf(h->log, sizeof h->log, "%s", as.out_origin);
    ENT_TRY(split_check(h, err));
    ENT_TRY(rollback_check(h, err));
    return copy_check(h, home, err);
}

ent_code node_heads_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                            ent_span body, ent_err *err)
{
    static const char *const names[] = { "heads", NULL };
    struct heard h = { .d = d, .arena = arena, .teller = peer };
    const node_home *home = node_desk_home(d->arg);
    node_peer *peers;
    ent_json json, heads;
    size_t count;

    (void)entry;
    ENT_TRY(desk_canonical(arena, (ent_str){ body.ptr, body.size }, where, &json, err));
    ENT_TRY(desk_members(json, where, names, err));
    heads = ent_json_get(json, "heads");
    if (!ent_json_is(heads, ENT_JSON_ARRAY) || ent_json_count(heads) > HEADS_MAX)
        return ent_fail(err, ENT_FORMAT, "%s: no list of at most %d", where, HEADS_MAX);
    ENT_TRY(node_peer_list(arena, home, &peers, &count, err));
    for (ent_json v = ent_json_first(heads); v.doc != NULL; v = ent_json_next(v))
        ENT_TRY(head_take(&h, home, peers, count, v, err));
    return ENT_OK;
}

/* ---- alarms ---- */

/* Does our log begin with what that alarm says others have of it? */
static ent_code alarm_is_over(const node_link *link, ent_arena *arena, const store_doc *doc,
                              const link_head *own, bool *over, ent_err *err)
{
    link_folder folder = { &link->host, LINK_OUT };
    ledger_files files = link_folder_files(&folder);
    ledger_tile_source tiles = { .files = &files, .arena = arena, .size = own->size };
    ledger_source source = ledger_tiles_source(&tiles);
    link_head told;
    ent_json json;
    ent_hash root;

    *over = false;
    ENT_TRY(ent_json_read(arena, doc->json, &json, err));
    if (!ent_str_is(ent_json_get_text(json, "kind"), "set-back") ||
        !ent_str_is(ent_json_get_text(json, "log"), link->host.out_origin))
        return ENT_OK;
    if (link_head_open(&link->host, arena, LINK_OUT, ent_json_get_text(json, "said"), &told, err) !=
        ENT_OK) {
        *err = (ent_err){ 0 }; /* by a key that this disk has forgotten */
        return ENT_OK;
    }
    if (told.size > own->size)
        return ENT_OK;
    ENT_TRY(ledger_source_root(&source, told.size, &root, err));
    *over = ent_hash_equal(&root, &told.root);
    return ENT_OK;
}

ent_code node_gossip_regained(const node_link *link, ent_arena *arena, ent_err *err)
{
    desk *d = node_desk_desk(link->nd);
    store_doc *docs;
    link_head own;
    size_t count;

    ENT_TRY(desk_docs(d, arena, "head-alarm", link->peer.code, "open", &docs, &count, err));
    if (count > 0)
        ENT_TRY(link_head_read(&link->host, arena, LINK_OUT, &own, err));
    for (size_t i = 0; i < count; i++) {
        bool over;

        ENT_TRY(alarm_is_over(link, arena, &docs[i], &own, &over, err));
        docs[i].state = ENT_STR("regained");
        if (over)
            ENT_TRY(store_doc_put(d->store, &docs[i], err));
    }
    return ENT_OK;
}

ent_code node_gossip_alarm(desk *d, ent_arena *arena, const char *peer, ent_str *words,
                           ent_err *err)
{
    store_doc *docs;
    size_t count;
    ent_json json;

    *words = ENT_STR_NONE;
    ENT_TRY(desk_docs(d, arena, "head-alarm", peer, "open", &docs, &count, err));
    if (count == 0)
        return ENT_OK;
    ENT_TRY(ent_json_read(arena, docs[count - 1].json, &json, err));
    *words = ent_arena_printf(arena, "%.*s of the log %.*s, told by %.*s",
                              ENT_STR_ARG(ent_json_get_text(json, "kind")),
                              ENT_STR_ARG(ent_json_get_text(json, "log")),
                              ENT_STR_ARG(ent_json_get_text(json, "told_by")));
    return words->ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}
