#pragma once
#include <cstdio>
#include <cstdlib>

namespace splitbench {

/// Ends the program if a claim about the protocol does not hold, so that a fuzzer keeps the input.
inline void claim(bool holds, const char* words) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", words);
  std::abort();
}

}  // namespace splitbench
