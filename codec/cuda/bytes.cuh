#pragma once

namespace splitbench {

// Four bytes of a register at once.

/// Bytes of a and then b, by the nibbles of `selector`; the highest bit of a nibble asks for the
/// byte's sign, eight times. (__byte_perm knows no signs.)
__device__ inline unsigned permute(unsigned a, unsigned b, unsigned selector) {
  unsigned bytes;
  asm("prmt.b32 %0, %1, %2, %3;" : "=r"(bytes) : "r"(a), "r"(b), "r"(selector));
  return bytes;
}

/// Of a table of 16 bytes without a sign, those that the four lowest nibbles of `places` name: what
/// a permutation gives for the wrong half of the table is a sign.
__device__ inline unsigned look_up(const uint4& table, unsigned places) {
  return permute(table.x, table.y, places) | permute(table.z, table.w, places ^ 0x8888);
}

__device__ inline unsigned select(unsigned mask, unsigned yes, unsigned no) {
  return (yes & mask) | (no & ~mask);
}

/// Shifts by `bits` modulo 32.
__device__ inline unsigned shift_left(unsigned x, unsigned bits) {
  return __funnelshift_l(0, x, bits);
}
__device__ inline unsigned shift_right(unsigned x, unsigned bits) {
  return __funnelshift_r(x, 0, bits);
}
/// What shift_left pushes out at the top.
__device__ inline unsigned shifted_out(unsigned x, unsigned bits) {
  return __funnelshift_l(x, 0, bits);
}

}  // namespace splitbench
