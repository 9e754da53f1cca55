/* Landlock has no wrappers in libc: syscall() and O_PATH are GNU. */
#define _GNU_SOURCE

#include "node/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Linux 6.1's header lacks the later rights; the kernel's version says which it knows. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_WRITE                                                                                   \
    (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |                               \
     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | \
     LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |   \
     LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)
#define FS_FILE_ONLY                                                                              \
    (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE | \
     LANDLOCK_ACCESS_FS_EXECUTE)

static ent_code path_allow(int ruleset, const char *path, uint64_t access, ent_err *err)
{
    struct landlock_path_beneath_attr rule = { .allowed_access = access };
    long failed;

    rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (rule.parent_fd < 0)
        return ent_fail(err, ENT_IO, "cannot open '%s' for the sandbox: %s", path, strerror(errno));
    failed = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    if (failed != 0 && errno == EINVAL) {
        /* A plain file takes file rights only. */
        rule.allowed_access &= FS_FILE_ONLY;
        failed = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    }
    (void)close(rule.parent_fd);
    if (failed != 0)
        return ent_fail(err, ENT_CONFIG, "Landlock refuses a rule for '%s': %s", path,
                        strerror(errno));
    return ENT_OK;
}

static ent_code files_restrict(const node_sandbox *sandbox, ent_err *err)
{
    struct landlock_ruleset_attr attr = { .handled_access_fs =
                                              FS_READ | FS_WRITE | LANDLOCK_ACCESS_FS_EXECUTE };
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    uint64_t write = FS_READ | FS_WRITE;
    ent_code rc = ENT_OK;
    int ruleset;

    if (version < 1)
        return ent_fail(
            err, ENT_CONFIG,
            "this kernel has no Landlock; entente needs Linux 5.13 or later with it enabled");
    if (version >= 3) {
        attr.handled_access_fs |= LANDLOCK_ACCESS_FS_TRUNCATE;
        write |= LANDLOCK_ACCESS_FS_TRUNCATE;
    }
    ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
    if (ruleset < 0)
        return ent_fail(err, ENT_CONFIG, "Landlock gives no rule set: %s", strerror(errno));
    for (size_t i = 0; i < sandbox->read_count && rc == ENT_OK; i++)
        rc = path_allow(ruleset, sandbox->read[i], FS_READ, err);
    for (size_t i = 0; i < sandbox->write_count && rc == ENT_OK; i++)
        rc = path_allow(ruleset, sandbox->write[i], write, err);
    if (rc == ENT_OK && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
                         syscall(SYS_landlock_restrict_self, ruleset, 0) != 0))
        rc = ent_fail(err, ENT_CONFIG, "Landlock cannot be entered: %s", strerror(errno));
    (void)close(ruleset);
    return rc;
}

/* Calls that no process of ours needs once it runs: other programs, other
 * processes' memory, mounts, modules, keys, tracing, new privileges. */
static const char *const never[] = {
    "execve",
    "execveat",
    "fork",
    "vfork",
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "mount",
    "umount2",
    "pivot_root",
    "chroot",
    "init_module",
    "finit_module",
    "delete_module",
    "kexec_load",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "keyctl",
    "add_key",
    "request_key",
    "setuid",
    "setgid",
    "setreuid",
    "setregid",
    "setresuid",
    "setresgid",
    "setgroups",
    "capset",
    "reboot",
    "swapon",
    "swapoff",
    "unshare",
    "setns",
    "open_by_handle_at",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "personality",
    "acct",
    "quotactl",
    "settimeofday",
    "clock_settime",
    "adjtimex",
    "mknod",
    "mknodat",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
    "chmod",
    "fchmod",
    "fchmodat",
    "chown",
    "fchown",
    "lchown",
    "fchownat",
};

static ent_code calls_restrict(const node_sandbox *sandbox, ent_err *err)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int failed = filter == NULL;

    for (size_t i = 0; i < sizeof never / sizeof *never && !failed; i++) {
        int call = seccomp_syscall_resolve_name(never[i]);

        if (call != __NR_SCMP_ERROR)
            failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), call, 0) != 0;
    }
    /* Threads, but no processes.  What clone3 is asked cannot be seen here: libc does with
     * clone when there is none. */
    if (!failed)
        failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
                                  SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0)) != 0 ||
                 seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) != 0;
    if (!failed && !sandbox->may_connect)
        failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(connect), 0) != 0 ||
                 seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 0) != 0;
    failed = failed || seccomp_load(filter) != 0;
    if (filter != NULL)
        seccomp_release(filter);
    if (failed)
        return ent_fail(err, ENT_CONFIG, "this kernel does not let the process enter seccomp");
    return ENT_OK;
}

ent_code node_sandbox_enter(const node_sandbox *sandbox, ent_err *err)
{
    ENT_TRY(files_restrict(sandbox, err));
    return calls_restrict(sandbox, err);
}
