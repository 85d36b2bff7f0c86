#include "workloads/traces/trace_writer.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <span>
#include <string_view>
#include <vector>

#include "workloads/input_error.hpp"
#include "workloads/json_text.hpp"

namespace splitbench {
namespace {

constexpr std::uint32_t kMooncakeBlock = 512;

void add(std::string& text, std::string_view key, std::uint64_t number) {
  text += key;
  const fmt::format_int digits(number);
  text.append(digits.data(), digits.size());
}

void add(std::string& text, std::string_view key, Time time) {
  add(text, key, static_cast<std::uint64_t>(time.count()));
}

/// Appends a number such as 1500 or, with a fraction, 1500.25.
void add_milliseconds(std::string& text, std::string_view key, Time time) {
  const auto nanoseconds = static_cast<std::uint64_t>(time.count());
  add(text, key, nanoseconds / 1'000'000);
  if (nanoseconds % 1'000'000 == 0) return;
  text += fmt::format(".{:06}", nanoseconds % 1'000'000);
  text.erase(text.find_last_not_of('0') + 1);
}

void add_ids(std::string& text, std::span<const std::uint64_t> ids) {
  text += ", \"hash_ids\": [";
  std::string_view comma = "";
  for (const std::uint64_t id : ids) {
    add(text, comma, id);
    comma = ", ";
  }
  text += ']';
}

void add_names(std::string& text, const TraceRequest& request, std::string_view session_key) {
  if (!request.session.empty())
    text.append(", \"").append(session_key).append("\": ").append(json_text(request.session));
  if (!request.request_id.empty()) text += ", \"request_id\": " + json_text(request.request_id);
  if (request.wait_for.empty()) return;
  text += ", \"wait_for\": [";
  for (std::size_t i = 0; i < request.wait_for.size(); ++i)
    text += (i > 0 ? ", " : "") + json_text(request.wait_for[i]);
  text += ']';
}

/// Returns the ids of blocks of 512 tokens. An id stands for all that comes before it, too, so the
/// last of those put together stands for them all.
std::vector<std::uint64_t> mooncake_ids(const TraceRequest& request) {
  if (request.block_tokens == 0) return {};
  if (kMooncakeBlock % request.block_tokens != 0)
    throw InputError(
        fmt::format("blocks of {} tokens cannot be written as a Mooncake trace, expected a divisor "
                    "of {}: write it as ours",
                    request.block_tokens, kMooncakeBlock));
  const std::size_t together = kMooncakeBlock / request.block_tokens;
  std::vector<std::uint64_t> ids;
  for (std::size_t i = 0; i < request.hash_ids.size(); i += together)
    ids.push_back(request.hash_ids[std::min(i + together, request.hash_ids.size()) - 1]);
  return ids;
}

}  // namespace

void append_ours(const TraceRequest& request, std::string& text) {
  add(text, "{\"timestamp_ns\": ", request.timestamp);
  add(text, ", \"input_tokens\": ", request.input_tokens);
  add(text, ", \"output_tokens\": ", request.output_tokens);
  add_names(text, request, "session");
  if (request.delay != Time(0)) add(text, ", \"delay_ns\": ", request.delay);
  if (request.prefix_reset) text += ", \"prefix_reset\": true";
  if (request.block_tokens > 0) {
    add(text, ", \"block_tokens\": ", request.block_tokens);
    add_ids(text, request.hash_ids);
  }
  text += "}\n";
}

void append_mooncake(const TraceRequest& request, std::string& text) {
  add_milliseconds(text, "{\"timestamp\": ", request.timestamp);
  add(text, ", \"input_length\": ", request.input_tokens);
  add(text, ", \"output_length\": ", request.output_tokens);
  add_names(text, request, "session_id");
  if (request.delay != Time(0)) add_milliseconds(text, ", \"delay_ms\": ", request.delay);
  if (request.prefix_reset) text += ", \"prefix_reset\": true";
  if (request.block_tokens == kMooncakeBlock)
    add_ids(text, request.hash_ids);
  else
    add_ids(text, mooncake_ids(request));
  text += "}\n";
}

}  // namespace splitbench
