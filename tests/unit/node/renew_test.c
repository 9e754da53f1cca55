/* node/renew: new TLS and box keys of a node's links, on two real homes; one fetches what lies
 * in the other's out/. */
#include "pair.h"

#include "base/text.h"
#include "http/tls.h"
#include "node/box.h"
#include "node/renew.h"

#include <unistd.h>

typedef struct secrets {
    ent_str box, border, courier;
} secrets;

static ent_str key_file(fixture *f, const char *folder, const char *name)
{
    ent_str text = { "", 0 };
    ent_err err = { 0 };

    CHECK_OK(node_file_read(f->arena, node_path(f->arena, "%s/keys/%s%s", f->a.path, folder, name),
                            65536, &text, &err),
             &err);
    return text;
}

static secrets secrets_of(fixture *f, const char *folder)
{
    return (secrets){ key_file(f, folder, "box.sk"), key_file(f, folder, "border.key"),
                      key_file(f, folder, "courier.key") };
}

static void pin_is(fixture *f, const char *role, const uint8_t pin[32])
{
    uint8_t now[32];
    ent_err err = { 0 };

    CHECK_OK(http_tls_pin(key_file(f, "", node_path(f->arena, "%s.crt", role)), now, &err), &err);
    CHECK(memcmp(now, pin, 32) == 0);
}

static void to_bravo(fixture *f)
{
    uint64_t applied;
    ent_err err = { 0 };

    CHECK_OK(pair_pull(f, &f->a, &f->b, f->db, &applied, &err), &err);
    CHECK_OK(node_desk_flush(f->db, f->arena, &err), &err);
}

static ent_code try_to_alpha(fixture *f, ent_err *err)
{
    uint64_t applied;

    return pair_pull(f, &f->b, &f->a, f->da, &applied, err);
}

static void to_alpha(fixture *f)
{
    ent_err err = { 0 };

    CHECK_OK(try_to_alpha(f, &err), &err);
}

static void due(fixture *f, bool end)
{
    ent_time next;
    ent_err err = { 0 };

    CHECK_OK(node_renew_due(f->da, f->arena, end, &next, &err), &err);
    CHECK_OK(node_desk_flush(f->da, f->arena, &err), &err);
}

static void begin(fixture *f)
{
    ent_err err = { 0 };

    CHECK_OK(node_renew_begin(f->da, f->arena, 30, &err), &err);
}

static bool under_way(fixture *f)
{
    node_renewal r = { 0 };
    ent_err err = { 0 };

    CHECK_OK(node_renewal_read(f->arena, &f->a, &r, &err), &err);
    return r.under_way;
}

static node_peer alpha(fixture *f)
{
    node_peer peer = { 0 };
    ent_err err = { 0 };

    CHECK_OK(node_peer_get(f->arena, &f->b, "ALPHA", &peer, &err), &err);
    return peer;
}

static const char *called_with(fixture *f)
{
    const char *folder = NULL;
    node_peer peer = { 0 };
    ent_err err = { 0 };

    CHECK_OK(node_peer_get(f->arena, &f->a, "BRAVO", &peer, &err), &err);
    CHECK_OK(node_renew_folder(f->arena, &f->a, &peer, &folder, &err), &err);
    return strrchr(folder, '/') + 1;
}

static void alpha_says(fixture *f)
{
    pair_say(f, f->da, "BRAVO", LINK_RECEIPT, "{}");
}

static void bravo_says(fixture *f)
{
    pair_say(f, f->db, "ALPHA", LINK_RECEIPT, "{}");
}

static void all_verify(fixture *f)
{
    pair_verify(f, &f->a, f->da, "BRAVO", LINK_OUT);
    pair_verify(f, &f->a, f->da, "BRAVO", LINK_IN);
    pair_verify(f, &f->b, f->db, "ALPHA", LINK_OUT);
    pair_verify(f, &f->b, f->db, "ALPHA", LINK_IN);
}

/* The secret is in no file of the home. */
static bool is_gone(fixture *f, ent_str secret)
{
    static const char *const folders[] = { "", "old/", "next/" };
    static const char *const names[] = { "box.sk", "border.key", "courier.key" };
    bool gone = true;

    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++) {
            const char *path = node_path(f->arena, "%s/keys/%s%s", f->a.path, folders[i], names[j]);
            ent_str text;
            ent_err err = { 0 };

            if (node_file_read(f->arena, path, 65536, &text, &err) == ENT_OK)
                gone = gone && !ent_str_equal(text, secret);
        }
    return gone;
}

static void both_take_old_and_new_until_all_have_heard(void **state)
{
    fixture *f = *state;
    secrets before = secrets_of(f, ""), coming;
    node_peer peer, first = alpha(f);
    uint64_t applied;
    ent_err err = { 0 };

    bravo_says(f);
    to_alpha(f);
    for (int64_t time = 1; time <= 2; time++) {
        bravo_says(f); /* sealed to the old key, not fetched yet */
        begin(f);
        coming = secrets_of(f, "next/");
        CHECK(under_way(f));
        CHECK_STR(called_with(f), "keys");
        alpha_says(f);
        CHECK_OK(pair_pull(f, &f->a, &f->b, f->db, &applied, &err), &err);
        pair_verify(f, &f->b, f->db, "ALPHA", LINK_OUT); /* not sealed anew yet */
        to_bravo(f);
        peer = alpha(f);
        CHECK_INT(peer.renewal.number, time);
        CHECK(peer.renewal.overlap);
        CHECK(memcmp(peer.renewal.border_before, first.border_pin, 32) == 0);
        CHECK(memcmp(peer.renewal.courier_before, first.courier_pin, 32) == 0);
        pin_is(f, "border", first.border_pin); /* it is still served with the old one */
        bravo_says(f);                         /* to the new one */
        to_alpha(f);
        CHECK_STR(called_with(f), "next");
        CHECK(under_way(f));
        due(f, false);
        CHECK(!under_way(f));
        CHECK_STR(called_with(f), "keys");
        pin_is(f, "border", peer.border_pin);
        pin_is(f, "courier", peer.courier_pin);
        CHECK(is_gone(f, before.box) && is_gone(f, before.border) && is_gone(f, before.courier));
        CHECK(!is_gone(f, coming.box));
        to_bravo(f);
        CHECK(!alpha(f).renewal.overlap);
        bravo_says(f);
        to_alpha(f);
        all_verify(f);
        before = coming;
        first = alpha(f);
    }
    CHECK_INT(alpha(f).renewal.boxes.count, 2);
}

static void it_is_told_once_and_not_begun_twice(void **state)
{
    fixture *f = *state;
    ent_err err = { 0 };
    node_link link;
    link_head head = { 0 };

    begin(f);
    CHECK_INT(node_renew_begin(f->da, f->arena, 30, &err), ENT_CONFLICT);
    due(f, false);
    due(f, false);
    err = (ent_err){ 0 };
    CHECK_OK(node_link_open(f->arena, &f->a, f->da, "BRAVO", &link, &err), &err);
    CHECK_OK(link_head_read(&link.host, f->arena, LINK_OUT, &head, &err), &err);
    CHECK_INT(head.size, 1);
    node_link_close(&link);
}

/* The peer hears of it long after the end, by a pouch as it were. */
static void who_sleeps_through_it_loses_nothing(void **state)
{
    fixture *f = *state;
    secrets before = secrets_of(f, "");
    ent_err err = { 0 };

    bravo_says(f);
    to_alpha(f);
    bravo_says(f);
    begin(f);
    due(f, true);
    CHECK(!under_way(f));
    CHECK(is_gone(f, before.box));
    bravo_says(f); /* it knows of nothing */
    CHECK_INT(try_to_alpha(f, &err), ENT_UNTRUSTED);
    CHECK(strstr(err.msg, "not sealed to this node") != NULL);
    to_bravo(f);
    CHECK(!alpha(f).renewal.overlap); /* it heard that it was over as well */
    to_alpha(f);
    all_verify(f);
}

static ent_code becomes(void *arg, node_peer *peer, ent_err *err)
{
    (void)err;
    *peer = *(const node_peer *)arg;
    return ENT_OK;
}

static void the_time_that_was_said_ends_it(void **state)
{
    fixture *f = *state;
    desk *d = node_desk_desk(f->da);
    node_renewal r = { 0 };
    ent_time next;
    node_peer peer;
    ent_err err = { 0 };

    begin(f);
    to_bravo(f);
    CHECK_OK(node_renewal_read(f->arena, &f->a, &r, &err), &err);
    CHECK(r.until <= d->now + 30 * ENT_DAY_TIME && r.until > d->now + 29 * ENT_DAY_TIME);
    peer = alpha(f);
    CHECK(peer.renewal.until <= r.until && peer.renewal.until > r.until - ENT_SECOND);
    /* At the peer, which hears nothing more. */
    peer.renewal.until = d->now - 1;
    CHECK_OK(node_peer_change(f->arena, &f->b, peer.code, becomes, &peer, &err), &err);
    CHECK_OK(node_renew_due(f->db, f->arena, false, &next, &err), &err);
    CHECK(!alpha(f).renewal.overlap);
    /* Here. */
    CHECK_OK(node_renew_due(f->da, f->arena, false, &next, &err), &err);
    CHECK_INT(next, r.until);
    CHECK_OK(node_file_write(
                 node_path(f->arena, "%s/keys/renewal", f->a.path),
                 ent_span_of_str(ENT_STR("{\"number\":1,\"state\":\"announced\",\"until\":1}")),
                 0600, &err),
             &err);
    due(f, false);
    CHECK(!under_way(f));
}

/* Between any two steps of the change. */
static void a_crash_in_the_change_is_gone_over_again(void **state)
{
    static const char *const files[] = { "box.sk",      "border.key",  "border.crt",
                                         "courier.key", "courier.crt", "box.pk" };
    fixture *f = *state;
    ent_err err = { 0 };

    for (size_t moved = 0; moved <= 6; moved++) {
        const char *keys = node_path(f->arena, "%s/keys", f->a.path);
        secrets before = secrets_of(f, ""), coming;
        ent_str switching = ent_arena_printf(
            f->arena, "{\"number\":%zu,\"state\":\"switching\",\"until\":1}", moved + 1);

        bravo_says(f);
        to_alpha(f);
        begin(f);
        to_bravo(f);
        to_alpha(f);
        coming = secrets_of(f, "next/");
        CHECK_OK(node_file_write(node_path(f->arena, "%s/renewal", keys),
                                 ent_span_of_str(switching), 0600, &err),
                 &err);
        CHECK_OK(node_folder_make(node_path(f->arena, "%s/old", keys), &err), &err);
        for (size_t i = 0; i < moved; i++) {
            const char *present = node_path(f->arena, "%s/%s", keys, files[i]);

            CHECK(link(present, node_path(f->arena, "%s/old/%s", keys, files[i])) == 0);
            if (i + 1 < moved)
                CHECK(rename(node_path(f->arena, "%s/next/%s", keys, files[i]), present) == 0);
        }
        due(f, false);
        CHECK(!under_way(f));
        CHECK(is_gone(f, before.box) && is_gone(f, before.border) && is_gone(f, before.courier));
        CHECK(ent_str_equal(secrets_of(f, "").box, coming.box));
        CHECK(ent_str_equal(secrets_of(f, "").border, coming.border));
        CHECK(ent_str_equal(secrets_of(f, "").courier, coming.courier));
        to_bravo(f);
    }
    CHECK_OK(node_home_open(f->arena, f->a.path, &f->a, &err), &err);
    CHECK_INT(f->a.boxes.count, 7);
}

static void hear(fixture *f, const char *body)
{
    pair_say(f, f->da, "BRAVO", LINK_KEY, body);
    to_bravo(f);
}

#define HEX "0102030405060708010203040506070801020304050607080102030405060708"
#define LINKS(courier, box, number)                                                      \
    "{\"border\":\"" HEX "\",\"box\":\"" box "\",\"courier\":\"" courier                 \
    "\",\"kind\":\"links\",\"number\":" number ",\"time\":\"2026-01-01T00:00:00.000Z\"," \
    "\"until\":\"2999-01-01T00:00:00.000Z\"}"

/* A peer cannot make itself be handed the mail of another, nor have it sealed to nothing. */
static void what_is_no_renewal_changes_nothing(void **state)
{
    fixture *f = *state;
    node_home c;
    node_peer other = { 0 };
    char pin[65];
    ent_err err = { 0 };

    homes_make(f->arena, f->folder, "CHARLY", NULL, &c);
    homes_link(f->arena, &c, "https://127.0.0.1:3", &f->b, "https://127.0.0.1:2");
    CHECK_OK(node_peer_get(f->arena, &f->b, "CHARLY", &other, &err), &err);
    ent_hex_write(other.courier_pin, 32, pin);
    hear(f, node_path(f->arena, LINKS("%s", HEX, "1"), pin));
    CHECK_INT(alpha(f).renewal.number, 0);
    hear(f, LINKS(HEX, "0000000000000000000000000000000000000000000000000000000000000000", "1"));
    CHECK_INT(alpha(f).renewal.number, 0);
    hear(f, LINKS(HEX, HEX, "0"));
    CHECK_INT(alpha(f).renewal.number, 0);
    hear(f, "{\"kind\":\"links-done\",\"number\":1,\"time\":\"x\"}");
    hear(f, "{\"kind\":\"links-heard\",\"number\":1,\"time\":\"x\"}");
    hear(f, "{\"kind\":\"links-more\",\"number\":1,\"time\":\"x\"}");
    CHECK_INT(alpha(f).renewal.number, 0);
    hear(f, LINKS(HEX, HEX, "2"));
    CHECK_INT(alpha(f).renewal.number, 2);
    CHECK(alpha(f).renewal.until < node_desk_desk(f->db)->now + 400 * ENT_DAY_TIME);
    hear(f, LINKS("0f02030405060708010203040506070801020304050607080102030405060708", HEX, "1"));
    CHECK_INT(alpha(f).renewal.number, 2);
    CHECK_INT(alpha(f).courier_pin[0], 1);
}

/* Bodies that a suspension took out of the way are sealed anew as well. */
static void what_is_frozen_is_sealed_to_the_new_key(void **state)
{
    fixture *f = *state;
    ent_err err = { 0 };

    bravo_says(f);
    CHECK_OK(node_peer_suspend(f->arena, &f->b, "ALPHA", &err), &err);
    begin(f);
    to_bravo(f);
    CHECK(node_file_exists(node_path(f->arena, "%s/links/ALPHA/frozen/key", f->b.path)));
    pair_verify(f, &f->b, f->db, "ALPHA", LINK_OUT);
    CHECK_INT(try_to_alpha(f, &err), ENT_RETRY); /* the word alone is there */
    CHECK_STR(called_with(f), "next");
    due(f, false);
    CHECK(!under_way(f));
    err = (ent_err){ 0 };
    CHECK_OK(node_peer_resume(f->arena, &f->b, "ALPHA", &err), &err);
    to_bravo(f);
    bravo_says(f);
    to_alpha(f);
    all_verify(f);
}

static void a_box_is_opened_by_whichever_key_fits(void **state)
{
    fixture *f = *state;
    uint8_t sealed[8 + crypto_box_SEALBYTES], plain[8];
    node_home old = f->a;
    ent_err err = { 0 };

    (void)crypto_box_seal(sealed, (const uint8_t *)"8 bytes.", 8, old.box);
    begin(f);
    CHECK_OK(node_box_open(&f->a, (ent_span){ sealed, sizeof sealed }, plain, 8, &err), &err);
    CHECK(memcmp(plain, "8 bytes.", 8) == 0);
    CHECK_INT(node_box_open(&f->a, (ent_span){ sealed, sizeof sealed - 1 }, plain, 8, &err),
              ENT_UNTRUSTED);
    sealed[40] ^= 1;
    CHECK_INT(node_box_open(&f->a, (ent_span){ sealed, sizeof sealed }, plain, 8, &err),
              ENT_UNTRUSTED);
}

#define WITH_TWO(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

HOMES_TESTS(WITH_TWO(both_take_old_and_new_until_all_have_heard),
            WITH_TWO(it_is_told_once_and_not_begun_twice),
            WITH_TWO(who_sleeps_through_it_loses_nothing), WITH_TWO(the_time_that_was_said_ends_it),
            WITH_TWO(a_crash_in_the_change_is_gone_over_again),
            WITH_TWO(what_is_no_renewal_changes_nothing),
            WITH_TWO(what_is_frozen_is_sealed_to_the_new_key),
            WITH_TWO(a_box_is_opened_by_whichever_key_fits))
