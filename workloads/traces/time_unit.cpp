#include "workloads/traces/time_unit.hpp"

#include <algorithm>
#include <array>

namespace splitbench {
namespace {

constexpr std::array kUnits = {&kSeconds, &kMilliseconds, &kMicroseconds, &kNanoseconds};

}  // namespace

const TimeUnit* time_unit_named(std::string_view name) {
  const auto found = std::ranges::find(kUnits, name, &TimeUnit::name);
  return found == kUnits.end() ? nullptr : *found;
}

}  // namespace splitbench
