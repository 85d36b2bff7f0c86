#pragma once
#include <span>
#include <string_view>
#include <variant>

#include "codec/baselines/peer.hpp"
#include "codec/element.hpp"

namespace splitbench {

/// A codec that this program has, as the command line names it.
struct ListedCodec {
  std::string_view name;
  std::variant<FrameKind, const Peer*> output;  ///< our frames, or the chunks of another library

  /// Null where it is ours.
  const Peer* peer() const {
    const auto* const peer = std::get_if<const Peer*>(&output);
    return peer == nullptr ? nullptr : *peer;
  }
};

/// Returns all of them, ours first, in the order in which tables show them.
std::span<const ListedCodec> listed_codecs();

/// Returns the one of ours that makes frames of this kind; of stored ones it is `bypass`.
const ListedCodec& codec_of_frames(FrameKind);

}  // namespace splitbench
