#ifndef SPLITBENCH_CODEC_H
#define SPLITBENCH_CODEC_H

#include <stdint.h>

// The interface of a codec in a shared library, a plug-in: what such a library exports for
// splitbench to load it by its path (`codecs: {mine: {library: libmine.so}}`, `codec bench
// --codec-library libmine.so`). It needs C99 and nothing else of splitbench; the library defines
// the functions that are declared here. A complete one is codec/example/zlib_codec.c.
//
// Shapes: a codec knows none. It sees chunks, which are elements in the order in which they lie in
// memory, little-endian, without gaps, and are encoded and decoded apart from each other and in any
// order. What it makes of a chunk is its own business: only its own decoder reads that. splitbench
// stores the length beside it, keeps a chunk that does not shrink as it is, and compares digests of
// the elements at both ends of a transfer.
//
// Units: all lengths are bytes.
//
// Memory: splitbench owns everything that a pointer argument points to, and no function may keep
// one after it has returned; the functions for CUDA may, until the work that they put into the
// stream is done. Inputs and outputs never overlap. On the host they may have any alignment, on
// CUDA devices they begin on 16 bytes. A function writes to its outputs alone: splitbench finds
// what an encoder wrote behind its output, and refuses the transfer.
//
// Threads: splitbench_codec_open() may be called for several threads, one after the other or at
// once, and each state is used by one thread at a time. So functions may be called at once, on
// states and memory of their own.
//
// Errors: a function that fails says so by its result, which ends the transfer with the library's
// name. Nothing is thrown, nothing printed, no signal or exit handler set, no thread left behind.
// A call that does not return within the scenario's `heartbeat_timeout` ends its worker, as does a
// crash.
//
// Processes: a library is loaded into the worker processes of a run, which are ended as the run
// goes, and with the rights of who started it. Its functions are resolved when it is loaded
// (RTLD_NOW | RTLD_LOCAL), so that it must name the libraries that it needs.

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SPLITBENCH_CODEC_EXPORT __attribute__((visibility("default")))
#else
#define SPLITBENCH_CODEC_EXPORT
#endif

/// The version of this interface. It changes when a library that was built for it before would no
/// longer work.
#define SPLITBENCH_CODEC_ABI 1u

/// Returns SPLITBENCH_CODEC_ABI as the library was compiled with. Called before anything else.
SPLITBENCH_CODEC_EXPORT uint32_t splitbench_codec_abi(void);

/// Returns the codec's name: 1 to 64 of a-z, 0-9, '-' and '_', a letter or digit first. The library
/// owns the text, which stays valid and the same as long as it is loaded.
SPLITBENCH_CODEC_EXPORT const char* splitbench_codec_name(void);

/// The kinds of memory that a codec works on: each has functions of its own, below.
enum { SPLITBENCH_CODEC_ON_HOST = 1, SPLITBENCH_CODEC_ON_CUDA = 2 };

/// Returns the codec's capabilities, one or more of the values above, added. Others are refused.
SPLITBENCH_CODEC_EXPORT uint32_t splitbench_codec_capabilities(void);

/// Returns the most bytes that a chunk of `raw_bytes` may become, of which there is at least one;
/// at most four times as many and 64 KiB. It is the same for the same argument.
SPLITBENCH_CODEC_EXPORT uint64_t splitbench_codec_bound(uint64_t raw_bytes);

// The functions on host memory, of a library with SPLITBENCH_CODEC_ON_HOST.

/// Encodes a chunk. `out` holds `out_bytes`, which are splitbench_codec_bound(raw_bytes). Returns
/// how many of them are used, at least one, or a negative number if it fails. `state` is what
/// splitbench_codec_open() returned.
SPLITBENCH_CODEC_EXPORT int64_t splitbench_codec_encode(void* state, const void* raw,
                                                        uint64_t raw_bytes, void* out,
                                                        uint64_t out_bytes);

/// Decodes what splitbench_codec_encode() made of a chunk of `raw_bytes`, and fills `raw`. Returns
/// 0, or anything else if the bytes are none of the codec's, or of another length: they may be
/// whatever crossed the network, and must not make it write or read elsewhere.
SPLITBENCH_CODEC_EXPORT int splitbench_codec_decode(void* state, const void* encoded,
                                                    uint64_t encoded_bytes, void* raw,
                                                    uint64_t raw_bytes);

// The functions on the memory of a CUDA device, of a library with SPLITBENCH_CODEC_ON_CUDA. All
// pointers are memory of the device that is current, and `stream` is a cudaStream_t of it. They put
// work into the stream and return without waiting for it; several chunks may be under way.

/// Encodes a chunk as splitbench_codec_encode() does. The work writes how many bytes are used to
/// `*used`, or 0 if the chunk does not fit or cannot be encoded. Returns 0, or anything else if the
/// work could not be put into the stream.
SPLITBENCH_CODEC_EXPORT int splitbench_codec_encode_cuda(void* state, const void* raw,
                                                         uint64_t raw_bytes, void* out,
                                                         uint64_t out_bytes, uint64_t* used,
                                                         void* stream);

/// Decodes a chunk as splitbench_codec_decode() does. The work writes 0 to `*failed`, or anything
/// else if the bytes are none of the codec's. Returns 0, or anything else if the work could not be
/// put into the stream.
SPLITBENCH_CODEC_EXPORT int splitbench_codec_decode_cuda(void* state, const void* encoded,
                                                         uint64_t encoded_bytes, void* raw,
                                                         uint64_t raw_bytes, uint64_t* failed,
                                                         void* stream);

// The functions that a library may leave out: open and close together, or chunk_bytes.

/// The type of the elements of all chunks of a state.
enum { SPLITBENCH_CODEC_BF16 = 1, SPLITBENCH_CODEC_FP8_E5M2 = 2, SPLITBENCH_CODEC_FP8_E4M3 = 3 };

/// Returns a new state for chunks of one type and one kind of memory, or null if the codec does not
/// take these. `memory` is one of the capabilities. Without this function states are null, and the
/// codec takes all types.
SPLITBENCH_CODEC_EXPORT void* splitbench_codec_open(uint32_t element_type, uint32_t memory);

/// Releases a state, of which no work is under way.
SPLITBENCH_CODEC_EXPORT void splitbench_codec_close(void* state);

/// Returns the most bytes that a chunk is to have, a multiple of 256 up to 1 GiB. Without this
/// function chunks have at most 256 KiB, which suit the caches of a CPU.
SPLITBENCH_CODEC_EXPORT uint64_t splitbench_codec_chunk_bytes(void);

#ifdef __cplusplus
}
#endif

#endif  // SPLITBENCH_CODEC_H
