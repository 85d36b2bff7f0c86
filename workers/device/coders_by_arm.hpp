#pragma once
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "codec/errors.hpp"
#include "workers/plan/arm.hpp"

namespace splitbench {

/// The coders of a device for the arms that jobs may have: one for raw bytes, one for frames of
/// every kind, and one for each baseline that was announced, since a baseline takes memory.
template <class Coder>
class CodersByArm {
 public:
  using Make = std::function<std::unique_ptr<Coder>(Arm)>;

  CodersByArm(std::span<const Arm> announced, CodecDevice device, const Make& make) {
    coders_.emplace(Arm::raw, make(Arm::raw));
    coders_.emplace(kFrames, make(kFrames));
    for (const Arm arm : announced)
      if (baseline_of(arm) != nullptr && works_on(arm, device)) coders_.emplace(arm, make(arm));
  }

  /// Returns the coder for a job's arm, owned by this object. Throws BadFrame if the arm was not
  /// announced.
  Coder& of(Arm arm) const {
    const auto found = coders_.find(frames(arm) ? kFrames : arm);
    if (found == coders_.end()) throw BadFrame("nobody announced arm " + std::string(name_of(arm)));
    return *found->second;
  }

 private:
  static constexpr Arm kFrames = Arm::bypass;  // stands for all arms with frames

  std::map<Arm, std::unique_ptr<Coder>> coders_;
};

}  // namespace splitbench
