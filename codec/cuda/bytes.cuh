#pragma once

namespace splitbench {

// Operations on the four bytes of a register at once.

/// Returns four of the eight bytes of `a` and then `b`, by the nibbles of `selector`; the highest
/// bit of a nibble asks for the byte's sign, eight times. (__byte_perm knows no signs.)
__device__ inline unsigned permute(unsigned a, unsigned b, unsigned selector) {
  unsigned bytes;
  asm("prmt.b32 %0, %1, %2, %3;" : "=r"(bytes) : "r"(a), "r"(b), "r"(selector));
  return bytes;
}

/// Returns the bytes that the four lowest nibbles of `places` name in a table of 16 bytes without a
/// sign. A permutation gives the sign, which is zero, for the half of the table that a nibble does
/// not name.
__device__ inline unsigned look_up(const uint4& table, unsigned places) {
  return permute(table.x, table.y, places) | permute(table.z, table.w, places ^ 0x8888);
}

__device__ inline unsigned select(unsigned mask, unsigned yes, unsigned no) {
  return (yes & mask) | (no & ~mask);
}

/// Shift by `bits` modulo 32.
__device__ inline unsigned shift_left(unsigned x, unsigned bits) {
  return __funnelshift_l(0, x, bits);
}
__device__ inline unsigned shift_right(unsigned x, unsigned bits) {
  return __funnelshift_r(x, 0, bits);
}
/// Returns the bits that shift_left pushes out at the top.
__device__ inline unsigned shifted_out(unsigned x, unsigned bits) {
  return __funnelshift_l(x, 0, bits);
}

}  // namespace splitbench
