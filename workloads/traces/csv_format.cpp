#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <vector>

#include "workloads/traces/line_source.hpp"
#include "workloads/traces/utc_time.hpp"

namespace splitbench {
namespace {

constexpr std::size_t kMaxQuotation = 40;

bool is_printable(char c) {
  return c >= ' ' && c <= '~';
}

std::string quoted(std::string_view text) {
  std::string quotation;
  for (const char c : text.substr(0, kMaxQuotation)) quotation += is_printable(c) ? c : '?';
  return fmt::format("\"{}\"{}", quotation, text.size() > kMaxQuotation ? "..." : "");
}

void split(std::string_view line, std::vector<std::string_view>& fields) {
  fields.clear();
  for (std::size_t comma; (comma = line.find(',')) != line.npos; line.remove_prefix(comma + 1))
    fields.push_back(line.substr(0, comma));
  fields.push_back(line);
}

/// Returns the index of the column with that name, if there is one. Throws InputError if there are
/// two.
std::optional<std::size_t> column(const TracePlace& place,
                                  const std::vector<std::string_view>& head,
                                  std::string_view name) {
  const auto found = std::ranges::find(head, name);
  if (found == head.end()) return std::nullopt;
  if (std::find(found + 1, head.end(), name) != head.end())
    place.refuse(fmt::format("two columns {}", name), "one");
  return static_cast<std::size_t>(found - head.begin());
}

/// The indices of the columns of a trace, and their number.
struct Columns {
  std::size_t timestamp, input, output, count;
  std::optional<std::size_t> session;
};

struct Names {
  std::string_view timestamp, input, output, session;
};
constexpr Names kAzure{"TIMESTAMP", "ContextTokens", "GeneratedTokens", ""};
constexpr Names kBurstGpt{"Timestamp", "Request tokens", "Response tokens", "Session ID"};

Columns columns_of(const Names& names, const TracePlace& place, std::string_view head) {
  std::vector<std::string_view> all;
  split(head, all);
  const auto required = [&](std::string_view name) {
    if (const auto found = column(place, all, name)) return *found;
    place.refuse(fmt::format("no column {} in {}", name, quoted(head)),
                 fmt::format("the names of columns with commas between them, among them {}, {}, {}",
                             names.timestamp, names.input, names.output));
  };
  return {.timestamp = required(names.timestamp),
          .input = required(names.input),
          .output = required(names.output),
          .count = all.size(),
          .session = column(place, all, names.session)};
}

/// Returns the number that the whole text is, if it is one.
template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Time seconds_from(const TracePlace& place, std::string_view name, std::string_view text) {
  const std::optional<double> value = number<double>(text);
  if (!value || !(*value >= 0 && *value <= 4e9))
    place.refuse(fmt::format("{} is {}", name, quoted(text)), "seconds from 0 to 4e9");
  return Time(std::llround(*value * 1e9));
}

Time time_from(const TracePlace& place, std::string_view name, std::string_view text) {
  const std::optional<Time> value = parse_utc(text);
  if (!value)
    place.refuse(fmt::format("{} is {}", name, quoted(text)),
                 "a time like 2023-11-16 18:17:03.9799600");
  return *value;
}

std::uint64_t tokens_from(const TracePlace& place, std::string_view name, std::string_view text,
                          std::uint64_t lowest) {
  const std::optional<std::uint64_t> value = number<std::uint64_t>(text);
  if (!value || *value < lowest || *value > kMaxTokens)
    place.refuse(fmt::format("{} is {}", name, quoted(text)),
                 fmt::format("an integer from {} to {}", lowest, kMaxTokens));
  return *value;
}

std::string_view name_from(const TracePlace& place, std::string_view name, std::string_view text) {
  if (!std::ranges::all_of(text, is_printable))
    place.refuse(fmt::format("{} is {}", name, quoted(text)), "printable characters");
  return text;
}

class CsvFormat final : public LineFormat {
 public:
  CsvFormat(const Names& names, const Columns& columns) : names_(names), columns_(columns) {}

  bool read(const TracePlace& place, std::string_view line, TraceRequest& request) override {
    split(line, fields_);
    if (fields_.size() != columns_.count)
      place.refuse(fmt::format("{} columns in {}", fields_.size(), quoted(line)),
                   fmt::format("{} with commas between them", columns_.count));
    const std::string_view time = fields_[columns_.timestamp];
    const bool azure = &names_ == &kAzure;
    request.timestamp = azure ? time_from(place, names_.timestamp, time)
                              : seconds_from(place, names_.timestamp, time);
    request.input_tokens = tokens_from(place, names_.input, fields_[columns_.input], azure ? 1 : 0);
    request.output_tokens =
        tokens_from(place, names_.output, fields_[columns_.output], azure ? 1 : 0);
    if (columns_.session)
      request.session = name_from(place, names_.session, fields_[*columns_.session]);
    return request.output_tokens > 0 && request.input_tokens > 0;
  }

 private:
  const Names& names_;
  Columns columns_;
  std::vector<std::string_view> fields_;
};

}  // namespace

std::unique_ptr<LineFormat> make_csv_format(TraceFormat format, const TracePlace& place,
                                            std::string_view head) {
  const Names& names = format == TraceFormat::azure ? kAzure : kBurstGpt;
  return std::make_unique<CsvFormat>(names, columns_of(names, place, head));
}

}  // namespace splitbench
