// A codec for splitbench in a shared library: zlib at its fastest level, on the bytes of bfloat16
// elements in two planes, since the upper ones, with the exponents, are what repeats.
//
//   cc -std=c99 -O2 -shared -fPIC -I codec/plugin codec/example/zlib_codec.c -lz -o libzlibcodec.so
#include <splitbench_codec.h>
#include <stdlib.h>
#include <zlib.h>

uint32_t splitbench_codec_abi(void) {
  return SPLITBENCH_CODEC_ABI;
}

const char* splitbench_codec_name(void) {
  return "zlibcodec";
}

uint32_t splitbench_codec_capabilities(void) {
  return SPLITBENCH_CODEC_ON_HOST;
}

uint64_t splitbench_codec_bound(uint64_t raw_bytes) {
  return compressBound(raw_bytes);
}

/// A state: memory for the planes of a chunk, which grows with the chunks.
typedef struct {
  unsigned char* planes;
  uint64_t bytes;
} zlib_state;

void* splitbench_codec_open(uint32_t element_type, uint32_t memory) {
  (void)memory;  // there is one capability
  return element_type == SPLITBENCH_CODEC_BF16 ? calloc(1, sizeof(zlib_state)) : NULL;
}

void splitbench_codec_close(void* state) {
  free(((zlib_state*)state)->planes);
  free(state);
}

static unsigned char* planes_of(zlib_state* state, uint64_t bytes) {
  if (state->bytes >= bytes) return state->planes;
  free(state->planes);
  state->planes = malloc(bytes);
  state->bytes = state->planes != NULL ? bytes : 0;
  return state->planes;
}

int64_t splitbench_codec_encode(void* state, const void* raw, uint64_t raw_bytes, void* out,
                                uint64_t out_bytes) {
  const unsigned char* elements = raw;
  unsigned char* planes = planes_of(state, raw_bytes);
  uLongf used = out_bytes;
  if (planes == NULL) return -1;
  for (uint64_t i = 0; i < raw_bytes / 2; ++i) {
    planes[i] = elements[2 * i + 1];
    planes[raw_bytes / 2 + i] = elements[2 * i];
  }
  if (compress2(out, &used, planes, raw_bytes, Z_BEST_SPEED) != Z_OK) return -1;
  return (int64_t)used;
}

int splitbench_codec_decode(void* state, const void* encoded, uint64_t encoded_bytes, void* raw,
                            uint64_t raw_bytes) {
  unsigned char* elements = raw;
  unsigned char* planes = planes_of(state, raw_bytes);
  uLongf bytes = raw_bytes;
  if (planes == NULL || uncompress(planes, &bytes, encoded, encoded_bytes) != Z_OK) return 1;
  if (bytes != raw_bytes) return 1;
  for (uint64_t i = 0; i < raw_bytes / 2; ++i) {
    elements[2 * i + 1] = planes[i];
    elements[2 * i] = planes[raw_bytes / 2 + i];
  }
  return 0;
}
