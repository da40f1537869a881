// The lock that belongs to an open file.
#define _GNU_SOURCE
#include "virt_daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/syscall.h>

int64_t virt_thread_id(void) { return syscall(SYS_gettid); }

void virt_thread_set_name(const char *name) {
    char cut[16] = {0};
    strncpy(cut, name, sizeof cut - 1);
    pthread_setname_np(pthread_self(), cut);
}
#else
int64_t virt_thread_id(void) {
    uint64_t number = 0;
    pthread_threadid_np(NULL, &number);
    return (int64_t)number;
}

void virt_thread_set_name(const char *name) { pthread_setname_np(name); }
#endif

int virt_lock_first_byte(int fd) {
    struct flock request = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
#if defined(F_OFD_SETLK)
    int command = F_OFD_SETLK;
#else
    int command = F_SETLK;
#endif
    return fcntl(fd, command, &request) == 0 ? 0 : -errno;
}
