#include "sim/verbs/codec/codec_list.hpp"

#include <algorithm>
#include <vector>

namespace splitbench {
namespace {

std::vector<ListedCodec> list_codecs() {
  std::vector<ListedCodec> codecs = {{"bypass", FrameKind::stored},
                                     {"splitzip", FrameKind::splitzip},
                                     {"ranked", FrameKind::ranked}};
  for (const Baseline& baseline : installed_baselines())
    codecs.push_back({baseline.name, &baseline});
  return codecs;
}

}  // namespace

std::span<const ListedCodec> listed_codecs() {
  static const std::vector<ListedCodec> codecs = list_codecs();
  return codecs;
}

const ListedCodec& codec_of_frames(FrameKind kind) {
  return *std::ranges::find(listed_codecs(), std::variant<FrameKind, const Baseline*>(kind),
                            &ListedCodec::output);
}

}  // namespace splitbench
