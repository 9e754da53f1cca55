/*
 * sim/tips_day -- a day of tips from one desk to another: none is lost, none comes twice, and
 * they are listed where they arrive in the order in which they were said.
 *
 * The day's seconds are shared out; the sender says one, two officers approve it, and now and
 * then what waits is carried: every entry offered twice, some applications rolled back first.
 */
#ifndef ENT_SIM_TIPS_DAY_H
#define ENT_SIM_TIPS_DAY_H

#include "sim/desk_sim.h"

#include "casework/say.h"
#include "node/receivers.h"

#include <stdio.h>

typedef struct tips_day {
    size_t sent, listed;       /* at the receiver */
    size_t misplaced, double_; /* not in order; known already */
    size_t heard;              /* at the sender: delivered, by receipt */
} tips_day;

#define TIPS_ROOM  ((size_t)2048 << 20)
#define TIPS_CARRY 37 /* so many wait, at most, before they are carried */

static inline void tip_say(sim_node *from, const sim_node *to, size_t number)
{
    ent_arena *arena = ent_arena_new((size_t)16 << 20);
    casework_draft draft = { .kind = CASEWORK_TIP,
                             .peer = to->code,
                             .purpose = ENT_STR("CT-INV"),
                             .precedence = CASEWORK_ROUTINE,
                             .by = "d.analyst" };
    char text[48], key[32];
    ent_str keys[1];
    casework_said said;
    ent_err err = { 0 };

    (void)snprintf(text, sizeof text, "tip %08zu of the day", number);
    (void)snprintf(key, sizeof key, "doc:QV:%08zu", number);
    keys[0] = ent_str_of(key);
    draft.text = ent_str_of(text);
    draft.keys = keys;
    draft.key_count = 1;
    CHECK_OK(SIM_WORK(from, casework_say(&from->d, arena, &draft, &said, &err), &err), &err);
    for (int i = 0; i < 2; i++)
        CHECK_OK(SIM_WORK(from,
                          casework_tip_approve(&from->d, arena, &said.item,
                                               &from->people[i].officer, &err),
                          &err),
                 &err);
    ent_arena_free(arena);
}

static inline size_t tip_number(const casework_item *item)
{
    size_t number = 0;
    ent_str text = ent_json_get_text(item->body, "text");

    for (size_t i = 4; i < 12 && i < text.size; i++)
        number = number * 10 + (size_t)(text.ptr[i] - '0');
    return number;
}

static inline void tips_look(sim_node *node, const char *peer, bool out, tips_day *day)
{
    ent_arena *arena = ent_arena_new(TIPS_ROOM);
    casework_item *items;
    size_t count, expected = 0;
    ent_err err = { 0 };

    CHECK_OK(casework_items(&node->d, arena, peer, &items, &count, &err), &err);
    for (size_t i = 0; i < count; i++) {
        if (items[i].out != out)
            continue;
        if (out) {
            day->heard += ent_str_is(items[i].state, "delivered");
            continue;
        }
        day->listed++;
        day->misplaced += tip_number(&items[i]) != expected;
        day->double_ += items[i].duplicates.size > 2;
        expected++;
    }
    ent_arena_free(arena);
}

static inline void tips_day_run(size_t tips, bool crash, tips_day *day)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    char agreement[37];
    sim world;

    *day = (tips_day){ .sent = tips };
    sim_init(&world, 2);
    for (int i = 0; i < 2; i++)
        world.nodes[i].d.above = node_receivers;
    sim_agree(&world, arena, agreement);
    world.twice = true;
    world.crash = crash;
    for (size_t i = 0; i < tips; i++) {
        for (int n = 0; n < 2; n++)
            world.nodes[n].d.now = SIM_NOW + (int64_t)(i * 86400 / tips) * ENT_SECOND;
        tip_say(&world.nodes[0], &world.nodes[1], i);
        if (i % TIPS_CARRY == TIPS_CARRY - 1)
            sim_carry(&world);
    }
    sim_carry(&world);
    tips_look(&world.nodes[1], world.nodes[0].code, false, day);
    tips_look(&world.nodes[0], world.nodes[1].code, true, day);
    sim_release(&world);
    ent_arena_free(arena);
}

#endif
