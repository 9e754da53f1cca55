/* ledger/tree and ledger/tile against a slow reference that hashes from scratch. */
#include "test.h"

#include "ledger/tile.h"

#define SMALL 70
#define ROOM  ((size_t)64 << 20)

static ent_hash leaf(uint64_t i)
{
    char text[32];
    int size = snprintf(text, sizeof text, "entry %llu", (unsigned long long)i);

    return ledger_leaf_hash((ent_str){ text, (size_t)size });
}

/* RFC 9162 s2.1.1, word for word: split at the largest power of two below n. */
static ent_hash reference_root(uint64_t from, uint64_t n)
{
    uint64_t k = 1;
    ent_hash left, right;

    if (n == 0)
        return ent_hash_of("", 0);
    if (n == 1)
        return leaf(from);
    while (k * 2 < n)
        k *= 2;
    left = reference_root(from, k);
    right = reference_root(from + k, n - k);
    return ledger_node_hash(&left, &right);
}

static ent_code reference_hash(void *arg, unsigned level, uint64_t index, ent_hash *hash,
                               ent_err *err)
{
    (void)arg;
    (void)err;
    *hash = reference_root(index << level, UINT64_C(1) << level);
    return ENT_OK;
}

static void the_frontier_has_the_root_of_the_reference_at_every_size(void **state)
{
    ledger_frontier frontier, again;
    uint8_t bytes[LEDGER_FRONTIER_SIZE_MAX];
    ent_err err = { 0 };

    (void)state;
    ledger_frontier_init(&frontier);
    for (uint64_t n = 0; n < 300; n++) {
        ent_hash want = reference_root(0, n), got = ledger_frontier_root(&frontier), next = leaf(n);
        size_t size = ledger_frontier_write(&frontier, bytes);

        CHECK(ent_hash_equal(&want, &got));
        CHECK_OK(ledger_frontier_read(&again, (ent_span){ bytes, size }, &err), &err);
        CHECK(memcmp(&again, &frontier, sizeof again) == 0);
        CHECK(ledger_frontier_read(&again, (ent_span){ bytes, size - 1 }, &err) == ENT_FORMAT);
        CHECK_OK(ledger_frontier_append(&frontier, &next, &err), &err);
        /* Unused places stay zero, so that equal frontiers are equal bytes. */
        for (size_t i = 0, used = 0; i < LEDGER_HEIGHT_MAX; i++) {
            used += (frontier.size >> i) & 1;
            if (i + 1 == LEDGER_HEIGHT_MAX)
                memset(frontier.subtrees + used, 0, (LEDGER_HEIGHT_MAX - used) * sizeof(ent_hash));
        }
    }
}

static void every_inclusion_proof_holds_and_every_lie_is_refused(void **state)
{
    ledger_source source = { reference_hash, NULL };
    ent_hash hashes[LEDGER_HEIGHT_MAX];
    ent_err err = { 0 };

    (void)state;
    for (uint64_t size = 1; size < SMALL; size++) {
        ent_hash root = reference_root(0, size);

        for (uint64_t index = 0; index < size; index++) {
            ledger_proof proof = { hashes, 0 };
            ent_hash entry = leaf(index), other = leaf(index + 1);

            CHECK_OK(ledger_inclusion_make(&source, index, size, hashes, &proof.count, &err), &err);
            CHECK_OK(ledger_inclusion_check(&proof, index, size, &entry, &root, &err), &err);
            CHECK(ledger_inclusion_check(&proof, index, size, &other, &root, &err) != ENT_OK);
            for (uint64_t lie = 0; lie < size + 3; lie++) {
                if (lie != index)
                    CHECK(ledger_inclusion_check(&proof, lie, size, &entry, &root, &err) != ENT_OK);
            }
            for (size_t i = 0; i < proof.count; i++) {
                hashes[i].bytes[i % 32] ^= 1;
                CHECK(ledger_inclusion_check(&proof, index, size, &entry, &root, &err) ==
                      ENT_UNTRUSTED);
                hashes[i].bytes[i % 32] ^= 1;
            }
            if (proof.count > 0) {
                proof.count--;
                CHECK(ledger_inclusion_check(&proof, index, size, &entry, &root, &err) != ENT_OK);
                proof.count++;
            }
            hashes[proof.count++] = root;
            CHECK(ledger_inclusion_check(&proof, index, size, &entry, &root, &err) == ENT_FORMAT);
        }
    }
}

static void a_lie_about_the_size_is_refused(void **state)
{
    ent_hash left = leaf(0), right = leaf(1), root = reference_root(0, 2);
    ledger_proof of_left = { &right, 1 }, of_right = { &left, 1 };
    ent_err err = { 0 };

    (void)state;
    CHECK_INT(ledger_inclusion_check(&of_left, 0, 4, &left, &root, &err), ENT_FORMAT);
    CHECK_STR(err.msg, "the proof is shorter than the tree is high [RFC 9162 s2.1]");
    CHECK_INT(ledger_inclusion_check(&of_right, 0, 1, &right, &root, &err), ENT_FORMAT);
    CHECK_STR(err.msg, "the proof is longer than the tree is high [RFC 9162 s2.1]");
}

static void every_consistency_proof_holds_and_every_lie_is_refused(void **state)
{
    ledger_source source = { reference_hash, NULL };
    ent_hash hashes[LEDGER_HEIGHT_MAX + 1];
    ent_err err = { 0 };

    (void)state;
    for (uint64_t size = 1; size < SMALL; size++) {
        ent_hash root = reference_root(0, size);

        for (uint64_t old = 0; old <= size; old++) {
            ledger_proof proof = { hashes, 0 };
            ent_hash old_root = reference_root(0, old), lie = old_root;

            lie.bytes[7] ^= 1;
            CHECK_OK(ledger_consistency_make(&source, old, size, hashes, &proof.count, &err), &err);
            CHECK_OK(ledger_consistency_check(&proof, old, &old_root, size, &root, &err), &err);
            CHECK(ledger_consistency_check(&proof, old, &lie, size, &root, &err) == ENT_UNTRUSTED);
            for (size_t i = 0; i < proof.count; i++) {
                hashes[i].bytes[3] ^= 1;
                CHECK(ledger_consistency_check(&proof, old, &old_root, size, &root, &err) !=
                      ENT_OK);
                hashes[i].bytes[3] ^= 1;
            }
            hashes[proof.count++] = root;
            CHECK(ledger_consistency_check(&proof, old, &old_root, size, &root, &err) != ENT_OK);
        }
        CHECK(ledger_consistency_check(&(ledger_proof){ hashes, 0 }, size + 1, &root, size, &root,
                                       &err) == ENT_FORMAT);
    }
}

/* ---- tiles over files in memory ---- */

typedef struct memory_file {
    char path[LEDGER_TILE_PATH];
    char *content;
    size_t size;
} memory_file;

typedef struct memory {
    memory_file files[4096];
    size_t count, read; /* reads of tiles of hashes */
} memory;

static ent_code memory_read(void *arg, ent_arena *arena, const char *path, ent_str *content,
                            ent_err *err)
{
    memory *m = arg;

    m->read += strncmp(path, "tile/entries/", 13) != 0;
    for (size_t i = 0; i < m->count; i++)
        if (strcmp(m->files[i].path, path) == 0) {
            *content = ent_arena_str(arena, (ent_str){ m->files[i].content, m->files[i].size });
            return content->ptr == NULL ? ent_fail_arena(err) : ENT_OK;
        }
    return ent_fail(err, ENT_NOT_FOUND, "no file %s", path);
}

static ent_code memory_write(void *arg, const char *path, ent_str content, ent_err *err)
{
    memory *m = arg;
    memory_file *file = &m->files[m->count];

    (void)err;
    for (size_t i = 0; i < m->count; i++)
        if (strcmp(m->files[i].path, path) == 0) { /* written again: the same bytes */
            CHECK_INT(m->files[i].size, content.size);
            CHECK(memcmp(m->files[i].content, content.ptr, content.size) == 0);
            return ENT_OK;
        }
    CHECK(m->count < 4096);
    m->count++;
    (void)snprintf(file->path, sizeof file->path, "%s", path);
    file->content = malloc(content.size + 1);
    memcpy(file->content, content.ptr, content.size);
    file->size = content.size;
    return ENT_OK;
}

static void memory_free(memory *m)
{
    for (size_t i = 0; i < m->count; i++)
        free(m->files[i].content);
    free(m);
}

static ent_str entry_text(ent_arena *arena, uint64_t i)
{
    return ent_arena_printf(arena, "entry %llu", (unsigned long long)i);
}

static void grow(const ledger_files *files, uint64_t from, uint64_t to)
{
    ent_arena *arena = ent_arena_new(ROOM);
    ent_str *entries = ent_arena_array(arena, (size_t)(to - from), sizeof *entries);
    ent_err err = { 0 };

    for (uint64_t i = from; i < to; i++)
        entries[i - from] = entry_text(arena, i);
    CHECK_OK(ledger_tiles_append(files, arena, from, entries, (size_t)(to - from), &err), &err);
    ent_arena_free(arena);
}

static void a_log_in_tiles_has_its_root_frontier_and_entries(void **state)
{
    static const uint64_t sizes[] = { 0,   1,   2,    255,  256,   257,  511,
                                      512, 700, 1024, 3000, 65536, 66000 };
    memory *m = calloc(1, sizeof *m);
    ledger_files files = { memory_read, memory_write, m };
    ent_err err = { 0 };

    (void)state;
    for (size_t i = 1; i < sizeof sizes / sizeof *sizes; i++) {
        uint64_t size = sizes[i];
        ent_arena *arena = ent_arena_new(ROOM);
        ledger_tile_source tiles = { .files = &files, .arena = arena, .size = size };
        ledger_source source = ledger_tiles_source(&tiles);
        ent_hash want = reference_root(0, size), root, hashes[LEDGER_HEIGHT_MAX], entry;
        ledger_proof proof = { hashes, 0 };
        ledger_frontier frontier;
        ent_str text;

        grow(&files, sizes[i - 1], size);
        CHECK_OK(ledger_source_root(&source, size, &root, &err), &err);
        CHECK(ent_hash_equal(&root, &want));
        CHECK_OK(ledger_tiles_frontier(&files, arena, size, &frontier, &err), &err);
        root = ledger_frontier_root(&frontier);
        CHECK(ent_hash_equal(&root, &want));
        CHECK_OK(ledger_tiles_entry(&files, arena, size - 1, size, &text, &err), &err);
        entry = ledger_leaf_hash(text);
        CHECK_OK(ledger_inclusion_make(&source, size - 1, size, hashes, &proof.count, &err), &err);
        CHECK_OK(ledger_inclusion_check(&proof, size - 1, size, &entry, &root, &err), &err);
        CHECK(ledger_tiles_entry(&files, arena, size, size, &text, &err) == ENT_NOT_FOUND);
        ent_arena_free(arena);
    }
    memory_free(m);
}

/* A tile of each of three levels lies on the way, and two partial ones at the log's end beside
 * it. */
static void a_proof_reads_no_tile_twice(void **state)
{
    memory *m = calloc(1, sizeof *m);
    ledger_files files = { memory_read, memory_write, m };
    ent_arena *arena = ent_arena_new(ROOM);
    ent_err err = { 0 };

    (void)state;
    grow(&files, 0, 66000);
    for (uint64_t index = 0; index < 66000; index += 1234) {
        ledger_tile_source tiles = { .files = &files, .arena = arena, .size = 66000 };
        ledger_source source = ledger_tiles_source(&tiles);
        ent_hash want = reference_root(0, 66000), hashes[LEDGER_HEIGHT_MAX], entry;
        ledger_proof proof = { hashes, 0 };

        m->read = 0;
        entry = ledger_leaf_hash(entry_text(arena, index));
        CHECK_OK(ledger_inclusion_make(&source, index, 66000, hashes, &proof.count, &err), &err);
        CHECK_OK(ledger_inclusion_check(&proof, index, 66000, &entry, &want, &err), &err);
        if (m->read > 5)
            fail_msg("entry %llu: %zu reads", (unsigned long long)index, m->read);
        ent_arena_reset(arena);
    }
    ent_arena_free(arena);
    memory_free(m);
}

/* A second answer from the kept tile, and one from another tile of the same level. */
static void a_source_that_goes_from_tile_to_tile_says_what_each_holds(void **state)
{
    static const uint64_t way[] = { 3, 4, 300, 5, 599, 256, 255 };
    memory *m = calloc(1, sizeof *m);
    ledger_files files = { memory_read, memory_write, m };
    ent_arena *arena = ent_arena_new(ROOM);
    ledger_tile_source tiles = { .files = &files, .arena = arena, .size = 600 };
    ledger_source source = ledger_tiles_source(&tiles);
    ent_err err = { 0 };

    (void)state;
    grow(&files, 0, 600);
    m->read = 0;
    for (size_t i = 0; i < sizeof way / sizeof *way; i++) {
        ent_hash hash, want = ledger_leaf_hash(entry_text(arena, way[i]));

        CHECK_OK(source.hash(source.arg, 0, way[i], &hash, &err), &err);
        CHECK(ent_hash_equal(&hash, &want));
    }
    CHECK_INT(m->read, 6);
    ent_arena_free(arena);
    memory_free(m);
}

static void tiles_are_the_same_however_the_log_grew(void **state)
{
    memory *at_once = calloc(1, sizeof *at_once), *stepwise = calloc(1, sizeof *stepwise);
    ledger_files whole = { memory_read, memory_write, at_once };
    ledger_files steps = { memory_read, memory_write, stepwise };
    ent_arena *arena = ent_arena_new(ROOM);
    ent_err err = { 0 };

    (void)state;
    grow(&whole, 0, 600);
    for (uint64_t i = 0; i < 600; i += 7)
        grow(&steps, i, i + 7 < 600 ? i + 7 : 600);
    for (size_t i = 0; i < at_once->count; i++) {
        memory_file *file = &at_once->files[i];
        ent_str content;

        CHECK_OK(memory_read(stepwise, arena, file->path, &content, &err), &err);
        CHECK_INT(content.size, file->size);
        CHECK(memcmp(content.ptr, file->content, file->size) == 0);
    }
    ent_arena_free(arena);
    memory_free(at_once);
    memory_free(stepwise);
}

static void paths_are_those_of_the_specification(void **state)
{
    char path[LEDGER_TILE_PATH];

    (void)state;
    ledger_tile_path(0, 1234067, 256, path);
    CHECK_STR(path, "tile/0/x001/x234/067");
    ledger_tile_path(LEDGER_ENTRIES, 5, 112, path);
    CHECK_STR(path, "tile/entries/005.p/112");
    ledger_tile_path(2, 0, 256, path);
    CHECK_STR(path, "tile/2/000");
}

static void a_damaged_bundle_is_refused(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    static const char good[] = "\0\1a\0\2bc";
    ent_err err = { 0 };
    ent_str *entries;

    (void)state;
    CHECK_OK(ledger_bundle_read(arena, (ent_str){ good, 7 }, 2, &entries, &err), &err);
    CHECK_TEXT(entries[1], "bc");
    for (size_t size = 0; size < 7; size++)
        CHECK_INT(ledger_bundle_read(arena, (ent_str){ good, size }, 2, &entries, &err),
                  ENT_FORMAT);
    CHECK_INT(ledger_bundle_read(arena, (ent_str){ good, 7 }, 1, &entries, &err), ENT_FORMAT);
    ent_arena_free(arena);
}

RUN_TESTS(TEST(the_frontier_has_the_root_of_the_reference_at_every_size),
          TEST(every_inclusion_proof_holds_and_every_lie_is_refused),
          TEST(a_lie_about_the_size_is_refused),
          TEST(every_consistency_proof_holds_and_every_lie_is_refused),
          TEST(a_log_in_tiles_has_its_root_frontier_and_entries), TEST(a_proof_reads_no_tile_twice),
          TEST(a_source_that_goes_from_tile_to_tile_says_what_each_holds),
          TEST(tiles_are_the_same_however_the_log_grew), TEST(paths_are_those_of_the_specification),
          TEST(a_damaged_bundle_is_refused))
