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
  /// Our frames, or the chunks of another library.
  std::variant<FrameKind, const Baseline*> output;

  /// Returns null where it is ours.
  const Baseline* baseline() const {
    const auto* const baseline = std::get_if<const Baseline*>(&output);
    return baseline == nullptr ? nullptr : *baseline;
  }
};

/// Returns all that this program has, ours first, in the order in which tables show them.
std::span<const ListedCodec> listed_codecs();

/// Returns the one of ours that makes frames of this kind; of stored ones it is `bypass`.
const ListedCodec& codec_of_frames(FrameKind);

}  // namespace splitbench
