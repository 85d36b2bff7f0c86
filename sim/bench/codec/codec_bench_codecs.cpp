#include <algorithm>
#include <array>
#include <boost/algorithm/string.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sim/bench/codec/codec_bench.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

struct OurCodec {
  const char* name;
  FrameKind kind;
};
constexpr std::array kOurs = {OurCodec{"bypass", FrameKind::stored},
                              OurCodec{"splitzip", FrameKind::splitzip},
                              OurCodec{"ranked", FrameKind::ranked}};

bool begins_with(std::string_view name, std::string_view word) {
  return name.starts_with(word) && (name.size() == word.size() || name[word.size()] == '-');
}

/// Of the one codec with this name, or of those that begin with it.
bool stands_for(std::string_view word, std::string_view name) {
  const bool exact = std::ranges::count(installed_peers(), word, &Peer::name) > 0;
  return exact ? name == word : begins_with(name, word);
}

[[noreturn]] void refuse(const std::string& word) {
  for (const PeerLibrary& library : peer_libraries()) {
    if (library.installed || !begins_with(word, library.name)) continue;
    throw InputError(fmt::format("codec bench: --codec {}: this program was built without it; {}",
                                 word, library.how_to_get));
  }
  std::vector<std::string_view> known;
  known.reserve(kOurs.size() + installed_peers().size());
  for (const OurCodec& codec : kOurs) known.emplace_back(codec.name);
  for (const Peer& peer : installed_peers()) known.push_back(peer.name);
  throw InputError(
      fmt::format("codec bench: --codec {}, expected all, {}", word, fmt::join(known, ", ")));
}

}  // namespace

std::vector<BenchCodec> bench_codecs(const std::string& list) {
  std::vector<std::string> words;
  boost::split(words, list, boost::is_any_of(","));
  std::vector<BenchCodec> codecs;
  for (const std::string& word : words) {
    const std::size_t before = codecs.size();
    for (const OurCodec& codec : kOurs) {
      if (word == "all" || word == codec.name)
        codecs.push_back({.name = codec.name, .kind = codec.kind});
    }
    for (const Peer& peer : installed_peers()) {
      if (word == "all" || stands_for(word, peer.name))
        codecs.push_back({.name = peer.name, .peer = &peer});
    }
    if (codecs.size() == before) refuse(word);
  }
  return codecs;
}

bool runs(const BenchCodec& codec, ElementType type, const BenchCase& bench) {
  if (codec.peer == nullptr) return true;
  const bool on_cpu = bench.destination == BenchDestination::host;
  return codec.peer->takes(type) && on_cpu == (codec.peer->device == PeerDevice::cpu) &&
         (on_cpu || bench.destination == BenchDestination::device) && bench.max_blocks == 0;
}

}  // namespace splitbench
