/* Two programs and a socket: which keys do both hold?
 *     cc psi.c $(pkg-config --cflags --libs entente libsodium)
 *     ./a.out listen  /tmp/s doc:QBZ:650018823 tel:+999885550147 &
 *     ./a.out connect /tmp/s doc:QBZ:650018823 doc:QKS:7741902
 * Each prints the keys that the other has too.  Both commit to their sets before either is
 * shown: first the sizes and roots cross, then the sets, then the answers. */
#include <entente/psi.h>

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static int socket_open(const char *how, const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int s = socket(AF_UNIX, SOCK_STREAM, 0), peer;

    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    if (strcmp(how, "connect") == 0) {
        for (int tries = 0; tries < 100; tries++) {
            if (connect(s, (struct sockaddr *)&address, sizeof address) == 0)
                return s;
            (void)nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
        }
        return -1;
    }
    if (bind(s, (struct sockaddr *)&address, sizeof address) != 0 || listen(s, 1) != 0)
        return -1;
    peer = accept(s, NULL, NULL);
    (void)close(s);
    return peer;
}

static void must(int ok, const char *what)
{
    if (ok)
        return;
    (void)fprintf(stderr, "psi: %s\n", what);
    exit(1);
}

static void put(int s, const void *bytes, size_t size)
{
    for (const char *at = bytes; size > 0;) {
        ssize_t n = write(s, at, size);

        must(n > 0, "the other side is gone");
        at += n;
        size -= (size_t)n;
    }
}

static void get(int s, void *bytes, size_t size)
{
    for (char *at = bytes; size > 0;) {
        ssize_t n = read(s, at, size);

        must(n > 0, "the other side is gone");
        at += n;
        size -= (size_t)n;
    }
}

int main(int argc, char **argv)
{
    uint8_t seed[PSI_API_SEED], root[PSI_API_ROOT], head[4 + PSI_API_ROOT];
    psi_api_keys own = { seed, "example", (const char *const *)(argv + 3), 0 };
    size_t elements, theirs;
    char why[512];
    int s;

    must(argc > 3 && sodium_init() >= 0, "usage: psi listen|connect PATH KEY...");
    own.count = (size_t)argc - 3;
    elements = psi_api_elements(own.count);
    s = socket_open(argv[1], argv[2]);
    must(s >= 0, "no socket");
    randombytes_buf(seed, sizeof seed);

    uint8_t *set = malloc(elements * PSI_API_ELEMENT), *tags = malloc(elements * PSI_API_TAG),
            *common = calloc(own.count, 1);
    must(set != NULL && tags != NULL && common != NULL, "no memory");
    must(psi_api_set(&own, set, root, why, sizeof why) == 0, why);

    /* Sizes and roots cross, then the sets. */
    for (int i = 0; i < 4; i++)
        head[i] = (uint8_t)(elements >> (24 - 8 * i));
    memcpy(head + 4, root, sizeof root);
    put(s, head, sizeof head);
    get(s, head, sizeof head);
    theirs = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
    /* What fits into the socket: both write before they read. */
    must(theirs <= 2048 && elements <= 2048, "a set is too large for an example");
    put(s, set, elements * PSI_API_ELEMENT);
    uint8_t *other = malloc(theirs * PSI_API_ELEMENT + 1),
            *other_tags = malloc(theirs * PSI_API_TAG + 1);
    must(other != NULL && other_tags != NULL, "no memory");
    get(s, other, theirs * PSI_API_ELEMENT);

    /* Answers cross. */
    must(psi_api_double(&own, other, theirs, head + 4, other_tags, why, sizeof why) == 0, why);
    put(s, other_tags, theirs * PSI_API_TAG);
    get(s, tags, elements * PSI_API_TAG);
    must(psi_api_common(&own, tags, other_tags, theirs, common, why, sizeof why) == 0, why);
    for (size_t i = 0; i < own.count; i++)
        if (common[i])
            puts(own.keys[i]);
    sodium_memzero(seed, sizeof seed);
    return 0;
}
