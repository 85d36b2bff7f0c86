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

// The codec alone against the clock: what `splitbench codec bench` measures.

enum class BenchDestination { host, device, pinned, peer };

std::string_view name(BenchDestination);

/// Elements that stand for tensors of any size by being repeated.
struct BenchPiece {
  std::vector<std::byte> bytes;  ///< a multiple of 16
  Codebook codebook;
  Codebook ranked_codebook;

  const Codebook& codebook_for(FrameKind kind) const {
    return kind == FrameKind::ranked ? ranked_codebook : codebook;
  }
};

/// Elements that are coded again and again.
struct BenchElements {
  ElementType type;
  std::vector<BenchPiece> pieces;
  double escape_rate;  ///< of them all
};

/// Elements with exponents drawn from a histogram: of those with a code, and, at this rate, of the
/// others. Without others their neighbours stand in. Signs and mantissas are uniform.
BenchElements draw_elements(const ExponentHistogram&, ElementType, double escape_rate);

/// The elements of these tensors as they are, each with a codebook of its own.
BenchElements take_elements(std::span<const std::span<const std::byte>> tensors, ElementType);

/// Of bf16 elements, as in a model's cache: those of the profile `llm`.
ExponentHistogram model_exponents();

/// How exponents of bf16 elements spread when the elements are rounded to another type; carries of
/// mantissas aside.
ExponentHistogram as_rounded(const ExponentHistogram& bf16, ElementType);

struct BenchCase {
  BenchDestination destination;
  std::uint64_t bytes;    ///< of all tensors together
  std::uint32_t tensors;  ///< equally long; 0: as long as their pieces, as many as that takes
  int repeats;
  std::uint32_t max_blocks;  ///< 0: no limit
  unsigned threads;          ///< of the host's
  ListedCodec codec = codec_of_frames(FrameKind::splitzip);
  std::uint64_t chunk_bytes =
      0;  ///< of baselines; 0: what suits each, or less where elements repeat
};

/// By names, or what several begin with ("zstd" for "zstd-1"), or "all". Throws InputError.
std::vector<ListedCodec> bench_codecs(const std::string& list);

/// Baselines run on one device, and on a GPU as they please: into its memory and on all of it.
bool runs(const ListedCodec&, ElementType, const BenchCase&);

/// A tensor of a case: a piece from its beginning, again and again.
struct BenchTensor {
  const BenchPiece* piece;
  std::uint64_t begin;  ///< among the bytes of all
  std::uint64_t bytes;  ///< a multiple of 16

  /// Calls with each repetition, where it begins and how much of the piece it has.
  template <typename Take>
  void for_each_part(const Take& take) const {
    const std::span<const std::byte> whole(piece->bytes);
    for (std::uint64_t at = 0; at < bytes; at += whole.size())
      take(begin + at, whole.first(std::min<std::uint64_t>(whole.size(), bytes - at)));
  }
};

/// The tensors of a case, one behind the other, of the pieces in turn.
std::vector<BenchTensor> lay_out(const BenchElements&, const BenchCase&);

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

/// What times are measured on.
struct BenchDevice {
  std::string backend;
  std::string name;
};

/// Returns the row of a case as its tensors are and, of a baseline, with its chunk's bytes; without
/// times yet. Throws InputError for chunks in which elements would repeat: tensors longer than
/// their piece do, and a coder that looks for repeats would find what no real cache has.
BenchRow bench_row(BenchDevice, const BenchElements&, const BenchCase&,
                   std::span<const BenchTensor>);

BenchTime bench_time(std::vector<double> seconds);

/// Of work on the host, by its clock, after two times that do not count.
BenchTime time_on_host(int repeats, const std::function<void()>& work);

/// The CPU's name.
std::string processor();

/// Each measures the codec of its case, and throws std::logic_error if what came back was not what
/// went in.
BenchRow bench_on_cpu(const BenchElements&, const BenchCase&);
BenchRow bench_on_cuda(const BenchElements&, const BenchCase&);

std::string bench_table(const std::vector<BenchRow>&);
std::string bench_json(const std::vector<BenchRow>&);
std::string bench_csv(const std::vector<BenchRow>&);

}  // namespace splitbench
