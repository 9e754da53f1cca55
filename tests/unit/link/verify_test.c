/* link/verify: one changed byte anywhere in a link's folder is found and named. */
#include "sim/federation.h"

typedef struct fixture {
    fed *f;
    fed_talk *talks[FED_NODES];
} fixture;

static int set_up(void **state)
{
    fixture *x = calloc(1, sizeof *x);

    x->f = fed_new(13, 2, (fed_faults){ 0 });
    for (size_t i = 0; i < 2; i++)
        x->talks[i] = fed_talk_new(&x->f->nodes[i]);
    for (int i = 0; i < 4; i++) {
        fed_talk_say(x->talks[0], "N1", "?something of some length");
        fed_run_quiet(x->f, 60000);
    }
    *state = x;
    return 0;
}

static int tear_down(void **state)
{
    fixture *x = *state;

    for (size_t i = 0; i < 2; i++)
        free(x->talks[i]);
    fed_free(x->f);
    free(x);
    return 0;
}

static ent_code both_verify(fed_end *end, ent_err *err)
{
    link_verdict verdict;

    ENT_TRY(link_verify(&end->host, LINK_OUT, UINT64_MAX, &verdict, err));
    return link_verify(&end->host, LINK_IN, UINT64_MAX, &verdict, err);
}

/* The folder part of a path: what the message has to name at least. */
static bool is_named(const char *msg, const char *path)
{
    char part[LINK_PATH_SIZE];

    if (strstr(msg, path) != NULL)
        return true;
    /* An entry and its leaf hash: which of the two was changed cannot be told. */
    if (strstr(path, "tile/") != NULL)
        return strstr(msg, "tile/") != NULL;
    /* A key that does not open its body is named by the body, and kept/ by what it opens. */
    (void)snprintf(part, sizeof part, "%s", strrchr(path, '/'));
    return strstr(msg, part) != NULL;
}

static void every_changed_byte_is_found_and_its_file_named(void **state)
{
    fixture *x = *state;
    size_t files = 0, flips = 0;

    for (size_t n = 0; n < 2; n++) {
        fed_end *end = x->f->nodes[n].ends[1 - n];

        for (size_t i = 0; i < FED_FILES; i++) {
            fed_file *file = &end->files[i];

            if (file->bytes == NULL)
                continue;
            files++;
            for (size_t at = 0; at < file->size; at += file->size < 100 ? 3 : 17) {
                ent_err err = { 0 };
                char bit = (char)(1 << (at % 8));

                file->bytes[at] ^= bit;
                if (both_verify(end, &err) != ENT_UNTRUSTED)
                    fail_msg("%s: byte %zu was changed and not found", file->path, at);
                if (!is_named(err.msg, file->path))
                    fail_msg("%s: byte %zu was changed and '%s' says another place", file->path, at,
                             err.msg);
                file->bytes[at] ^= bit;
                flips++;
            }
        }
    }
    print_message("# %zu changes in %zu files, all found\n", flips, files);
    assert_true(files > 40);
}

static void a_shortened_and_a_removed_file_are_found(void **state)
{
    fixture *x = *state;

    for (size_t n = 0; n < 2; n++) {
        fed_end *end = x->f->nodes[n].ends[1 - n];

        for (size_t i = 0; i < FED_FILES; i++) {
            fed_file *file = &end->files[i];
            char *bytes = file->bytes;
            ent_err err = { 0 };

            if (bytes == NULL)
                continue;
            file->size--;
            if (both_verify(end, &err) != ENT_UNTRUSTED)
                fail_msg("%s was shortened and it was not found", file->path);
            file->size++;
            /* Old partial tiles are removed by the node itself; heads say how much there is. */
            if (strstr(file->path, "checkpoint") != NULL ||
                strstr(file->path, "cosignature") != NULL || strstr(file->path, ".p/3") != NULL)
                continue;
            file->bytes = NULL;
            if (both_verify(end, &err) != ENT_UNTRUSTED)
                fail_msg("%s was removed and it was not found", file->path);
            file->bytes = bytes;
        }
    }
}

static void an_erased_body_is_no_damage(void **state)
{
    fixture *x = *state;
    fed_end *end = x->f->nodes[0].ends[1];
    ent_arena *arena = ent_arena_new(FED_MEMORY);
    link_verdict verdict;
    link_entry entry;
    ent_err err = { 0 };

    CHECK_OK(link_entry_at(&end->host, arena, LINK_OUT, 1, 4, &entry, NULL, &err), &err);
    CHECK_OK(link_body_erase(&end->host, LINK_OUT, &entry.body, &err), &err);
    CHECK_OK(link_verify(&end->host, LINK_OUT, UINT64_MAX, &verdict, &err), &err);
    CHECK_INT(verdict.erased, 1);
    CHECK_INT(verdict.bodies, 3);
    ent_arena_free(arena);
}

static void bodies_that_were_not_fetched_yet_are_no_damage_behind_the_position(void **state)
{
    fixture *x = *state;
    fed_end *end = x->f->nodes[1].ends[0];
    ent_arena *arena = ent_arena_new(FED_MEMORY);
    char path[LINK_PATH_SIZE];
    link_verdict verdict;
    link_entry entry;
    ent_err err = { 0 };

    CHECK_OK(link_entry_at(&end->host, arena, LINK_IN, 3, 4, &entry, NULL, &err), &err);
    link_path_of(LINK_IN, "key", &entry.body, path);
    CHECK_OK(fed_remove(end, path, &err), &err);
    link_path_of(LINK_IN, "body", &entry.body, path);
    CHECK_OK(fed_remove(end, path, &err), &err);
    CHECK_OK(link_verify(&end->host, LINK_IN, 3, &verdict, &err), &err);
    CHECK_INT(verdict.absent, 1);
    CHECK_INT(link_verify(&end->host, LINK_IN, 4, &verdict, &err), ENT_UNTRUSTED);
    ent_arena_free(arena);
}

/* Entry and leaf hash changed to fit each other: only the signed root tells. */
static void a_change_that_fits_itself_does_not_fit_the_signed_root(void **state)
{
    fixture *x = *state;
    fed_end *end = x->f->nodes[0].ends[1];
    fed_file *bundle = fed_file_at(end, "out/tile/entries/000.p/4");
    fed_file *tile = fed_file_at(end, "out/tile/0/000.p/4");
    size_t size = (size_t)(uint8_t)bundle->bytes[0] << 8 | (uint8_t)bundle->bytes[1];
    char *digit = strstr(bundle->bytes + 2, "\"time\":\"19") + 11; /* 1970-... */
    link_verdict verdict;
    ent_err err = { 0 };
    ent_hash leaf;

    assert_true(digit < bundle->bytes + 2 + size);
    *digit = '6';
    leaf = ledger_leaf_hash((ent_str){ bundle->bytes + 2, size });
    memcpy(tile->bytes, leaf.bytes, sizeof leaf.bytes);
    for (int w = 1; w < 4; w++) { /* what is left of sizes before */
        char path[LINK_PATH_SIZE];

        (void)snprintf(path, sizeof path, "out/tile/entries/000.p/%d", w);
        free(fed_file_at(end, path)->bytes);
        fed_file_at(end, path)->bytes = NULL;
        (void)snprintf(path, sizeof path, "out/tile/0/000.p/%d", w);
        free(fed_file_at(end, path)->bytes);
        fed_file_at(end, path)->bytes = NULL;
    }
    CHECK_INT(link_verify(&end->host, LINK_OUT, UINT64_MAX, &verdict, &err), ENT_UNTRUSTED);
    assert_non_null(strstr(err.msg, "do not lead to the signed root"));
}

static void tiles_of_tiles_are_compared_too(void **state)
{
    fixture *x = *state;
    fed_end *end = x->f->nodes[0].ends[1];
    link_verdict verdict;
    ent_err err = { 0 };

    for (int i = 0; i < 300; i++)
        fed_talk_say(x->talks[0], "N1", "more");
    CHECK_OK(fed_flush(end, &err), &err);
    CHECK_OK(link_verify(&end->host, LINK_OUT, UINT64_MAX, &verdict, &err), &err);
    CHECK_INT(verdict.entries, 304);
    for (size_t at = 0; at < ENT_HASH_SIZE; at++) {
        fed_file *tile = fed_file_at(end, "out/tile/1/000.p/1");

        tile->bytes[at] ^= 4;
        CHECK_INT(link_verify(&end->host, LINK_OUT, UINT64_MAX, &verdict, &err), ENT_UNTRUSTED);
        assert_non_null(strstr(err.msg, "out/tile/1/000.p/1"));
        tile->bytes[at] ^= 4;
    }
}

#define WITH_TWO(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

RUN_TESTS(WITH_TWO(every_changed_byte_is_found_and_its_file_named),
          WITH_TWO(a_shortened_and_a_removed_file_are_found),
          WITH_TWO(a_change_that_fits_itself_does_not_fit_the_signed_root),
          WITH_TWO(tiles_of_tiles_are_compared_too), WITH_TWO(an_erased_body_is_no_damage),
          WITH_TWO(bodies_that_were_not_fetched_yet_are_no_damage_behind_the_position))
