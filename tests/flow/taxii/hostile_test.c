/* What is sent to harm, over TLS on the real program: bodies and heads; afterwards it serves
 * as before, and has no descriptor more. */
#include "flow.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <zlib.h>

#define C         "/exchange/collections/" BOTH "/objects/"
#define FILE_MOST ((size_t)16 << 20)

static ent_str repeated(flow *f, const char *before, const char *text, size_t times,
                        const char *after)
{
    size_t one = strlen(text), size = strlen(before) + one * times + strlen(after);
    char *bytes = ent_arena_alloc(f->arena, size + 1), *at = bytes;

    if (bytes == NULL)
        abort();
    at += sprintf(at, "%s", before);
    for (size_t i = 0; i < times; i++, at += one)
        memcpy(at, text, one);
    (void)sprintf(at, "%s", after);
    return (ent_str){ bytes, size };
}

static answer send_body(flow *f, ent_str body, const char *field)
{
    return ASK(f, .path = C, .body = body.ptr, .size = body.size, .more = { field });
}

/* A refusal of the client's mistake, or an answer that counts it as one. */
static bool coped(const answer *r)
{
    return (r->status >= 400 && r->status < 500 && strcmp(r->type, MEDIA) == 0) ||
           (r->status == 202 && number_of(r->json, "success_count") == 0);
}

/* ---- bodies ---- */

static void bodies(flow *f)
{
    static const char *const small[] = {
        "{",
        "[",
        "\"",
        "nul",
        "{\"objects\":[}",
        "{\"objects\":[{]}",
        "{\"objects\":[{}],}",
        "{\"objects\":[\"\\ud800\"]}",
        "{\"objects\":[\"\xff\xfe\"]}",
        "{\"objects\":[\"\x01\"]}",
        "{\"objects\":[1e999999]}",
        "{\"objects\":[-]}",
        "{\"objects\":[0x10]}",
        "\xef\xbb\xbf{}",
        "{\"objects\":{}}",
        "{\"objects\":null}",
        "{\"objects\":[[[[]]]]}",
        "[]",
        "7",
        "\"\"",
        "{\"objects\":[{\"type\":\"a\",\"type\":\"b\",\"id\":\"a--1\"}]}",
        "{\"objects\":[{\"type\":\"../../x\",\"id\":\"../../x--00000000-0000-4000-8000-"
        "00000000000'\"}]}",
        "{\"objects\":[{\"type\":\"x'; DROP TABLE objects; --\",\"id\":\"x\"}]}",
    };
    answer r;

    for (size_t i = 0; i < sizeof small / sizeof *small; i++) {
        r = send_body(f, ent_str_of(small[i]), NULL);
        check(f, coped(&r), "body %zu: %ld", i, r.status);
    }
    r = send_body(f, repeated(f, "{\"objects\":", "[", 200000, ""), NULL);
    check(f, coped(&r), "200,000 brackets: %ld", r.status);
    r = send_body(f, repeated(f, "", "{\"a\":", 100000, ""), NULL);
    check(f, coped(&r), "100,000 objects in each other: %ld", r.status);
    r = send_body(f, repeated(f, "{\"objects\":[", "{},", 300000, "{}]}"), NULL);
    check(f, coped(&r), "300,000 objects that are none: %ld", r.status);
    r = send_body(f, repeated(f, "{\"objects\":[{\"type\":\"x\",\"id\":\"", "9", 4000000, "\"}]}"),
                  NULL);
    check(f, coped(&r), "an id of four megabytes: %ld", r.status);
    r = send_body(f, repeated(f, "{\"objects\":[", "1", 1000000, "]}"), NULL);
    check(f, coped(&r), "a number of a million digits: %ld", r.status);
    r = send_body(f, ENT_STR("{\"objects\":[]}\0\0\0"), NULL);
    check(f, coped(&r) || r.status == 202, "NULs behind it: %ld", r.status);
}

/* A gigabyte of zeros in a megabyte: the limit counts what comes out. */
static void bomb(flow *f)
{
    static char zeros[1 << 20];
    size_t room = (size_t)4 << 20;
    char *bytes = ent_arena_alloc(f->arena, room);
    z_stream z = { 0 };
    answer r;

    if (bytes == NULL || deflateInit2(&z, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    z.next_out = (Bytef *)bytes;
    z.avail_out = (uInt)room;
    for (int i = 0; i < 1024; i++) {
        z.next_in = (Bytef *)zeros;
        z.avail_in = sizeof zeros;
        (void)deflate(&z, i == 1023 ? Z_FINISH : Z_NO_FLUSH);
    }
    r = send_body(f, (ent_str){ bytes, room - z.avail_out }, "Content-Encoding: gzip");
    (void)deflateEnd(&z);
    check(f, r.status == 413, "a gigabyte in a megabyte of gzip: %ld", r.status);
    r = send_body(f, ENT_STR("\x1f\x8b\x08\0\0\0\0\0\0\3broken"), "Content-Encoding: gzip");
    check(f, coped(&r), "gzip that is none: %ld", r.status);
}

/* ---- the corpus beside the project, where it is ---- */

#define CORPUS "../shared/corpus/hostile"

static void files_send(flow *f, const char *folder, int *count, int *wrong)
{
    DIR *dir = opendir(folder);

    for (struct dirent *e = dir == NULL ? NULL : readdir(dir); e != NULL; e = readdir(dir)) {
        char path[1024], *bytes;
        struct stat of;
        size_t size;
        FILE *in;
        answer r;

        (void)snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (e->d_name[0] == '.' || stat(path, &of) != 0)
            continue;
        if (S_ISDIR(of.st_mode))
            files_send(f, path, count, wrong);
        in = S_ISREG(of.st_mode) ? fopen(path, "r") : NULL;
        if (in == NULL)
            continue;
        bytes = ent_arena_alloc(f->arena, FILE_MOST);
        size = bytes == NULL ? 0 : fread(bytes, 1, FILE_MOST, in);
        (void)fclose(in);
        r = send_body(f, (ent_str){ size == 0 ? "" : bytes, size }, NULL);
        if (r.status != 202 && !coped(&r)) {
            (void)printf("# %s: %ld\n", path, r.status);
            ++*wrong;
        }
        ++*count;
        ent_arena_reset(f->arena);
    }
    if (dir != NULL)
        (void)closedir(dir);
}

/* In an address every byte may be written with a '%'. */
static ent_str escaped(flow *f, const char *line)
{
    size_t size = strcspn(line, "\r\n");
    char *out = ent_arena_alloc(f->arena, 3 * size + 1), *at = out;

    if (out == NULL)
        abort();
    for (size_t i = 0; i < size; i++)
        at += sprintf(at, "%%%02x", (unsigned)(unsigned char)line[i]);
    return (ent_str){ out, 3 * size };
}

/* Each line where an id, a type, a date, a token, a name may stand. */
static void words_send(flow *f, int *count, int *wrong)
{
    static const char *const places[] = {
        C "?match[id]=%.*s",      C "?match[type]=%.*s",
        C "?added_after=%.*s",    C "?next=%.*s",
        C "?match[version]=%.*s", C "%.*s/",
        "/exchange/status/%.*s/", "/exchange/collections/%.*s/objects/",
        "/%.*s/collections/",
    };
    FILE *in = fopen(CORPUS "/blns/blns.txt", "r");
    char line[4096];

    while (in != NULL && fgets(line, sizeof line, in) != NULL)
        for (size_t i = 0; line[0] != '#' && i < sizeof places / sizeof *places; i++) {
            ent_str word = escaped(f, line);
            char path[16384];
            answer r;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            (void)snprintf(path, sizeof path, places[i], ENT_STR_ARG(word));
#pragma GCC diagnostic pop
            r = ASK(f, .path = path);
            if ((r.status != 200 && r.status != 400 && r.status != 404) ||
                strcmp(r.type, MEDIA) != 0) {
                (void)printf("# %s: %ld\n", path, r.status);
                ++*wrong;
            }
            ++*count;
            ent_arena_reset(f->arena);
        }
    if (in != NULL)
        (void)fclose(in);
}

static void corpus(flow *f)
{
    int count = 0, wrong = 0;

    if (access(CORPUS, R_OK) != 0) {
        (void)printf("# skipped: " CORPUS " is not here\n");
        return;
    }
    files_send(f, CORPUS, &count, &wrong);
    check(f, wrong == 0, "the hostile corpus as bodies: %d files, each answered", count);
    count = wrong = 0;
    words_send(f, &count, &wrong);
    check(f, wrong == 0, "naughty strings in addresses: %d requests, each answered", count);
}

/* ---- many who say nothing ---- */

static int connect_to(const flow *f)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    at.sin_port = htons((uint16_t)atoi(strrchr(f->url, ':') + 1));
    if (fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof at) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static void silence(flow *f)
{
    struct rlimit limit;
    size_t wanted = 10000, open = 0;
    int *fds;

    (void)getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < wanted + 100)
        wanted = limit.rlim_cur > 200 ? (size_t)limit.rlim_cur - 100 : 100;
    fds = calloc(wanted, sizeof *fds);
    if (fds == NULL)
        abort();
    while (open < wanted && (fds[open] = connect_to(f)) >= 0)
        open++;
    check(f, open == wanted, "%zu connections that say nothing", open);
    check(f, ASK(f, .path = "/exchange/").status == 200, "do not keep others waiting");
    for (size_t i = 0; i < open; i++)
        (void)close(fds[i]);
    free(fds);
}

static void after(flow *f)
{
    answer r;

    (void)post(f, BOTH, object(f, 1, "2020-01-01T00:00:00.000Z", "x"));
    r = ASK(f, .path = C);
    check(f, r.status == 200 && objects_in(&r) >= 1, "afterwards it serves as before");
}

int main(void)
{
    flow f;

    if (!flow_begin(&f)) {
        (void)printf("not ok 1 - a node starts\n1..1\n");
        return 1;
    }
    bodies(&f);
    bomb(&f);
    corpus(&f);
    silence(&f);
    after(&f);
    return flow_end(&f);
}
