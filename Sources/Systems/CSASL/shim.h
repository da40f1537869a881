#pragma once
#include <pthread.h>
#include <sasl/sasl.h>
#include <stdlib.h>

// What a callback takes depends on its number, which the library's one type for all of them hides.
typedef int (*virt_sasl_log_function)(void *context, int level, const char *message);

static inline sasl_callback_t virt_sasl_log_callback(virt_sasl_log_function function, void *context) {
    sasl_callback_t callback = {SASL_CB_LOG, (int (*)(void))function, context};
    return callback;
}

// One that is answered when the library returns SASL_INTERACT.
static inline sasl_callback_t virt_sasl_prompt(unsigned long number) {
    sasl_callback_t callback = {number, 0, 0};
    return callback;
}

// Forgets what an earlier call has said about a failure, which would else be taken for the next one's.
static inline void virt_sasl_forget_error(sasl_conn_t *connection) { sasl_seterror(connection, SASL_NOLOG, "%s", ""); }

// The library has no locks of its own: its plug-ins share state that only these guard.
static inline void *virt_sasl_mutex_make(void) {
    pthread_mutex_t *mutex = malloc(sizeof *mutex);
    if (mutex && pthread_mutex_init(mutex, 0)) {
        free(mutex);
        mutex = 0;
    }
    return mutex;
}
static inline int virt_sasl_mutex_lock(void *mutex) { return pthread_mutex_lock(mutex) ? SASL_FAIL : SASL_OK; }
static inline int virt_sasl_mutex_unlock(void *mutex) { return pthread_mutex_unlock(mutex) ? SASL_FAIL : SASL_OK; }
static inline void virt_sasl_mutex_free(void *mutex) {
    pthread_mutex_destroy(mutex);
    free(mutex);
}
static inline void virt_sasl_use_mutexes(void) {
    sasl_set_mutex(virt_sasl_mutex_make, virt_sasl_mutex_lock, virt_sasl_mutex_unlock, virt_sasl_mutex_free);
}
