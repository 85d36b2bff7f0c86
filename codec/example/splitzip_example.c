// Encodes bfloat16, from a file or made up here, to a SplitZip frame and to a ranked one, decodes
// each and compares: on the CPU, and on a GPU if there is one. Usage: splitzip_example [FILE.bf16]
#include <splitzip.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(splitzip_status status) {
  if (status == SPLITZIP_OK) return;
  fprintf(stderr, "splitzip_example: %s\n", splitzip_last_error());
  exit(1);
}

/// Fills `elements` with sums of random numbers, which cluster around zero as a cache's elements
/// do. Returns their number.
static uint64_t make_up(uint16_t* elements, uint64_t capacity) {
  uint32_t random = 1;
  for (uint64_t i = 0; i < capacity; ++i) {
    float sum = 0;
    for (int term = 0; term < 4; ++term) {
      random = random * 1664525 + 1013904223;
      sum += (float)(random >> 8) / (1 << 24) - 0.5f;
    }
    memcpy(&elements[i], (const char*)&sum + 2, 2);  // bfloat16 is the upper half of a float
  }
  return capacity;
}

static uint64_t read_file(const char* path, uint16_t* elements, uint64_t capacity) {
  FILE* file = fopen(path, "rb");
  if (file == NULL) {
    perror(path);
    exit(1);
  }
  const uint64_t count = fread(elements, 2, capacity, file);
  fclose(file);
  return count;
}

/// Encodes on the GPU, which reads elements from pinned memory and writes its frame there, and
/// compares that frame with the one from the CPU.
static void compare_with_gpu(const void* raw, uint64_t elements, splitzip_frame_kind kind,
                             const splitzip_codebook* codebook, const void* frame,
                             uint64_t frame_bytes) {
  const uint64_t capacity = splitzip_max_frame_bytes(SPLITZIP_BF16, elements);
  splitzip_cuda_codec* codec;
  splitzip_pinned *input, *output, *result;
  const splitzip_status status = splitzip_cuda_codec_create(1, elements, &codec);
  if (status == SPLITZIP_UNAVAILABLE) {
    printf("gpu: %s\n", splitzip_last_error());
    return;
  }
  check(status);
  check(splitzip_pinned_create(2 * elements, &input));
  check(splitzip_pinned_create(capacity, &output));
  check(splitzip_pinned_create(sizeof(splitzip_encoded_frame), &result));
  memcpy(splitzip_pinned_address(input), raw, 2 * elements);

  splitzip_encode_task task = {.codebook = *codebook, .wanted = kind};
  task.input.elements = elements;
  task.input.data = splitzip_pinned_address(input);
  task.output = splitzip_pinned_address(output);
  task.output_capacity = capacity;
  splitzip_encoded_frame* encoded = splitzip_pinned_address(result);
  void* const default_stream = NULL;
  check(splitzip_cuda_encode(codec, &task, 1, encoded, default_stream, 0));
  check(splitzip_cuda_synchronize(default_stream));
  const int same =
      encoded->frame_bytes == frame_bytes && memcmp(task.output, frame, frame_bytes) == 0;
  printf("gpu: %s\n", same ? "the same frame" : "ANOTHER FRAME");

  splitzip_cuda_codec_destroy(codec);
  splitzip_pinned_destroy(input);
  splitzip_pinned_destroy(output);
  splitzip_pinned_destroy(result);
  if (!same) exit(1);
}

/// Encodes and decodes a frame of one kind. The histogram serves codebooks of both kinds.
static void round_trip(const char* name, splitzip_frame_kind kind, const void* raw,
                       uint64_t elements, const uint64_t histogram[256]) {
  const uint64_t capacity = splitzip_max_frame_bytes(SPLITZIP_BF16, elements);
  void* const frame = malloc(capacity);
  void* const back = malloc(2 * elements);
  if (frame == NULL || back == NULL) exit(1);

  splitzip_codebook codebook;
  uint64_t escapes;
  splitzip_encoded_frame encoded;
  check(splitzip_calibrate_for(kind, histogram, SPLITZIP_BF16, &codebook));
  check(splitzip_count_escapes_for(kind, histogram, &codebook, &escapes));
  check(splitzip_encode(raw, elements, &codebook, kind, frame, capacity, 2, &encoded));
  check(splitzip_decode(frame, encoded.frame_bytes, back, 2 * elements, 2, NULL));
  if (memcmp(raw, back, 2 * elements) != 0) exit(1);
  printf("%s: %llu elements, %llu escapes, ratio %.3f, lossless\n", name,
         (unsigned long long)elements, (unsigned long long)escapes,
         2.0 * (double)elements / (double)encoded.frame_bytes);
  compare_with_gpu(raw, elements, kind, &codebook, frame, encoded.frame_bytes);
  free(back);
  free(frame);
}

int main(int count, char** arguments) {
  const uint64_t most = 8 << 20;
  uint16_t* raw = malloc(2 * most);
  if (raw == NULL) return 1;
  const uint64_t elements = count > 1 ? read_file(arguments[1], raw, most) : make_up(raw, most / 8);

  uint64_t histogram[256] = {0};
  check(splitzip_count_exponents(raw, elements, SPLITZIP_BF16, histogram));
  round_trip("splitzip", SPLITZIP_CODED, raw, elements, histogram);
  round_trip("ranked", SPLITZIP_RANKED, raw, elements, histogram);
  free(raw);
  return 0;
}
