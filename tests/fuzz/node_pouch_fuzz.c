/*
 * node_pouch_fuzz -- whatever somebody puts into a pouch for this node.
 *
 * Two homes on disk are made once; ALPHA has said three entries to BRAVO, which has heard none.
 * An input builds a pouch, rightly sealed: the files that ALPHA would pack, one after the other,
 * or one of them, one under another's name, spoiled, of when there was one entry less, or
 * any name and content; and may then spoil, cut or lengthen the file itself.
 *
 * Oracle: nothing is written beside the mirror of that link, and nothing of the pouch is left
 * behind; what the mirror then has verifies, and is applied once and in order; the link never
 * stops, as ALPHA signed nothing that contradicts itself; and all its files, once each, are heard.
 */
#include "unit/node/pair.h"

#include "desk/desk.h"
#include "node/pouch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

#define FILES  32
#define CHUNKS 24

enum { ALL, ONE, RENAMED, SPOILED, EARLIER, ANY };
enum { RIGHT, FLIPPED, CUT, LONGER, UNENDED, FIRST_LINE };

typedef struct packed {
    char name[LINK_PATH_SIZE];
    ent_str content;
} packed;

struct fuzz_world {
    fixture *f;
    packed files[FILES], earlier;
    size_t count;
    char origin[LINK_ORIGIN_SIZE], kept[96], path[96];
    uint8_t box[32];
    ent_hash still; /* of what no pouch may change */
};

typedef struct input {
    const uint8_t *at;
    size_t left;
} input;

static unsigned take(input *in)
{
    if (in->left == 0)
        return 0;
    in->left--;
    return *in->at++;
}

static ent_str take_text(input *in)
{
    size_t size = take(in);
    ent_str text;

    size = size < in->left ? size : in->left;
    text = (ent_str){ (const char *)in->at, size };
    in->at += size;
    in->left -= size;
    return text;
}

/* ---- the homes ---- */

/* Everything below a folder but what a pouch may change: its link's mirror and the holdings. */
static void folder_hash(const char *path, const char *below, crypto_generichash_state *state)
{
    static const char *const skipped[] = { "/links/ALPHA/in",      "/links/ALPHA/out",
                                           "/holdings.db",         "/holdings.db-wal",
                                           "/holdings.db-shm",     "/keys/signer",
                                           "/links/ALPHA/in.lock", "/links/ALPHA/out.lock",
                                           "/run/applied" };
    struct dirent **list = NULL;
    int count;

    for (size_t i = 0; i < sizeof skipped / sizeof *skipped; i++)
        if (strcmp(below, skipped[i]) == 0)
            return;
    (void)crypto_generichash_update(state, (const uint8_t *)below, strlen(below) + 1);
    count = scandir(path, &list, NULL, alphasort);
    if (count < 0) {
        size_t size;
        char *bytes = test_file(path, &size);

        (void)crypto_generichash_update(state, (const uint8_t *)bytes, size);
        free(bytes);
    }
    for (int i = 0; i < count; i++) {
        char full[4096], part[4096];

        (void)snprintf(full, sizeof full, "%s/%s", path, list[i]->d_name);
        (void)snprintf(part, sizeof part, "%s/%s", below, list[i]->d_name);
        if (strcmp(list[i]->d_name, ".") != 0 && strcmp(list[i]->d_name, "..") != 0)
            folder_hash(full, part, state);
        free(list[i]);
    }
    free(list);
}

static ent_hash home_hash(struct fuzz_world *w)
{
    crypto_generichash_state state;
    ent_hash hash;

    (void)crypto_generichash_init(&state, NULL, 0, ENT_HASH_SIZE);
    folder_hash(w->f->b.path, "", &state);
    (void)crypto_generichash_final(&state, hash.bytes, ENT_HASH_SIZE);
    return hash;
}

static void copy(const char *from, const char *to)
{
    pid_t pid = fork();
    int status = -1;

    if (pid == 0) {
        (void)execlp("cp", "cp", "-a", from, to, (char *)NULL);
        _exit(127);
    }
    CHECK_INT(waitpid(pid, &status, 0), pid);
    CHECK_INT(status, 0);
}

static void home_back(struct fuzz_world *w)
{
    ent_err err = { 0 };

    node_desk_close(w->f->db);
    homes_remove(w->f->b.path);
    copy(w->kept, w->f->b.path);
    CHECK_OK(node_desk_open(w->f->arena, &w->f->b, &w->f->db, &err), &err);
}

static void file_take(struct fuzz_world *w, const node_link *link, const char *name, packed *file)
{
    char path[LINK_PATH_SIZE];
    ent_err err = { 0 };

    CHECK(w->count < FILES);
    link_path(LINK_OUT, name, path);
    (void)snprintf(file->name, sizeof file->name, "%s", name);
    CHECK_OK(link->host.read(link->host.arg, w->f->arena, path, &file->content, &err), &err);
}

/* In the order in which ALPHA would pack them. */
static void files_take(struct fuzz_world *w, const node_link *link)
{
    char tile[LEDGER_TILE_PATH], path[LINK_PATH_SIZE];
    link_head head;
    ent_err err = { 0 };

    CHECK_OK(link_head_read(&link->host, w->f->arena, LINK_OUT, &head, &err), &err);
    ledger_tile_path_in(LEDGER_ENTRIES, 0, head.size, tile);
    file_take(w, link, tile, &w->files[w->count++]);
    for (uint64_t seq = 0; seq < head.size; seq++) {
        link_entry entry;

        CHECK_OK(
            link_entry_at(&link->host, w->f->arena, LINK_OUT, seq, head.size, &entry, NULL, &err),
            &err);
        for (int i = 0; i < 2; i++) {
            link_path_of(LINK_OUT, i == 0 ? "key" : "body", &entry.body, path);
            file_take(w, link, path + 4, &w->files[w->count++]);
        }
    }
    file_take(w, link, "checkpoint", &w->files[w->count++]);
}

static struct fuzz_world world;

static void world_end(void)
{
    void *state = world.f;

    (void)tear_down(&state);
}

static void world_build(struct fuzz_world *w)
{
    void *state;
    node_link link;
    ent_err err = { 0 };

    CHECK_INT(set_up(&state), 0);
    w->f = state;
    (void)atexit(world_end);
    (void)snprintf(w->kept, sizeof w->kept, "%s/kept", w->f->folder);
    (void)snprintf(w->path, sizeof w->path, "%s/pouch", w->f->folder);
    pair_say(w->f, w->f->da, "BRAVO", LINK_RECEIPT, "{}");
    pair_say(w->f, w->f->da, "BRAVO", LINK_RECEIPT, "{}");
    CHECK_OK(node_link_open(w->f->arena, &w->f->a, w->f->da, "BRAVO", &link, &err), &err);
    file_take(w, &link, "checkpoint", &w->earlier);
    pair_say(w->f, w->f->da, "BRAVO", LINK_RECEIPT, "{}");
    files_take(w, &link);
    memcpy(w->origin, link.host.out_origin, sizeof w->origin);
    memcpy(w->box, link.peer.box, sizeof w->box);
    node_link_close(&link);
    node_desk_close(w->f->db);
    copy(w->f->b.path, w->kept);
    CHECK_OK(node_desk_open(w->f->arena, &w->f->b, &w->f->db, &err), &err);
    w->still = home_hash(w);
}

/* ---- a pouch ---- */

struct sealing {
    crypto_secretstream_xchacha20poly1305_state stream;
    ent_buf buf;
};

static void chunk_seal(struct sealing *s, ent_arena *arena, const void *name, size_t name_size,
                       ent_str content, bool last)
{
    size_t size = name_size + content.size;
    uint8_t *plain = ent_arena_alloc(arena, size + 1), prefix[4];
    uint8_t *sealed = ent_arena_alloc(arena, size + crypto_secretstream_xchacha20poly1305_ABYTES);
    unsigned long long got;

    CHECK(plain != NULL && sealed != NULL);
    memcpy(plain, name, name_size);
    if (content.size > 0)
        memcpy(plain + name_size, content.ptr, content.size);
    (void)crypto_secretstream_xchacha20poly1305_push(
        &s->stream, sealed, &got, plain, size, NULL, 0,
        last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : 0);
    for (size_t i = 0; i < 4; i++)
        prefix[i] = (uint8_t)(got >> (24 - 8 * i));
    ent_buf_put(&s->buf, prefix, sizeof prefix);
    ent_buf_put(&s->buf, sealed, (size_t)got);
}

static void file_seal(struct sealing *s, ent_arena *arena, const char *name, ent_str content)
{
    chunk_seal(s, arena, name, strlen(name) + 1, content, false);
}

static void pouch_begin(struct fuzz_world *w, struct sealing *s, ent_arena *arena, bool other)
{
    uint8_t key[crypto_secretstream_xchacha20poly1305_KEYBYTES];
    uint8_t sealed[sizeof key + crypto_box_SEALBYTES];
    uint8_t header[crypto_secretstream_xchacha20poly1305_HEADERBYTES];

    memset(key, 7, sizeof key);
    ent_buf_init(&s->buf, arena);
    ent_buf_printf(&s->buf, "entente-pouch v1 %s\n", other ? "entente.example/x" : w->origin);
    CHECK_INT(crypto_box_seal(sealed, key, sizeof key, w->box), 0);
    (void)crypto_secretstream_xchacha20poly1305_init_push(&s->stream, header, key);
    ent_buf_put(&s->buf, sealed, sizeof sealed);
    ent_buf_put(&s->buf, header, sizeof header);
}

static void spoiled_seal(struct sealing *s, ent_arena *arena, const packed *file, input *in)
{
    ent_str content = ent_arena_str(arena, file->content);
    unsigned at = take(in) << 8;

    at |= take(in);
    if (content.size > 0)
        ((char *)(uintptr_t)content.ptr)[at % content.size] ^= (char)(1U << (take(in) & 7));
    file_seal(s, arena, file->name, content);
}

/* One step of the input. */
static void some_seal(struct fuzz_world *w, struct sealing *s, ent_arena *arena, unsigned op,
                      input *in)
{
    const packed *file = &w->files[(op >> 3) % w->count];

    switch (op & 7) {
    case ALL:
        for (size_t i = 0; i < w->count; i++)
            file_seal(s, arena, w->files[i].name, w->files[i].content);
        break;
    case ONE:
        file_seal(s, arena, file->name, file->content);
        break;
    case RENAMED:
        file_seal(s, arena, w->files[take(in) % w->count].name, file->content);
        break;
    case SPOILED:
        spoiled_seal(s, arena, file, in);
        break;
    case EARLIER:
        file_seal(s, arena, w->earlier.name, w->earlier.content);
        break;
    default: {
        ent_str name = take_text(in);

        chunk_seal(s, arena, name.ptr, name.size, take_text(in), false);
    }
    }
}

/* The bytes of a pouch; *whole: it is what ALPHA would have packed. */
static ent_str pouch_make(struct fuzz_world *w, ent_arena *arena, input *in, bool *whole)
{
    unsigned how = take(in), end = how & 7, where = take(in) << 8, steps = 0;
    struct sealing s;
    ent_str pouch;
    ent_err err = { 0 };
    char *bytes;

    where |= take(in);
    *whole = end == RIGHT;
    pouch_begin(w, &s, arena, end == FIRST_LINE);
    for (; steps < CHUNKS && in->left > 0; steps++) {
        unsigned op = take(in);

        *whole = *whole && steps == 0 && (op & 7) == ALL;
        some_seal(w, &s, arena, op, in);
    }
    *whole = *whole && steps == 1;
    if (end != UNENDED)
        chunk_seal(&s, arena, "", 1, ENT_STR_NONE, true);
    if (end == LONGER)
        ent_buf_byte(&s.buf, (uint8_t)where);
    CHECK_OK(ent_buf_done(&s.buf, &pouch, &err), &err);
    bytes = (char *)(uintptr_t)pouch.ptr;
    if (end == FLIPPED)
        bytes[where % pouch.size] ^= (char)(1U << (how >> 3 & 7));
    if (end == CUT)
        pouch.size -= 1 + where % pouch.size;
    return pouch;
}

/* ---- what must hold ---- */

static uint64_t position(struct fuzz_world *w, ent_arena *arena)
{
    uint64_t next;
    ent_err err = { 0 };

    CHECK_OK(desk_position(node_desk_desk(w->f->db), arena, "ALPHA", &next, &err), &err);
    return next;
}

static void mirror_check(struct fuzz_world *w, ent_arena *arena, uint64_t heard)
{
    link_verdict verdict;
    node_link link;
    link_head head;
    ent_err err = { 0 };

    CHECK_OK(node_link_open(arena, &w->f->b, w->f->db, "ALPHA", &link, &err), &err);
    CHECK_OK(link_head_read(&link.host, arena, LINK_IN, &head, &err), &err);
    ENT_ASSERT(heard <= head.size);
    if (head.size > 0)
        CHECK_OK(link_verify(&link.host, LINK_IN, heard, &verdict, &err), &err);
    node_link_close(&link);
}

static void pouch_check(struct fuzz_world *w, ent_arena *arena, ent_str pouch, bool whole)
{
    char code[NODE_CODE_SIZE];
    uint64_t applied, heard;
    ent_hash after;
    ent_err err = { 0 };
    ent_code rc;

    CHECK_OK(node_file_write(w->path, ent_span_of_str(pouch), 0600, &err), &err);
    rc = node_pouch_open(arena, &w->f->b, w->f->db, w->path, code, &applied, &err);
    ENT_ASSERT(rc == ENT_OK || err.msg[0] != '\0');
    ENT_ASSERT(rc != ENT_BUG && rc != ENT_MEMORY);
    heard = position(w, arena);
    ENT_ASSERT(heard == applied);
    ENT_ASSERT(!whole || (rc == ENT_OK && heard == 3));
    after = home_hash(w);
    ENT_ASSERT(ent_hash_equal(&w->still, &after));
    mirror_check(w, arena, heard);
    if (heard > 0 ||
        access(node_path(arena, "%s/links/ALPHA/in/checkpoint", w->f->b.path), F_OK) == 0)
        home_back(w);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    int role = homes_role(*argc, *argv);

    if (role >= 0)
        exit(role);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_world *w = &world;
    input in = { data, size };
    ent_arena *arena;
    ent_str pouch;
    bool whole;

    if (w->f == NULL)
        world_build(w);
    if (size > 1 << 14)
        return 0;
    arena = ent_arena_new((size_t)1 << 30);
    pouch = pouch_make(w, arena, &in, &whole);
    pouch_check(w, arena, pouch, whole);
    ent_arena_free(arena);
    return 0;
}
