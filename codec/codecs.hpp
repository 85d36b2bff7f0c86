#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "codec/element.hpp"

namespace splitbench {

enum class CodecDevice : std::uint8_t { cpu, cuda };

/// The facts about a codec that every build knows, whether or not it can run it: a row of kCodecs.
struct Codec {
  /// The name, "zstd-1-planes"; a baseline's begins with the name of its library.
  std::string_view name;
  bool on_cpu = true;
  bool on_cuda = true;

  /// The kind of its frames (codec/FORMAT.md). The baselines, other libraries' codecs, make none:
  /// their chunks cross a wire in a PayloadLayout.
  std::optional<FrameKind> frames;

  /// True if the coder sees only the exponents of bf16 elements; signs and mantissas, which no
  /// coder shrinks, are kept apart as they are. Otherwise the coder sees the elements' bytes.
  bool planes = false;

  bool lossless = true;
  /// True if its frames count the elements without a code, by which an outdated codebook is
  /// noticed.
  bool counts_escapes = false;

  constexpr bool works_on(CodecDevice device) const {
    return device == CodecDevice::cpu ? on_cpu : on_cuda;
  }
  constexpr bool takes(ElementType type) const { return !planes || type == ElementType::bf16; }
  constexpr bool is_baseline() const { return !frames; }
};

constexpr Codec cpu_baseline(std::string_view name) {
  return {.name = name, .on_cuda = false, .frames = {}, .planes = name.ends_with("-planes")};
}
constexpr Codec cuda_baseline(std::string_view name) {
  return {.name = name, .on_cpu = false, .frames = {}, .planes = name.ends_with("-planes")};
}

/// Every codec: our own, in the order in which tables show them, then the baselines.
inline constexpr std::array kCodecs = {
    Codec{.name = "splitzip", .frames = FrameKind::splitzip, .counts_escapes = true},
    Codec{.name = "ranked", .frames = FrameKind::ranked},
    cpu_baseline("zstd-huffman-planes"),
    cpu_baseline("zstd-1"),
    cpu_baseline("zstd-1-planes"),
    cpu_baseline("zstd-3"),
    cpu_baseline("zstd-3-planes"),
    cpu_baseline("lz4"),
    cpu_baseline("lz4-planes"),
    cuda_baseline("nvcomp-ans"),
    cuda_baseline("nvcomp-ans-fast"),
    cuda_baseline("nvcomp-bitcomp"),
    cuda_baseline("nvcomp-bitcomp-planes"),
    cuda_baseline("nvcomp-cascaded"),
    cuda_baseline("nvcomp-cascaded-planes"),
    cuda_baseline("nvcomp-gdeflate"),
    cuda_baseline("nvcomp-gdeflate-planes"),
    cuda_baseline("nvcomp-gdeflate-huffman-planes"),
    cuda_baseline("nvcomp-lz4"),
    cuda_baseline("nvcomp-lz4-bitshuffle"),
    cuda_baseline("nvcomp-zstd"),
    cuda_baseline("nvcomp-zstd-planes"),
};

inline constexpr std::size_t kOwnCodecCount = [] {
  std::size_t count = 0;
  while (count < kCodecs.size() && !kCodecs[count].is_baseline()) ++count;
  return count;
}();
inline constexpr std::span kOwnCodecs = std::span(kCodecs).first<kOwnCodecCount>();
inline constexpr std::span kBaselines = std::span(kCodecs).subspan<kOwnCodecCount>();

/// Returns the codec of this name, or null if there is none.
constexpr const Codec* find_codec(std::string_view name) {
  for (const Codec& codec : kCodecs)
    if (codec.name == name) return &codec;
  return nullptr;
}

/// Returns the codec that makes frames of this kind, or null for stored frames, which none makes.
constexpr const Codec* find_codec(FrameKind kind) {
  for (const Codec& codec : kOwnCodecs)
    if (codec.frames == kind) return &codec;
  return nullptr;
}

}  // namespace splitbench
