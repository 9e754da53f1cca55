#include "http/folder_int.h"

#include "base/hash.h"
#include "base/text.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool http_folder_name(const char *name)
{
    bool start = true;

    if (*name == '\0')
        return false;
    for (; *name != '\0'; name++) {
        if (*name == '/') {
            if (start)
                return false;
            start = true;
            continue;
        }
        if (!((*name >= 'a' && *name <= 'z') || (*name >= '0' && *name <= '9') || *name == '_' ||
              *name == '-' || (*name == '.' && !start)))
            return false;
        start = false;
    }
    return !start;
}

int http_folder_open(const char *folder, const char *name, off_t *size)
{
    int at = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    struct stat st;

    while (at >= 0 && *name != '\0') {
        size_t part = strcspn(name, "/");
        char one[256];
        int next = -1;

        if (part < sizeof one) {
            memcpy(one, name, part);
            one[part] = '\0';
            next = openat(at, one, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        }
        (void)close(at);
        at = next;
        name += part + (name[part] == '/');
    }
    if (at >= 0 && (fstat(at, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > HTTP_FILE_LIMIT)) {
        (void)close(at);
        at = -1;
    }
    if (at >= 0)
        *size = st.st_size;
    return at;
}

bool http_folder_has(const char *folder, const char *name, const char *hex)
{
    char bytes[65536], have[2 * ENT_HASH_SIZE + 1];
    off_t size = 0;
    int fd = http_folder_open(folder, name, &size);
    bool whole =
        size <= (off_t)sizeof bytes && (fd < 0 || pread(fd, bytes, sizeof bytes, 0) == size);
    ent_hash hash;

    if (fd >= 0)
        (void)close(fd);
    if (!whole)
        return false;
    hash = ent_hash_of(bytes, (size_t)size);
    ent_hex_write(hash.bytes, ENT_HASH_SIZE, have);
    return strcmp(hex, have) == 0;
}
