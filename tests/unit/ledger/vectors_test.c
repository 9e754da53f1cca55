/* ledger against vectors from elsewhere: the RFC 6962 proofs and the C2SP notes of the
 * corpus beside the checkout, and the known roots of certificate transparency. */
#include "test.h"

#include "base/json.h"
#include "base/text.h"
#include "ledger/checkpoint.h"
#include "ledger/proof.h"
#include "ledger/tile.h"

#include <dirent.h>
#include <sys/stat.h>

#define ROOM ((size_t)64 << 20)
#define TLOG "../shared/corpus/hostile/tlog/"
#define RFC  "../shared/corpus/hostile/merkle-rfc6962/testdata"

static ent_json json_file(ent_arena *arena, const char *path)
{
    size_t size;
    char *bytes = test_file(path, &size);
    ent_err err = { 0 };
    ent_json root = { NULL, 0 };
    ent_str text = ent_arena_str(arena, (ent_str){ bytes, size });

    free(bytes);
    CHECK_OK(ent_json_read(arena, text, &root, &err), &err);
    return root;
}

/* Some vectors have words where hashes stand: no hash, unless the vector is to hold. */
static bool hash_read(ent_arena *arena, ent_str base64, bool words, ent_hash *hash)
{
    ent_span bytes = { NULL, 0 };
    ent_err err = { 0 };

    if (ent_base64_read(arena, base64, &bytes, &err) != ENT_OK)
        return false;
    *hash = ledger_leaf_hash((ent_str){ bytes.ptr, bytes.size });
    if (bytes.size == ENT_HASH_SIZE)
        memcpy(hash->bytes, bytes.ptr, ENT_HASH_SIZE);
    return words || bytes.size == ENT_HASH_SIZE;
}

static bool hashes_read(ent_arena *arena, ent_json list, ent_hash hashes[200], size_t *count)
{
    *count = 0;
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v))
        if (*count == 200 || !hash_read(arena, ent_json_str(v), false, &hashes[(*count)++]))
            return false;
    return true;
}

/* Numbers of these vectors go up to 2^64 - 1. */
static bool number_read(ent_json value, uint64_t *number)
{
    ent_str raw = ent_json_raw(value);
    char text[32] = "";

    if (raw.size == 0 || raw.size >= sizeof text || raw.ptr[0] == '-')
        return false;
    memcpy(text, raw.ptr, raw.size);
    *number = strtoull(text, NULL, 10);
    return true;
}

static bool consistency_holds(ent_arena *arena, ent_json v)
{
    ent_hash hashes[200], root1, root2;
    uint64_t size1, size2;
    ledger_proof proof;
    bool holds = !ent_json_true(ent_json_get(v, "wantErr"));
    ent_err err = { 0 };
    size_t count;

    if (!number_read(ent_json_get(v, "size1"), &size1) ||
        !number_read(ent_json_get(v, "size2"), &size2) ||
        !hash_read(arena, ent_json_get_text(v, "root1"), holds, &root1) ||
        !hash_read(arena, ent_json_get_text(v, "root2"), holds, &root2) ||
        !hashes_read(arena, ent_json_get(v, "proof"), hashes, &count))
        return false;
    proof = (ledger_proof){ hashes, count };
    return ledger_consistency_check(&proof, size1, &root1, size2, &root2, &err) == ENT_OK;
}

static bool inclusion_holds(ent_arena *arena, ent_json v, const char *index_name,
                            const char *size_name, const char *leaf_name)
{
    ent_hash hashes[200], root, leaf;
    uint64_t index, size;
    ledger_proof proof;
    bool holds = !ent_json_true(ent_json_get(v, "wantErr"));
    ent_err err = { 0 };
    size_t count;

    if (!number_read(ent_json_get(v, index_name), &index) ||
        !number_read(ent_json_get(v, size_name), &size) ||
        !hash_read(arena, ent_json_get_text(v, "root"), holds, &root) ||
        !hash_read(arena, ent_json_get_text(v, leaf_name), holds, &leaf) ||
        !hashes_read(arena, ent_json_get(v, "proof"), hashes, &count))
        return false;
    proof = (ledger_proof){ hashes, count };
    return ledger_inclusion_check(&proof, index, size, &leaf, &root, &err) == ENT_OK;
}

/* Every file below `folder`; returns how many. */
static size_t folder_try(const char *folder, bool inclusion, size_t *wrong)
{
    DIR *dir = opendir(folder);
    size_t count = 0;

    assert_non_null(dir);
    for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        ent_arena *arena;
        char path[1024];
        struct stat st;
        ent_json v;
        bool holds;

        (void)snprintf(path, sizeof path, "%.600s/%.300s", folder, e->d_name);
        if (e->d_name[0] == '.' || stat(path, &st) != 0)
            continue;
        if (S_ISDIR(st.st_mode)) {
            count += folder_try(path, inclusion, wrong);
            continue;
        }
        arena = ent_arena_new(ROOM);
        v = json_file(arena, path);
        holds = inclusion ? inclusion_holds(arena, v, "leafIdx", "treeSize", "leafHash")
                          : consistency_holds(arena, v);
        if (holds == ent_json_true(ent_json_get(v, "wantErr"))) {
            print_message("# %s\n", path);
            ++*wrong;
        }
        ent_arena_free(arena);
        count++;
    }
    (void)closedir(dir);
    return count;
}

static void the_proofs_of_rfc_6962_are_judged_as_others_judge_them(void **state)
{
    size_t count, wrong = 0;

    (void)state;
    SHARED_OR_SKIP("corpus/hostile/merkle-rfc6962/testdata");
    count = folder_try(RFC "/inclusion", true, &wrong);
    count += folder_try(RFC "/consistency", false, &wrong);
    print_message("# %zu proofs\n", count);
    assert_true(count > 100);
    CHECK_INT(wrong, 0);
}

static void the_proofs_of_a_log_of_300_are_judged_right(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    size_t count = 0;
    ent_json all;

    (void)state;
    SHARED_OR_SKIP("corpus/hostile/tlog/vectors.json");
    all = json_file(arena, TLOG "vectors.json");
    for (ent_json v = ent_json_first(ent_json_get(all, "proofs")); v.doc != NULL;
         v = ent_json_next(v)) {
        bool holds = ent_str_is(ent_json_get_text(v, "kind"), "inclusion")
                         ? inclusion_holds(arena, v, "index", "size", "leaf")
                         : consistency_holds(arena, v);

        CHECK_INT(holds, ent_str_is(ent_json_get_text(v, "expect"), "accept"));
        count++;
    }
    assert_true(count >= 20);
    ent_arena_free(arena);
}

/* What each checkpoint is, for us: its log's signature holds, or it is refused; and how
 * many of the two witnesses' cosignatures hold. */
static void the_checkpoints_of_the_corpus_are_judged_right(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    ledger_key log, witness[2];
    size_t count = 0, i = 0;
    ent_err err = { 0 };
    ent_str origin;
    ent_json all;

    (void)state;
    SHARED_OR_SKIP("corpus/hostile/tlog/vectors.json");
    all = json_file(arena, TLOG "vectors.json");
    CHECK_OK(ledger_vkey_read(arena, ent_json_get_text(all, "log_vkey"), &log, &err), &err);
    for (ent_json v = ent_json_first(ent_json_get(all, "witness_vkeys")); v.doc != NULL;
         v = ent_json_next(v))
        CHECK_OK(ledger_vkey_read(arena, ent_json_str(v), &witness[i++], &err), &err);
    origin = ent_arena_str(arena, ent_json_get_text(all, "origin"));
    for (ent_json v = ent_json_first(ent_json_get(all, "checkpoints")); v.doc != NULL;
         v = ent_json_next(v)) {
        ent_str file = ent_json_get_text(v, "file"), expect = ent_json_get_text(v, "expect");
        char path[512];
        ledger_checkpoint head;
        ledger_note note;
        size_t size, cosigned = 0;
        char *bytes;
        ent_code rc;
        bool good;

        (void)snprintf(path, sizeof path, TLOG "%.*s", ENT_STR_ARG(file));
        bytes = test_file(path, &size);
        rc = ledger_checkpoint_open(arena, (ent_str){ bytes, size }, origin.ptr, &log, &head, NULL,
                                    &err);
        good = rc == ENT_OK;
        if (ent_str_starts(expect, ENT_STR("reject-cosignature")) ||
            ent_str_starts(expect, ENT_STR("accept"))) {
            if (!good)
                fail_msg("%s is refused: %s", path, err.msg);
        } else if (ent_str_is(expect, "reject") || ent_str_starts(expect, ENT_STR("reject ("))) {
            if (good)
                fail_msg("%s is accepted", path);
        }
        for (size_t w = 0; w < 2 && good; w++) {
            uint64_t seconds = 0;

            CHECK_OK(ledger_note_read((ent_str){ bytes, size }, &note, &err), &err);
            rc = ledger_note_verify(arena, &note, &witness[w], &seconds, &err);
            /* A time that has not come is the caller's to refuse: it has the clock. */
            cosigned += rc == ENT_OK && seconds < 4000000000U;
        }
        if (ent_str_is(expect, "accept-quorum-2"))
            CHECK_INT(cosigned, 2);
        if (ent_str_is(expect, "reject-cosignature"))
            CHECK_INT(cosigned, 0);
        free(bytes);
        count++;
    }
    assert_true(count >= 25);
    ent_arena_free(arena);
}

/* A folder in memory that only remembers the hash of what is written. */
struct tiles {
    ent_arena *arena;
    struct {
        char path[LEDGER_TILE_PATH];
        ent_str content;
    } files[2000];
    size_t count;
};

static ent_code tile_read(void *arg, ent_arena *arena, const char *path, ent_str *content,
                          ent_err *err)
{
    struct tiles *tiles = arg;

    (void)arena;
    for (size_t i = tiles->count; i > 0; i--)
        if (strcmp(tiles->files[i - 1].path, path) == 0) {
            *content = tiles->files[i - 1].content;
            return ENT_OK;
        }
    return ent_fail(err, ENT_NOT_FOUND, "no %s", path);
}

static ent_code tile_write(void *arg, const char *path, ent_str content, ent_err *err)
{
    struct tiles *tiles = arg;

    (void)err;
    assert_true(tiles->count < 2000);
    (void)snprintf(tiles->files[tiles->count].path, LEDGER_TILE_PATH, "%s", path);
    tiles->files[tiles->count++].content = ent_arena_str(tiles->arena, content);
    return ENT_OK;
}

static void the_tiles_of_a_log_of_300_are_the_bytes_that_others_write(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    struct tiles *tiles = ent_arena_alloc(arena, sizeof *tiles);
    ledger_files files = { tile_read, tile_write, tiles };
    ent_err err = { 0 };
    ent_json all;

    (void)state;
    SHARED_OR_SKIP("corpus/hostile/tlog/vectors.json");
    tiles->arena = arena;
    all = json_file(arena, TLOG "vectors.json");
    for (uint64_t i = 0; i < 300; i++) {
        ent_str entry = ent_arena_printf(arena, "{\"test\":\"release record\",\"n\":%llu}",
                                         (unsigned long long)i);

        CHECK_OK(ledger_tiles_append(&files, arena, i, &entry, 1, &err), &err);
    }
    for (ent_json v = ent_json_first(ent_json_get(all, "tiles")); v.doc != NULL;
         v = ent_json_next(v)) {
        char path[LEDGER_TILE_PATH], hex[65];
        ent_str content = ENT_STR_NONE;
        ent_hash hash;

        if (ent_json_name(v).ptr[0] == '_')
            continue;
        (void)snprintf(path, sizeof path, "%.*s", ENT_STR_ARG(ent_json_name(v)));
        CHECK_OK(tile_read(tiles, arena, path, &content, &err), &err);
        hash = ent_hash_of(content.ptr, content.size);
        ent_hex_write(hash.bytes, sizeof hash.bytes, hex);
        CHECK_TEXT(ent_json_str(v), hex);
    }
    ent_arena_free(arena);
}

static void the_tlog_proof_of_the_corpus_reads_verifies_and_writes_back(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    ent_str again = ENT_STR_NONE, entry = ENT_STR("{\"test\":\"release record\",\"n\":299}");
    ledger_proof_text proof;
    ledger_checkpoint head;
    ledger_proof path;
    ledger_note note;
    ent_err err = { 0 };
    ent_hash leaf;
    size_t size;
    char *bytes;

    (void)state;
    SHARED_OR_SKIP("corpus/hostile/tlog/entry299.tlog-proof");
    bytes = test_file(TLOG "entry299.tlog-proof", &size);
    CHECK_OK(ledger_proof_read(arena, (ent_str){ bytes, size }, &proof, &err), &err);
    CHECK_INT(proof.index, 299);
    CHECK_OK(ledger_note_read(proof.checkpoint, &note, &err), &err);
    CHECK_OK(ledger_checkpoint_read(arena, note.text, &head, &err), &err);
    leaf = ledger_leaf_hash(entry);
    path = (ledger_proof){ proof.hashes, proof.count };
    CHECK_OK(ledger_inclusion_check(&path, 299, head.size, &leaf, &head.root, &err), &err);
    CHECK_OK(ledger_proof_write(arena, &proof, &again, &err), &err);
    assert_true(again.size == size && memcmp(again.ptr, bytes, size) == 0);
    free(bytes);
    ent_arena_free(arena);
}

/* The eight leaves of certificate transparency's own tests, and the roots of their trees. */
static void the_known_roots_of_certificate_transparency_come_out(void **state)
{
    static const char *const leaves[] = { "",
                                          "00",
                                          "10",
                                          "2021",
                                          "3031",
                                          "40414243",
                                          "5051525354555657",
                                          "606162636465666768696a6b6c6d6e6f" };
    static const char *const roots[] = {
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    };
    ledger_frontier frontier;
    ent_err err = { 0 };

    (void)state;
    ledger_frontier_init(&frontier);
    for (size_t i = 0; i < 8; i++) {
        uint8_t bytes[16];
        char hex[65];
        size_t size = strlen(leaves[i]) / 2;
        ent_hash leaf, root;

        CHECK_OK(ent_hex_read(ent_str_of(leaves[i]), bytes, size, &err), &err);
        leaf = ledger_leaf_hash((ent_str){ (const char *)bytes, size });
        CHECK_OK(ledger_frontier_append(&frontier, &leaf, &err), &err);
        root = ledger_frontier_root(&frontier);
        ent_hex_write(root.bytes, sizeof root.bytes, hex);
        CHECK_STR(hex, roots[i]);
    }
}

RUN_TESTS(TEST(the_proofs_of_rfc_6962_are_judged_as_others_judge_them),
          TEST(the_proofs_of_a_log_of_300_are_judged_right),
          TEST(the_checkpoints_of_the_corpus_are_judged_right),
          TEST(the_tiles_of_a_log_of_300_are_the_bytes_that_others_write),
          TEST(the_tlog_proof_of_the_corpus_reads_verifies_and_writes_back),
          TEST(the_known_roots_of_certificate_transparency_come_out))
