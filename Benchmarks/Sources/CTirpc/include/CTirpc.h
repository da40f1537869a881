// The peer: libtirpc with the code that rpcgen makes of Protocol/codec.x.
#ifndef CTIRPC_H
#define CTIRPC_H

#include <stddef.h>
#include <stdint.h>

enum tirpc_kind { tirpc_domains, tirpc_parameters, tirpc_info, tirpc_block };

/// A decoded value of that kind, for tirpc_encode; the bytes are what Swift encoded.
void *tirpc_make(enum tirpc_kind kind, const void *bytes, size_t count);

/// Encodes the value `times` times into the same memory; the bytes of one encoding, or 0 if one failed.
size_t tirpc_encode(enum tirpc_kind kind, void *value, void *memory, size_t size, long times);

/// Decodes a value `times` times, and frees it each time; whether all went well.
int tirpc_decode(enum tirpc_kind kind, const void *bytes, size_t count, long times);

/// Makes the optimiser believe that what `memory` points to is read and changed here.
static inline void optimizer_barrier(const void *memory) { __asm__ volatile("" : : "r"(memory) : "memory"); }

#endif
