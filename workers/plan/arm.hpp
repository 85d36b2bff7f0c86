#pragma once
#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "codec/codecs.hpp"
#include "codec/element.hpp"

namespace splitbench {

struct Baseline;

/// What happens to the KV on its way: it goes as raw bytes, as frames with the codec off, or
/// through codecs of the table (codec/codecs.hpp), whether or not this program has their libraries;
/// or, of each transfer, in whichever way should be quickest.
class Arm {
 public:
  static const Arm raw, bypass, automatic;
  static const Arm splitzip, ranked;  ///< those of our codecs that tests ask for by name

  constexpr Arm() = default;
  /// `codec` is a row of kCodecs.
  explicit Arm(const Baseline&) = delete;  ///< which is a copy of a row
  constexpr explicit Arm(const Codec& codec)
      : way_(Way::codecs), codecs_{static_cast<std::uint8_t>(&codec - kCodecs.data())} {}

  /// The codecs by their numbers in kCodecs, in the order in which they encode.
  constexpr std::span<const std::uint8_t> codecs() const {
    return std::span(codecs_).first(way_ == Way::codecs ? codecs_.size() : 0);
  }

  constexpr auto operator<=>(const Arm&) const = default;

 private:
  enum class Way : std::uint8_t { raw, bypass, codecs, automatic };

  constexpr explicit Arm(Way way) : way_(way) {}

  Way way_ = Way::raw;
  std::array<std::uint8_t, 1> codecs_{};  // a lossless codec
};

inline constexpr Arm Arm::raw{Way::raw};
inline constexpr Arm Arm::bypass{Way::bypass};
inline constexpr Arm Arm::automatic{Way::automatic};
inline constexpr Arm Arm::splitzip{*find_codec("splitzip")};
inline constexpr Arm Arm::ranked{*find_codec("ranked")};

/// All that have names, in the order in which people are told them; baselines come last.
inline constexpr std::array kArms = [] {
  std::array<Arm, 3 + kCodecs.size()> arms{Arm::raw, Arm::bypass};
  auto next = arms.begin() + 2;
  for (const Codec& codec : kOwnCodecs) *next++ = Arm(codec);
  *next++ = Arm::automatic;
  for (const Codec& codec : kBaselines) *next++ = Arm(codec);
  return arms;
}();
/// Those of them that need no other library.
inline constexpr std::span kOwnArms = std::span(kArms).first<3 + kOwnCodecs.size()>();

/// Returns the codec that makes what crosses the wire, the last one of the arm, or null where there
/// is none.
constexpr const Codec* codec_of(Arm arm) {
  return arm.codecs().empty() ? nullptr : &kCodecs[arm.codecs().back()];
}
/// Returns null unless it is a baseline.
constexpr const Codec* baseline_of(Arm arm) {
  const Codec* codec = codec_of(arm);
  return codec != nullptr && codec->is_baseline() ? codec : nullptr;
}
/// Returns null unless it is one of ours.
constexpr const Codec* own_codec_of(Arm arm) {
  return baseline_of(arm) == nullptr ? codec_of(arm) : nullptr;
}

/// Whether a worker with its KV on this device can do what the arm wants.
constexpr bool works_on(Arm arm, CodecDevice device) {
  return std::ranges::all_of(
      arm.codecs(), [device](std::uint8_t number) { return kCodecs[number].works_on(device); });
}

constexpr std::string_view name_of(Arm arm) {
  if (const Codec* codec = codec_of(arm)) return codec->name;
  return arm == Arm::raw ? "raw" : arm == Arm::bypass ? "bypass" : "auto";
}
constexpr std::optional<Arm> find_arm(std::string_view name) {
  for (const Arm arm : kArms)
    if (name_of(arm) == name) return arm;
  return std::nullopt;
}

/// Whether pieces go as frames, each with a coding.
constexpr bool frames(Arm arm) {
  return arm != Arm::raw && baseline_of(arm) == nullptr;
}
/// The frames that an arm wants for the pieces of a job: stored ones where it encodes none itself,
/// or none of ours.
constexpr FrameKind kind_of(Arm arm) {
  const Codec* codec = own_codec_of(arm);
  return codec != nullptr ? *codec->frames : FrameKind::stored;
}
/// Whether elements are encoded, or may be.
constexpr bool encodes(Arm arm) {
  return arm != Arm::raw && arm != Arm::bypass;
}

}  // namespace splitbench
