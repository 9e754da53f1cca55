/* node/files: whole or not there. */
#include "homes.h"

#include <fcntl.h>
#include <sys/stat.h>

static char folder[64];

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/ent-files-XXXXXX");
    return mkdtemp(folder) == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    homes_remove(folder);
    return 0;
}

static void a_file_is_written_replaced_read_and_removed(void **state)
{
    ent_arena *arena = ent_arena_new((size_t)1 << 20);
    const char *path = node_path(arena, "%s/a/b/file", folder);
    ent_str text = ENT_STR_NONE;
    struct stat st;
    ent_err err = { 0 };

    (void)state;
    CHECK_OK(node_file_write(path, (ent_span){ "one", 3 }, 0600, &err), &err);
    CHECK_OK(node_file_write(path, (ent_span){ "second", 6 }, 0600, &err), &err);
    CHECK_OK(node_file_read(arena, path, 6, &text, &err), &err);
    CHECK_TEXT(text, "second");
    CHECK_INT(stat(path, &st), 0);
    CHECK_INT(st.st_mode & 0777, 0600);
    CHECK_INT(stat(node_path(arena, "%s/a", folder), &st), 0);
    CHECK_INT(st.st_mode & 0777, 0700);
    CHECK_INT(node_file_read(arena, path, 5, &text, &err), ENT_LIMIT);
    CHECK_OK(node_file_remove(path, &err), &err);
    CHECK_OK(node_file_remove(path, &err), &err);
    CHECK_INT(node_file_read(arena, path, 5, &text, &err), ENT_NOT_FOUND);
    ent_arena_free(arena);
}

static void a_write_that_fails_leaves_the_old_content_and_nothing_else(void **state)
{
    ent_arena *arena = ent_arena_new((size_t)1 << 20);
    const char *path = node_path(arena, "%s/file", folder);
    ent_err err = { 0 };
    size_t files = 0;
    DIR *dir;

    (void)state;
    /* A folder in the place of the file: the rename fails after the write. */
    CHECK_OK(node_folder_make(node_path(arena, "%s/file/in-the-way", folder), &err), &err);
    CHECK_INT(node_file_write(path, (ent_span){ "x", 1 }, 0600, &err), ENT_IO);
    dir = opendir(folder);
    for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir))
        files += e->d_name[0] != '.';
    (void)closedir(dir);
    CHECK_INT(files, 1);
    ent_arena_free(arena);
}

static void links_are_not_followed(void **state)
{
    ent_arena *arena = ent_arena_new((size_t)1 << 20);
    const char *path = node_path(arena, "%s/link", folder);
    ent_str text;
    ent_err err = { 0 };

    (void)state;
    CHECK_INT(symlink("/etc/hostname", path), 0);
    CHECK_INT(node_file_read(arena, path, 100000, &text, &err), ENT_IO);
    CHECK_OK(node_file_write(path, (ent_span){ "x", 1 }, 0600, &err), &err);
    CHECK_OK(node_file_read(arena, path, 10, &text, &err), &err);
    CHECK_TEXT(text, "x");
    ent_arena_free(arena);
}

static void a_secret_has_exactly_its_size(void **state)
{
    ent_arena *arena = ent_arena_new((size_t)1 << 20);
    const char *path = node_path(arena, "%s/key", folder);
    uint8_t key[4];
    ent_err err = { 0 };

    (void)state;
    CHECK_OK(node_file_write(path, (ent_span){ "abcd", 4 }, 0600, &err), &err);
    CHECK_OK(node_file_read_secret(path, key, 4, &err), &err);
    CHECK_INT(node_file_read_secret(path, key, 3, &err), ENT_FORMAT);
    CHECK_OK(node_file_write(path, (ent_span){ "abc", 3 }, 0600, &err), &err);
    CHECK_INT(node_file_read_secret(path, key, 4, &err), ENT_FORMAT);
    ent_arena_free(arena);
}

static void a_lock_is_held_by_one_until_it_is_closed(void **state)
{
    ent_arena *arena = ent_arena_new((size_t)1 << 20);
    const char *path = node_path(arena, "%s/lock", folder);
    ent_err err = { 0 };
    int one, two;

    (void)state;
    CHECK_OK(node_lock(path, false, &one, &err), &err);
    CHECK_INT(node_lock(path, false, &two, &err), ENT_RETRY);
    (void)close(one);
    CHECK_OK(node_lock(path, true, &two, &err), &err);
    (void)close(two);
    ent_arena_free(arena);
}

static void a_path_that_does_not_fit_is_one_that_cannot_exist(void **state)
{
    ent_arena *arena = ent_arena_new((size_t)1 << 20);
    const char *paths[] = { node_path(arena, "/%05000d", 1), NULL };
    ent_str text;
    ent_err err = { 0 };
    int fd;

    (void)state;
    ent_arena_fail_after(arena, 0);
    paths[1] = node_path(arena, "%s/short", folder);
    /* Nor can it be made, whoever runs this; and it is not simply "not there". */
    for (size_t i = 0; i < 2; i++) {
        CHECK_INT(node_file_read(arena, paths[i], 10, &text, &err), ENT_IO);
        CHECK_INT(node_file_write(paths[i], (ent_span){ "x", 1 }, 0600, &err), ENT_IO);
        CHECK_INT(node_file_remove(paths[i], &err), ENT_IO);
        CHECK_INT(node_folder_make(paths[i], &err), ENT_IO);
        CHECK_INT(node_lock(paths[i], true, &fd, &err), ENT_IO);
    }
    ent_arena_free(arena);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

HOMES_TESTS(IN_FOLDER(a_file_is_written_replaced_read_and_removed),
            IN_FOLDER(a_write_that_fails_leaves_the_old_content_and_nothing_else),
            IN_FOLDER(links_are_not_followed), IN_FOLDER(a_secret_has_exactly_its_size),
            IN_FOLDER(a_lock_is_held_by_one_until_it_is_closed),
            IN_FOLDER(a_path_that_does_not_fit_is_one_that_cannot_exist))
