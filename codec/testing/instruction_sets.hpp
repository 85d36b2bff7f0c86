#pragma once
#include <cstdint>
#include <hwy/targets.h>
#include <vector>

namespace splitbench {

/// Switches off all other instruction sets while it lives.
class OnlyInstructionSet {
 public:
  explicit OnlyInstructionSet(std::int64_t target) { choose(target); }
  ~OnlyInstructionSet() { choose(0); }
  OnlyInstructionSet(const OnlyInstructionSet&) = delete;
  OnlyInstructionSet& operator=(const OnlyInstructionSet&) = delete;

 private:
  static void choose(std::int64_t targets) {
    hwy::SetSupportedTargetsForTest(targets);
    hwy::GetChosenTarget().DeInit();
  }
};

/// Returns the instruction sets that this machine has and this program was compiled for, the widest
/// first.
inline std::vector<std::int64_t> instruction_sets() {
  std::vector<std::int64_t> sets;
  const std::int64_t compiled_and_there = hwy::SupportedTargets() & HWY_TARGETS;
  for (std::int64_t bit = 1; bit > 0 && bit <= compiled_and_there; bit <<= 1) {
    if (compiled_and_there & bit) sets.push_back(bit);
  }
  return sets;
}

}  // namespace splitbench
