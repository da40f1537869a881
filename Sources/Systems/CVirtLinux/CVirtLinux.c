#define _GNU_SOURCE
#include "CVirtLinux.h"
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>

pid_t virt_thread_id(void) { return (pid_t)syscall(SYS_gettid); }
#endif
