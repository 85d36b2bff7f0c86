#include "workloads/traces/rows/row_shape.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <ranges>

#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr NamedRole kOurs[] = {{"timestamp_ns", Role::arrival},
                               {"input_tokens", Role::input},
                               {"output_tokens", Role::output},
                               {"session", Role::session},
                               {"request_id", Role::request},
                               {"wait_for", Role::wait_for},
                               {"delay_ns", Role::delay},
                               {"prefix_reset", Role::reset},
                               {"prefix_of", Role::prefix_of},
                               {"prefix_tokens", Role::prefix_tokens},
                               {"answer_tokens", Role::answer_tokens},
                               {"block_tokens", Role::block_tokens},
                               {"hash_ids", Role::ids}};

// Mooncake's, its extensions, and the names that recorders of other projects give the same.
constexpr NamedRole kMooncake[] = {{"timestamp", Role::arrival},
                                   {"input_length", Role::input},
                                   {"output_length", Role::output},
                                   {"hash_ids", Role::ids},
                                   {"session_id", Role::session},
                                   {"request_id", Role::request},
                                   {"wait_for", Role::wait_for},
                                   {"delay", Role::delay},
                                   {"delay_ms", Role::delay, &kMilliseconds},
                                   {"tool_wait_ms", Role::tool_wait, &kMilliseconds},
                                   {"prefix_reset", Role::reset},
                                   {"created_time", Role::arrival},
                                   {"timestamp_ms", Role::arrival, &kMilliseconds},
                                   {"input_tokens", Role::input},
                                   {"output_tokens", Role::output},
                                   {"prompt_tokens", Role::input},
                                   {"completion_tokens", Role::output},
                                   {"session", Role::session},
                                   {"block_size", Role::block_tokens},
                                   {"block_tokens", Role::block_tokens}};

constexpr NamedRole kBailian[] = {
    {"timestamp", Role::arrival}, {"input_length", Role::input}, {"output_length", Role::output},
    {"hash_ids", Role::ids},      {"chat_id", Role::chat},       {"parent_chat_id", Role::parent}};

constexpr NamedRole kLlmServingSim[] = {
    {"arrival_time_ns", Role::arrival}, {"input_toks", Role::input}, {"output_toks", Role::output}};

constexpr NamedRole kDynamo[] = {{"request.request_received_ms", Role::arrival, &kMilliseconds},
                                 {"event_time_unix_ms", Role::arrival, &kMilliseconds},
                                 {"request.replay.input_length", Role::input},
                                 {"request.output_tokens", Role::output},
                                 {"request.request_id", Role::request},
                                 {"request.session_id", Role::session},
                                 {"request.replay.trace_block_size", Role::block_tokens},
                                 {"request.replay.input_sequence_hashes", Role::ids}};

constexpr NamedRole kAzure[] = {{"TIMESTAMP", Role::arrival},
                                {"ContextTokens", Role::input},
                                {"GeneratedTokens", Role::output}};
constexpr NamedRole kBurstGpt[] = {{"Timestamp", Role::arrival},
                                   {"Request tokens", Role::input},
                                   {"Response tokens", Role::output},
                                   {"Session ID", Role::session}};
constexpr NamedRole kVidur[] = {{"arrived_at", Role::arrival},
                                {"num_prefill_tokens", Role::input},
                                {"num_decode_tokens", Role::output}};
constexpr NamedRole kSplitwise[] = {{"arrival_timestamp", Role::arrival},
                                    {"prompt_size", Role::input},
                                    {"token_size", Role::output}};
constexpr NamedRole kBlis[] = {{"arrival_time_us", Role::arrival},
                               {"input_tokens", Role::input},
                               {"output_tokens", Role::output},
                               {"session_id", Role::session}};

/// The shapes; one whose mark others may contain, too, comes behind them.
constexpr std::array kShapes = {
    RowShape{.format = TraceFormat::ours,
             .names = kOurs,
             .mark = "timestamp_ns",
             .unit = &kNanoseconds,
             .states_turns = true},
    RowShape{.format = TraceFormat::bailian,
             .names = kBailian,
             .mark = "chat_id",
             .block_tokens = 16,
             .ids_are_contents = true},
    RowShape{.format = TraceFormat::llmservingsim,
             .names = kLlmServingSim,
             .mark = "input_toks",
             .unit = &kNanoseconds},
    RowShape{.format = TraceFormat::dynamo,
             .names = kDynamo,
             .mark = "request.replay.input_length",
             .unit = &kMilliseconds},
    RowShape{.format = TraceFormat::mooncake,
             .names = kMooncake,
             .mark = "input_length",
             .unit = &kMilliseconds,
             .block_tokens = 512},
    RowShape{
        .format = TraceFormat::azure, .is_csv = true, .names = kAzure, .mark = "ContextTokens"},
    RowShape{.format = TraceFormat::burstgpt,
             .is_csv = true,
             .names = kBurstGpt,
             .mark = "Request tokens",
             .zero_input_failed = true},
    RowShape{.format = TraceFormat::vidur,
             .is_csv = true,
             .names = kVidur,
             .mark = "num_prefill_tokens"},
    RowShape{.format = TraceFormat::splitwise,
             .is_csv = true,
             .names = kSplitwise,
             .mark = "prompt_size"},
    RowShape{.format = TraceFormat::blis,
             .is_csv = true,
             .names = kBlis,
             .mark = "arrival_time_us",
             .unit = &kMicroseconds},
};

/// Returns whether rows with these names have the mark of the shape. Mooncake's has aliases.
bool is_of(const RowShape& shape, std::span<const std::string> names) {
  const auto has = [&](std::string_view wanted) {
    return std::ranges::any_of(
        names, [&](const std::string& name) { return same_name(shape.is_csv, name, wanted); });
  };
  if (shape.format != TraceFormat::mooncake) return has(shape.mark);
  return std::ranges::any_of(shape.names, [&](const NamedRole& name) {
    return name.role == Role::input && has(name.name);
  });
}

struct ColumnWord {
  std::string_view word;
  Role role;
};
constexpr std::array kColumnWords = {
    ColumnWord{"arrival", Role::arrival}, ColumnWord{"input", Role::input},
    ColumnWord{"output", Role::output},   ColumnWord{"session", Role::session},
    ColumnWord{"request", Role::request}, ColumnWord{"delay", Role::delay},
    ColumnWord{"ids", Role::ids},         ColumnWord{"block", Role::block_tokens},
};

constexpr std::string_view kColumnsExpected =
    "such as arrival=arrived_at,input=prompt,output=answer,unit=s; also session, request, delay, "
    "ids and block";

}  // namespace

bool same_name(bool is_csv, std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return 'A' <= c && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return is_csv ? std::ranges::equal(a, b, {}, lower, lower) : a == b;
}

const RowShape& shape_of(TraceFormat format) {
  return *std::ranges::find(kShapes, format, &RowShape::format);
}

const RowShape* shape_with(bool is_csv, std::span<const std::string> names) {
  const auto found = std::ranges::find_if(kShapes, [&](const RowShape& shape) {
    return shape.is_csv == is_csv && is_of(shape, names);
  });
  return found == kShapes.end() ? nullptr : &*found;
}

RowShape shape_of_columns(std::string_view columns, std::vector<NamedRole>& names) {
  const auto refuse = [&](std::string_view what) {
    throw InputError(
        fmt::format("columns '{}': {}, expected them {}", columns, what, kColumnsExpected));
  };
  RowShape shape{.format = TraceFormat::columns, .names = {}, .mark = ""};
  const TimeUnit* unit = nullptr;
  for (std::size_t begin = 0; begin <= columns.size();) {
    const std::size_t end = std::min(columns.find(',', begin), columns.size());
    const std::string_view pair = columns.substr(begin, end - begin);
    begin = end + 1;
    const std::size_t equals = pair.find('=');
    if (equals == pair.npos || equals + 1 == pair.size())
      refuse(fmt::format("'{}' names nothing", pair));
    const std::string_view word = pair.substr(0, equals), name = pair.substr(equals + 1);
    if (word == "unit") {
      if (unit) refuse("'unit' twice");
      unit = time_unit_named(name);
      if (!unit) refuse(fmt::format("no unit '{}'; there are s, ms, us and ns", name));
      continue;
    }
    const auto role = std::ranges::find(kColumnWords, word, &ColumnWord::word);
    if (role == kColumnWords.end()) refuse(fmt::format("nothing is called '{}'", word));
    if (std::ranges::find(names, role->role, &NamedRole::role) != names.end())
      refuse(fmt::format("'{}' twice", word));
    if (const auto other = std::ranges::find(names, name, &NamedRole::name); other != names.end())
      refuse(fmt::format("'{}' for two meanings", name));
    names.push_back({name, role->role});
  }
  for (const Role needed : {Role::arrival, Role::input})
    if (std::ranges::find(names, needed, &NamedRole::role) == names.end())
      refuse(fmt::format("no {}", needed == Role::arrival ? "arrival" : "input"));
  if (!unit) refuse("no unit of the times");
  shape.names = names;
  shape.unit = unit;
  return shape;
}

std::string known_shapes(bool is_csv) {
  std::vector<std::string> known;
  for (const RowShape& shape : kShapes)
    if (shape.is_csv == is_csv && shape.format != TraceFormat::ours)
      known.push_back(fmt::format("{} ({})", kTraceFormatNames[shape.format], shape.mark));
  return fmt::format("{}", fmt::join(known, ", "));
}

}  // namespace splitbench
