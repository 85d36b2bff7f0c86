#include "sim/verbs/codec/codec_list.hpp"

#include <algorithm>
#include <vector>

namespace splitbench {
namespace {

std::vector<ListedCodec> list_codecs() {
  std::vector<ListedCodec> codecs = {{"bypass", FrameKind::stored},
                                     {"splitzip", FrameKind::splitzip},
                                     {"ranked", FrameKind::ranked}};
  for (const Peer& peer : installed_peers()) codecs.push_back({peer.name, &peer});
  return codecs;
}

}  // namespace

std::span<const ListedCodec> listed_codecs() {
  static const std::vector<ListedCodec> codecs = list_codecs();
  return codecs;
}

const ListedCodec& codec_of_frames(FrameKind kind) {
  return *std::ranges::find(listed_codecs(), std::variant<FrameKind, const Peer*>(kind),
                            &ListedCodec::output);
}

}  // namespace splitbench
