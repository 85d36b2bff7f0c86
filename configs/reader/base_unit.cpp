#include "configs/reader/base_unit.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>

#include "configs/reader/quantity.hpp"

namespace splitbench {
namespace {

std::uint64_t nanoseconds_of(std::string_view text) {
  return static_cast<std::uint64_t>(parse_time(text).count());
}
std::string time_of(std::uint64_t nanoseconds) {
  return format_time(std::chrono::nanoseconds(nanoseconds));
}

template <std::uint64_t (*parse)(std::string_view)>
double whole_number(std::string_view text) {
  return static_cast<double>(parse(text));
}
template <std::string (*format)(std::uint64_t)>
std::string whole_text(double quantity) {
  return format(static_cast<std::uint64_t>(std::llround(quantity)));
}

/// Without what sums and products of decimal fractions leave in the last digits.
template <std::string (*format)(double)>
std::string real_text(double quantity) {
  return format(std::stod(fmt::format("{:.12g}", quantity)));
}

constexpr std::array<BaseUnit, 6> kBaseUnits = {{
    {"bit/s", false, true, 1, whole_number<parse_bandwidth>, whole_text<format_bandwidth>},
    {"bytes", false, true, 1, whole_number<parse_bytes>, whole_text<format_bytes>},
    {"s", false, true, 1e9, whole_number<nanoseconds_of>, whole_text<time_of>},
    {"1/s", false, false, 1, parse_rate, real_text<format_rate>},
    {"count", true, true, 1, whole_number<parse_count>, whole_text<format_in_k>},
    {"ratio", true, false, 1, parse_factor, real_text<format_factor>},
}};

}  // namespace

const BaseUnit* find_base_unit(std::string_view name) {
  const auto found = std::ranges::find(kBaseUnits, name, &BaseUnit::name);
  return found == kBaseUnits.end() ? nullptr : &*found;
}

std::string format_in_k(std::uint64_t count) {
  const bool in_k = count > 0 && count % 1024 == 0;
  return in_k ? format_count(count / 1024) + 'k' : format_count(count);
}

}  // namespace splitbench
