#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <random>
#include <utility>

#include "configs/scenario_file.hpp"
#include "sim/bench/codec/codec_bench.hpp"
#include "workers/kv/kv_profile.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{8} << 20;
constexpr std::uint64_t kTensorAlignment = 16;  // alignment that codecs require

/// A histogram in two parts: exponents with a code, and the others.
struct Parted {
  ExponentHistogram coded{}, others{};
};

Parted part(const ExponentHistogram& histogram, const Codebook& codebook) {
  Parted parted;
  parted.others = histogram;
  for (unsigned code = 0; code < codebook.size(); ++code) {
    const std::uint8_t exponent = codebook.exponents[code];
    parted.coded[exponent] = std::exchange(parted.others[exponent], 0);
  }
  const auto is_empty = [](const ExponentHistogram& part) {
    return std::ranges::all_of(part, [](auto count) { return count == 0; });
  };
  const unsigned lowest = codebook.exponents[0];
  if (is_empty(parted.coded)) parted.coded[lowest] = 1;
  if (is_empty(parted.others)) {
    const unsigned highest = codebook.exponents[codebook.size() - 1];
    const bool room_above = highest + 1 < element_format(codebook.element_type).exponents();
    parted.others[room_above ? highest + 1 : lowest - 1] = 1;
  }
  return parted;
}

double escape_rate_of(std::span<const BenchPiece> pieces, ElementType type) {
  std::uint64_t all = 0, escaped = 0;
  for (const BenchPiece& piece : pieces) {
    all += piece.bytes.size() / element_bytes(type);
    escaped += escapes(exponent_histogram(piece.bytes, type), piece.codebooks.splitzip);
  }
  return static_cast<double>(escaped) / static_cast<double>(all);
}

/// Returns the length of chunks for a baseline, which must not see elements repeat within one.
std::uint64_t chunk_bytes_of(const Baseline& baseline, const BenchCase& bench,
                             std::span<const BenchTensor> tensors) {
  std::uint64_t shortest = ~std::uint64_t{0};
  for (const BenchTensor& tensor : tensors)
    if (tensor.bytes > tensor.piece->bytes.size())
      shortest = std::min<std::uint64_t>(shortest, tensor.piece->bytes.size());
  constexpr std::uint64_t kStep = 256;
  const std::uint64_t most = shortest / baseline.reach(1);
  const std::uint64_t chunk = bench.chunk_bytes != 0
                                  ? bench.chunk_bytes
                                  : std::min(baseline.chunk_bytes, most / kStep * kStep);
  if (chunk == 0 || chunk > most) {
    throw InputError(
        fmt::format("codec bench: chunks of {} bytes for {}, but the elements repeat after {}, "
                    "which no cache's "
                    "do; expected at most {}, or --tensors 0",
                    chunk, baseline.name, shortest, most));
  }
  return chunk;
}

}  // namespace

ExponentHistogram model_exponents() {
  return exponent_histogram(make_kv(load_kv_profile("llm"), 2, 512, 1024, 1).values,
                            ElementType::bf16);
}

BenchCodebooks calibrated(const ExponentHistogram& histogram, ElementType type) {
  return {.splitzip = calibrate(histogram, type),
          .ranked = calibrate(histogram, type, FrameKind::ranked)};
}

BenchElements draw_elements(const ExponentHistogram& histogram, const BenchCodebooks& codebooks,
                            double escape_rate) {
  const ElementType type = codebooks.splitzip.element_type;
  const ElementFormat format = element_format(type);
  const Parted parted = part(histogram, codebooks.splitzip);
  std::mt19937_64 random(1);
  std::discrete_distribution<unsigned> coded(parted.coded.begin(), parted.coded.end());
  std::discrete_distribution<unsigned> other(parted.others.begin(), parted.others.end());
  std::bernoulli_distribution escapes(escape_rate);
  std::uniform_int_distribution<unsigned> bits(0, (2u << format.mantissa_bits) - 1);
  BenchElements elements{
      .type = type, .pieces = {{.bytes = {}, .codebooks = codebooks}}, .escape_rate = 0};
  std::vector<std::byte>& piece = elements.pieces[0].bytes;
  piece.resize(kPieceBytes);
  for (std::size_t at = 0; at < kPieceBytes; at += format.bytes) {
    const unsigned exponent = escapes(random) ? other(random) : coded(random);
    const unsigned element = format.join(exponent, bits(random));
    for (unsigned byte = 0; byte < format.bytes; ++byte)
      piece[at + byte] = static_cast<std::byte>(element >> 8 * byte);
  }
  elements.escape_rate = escape_rate_of(elements.pieces, type);
  return elements;
}

BenchElements take_elements(std::span<const BenchSource> tensors, ElementType type) {
  BenchElements elements{.type = type, .pieces = {}, .escape_rate = 0};
  for (const auto& [raw, codebooks] : tensors) {
    const std::span whole = raw.first(raw.size() / kTensorAlignment * kTensorAlignment);
    if (whole.empty()) continue;
    elements.pieces.push_back({.bytes = {whole.begin(), whole.end()}, .codebooks = codebooks});
  }
  elements.escape_rate = escape_rate_of(elements.pieces, type);
  return elements;
}

std::vector<BenchTensor> lay_out(const BenchElements& elements, const BenchCase& bench) {
  constexpr std::size_t kMostTensors = 100'000;
  std::vector<BenchTensor> tensors;
  const std::uint64_t all = bench.bytes / kTensorAlignment * kTensorAlignment;
  std::uint64_t at = 0;
  const auto add = [&](std::uint64_t bytes) {
    const BenchPiece& piece = elements.pieces[tensors.size() % elements.pieces.size()];
    tensors.push_back({.piece = &piece, .begin = at, .bytes = bytes});
    at += bytes;
  };
  if (bench.tensors == 0) {
    while (at < all) {
      if (tensors.size() == kMostTensors)
        throw InputError(fmt::format(
            "codec bench: tensors as short as {} bytes do not fill --bytes {} with {} of them, "
            "expected longer ones or fewer bytes",
            all / kMostTensors, all, kMostTensors));
      const BenchPiece& next = elements.pieces[tensors.size() % elements.pieces.size()];
      add(std::min<std::uint64_t>(next.bytes.size(), all - at));
    }
    return tensors;
  }
  const std::uint64_t each = bench.bytes / bench.tensors / kTensorAlignment * kTensorAlignment;
  for (std::uint32_t i = 0; i < bench.tensors; ++i) add(each);
  return tensors;
}

BenchRow bench_row(BenchDevice device, const BenchElements& elements, const BenchCase& bench,
                   std::span<const BenchTensor> tensors) {
  BenchRow row{.backend = std::move(device.backend),
               .device = std::move(device.name),
               .type = elements.type,
               .bench = bench,
               .frame_bytes = 0,
               .escape_rate = elements.escape_rate,
               .encode = {},
               .decode = {},
               .copy_out = {},
               .copy_in = {}};
  row.bench.bytes = tensors.back().begin + tensors.back().bytes;
  row.bench.tensors = static_cast<std::uint32_t>(tensors.size());
  if (const Baseline* const baseline = bench.codec.baseline())
    row.bench.chunk_bytes = chunk_bytes_of(*baseline, bench, tensors);
  return row;
}

ExponentHistogram as_rounded(const ExponentHistogram& bf16, ElementType type) {
  if (type == ElementType::bf16) return bf16;
  const int bias = (1 << (element_format(type).exponent_bits - 1)) - 1;
  const int highest = static_cast<int>(element_format(type).exponents()) -
                      (type == ElementType::fp8_e5m2 ? 2 : 1);  // e5m2's last is for infinities
  ExponentHistogram rounded{};
  for (int exponent = 0; exponent < 256; ++exponent)
    rounded[std::clamp(exponent - 127 + bias, 0, highest)] += bf16[exponent];
  return rounded;
}

}  // namespace splitbench
