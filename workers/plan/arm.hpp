#pragma once
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "codec/baselines/peer_names.hpp"
#include "codec/element.hpp"

namespace splitbench {

/// What happens to the KV on its way: raw bytes, frames with the codec off, frames of either codec,
/// or, of each transfer, whatever should be quickest. Behind these come the peers, in the order of
/// kPeerNames, whether or not this program has their libraries.
enum class Arm : std::uint8_t { raw, bypass, splitzip, ranked, automatic };
inline constexpr std::array<std::string_view, 5> kArmNames = {"raw", "bypass", "splitzip", "ranked",
                                                              "auto"};

constexpr bool is_peer(Arm arm) {
  return static_cast<std::size_t>(arm) >= kArmNames.size();
}
constexpr Arm peer_arm(std::size_t number) {
  return static_cast<Arm>(kArmNames.size() + number);
}
constexpr const PeerName& peer_of(Arm arm) {
  assert(is_peer(arm));
  return kPeerNames[static_cast<std::size_t>(arm) - kArmNames.size()];
}

constexpr bool is_peer_of(Arm arm, PeerDevice device) {
  return is_peer(arm) && peer_of(arm).device == device;
}

constexpr std::string_view name_of(Arm arm) {
  return is_peer(arm) ? peer_of(arm).name : kArmNames[static_cast<std::size_t>(arm)];
}
constexpr std::optional<Arm> find_arm(std::string_view name) {
  for (std::size_t i = 0; i < kArmNames.size() + kPeerNames.size(); ++i)
    if (const Arm arm{static_cast<std::uint8_t>(i)}; name_of(arm) == name) return arm;
  return std::nullopt;
}

/// Whether pieces go as frames, each with a coding.
constexpr bool frames(Arm arm) {
  return arm != Arm::raw && !is_peer(arm);
}
/// The frames that an arm wants for the pieces of a job: stored ones where it encodes none itself,
/// or none of ours.
constexpr FrameKind kind_of(Arm arm) {
  return arm == Arm::splitzip ? FrameKind::splitzip
         : arm == Arm::ranked ? FrameKind::ranked
                              : FrameKind::stored;
}
/// Whether elements are encoded, or may be.
constexpr bool encodes(Arm arm) {
  return arm != Arm::raw && arm != Arm::bypass;
}

}  // namespace splitbench
