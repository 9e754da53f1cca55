/*
 * people -- records that a pair of nodes works with, each with a name that is nowhere else.
 */
#ifndef ENT_FLOW_PEOPLE_H
#define ENT_FLOW_PEOPLE_H

#include "flow/pair.h"

#define PEOPLE_HANDLING                                                                         \
    "\"extensions\":{\"extension-definition--1955bfd1-015f-4a32-a09c-62ef777c56fa\":{"          \
    "\"extension_type\":\"property-extension\",\"rating\":{\"scale\":\"admiralty\",\"source\":" \
    "\"B\",\"information\":\"2\"},\"purposes\":[\"CT-INV\"],\"category\":\"suspect\","          \
    "\"retention\":\"2029-01-01\",\"discover\":\"pointer\"}}"

/* Person number `n`, as a line behind `text`. */
static inline void people_write(unsigned n, char id[64], char name[24], char *text, size_t room)
{
    size_t used = strlen(text);

    (void)snprintf(id, 64, "identity--0b51a6f0-1c4e-4c7a-9f7e-%012x", n);
    (void)snprintf(name, 24, "Orlov%06u", n);
    (void)snprintf(text + used, room - used,
                   "{\"type\":\"identity\",\"spec_version\":\"2.1\",\"id\":\"%s\",\"created\":"
                   "\"2024-11-01T10:11:12.000Z\",\"modified\":\"2024-11-01T10:11:12.000Z\","
                   "\"name\":\"%s\",\"identity_class\":\"individual\"," PEOPLE_HANDLING "}\n",
                   id, name);
}

/* One passport that both hold. */
static inline void people_shared(pair *p)
{
    char text[1024], path[PAIR_PATH];

    for (int n = 0; n < PAIR_NODES; n++) {
        (void)snprintf(text, sizeof text,
                       "{\"type\":\"identity-document\",\"spec_version\":\"2.1\",\"id\":"
                       "\"identity-document--0b51a6f0-1c4e-4c7a-9f7e-f0000000000%d\","
                       "\"document_type\":\"passport\",\"issuer\":\"QBZ\",\"number\":\"650018823\","
                       "" PEOPLE_HANDLING "}\n",
                       n);
        pair_file(p, "shared.jsonl", text, path);
        PAIR_MUST(p, n, "import", path);
    }
}

#endif
