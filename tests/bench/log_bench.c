/* A log of ten million entries, as a link's: opened for writing (its head, its signer, its range
 * out of the tiles) and asked for proofs that random entries are in it, each written and checked
 * against the writer's key.  The log is made once, in build/log-N (about 200 bytes an entry), and
 * used again.  ENT_BENCH_ENTRIES=N (default 10000000).  JSON Lines; against the limits of
 * doc/design/link.md: a second, and a millisecond; and, as a ratio, against what nothing can do
 * without: reading the same files, and as many hashes as the way to the root has with one
 * signature.
 *
 * A proof is made twice: cold, with the pages of what it reads dropped before, so that each file
 * comes from the disk (the kernel still knows its name and where it lies), and warm.  `cpu_p99` is
 * processor time, in which neither the disk nor what else the machine does counts. */
#include "link/log.h"
#include "link/prove.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BATCH  ((uint64_t)256 * 64)
#define OPENS  20
#define PROOFS 2000

/* What one piece of work has read. */
#define READS 64
typedef struct reads {
    char path[READS][LINK_PATH_SIZE];
    size_t count;
} reads;

typedef struct keeper {
    char folder[64];
    reads *reads; /* where they are noted; NULL: nowhere */
    uint8_t secret[64];
    ledger_frontier signer;
    link_host host;
} keeper;

static double clock_of(clockid_t which)
{
    struct timespec ts;

    (void)clock_gettime(which, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double now(void)
{
    return clock_of(CLOCK_MONOTONIC);
}

/* What one kind of work took, in milliseconds. */
typedef struct times {
    double *ms, *cpu, *floor; /* the last: what nothing can be faster than, in the same run */
    size_t count;
    double begun, used; /* of the one under way */
} times;

static void times_begin(times *t)
{
    t->used = clock_of(CLOCK_PROCESS_CPUTIME_ID);
    t->begun = now();
}

static void times_end(times *t)
{
    t->ms[t->count] = (now() - t->begun) * 1e3;
    t->cpu[t->count++] = (clock_of(CLOCK_PROCESS_CPUTIME_ID) - t->used) * 1e3;
}

static void must(ent_code rc, const ent_err *err)
{
    if (rc == ENT_OK)
        return;
    (void)fprintf(stderr, "log: %s\n", err->msg);
    exit(1);
}

/* ---- what a link needs, over a folder ---- */

static ent_code file_read(void *arg, ent_arena *arena, const char *path, ent_str *content,
                          ent_err *err)
{
    const keeper *k = arg;
    char full[256], *bytes;
    struct stat st;
    int fd;

    if (k->reads != NULL && k->reads->count < READS)
        (void)snprintf(k->reads->path[k->reads->count++], LINK_PATH_SIZE, "%s", path);
    (void)snprintf(full, sizeof full, "%s/%s", k->folder, path);
    fd = open(full, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ent_fail(err, errno == ENOENT ? ENT_NOT_FOUND : ENT_IO, "%s: %s", full,
                        strerror(errno));
    if (fstat(fd, &st) != 0 || (bytes = ent_arena_alloc(arena, (size_t)st.st_size + 1)) == NULL ||
        read(fd, bytes, (size_t)st.st_size) != (ssize_t)st.st_size) {
        (void)close(fd);
        return ent_fail(err, ENT_IO, "%s cannot be read", full);
    }
    (void)close(fd);
    *content = (ent_str){ bytes, (size_t)st.st_size };
    return ENT_OK;
}

static ent_code file_write(void *arg, const char *path, ent_str content, ent_err *err)
{
    const keeper *k = arg;
    char full[256];
    FILE *out;

    (void)snprintf(full, sizeof full, "%s/%s", k->folder, path);
    out = fopen(full, "w");
    for (char *at = full + 1; out == NULL && errno == ENOENT && (at = strchr(at, '/')) != NULL;
         at++) {
        *at = '\0';
        (void)mkdir(full, 0700);
        *at = '/';
        errno = ENOENT;
    }
    if (out == NULL)
        out = fopen(full, "w");
    if (out == NULL || fwrite(content.ptr, 1, content.size, out) != content.size ||
        fclose(out) != 0)
        return ent_fail(err, ENT_IO, "%s: %s", full, strerror(errno));
    return ENT_OK;
}

static ent_code head_sign(void *arg, ent_arena *arena, link_side side, uint64_t size,
                          const ent_hash *leaves, size_t count, ent_str *note, uint64_t *at,
                          ent_err *err)
{
    keeper *k = arg;
    ledger_checkpoint head = { .origin = ent_str_of(k->host.out_origin), .size = k->signer.size };
    char name[LINK_ORIGIN_SIZE];

    (void)side;
    (void)leaves;
    *at = k->signer.size;
    if (size != k->signer.size || count != 0)
        return ent_fail(err, ENT_CONFLICT, "signed at %" PRIu64, k->signer.size);
    head.root = ledger_frontier_root(&k->signer);
    link_key_name_write(k->host.identity, name);
    return ledger_checkpoint_sign(arena, &head, name, k->secret, note, err);
}

static ent_code nothing(void *arg, ent_err *err)
{
    (void)arg;
    (void)err;
    return ENT_OK;
}

static void keeper_begin(keeper *k, uint64_t entries)
{
    uint8_t seed[32] = { 1 };

    *k = (keeper){ .host = { .arg = k,
                             .read = file_read,
                             .write = file_write,
                             .sync = nothing,
                             .publish = file_write,
                             .sign = head_sign } };
    (void)snprintf(k->folder, sizeof k->folder, "build/log-%" PRIu64, entries);
    (void)crypto_sign_seed_keypair(k->host.identity, k->secret, seed);
    seed[0] = 2;
    (void)crypto_scalarmult_base(k->host.peer_box, seed);
    memcpy(k->host.peer_identity, k->host.peer_box, 32);
    link_host_origins(&k->host);
}

/* ---- making it ---- */

static void entry_make(uint64_t seq, link_entry *entry)
{
    uint8_t id[16] = { 0 };

    *entry = (link_entry){ .seq = seq, .kind = LINK_RECEIPT, .version = 1 };
    entry->time = INT64_C(1767225600) * ENT_SECOND + (ent_time)seq * (ENT_SECOND / 1000);
    memcpy(id, &seq, sizeof seq);
    entry->body = ent_hash_of(id, sizeof id);
    ent_uuid_write(id, entry->id);
}

static void range_keep(keeper *k, const char *name)
{
    uint8_t range[LEDGER_FRONTIER_SIZE_MAX];
    ent_err err = { 0 };
    size_t size = ledger_frontier_write(&k->signer, range);

    must(file_write(k, name, (ent_str){ (const char *)range, size }, &err), &err);
}

static bool range_find(keeper *k, ent_arena *arena, const char *name)
{
    ent_err err = { 0 };
    ent_str range;

    if (file_read(k, arena, name, &range, &err) != ENT_OK)
        return false;
    must(ledger_frontier_read(&k->signer, ent_span_of_str(range), &err), &err);
    return true;
}

/* Goes on where it was interrupted. */
static void log_make(keeper *k, uint64_t entries)
{
    link_folder folder = { &k->host, LINK_OUT };
    ledger_files files = link_folder_files(&folder);
    ent_arena *arena = ent_arena_new((size_t)256 << 20);
    double begun = now();
    ent_err err = { 0 };
    ent_str note;
    uint64_t at, had;

    if (!range_find(k, arena, "range.part"))
        ledger_frontier_init(&k->signer);
    had = k->signer.size;
    while (k->signer.size < entries) {
        uint64_t count = entries - k->signer.size < BATCH ? entries - k->signer.size : BATCH;
        ent_str *texts = ent_arena_array(arena, (size_t)count, sizeof *texts);
        uint64_t first = k->signer.size;

        for (uint64_t i = 0; i < count; i++) {
            link_entry entry;
            ent_hash leaf;

            entry_make(first + i, &entry);
            must(link_entry_write(arena, &entry, &texts[i], &err), &err);
            leaf = ledger_leaf_hash(texts[i]);
            must(ledger_frontier_append(&k->signer, &leaf, &err), &err);
        }
        must(ledger_tiles_append(&files, arena, first, texts, (size_t)count, &err), &err);
        ent_arena_reset(arena);
        if (k->signer.size / BATCH % 64 == 0) {
            range_keep(k, "range.part");
            (void)fprintf(stderr, "# %" PRIu64 " of %" PRIu64 " entries\n", k->signer.size,
                          entries);
        }
    }
    must(head_sign(k, arena, LINK_OUT, entries, NULL, 0, &note, &at, &err), &err);
    must(file_write(k, "out/checkpoint", note, &err), &err);
    range_keep(k, "range");
    ent_arena_free(arena);
    (void)printf("{\"bench\":\"log made\",\"value\":%.0f,\"unit\":\"entries/s\"}\n",
                 (double)(entries - had) / (now() - begun));
}

/* ---- measuring ---- */

static int order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static times times_new(size_t count)
{
    double *room = calloc(3 * count, sizeof *room);

    if (room == NULL)
        exit(70);
    return (times){ room, room + count, room + 2 * count, 0, 0, 0 };
}

static void say(const char *what, times *t, double limit)
{
    size_t count = t->count, last = count * 99 / 100;

    qsort(t->ms, count, sizeof *t->ms, order);
    qsort(t->cpu, count, sizeof *t->cpu, order);
    qsort(t->floor, count, sizeof *t->floor, order);
    (void)printf("{\"bench\":\"%s\",\"value\":%.3f,\"unit\":\"ms p99\",\"p50\":%.3f,\"max\":%.3f,"
                 "\"cpu_p50\":%.3f,\"cpu_p99\":%.3f,\"times\":%zu,\"limit\":%.0f,\"good\":%s,"
                 "\"floor_p50\":%.3f,\"ratio\":%.2f}\n",
                 what, t->ms[last], t->ms[count / 2], t->ms[count - 1], t->cpu[count / 2],
                 t->cpu[last], count, limit, t->ms[last] < limit ? "true" : "false",
                 t->floor[count / 2], t->ms[count / 2] / t->floor[count / 2]);
    free(t->ms);
}

/* The pages of the files that were read. */
static void pages_drop(const keeper *k, const reads *done)
{
    for (size_t i = 0; i < done->count; i++) {
        char full[256];
        int fd;

        (void)snprintf(full, sizeof full, "%s/%s", k->folder, done->path[i]);
        fd = open(full, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            continue;
        (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
        (void)close(fd);
    }
}

/* The same files read, and nothing made of them. */
static double reads_again(keeper *k, ent_arena *arena, const reads *done)
{
    double begun = now();
    ent_err err = { 0 };

    k->reads = NULL;
    for (size_t i = 0; i < done->count; i++) {
        ent_str content;

        if (file_read(k, arena, done->path[i], &content, &err) != ENT_OK)
            err = (ent_err){ 0 }; /* it was looked for, and is not there */
    }
    return (now() - begun) * 1e3;
}

static void opens_measure(keeper *k, uint64_t entries)
{
    ent_arena *arena = ent_arena_new((size_t)256 << 20);
    times opens = times_new(OPENS);
    static reads done;
    ent_err err = { 0 };

    for (size_t i = 0; i < OPENS; i++) {
        link_log log;

        done.count = 0;
        k->reads = &done;
        times_begin(&opens);
        must(link_log_open(&k->host, arena, &log, &err), &err);
        times_end(&opens);
        if (log.frontier.size != entries)
            exit(1);
        ent_arena_reset(arena);
        opens.floor[i] = reads_again(k, arena, &done);
        ent_arena_reset(arena);
    }
    say("open a log", &opens, 1000);
    ent_arena_free(arena);
}

/* As many nodes as a way to the root has, and one signature. */
static double check_floor(const keeper *k, uint64_t entries)
{
    uint8_t node[1 + 2 * ENT_HASH_SIZE] = { 1 }, signature[64];
    double begun;
    int good;

    (void)crypto_sign_detached(signature, NULL, node, sizeof node, k->secret);
    begun = now();
    good = crypto_sign_verify_detached(signature, node, sizeof node, k->host.identity);
    for (; entries > 0; entries >>= 1) {
        ent_hash hash = ent_hash_of(node, sizeof node);

        memcpy(node + 1, hash.bytes, ENT_HASH_SIZE);
    }
    return good == 0 ? (now() - begun) * 1e3 : 0;
}

/* Makes it once untimed, so that it is known what is to be dropped. */
static ent_str prove(keeper *k, ent_arena *arena, uint64_t seq, times *cold, times *warm)
{
    static reads done;
    ent_err err = { 0 };
    ent_str text;

    done.count = 0;
    k->reads = &done;
    must(link_prove(&k->host, arena, LINK_OUT, seq, &text, &err), &err);
    k->reads = NULL;
    pages_drop(k, &done);
    times_begin(cold);
    must(link_prove(&k->host, arena, LINK_OUT, seq, &text, &err), &err);
    times_end(cold);
    times_begin(warm);
    must(link_prove(&k->host, arena, LINK_OUT, seq, &text, &err), &err);
    times_end(warm);
    warm->floor[warm->count - 1] = reads_again(k, arena, &done);
    pages_drop(k, &done);
    cold->floor[cold->count - 1] = reads_again(k, arena, &done);
    return text;
}

static void proofs_measure(keeper *k, uint64_t entries)
{
    const link_who writer = { k->host.identity, NULL }, nobody = { NULL, NULL };
    ent_arena *arena = ent_arena_new((size_t)256 << 20);
    times cold = times_new(PROOFS), warm = times_new(PROOFS), check = times_new(PROOFS);
    uint64_t random = 1;
    ent_err err = { 0 };

    for (size_t i = 0; i < PROOFS; i++) {
        link_proved proved;
        ent_str text;
        uint64_t seq;

        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        seq = (random >> 20) % entries;
        text = prove(k, arena, seq, &cold, &warm);
        times_begin(&check);
        must(link_proof_check(arena, text, k->host.out_origin, writer, nobody, &proved, &err),
             &err);
        times_end(&check);
        if (proved.entry.seq != seq)
            exit(1);
        check.floor[i] = check_floor(k, entries);
        ent_arena_reset(arena);
    }
    say("prove inclusion, cold", &cold, 1);
    say("prove inclusion, warm", &warm, 1);
    say("check a proof", &check, 1);
    ent_arena_free(arena);
}

int main(void)
{
    const char *asked = getenv("ENT_BENCH_ENTRIES");
    uint64_t entries = asked == NULL ? 10000000 : strtoull(asked, NULL, 10);
    ent_arena *arena = ent_arena_new((size_t)1 << 20);
    keeper k;

    if (sodium_init() < 0 || entries == 0)
        return 70;
    keeper_begin(&k, entries);
    if (!range_find(&k, arena, "range"))
        log_make(&k, entries);
    opens_measure(&k, entries);
    proofs_measure(&k, entries);
    ent_arena_free(arena);
    return 0;
}
