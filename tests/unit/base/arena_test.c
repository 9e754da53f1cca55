/* base/arena: what is zeroed is zeroed, in blocks of every size and after a reset, and the limit holds.  base/hash:
 * SHA-256 as its standard has it, in whatever pieces. */
#include "test.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/text.h"

static bool is_zero(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

static void what_is_allocated_is_zeroed_and_aligned(void **state)
{
    static const size_t sizes[] = { 1,
                                    100,
                                    (size_t)16 << 10,
                                    (size_t)5 << 20,
                                    ((size_t)33 << 20) - 100,
                                    ((size_t)33 << 20) + 100,
                                    ((size_t)40 << 20) };
    ent_arena *arena = ent_arena_new((size_t)256 << 20);

    (void)state;
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            uint8_t *bytes = ent_arena_alloc(arena, sizes[i]), *raw;

            assert_non_null(bytes);
            CHECK((uintptr_t)bytes % _Alignof(max_align_t) == 0);
            CHECK(is_zero(bytes, sizes[i]));
            memset(bytes, 0xa5, sizes[i]);
            raw =
                ent_arena_raw(arena, 64); /* is dirty behind what was zeroed, and zeroes nothing */
            assert_non_null(raw);
            memset(raw, 0x5a, 64);
        }
        /* The newest block is what a reset keeps: one that came zeroed, and is so no more. */
        memset(ent_arena_alloc(arena, (size_t)50 << 20), 0xa5, (size_t)50 << 20);
        ent_arena_reset(arena);
    }
    ent_arena_free(arena);
}

static void the_limit_holds_for_blocks_of_every_size(void **state)
{
    ent_arena *arena = ent_arena_new((size_t)64 << 20);
    ent_err err = { 0 };

    (void)state;
    assert_non_null(ent_arena_alloc(arena, (size_t)40 << 20));
    CHECK(ent_arena_alloc(arena, (size_t)40 << 20) == NULL);
    CHECK(ent_arena_failed(arena));
    CHECK_INT(ent_arena_rc(arena, ENT_LIMIT, &err), ENT_LIMIT); /* ours, not the system's */
    assert_non_null(ent_arena_alloc(arena, (size_t)20 << 20));
    CHECK_INT(ent_arena_used(arena), (size_t)60 << 20);
    ent_arena_free(arena);
}

static void a_list_grows_and_keeps_what_it_has(void **state)
{
    ent_arena *arena = ent_arena_new((size_t)1 << 20);
    uint32_t *list = NULL, *grown;
    size_t room = 0, count = 0, times = 0;

    (void)state;
    for (; count < 1000; count++) {
        if (count == room) {
            list = ent_arena_grow(arena, list, &room, sizeof *list);
            assert_non_null(list);
            CHECK(room > count);
            for (size_t i = count; i < room; i++)
                CHECK_INT(list[i], 0);
            times++;
        }
        list[count] = (uint32_t)count * 7 + 1;
    }
    CHECK(times <= 6);
    for (size_t i = 0; i < count; i++)
        CHECK_INT(list[i], i * 7 + 1);
    /* Where there is no room the list is what it was, and so is its size. */
    ent_arena_fail_after(arena, 0);
    grown = ent_arena_grow(arena, list, &room, sizeof *list);
    CHECK(grown == NULL && room >= count && list[999] == 999 * 7 + 1);
    room = SIZE_MAX / 2 + 1;
    CHECK(ent_arena_grow(arena, list, &room, 1) == NULL && room == SIZE_MAX / 2 + 1);
    ent_arena_free(arena);
}

/* FIPS 180-4, the examples of one block and of two. */
static void hashes_are_those_of_the_standard_in_whatever_pieces(void **state)
{
    static const char two[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    static const struct {
        const char *text, *hash;
    } known[] = {
        { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { two, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
    };
    ent_hash have, again;
    char hex[65];

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t size = strlen(known[i].text);

        have = ent_hash_of(size == 0 ? NULL : known[i].text, size);
        ent_hex_write(have.bytes, sizeof have.bytes, hex);
        CHECK_STR(hex, known[i].hash);
        for (size_t cut = 0; cut <= size; cut++) {
            const ent_span pieces[] = { { known[i].text, cut },
                                        { NULL, 0 },
                                        { known[i].text + cut, size - cut } };

            again = ent_hash_pieces(pieces, 3);
            CHECK(ent_hash_equal(&have, &again));
        }
    }
}

RUN_TESTS(TEST(what_is_allocated_is_zeroed_and_aligned),
          TEST(the_limit_holds_for_blocks_of_every_size), TEST(a_list_grows_and_keeps_what_it_has),
          TEST(hashes_are_those_of_the_standard_in_whatever_pieces))
