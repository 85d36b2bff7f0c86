#include "codec/baselines/peer.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <fmt/format.h>
#include <iterator>

#include "codec/errors.hpp"

namespace splitbench {
namespace {

#ifdef SPLITBENCH_ZSTD
constexpr bool kZstd = true;
#else
constexpr bool kZstd = false;
#endif

#ifdef SPLITBENCH_LZ4
constexpr bool kLz4 = true;
#else
constexpr bool kLz4 = false;
#endif

#ifdef SPLITBENCH_NVCOMP
constexpr bool kNvcomp = true;
#else
constexpr bool kNvcomp = false;
#endif

std::vector<Peer> gather() {
  std::vector<Peer> all;
  [[maybe_unused]] const auto add = [&](std::vector<Peer> peers) {
    std::ranges::move(peers, std::back_inserter(all));
  };
#ifdef SPLITBENCH_ZSTD
  add(zstd_peers());
#endif
#ifdef SPLITBENCH_LZ4
  add(lz4_peers());
#endif
#ifdef SPLITBENCH_NVCOMP
  add(nvcomp_peers());
#endif
  return all;
}

}  // namespace

const std::vector<Peer>& installed_peers() {
  static const std::vector<Peer> kPeers = gather();
  return kPeers;
}

const Peer* find_peer(std::string_view name) {
  const auto found = std::ranges::find(installed_peers(), name, &Peer::name);
  return found == installed_peers().end() ? nullptr : &*found;
}

const Peer& installed_peer(std::string_view name) {
  if (const Peer* peer = find_peer(name)) return *peer;
  const PeerLibrary& library = library_of(name);
  throw Unavailable(fmt::format("{}: this program was built without {}: {}", name, library.name,
                                library.how_to_get));
}

std::span<const PeerLibrary> peer_libraries() {
  static constexpr std::array kLibraries = {
      PeerLibrary{"zstd", kZstd, "install libzstd-dev and configure anew"},
      PeerLibrary{"lz4", kLz4, "install liblz4-dev and configure anew"},
      PeerLibrary{
          "nvcomp", kNvcomp,
          "pip install nvidia-libnvcomp-cu13 (or -cu12, as your CUDA is) and configure anew "
          "with -DNVCOMP_ROOT=SITE-PACKAGES/nvidia/libnvcomp"}};
  return kLibraries;
}

const PeerLibrary& library_of(std::string_view peer) {
  const auto libraries = peer_libraries();
  const auto found = std::ranges::find_if(
      libraries, [&](const PeerLibrary& library) { return peer.starts_with(library.name); });
  assert(found != libraries.end());
  return *found;
}

}  // namespace splitbench
