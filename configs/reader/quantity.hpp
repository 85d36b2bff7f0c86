#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "workloads/input_error.hpp"

namespace splitbench {

// Numbers with units, as people write them: `25 Gbit/s`, `1.5 ms`. Decimal text is read exactly
// (0.1 Gbit/s is 100,000,000 bit/s), and format_x is the inverse of parse_x for every value that
// can be stored. The space before the unit may be left out; a zero needs its unit as well. All
// functions may be called from any thread.

/// The exception of every parse_x for any other text: no unit or an unknown one, a sign, NaN, an
/// exponent, a leading zero, too large, finer than the base unit. Its text names what was found and
/// what was expected, with an example.
class BadQuantity : public InputError {
 public:
  using InputError::InputError;
};

// These return exact whole numbers of the base unit.
std::uint64_t parse_bandwidth(std::string_view text);  ///< bit/s, from `25 Gbit/s`
std::uint64_t parse_bytes(std::string_view text);      ///< bytes, from `64 MB` or `64 MiB`
std::uint64_t parse_count(std::string_view text);  ///< count: `512`, `8k`; k is 1024, M is 1024k
std::chrono::nanoseconds parse_time(std::string_view text);  ///< time: `100 us`, `30 s`, `2 min`

std::string format_bandwidth(std::uint64_t bits_per_second);
std::string format_bytes(std::uint64_t bytes);           ///< decimal units
std::string format_count(std::uint64_t count);           ///< plain digits
std::string format_time(std::chrono::nanoseconds time);  ///< `time` must not be negative

// These return the double nearest to the text; finite and not negative.
double parse_rate(std::string_view text);        ///< per second, from `4 /s` or `4 req/s`
double parse_factor(std::string_view text);      ///< a number without unit: `0.5`
double parse_throughput(std::string_view text);  ///< bytes/s, from `55 GB/s`
double parse_flops(std::string_view text);       ///< FLOP/s, from `600 TFLOP/s`
double parse_seconds(std::string_view text);     ///< seconds, from `10 us`
double parse_parameters(std::string_view text);  ///< count: `8.03 B` (1e9), `940 M` (1e6)

std::string format_rate(double per_second);
std::string format_factor(double factor);
std::string format_throughput(double bytes_per_second);
std::string format_flops(double flops);
std::string format_seconds(double seconds);
std::string format_parameters(double parameters);

/// The way in which quantities of one base unit are written and computed with. Names are those that
/// reports use: "bit/s", "bytes", "s", "1/s", "count", "ratio".
struct BaseUnit {
  std::string_view name;
  bool stands_alone;       ///< a number without a unit is a value
  bool whole;              ///< only whole numbers of the smallest unit can be stored
  double smallest_in_one;  ///< smallest units in one base unit: 1e9 ns in 1 s
  double (*parse)(std::string_view text);  ///< returns smallest units; throws BadQuantity
  std::string (*format)(double quantity);  ///< takes smallest units
};

/// Returns the base unit of that name, which lives as long as the program; null if no key has
/// quantities of this unit.
const BaseUnit* find_base_unit(std::string_view name);

/// Returns a count as people write lengths: 8192 is 8k.
std::string format_in_k(std::uint64_t count);

}  // namespace splitbench
