#include "reports/folder/rows_json.hpp"

#include <concepts>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>
#include <utility>

#include "workloads/json_text.hpp"
#include "workloads/partition.hpp"

namespace splitbench {
namespace {

/// Writes a JSON object in one line, without a library: there are millions of them.
class RowWriter {
 public:
  RowWriter() { text_.reserve(kTypicalRow); }

  /// Adds a member; `value` is JSON.
  void add(std::string_view key, std::string_view value, std::string_view suffix = "") {
    text_ += text_.empty() ? "{\"" : ",\"";
    text_ += key;
    text_ += suffix;
    text_ += "\":";
    text_ += value;
  }
  template <std::integral Number>
  void add(std::string_view key, Number value, std::string_view suffix = "") {
    const fmt::format_int digits(value);
    add(key, std::string_view(digits.data(), digits.size()), suffix);
  }
  void add_flag(std::string_view key, bool value) {
    add(key, std::string_view(value ? "true" : "false"));
  }
  void add_time(std::string_view key, std::string_view suffix, std::optional<Time> time) {
    time ? add(key, time->count(), suffix) : add(key, "null", suffix);
  }

  std::string line() { return std::move(text_) + '}'; }

 private:
  static constexpr std::size_t kTypicalRow = 1200;

  std::string text_;
};

std::string gaps_json(const Timeline& timeline) {
  std::string text;
  if (timeline.status == Status::ok)
    for (const Time gap : timeline.token_gaps)
      text += fmt::format("{}{}", text.empty() ? "" : ",", gap.count());
  return '[' + text + ']';
}

}  // namespace

std::string request_row(const Timeline& timeline, bool token_gaps) {
  std::optional<Partition> times;
  if (timeline.status == Status::ok) times = partition(timeline);
  const auto known = [&times](Time Partition::*time) {
    return times ? std::optional((*times).*time) : std::nullopt;
  };

  RowWriter row;
  row.add("id", timeline.request.id);
  row.add("arm", json_text(timeline.arm));
  row.add("repeat", timeline.repeat);
  row.add("status", json_text(std::string(kStatusNames[timeline.status])));
  row.add("session", json_text(timeline.request.session));
  row.add("retries", timeline.retries);
  row.add("arrival_ns", timeline.arrival.count());
  row.add("prompt_tokens", timeline.request.prompt_tokens);
  row.add("prefill_cached_tokens", timeline.prefill_cached_tokens);
  row.add("decode_resident_tokens", timeline.decode_resident_tokens);
  row.add("output_tokens", timeline.request.output_tokens);
  row.add("raw_bytes", timeline.raw_bytes);
  row.add("wire_bytes", timeline.wire_bytes);
  row.add("escapes", timeline.escapes);
  row.add("stored_bytes", timeline.stored_bytes);
  row.add("ideal_bytes", timeline.ideal_bytes);
  row.add("drift", fmt::to_string(timeline.drift));
  row.add("kv_hash", fmt::format("\"{:016x}\"", timeline.kv_hash));
  row.add_flag("verified", timeline.verified);
  row.add_time("transfer", "_ns", known(&Partition::transfer));
  row.add_time("exposed_transfer", "_ns", known(&Partition::exposed_transfer));
  row.add_time("ttft", "_ns", known(&Partition::ttft));
  row.add_time("ttst", "_ns", times ? times->ttst : std::nullopt);
  row.add_time("tpot", "_ns", times ? times->tpot : std::nullopt);
  row.add_time("e2el", "_ns", known(&Partition::e2el));
  for (std::size_t stage = 0; stage < kStages; ++stage)
    row.add_time(kStageNames[stage], "_ns",
                 times ? std::optional(times->part[stage]) : std::nullopt);
  for (std::size_t stage = 0; stage < kActiveStages; ++stage)
    row.add_time(kStageNames[stage], "_hidden_ns",
                 times ? std::optional(times->hidden[stage]) : std::nullopt);
  if (token_gaps) row.add("itl_ns", gaps_json(timeline));
  if (!times) row.add("failure", json_text(timeline.failure));
  return row.line();
}

std::string transfer_row(const Transfer& transfer) {
  RowWriter row;
  row.add("id", transfer.id);
  row.add("request", transfer.requests.empty() ? "null" : fmt::to_string(transfer.requests[0]));
  row.add("requests", fmt::format("[{}]", fmt::join(transfer.requests, ",")));
  row.add("arm", json_text(transfer.arm));
  row.add("repeat", transfer.repeat);
  row.add("raw_bytes", transfer.raw_bytes);
  row.add("wire_bytes", transfer.wire_bytes);
  row.add("ready_ns", transfer.ready.count());
  row.add("start_ns", transfer.start.count());
  row.add("end_ns", transfer.end.count());
  row.add("applied_ns", transfer.applied.count());
  if (transfer.shards_apart > Time{0}) row.add("shards_apart_ns", transfer.shards_apart.count());
  row.add_flag("verified", transfer.verified);
  return row.line();
}

}  // namespace splitbench
