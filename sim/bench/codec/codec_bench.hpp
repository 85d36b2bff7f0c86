#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codec/codebook.hpp"
#include "codec/frame.hpp"
#include "sim/bench/codec/codec_list.hpp"

namespace splitbench {

// The measurement of the codec alone: what `splitbench codec bench` does.

/// The memory that an encoder writes to: the host's, the current GPU's, the host's pinned memory,
/// or a second GPU's.
enum class BenchDestination { host, device, pinned, peer };

std::string_view name(BenchDestination);

/// The codebooks that some elements are encoded with, one for each kind of frame that has any.
struct BenchCodebooks {
  Codebook splitzip;
  Codebook ranked;
};

/// Returns the best codebooks for elements with these exponents.
BenchCodebooks calibrated(const ExponentHistogram&, ElementType);

/// A run of elements that is repeated, to stand for tensors of any size.
struct BenchPiece {
  std::vector<std::byte> bytes;  ///< a multiple of 16
  BenchCodebooks codebooks;

  const Codebook& codebook_for(FrameKind kind) const {
    return kind == FrameKind::ranked ? codebooks.ranked : codebooks.splitzip;
  }
};

/// The elements that are coded again and again.
struct BenchElements {
  ElementType type;
  std::vector<BenchPiece> pieces;
  double escape_rate;  ///< share of all elements that have no code in SplitZip's codebooks
};

/// Returns elements with exponents drawn from a histogram: from those with a code, and, at the rate
/// `escape_rate` (0 to 1), from the others. If there are none of either, a neighbour of the others
/// stands in. Signs and mantissas are uniform. The result is one piece of 8 MiB, the same in every
/// call.
BenchElements draw_elements(const ExponentHistogram&, const BenchCodebooks&, double escape_rate);

/// The elements of a tensor, which are not owned, and the codebooks for them.
struct BenchSource {
  std::span<const std::byte> raw;
  BenchCodebooks codebooks;
};

/// Returns a copy of the elements of these tensors, a piece for each. A tensor is cut to a multiple
/// of 16 bytes; an empty one is left out.
BenchElements take_elements(std::span<const BenchSource>, ElementType);

/// Returns the exponents of bf16 elements as in a model's cache: those of the profile `llm`.
ExponentHistogram model_exponents();

/// Returns the exponents that bf16 elements with these exponents have when they are rounded to
/// another type; carries of mantissas are ignored.
ExponentHistogram as_rounded(const ExponentHistogram& bf16, ElementType);

/// A case of the benchmark.
struct BenchCase {
  BenchDestination destination;
  std::uint64_t bytes;    ///< raw bytes of all tensors together
  std::uint32_t tensors;  ///< equally long ones; 0: each as long as its piece,
                          ///< until `bytes` are full; the last may be cut
  /// The bytes of a tensor in each page, a multiple of 16; pages of a tensor are in no order. 0:
  /// tensors are in one piece.
  std::uint64_t page_bytes = 0;
  std::string shape = {};  ///< what the tensors stand for, if anything
  int repeats;
  std::uint32_t max_blocks;  ///< 0: no limit
  bool plan = false;         ///< calls were described to the device before the clock runs
  unsigned threads;          ///< host threads
  ListedCodec codec = codec_of_frames(FrameKind::splitzip);
  std::uint64_t chunk_bytes =
      0;  ///< chunks of baselines; 0: what suits each, or less where elements repeat
};

/// Returns the codecs of a list separated by commas: names, common beginnings ("zstd" for
/// "zstd-1"), or "all". Throws InputError for a word that stands for none.
std::vector<ListedCodec> bench_codecs(const std::string& list);

/// Returns whether the codec can run the case. Our codecs run any, in pages on a GPU alone. A
/// baseline runs only on its own kind of device, with tensors in one piece, with elements of a type
/// that it takes and without a limit on blocks; on a GPU only into that GPU's memory.
bool runs(const ListedCodec&, ElementType, const BenchCase&);

/// A tensor of a case: its piece from the beginning, again and again. The piece is not owned.
struct BenchTensor {
  const BenchPiece* piece;
  std::uint64_t begin;  ///< offset among the bytes of all tensors
  std::uint64_t bytes;  ///< a multiple of 16

  /// Calls `take` for each repetition of the piece with its offset among the bytes of all tensors
  /// and its bytes; the last one may be cut.
  template <typename Take>
  void for_each_part(const Take& take) const {
    const std::span<const std::byte> whole(piece->bytes);
    for (std::uint64_t at = 0; at < bytes; at += whole.size())
      take(begin + at, whole.first(std::min<std::uint64_t>(whole.size(), bytes - at)));
  }
};

/// Returns the tensors of a case, one behind the other, with pieces in turn. They refer to the
/// pieces of the elements.
std::vector<BenchTensor> lay_out(const BenchElements&, const BenchCase&);

/// The median of repeats, in seconds, and the spread of their middle half, as a share of it.
struct BenchTime {
  double seconds;
  double noise;
};

/// The result of a case.
struct BenchRow {
  std::string backend;
  std::string device;
  ElementType type;
  BenchCase bench;
  std::uint64_t frame_bytes;
  double escape_rate;
  BenchTime encode, decode;
  BenchTime copy_out, copy_in;  ///< plain copies of the raw bytes, by encode's and decode's way
};

/// The device that times are measured on, and its backend.
struct BenchDevice {
  std::string backend;
  std::string name;
};

/// Returns the row of a case, without times yet; its case has the bytes and the number of the
/// tensors as laid out and, for a baseline, the bytes of its chunks. Throws InputError if elements
/// would repeat within a baseline's chunk, as they can in a tensor that is longer than its piece: a
/// coder that looks for repeats would find what no real cache has. Needs at least one tensor.
BenchRow bench_row(BenchDevice, const BenchElements&, const BenchCase&,
                   std::span<const BenchTensor>);

/// Returns the median and the spread of times in seconds, of which there is at least one.
BenchTime bench_time(std::vector<double> seconds);

/// Times work on the host's clock, after two runs that do not count.
BenchTime time_on_host(int repeats, const std::function<void()>& work);

/// Returns the CPU's name.
std::string processor();

/// Measures the codec of a case on the CPU or on the current GPU, which for `peer` must be device 0
/// while device 1 takes the frames. Throws std::logic_error if the decoded elements differ from the
/// encoded ones, InputError as bench_row() does, and std::runtime_error if a codec fails.
/// bench_on_cuda() also throws Unavailable without CUDA, CudaError, and std::runtime_error if
/// `peer` finds no second GPU in reach.
BenchRow bench_on_cpu(const BenchElements&, const BenchCase&);
BenchRow bench_on_cuda(const BenchElements&, const BenchCase&);

std::string bench_table(const std::vector<BenchRow>&);
std::string bench_json(const std::vector<BenchRow>&);
std::string bench_csv(const std::vector<BenchRow>&);

}  // namespace splitbench
