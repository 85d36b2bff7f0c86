#pragma once
#include <string>
#include <string_view>

#include "reports/report.hpp"

namespace splitbench {

/// Whether everything that an arm of this name sends has been through a codec, always the same one:
/// so its figures are that codec's.
constexpr bool is_codec_arm(std::string_view arm) {
  return arm != "raw" && arm != "bypass" && arm != "auto";
}

/// The arm that answers are about: splitzip where it is there, else the first that is a codec's.
/// Empty where there is none.
std::string answered_arm(const Report& report);

}  // namespace splitbench
