#pragma once
#include <array>
#include <cstddef>
#include <string_view>

namespace splitbench {

enum class PeerDevice { cpu, cuda };

/// A peer as every build knows it, with its library or without.
struct PeerName {
  std::string_view name;  ///< "zstd-1-planes": the library's own name comes first
  PeerDevice device = PeerDevice::cpu;

  /// What goes through the coder are the exponents of bf16 elements; signs and mantissas, which no
  /// coder shrinks, are set apart as they are. Without, the coder sees the elements' bytes.
  constexpr bool planes() const { return name.ends_with("-planes"); }
};

inline constexpr std::array kPeerNames = {
    PeerName{"zstd-huffman-planes"},
    PeerName{"zstd-1"},
    PeerName{"zstd-1-planes"},
    PeerName{"zstd-3"},
    PeerName{"zstd-3-planes"},
    PeerName{"lz4"},
    PeerName{"lz4-planes"},
    PeerName{"nvcomp-ans", PeerDevice::cuda},
    PeerName{"nvcomp-ans-fast", PeerDevice::cuda},
    PeerName{"nvcomp-bitcomp", PeerDevice::cuda},
    PeerName{"nvcomp-bitcomp-planes", PeerDevice::cuda},
    PeerName{"nvcomp-cascaded", PeerDevice::cuda},
    PeerName{"nvcomp-cascaded-planes", PeerDevice::cuda},
    PeerName{"nvcomp-gdeflate", PeerDevice::cuda},
    PeerName{"nvcomp-gdeflate-planes", PeerDevice::cuda},
    PeerName{"nvcomp-gdeflate-huffman-planes", PeerDevice::cuda},
    PeerName{"nvcomp-lz4", PeerDevice::cuda},
    PeerName{"nvcomp-lz4-bitshuffle", PeerDevice::cuda},
    PeerName{"nvcomp-zstd", PeerDevice::cuda},
    PeerName{"nvcomp-zstd-planes", PeerDevice::cuda},
};

}  // namespace splitbench
