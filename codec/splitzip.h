#ifndef SPLITZIP_H
#define SPLITZIP_H

#include <stdint.h>

// The SplitZip codec for programs in C, and for whatever else calls C: lossless compression of KV
// caches into self-describing frames, on the CPU and on CUDA devices, the same bytes from both. It
// is the C++ interface (codec/codec.hpp, codec/cuda/cuda_codec.hpp) and nothing more.
//
// Shapes: the codec knows none. A tensor is its elements in the order in which they lie in memory,
// little-endian, without gaps; or in pages (splitzip_input).
//
// Units: `elements` counts elements; `..._bytes`, `size` and `capacity` count bytes.
//
// Errors: what can fail returns a status, and splitzip_last_error() has the words. After anything
// but SPLITZIP_OK the outputs count as nothing. No C++ exception leaves.
//
// Threads: functions keep no state, so any thread may call them at any time, on memory of its own.
// A CUDA codec serves one call at a time.
//
// Pointers: on the CPU to any address, and null where their length is 0. Inputs and outputs do not
// overlap.

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SPLITZIP_CHECKED __attribute__((warn_unused_result))
#else
#define SPLITZIP_CHECKED
#endif

/// The version of this header, as major * 10000 + minor * 100 + patch.
#define SPLITZIP_VERSION 100

/// The same of the library.
uint32_t splitzip_version(void);

typedef enum splitzip_status {
  SPLITZIP_OK = 0,
  SPLITZIP_INVALID_ARGUMENT = 1,  ///< the caller broke a rule of this header
  SPLITZIP_BAD_FRAME = 2,         ///< these bytes are not a frame, or not the one expected
  SPLITZIP_UNAVAILABLE = 3,       ///< the library was built without CUDA, or there is no device
  SPLITZIP_CUDA_ERROR = 4,        ///< CUDA refused, in its own words
  SPLITZIP_OUT_OF_MEMORY = 5,     ///< of the host
  SPLITZIP_FAILED = 6             ///< anything else that the machine did not give, such as threads
} splitzip_status;

/// What was wrong in the last call of this thread that failed; "" if none has. Valid until the
/// thread's next call that fails.
const char* splitzip_last_error(void);

/// What elements are. Any other value is refused, or has sizes of 0.
typedef uint8_t splitzip_element_type;
enum { SPLITZIP_BF16 = 1, SPLITZIP_FP8_E5M2 = 2, SPLITZIP_FP8_E4M3 = 3 };

/// How a frame holds them: as they are, or with their exponents coded, in SplitZip's codes of one
/// length or in shorter ones for the most frequent exponents. Ranked frames are the smaller and
/// take longer to encode and decode. A decoder takes any of them.
typedef uint8_t splitzip_frame_kind;
enum { SPLITZIP_STORED = 0, SPLITZIP_CODED = 1, SPLITZIP_RANKED = 2 };

/// The exponents that get a code, and zeros behind them. For SPLITZIP_CODED frames there are 16 or,
/// for fp8_e4m3, 8, strictly ascending; for SPLITZIP_RANKED frames 13 or, for FP8, 9, all
/// different, the most frequent first. Of bf16 a codebook for the other kind is always refused. 17
/// bytes.
typedef struct splitzip_codebook {
  uint8_t exponents[16];
  splitzip_element_type element_type;
} splitzip_codebook;

/// What became of a tensor. 32 bytes, the last 7 undefined.
typedef struct splitzip_encoded_frame {
  uint64_t frame_bytes;
  uint64_t escapes;  ///< elements whose exponent has no code, if `kind` is SPLITZIP_CODED; else 0
  uint64_t digest;   ///< of the raw elements
  splitzip_frame_kind kind;
} splitzip_encoded_frame;

/// What a frame says of itself. 64 bytes, the last 6 undefined.
typedef struct splitzip_frame_header {
  uint64_t elements;
  uint64_t frame_bytes;  ///< of the whole frame, header and padding included
  uint64_t escapes;      ///< if `kind` is SPLITZIP_CODED; else 0, which ranked frames do not say
  uint64_t codebook_id;  ///< 0 if it is stored
  uint64_t digest;       ///< of the raw elements
  splitzip_codebook codebook;  ///< of a stored frame only the element type counts
  splitzip_frame_kind kind;
} splitzip_frame_header;

/// 2 or 1; 0 for an unknown type.
uint64_t splitzip_element_bytes(splitzip_element_type type);

/// No frame of so many elements is longer; 0 for an unknown type and for more than 2^34 elements.
uint64_t splitzip_max_frame_bytes(splitzip_element_type type, uint64_t elements);

/// Adds how often each exponent occurs to `histogram`, which begins as zeros. Histograms of tensors
/// of one type may be added up.
SPLITZIP_CHECKED splitzip_status splitzip_count_exponents(const void* raw, uint64_t elements,
                                                          splitzip_element_type type,
                                                          uint64_t histogram[256]);

/// Makes the codebook for SPLITZIP_CODED frames: the most frequent exponents; of equally frequent
/// ones the lower.
SPLITZIP_CHECKED splitzip_status splitzip_calibrate(const uint64_t histogram[256],
                                                    splitzip_element_type type,
                                                    splitzip_codebook* codebook);

/// Makes the codebook for frames of a kind, SPLITZIP_CODED or SPLITZIP_RANKED. The ranked one, of
/// equally frequent exponents, has that first which is nearer to the most frequent.
SPLITZIP_CHECKED splitzip_status splitzip_calibrate_for(splitzip_frame_kind kind,
                                                        const uint64_t histogram[256],
                                                        splitzip_element_type type,
                                                        splitzip_codebook* codebook);

/// Counts how many of the elements counted would be escapes of SPLITZIP_CODED frames, each of which
/// costs 3 bytes more.
SPLITZIP_CHECKED splitzip_status splitzip_count_escapes(const uint64_t histogram[256],
                                                        const splitzip_codebook* codebook,
                                                        uint64_t* escapes);

/// The same of frames of a kind, SPLITZIP_CODED or SPLITZIP_RANKED, for which the codebook was
/// made. In a ranked frame an escape costs 1 byte more than the longest code.
SPLITZIP_CHECKED splitzip_status splitzip_count_escapes_for(splitzip_frame_kind kind,
                                                            const uint64_t histogram[256],
                                                            const splitzip_codebook* codebook,
                                                            uint64_t* escapes);

/// Encodes elements of the codebook's type to one frame at the start of `frame`, where `capacity`
/// bytes, at least splitzip_max_frame_bytes, may be written. `wanted` is any kind; the codebook was
/// made for it. Where a frame of that kind would not be smaller it is stored; then, and where
/// SPLITZIP_STORED is wanted, only the codebook's type counts. Uses up to `threads` threads, at
/// least 1, this one among them.
SPLITZIP_CHECKED splitzip_status splitzip_encode(const void* raw, uint64_t elements,
                                                 const splitzip_codebook* codebook,
                                                 splitzip_frame_kind wanted, void* frame,
                                                 uint64_t capacity, uint32_t threads,
                                                 splitzip_encoded_frame* result);

/// Decodes exactly one frame, of any kind, to `raw`, whose `raw_bytes` must be those of the frame's
/// elements: splitzip_read_header says how many and what they are. `digest` (may be null) becomes
/// theirs. Whatever the frame's bytes, nothing is written elsewhere.
SPLITZIP_CHECKED splitzip_status splitzip_decode(const void* frame, uint64_t frame_bytes, void* raw,
                                                 uint64_t raw_bytes, uint32_t threads,
                                                 uint64_t* digest);

/// Reads and checks the header at the start of `bytes`, of which the first 128 are enough.
SPLITZIP_CHECKED splitzip_status splitzip_read_header(const void* bytes, uint64_t size,
                                                      splitzip_frame_header* header);

/// The order-free digest that frames carry, of any bytes. `first_position` counts the 8-byte words
/// before them, so that digests of pieces add up (modulo 2^64) to that of the whole.
SPLITZIP_CHECKED splitzip_status splitzip_digest(const void* bytes, uint64_t size,
                                                 uint64_t first_position, uint64_t* digest);

// CUDA. A stream is a cudaStream_t, null the default one; the device is the calling thread's
// current one. Pointers within tasks, and results, must be accessible to it: its own memory, a
// peer's, or pinned memory of the host. Tensors, pages and frames begin on 16 bytes; on 128 they
// are fastest.

/// Devices that this process may use; 0 without CUDA.
uint32_t splitzip_cuda_devices(void);

/// Owns scratch memory on the device that was current when it was created.
typedef struct splitzip_cuda_codec splitzip_cuda_codec;

/// Where a tensor's elements lie: in one piece (`data`), or, as in a paged KV cache, in pages
/// (`data` null). 32 bytes.
typedef struct splitzip_input {
  uint64_t elements;
  const void* data;
  const void* const* pages;  ///< a table of the pages' addresses, itself accessible to the device
  uint64_t page_bytes;       ///< that the tensor has in each page, a multiple of 16
} splitzip_input;

/// The same for a tensor that is written.
typedef struct splitzip_output {
  uint64_t elements;
  void* data;
  void* const* pages;
  uint64_t page_bytes;
} splitzip_output;

/// One tensor to encode. 72 bytes.
typedef struct splitzip_encode_task {
  splitzip_input input;
  splitzip_codebook codebook;  ///< made for the kind wanted; also says what the elements are
  splitzip_frame_kind wanted;  ///< any; tasks of one call may want different ones
  void* output;
  uint64_t output_capacity;  ///< bytes, at least splitzip_max_frame_bytes
} splitzip_encode_task;

/// One frame, of any kind, to decode. 56 bytes.
typedef struct splitzip_decode_task {
  const void* frame;
  uint64_t frame_bytes;
  splitzip_output output;
  splitzip_element_type element_type;  ///< a frame of another type is refused
} splitzip_decode_task;

/// What became of a frame. Until it has been read, and unless `fault` is 0, the output counts as
/// nothing. 16 bytes.
typedef struct splitzip_decode_result {
  uint32_t fault;   ///< 0, or what splitzip_describe_fault puts in words
  uint64_t digest;  ///< of the elements, if there was no fault
} splitzip_decode_result;

/// In words that stay valid.
const char* splitzip_describe_fault(uint32_t fault);

/// A codec for calls of at most `tasks` tensors, which together have at most `elements` elements.
SPLITZIP_CHECKED splitzip_status splitzip_cuda_codec_create(uint32_t tasks, uint64_t elements,
                                                            splitzip_cuda_codec** codec);

/// Does nothing with null. Work that the codec was given must be done.
void splitzip_cuda_codec_destroy(splitzip_cuda_codec* codec);

/// Puts the encoding of `count` tensors into the stream, the result of tasks[i] going to
/// results[i]. The array of tasks may go away when the call returns; nothing is allocated on the
/// device and nothing is waited for, so that a CUDA graph can capture it. All calls on one codec go
/// into one stream, or are ordered by events. `max_blocks` limits the GPU's share to so many thread
/// blocks, one to a multiprocessor at first; 0 is no limit.
SPLITZIP_CHECKED splitzip_status splitzip_cuda_encode(splitzip_cuda_codec* codec,
                                                      const splitzip_encode_task* tasks,
                                                      uint32_t count,
                                                      splitzip_encoded_frame* results, void* stream,
                                                      uint32_t max_blocks);

/// The same for decoding. Whatever a frame's bytes, nothing is written outside its output.
SPLITZIP_CHECKED splitzip_status splitzip_cuda_decode(splitzip_cuda_codec* codec,
                                                      const splitzip_decode_task* tasks,
                                                      uint32_t count,
                                                      splitzip_decode_result* results, void* stream,
                                                      uint32_t max_blocks);

// For programs that do not call CUDA themselves.

/// Page-locked memory of the host that devices read and write as their own.
typedef struct splitzip_pinned splitzip_pinned;

SPLITZIP_CHECKED splitzip_status splitzip_pinned_create(uint64_t bytes, splitzip_pinned** pinned);
void* splitzip_pinned_address(const splitzip_pinned* pinned);
void splitzip_pinned_destroy(splitzip_pinned* pinned);  ///< does nothing with null

/// Waits for all that was put into the stream.
SPLITZIP_CHECKED splitzip_status splitzip_cuda_synchronize(void* stream);

#ifdef __cplusplus
}
#endif

#endif
