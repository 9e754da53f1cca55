/*
 * federation -- two to seven nodes in one process, in virtual time.
 *
 * Every node has the links, logs and mirrors of src/link over files in memory, a signer
 * that behaves like node/signer, and a desk that the test brings (fed_desk; fed_talk_* is
 * a small one).  One random source, from a seed that failures print, decides when each
 * thing happens and what goes wrong: answers that are lost, late (taken from the past) or
 * spoiled, and nodes that crash before or after any single effect (a write, a signature,
 * an applied entry) and come back with only what was durable.  fed_heal ends the faults;
 * fed_run_quiet then runs until everybody has everything, and fed_check compares both
 * ends of every link and verifies them.  Everything is a function of the seed.
 */
#ifndef ENT_SIM_FEDERATION_H
#define ENT_SIM_FEDERATION_H

#include "test.h"

#include "base/text.h"
#include "link/cosign.h"
#include "link/log.h"
#include "link/pull.h"
#include "link/regain.h"
#include "link/verify.h"

#include <inttypes.h>
#include <sodium.h>

#define FED_NODES  7
#define FED_FILES  4096 /* in one link's folder; a power of two */
#define FED_HOLD   25000
#define FED_MEMORY ((size_t)256 << 20)

/* ---- what a test brings ---- */

/* A desk keeps what it is told durably; each call has its effect wholly or not. */
typedef struct fed_desk {
    void *arg;
    ent_code (*position)(void *arg, const char *peer, uint64_t *next, ent_err *err);
    ent_code (*apply)(void *arg, ent_arena *arena, const char *peer, const link_entry *entry,
                      ent_span body, ent_err *err);
    /* The first row that waits for that peer: NOT_FOUND if none does. */
    ent_code (*outbox_first)(void *arg, ent_arena *arena, const char *peer, char id[37],
                             link_kind *kind, ent_span *body, ent_err *err);
    ent_code (*outbox_delete)(void *arg, const char *id, ent_err *err);
    /* As the host of a link has them; NULL: nothing is urgent. */
    ent_code (*ahead)(void *arg, ent_arena *arena, const char *peer, const link_entry *entry,
                      ent_span body, ent_err *err);
    ent_code (*ahead_position)(void *arg, const char *peer, uint64_t *next, ent_err *err);
} fed_desk;

/* Of a thousand. */
typedef struct fed_faults {
    unsigned lost, late, spoiled; /* answers */
    unsigned crash;               /* effects */
} fed_faults;

/* ---- the parts ---- */

typedef struct fed_file {
    char path[LINK_PATH_SIZE]; /* "" : never used */
    char *bytes;               /* NULL: removed */
    size_t size;
    bool unsynced; /* then `before` is what is durable */
    char *before;
    size_t before_size;
} fed_file;

struct fed_node;

/* One node's end of one link. */
typedef struct fed_end {
    struct fed_node *node;
    struct fed_end *other;
    link_host host;
    fed_file *files;
    ledger_frontier signer[2]; /* durable, as in keys/signer */
    /* A round of pulling, lost in a crash. */
    bool pulling, asked;
    link_pull pull;
    link_want want;
    ent_arena *round;
    int64_t due; /* ms, when the outstanding answer arrives or the next round begins */
    int64_t held_until;
    char *late; /* an answer from the past */
    size_t late_size;
    ent_code late_code;
    bool late_taken;
    bool stopped;
    bool held;                 /* restored: until it has regained its log it serves nothing */
    uint64_t regained;         /* entries */
    bool gave_back;            /* entries came back, of which the desk may know nothing */
    bool unsaid;               /* our log is not what was signed: nothing can be appended */
    bool opened;               /* our log was opened since the node began */
    int64_t cut_until;         /* ms: the line to the other node is down */
    unsigned untrusted;        /* answers that were refused */
    ent_err last;              /* what went wrong, for people */
    uint16_t dirty[FED_FILES]; /* files that are not synced */
    size_t dirty_count;
} fed_end;

typedef struct fed_node {
    struct fed *fed;
    char code[12];
    uint8_t identity[32], secret[64], box[32], box_secret[32];
    fed_desk desk;
    fed_end *ends[FED_NODES]; /* by number of the other node; NULL for itself */
    int64_t down_until;       /* ms; crashed until then */
    int64_t skew;             /* ms, of its clock */
    uint8_t recovery[32], recovery_secret[64];
    unsigned crashes;
} fed_node;

typedef struct fed {
    uint64_t seed, state;
    int64_t now; /* ms */
    fed_faults faults;
    size_t count;
    fed_node nodes[FED_NODES];
    /* Crash of one exact effect: counted down over `victim`'s; 0: none. */
    fed_node *victim;
    uint64_t crash_in;
    bool crash_after;
    bool persistent;  /* a stopped link is tried again, as node/worker does */
    bool crashing;    /* an effect has crashed: everything fails until the stack is unwound */
    uint64_t effects; /* so far, of `victim` */
} fed;

/* ---- randomness ---- */

static inline uint64_t fed_random(fed *f)
{
    uint64_t z = (f->state += UINT64_C(0x9e3779b97f4a7c15)); /* splitmix64 */

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline uint64_t fed_below(fed *f, uint64_t n)
{
    return fed_random(f) % n;
}

static inline bool fed_chance(fed *f, unsigned of_thousand)
{
    return of_thousand > 0 && fed_below(f, 1000) < of_thousand;
}

static inline void fed_fill(fed *f, void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)bytes)[i] = (uint8_t)fed_random(f);
}

/* ---- effects, any of which may be the last before a crash ---- */

/* Asked before each effect: CRASH_NOT lets it happen; the others fail afterwards. */
enum { CRASH_NOT, CRASH_BEFORE, CRASH_AFTER };

static inline int fed_effect(fed_end *end)
{
    fed *f = end->node->fed;
    int how = CRASH_NOT;

    if (f->crashing)
        return CRASH_BEFORE;
    if (f->victim == end->node) {
        f->effects++;
        if (f->crash_in > 0 && --f->crash_in == 0)
            how = f->crash_after ? CRASH_AFTER : CRASH_BEFORE;
    }
    if (how == CRASH_NOT && fed_chance(f, f->faults.crash))
        how = fed_below(f, 2) == 0 ? CRASH_BEFORE : CRASH_AFTER;
    f->crashing = how != CRASH_NOT;
    return how;
}

static inline ent_code fed_crashed(ent_err *err)
{
    return ent_fail(err, ENT_IO, "crash");
}

/* ---- files ---- */

static inline fed_file *fed_file_at(fed_end *end, const char *path)
{
    ent_hash hash = ent_hash_of(path, strlen(path));
    size_t at = (size_t)hash.bytes[0] << 16 | (size_t)hash.bytes[1] << 8 | hash.bytes[2];

    for (size_t i = 0; i < FED_FILES; i++) {
        fed_file *file = &end->files[(at + i) & (FED_FILES - 1)];

        if (file->path[0] == '\0' || strcmp(file->path, path) == 0)
            return file;
    }
    fail_msg("a link's folder has more than %d files", FED_FILES);
    return NULL;
}

static inline ent_code fed_read(void *arg, ent_arena *arena, const char *path, ent_str *content,
                                ent_err *err)
{
    const fed_file *file = fed_file_at(arg, path);

    if (file->bytes == NULL)
        return ent_fail(err, ENT_NOT_FOUND, "no file '%s'", path);
    *content = ent_arena_str(arena, (ent_str){ file->bytes, file->size });
    return content->ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

/* Writes at once and for good. */
static inline void fed_put(fed_end *end, const char *path, ent_str content)
{
    fed_file *file = fed_file_at(end, path);
    char *copy = malloc(content.size + 1);

    assert_non_null(copy);
    if (content.size > 0)
        memcpy(copy, content.ptr, content.size);
    if (file->unsynced)
        free(file->before);
    free(file->bytes);
    assert_true(strlen(path) < sizeof file->path);
    memcpy(file->path, path, strlen(path) + 1);
    file->bytes = copy;
    file->size = content.size;
    file->unsynced = false;
    file->before = NULL;
}

/* Keeps what is durable aside; the file itself may then be changed. */
static inline void fed_unsync(fed_end *end, fed_file *file)
{
    if (file->unsynced)
        return;
    assert_true(end->dirty_count < FED_FILES);
    end->dirty[end->dirty_count++] = (uint16_t)(file - end->files);
    file->unsynced = true;
    file->before_size = file->size;
    file->before = file->bytes == NULL ? NULL : malloc(file->size + 1);
    if (file->before != NULL)
        memcpy(file->before, file->bytes, file->size);
}

/* A crash leaves an unsynced file as it was, as it is, or torn. */
static inline void fed_file_crash(fed *f, fed_file *file)
{
    if (!file->unsynced)
        return;
    switch (fed_below(f, 3)) {
    case 0:
        free(file->bytes);
        file->bytes = file->before;
        file->size = file->before_size;
        file->before = NULL;
        break;
    case 1:
        if (file->bytes != NULL && file->size > 0)
            file->size = (size_t)fed_below(f, file->size);
        break;
    default:
        break;
    }
    free(file->before);
    file->before = NULL;
    file->unsynced = false;
}

static inline ent_code fed_write(void *arg, const char *path, ent_str content, ent_err *err)
{
    int how = fed_effect(arg);
    fed_file *file = fed_file_at(arg, path);

    if (how != CRASH_BEFORE) {
        char *before;
        size_t before_size;

        fed_unsync(arg, file);
        before = file->before;
        before_size = file->before_size;
        file->unsynced = false;
        fed_put(arg, path, content);
        file->unsynced = true;
        file->before = before;
        file->before_size = before_size;
    }
    return how == CRASH_NOT ? ENT_OK : fed_crashed(err);
}

static inline ent_code fed_publish(void *arg, const char *path, ent_str content, ent_err *err)
{
    int how = fed_effect(arg);

    if (how != CRASH_BEFORE)
        fed_put(arg, path, content);
    return how == CRASH_NOT ? ENT_OK : fed_crashed(err);
}

static inline ent_code fed_remove(void *arg, const char *path, ent_err *err)
{
    int how = fed_effect(arg);
    fed_file *file = fed_file_at(arg, path);

    if (how != CRASH_BEFORE) {
        fed_unsync(arg, file);
        free(file->bytes);
        file->bytes = NULL;
    }
    return how == CRASH_NOT ? ENT_OK : fed_crashed(err);
}

static inline ent_code fed_sync(void *arg, ent_err *err)
{
    fed_end *end = arg;
    int how = fed_effect(end);

    for (size_t i = 0; i < end->dirty_count && how != CRASH_BEFORE; i++) {
        fed_file *file = &end->files[end->dirty[i]];

        free(file->before);
        file->before = NULL;
        file->unsynced = false;
    }
    if (how != CRASH_BEFORE)
        end->dirty_count = 0;
    return how == CRASH_NOT ? ENT_OK : fed_crashed(err);
}

/* All files of a folder, as they are; for a backup, and back. */
static inline void fed_files_copy(fed_file *to, const fed_file *from)
{
    for (size_t i = 0; i < FED_FILES; i++) {
        if (to[i].path[0] == '\0' && from[i].path[0] == '\0')
            continue;
        free(to[i].bytes);
        free(to[i].before);
        to[i] = from[i];
        to[i].unsynced = false;
        to[i].before = NULL;
        if (from[i].bytes == NULL)
            continue;
        to[i].bytes = malloc(from[i].size + 1);
        assert_non_null(to[i].bytes);
        memcpy(to[i].bytes, from[i].bytes, from[i].size);
    }
}

/* ---- keys ---- */

/* As node/signer: its range is durable before the signature leaves. */
static inline ent_code fed_sign(void *arg, ent_arena *arena, link_side side, uint64_t size,
                                const ent_hash *leaves, size_t count, ent_str *note, uint64_t *at,
                                ent_err *err)
{
    fed_end *end = arg;
    fed_node *node = end->node;
    ledger_frontier next = end->signer[side];
    ledger_checkpoint head;
    char name[LINK_ORIGIN_SIZE];
    int how;

    *at = next.size;
    if (size != next.size)
        return ent_fail(err, ENT_CONFLICT, "signed at %" PRIu64, next.size);
    for (size_t i = 0; i < count; i++)
        ENT_TRY(ledger_frontier_append(&next, &leaves[i], err));
    head = (ledger_checkpoint){ .origin = ent_str_of(side == LINK_OUT ? end->host.out_origin
                                                                      : end->host.in_origin),
                                .size = next.size,
                                .root = ledger_frontier_root(&next) };
    link_key_name_write(node->identity, name);
    if (side == LINK_OUT)
        ENT_TRY(ledger_checkpoint_sign(arena, &head, name, node->secret, note, err));
    else
        ENT_TRY(ledger_checkpoint_cosign(arena, &head, name, node->secret,
                                         (uint64_t)((node->fed->now + node->skew) / 1000), note,
                                         err));
    how = fed_effect(end);
    if (how != CRASH_BEFORE)
        end->signer[side] = next;
    return how == CRASH_NOT ? ENT_OK : fed_crashed(err);
}

static inline void fed_host_random(void *arg, void *bytes, size_t size)
{
    fed_fill(((fed_end *)arg)->node->fed, bytes, size);
}

static inline ent_code fed_unseal(void *arg, ent_span sealed, uint8_t key[LINK_KEY_SIZE],
                                  ent_err *err)
{
    const fed_node *node = ((fed_end *)arg)->node;

    return link_key_open(sealed, node->box, node->box_secret, key, err);
}

static inline ent_code fed_apply(void *arg, ent_arena *arena, const link_entry *entry,
                                 ent_span body, ent_err *err)
{
    fed_end *end = arg;
    const fed_desk *desk = &end->node->desk;
    int how = fed_effect(end);

    if (how == CRASH_BEFORE)
        return fed_crashed(err);
    ENT_TRY(desk->apply(desk->arg, arena, end->other->node->code, entry, body, err));
    return how == CRASH_NOT ? ENT_OK : fed_crashed(err);
}

static inline ent_code fed_ahead(void *arg, ent_arena *arena, const link_entry *entry,
                                 ent_span body, ent_err *err)
{
    fed_end *end = arg;
    const fed_desk *desk = &end->node->desk;
    int how = fed_effect(end);

    if (how == CRASH_BEFORE)
        return fed_crashed(err);
    ENT_TRY(desk->ahead(desk->arg, arena, end->other->node->code, entry, body, err));
    return how == CRASH_NOT ? ENT_OK : fed_crashed(err);
}

static inline ent_code fed_ahead_position(void *arg, uint64_t *next, ent_err *err)
{
    const fed_end *end = arg;
    const fed_desk *desk = &end->node->desk;

    return desk->ahead_position(desk->arg, end->other->node->code, next, err);
}

/* As node/keys.h, smaller: the new key, and the recovery key's signature over it. */
static inline ent_code fed_rotation_take(void *arg, ent_arena *arena, ent_str word, ent_err *err)
{
    fed_end *end = arg;
    const uint8_t *bytes = (const uint8_t *)word.ptr;
    link_keys *keys = &end->host.peer_keys;

    (void)arena;
    if (word.size != 96 ||
        crypto_sign_verify_detached(bytes + 32, bytes, 32, end->other->node->recovery) != 0)
        return ent_fail(err, ENT_UNTRUSTED, "no word of the recovery key");
    if (keys->count > 0 && memcmp(keys->key[0], bytes, 32) == 0)
        return ent_fail(err, ENT_CONFLICT, "known already");
    assert_true(keys->count < LINK_KEYS_MAX);
    memmove(keys->key[1], keys->key[0], keys->count * sizeof *keys->key);
    memcpy(keys->key[0], bytes, 32);
    keys->count++;
    return ENT_OK;
}

/* ---- making and ending ---- */

static inline fed_end *fed_end_new(fed_node *node, fed_node *peer)
{
    fed_end *end = calloc(1, sizeof *end);

    assert_non_null(end);
    end->files = calloc(FED_FILES, sizeof *end->files);
    end->round = ent_arena_new(FED_MEMORY);
    assert_non_null(end->files);
    assert_non_null(end->round);
    end->node = node;
    end->host = (link_host){ .arg = end,
                             .read = fed_read,
                             .write = fed_write,
                             .remove = fed_remove,
                             .sync = fed_sync,
                             .publish = fed_publish,
                             .sign = fed_sign,
                             .random = fed_host_random,
                             .unseal = fed_unseal,
                             .apply = fed_apply,
                             .rotate = fed_rotation_take };
    memcpy(end->host.identity, node->identity, 32);
    memcpy(end->host.peer_identity, peer->identity, 32);
    memcpy(end->host.peer_box, peer->box, 32);
    link_host_origins(&end->host);
    return end;
}

/* `count` nodes N0, N1, ..., each linked to every other.  Give each its desk. */
static inline fed *fed_new(uint64_t seed, size_t count, fed_faults faults)
{
    fed *f = calloc(1, sizeof *f);

    assert_non_null(f);
    f->seed = f->state = seed;
    f->faults = faults;
    f->count = count;
    for (size_t i = 0; i < count; i++) {
        fed_node *node = &f->nodes[i];
        uint8_t key_seed[32], box_seed[32];

        node->fed = f;
        (void)snprintf(node->code, sizeof node->code, "N%u", (unsigned)i % 100);
        fed_fill(f, key_seed, sizeof key_seed);
        fed_fill(f, box_seed, sizeof box_seed);
        (void)crypto_sign_seed_keypair(node->identity, node->secret, key_seed);
        (void)crypto_box_seed_keypair(node->box, node->box_secret, box_seed);
        fed_fill(f, key_seed, sizeof key_seed);
        (void)crypto_sign_seed_keypair(node->recovery, node->recovery_secret, key_seed);
    }
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            if (i == j)
                continue;
            f->nodes[i].ends[j] = fed_end_new(&f->nodes[i], &f->nodes[j]);
            for (int side = 0; side < 2; side++)
                ledger_frontier_init(&f->nodes[i].ends[j]->signer[side]);
        }
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            if (i != j)
                f->nodes[i].ends[j]->other = f->nodes[j].ends[i];
    return f;
}

static inline void fed_free(fed *f)
{
    for (size_t i = 0; i < f->count; i++)
        for (size_t j = 0; j < f->count; j++) {
            fed_end *end = f->nodes[i].ends[j];

            if (end == NULL)
                continue;
            for (size_t k = 0; k < FED_FILES; k++) {
                free(end->files[k].bytes);
                free(end->files[k].before);
            }
            free(end->files);
            free(end->late);
            ent_arena_free(end->round);
            free(end);
        }
    free(f);
}

/* What was not durable is gone. */
static inline void fed_node_crash(fed_node *node)
{
    fed *f = node->fed;

    f->crashing = false;
    node->crashes++;
    node->down_until = f->now + 1 + (int64_t)fed_below(f, 5000);
    for (size_t j = 0; j < f->count; j++) {
        fed_end *end = node->ends[j];

        if (end == NULL)
            continue;
        for (size_t k = 0; k < end->dirty_count; k++)
            fed_file_crash(f, &end->files[end->dirty[k]]);
        end->dirty_count = 0;
        end->pulling = end->asked = end->late_taken = end->opened = false;
        end->due = node->down_until;
    }
}

static inline void fed_heal(fed *f)
{
    f->faults = (fed_faults){ 0 };
    f->crash_in = 0;
}

/* ---- saying ---- */

/* Says what waits for the peer; as node_desk_flush. */
static inline ent_code fed_flush(fed_end *end, ent_err *err)
{
    const fed_desk *desk = &end->node->desk;
    ent_arena *arena = ent_arena_new(FED_MEMORY);
    link_log log;
    ent_code rc = link_log_open(&end->host, arena, &log, err);

    while (rc == ENT_OK) {
        ent_span body;
        link_kind kind;
        char id[37];
        uint64_t seq;
        int how;

        rc = desk->outbox_first(desk->arg, arena, end->other->node->code, id, &kind, &body, err);
        if (rc == ENT_NOT_FOUND) {
            *err = (ent_err){ 0 };
            rc = ENT_OK;
            break;
        }
        if (rc == ENT_OK)
            rc = link_log_append(&log, arena, kind, id, body,
                                 (end->node->fed->now + end->node->skew) * (ENT_SECOND / 1000),
                                 &seq, err);
        if (rc != ENT_OK)
            break;
        how = fed_effect(end);
        if (how != CRASH_BEFORE)
            rc = desk->outbox_delete(desk->arg, id, err);
        if (how != CRASH_NOT)
            rc = fed_crashed(err);
    }
    ent_arena_free(arena);
    return rc;
}

/* A new identity key, durable everywhere at once; whatever ran begins anew. */
static inline void fed_rotate(fed_node *node)
{
    fed *f = node->fed;
    uint8_t seed[32], word[96], key[32];

    fed_fill(f, seed, sizeof seed);
    (void)crypto_sign_seed_keypair(key, node->secret, seed);
    memcpy(word, key, 32);
    (void)crypto_sign_detached(word + 32, NULL, word, 32, node->recovery_secret);
    for (size_t j = 0; j < f->count; j++) {
        fed_end *end = node->ends[j];
        link_keys *keys = end == NULL ? NULL : &end->host.keys;

        if (end == NULL)
            continue;
        memmove(keys->key[1], keys->key[0], keys->count * sizeof *keys->key);
        memcpy(keys->key[0], key, 32);
        keys->count++;
        fed_put(end, "out/rotation", (ent_str){ (const char *)word, sizeof word });
        end->pulling = end->asked = end->late_taken = end->opened = false;
    }
}

/* ---- fetching ---- */

/* What the other end serves now, as the border would; the query is cut off. */
static inline ent_code fed_serve(fed_end *to, char **bytes, size_t *size)
{
    char name[sizeof to->want.path], path[LINK_PATH_SIZE];
    bool mirror = strncmp(to->want.path, LINK_MIRROR, sizeof LINK_MIRROR - 1) == 0;
    const fed_file *file;

    (void)snprintf(name, sizeof name, "%s", to->want.path + (mirror ? sizeof LINK_MIRROR - 1 : 0));
    name[strcspn(name, "?")] = '\0';
    assert_true(strlen(name) + 5 < sizeof path);
    if (to->other->held && !mirror)
        return ENT_NOT_FOUND;
    link_path(mirror ? LINK_IN : LINK_OUT, name, path);
    file = fed_file_at(to->other, path);
    if (file->bytes == NULL)
        return ENT_NOT_FOUND;
    *bytes = malloc(file->size + 1);
    assert_non_null(*bytes);
    memcpy(*bytes, file->bytes, file->size);
    *size = file->size;
    return ENT_OK;
}

static inline void fed_spoil(fed *f, char *bytes, size_t *size)
{
    if (*size == 0)
        return;
    if (fed_below(f, 4) == 0)
        *size = (size_t)fed_below(f, *size);
    else
        bytes[fed_below(f, *size)] ^= (char)(1U << fed_below(f, 8));
}

/* Is there news for a request that may be held? */
static inline bool fed_news(const fed_end *end)
{
    link_want again;
    fed_end *other = end->other;
    const fed_file *head = fed_file_at(other, "out/checkpoint");
    const fed_file *beside = fed_file_at(other, "out/cosignature");
    ent_hash h = ent_hash_of(head->bytes, head->bytes == NULL ? 0 : head->size);
    ent_hash b = ent_hash_of(beside->bytes, beside->bytes == NULL ? 0 : beside->size);
    ent_hash have = ent_hash_of(end->pull.held.note.ptr, end->pull.held.note.size);

    (void)again;
    return !ent_hash_equal(&h, &have) || !ent_hash_equal(&b, &end->pull.beside);
}

static inline void fed_ask(fed_end *end)
{
    fed *f = end->node->fed;

    end->asked = true;
    end->late_taken = false;
    end->due = f->now + 1 + (int64_t)fed_below(f, 40);
    end->held_until = f->now + FED_HOLD;
    /* A late answer is what was there when it was asked for. */
    if (fed_chance(f, f->faults.late)) {
        free(end->late);
        end->late = NULL;
        end->late_size = 0;
        end->late_code = fed_serve(end, &end->late, &end->late_size);
        end->late_taken = true;
        end->due += 1 + (int64_t)fed_below(f, 8000);
    }
}

static inline ent_code fed_answer(fed_end *end, ent_err *err)
{
    fed *f = end->node->fed;
    ent_arena *arena = ent_arena_new(FED_MEMORY);
    char *bytes = NULL;
    size_t size = 0;
    ent_code got, rc;

    if (end->late_taken) {
        got = end->late_code;
        bytes = end->late;
        size = end->late_size;
        end->late = NULL;
        end->late_taken = false;
    } else {
        got = fed_serve(end, &bytes, &size);
    }
    if (got == ENT_OK && fed_chance(f, f->faults.spoiled))
        fed_spoil(f, bytes, &size);
    if (size > end->want.limit)
        rc = ent_fail(err, ENT_LIMIT, "too much");
    else
        rc = link_pull_answer(&end->pull, arena, got, (ent_str){ bytes, size }, err);
    free(bytes);
    ent_arena_free(arena);
    return rc;
}

/* ---- regaining ---- */

static inline ent_code fed_regain_taken(void *arg, ent_arena *arena, const link_entry *entry,
                                        bool has_body, ent_err *err)
{
    fed_end *end = arg;
    const fed_desk *desk = &end->node->desk;
    int how = fed_effect(end);

    (void)arena;
    (void)has_body;
    if (how == CRASH_BEFORE)
        return fed_crashed(err);
    end->gave_back = true;
    ENT_TRY(desk->outbox_delete(desk->arg, entry->id, err));
    return how == CRASH_NOT ? ENT_OK : fed_crashed(err);
}

/* What is the last entry waits no more, as in node/regain; fed_flush knows it again,
 * where rows are said in their order. */
static inline ent_code fed_said_delete(fed_end *end, ent_arena *arena, ent_err *err)
{
    const fed_desk *desk = &end->node->desk;
    char last[37];

    ENT_TRY(link_log_last(&end->host, arena, last, err));
    return last[0] == '\0' ? ENT_OK : desk->outbox_delete(desk->arg, last, err);
}

static inline ent_code fed_regain_answer(fed_end *end, link_regain *regain, ent_err *err)
{
    fed *f = end->node->fed;
    ent_arena *arena = ent_arena_new(FED_MEMORY);
    char *bytes = NULL;
    size_t size = 0;
    ent_code got = fed_serve(end, &bytes, &size), rc;

    if (got == ENT_OK && fed_chance(f, f->faults.spoiled))
        fed_spoil(f, bytes, &size);
    rc = size > end->want.limit
             ? ent_fail(err, ENT_LIMIT, "too much")
             : link_regain_answer(regain, arena, got, (ent_str){ bytes, size }, err);
    free(bytes);
    ent_arena_free(arena);
    return rc;
}

/* Who has read nothing of our log gives nothing back, and says so when it is called; then the log
 * that is here goes on.  Who has read it and lost it cannot help. */
static inline bool fed_read_nothing(fed_end *end, ent_code rc, ent_err *err)
{
    link_log log;

    if (rc != ENT_UNAVAILABLE || fed_file_at(end->other, "in/checkpoint")->bytes != NULL)
        return false;
    *err = (ent_err){ 0 };
    ent_arena_reset(end->round);
    end->unsaid = end->other->signer[LINK_IN].size > 0 ||
                  link_log_open(&end->host, end->round, &log, err) == ENT_UNTRUSTED;
    return !end->unsaid;
}

/* A restored link asks for what it has lost before it does anything else. */
static inline ent_code fed_regain(fed_end *end, ent_err *err)
{
    fed *f = end->node->fed;
    link_regain regain;
    ent_code rc;

    if (f->now < end->cut_until || f->now < end->other->node->down_until)
        return ent_fail(err, ENT_UNAVAILABLE, "lost");
    ent_arena_reset(end->round);
    rc = link_regain_begin(&regain, &end->host, end->round, fed_regain_taken, end, err);
    if (rc == ENT_OK)
        rc = fed_said_delete(end, end->round, err);
    while (rc == ENT_OK && link_regain_want(&regain, &end->want))
        rc = fed_chance(f, f->faults.lost) ? ent_fail(err, ENT_UNAVAILABLE, "lost")
                                           : fed_regain_answer(end, &regain, err);
    end->unsaid = rc == ENT_UNTRUSTED;
    if (rc != ENT_OK && !fed_read_nothing(end, rc, err))
        return f->crashing ? fed_crashed(err) : rc;
    end->regained += regain.regained;
    end->held = end->opened = false;
    return ENT_OK;
}

/* ---- one step of one end ---- */

/* Does nothing wait to be said? */
static inline bool fed_end_said(fed_end *end)
{
    const fed_desk *desk = &end->node->desk;
    ent_arena *arena = ent_arena_new(FED_MEMORY);
    ent_span body;
    link_kind kind;
    ent_err err = { 0 };
    char id[37];
    bool said = desk->outbox_first(desk->arg, arena, end->other->node->code, id, &kind, &body,
                                   &err) == ENT_NOT_FOUND;

    ent_arena_free(arena);
    return said;
}

/* A log is opened when a node begins, which rolls it forward, and when something is to be
 * said.  What cannot be said, because our log is not the one that was signed, is no reason
 * not to listen.  As node_link_prepare. */
static inline ent_code fed_say(fed_end *end, ent_err *err)
{
    ent_code rc;

    if (end->opened && fed_end_said(end))
        return ENT_OK;
    if (!end->opened) {
        ent_arena_reset(end->round);
        ENT_TRY(link_cosignature_prepare(&end->host, end->round, err));
    }
    rc = fed_flush(end, err);
    end->opened = rc == ENT_OK || rc == ENT_UNTRUSTED;
    if (rc != ENT_UNTRUSTED)
        return rc;
    *err = (ent_err){ 0 };
    end->unsaid = true;
    return ENT_OK;
}

static inline ent_code fed_round_begin(fed_end *end, ent_err *err)
{
    const fed_desk *desk = &end->node->desk;
    uint64_t position = 0;

    ENT_TRY(fed_say(end, err));
    ENT_TRY(desk->position(desk->arg, end->other->node->code, &position, err));
    ent_arena_reset(end->round);
    ENT_TRY(link_pull_begin(&end->pull, &end->host, end->round, position, err));
    end->pulling = true;
    return ENT_OK;
}

static inline ent_code fed_step(fed_end *end, ent_err *err)
{
    fed *f = end->node->fed;

    if (end->held) {
        ENT_TRY(fed_regain(end, err));
        end->due = f->now + 1;
        return ENT_OK;
    }
    if (!end->pulling) {
        ENT_TRY(fed_round_begin(end, err));
    } else if (end->asked) {
        /* A border begins once the log is rolled forward, as node/supervisor does it. */
        if (!end->other->opened || f->now < end->cut_until || fed_chance(f, f->faults.lost)) {
            end->asked = end->pulling = false;
            return ent_fail(err, ENT_UNAVAILABLE, "lost");
        }
        if (end->want.may_wait && !end->late_taken && f->now < end->held_until && !fed_news(end)) {
            /* Held; what waits to be said is not held up by it. */
            ENT_TRY(fed_say(end, err));
            end->due = f->now + 50 + (int64_t)fed_below(f, 50);
            return ENT_OK;
        }
        end->asked = false;
        ENT_TRY(fed_answer(end, err));
    }
    if (link_pull_want(&end->pull, &end->want)) {
        fed_ask(end);
        return ENT_OK;
    }
    end->pulling = false;
    end->due = f->now + 1;
    return ENT_OK;
}

/* Lets the next thing happen.  false: nothing can. */
static inline bool fed_next(fed *f)
{
    fed_end *first = NULL;
    ent_err err = { 0 };
    ent_code rc;

    for (size_t i = 0; i < f->count; i++)
        for (size_t j = 0; j < f->count; j++) {
            fed_end *end = f->nodes[i].ends[j];

            if (end != NULL && (!end->stopped || f->persistent) &&
                (first == NULL || end->due < first->due))
                first = end;
        }
    if (first == NULL)
        return false;
    if (first->due > f->now)
        f->now = first->due;
    rc = fed_step(first, &err);
    if (f->crashing) {
        fed_node_crash(first->node);
        return true;
    }
    if (rc == ENT_OK)
        return true;
    first->stopped = first->pull.stopped;
    first->last = err;
    first->untrusted += rc == ENT_UNTRUSTED || rc == ENT_FORMAT || rc == ENT_LIMIT;
    first->pulling = first->asked = false;
    first->due = f->now + (first->stopped ? 5000 : 100) + (int64_t)fed_below(f, 400);
    if (rc == ENT_BUG || rc == ENT_IO || rc == ENT_CONFLICT)
        fail_msg("seed %" PRIu64 ": %s and %s: %s", f->seed, first->node->code,
                 first->other->node->code, err.msg);
    return true;
}

static inline void fed_run(fed *f, int64_t ms)
{
    for (int64_t until = f->now + ms; f->now < until && fed_next(f);)
        ;
}

/* ---- the end ---- */

static inline uint64_t fed_size(fed_end *end, link_side side)
{
    ent_arena *arena = ent_arena_new(FED_MEMORY);
    link_head head = { 0 };
    ent_err err = { 0 };

    CHECK_OK(link_head_read(&end->host, arena, side, &head, &err), &err);
    ent_arena_free(arena);
    return head.size;
}

static inline bool fed_end_quiet(fed_end *end)
{
    const fed_desk *desk = &end->node->desk;
    ent_arena *arena = ent_arena_new(FED_MEMORY);
    link_head seen = { 0 };
    ent_err err = { 0 };
    uint64_t position, said = fed_size(end->other, LINK_OUT);
    ent_span body;
    link_kind kind;
    char id[37];
    bool quiet;

    quiet = desk->outbox_first(desk->arg, arena, end->other->node->code, id, &kind, &body, &err) ==
                ENT_NOT_FOUND &&
            desk->position(desk->arg, end->other->node->code, &position, &err) == ENT_OK &&
            position == said && fed_size(end, LINK_IN) == said &&
            link_seen_read(&end->other->host, arena, LINK_OUT, &seen, &err) == ENT_OK &&
            seen.size == said;
    ent_arena_free(arena);
    return quiet;
}

static inline bool fed_quiet(fed *f)
{
    for (size_t i = 0; i < f->count; i++)
        for (size_t j = 0; j < f->count; j++)
            if (i != j && !fed_end_quiet(f->nodes[i].ends[j]))
                return false;
    return true;
}

/* Runs until everybody has said and applied everything; fails if that takes longer. */
static inline void fed_run_quiet(fed *f, int64_t ms)
{
    int64_t until = f->now + ms;

    while (!fed_quiet(f)) {
        if (f->now >= until)
            fail_msg("seed %" PRIu64 ": not quiet after %" PRId64 " virtual ms", f->seed, ms);
        fed_run(f, 200);
    }
}

/* Both ends of every link hold the same log, and all of it verifies. */
static inline void fed_check(fed *f)
{
    for (size_t i = 0; i < f->count; i++)
        for (size_t j = 0; j < f->count; j++) {
            fed_end *end = f->nodes[i].ends[j];
            const fed_file *ours, *theirs;
            link_verdict verdict;
            ent_err err = { 0 };

            if (end == NULL)
                continue;
            ours = fed_file_at(end, "in/checkpoint");
            theirs = fed_file_at(end->other, "out/checkpoint");
            if (ours->size != theirs->size || ours->bytes == NULL ||
                memcmp(ours->bytes, theirs->bytes, ours->size) != 0)
                fail_msg("seed %" PRIu64 ": %s and %s hold different logs", f->seed,
                         end->node->code, end->other->node->code);
            if (link_verify(&end->host, LINK_OUT, UINT64_MAX, &verdict, &err) != ENT_OK ||
                link_verify(&end->host, LINK_IN, UINT64_MAX, &verdict, &err) != ENT_OK)
                fail_msg("seed %" PRIu64 ": %s: %s", f->seed, end->node->code, err.msg);
        }
}

/* ---- a small desk: says numbered lines, keeps what it hears, answers some ---- */

typedef struct fed_line {
    char peer[12], id[37], text[32];
    bool gone;   /* said, or (heard) its body was erased */
    bool urgent; /* said as a recall is */
} fed_line;

typedef struct fed_talk {
    fed_node *node;
    fed_line outbox[2048], heard[2048];
    size_t out_count, heard_count, said; /* `said`: how many numbered lines */
    uint64_t position[FED_NODES], ahead[FED_NODES];
    unsigned early; /* urgent lines that were heard before their place */
} fed_talk;

static inline void fed_talk_say(fed_talk *talk, const char *peer, const char *text)
{
    fed_line *line = &talk->outbox[talk->out_count++];
    uint8_t bytes[16];

    assert_true(talk->out_count < 2048);
    fed_fill(talk->node->fed, bytes, sizeof bytes);
    ent_uuid_write(bytes, line->id);
    (void)snprintf(line->peer, sizeof line->peer, "%s", peer);
    (void)snprintf(line->text, sizeof line->text, "%s", text);
    line->gone = line->urgent = false;
}

/* The same, to be heard before all that waits. */
static inline void fed_talk_urge(fed_talk *talk, const char *peer, const char *text)
{
    fed_talk_say(talk, peer, text);
    talk->outbox[talk->out_count - 1].urgent = true;
}

static inline fed_end *fed_end_to(fed_node *node, const char *peer)
{
    return node->ends[peer[1] - '0'];
}

static inline ent_code fed_talk_position(void *arg, const char *peer, uint64_t *next, ent_err *err)
{
    (void)err;
    *next = ((fed_talk *)arg)->position[peer[1] - '0'];
    return ENT_OK;
}

static inline ent_code fed_talk_apply(void *arg, ent_arena *arena, const char *peer,
                                      const link_entry *entry, ent_span body, ent_err *err)
{
    fed_talk *talk = arg;
    uint64_t *position = &talk->position[peer[1] - '0'];
    fed_line *line;

    (void)arena;
    if (entry->seq != *position)
        return ent_fail(err, ENT_BUG, "entry %" PRIu64 " is applied at %" PRIu64, entry->seq,
                        *position);
    *position += 1;
    if (link_kind_ahead(entry->kind) && entry->seq < talk->ahead[peer[1] - '0'])
        return ENT_OK; /* heard already */
    line = &talk->heard[talk->heard_count++];
    assert_true(talk->heard_count < 2048);
    (void)snprintf(line->peer, sizeof line->peer, "%s", peer);
    memcpy(line->id, entry->id, sizeof line->id);
    line->gone = body.ptr == NULL;
    line->urgent = link_kind_ahead(entry->kind);
    (void)snprintf(line->text, sizeof line->text, "%.*s", (int)body.size, (const char *)body.ptr);
    if (entry->kind == LINK_HELLO && !line->gone)
        fed_end_to(talk->node, peer)->host.peer_versions =
            (link_versions){ 1, (unsigned)(line->text[1] - '0') };
    if (!line->gone && line->text[0] == '?')
        fed_talk_say(talk, peer, "!");
    return ENT_OK;
}

static inline ent_code fed_talk_ahead(void *arg, ent_arena *arena, const char *peer,
                                      const link_entry *entry, ent_span body, ent_err *err)
{
    fed_talk *talk = arg;
    uint64_t *ahead = &talk->ahead[peer[1] - '0'], *position = &talk->position[peer[1] - '0'];
    uint64_t at = *position;
    ent_code rc;

    if (entry->seq < at || entry->seq < *ahead)
        return ENT_OK;
    talk->early += entry->seq > at;
    *position = entry->seq;
    rc = fed_talk_apply(talk, arena, peer, entry, body, err);
    *position = at;
    *ahead = entry->seq + 1;
    return rc;
}

static inline ent_code fed_talk_ahead_position(void *arg, const char *peer, uint64_t *next,
                                               ent_err *err)
{
    (void)err;
    *next = ((fed_talk *)arg)->ahead[peer[1] - '0'];
    return ENT_OK;
}

static inline ent_code fed_talk_first(void *arg, ent_arena *arena, const char *peer, char id[37],
                                      link_kind *kind, ent_span *body, ent_err *err)
{
    fed_talk *talk = arg;

    for (size_t i = 0; i < talk->out_count; i++) {
        const fed_line *line = &talk->outbox[i];
        ent_str copy;

        if (line->gone || strcmp(line->peer, peer) != 0)
            continue;
        copy = ent_arena_str(arena, ent_str_of(line->text));
        memcpy(id, line->id, 37);
        *kind = line->text[0] == 'v'   ? LINK_HELLO
                : line->text[0] == '^' ? LINK_FLASH
                : line->urgent         ? LINK_RECALL
                                       : LINK_RECEIPT;
        *body = (ent_span){ copy.ptr, copy.size };
        return copy.ptr == NULL ? ent_fail_arena(err) : ENT_OK;
    }
    return ent_fail(err, ENT_NOT_FOUND, "nothing waits for %s", peer);
}

static inline ent_code fed_talk_delete(void *arg, const char *id, ent_err *err)
{
    fed_talk *talk = arg;

    (void)err;
    for (size_t i = 0; i < talk->out_count; i++)
        if (strcmp(talk->outbox[i].id, id) == 0)
            talk->outbox[i].gone = true;
    return ENT_OK;
}

static inline fed_talk *fed_talk_new(fed_node *node)
{
    fed_talk *talk = calloc(1, sizeof *talk);

    assert_non_null(talk);
    talk->node = node;
    node->desk = (fed_desk){
        talk,           fed_talk_position,      fed_talk_apply, fed_talk_first, fed_talk_delete,
        fed_talk_ahead, fed_talk_ahead_position
    };
    for (size_t i = 0; i < FED_NODES; i++)
        if (node->ends[i] != NULL) {
            node->ends[i]->host.ahead = fed_ahead;
            node->ends[i]->host.ahead_position = fed_ahead_position;
        }
    return talk;
}

#endif
