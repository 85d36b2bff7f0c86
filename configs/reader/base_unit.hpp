#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace splitbench {

/// How quantities of one base unit are written and counted with. Its names are those that reports
/// use: "bit/s", "bytes", "s", "1/s", "count", "ratio".
struct BaseUnit {
  std::string_view name;
  bool stands_alone;       ///< a number without a unit is a value
  bool whole;              ///< only whole numbers of the smallest unit can be stored
  double smallest_in_one;  ///< of the smallest units in one base unit: 1e9 ns in 1 s
  double (*parse)(std::string_view text);  ///< to smallest units; throws BadQuantity
  std::string (*format)(double quantity);  ///< of smallest units
};

/// Null where no key has quantities of this unit.
const BaseUnit* find_base_unit(std::string_view name);

/// As people write lengths: 8192 is 8k.
std::string format_in_k(std::uint64_t count);

}  // namespace splitbench
