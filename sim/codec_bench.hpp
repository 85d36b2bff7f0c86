#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codec/codebook.hpp"

namespace splitbench {

// The codec alone against the clock: what `splitbench codec bench` measures.

enum class BenchDestination { host, device, pinned, peer };

std::string_view name(BenchDestination);

/// Elements that are coded again and again: a piece, which stands for tensors of any size by being
/// repeated.
struct BenchElements {
  ElementType type;
  std::vector<std::byte> piece;  ///< a multiple of 16 bytes
  Codebook codebook;
  double escape_rate;  ///< of the piece
};

/// Elements with exponents drawn from a histogram: of those with a code, and, at this rate, of the
/// others. Without others their neighbours stand in. Signs and mantissas are uniform.
BenchElements draw_elements(const ExponentHistogram&, ElementType, double escape_rate);

/// The elements of a tensor as they are, or the first 8 MiB of them.
BenchElements take_elements(std::span<const std::byte> raw, ElementType);

/// Of bf16 elements, as in a model's cache: those of the profile `llm`.
ExponentHistogram model_exponents();

/// How exponents of bf16 elements spread when the elements are rounded to another type; carries of
/// mantissas aside.
ExponentHistogram as_rounded(const ExponentHistogram& bf16, ElementType);

struct BenchCase {
  BenchDestination destination;
  std::uint64_t bytes;  ///< of all tensors together
  std::uint32_t tensors;
  int repeats;
  std::uint32_t max_blocks;  ///< 0: no limit
  unsigned threads;          ///< of the host's
};

/// The median of repeats, and how far the middle half of them spreads, as a share of it.
struct BenchTime {
  double seconds;
  double noise;
};

struct BenchRow {
  std::string backend;
  std::string device;
  ElementType type;
  BenchCase bench;
  std::uint64_t frame_bytes;
  double escape_rate;
  BenchTime encode, decode;
  BenchTime copy_out, copy_in;  ///< of the raw bytes, plainly, by the way of encode and of decode
};

BenchTime bench_time(std::vector<double> seconds);

/// Of work on the host, by its clock, after two times that do not count.
BenchTime time_on_host(int repeats, const std::function<void()>& work);

/// The CPU's name.
std::string processor();

/// Each throws std::logic_error if what came back was not what went in.
BenchRow bench_on_cpu(const BenchElements&, const BenchCase&);
BenchRow bench_on_cuda(const BenchElements&, const BenchCase&);

std::string bench_table(const std::vector<BenchRow>&);
std::string bench_json(const std::vector<BenchRow>&);
std::string bench_csv(const std::vector<BenchRow>&);

}  // namespace splitbench
