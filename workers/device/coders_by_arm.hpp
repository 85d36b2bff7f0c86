#pragma once
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>

#include "codec/baselines/baseline.hpp"
#include "codec/errors.hpp"
#include "workers/plan/arm.hpp"

namespace splitbench {

/// Returns what it takes to run a foreign arm: an installed baseline, which lives as long as the
/// program, or the one at the arm's number in `added`, the codecs that the scenario adds. Throws
/// Unavailable where this program lacks the arm's library, std::out_of_range for a number beyond.
inline const Baseline& baseline_of(Arm arm, std::span<const Baseline> added) {
  const auto index = arm.added();
  if (!index) return installed_baseline(codec_of(arm)->name);
  if (*index >= added.size()) throw std::out_of_range("an arm of a codec that nobody has added");
  return added[*index];
}

/// The coders of a device for the arms that jobs may have: one for raw bytes, one for frames of
/// every kind, and one for each foreign codec that was announced, since it takes memory.
template <class Coder>
class CodersByArm {
 public:
  using Make = std::function<std::unique_ptr<Coder>(Arm)>;

  /// Makes the coders. An announced arm whose codec does not work on the device gets none.
  CodersByArm(std::span<const Arm> announced, CodecDevice device, const Make& make) {
    coders_.emplace(Arm::raw, make(Arm::raw));
    coders_.emplace(kFrames, make(kFrames));
    for (const Arm arm : announced)
      if (is_foreign(arm) && (arm.added() || works_on(arm, device, {})))
        coders_.emplace(arm, make(arm));
  }

  /// Returns the coder for a job's arm, owned by this object. Throws BadFrame if the arm was not
  /// announced.
  Coder& of(Arm arm) const {
    const auto found = coders_.find(frames(arm) ? kFrames : arm);
    if (found == coders_.end()) throw BadFrame("nobody announced the job's arm");
    return *found->second;
  }

 private:
  static constexpr Arm kFrames = Arm::bypass;  // stands for all arms with frames

  std::map<Arm, std::unique_ptr<Coder>> coders_;
};

}  // namespace splitbench
