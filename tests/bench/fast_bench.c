/* fast -- the experimental fast path (psi/fast.h) between two processes on this machine over TLS 1.3 on
 * 127.0.0.1, of 2^16 and 2^20 keys each: seconds by the clock from the first commitment to the hits, processor
 * time, bytes sent, memory of each.  "fast N": of 2^N keys only; "fast bare N": the seconds of processor
 * of the AES and the SHA-256 of such a session alone, both sides.  What a node adds (store, log, journal) is in
 * match_fast.sh. */
#include "http/tls.h"
#include "node/crew.h"
#include "psi/vole_int.h"
#include "psi/fast.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <nettle/aes.h>
#include <nettle/sha2.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TOGETHER PSI_FAST_TOGETHER

static double clock_of(clockid_t clock)
{
    struct timespec t;

    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void must(ent_code rc, const ent_err *err)
{
    if (rc == ENT_OK)
        return;
    (void)fprintf(stderr, "fast_bench: %s\n", err->msg);
    exit(1);
}

static void say(unsigned power, const char *what, double value, const char *unit)
{
    (void)printf("{\"bench\":\"fast/2^%u/%s\",\"value\":%.6g,\"unit\":\"%s\",\"against\":null}\n",
                 power, what, value, unit);
}

/* What was measured elsewhere; it is not to be had from Debian or npm. */
static void quoted(unsigned power, const char *what, double value, const char *unit)
{
    (void)printf("{\"bench\":\"fast/2^%u/%s\",\"value\":%.6g,\"unit\":\"%s\","
                 "\"against\":\"volepsi (RR22, ExConv)\",\"quoted\":true}\n",
                 power, what, value, unit);
}

static ent_str *keys_of(ent_arena *arena, size_t from, size_t count)
{
    ent_str *keys = ent_arena_array(arena, count, sizeof *keys);

    if (keys == NULL)
        exit(1);
    for (size_t i = 0; i < count; i++)
        keys[i] = ent_arena_printf(arena, "doc:QBZ:%zu", from + i);
    return keys;
}

/* ---- the line ---- */

struct line {
    gnutls_session_t tls;
    size_t sent;
};

static void wish(bool good, const char *what)
{
    if (good)
        return;
    (void)fprintf(stderr, "fast_bench: %s failed\n", what);
    exit(1);
}

static void line_open(struct line *line, int fd, bool serves)
{
    gnutls_certificate_credentials_t credentials;
    http_tls_pair pair;
    gnutls_datum_t certificate, key;
    int rc;
    ent_err err;

    wish(gnutls_certificate_allocate_credentials(&credentials) == 0, "TLS");
    if (serves) {
        must(http_tls_make("bench", NULL, &pair, &err), &err);
        certificate =
            (gnutls_datum_t){ (unsigned char *)pair.certificate, (unsigned)pair.certificate_size };
        key = (gnutls_datum_t){ (unsigned char *)pair.key, (unsigned)pair.key_size };
        wish(gnutls_certificate_set_x509_key_mem(credentials, &certificate, &key,
                                                 GNUTLS_X509_FMT_PEM) == 0,
             "the certificate");
        http_tls_release(&pair);
    }
    line->sent = 0;
    wish(gnutls_init(&line->tls, serves ? GNUTLS_SERVER : GNUTLS_CLIENT) == 0 &&
             gnutls_priority_set_direct(line->tls, "NORMAL:-VERS-ALL:+VERS-TLS1.3", NULL) == 0 &&
             gnutls_credentials_set(line->tls, GNUTLS_CRD_CERTIFICATE, credentials) == 0,
         "TLS 1.3");
    gnutls_transport_set_int(line->tls, fd);
    do
        rc = gnutls_handshake(line->tls);
    while (rc < 0 && gnutls_error_is_fatal(rc) == 0);
    wish(rc == 0, "the handshake");
}

static void line_say(struct line *line, const void *bytes, size_t size)
{
    const uint8_t *from = bytes;

    line->sent += size;
    while (size > 0) {
        ssize_t done = gnutls_record_send(line->tls, from, size);

        wish(done > 0, "sending");
        from += done;
        size -= (size_t)done;
    }
}

static void line_hear(struct line *line, void *bytes, size_t size)
{
    uint8_t *to = bytes;

    while (size > 0) {
        ssize_t done = gnutls_record_recv(line->tls, to, size);

        if (done == GNUTLS_E_AGAIN || done == GNUTLS_E_INTERRUPTED)
            continue;
        wish(done > 0, "receiving");
        to += done;
        size -= (size_t)done;
    }
}

static void *room(ent_arena *arena, size_t size)
{
    void *bytes = ent_arena_alloc(arena, size);

    wish(bytes != NULL, "memory");
    return bytes;
}

/* ---- two sides ---- */

/* What a side used, told to the one that prints. */
struct usage {
    double cpu, memory;
    size_t sent;
};

static struct usage usage_of(const struct line *line, double cpu_before)
{
    struct rusage usage;

    (void)getrusage(RUSAGE_SELF, &usage);
    return (struct usage){ clock_of(CLOCK_PROCESS_CPUTIME_ID) - cpu_before,
                           (double)usage.ru_maxrss / 1024, line->sent };
}

/* Commits, exchanges commitments, and names the session. */
static void session_begin(struct line *line, psi_fast_side *side, const ent_str *items, bool asks)
{
    ent_hash own = psi_fast_root(side->seed, items, side->count), other;

    line_say(line, &own, sizeof own);
    line_hear(line, &other, sizeof other);
    side->session = psi_fast_session(ENT_STR("bench"), asks ? &own : &other, asks ? &other : &own);
}

static void holder_run(int fd, size_t n)
{
    static const uint8_t seed[PSI_SEED_SIZE] = { 2 };
    ent_arena *arena = ent_arena_new((size_t)4 << 30);
    psi_fast_side side = { .seed = seed, .count = n, .together = TOGETHER, .crew = &node_crew };
    size_t parts = psi_fast_parts(n, TOGETHER);
    uint8_t points[PSI_FAST_POINTS], ready = 1;
    uint8_t *message = room(arena, psi_fast_part_size(n, TOGETHER, 0));
    ent_str *items = keys_of(arena, n / 2, n);
    struct usage usage;
    struct line line;
    psi_tag *tags;
    psi_fast *fast;
    ent_err err;
    double cpu;

    line_open(&line, fd, true);
    line_say(&line, &ready, 1);
    cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID);
    session_begin(&line, &side, items, false);
    must(psi_fast_choose(seed, &side.session, points, &err), &err);
    line_say(&line, points, sizeof points);
    must(psi_fast_holder(arena, &side, n, &fast, &err), &err);
    psi_fast_take(fast, items, n);
    for (size_t i = 0; i < parts; i++) {
        ent_span part = { message, psi_fast_part_size(n, TOGETHER, i) };

        line_hear(&line, message, part.size);
        must(psi_fast_asked(fast, part, &err), &err);
    }
    must(psi_fast_answer(arena, fast, &tags, &err), &err);
    line_say(&line, tags, n * sizeof *tags);
    usage = usage_of(&line, cpu);
    line_say(&line, &usage, sizeof usage);
    _exit(0);
}

static void asker_run(int fd, unsigned power)
{
    static const uint8_t seed[PSI_SEED_SIZE] = { 1 };
    size_t n = (size_t)1 << power, count, parts = psi_fast_parts(n, TOGETHER);
    ent_arena *arena = ent_arena_new((size_t)4 << 30);
    psi_fast_side side = { .seed = seed, .count = n, .together = TOGETHER, .crew = &node_crew };
    ent_str *items = keys_of(arena, 0, n);
    uint8_t points[PSI_FAST_POINTS], ready;
    psi_tag *theirs = room(arena, n * sizeof *theirs);
    struct usage usage, other;
    struct line line;
    double wall, cpu;
    psi_fast *fast;
    psi_hit *hits;
    ent_span ask;
    ent_err err;

    line_open(&line, fd, false);
    line_hear(&line, &ready, 1);
    wall = clock_of(CLOCK_MONOTONIC);
    cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID);
    session_begin(&line, &side, items, true);
    must(psi_fast_asker(arena, &side, &fast, &err), &err);
    psi_fast_take(fast, items, n);
    line_hear(&line, points, sizeof points);
    must(psi_fast_chosen(arena, fast, (ent_span){ points, sizeof points }, &err), &err);
    for (size_t i = 0; i < parts; i++) {
        must(psi_fast_ask(fast, &ask, &err), &err);
        line_say(&line, ask.ptr, ask.size);
    }
    line_hear(&line, theirs, n * sizeof *theirs);
    must(psi_fast_hits(arena, psi_fast_tags(fast), n, theirs, n, &hits, &count, &err), &err);
    say(power, "seconds", clock_of(CLOCK_MONOTONIC) - wall,
        power == 20 ? "s, two processes, TLS; 3 are wanted" : "s, two processes, TLS");
    usage = usage_of(&line, cpu);
    line_hear(&line, &other, sizeof other);
    say(power, "cpu-seconds", usage.cpu + other.cpu, "s, both sides");
    say(power, "sent", (double)(usage.sent + other.sent) / 1e6,
        power == 20 ? "MB; 60 are wanted" : "MB");
    say(power, "memory/asker", usage.memory, "MiB");
    say(power, "memory/holder", other.memory, "MiB");
    wish(count == n / 2, "finding the common half");
    psi_fast_end(fast);
    ent_arena_free(arena);
}

/* ---- what no implementation of this protocol does without ---- */

/* Both sides stretch each leaf of each tree over each chunk of rows. */
static void bare_aes(size_t rows)
{
    static uint8_t counters[6 * sizeof(psi_plane)], out[6 * sizeof(psi_plane)];
    uint8_t key[AES128_KEY_SIZE] = { 0 };
    struct aes128_ctx aes;

    for (size_t chunk = 0; chunk < 2 * ((rows + PSI_CHUNK - 1) / PSI_CHUNK); chunk++)
        for (size_t leaf = 0; leaf < (size_t)PSI_SYMBOLS * PSI_LEAVES; leaf++) {
            key[leaf % sizeof key]++;
            aes128_set_encrypt_key(&aes, key);
            aes128_encrypt(&aes, sizeof out, out, counters);
        }
}

/* A key is hashed twice for its place and its value, and what it finds once for its tag. */
static void bare_sha(size_t keys)
{
    uint8_t bytes[67] = { 0 }, out[SHA256_DIGEST_SIZE];
    struct sha256_ctx sha;

    for (size_t i = 0; i < 2 * keys; i++)
        for (size_t size = 52; size <= 67; size += size == 53 ? 14 : 1) {
            bytes[i % 52]++;
            sha256_init(&sha);
            sha256_update(&sha, size, bytes);
            sha256_digest(&sha, sizeof out, out);
        }
}

static void bare(unsigned power)
{
    double start = clock_of(CLOCK_PROCESS_CPUTIME_ID);

    bare_aes(psi_fast_rows((size_t)1 << power));
    bare_sha((size_t)1 << power);
    (void)printf("%.2f\n", clock_of(CLOCK_PROCESS_CPUTIME_ID) - start);
}

static void session_bench(unsigned power)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), fd, status = 1;
    pid_t holder;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    wish(bind(listener, (struct sockaddr *)&address, size) == 0 && listen(listener, 1) == 0 &&
             getsockname(listener, (struct sockaddr *)&address, &size) == 0,
         "a port");
    (void)fflush(stdout);
    holder = fork();
    wish(holder >= 0, "a process");
    if (holder == 0)
        holder_run(accept(listener, NULL, NULL), (size_t)1 << power);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    wish(connect(fd, (struct sockaddr *)&address, size) == 0, "connecting");
    asker_run(fd, power);
    wish(waitpid(holder, &status, 0) == holder && status == 0, "the other process");
    (void)close(fd);
    (void)close(listener);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "bare") == 0) {
        bare((unsigned)strtoul(argv[2], NULL, 10));
        return 0;
    }
    if (argc == 2) {
        session_bench((unsigned)strtoul(argv[1], NULL, 10));
        return 0;
    }
    session_bench(16);
    session_bench(20);
    quoted(20, "cpu-seconds", 1.2, "s, both sides");
    quoted(20, "sent", 34, "MB");
    return 0;
}
