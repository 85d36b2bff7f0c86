#include "workloads/traces/trace_writer.hpp"

#include <bit>
#include <fmt/format.h>
#include <span>
#include <string_view>

#include "workloads/json_text.hpp"

namespace splitbench {
namespace {

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
  std::string_view comma;
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

/// Returns whether a reader can find the size of a request's blocks by their number.
bool finds_block_size(const TraceRequest& request) {
  const std::uint64_t ids = request.hash_ids.size(), block = request.block_tokens;
  if (ids == 0 || block == 0) return true;
  return std::has_single_bit(block) &&
         (ids == request.input_tokens / block || ids == (request.input_tokens + block - 1) / block);
}

}  // namespace

void append_ours(const TraceRequest& request, std::string& text) {
  add(text, "{\"timestamp_ns\": ", request.timestamp);
  add(text, ", \"input_tokens\": ", request.input_tokens);
  add(text, ", \"output_tokens\": ", request.output_tokens);
  add_names(text, request, "session");
  if (request.delay != Time(0) || request.after_session)
    add(text, ", \"delay_ns\": ", request.delay);
  if (request.prefix_reset) text += ", \"prefix_reset\": true";
  if (request.states_prefix) add(text, ", \"prefix_tokens\": ", request.prefix_tokens);
  if (!request.prefix_of.empty()) text += ", \"prefix_of\": " + json_text(request.prefix_of);
  if (request.answer_tokens > 0) add(text, ", \"answer_tokens\": ", request.answer_tokens);
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
  if (request.delay != Time(0) || request.after_session)
    add_milliseconds(text, ", \"delay_ms\": ", request.delay);
  if (request.prefix_reset) text += ", \"prefix_reset\": true";
  if (!finds_block_size(request)) add(text, ", \"block_size\": ", request.block_tokens);
  add_ids(text, request.hash_ids);
  text += "}\n";
}

}  // namespace splitbench
