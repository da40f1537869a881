#pragma once
// What the daemon needs of the system and Swift's overlay does not import.
#include <stdint.h>

/// The kernel's number of the calling thread.
int64_t virt_thread_id(void);
/// Names the calling thread, for debuggers; 15 bytes of the name are used.
void virt_thread_set_name(const char *name);

/// Locks the first byte of a file for as long as this open file lives.
///
/// Returns 0, or -errno: -EAGAIN or -EACCES if another holds it, be it with a lock of this kind or with one of its
/// process.
int virt_lock_first_byte(int fd);
