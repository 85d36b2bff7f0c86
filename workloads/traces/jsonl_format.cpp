#include "workloads/traces/json_fields.hpp"
#include "workloads/traces/line_source.hpp"
#include "workloads/traces/prefix_index.hpp"

namespace splitbench {
namespace {

constexpr std::uint64_t kMaxBlock = 1 << 20;

void read_ours(const TracePlace& place, JsonObject object, TraceRequest& request) {
  request.timestamp = time_field(place, object, "timestamp_ns", kNanoseconds);
  request.input_tokens = tokens_field(place, object, "input_tokens");
  request.output_tokens = tokens_field(place, object, "output_tokens");
  text_field(place, object, "session", request.session);
  text_field(place, object, "request_id", request.request_id);
  texts_field(place, object, "wait_for", request.wait_for);
  request.delay = time_field_or_zero(place, object, "delay_ns", kNanoseconds);
  request.prefix_reset = flag_field(place, object, "prefix_reset");
  if (!has_field(object, "block_tokens")) return;
  request.block_tokens =
      static_cast<std::uint32_t>(integer_field(place, object, "block_tokens", 1, kMaxBlock));
  ids_field(place, object, "hash_ids", request.hash_ids);
}

void read_mooncake(const TracePlace& place, JsonObject object, TraceRequest& request) {
  request.timestamp = time_field(place, object, "timestamp", kMilliseconds);
  request.input_tokens = tokens_field(place, object, "input_length");
  request.output_tokens = tokens_field(place, object, "output_length");
  text_field(place, object, "session_id", request.session);
  text_field(place, object, "request_id", request.request_id);
  texts_field(place, object, "wait_for", request.wait_for);
  const bool in_ms = has_field(object, "delay_ms");
  request.delay = time_field_or_zero(place, object, in_ms ? "delay_ms" : "delay", kMilliseconds) +
                  time_field_or_zero(place, object, "tool_wait_ms", kMilliseconds);
  if (request.delay > kLatest)
    place.refuse(fmt::format("delay and tool_wait_ms are {} s", seconds(request.delay)),
                 "at most 4e9 s together");
  request.prefix_reset = flag_field(place, object, "prefix_reset");
  request.block_tokens = 512;
  ids_field(place, object, "hash_ids", request.hash_ids);
}

/// Reads a line of Bailian's. An id there stands for the contents of a block, whatever comes before
/// it, so the ids are chained here.
void read_bailian(const TracePlace& place, JsonObject object, TraceRequest& request) {
  request.timestamp = time_field(place, object, "timestamp", kSeconds);
  request.input_tokens = tokens_field(place, object, "input_length");
  request.output_tokens = tokens_field(place, object, "output_length");
  request.block_tokens = 16;
  ids_field(place, object, "hash_ids", request.hash_ids);
  std::uint64_t prefix = 0;
  for (std::uint64_t& id : request.hash_ids) id = prefix = chained(prefix, id);
}

class JsonlFormat final : public LineFormat {
 public:
  using Read = void (*)(const TracePlace&, JsonObject, TraceRequest&);

  JsonlFormat(std::string_view expected, Read fields) : expected_(expected), read_(fields) {}

  bool read(const TracePlace& place, std::string_view line, TraceRequest& request) override {
    read_(place, parse_object(place, parser_, line, expected_), request);
    return true;
  }

 private:
  std::string_view expected_;
  Read read_;
  simdjson::dom::parser parser_;
};

}  // namespace

std::unique_ptr<LineFormat> make_jsonl_format(TraceFormat format) {
  if (format == TraceFormat::ours)
    return std::make_unique<JsonlFormat>(
        "one JSON object with timestamp_ns, input_tokens, output_tokens", read_ours);
  if (format == TraceFormat::mooncake)
    return std::make_unique<JsonlFormat>(
        "one JSON object with timestamp, input_length, output_length, hash_ids", read_mooncake);
  return std::make_unique<JsonlFormat>(
      "one JSON object with chat_id, timestamp, input_length, output_length, hash_ids",
      read_bailian);
}

}  // namespace splitbench
