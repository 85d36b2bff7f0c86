#pragma once
#include <filesystem>

#include "sim/bench/codec/codec_bench.hpp"

namespace splitbench {

/// The implementation of SplitZip that its authors published
/// (github.com/Intelligent-Microsystems-Lab/SplitZip, in Python for Triton), measured beside ours:
/// by a child process, python3 as PATH has it, with torch and triton. It encodes one tensor of bf16
/// in a GPU's memory, with a codebook of that tensor, into arrays without header, digest or checks.
/// Its times are the device's, as ours are; what comes back is compared. Not thread-safe.
class PublishedCodec {
 public:
  /// Takes the path of a checkout. Throws InputError if it holds no codec_gpu.py.
  explicit PublishedCodec(std::filesystem::path checkout);

  /// Returns whether it can encode the case, whose codec does not matter.
  static bool runs(const BenchElements&, const BenchCase&);

  /// Measures it in a case that it can encode. Throws InputError that quotes Python where it fails.
  BenchRow measure(const BenchElements&, const BenchCase&) const;

 private:
  std::filesystem::path checkout_;
};

}  // namespace splitbench
