#include "codec/peers/peer.hpp"

#include <array>
#include <iterator>

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

}  // namespace splitbench
