#include "workloads/traces/utc_time.hpp"

#include <algorithm>
#include <string>

namespace splitbench {
namespace {

/// Returns whether `text` has the shape of `pattern`, in which 0 stands for a digit and all else
/// for itself.
bool has_shape(std::string_view text, std::string_view pattern) {
  return std::ranges::equal(text, pattern, [](char c, char wanted) {
    return wanted == '0' ? c >= '0' && c <= '9' : c == wanted;
  });
}

unsigned digits(std::string_view text) {
  unsigned value = 0;
  for (const char c : text) value = value * 10 + static_cast<unsigned>(c - '0');
  return value;
}

std::optional<Time> parse_date(std::string_view text) {
  using namespace std::chrono;
  if (!has_shape(text, "0000-00-00")) return std::nullopt;
  const year_month_day date(year(static_cast<int>(digits(text.substr(0, 4)))),
                            month(digits(text.substr(5, 2))), day(digits(text.substr(8, 2))));
  if (!date.ok() || date.year() < year(1970) || date.year() > year(2096)) return std::nullopt;
  return sys_days(date).time_since_epoch();
}

std::optional<Time> parse_clock(std::string_view text) {
  if (!has_shape(text, "00:00:00")) return std::nullopt;
  const std::chrono::hours hour(digits(text.substr(0, 2)));
  const std::chrono::minutes minute(digits(text.substr(3, 2)));
  const std::chrono::seconds second(digits(text.substr(6, 2)));
  if (hour.count() > 23 || minute.count() > 59 || second.count() > 59) return std::nullopt;
  return hour + minute + second;
}

/// Takes a fraction such as ".9799600" off the front; digits past the ninth do not count.
Time take_fraction(std::string_view& text) {
  if (!text.starts_with('.')) return Time(0);
  const std::size_t end = std::min(text.find_first_not_of("0123456789", 1), text.size());
  std::string fraction(text.substr(1, end - 1));
  fraction.resize(9, '0');
  text.remove_prefix(end);
  return Time(digits(fraction));
}

std::optional<Time> parse_offset(std::string_view text) {
  if (text.empty() || text == "Z") return Time(0);
  if (!has_shape(text, "+00:00") && !has_shape(text, "-00:00")) return std::nullopt;
  const Time offset = std::chrono::hours(digits(text.substr(1, 2))) +
                      std::chrono::minutes(digits(text.substr(4, 2)));
  return text[0] == '-' ? -offset : offset;
}

}  // namespace

std::optional<Time> parse_utc(std::string_view text) {
  if (text.size() < 19 || (text[10] != ' ' && text[10] != 'T')) return std::nullopt;
  const std::optional<Time> date = parse_date(text.substr(0, 10));
  const std::optional<Time> clock = parse_clock(text.substr(11, 8));
  text.remove_prefix(19);
  const Time fraction = take_fraction(text);
  const std::optional<Time> offset = parse_offset(text);
  if (!date || !clock || !offset) return std::nullopt;
  const Time moment = *date + *clock + fraction - *offset;
  if (moment < Time(0)) return std::nullopt;
  return moment;
}

}  // namespace splitbench
