#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <optional>
#include <vector>

#include "workloads/traces/rows/foreign_rows.hpp"
#include "workloads/traces/rows/row.hpp"
#include "workloads/traces/utc_time.hpp"

namespace splitbench {
namespace {

bool is_printable(char c) {
  return c >= ' ' && c <= '~';
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

/// The fields of a line, without the quotes and the blanks around them.
class Fields {
 public:
  /// Splits a line, which must outlive the fields. Returns false if a quote is not closed.
  bool split(std::string_view line) {
    fields_.clear();
    unquoted_.clear();
    if (line.find('"') != line.npos) return split_quoted(line);
    for (std::size_t comma; (comma = line.find(',')) != line.npos; line.remove_prefix(comma + 1))
      fields_.push_back(trimmed(line.substr(0, comma)));
    fields_.push_back(trimmed(line));
    return true;
  }

  std::size_t size() const { return fields_.size(); }
  std::string_view operator[](std::size_t i) const { return fields_[i]; }
  const std::vector<std::string_view>& all() const { return fields_; }

 private:
  /// Two quotes within quotes stand for one.
  bool split_quoted(std::string_view line) {
    unquoted_.reserve(line.size());  // so that views into it stay
    for (bool more = true; more;) {
      const std::size_t blanks = line.find_first_not_of(" \t");
      if (blanks != line.npos && line[blanks] == '"') {
        line.remove_prefix(blanks + 1);
        const std::size_t begin = unquoted_.size();
        for (;; line.remove_prefix(1)) {
          if (line.empty()) return false;
          const bool quote = line.front() == '"';
          if (quote && !line.substr(1).starts_with('"')) break;
          if (quote) line.remove_prefix(1);
          unquoted_ += line.front();
        }
        line.remove_prefix(1);
        fields_.push_back(std::string_view(unquoted_).substr(begin));
        const std::string_view behind = line.substr(0, std::min(line.find(','), line.size()));
        if (!trimmed(behind).empty()) return false;
      } else {
        fields_.push_back(trimmed(line.substr(0, std::min(line.find(','), line.size()))));
      }
      const std::size_t comma = line.find(',');
      more = comma != line.npos;
      if (more) line.remove_prefix(comma + 1);
    }
    return true;
  }

  std::vector<std::string_view> fields_;
  std::string unquoted_;
};

/// Returns the number that the whole text is, if it is one.
template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Time time_from(const TracePlace& place, std::string_view name, std::string_view text,
               const TimeUnit& unit) {
  if (const std::optional<Time> moment = parse_utc(text)) return *moment;
  const std::optional<double> value = number<double>(text);
  const auto nanoseconds = static_cast<double>(unit.nanoseconds);
  if (!value || !(*value >= 0 && *value * nanoseconds <= static_cast<double>(kLatest.count())))
    place.refuse(fmt::format("{} is {}", name, shown(text)),
                 fmt::format("{}, or a time like 2023-11-16 18:17:03.9799600", unit.expected));
  return Time(std::llround(*value * nanoseconds));
}

/// Returns a number of tokens, which some programs write as 300.0.
std::uint64_t tokens_from(const TracePlace& place, std::string_view name, std::string_view text) {
  std::optional<std::uint64_t> value = number<std::uint64_t>(text);
  if (!value && text.find_first_of("eExX") == text.npos) {
    const std::optional<double> written = number<double>(text);
    if (written && *written == std::floor(*written) && *written >= 0 &&
        *written <= static_cast<double>(kMaxTokens))
      value = static_cast<std::uint64_t>(*written);
  }
  if (!value || *value > kMaxTokens)
    place.refuse(fmt::format("{} is {}", name, shown(text)),
                 fmt::format("an integer from 0 to {}", kMaxTokens));
  return *value;
}

std::string_view name_from(const TracePlace& place, std::string_view name, std::string_view text) {
  if (!std::ranges::all_of(text, is_printable))
    place.refuse(fmt::format("{} is {}", name, shown(text)), "printable characters");
  return text;
}

/// A column that means something, and where it is.
struct Column {
  std::size_t index;
  NamedRole name;
};

std::vector<Column> columns_of(const RowShape& shape, const TracePlace& place,
                               std::string_view head, const Fields& names, bool needs_output) {
  std::vector<Column> columns;
  for (const NamedRole& name : shape.names) {
    const auto is_it = [&](std::string_view field) { return same_name(true, field, name.name); };
    const auto found = std::ranges::find_if(names.all(), is_it);
    if (found == names.all().end()) continue;
    if (std::any_of(found + 1, names.all().end(), is_it))
      place.refuse(fmt::format("two columns {}", name.name), "one");
    columns.push_back({static_cast<std::size_t>(found - names.all().begin()), name});
  }
  for (const NamedRole& name : shape.names) {
    const bool needed = name.role == Role::arrival || name.role == Role::input ||
                        (name.role == Role::output && needs_output) ||
                        shape.format == TraceFormat::columns;
    const auto has_role = [&](const Column& column) { return column.name.role == name.role; };
    if (needed && std::ranges::none_of(columns, has_role))
      place.refuse(
          fmt::format("no column {} in {}", name.name, shown(head)),
          fmt::format("the names of columns with commas between them, among them {}", name.name));
  }
  return columns;
}

class CsvRows final : public RowFormat {
 public:
  CsvRows(const TimeUnit& unit, std::vector<Column> columns, std::size_t count)
      : unit_(unit), columns_(std::move(columns)), count_(count) {}

  void read(const TracePlace& place, std::string_view line, Row& row) override {
    if (!fields_.split(line))
      place.refuse(fmt::format("a quote that is not closed in {}", shown(line)),
                   "fields with commas between them");
    if (fields_.size() != count_)
      place.refuse(fmt::format("{} columns in {}", fields_.size(), shown(line)),
                   fmt::format("{} with commas between them", count_));
    for (const Column& column : columns_)
      read_field(place, column.name, fields_[column.index], row);
  }

 private:
  void read_field(const TracePlace& place, const NamedRole& column, std::string_view text,
                  Row& row) const {
    TraceRequest& request = row.request;
    if (text.empty() && column.role == Role::output) return;
    switch (column.role) {
      case Role::input:
      case Role::output:
      case Role::block_tokens:
        return set_tokens(place, column.role, column.name, tokens_from(place, column.name, text),
                          row);
      default:
        break;
    }
    if (text.empty() && column.role != Role::arrival) return;
    row.roles |= 1U << static_cast<unsigned>(column.role);
    switch (column.role) {
      case Role::arrival:
        request.timestamp = time_from(place, column.name, text, unit_);
        break;
      case Role::delay:
        request.delay = time_from(place, column.name, text, unit_);
        break;
      case Role::session:
        request.session = name_from(place, column.name, text);
        break;
      case Role::request:
        request.request_id = name_from(place, column.name, text);
        break;
      default:
        place.refuse(fmt::format("a column {}", column.name),
                     "ids of blocks in files of JSON rows only");
    }
  }

  const TimeUnit& unit_;
  std::vector<Column> columns_;
  std::size_t count_;
  Fields fields_;
};

}  // namespace

std::unique_ptr<RowFormat> make_csv_format(const RowShape& shape, const TimeUnit& unit,
                                           const TracePlace& place, std::string_view head,
                                           bool needs_output) {
  Fields names;
  if (!names.split(head)) place.refuse("a quote that is not closed", "the names of columns");
  return std::make_unique<CsvRows>(unit, columns_of(shape, place, head, names, needs_output),
                                   names.size());
}

std::vector<std::string> names_of_columns(std::string_view head) {
  Fields names;
  names.split(head);
  return {names.all().begin(), names.all().end()};
}

}  // namespace splitbench
