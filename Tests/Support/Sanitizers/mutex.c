/* Tells the thread sanitizer of Swift's mutexes.

   Their fast path is inlined, so that the sanitizer sees it; the slow path, of a mutex that somebody holds, is in the
   toolchain's library, which was built without: everything that such a mutex protects would be reported as a race. This
   library is loaded before it and stands in front of its two functions. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

typedef __attribute__((swiftcall)) void (*lock_function)(uint32_t thread, __attribute__((swift_context)) void *self);
typedef __attribute__((swiftcall)) void (*unlock_function)(__attribute__((swift_context)) void *self);

/* Synchronization._MutexHandle._lockSlow(Swift.UInt32) */
__attribute__((swiftcall)) void lock_slow(uint32_t thread, __attribute__((swift_context)) void *self)
    __asm__("$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");

__attribute__((swiftcall)) void lock_slow(uint32_t thread, __attribute__((swift_context)) void *self) {
    static lock_function next;
    if (!next) next = (lock_function)dlsym(RTLD_NEXT, "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");
    next(thread, self);
    if (__tsan_acquire) __tsan_acquire(self);
}

/* Synchronization._MutexHandle._unlockSlow() */
__attribute__((swiftcall)) void unlock_slow(__attribute__((swift_context)) void *self)
    __asm__("$s15Synchronization12_MutexHandleV11_unlockSlowyyF");

__attribute__((swiftcall)) void unlock_slow(__attribute__((swift_context)) void *self) {
    static unlock_function next;
    if (!next) next = (unlock_function)dlsym(RTLD_NEXT, "$s15Synchronization12_MutexHandleV11_unlockSlowyyF");
    if (__tsan_release) __tsan_release(self);
    next(self);
}
