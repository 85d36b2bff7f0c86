#pragma once
#include <algorithm>
#include <array>
#include <cassert>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "codec/codecs.hpp"
#include "codec/element.hpp"
#include "workers/plan/added_codec.hpp"

namespace splitbench {

struct Baseline;

/// The treatment of KV on its way: it is sent as raw bytes, as frames with the codec off (bypass),
/// or encoded by a codec of the table (codec/codecs.hpp), whether or not this program has that
/// codec's library, or by one that the scenario adds; or (automatic) each transfer goes in the way
/// that is estimated to be quickest. A small value, copied freely. An added codec is known by its
/// number in the scenario's list, so who asks for its name has that list.
class Arm {
 public:
  static const Arm raw, bypass, automatic;
  static const Arm splitzip, ranked;  ///< arms of our codecs that tests name

  constexpr Arm() = default;
  /// Makes the arm of one codec. `codec` must be a row of kCodecs, since its index there is stored.
  explicit Arm(const Baseline&) = delete;  ///< a Baseline is a copy of a row
  constexpr explicit Arm(const Codec& codec)
      : way_(Way::codecs), codecs_{static_cast<std::uint8_t>(&codec - kCodecs.data())} {}

  /// Makes the arm of the codec that stands at `index` in the scenario's list of added codecs.
  static constexpr Arm of_added(std::size_t index) {
    assert(index < kMostAddedCodecs);
    Arm arm(Way::added);
    arm.codecs_[0] = static_cast<std::uint8_t>(index);
    return arm;
  }
  /// Returns the arm's number in that list; nothing if its codec is none of those.
  constexpr std::optional<std::size_t> added() const {
    return way_ == Way::added ? std::optional<std::size_t>(codecs_[0]) : std::nullopt;
  }

  /// Returns the codecs of the table as indices into kCodecs, in the order in which they encode;
  /// empty if the arm has none. The span points into the arm.
  constexpr std::span<const std::uint8_t> codecs() const {
    return std::span(codecs_).first(way_ == Way::codecs ? codecs_.size() : 0);
  }

  constexpr auto operator<=>(const Arm&) const = default;

 private:
  enum class Way : std::uint8_t { raw, bypass, codecs, automatic, added };

  constexpr explicit Arm(Way way) : way_(way) {}

  Way way_ = Way::raw;
  std::array<std::uint8_t, 1> codecs_{};  // a lossless codec, or the number of an added one
};

inline constexpr Arm Arm::raw{Way::raw};
inline constexpr Arm Arm::bypass{Way::bypass};
inline constexpr Arm Arm::automatic{Way::automatic};
inline constexpr Arm Arm::splitzip{*find_codec("splitzip")};
inline constexpr Arm Arm::ranked{*find_codec("ranked")};

/// All arms but those of added codecs, in the order in which they are listed to users; baselines
/// come last.
inline constexpr std::array kArms = [] {
  std::array<Arm, 3 + kCodecs.size()> arms{Arm::raw, Arm::bypass};
  auto next = arms.begin() + 2;
  for (const Codec& codec : kOwnCodecs) *next++ = Arm(codec);
  *next++ = Arm::automatic;
  for (const Codec& codec : kBaselines) *next++ = Arm(codec);
  return arms;
}();
/// The arms that need no other library.
inline constexpr std::span kOwnArms = std::span(kArms).first<3 + kOwnCodecs.size()>();

/// Returns the last codec of the arm, whose output crosses the wire; null if the arm has none of
/// the table.
constexpr const Codec* codec_of(Arm arm) {
  return arm.codecs().empty() ? nullptr : &kCodecs[arm.codecs().back()];
}
/// Returns the codec of the arm if it is a baseline; else null.
constexpr const Codec* baseline_of(Arm arm) {
  const Codec* codec = codec_of(arm);
  return codec != nullptr && codec->is_baseline() ? codec : nullptr;
}
/// Returns the codec of the arm if it is one of ours; else null.
constexpr const Codec* own_codec_of(Arm arm) {
  return baseline_of(arm) == nullptr ? codec_of(arm) : nullptr;
}

/// Returns whether the arm's codec is somebody else's, a baseline or an added one: its payloads
/// have no frames, and nothing is known of them but their length.
constexpr bool is_foreign(Arm arm) {
  return baseline_of(arm) != nullptr || arm.added();
}

/// Returns whether a worker whose KV is on this device can run the arm. `added` are the scenario's.
constexpr bool works_on(Arm arm, CodecDevice device, std::span<const AddedCodec> added) {
  if (const auto index = arm.added()) return added[*index].works_on(device);
  return std::ranges::all_of(
      arm.codecs(), [device](std::uint8_t number) { return kCodecs[number].works_on(device); });
}

/// Returns the name of the arm in scenarios and reports. `added` are the scenario's added codecs,
/// which must outlive the text if the arm is one of them.
constexpr std::string_view name_of(Arm arm, std::span<const AddedCodec> added) {
  if (const auto index = arm.added()) return added[*index].name;
  if (const Codec* codec = codec_of(arm)) return codec->name;
  return arm == Arm::raw ? "raw" : arm == Arm::bypass ? "bypass" : "auto";
}
/// Returns the arm of this name, if there is one.
constexpr std::optional<Arm> find_arm(std::string_view name,
                                      std::span<const AddedCodec> added = {}) {
  for (const Arm arm : kArms)
    if (name_of(arm, {}) == name) return arm;
  for (std::size_t i = 0; i < added.size(); ++i)
    if (added[i].name == name) return Arm::of_added(i);
  return std::nullopt;
}

/// Returns whether pieces are sent as frames, each with a coding.
constexpr bool frames(Arm arm) {
  return arm != Arm::raw && !is_foreign(arm);
}
/// Returns the kind of frame that the arm wants for the pieces of a job: stored if none of our
/// codecs encodes them.
constexpr FrameKind kind_of(Arm arm) {
  const Codec* codec = own_codec_of(arm);
  return codec != nullptr ? *codec->frames : FrameKind::stored;
}
/// Returns whether elements are encoded, or may be (automatic).
constexpr bool encodes(Arm arm) {
  return arm != Arm::raw && arm != Arm::bypass;
}

}  // namespace splitbench
