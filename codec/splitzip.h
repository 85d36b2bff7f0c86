#ifndef SPLITZIP_H
#define SPLITZIP_H

#include <stdint.h>

// The SplitZip codec for C, and for any language that calls C: lossless compression of KV caches
// into self-describing frames, on the CPU and on CUDA devices, with the same bytes from both. It is
// the C++ interface (codec/codec.hpp, codec/cuda/cuda_codec.hpp) and nothing more.
//
// Shapes: the codec knows none. A tensor is its elements in the order in which they lie in memory,
// little-endian, without gaps; or in pages (splitzip_input).
//
// Units: `elements` counts elements; `..._bytes`, `size` and `capacity` count bytes.
//
// Errors: a function that can fail returns a status, and splitzip_last_error() describes the error.
// After anything but SPLITZIP_OK the outputs are invalid. No C++ exception leaves a function.
//
// Threads: functions keep no state but each thread's last error, so any thread may call them at any
// time, on memory of its own. A CUDA codec serves one call at a time.
//
// Pointers: on the CPU they may have any alignment, and be null where their length is 0. Inputs and
// outputs must not overlap. The caller owns what they point to; CPU functions keep none of them.

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

/// Returns the version of the library, in the form of SPLITZIP_VERSION.
uint32_t splitzip_version(void);

typedef enum splitzip_status {
  SPLITZIP_OK = 0,
  SPLITZIP_INVALID_ARGUMENT = 1,  ///< the caller broke a rule of this header
  SPLITZIP_BAD_FRAME = 2,         ///< these bytes are not a frame, or not the one expected
  SPLITZIP_UNAVAILABLE = 3,       ///< the library was built without CUDA, or there is no device
  SPLITZIP_CUDA_ERROR = 4,        ///< a CUDA call failed; the error text quotes CUDA
  SPLITZIP_OUT_OF_MEMORY = 5,     ///< the host has no memory left
  SPLITZIP_FAILED = 6             ///< any other failure of the machine, such as no thread to start
} splitzip_status;

/// Returns the text of the last error of the calling thread, or "" if none of its calls has failed.
/// The library owns the text, which is valid until the thread's next call that fails, or its end.
const char* splitzip_last_error(void);

/// The type of the elements. Any other value is refused, or has sizes of 0.
typedef uint8_t splitzip_element_type;
enum { SPLITZIP_BF16 = 1, SPLITZIP_FP8_E5M2 = 2, SPLITZIP_FP8_E4M3 = 3 };

/// The way in which a frame holds its elements: as they are, or with their exponents coded, in
/// SplitZip's codes of one length or in shorter ones for the most frequent exponents. Ranked frames
/// are smaller and take longer to encode and decode. A decoder takes any of them.
typedef uint8_t splitzip_frame_kind;
enum { SPLITZIP_STORED = 0, SPLITZIP_CODED = 1, SPLITZIP_RANKED = 2 };

/// The exponents that get a code, followed by zeros. A codebook for SPLITZIP_CODED frames has 16
/// or, for fp8_e4m3, 8, strictly ascending; one for SPLITZIP_RANKED frames has 13 or, for FP8, 9,
/// all different, the most frequent first. A bf16 codebook made for the other kind is always
/// refused. The struct has 17 bytes.
typedef struct splitzip_codebook {
  uint8_t exponents[16];
  splitzip_element_type element_type;
} splitzip_codebook;

/// The result of encoding one tensor. The struct has 32 bytes, the last 7 undefined.
typedef struct splitzip_encoded_frame {
  uint64_t frame_bytes;
  uint64_t escapes;  ///< elements whose exponent has no code, if `kind` is SPLITZIP_CODED; else 0
  uint64_t digest;   ///< splitzip_digest() of the raw elements
  splitzip_frame_kind kind;
} splitzip_encoded_frame;

/// The contents of a frame's header. The struct has 64 bytes, the last 6 undefined.
typedef struct splitzip_frame_header {
  uint64_t elements;
  uint64_t frame_bytes;        ///< length of the whole frame, header and padding included
  uint64_t escapes;            ///< 0 unless `kind` is SPLITZIP_CODED: ranked frames do not store it
  uint64_t codebook_id;        ///< 0 if it is stored
  uint64_t digest;             ///< splitzip_digest() of the raw elements, but in version 1
  splitzip_codebook codebook;  ///< zeros but for the element type if the frame is stored
  splitzip_frame_kind kind;
} splitzip_frame_header;

/// Returns the size of an element, 2 or 1 bytes; 0 for an unknown type.
uint64_t splitzip_element_bytes(splitzip_element_type type);

/// Returns the length that no frame of so many elements exceeds; 0 for an unknown type and for more
/// than 2^34 elements.
uint64_t splitzip_max_frame_bytes(splitzip_element_type type, uint64_t elements);

/// Adds the number of occurrences of each exponent to `histogram`, which is zeros at first.
/// Histograms of tensors of one type may be added up.
SPLITZIP_CHECKED splitzip_status splitzip_count_exponents(const void* raw, uint64_t elements,
                                                          splitzip_element_type type,
                                                          uint64_t histogram[256]);

/// Makes the codebook for SPLITZIP_CODED frames, of the most frequent exponents; of equally
/// frequent ones it takes the lower.
SPLITZIP_CHECKED splitzip_status splitzip_calibrate(const uint64_t histogram[256],
                                                    splitzip_element_type type,
                                                    splitzip_codebook* codebook);

/// Makes the codebook for frames of a kind, SPLITZIP_CODED or SPLITZIP_RANKED. Of equally frequent
/// exponents, the one for ranked frames takes that first which is nearer to the most frequent.
SPLITZIP_CHECKED splitzip_status splitzip_calibrate_for(splitzip_frame_kind kind,
                                                        const uint64_t histogram[256],
                                                        splitzip_element_type type,
                                                        splitzip_codebook* codebook);

/// Sets `escapes` to the number of counted elements that would be escapes of SPLITZIP_CODED frames,
/// each of which costs 3 bytes more.
SPLITZIP_CHECKED splitzip_status splitzip_count_escapes(const uint64_t histogram[256],
                                                        const splitzip_codebook* codebook,
                                                        uint64_t* escapes);

/// Counts the escapes of frames of a kind, SPLITZIP_CODED or SPLITZIP_RANKED, for which the
/// codebook was made. In a ranked frame an escape costs 1 byte more than the longest code.
SPLITZIP_CHECKED splitzip_status splitzip_count_escapes_for(splitzip_frame_kind kind,
                                                            const uint64_t histogram[256],
                                                            const splitzip_codebook* codebook,
                                                            uint64_t* escapes);

/// Encodes elements of the codebook's type to one frame at the start of `frame`, where `capacity`
/// bytes, at least splitzip_max_frame_bytes, may be written. `wanted` is any kind; the codebook was
/// made for it or, if `wanted` is SPLITZIP_STORED, has only its type read. A frame that would not
/// be smaller than a stored one is stored. Uses up to `threads` threads, at least 1, the calling
/// one included.
SPLITZIP_CHECKED splitzip_status splitzip_encode(const void* raw, uint64_t elements,
                                                 const splitzip_codebook* codebook,
                                                 splitzip_frame_kind wanted, void* frame,
                                                 uint64_t capacity, uint32_t threads,
                                                 splitzip_encoded_frame* result);

/// Decodes exactly one frame, of any kind, to `raw`. `raw_bytes` must be the size of the frame's
/// elements; splitzip_read_header reports their number and type. Their digest goes to `digest`,
/// unless it is null. Whatever the frame's bytes, nothing outside `raw` is written.
SPLITZIP_CHECKED splitzip_status splitzip_decode(const void* frame, uint64_t frame_bytes, void* raw,
                                                 uint64_t raw_bytes, uint32_t threads,
                                                 uint64_t* digest);

/// Reads and checks the header at the start of `bytes`, of which the first 128 are enough.
SPLITZIP_CHECKED splitzip_status splitzip_read_header(const void* bytes, uint64_t size,
                                                      splitzip_frame_header* header);

/// Computes the order-free digest that frames carry, of any bytes. `first_position` is the number
/// of 8-byte words before them, so that digests of pieces add up (modulo 2^64) to that of the
/// whole.
SPLITZIP_CHECKED splitzip_status splitzip_digest(const void* bytes, uint64_t size,
                                                 uint64_t first_position, uint64_t* digest);

// CUDA. A stream is a cudaStream_t, null for the default one; the device is the calling thread's
// current one. Pointers within tasks, and results, must be accessible to that device: its own
// memory, that of a peer GPU, or pinned host memory. Tensors, pages and frames begin on multiples
// of 16 bytes; multiples of 128 are fastest.

/// Returns the number of devices that this process may use; 0 without CUDA.
uint32_t splitzip_cuda_devices(void);

/// A codec on the device that was current when it was created, where it owns scratch memory.
typedef struct splitzip_cuda_codec splitzip_cuda_codec;

/// The location of the elements of a tensor that is read: in one piece (`data`), or, as in a paged
/// KV cache, in pages (`data` null). The struct has 32 bytes.
typedef struct splitzip_input {
  uint64_t elements;
  const void* data;
  const void* const* pages;  ///< a table of the pages' addresses, itself accessible to the device
  uint64_t page_bytes;       ///< the tensor's bytes in each page, a multiple of 16
} splitzip_input;

/// The location of the elements of a tensor that is written, as in splitzip_input.
typedef struct splitzip_output {
  uint64_t elements;
  void* data;
  void* const* pages;
  uint64_t page_bytes;
} splitzip_output;

/// One tensor to encode. The struct has 72 bytes.
typedef struct splitzip_encode_task {
  splitzip_input input;
  splitzip_codebook codebook;  ///< made for the kind wanted; also has the elements' type
  splitzip_frame_kind wanted;  ///< any kind; tasks of one call may want different ones
  void* output;
  uint64_t output_capacity;  ///< bytes, at least splitzip_max_frame_bytes
} splitzip_encode_task;

/// One frame, of any kind, to decode. The struct has 56 bytes.
typedef struct splitzip_decode_task {
  const void* frame;
  uint64_t frame_bytes;
  splitzip_output output;
  splitzip_element_type element_type;  ///< a frame of another type is refused
} splitzip_decode_task;

/// The result of decoding one frame. Unless `fault` is 0, the output is invalid. The struct has 16
/// bytes.
typedef struct splitzip_decode_result {
  uint32_t fault;   ///< 0, or a number that splitzip_describe_fault describes
  uint64_t digest;  ///< the frame's, checked against the elements, if there was no fault
} splitzip_decode_result;

/// Describes a fault. The text is static.
const char* splitzip_describe_fault(uint32_t fault);

/// Creates a codec for calls of at most `tasks` tensors, which together have at most `elements`
/// elements. The caller destroys it; if creation fails, `*codec` is null.
SPLITZIP_CHECKED splitzip_status splitzip_cuda_codec_create(uint32_t tasks, uint64_t elements,
                                                            splitzip_cuda_codec** codec);

/// Destroys a codec; null is allowed. The work that its calls put into streams must have finished.
void splitzip_cuda_codec_destroy(splitzip_cuda_codec* codec);

/// Puts the encoding of `count` tensors of one element type into the stream; the result of tasks[i]
/// goes to results[i]. The array of tasks may go away when the call returns; all that they point to
/// must last until the stream has finished the work. Nothing is allocated on the device and nothing
/// is waited for, so that a CUDA graph can capture the call. All calls on one codec go into one
/// stream, or are ordered by events. `max_blocks` limits the GPU's share to so many thread blocks,
/// one per multiprocessor at first; 0 is no limit.
SPLITZIP_CHECKED splitzip_status splitzip_cuda_encode(splitzip_cuda_codec* codec,
                                                      const splitzip_encode_task* tasks,
                                                      uint32_t count,
                                                      splitzip_encoded_frame* results, void* stream,
                                                      uint32_t max_blocks);

/// Puts the decoding of `count` frames of one element type into the stream; all else is as in
/// splitzip_cuda_encode. Whatever a frame's bytes, nothing is written outside its output.
SPLITZIP_CHECKED splitzip_status splitzip_cuda_decode(splitzip_cuda_codec* codec,
                                                      const splitzip_decode_task* tasks,
                                                      uint32_t count,
                                                      splitzip_decode_result* results, void* stream,
                                                      uint32_t max_blocks);

// Helpers for programs that do not call CUDA themselves.

/// Page-locked host memory that devices read and write as their own.
typedef struct splitzip_pinned splitzip_pinned;

/// Allocates pinned memory, which the caller destroys; if that fails, `*pinned` is null.
SPLITZIP_CHECKED splitzip_status splitzip_pinned_create(uint64_t bytes, splitzip_pinned** pinned);
/// Returns the address of the memory; null for null.
void* splitzip_pinned_address(const splitzip_pinned* pinned);
/// Frees the memory; null is allowed.
void splitzip_pinned_destroy(splitzip_pinned* pinned);

/// Waits for all work that was put into the stream.
SPLITZIP_CHECKED splitzip_status splitzip_cuda_synchronize(void* stream);

#ifdef __cplusplus
}
#endif

#endif
