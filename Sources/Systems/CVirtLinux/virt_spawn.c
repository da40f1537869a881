// Starting programs.
#define _GNU_SOURCE
#include "virt_spawn.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__APPLE__)
#include <crt_externs.h>
#define environ (*_NSGetEnviron())
#else
extern char **environ;
#endif

int virt_socket_pair(int ends[2]) {
#if defined(SOCK_CLOEXEC)
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0 ? -errno : 0;
#else
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0) return -errno;
    for (int i = 0; i < 2; i++) fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    return 0;
#endif
}

// Everything above the three that have been set. Returns 0 or an error number.
static int close_others(posix_spawn_file_actions_t *actions) {
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 34)
    return posix_spawn_file_actions_addclosefrom_np(actions, 3);
#elif defined(__linux__)
    // Those that are there now: what other threads open meanwhile has to be close-on-exec, as ours is.
    DIR *folder = opendir("/proc/self/fd");
    if (!folder) return errno;
    int failure = 0;
    for (struct dirent *entry; !failure && (entry = readdir(folder));) {
        int descriptor = atoi(entry->d_name);
        if (descriptor > 2 && descriptor != dirfd(folder))
            failure = posix_spawn_file_actions_addclose(actions, descriptor);
    }
    closedir(folder);
    return failure;
#else
    // POSIX_SPAWN_CLOEXEC_DEFAULT does it.
    (void)actions;
    return 0;
#endif
}

static int prepare(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes, int standard, int errors) {
    int failure = posix_spawn_file_actions_adddup2(actions, standard, 0);
    if (!failure) failure = posix_spawn_file_actions_adddup2(actions, standard, 1);
    if (!failure) failure = posix_spawn_file_actions_adddup2(actions, errors, 2);
    if (!failure) failure = close_others(actions);
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
#if defined(__APPLE__)
    flags |= POSIX_SPAWN_CLOEXEC_DEFAULT;
#endif
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    if (!failure) failure = posix_spawnattr_setsigmask(attributes, &none);
    if (!failure) failure = posix_spawnattr_setsigdefault(attributes, &all);
    if (!failure) failure = posix_spawnattr_setflags(attributes, flags);
    return failure;
}

// A copy above the three: one that is the target of a duplication would be overwritten, or stay close-on-exec.
static int raised(int descriptor) { return fcntl(descriptor, F_DUPFD_CLOEXEC, 3); }

pid_t virt_spawn(const char *const *arguments, int standard, int errors) {
    int in_out = raised(standard);
    if (in_out < 0) return -errno;
    int err = raised(errors);
    int failure = err < 0 ? errno : 0;
    pid_t child = 0;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    if (!failure) failure = posix_spawn_file_actions_init(&actions);
    if (!failure) {
        failure = posix_spawnattr_init(&attributes);
        if (!failure) {
            failure = prepare(&actions, &attributes, in_out, err);
            if (!failure)
                failure = posix_spawnp(
                    &child, arguments[0], &actions, &attributes, (char *const *)arguments, environ);
            posix_spawnattr_destroy(&attributes);
        }
        posix_spawn_file_actions_destroy(&actions);
    }
    close(in_out);
    if (err >= 0) close(err);
    return failure ? -failure : child;
}

void virt_await_end(pid_t child) {
    siginfo_t information;
    while (waitid(P_PID, (id_t)child, &information, WEXITED | WNOWAIT) < 0 && errno == EINTR) continue;
}

int virt_reap(pid_t child) {
    int status = 0;
    pid_t reaped;
    do {
        reaped = waitpid(child, &status, 0);
    } while (reaped < 0 && errno == EINTR);
    if (reaped != child) return INT_MIN;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}
