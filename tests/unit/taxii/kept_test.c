/* taxii/kept: pages are kept from the second time on, and only while nothing has changed. */
#include "test.h"

#include "taxii/kept_int.h"

static const taxii_kept_page one = { { "{\"objects\":[1]}", 15 }, 1, 10, 20 };

static bool found(taxii_kept *kept, uint32_t state, const char *key, taxii_kept_page *page)
{
    ent_arena *arena = ent_arena_new((size_t)4 << 20);
    bool there = taxii_kept_find(kept, state, ent_str_of(key), arena, page);

    if (there)
        page->body.size = page->body.size > 0 ? (size_t)page->body.ptr[0] : 0;
    ent_arena_free(arena);
    return there;
}

static bool asked(taxii_kept *kept, uint32_t state, const char *key)
{
    taxii_kept_page page;

    if (found(kept, state, key, &page))
        return true;
    taxii_kept_put(kept, ent_str_of(key), &one);
    return false;
}

static void what_is_asked_for_twice_is_kept(void **unused)
{
    taxii_kept *kept = taxii_kept_new();
    taxii_kept_page page;

    (void)unused;
    assert_false(asked(kept, 1, "a"));
    assert_false(asked(kept, 1, "a"));
    assert_true(found(kept, 1, "a", &page));
    assert_int_equal(page.body.size, '{');
    assert_int_equal(page.count, 1);
    assert_int_equal(page.first, 10);
    assert_int_equal(page.last, 20);
    taxii_kept_free(kept);
}

static void another_state_forgets_all(void **unused)
{
    taxii_kept *kept = taxii_kept_new();

    (void)unused;
    for (int i = 0; i < 3; i++)
        (void)asked(kept, 1, "a");
    assert_true(asked(kept, 1, "a"));
    assert_false(asked(kept, 2, "a"));
    assert_false(asked(kept, 2, "a"));
    assert_true(asked(kept, 2, "a"));
    assert_false(asked(kept, 1, "a"));
    taxii_kept_free(kept);
}

/* Enough keys that many share a place. */
static void a_key_never_gets_the_page_of_another(void **unused)
{
    taxii_kept *kept = taxii_kept_new();
    ent_arena *arena = ent_arena_new((size_t)1 << 20);

    (void)unused;
    for (int i = 0; i < 2000; i++) {
        ent_str key = ent_arena_printf(arena, "key %d", i % 1000);
        taxii_kept_page page = { key, (size_t)i, i, i }, got;

        for (int ask = 0; ask < 3; ask++)
            if (taxii_kept_find(kept, 1, key, arena, &got)) {
                assert_int_equal(ask, 2);
                assert_true(ent_str_equal(got.body, key));
                assert_int_equal(got.count, i);
            } else {
                assert_int_not_equal(ask, 2);
                taxii_kept_put(kept, key, &page);
            }
        ent_arena_reset(arena);
    }
    ent_arena_free(arena);
    taxii_kept_free(kept);
}

/* A walk passes by what is asked for all the time. */
static void what_is_asked_for_once_takes_no_place(void **unused)
{
    taxii_kept *kept = taxii_kept_new();
    char key[32];

    (void)unused;
    (void)asked(kept, 1, "hot");
    (void)asked(kept, 1, "hot");
    for (int i = 0; i < 10000; i++) {
        (void)snprintf(key, sizeof key, "cold %d", i);
        assert_false(asked(kept, 1, key));
    }
    assert_true(asked(kept, 1, "hot"));
    taxii_kept_free(kept);
}

static void memory_is_bounded(void **unused)
{
    taxii_kept *kept = taxii_kept_new();
    char *bytes = calloc(1, TAXII_KEPT_MEMORY), key[1024];
    taxii_kept_page page = { { bytes, TAXII_KEPT_MEMORY / 2 }, 1, 1, 1 }, got;
    ent_arena *arena = ent_arena_new(TAXII_KEPT_MEMORY);

    (void)unused;
    for (int i = 0; i < 3; i++) { /* too large to be kept */
        assert_false(taxii_kept_find(kept, 1, ENT_STR("large"), arena, &got));
        taxii_kept_put(kept, ENT_STR("large"), &page);
    }
    page.body.size = (size_t)900 << 10;
    for (int i = 0; i < 40; i++) { /* more than there is room for */
        (void)snprintf(key, sizeof key, "key %d", i / 2);
        assert_false(taxii_kept_find(kept, 1, ent_str_of(key), arena, &got));
        taxii_kept_put(kept, ent_str_of(key), &page);
    }
    memset(key, 'k', sizeof key);
    for (int i = 0; i < 3; i++) { /* too long a key */
        assert_false(taxii_kept_find(kept, 1, (ent_str){ key, sizeof key }, arena, &got));
        taxii_kept_put(kept, (ent_str){ key, sizeof key }, &one);
    }
    ent_arena_free(arena);
    free(bytes);
    taxii_kept_free(kept);
}

static void without_room_for_the_copy_it_is_not_found(void **unused)
{
    taxii_kept *kept = taxii_kept_new();
    ent_arena *arena = ent_arena_new(8);
    taxii_kept_page got;

    (void)unused;
    (void)asked(kept, 1, "a");
    (void)asked(kept, 1, "a");
    assert_false(taxii_kept_find(kept, 1, ENT_STR("a"), arena, &got));
    ent_arena_free(arena);
    taxii_kept_free(kept);
}

RUN_TESTS(TEST(what_is_asked_for_twice_is_kept), TEST(another_state_forgets_all),
          TEST(a_key_never_gets_the_page_of_another), TEST(what_is_asked_for_once_takes_no_place),
          TEST(memory_is_bounded), TEST(without_room_for_the_copy_it_is_not_found))
