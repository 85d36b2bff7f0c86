#include "configs/reader/quantity.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <span>
#include <vector>

#include "configs/reader/words.hpp"

namespace splitbench {

namespace {

/// A unit; one of it is multiple * 10^exponent of the base unit.
struct Unit {
  std::string_view name;
  int exponent = 0;
  std::uint64_t multiple = 1;
};

struct Quantity {
  std::string_view noun;
  std::string_view example;
  std::span<const Unit> units;  ///< decimal units ascending; a name that is only read comes after
                                ///< the one that is written
};

constexpr std::uint64_t kKi = 1024;
constexpr auto kBandwidthUnits = std::to_array<Unit>(
    {{"bit/s", 0}, {"kbit/s", 3}, {"Mbit/s", 6}, {"Gbit/s", 9}, {"Tbit/s", 12}});
constexpr auto kByteUnits = std::to_array<Unit>({{"B", 0},
                                                 {"kB", 3},
                                                 {"MB", 6},
                                                 {"GB", 9},
                                                 {"TB", 12},
                                                 {"KiB", 0, kKi},
                                                 {"MiB", 0, kKi* kKi},
                                                 {"GiB", 0, kKi* kKi* kKi},
                                                 {"TiB", 0, kKi* kKi* kKi* kKi}});
constexpr auto kCountUnits = std::to_array<Unit>({{"", 0}, {"k", 0, kKi}, {"M", 0, kKi* kKi}});
constexpr auto kTimeUnits =
    std::to_array<Unit>({{"ns", 0}, {"us", 3}, {"ms", 6}, {"s", 9}, {"min", 9, 60}});
constexpr auto kRateUnits = std::to_array<Unit>({{"/s", 0}, {"req/s", 0}});
constexpr auto kFactorUnits = std::to_array<Unit>({{"", 0}});
constexpr auto kThroughputUnits =
    std::to_array<Unit>({{"B/s", 0}, {"kB/s", 3}, {"MB/s", 6}, {"GB/s", 9}, {"TB/s", 12}});
constexpr auto kFlopsUnits = std::to_array<Unit>(
    {{"FLOP/s", 0}, {"MFLOP/s", 6}, {"GFLOP/s", 9}, {"TFLOP/s", 12}, {"PFLOP/s", 15}});
constexpr auto kSecondUnits = std::to_array<Unit>({{"ns", -9}, {"us", -6}, {"ms", -3}, {"s", 0}});
constexpr auto kParameterUnits = std::to_array<Unit>({{"M", 6}, {"B", 9}});

constexpr Quantity kBandwidth{"a bandwidth", "25 Gbit/s", kBandwidthUnits};
constexpr Quantity kBytes{"a size", "64 MB", kByteUnits};
constexpr Quantity kCount{"a count", "512 or 8k", kCountUnits};
constexpr Quantity kTime{"a time", "100 us", kTimeUnits};
constexpr Quantity kRate{"a rate", "4 /s", kRateUnits};
constexpr Quantity kFactor{"a number", "0.5", kFactorUnits};
constexpr Quantity kThroughput{"a throughput", "55 GB/s", kThroughputUnits};
constexpr Quantity kFlops{"a compute rate", "600 TFLOP/s", kFlopsUnits};
constexpr Quantity kSeconds{"a time", "10 us", kSecondUnits};
constexpr Quantity kParameters{"a number of parameters", "8.03 B", kParameterUnits};

/// The exact number digits * 10^exponent, between text and value. It has no leading or trailing
/// zeros; zero is "0".
struct Decimal {
  std::string digits;
  int exponent = 0;
};

Decimal normalized(Decimal decimal) {
  decimal.digits.erase(0, decimal.digits.find_first_not_of('0'));
  while (decimal.digits.ends_with('0')) {
    decimal.digits.pop_back();
    ++decimal.exponent;
  }
  return decimal.digits.empty() ? Decimal{"0", 0} : decimal;
}

std::string unit_names(const Quantity& quantity) {
  std::vector<std::string> names;
  for (const Unit& unit : quantity.units) {
    if (!unit.name.empty()) names.emplace_back(unit.name);
  }
  return one_of(names);
}

[[noreturn]] void refuse(std::string_view text, std::string_view why, const Quantity& quantity) {
  throw BadQuantity(
      fmt::format("'{}' {}; expected {} such as {}", text, why, quantity.noun, quantity.example));
}

struct Parsed {
  Decimal number;
  Unit unit;
};

Parsed parse(std::string_view text, const Quantity& quantity) {
  constexpr std::string_view kDigits = "0123456789";
  const auto digits_at = [&](std::size_t from) {
    return std::min(text.find_first_not_of(kDigits, from), text.size()) - from;
  };
  text = trimmed(text);
  if (text.starts_with('-') && digits_at(1) > 0) refuse(text, "is negative", quantity);

  const std::size_t whole = digits_at(0);
  if (whole == 0) refuse(text, "is no number", quantity);
  if (whole > 1 && text.starts_with('0')) refuse(text, "has a leading zero", quantity);
  const bool point = whole < text.size() && text[whole] == '.';
  const std::size_t fraction = point ? digits_at(whole + 1) : 0;
  if (point && fraction == 0) refuse(text, "is no number", quantity);

  const std::size_t end = whole + point + fraction;
  const std::string_view name = trimmed(text.substr(end));
  const auto digits = std::string(text.substr(0, whole)) +
                      std::string(point ? text.substr(whole + 1, fraction) : "");
  for (const Unit& unit : quantity.units) {
    if (unit.name == name) return {normalized({digits, -static_cast<int>(fraction)}), unit};
  }
  if (name.empty()) refuse(text, "has no unit", quantity);
  const std::string known = unit_names(quantity);
  refuse(text,
         known.empty() ? fmt::format("has a unit, '{}'", name)
                       : fmt::format("has the unknown unit '{}', not {}", name, known),
         quantity);
}

std::uint64_t parse_whole(std::string_view text, const Quantity& quantity, std::uint64_t limit) {
  const Parsed parsed = parse(text, quantity);
  const std::string& digits = parsed.number.digits;
  int exponent = parsed.number.exponent + parsed.unit.exponent;
  if (static_cast<int>(digits.size()) + exponent > 20) refuse(text, "is too large", quantity);
  if (digits.size() > 20) refuse(text, "has more digits than can be kept", quantity);

  unsigned __int128 value = 0;  // 20 digits have 67 bits, a multiple at most 41
  for (const char digit : digits) value = value * 10 + static_cast<unsigned>(digit - '0');
  value *= parsed.unit.multiple;
  for (; exponent < 0; ++exponent, value /= 10) {
    if (value % 10 != 0) {
      const std::string_view base = quantity.units.front().name;
      refuse(text, fmt::format("is no whole number{}{}", base.empty() ? "" : " of ", base),
             quantity);
    }
  }
  for (; exponent > 0; --exponent) value *= 10;
  if (value > limit) refuse(text, "is too large", quantity);
  return static_cast<std::uint64_t>(value);
}

double parse_real(std::string_view text, const Quantity& quantity) {
  const Parsed parsed = parse(text, quantity);
  assert(parsed.unit.multiple == 1);
  const std::string scaled =
      fmt::format("{}e{}", parsed.number.digits, parsed.number.exponent + parsed.unit.exponent);
  double value = 0;
  const auto result = std::from_chars(scaled.data(), scaled.data() + scaled.size(), value);
  if (result.ec != std::errc{}) refuse(text, "is out of range", quantity);
  return value;
}

std::string format(const Decimal& value, const Quantity& quantity) {
  const int magnitude = value.exponent + static_cast<int>(value.digits.size()) - 1;
  const Unit* unit = &quantity.units.front();  // the largest decimal one that leaves a whole part
  for (const Unit& candidate : quantity.units) {
    const bool larger = candidate.exponent > unit->exponent && candidate.multiple == 1;
    if (larger && candidate.exponent <= magnitude) unit = &candidate;
  }

  std::string number = value.digits;
  const int shift = value.digits == "0" ? 0 : value.exponent - unit->exponent;
  if (shift > 0) number.append(static_cast<std::size_t>(shift), '0');
  if (shift < 0) {
    const auto decimals = static_cast<std::size_t>(-shift);
    if (number.size() <= decimals) number.insert(0, decimals + 1 - number.size(), '0');
    number.insert(number.size() - decimals, 1, '.');
  }
  return unit->name.empty() ? number : fmt::format("{} {}", number, unit->name);
}

std::string format_whole(std::uint64_t value, const Quantity& quantity) {
  return format(normalized({std::to_string(value), 0}), quantity);
}

std::string format_real(double value, const Quantity& quantity) {
  assert(std::isfinite(value) && value >= 0);
  std::array<char, 32> text;  // shortest scientific form: d.ddde+xx
  const auto end = std::to_chars(text.begin(), text.end(), value, std::chars_format::scientific);
  const std::string_view shortest(text.begin(), end.ptr);
  const auto e = shortest.find('e');
  std::string digits(shortest.substr(0, e));
  std::erase(digits, '.');
  const int exponent =
      std::stoi(std::string(shortest.substr(e + 1))) - static_cast<int>(digits.size()) + 1;
  return format(normalized({digits, exponent}), quantity);
}

constexpr std::uint64_t kAny = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kLongestTime = std::numeric_limits<std::chrono::nanoseconds::rep>::max();

}  // namespace

std::uint64_t parse_bandwidth(std::string_view text) {
  return parse_whole(text, kBandwidth, kAny);
}
std::uint64_t parse_bytes(std::string_view text) {
  return parse_whole(text, kBytes, kAny);
}
std::uint64_t parse_count(std::string_view text) {
  return parse_whole(text, kCount, kAny);
}
std::chrono::nanoseconds parse_time(std::string_view text) {
  return std::chrono::nanoseconds(parse_whole(text, kTime, kLongestTime));
}

std::string format_bandwidth(std::uint64_t value) {
  return format_whole(value, kBandwidth);
}
std::string format_bytes(std::uint64_t bytes) {
  return format_whole(bytes, kBytes);
}
std::string format_count(std::uint64_t count) {
  return format_whole(count, kCount);
}
std::string format_time(std::chrono::nanoseconds time) {
  assert(time.count() >= 0);
  return format_whole(static_cast<std::uint64_t>(time.count()), kTime);
}

double parse_rate(std::string_view text) {
  return parse_real(text, kRate);
}
double parse_factor(std::string_view text) {
  return parse_real(text, kFactor);
}
double parse_throughput(std::string_view text) {
  return parse_real(text, kThroughput);
}
double parse_flops(std::string_view text) {
  return parse_real(text, kFlops);
}
double parse_seconds(std::string_view text) {
  return parse_real(text, kSeconds);
}
double parse_parameters(std::string_view text) {
  return parse_real(text, kParameters);
}

std::string format_rate(double per_second) {
  return format_real(per_second, kRate);
}
std::string format_factor(double factor) {
  return format_real(factor, kFactor);
}
std::string format_throughput(double value) {
  return format_real(value, kThroughput);
}
std::string format_flops(double flops) {
  return format_real(flops, kFlops);
}
std::string format_seconds(double seconds) {
  return format_real(seconds, kSeconds);
}
std::string format_parameters(double value) {
  return format_real(value, kParameters);
}

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

/// Formats a quantity without the last digits, in which sums and products of decimal fractions
/// leave rounding errors.
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
