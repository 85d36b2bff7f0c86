#include "configs/keys/link_presets.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "configs/keys/presets.hpp"

namespace splitbench {
namespace {

struct LinkPreset {
  std::string_view name, bandwidth, latency, jitter, efficiency;
};

// Nominal rates are those in use; efficiencies are what transfer engines were seen to reach of
// them. Latencies and jitters are assumed, since nobody who published rates published those: orders
// of magnitude, to be overridden by whoever has measured theirs.
constexpr auto kPresets = std::to_array<LinkPreset>({
    // Two sites 2000 km apart: light takes 5 us a km in fibre. Of 1514 bytes on an Ethernet wire
    // 1448 are TCP's payload, 0.956.
    {"wan-10", "10 Gbit/s", "10 ms", "1 ms", "0.95"},
    // TCP through the kernels of two hosts and a switch or three; the same headers.
    {"dc-25", "25 Gbit/s", "50 us", "20 us", "0.95"},
    // A virtual network between zones. A whole serving stack moved 142 of its NICs' 200 GB/s in
    // transfers of gigabytes: 0.71.
    {"vpc-100", "100 Gbit/s", "500 us", "100 us", "0.7"},
    // A 400 Gbit/s NIC for each GPU, and RDMA from memory to memory: 365 of 400 GB/s in blocks of
    // 1 MiB, 0.91.
    {"gpu-400", "400 Gbit/s", "5 us", "1 us", "0.91"},
});

}  // namespace

std::vector<std::string> link_preset_names() {
  std::vector<std::string> names;
  names.reserve(kPresets.size());
  for (const LinkPreset& preset : kPresets) names.emplace_back(preset.name);
  return names;
}

void apply_link_preset(Settings& settings) {
  const Entry* named = named_preset(settings, "link.preset");
  if (!named) return;
  const auto preset = std::ranges::find(kPresets, named->node.Scalar(), &LinkPreset::name);
  if (preset == kPresets.end()) {  // told when the key itself is read
    settings.faulty.insert("link.bandwidth");
    return;
  }
  const auto set = [&](const std::string& path, std::string_view value) {
    set_by_preset(settings, *named, path, YAML::Node(std::string(value)));
  };
  set("link.bandwidth", preset->bandwidth);
  set("link.latency", preset->latency);
  set("link.jitter", preset->jitter);
  set("link.efficiency", preset->efficiency);
}

}  // namespace splitbench
