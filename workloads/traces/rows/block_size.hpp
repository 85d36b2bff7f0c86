#pragma once
#include <cstdint>

#include "workloads/traces/trace_request.hpp"

namespace splitbench {

/// The number of tokens in a block of hash ids, which most files do not state. A prompt has as many
/// ids as it has blocks, with or without the last one if it is not full; all rows of a file have
/// blocks of one size. Not thread-safe.
class BlockSize {
 public:
  /// `own` is the size that the format has wherever the file fits it, or 0; `given` is the one that
  /// somebody named, or 0: it counts without a question.
  BlockSize(std::uint32_t own, std::uint32_t given) : own_(own), given_(given) {}

  /// Notes a row that has ids. Throws InputError if no size fits it and the rows before.
  void see(const TracePlace& place, const TraceRequest& request);

  /// Returns the size, for the rows noted until now; 0 if none has ids. What it returns once stays,
  /// and rows noted later must fit it. Throws InputError that lists the sizes that fit if there is
  /// more than one, and none of them is the format's own.
  std::uint32_t tokens(const TracePlace& place);

 private:
  std::uint32_t own_, given_;
  std::uint32_t fitting_ = ~0U;  // bit n: blocks of 2^n tokens fit all rows
  bool any_ = false, settled_ = false;
};

}  // namespace splitbench
