#include "node/pouch.h"

#include "base/limits.h"
#include "node/box.h"
#include "node/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_LINE   "entente-pouch v1 "
#define CHUNK_LIMIT  ((size_t)ENT_LIMIT_BODY_SIZE + 65536)
#define STEP_MEMORY  ((size_t)1 << 30)
#define FILES_LIMIT  ((size_t)1 << 21) /* files in one pouch */
#define STREAM_BYTES crypto_secretstream_xchacha20poly1305_ABYTES

/* ---- packing ---- */

struct packing {
    const node_link *link;
    FILE *out;
    crypto_secretstream_xchacha20poly1305_state stream;
    ent_arena *arena; /* of one chunk */
};

static ent_code bytes_put(struct packing *p, const void *bytes, size_t size, ent_err *err)
{
    if (size > 0 && fwrite(bytes, 1, size, p->out) != size)
        return ent_fail(err, ENT_IO, "cannot write the pouch: %s", strerror(errno));
    return ENT_OK;
}

static ent_code chunk_put(struct packing *p, const char *path, ent_str content, bool last,
                          ent_err *err)
{
    size_t name = strlen(path) + 1, size = name + content.size;
    uint8_t *plain = ent_arena_alloc(p->arena, size);
    uint8_t *sealed = ent_arena_alloc(p->arena, size + STREAM_BYTES);
    uint8_t prefix[4];

    if (plain == NULL || sealed == NULL)
        return ent_fail_arena(err);
    memcpy(plain, path, name);
    if (content.size > 0)
        memcpy(plain + name, content.ptr, content.size);
    size += STREAM_BYTES;
    for (size_t i = 0; i < 4; i++)
        prefix[i] = (uint8_t)(size >> (24 - 8 * i));
    (void)crypto_secretstream_xchacha20poly1305_push(
        &p->stream, sealed, NULL, plain, size - STREAM_BYTES, NULL, 0,
        last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : 0);
    ENT_TRY(bytes_put(p, prefix, sizeof prefix, err));
    return bytes_put(p, sealed, size, err);
}

/* A file of out/; `must`: it has to be there. */
static ent_code file_pack(struct packing *p, const char *name, bool must, ent_err *err)
{
    const link_host *host = &p->link->host;
    char path[LINK_PATH_SIZE];
    ent_str content;
    ent_code rc;

    link_path(LINK_OUT, name, path);
    rc = host->read(host->arg, p->arena, path, &content, err);
    if (rc == ENT_OK)
        rc = chunk_put(p, name, content, false, err);
    if (rc == ENT_NOT_FOUND && !must) {
        *err = (ent_err){ 0 };
        rc = ENT_OK;
    }
    ent_arena_reset(p->arena);
    return rc;
}

static ent_code body_pack(struct packing *p, uint64_t seq, uint64_t size, ent_err *err)
{
    char path[LINK_PATH_SIZE];
    link_entry entry;

    ENT_TRY(link_entry_at(&p->link->host, p->arena, LINK_OUT, seq, size, &entry, NULL, err));
    link_path_of(LINK_OUT, "key", &entry.body, path);
    ENT_TRY(file_pack(p, path + 4, true, err));
    link_path_of(LINK_OUT, "body", &entry.body, path);
    return file_pack(p, path + 4, false, err); /* erased: only the key's place says so */
}

static ent_code files_pack(struct packing *p, uint64_t from, uint64_t size, ent_err *err)
{
    char tile[LEDGER_TILE_PATH];

    for (uint64_t at = from; at < size; at = (at / LEDGER_TILE_WIDTH + 1) * LEDGER_TILE_WIDTH) {
        ledger_tile_path_in(LEDGER_ENTRIES, at, size, tile);
        ENT_TRY(file_pack(p, tile, true, err));
    }
    for (uint64_t seq = from; seq < size; seq++)
        ENT_TRY(body_pack(p, seq, size, err));
    ENT_TRY(file_pack(p, "cosignature", false, err));
    ENT_TRY(file_pack(p, "checkpoint", true, err));
    return chunk_put(p, "", ENT_STR(""), true, err);
}

static ent_code pouch_begin(struct packing *p, ent_err *err)
{
    uint8_t key[crypto_secretstream_xchacha20poly1305_KEYBYTES];
    uint8_t sealed[sizeof key + crypto_box_SEALBYTES];
    uint8_t header[crypto_secretstream_xchacha20poly1305_HEADERBYTES];
    int failed;

    crypto_secretstream_xchacha20poly1305_keygen(key);
    failed = crypto_box_seal(sealed, key, sizeof key, p->link->peer.box);
    (void)crypto_secretstream_xchacha20poly1305_init_push(&p->stream, header, key);
    sodium_memzero(key, sizeof key);
    if (failed != 0)
        return ent_fail(err, ENT_UNTRUSTED, "the peer's key is no X25519 public key");
    if (fprintf(p->out, "%s%s\n", FIRST_LINE, p->link->host.out_origin) < 0)
        return ent_fail(err, ENT_IO, "cannot write the pouch: %s", strerror(errno));
    ENT_TRY(bytes_put(p, sealed, sizeof sealed, err));
    return bytes_put(p, header, sizeof header, err);
}

static ent_code pouch_write(struct packing *p, uint64_t from, node_pouch_result *result,
                            ent_err *err)
{
    link_head head, seen;

    ENT_TRY(link_head_read(&p->link->host, p->arena, LINK_OUT, &head, err));
    ENT_TRY(link_seen_read(&p->link->host, p->arena, LINK_OUT, &seen, err));
    if (head.note.ptr == NULL)
        return ent_fail(err, ENT_NOT_FOUND, "nothing was ever said to %s", p->link->peer.code);
    if (from == UINT64_MAX)
        from = seen.size < head.size ? seen.size : head.size;
    if (from > head.size)
        return ent_fail(err, ENT_NOT_FOUND, "the log has %" PRIu64 " entries, not %" PRIu64,
                        head.size, from);
    *result = (node_pouch_result){ from, head.size };
    ENT_TRY(pouch_begin(p, err));
    return files_pack(p, from, result->to, err);
}

ent_code node_pouch_pack(node_link *link, uint64_t from, const char *path,
                         node_pouch_result *result, ent_err *err)
{
    struct packing *p = calloc(1, sizeof *p);
    char temporary[4096];
    ent_code rc;

    if (p == NULL || snprintf(temporary, sizeof temporary, "%s.%ld.new", path, (long)getpid()) >=
                         (int)sizeof temporary) {
        free(p);
        return ent_fail(err, ENT_LIMIT, "the path '%.200s' is too long", path);
    }
    p->link = link;
    p->arena = ent_arena_new(STEP_MEMORY);
    p->out = fopen(temporary, "wb");
    if (p->arena == NULL || p->out == NULL)
        rc = ent_fail(err, ENT_IO, "cannot write '%s': %s", temporary, strerror(errno));
    else
        rc = pouch_write(p, from, result, err);
    if (p->out != NULL && (fflush(p->out) != 0 || fsync(fileno(p->out)) != 0) && rc == ENT_OK)
        rc = ent_fail(err, ENT_IO, "cannot write '%s': %s", temporary, strerror(errno));
    if (p->out != NULL && fclose(p->out) != 0 && rc == ENT_OK)
        rc = ent_fail(err, ENT_IO, "cannot write '%s': %s", temporary, strerror(errno));
    if (rc == ENT_OK && rename(temporary, path) != 0)
        rc = ent_fail(err, ENT_IO, "cannot write '%s': %s", path, strerror(errno));
    if (rc != ENT_OK)
        (void)unlink(temporary);
    ent_arena_free(p->arena);
    sodium_memzero(&p->stream, sizeof p->stream);
    free(p);
    return rc;
}

/* ---- opening ---- */

struct opening {
    FILE *in;
    const char *folder; /* where the files are put */
    crypto_secretstream_xchacha20poly1305_state stream;
};

static ent_code bytes_take(struct opening *o, void *bytes, size_t size, ent_err *err)
{
    if (fread(bytes, 1, size, o->in) != size)
        return ent_fail(err, ENT_FORMAT, "the pouch is cut off");
    return ENT_OK;
}

/* Names of out/ only: nothing that leaves the folder. */
static bool name_is_plain(const char *name)
{
    if (name[0] == '\0' || strlen(name) >= LINK_PATH_SIZE)
        return false;
    for (const char *p = name; *p != '\0'; p++)
        if (!((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || *p == '/' ||
              (*p == '.' && p != name && p[-1] != '/' && p[-1] != '.')))
            return false;
    return name[0] != '/';
}

static ent_code chunk_take(struct opening *o, ent_arena *arena, bool *last, ent_err *err)
{
    unsigned char tag = 0;
    uint8_t prefix[4], *sealed, *plain;
    unsigned long long size = 0;
    size_t room, name;

    ENT_TRY(bytes_take(o, prefix, sizeof prefix, err));
    room = (size_t)prefix[0] << 24 | (size_t)prefix[1] << 16 | (size_t)prefix[2] << 8 | prefix[3];
    if (room < STREAM_BYTES + 1 || room > CHUNK_LIMIT)
        return ent_fail(err, ENT_FORMAT, "a chunk of the pouch has %zu bytes", room);
    sealed = ent_arena_alloc(arena, room);
    plain = ent_arena_alloc(arena, room);
    if (sealed == NULL || plain == NULL)
        return ent_fail_arena(err);
    ENT_TRY(bytes_take(o, sealed, room, err));
    if (crypto_secretstream_xchacha20poly1305_pull(&o->stream, plain, &size, &tag, sealed, room,
                                                   NULL, 0) != 0)
        return ent_fail(err, ENT_UNTRUSTED, "the pouch was changed");
    *last = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
    if (*last)
        return ENT_OK;
    name = strnlen((const char *)plain, size) + 1;
    if (name > size || !name_is_plain((const char *)plain))
        return ent_fail(err, ENT_FORMAT, "the pouch has a file with a bad name");
    return node_file_write(node_path(arena, "%s/%s", o->folder, (const char *)plain),
                           (ent_span){ plain + name, size - name }, 0600, err);
}

static ent_code chunks_take(struct opening *o, ent_err *err)
{
    ent_arena *arena = ent_arena_new(STEP_MEMORY);
    ent_code rc = ENT_OK;
    bool last = false;
    char more;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to open a pouch");
    for (size_t files = 0; rc == ENT_OK && !last; files++) {
        rc = files > FILES_LIMIT ? ent_fail(err, ENT_LIMIT, "the pouch has too many files")
                                 : chunk_take(o, arena, &last, err);
        ent_arena_reset(arena);
    }
    ent_arena_free(arena);
    if (rc == ENT_OK && fread(&more, 1, 1, o->in) != 0)
        return ent_fail(err, ENT_FORMAT, "there is something behind the end of the pouch");
    return rc;
}

/* The key is sealed to us, or the pouch is not for us. */
static ent_code stream_open(struct opening *o, const node_home *home, ent_err *err)
{
    uint8_t key[crypto_secretstream_xchacha20poly1305_KEYBYTES];
    uint8_t sealed[sizeof key + crypto_box_SEALBYTES];
    uint8_t header[crypto_secretstream_xchacha20poly1305_HEADERBYTES];
    ent_code rc;

    ENT_TRY(bytes_take(o, sealed, sizeof sealed, err));
    ENT_TRY(bytes_take(o, header, sizeof header, err));
    rc = node_box_open(home, (ent_span){ sealed, sizeof sealed }, key, sizeof key, err);
    if (rc == ENT_OK &&
        crypto_secretstream_xchacha20poly1305_init_pull(&o->stream, header, key) != 0)
        rc = ENT_UNTRUSTED;
    sodium_memzero(key, sizeof key);
    if (rc == ENT_UNTRUSTED)
        return ent_fail(err, ENT_UNTRUSTED, "the pouch is not sealed to this node");
    return rc;
}

/* The first line names the log; the peer whose log for us that is. */
static ent_code peer_find(ent_arena *arena, const node_home *home, struct opening *o,
                          char code[NODE_CODE_SIZE], ent_err *err)
{
    char line[sizeof FIRST_LINE + LINK_ORIGIN_SIZE + 2], origin[LINK_ORIGIN_SIZE];
    node_peer *peers;
    size_t count;

    if (fgets(line, sizeof line, o->in) == NULL ||
        strncmp(line, FIRST_LINE, sizeof FIRST_LINE - 1) != 0)
        return ent_fail(err, ENT_FORMAT, "this is no pouch");
    line[strcspn(line, "\n")] = '\0';
    ENT_TRY(node_peer_list(arena, home, &peers, &count, err));
    for (size_t i = 0; i < count; i++) {
        link_origin_write(peers[i].identity, home->identity, origin);
        if (strcmp(origin, line + sizeof FIRST_LINE - 1) != 0)
            continue;
        if (peers[i].state != NODE_PEER_CONFIRMED)
            return ent_fail(err, ENT_DENIED, "the link to %s is %s, not confirmed", peers[i].code,
                            node_peer_state_name(peers[i].state));
        memcpy(code, peers[i].code, NODE_CODE_SIZE);
        return ENT_OK;
    }
    return ent_fail(err, ENT_NOT_FOUND, "the pouch is of no link of this node");
}

/* The courier of an opened pouch. */
static ent_code fetch(void *arg, ent_arena *arena, const link_want *want, ent_str *content,
                      ent_err *err)
{
    const struct opening *o = arg;

    return node_file_read(
        arena, node_path(arena, "%s/%.*s", o->folder, (int)strcspn(want->path, "?"), want->path),
        want->limit, content, err);
}

static void folder_remove(const char *folder)
{
    DIR *dir = opendir(folder);

    for (struct dirent *e = dir == NULL ? NULL : readdir(dir); e != NULL; e = readdir(dir)) {
        char path[4096];

        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
            snprintf(path, sizeof path, "%s/%s", folder, e->d_name) < (int)sizeof path &&
            unlink(path) != 0)
            folder_remove(path);
    }
    if (dir != NULL)
        (void)closedir(dir);
    (void)rmdir(folder);
}

static ent_code pouch_apply(ent_arena *arena, const node_home *home, node_desk *nd,
                            struct opening *o, char code[NODE_CODE_SIZE], uint64_t *applied,
                            ent_err *err)
{
    node_link link;
    ent_code rc;
    bool stopped;

    ENT_TRY(peer_find(arena, home, o, code, err));
    ENT_TRY(stream_open(o, home, err));
    o->folder = node_path(arena, "%s/links/%s/pouch.%ld", home->path, code, (long)getpid());
    rc = chunks_take(o, err);
    if (rc == ENT_OK)
        rc = node_link_open(arena, home, nd, code, &link, err);
    if (rc == ENT_OK) {
        link.carried = true;
        rc = node_link_pull(&link, fetch, o, applied, &stopped, err);
        node_link_close(&link);
    }
    folder_remove(o->folder);
    return rc;
}

ent_code node_pouch_open(ent_arena *arena, const node_home *home, node_desk *nd, const char *path,
                         char code[NODE_CODE_SIZE], uint64_t *applied, ent_err *err)
{
    struct opening *o = calloc(1, sizeof *o);
    ent_code rc;

    if (o == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to open a pouch");
    *applied = 0;
    o->in = fopen(path, "rb");
    if (o->in == NULL)
        rc = ent_fail(err, errno == ENOENT ? ENT_NOT_FOUND : ENT_IO, "cannot open '%s': %s", path,
                      strerror(errno));
    else
        rc = pouch_apply(arena, home, nd, o, code, applied, err);
    if (o->in != NULL)
        (void)fclose(o->in);
    sodium_memzero(&o->stream, sizeof o->stream);
    free(o);
    return rc == ENT_OK ? ENT_OK : ent_context(err, "pouch '%s'", path);
}
