#include "workloads/traces/rows/foreign_rows.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "workloads/traces/json_fields.hpp"

namespace splitbench {
namespace {

constexpr std::size_t kMaxShown = 40;

/// A kind of file that cannot be read as a trace, by a name in its first object.
struct Foreign {
  std::string_view name;
  std::string_view found;
  std::string_view expected;
};
constexpr std::string_view kTokens =
    "numbers of tokens: count them with the model's tokenizer, and give input_length and "
    "output_length";
constexpr std::array kForeign = {
    Foreign{"text_input", "text_input, a prompt as text,", kTokens},
    Foreign{"messages", "messages, a prompt as text,", kTokens},
    Foreign{"conversations", "conversations of texts, as ShareGPT has them,", kTokens},
    Foreign{"input", "input, a prompt as text as LMCache's traces have it,", kTokens},
    Foreign{"prompt", "prompt, a prompt as text,", kTokens},
};

/// Returns the names outside of objects within objects, as many as a message has room for.
std::string listed(std::span<const std::string> names) {
  constexpr std::size_t kMost = 12;
  std::vector<std::string> outer;
  for (const std::string& name : names)
    if (name.find('.') == name.npos) outer.push_back(shown(name));
  const bool more = outer.size() > kMost;
  if (more) outer.resize(kMost);
  return fmt::format("{}{}", fmt::join(outer, ", "), more ? ", ..." : "");
}

bool are_distributions(std::span<const std::string> names) {
  return std::ranges::any_of(
      names, [](const std::string& name) { return name.ends_with(".input_tokens"); });
}

}  // namespace

std::string shown(std::string_view text) {
  std::string plain;
  for (const char c : text.substr(0, kMaxShown)) plain += c >= ' ' && c <= '~' ? c : '?';
  return fmt::format("\"{}\"{}", plain, text.size() > kMaxShown ? "..." : "");
}

void refuse_unknown(const TracePlace& place, bool is_csv, std::string_view record,
                    std::span<const std::string> names) {
  if (record.starts_with("version https://git-lfs"))
    place.refuse("a Git LFS pointer, not the file itself",
                 "the data, which `git lfs pull` brings into a clone");
  if (record.starts_with("\xff\xfe") || record.starts_with("\xfe\xff") ||
      record.find('\0') != record.npos)
    place.refuse(record.starts_with("PAR1") ? "a Parquet file" : "bytes that are no UTF-8 text",
                 "a text of CSV or JSON in UTF-8, compressed with gzip, xz or zstd or not");
  if (is_csv && record.find('\t') != record.npos && record.find(',') == record.npos)
    place.refuse(fmt::format("tabs between the names in {}", shown(record)),
                 "commas between columns");
  if (is_csv && record.find(';') != record.npos && record.find(',') == record.npos)
    place.refuse(fmt::format("semicolons between the names in {}", shown(record)),
                 "commas between columns, and points in numbers");
  for (const Foreign& foreign : kForeign)
    if (!is_csv && std::ranges::find(names, foreign.name) != names.end())
      place.refuse(fmt::format("{} and no input_length", foreign.found), foreign.expected);
  if (!is_csv && are_distributions(names))
    place.refuse("distributions of lengths, as ServeGen has them for windows of time",
                 "requests; workload.context and workload.output take distributions");
  if (record.starts_with('{') && names.empty()) {
    simdjson::dom::parser parser;
    parse_object(place, parser, record, "one JSON object of a request, with its time and lengths");
  }
  if (names.empty())
    place.refuse(fmt::format("a first record {} of no trace that is known", shown(record)),
                 "a JSON object, or the names of columns with commas between them");
  const std::string found = is_csv ? fmt::format("columns {}", listed(names))
                                   : fmt::format("an object with {}", listed(names));
  place.refuse(fmt::format("{} of no trace that is known", found),
               fmt::format("one of {}; else say what they mean with --column "
                           "arrival=NAME,input=NAME,output=NAME,unit=s (in a scenario "
                           "workload.columns)",
                           known_shapes(is_csv)));
}

void refuse_missing(const TracePlace& place, const RowShape& shape, Role role) {
  const std::string_view name = name_of_role(shape, role);
  std::string expected = fmt::format("an integer from 1 to {}", kMaxTokens);
  if (role == Role::output)
    expected +=
        "; --output-tokens (in a scenario workload.output) says how many, where rows do not";
  place.refuse(fmt::format("{} is missing", name), expected);
}

std::string_view name_of_role(const RowShape& shape, Role role) {
  const auto found = std::ranges::find(shape.names, role, &NamedRole::role);
  if (found != shape.names.end()) return found->name;
  return role == Role::output ? "output" : "input";
}

}  // namespace splitbench
