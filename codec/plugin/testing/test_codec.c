// A codec that swaps the halves of each byte and leaves out a last run of equal bytes, and, by the
// macro that it is compiled with, one fault. For tests.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "splitbench_codec.h"

uint32_t splitbench_codec_abi(void) {
#ifdef FAULT_OLD_VERSION
  return 0;
#else
  return SPLITBENCH_CODEC_ABI;
#endif
}

const char* splitbench_codec_name(void) {
#ifdef FAULT_NO_NAME
  return "";
#else
  return "swap";
#endif
}

uint32_t splitbench_codec_capabilities(void) {
  return SPLITBENCH_CODEC_ON_HOST;
}

uint64_t splitbench_codec_bound(uint64_t raw_bytes) {
#ifdef FAULT_SILLY_BOUND
  return raw_bytes << 20;
#else
  return raw_bytes + 1;
#endif
}

static void swap(unsigned char* to, const unsigned char* from, uint64_t bytes) {
  for (uint64_t i = 0; i < bytes; ++i) to[i] = (unsigned char)(from[i] << 4 | from[i] >> 4);
}

#ifdef FAULT_SLOW_AT_FIRST
// About five milliseconds a megabyte, and a fifth more in as many calls as the environment says.
static void work(uint64_t bytes) {
  static uint64_t calls = 0;
  const char* const slow_calls = getenv("SPLITBENCH_TEST_SLOW_CALLS");
  uint64_t rounds = 16 * bytes;
  if (slow_calls != NULL && calls < strtoull(slow_calls, NULL, 10)) rounds += rounds / 5;
  ++calls;
  for (volatile uint64_t i = 0; i < rounds;) i = i + 1;
}
#endif

int64_t splitbench_codec_encode(void* state, const void* raw, uint64_t raw_bytes, void* out,
                                uint64_t out_bytes) {
  const unsigned char* bytes = raw;
  uint64_t length = raw_bytes;
  (void)state;
  while (length > 1 && bytes[length - 1] == bytes[length - 2]) --length;
  swap(out, bytes, length);
#ifdef FAULT_SLOW_AT_FIRST
  work(raw_bytes);
#elif defined FAULT_OVERRUN
  memset((unsigned char*)out + out_bytes, 1, 16);
#elif defined FAULT_NONSENSE
  memset(out, 7, --length);
#elif defined FAULT_CRASH
  *(volatile int*)0 = 1;
#elif defined FAULT_SLEEP
  for (;;) pause();
#elif defined FAULT_ERROR
  return -3;
#endif
  return length <= out_bytes ? (int64_t)length : -1;
}

#ifndef FAULT_NO_DECODE
int splitbench_codec_decode(void* state, const void* encoded, uint64_t encoded_bytes, void* raw,
                            uint64_t raw_bytes) {
  unsigned char* bytes = raw;
  (void)state;
  if (encoded_bytes == 0 || encoded_bytes > raw_bytes) return 1;
  swap(bytes, encoded, encoded_bytes);
  memset(bytes + encoded_bytes, bytes[encoded_bytes - 1], raw_bytes - encoded_bytes);
  return 0;
}
#endif
