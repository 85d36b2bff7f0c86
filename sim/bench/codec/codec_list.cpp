#include "sim/bench/codec/codec_list.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <vector>

#include "sim/bench/codec/codec_bench.hpp"
#include "sim/cli/command_line.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {

namespace {

std::vector<ListedCodec> list_codecs() {
  std::vector<ListedCodec> codecs{{"bypass", FrameKind::stored}};
  for (const Codec& codec : kOwnCodecs) codecs.push_back({codec.name, *codec.frames});
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

namespace {

bool begins_with(std::string_view name, std::string_view word) {
  return name.starts_with(word) && (name.size() == word.size() || name[word.size()] == '-');
}

/// Returns whether the word is "all", the codec's name, or the beginning that it shares with
/// others.
bool stands_for(std::string_view word, const ListedCodec& codec) {
  const bool exact = std::ranges::count(listed_codecs(), word, &ListedCodec::name) > 0;
  return word == "all" || (exact ? codec.name == word : begins_with(codec.name, word));
}

[[noreturn]] void refuse(const std::string& word) {
  for (const BaselineLibrary& library : baseline_libraries()) {
    if (library.installed || !begins_with(word, library.name)) continue;
    throw InputError(fmt::format("codec bench: --codec {}: this program was built without it; {}",
                                 word, library.how_to_get));
  }
  std::vector<std::string_view> known;
  for (const ListedCodec& codec : listed_codecs()) known.push_back(codec.name);
  throw InputError(
      fmt::format("codec bench: --codec {}, expected all, {}", word, fmt::join(known, ", ")));
}

}  // namespace

std::vector<ListedCodec> bench_codecs(const std::string& list) {
  std::vector<ListedCodec> codecs;
  for (const std::string& word : split_list(list)) {
    const std::size_t before = codecs.size();
    for (const ListedCodec& codec : listed_codecs())
      if (stands_for(word, codec)) codecs.push_back(codec);
    if (codecs.size() == before) refuse(word);
  }
  return codecs;
}

bool runs(const ListedCodec& codec, ElementType type, const BenchCase& bench) {
  const Baseline* const baseline = codec.baseline();
  const bool on_cpu = bench.destination == BenchDestination::host;
  const bool paged = bench.page_bytes > 0;
  if (baseline == nullptr) return !(on_cpu && paged);
  return !paged && baseline->takes(type) && on_cpu == baseline->on_cpu &&
         (on_cpu || bench.destination == BenchDestination::device) && bench.max_blocks == 0;
}

}  // namespace splitbench
