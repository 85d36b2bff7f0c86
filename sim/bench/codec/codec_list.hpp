#pragma once
#include <span>
#include <string_view>
#include <variant>

#include "codec/baselines/baseline.hpp"
#include "codec/element.hpp"

namespace splitbench {

/// A codec that this program has, as the command line names it.
struct ListedCodec {
  std::string_view name;
  /// The kind of our frames, or the baseline that makes chunks.
  std::variant<FrameKind, const Baseline*> output;

  /// Returns the baseline, or null if the codec is ours.
  const Baseline* baseline() const {
    const auto* const baseline = std::get_if<const Baseline*>(&output);
    return baseline == nullptr ? nullptr : *baseline;
  }
};

/// Returns all codecs that this program has, ours first, in the order in which tables show them.
/// The list lives as long as the program.
std::span<const ListedCodec> listed_codecs();

/// Returns our codec that makes frames of this kind; for stored ones it is `bypass`.
const ListedCodec& codec_of_frames(FrameKind);

}  // namespace splitbench
