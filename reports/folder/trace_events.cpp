#include "reports/folder/trace_events.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "reports/folder/trace_slices.hpp"

namespace splitbench {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr std::size_t kEventsOfRequest = 3;
constexpr std::size_t kEventsOfTransfer = 2;

double microseconds(Time time) {
  return static_cast<double>(time.count()) / 1000;
}

char digit(int value) {
  return static_cast<char>('0' + value);
}

/// Writes the same number as JSON has it: without an exponent, and with one decimal at least.
void append_microseconds(std::string& text, Time time) {
  text += fmt::format_int(time.count() / 1000).c_str();
  const auto thousandths = static_cast<int>(time.count() % 1000);
  const std::array digits = {'.', digit(thousandths / 100), digit(thousandths / 10 % 10),
                             digit(thousandths % 10)};
  const std::size_t decimals = thousandths % 10 > 0 ? 3 : thousandths % 100 > 0 ? 2 : 1;
  text.append(digits.data(), 1 + decimals);
}

std::string_view name_of(Stage stage) {
  return kStageNames[static_cast<std::size_t>(stage)];
}

/// Writes the events of one run, one per line.
class EventWriter {
 public:
  EventWriter(std::string& text, int pid) : text_(text), pid_(pid) {}

  void name(const char* what, int tid, OrderedJson args) {
    add({{"name", what}, {"ph", "M"}, {"pid", pid_}, {"tid", tid}, {"args", std::move(args)}});
  }

  void slice(const TraceSlice& slice, int tid) {
    const Span& span = slice.span;
    separate();  // by hand, since most events of a run are of this kind
    const auto add_number = [this](std::string_view key, std::uint64_t number) {
      text_ += key;
      text_ += fmt::format_int(number).c_str();
    };
    text_ += "{\"name\":\"";
    text_ += name_of(span.stage);
    add_number("\",\"cat\":\"stage\",\"ph\":\"X\",\"pid\":", static_cast<std::uint64_t>(pid_));
    add_number(",\"tid\":", static_cast<std::uint64_t>(tid));
    text_ += ",\"ts\":";
    append_microseconds(text_, span.begin);
    text_ += ",\"dur\":";
    append_microseconds(text_, span.end - span.begin);
    add_number(",\"args\":{\"transfer\":", slice.transfer);
    add_number(",\"request\":", slice.requests.front());
    if (slice.requests.size() > 1)
      text_ += fmt::format(",\"requests\":[{}]", fmt::join(slice.requests, ","));
    text_ += "}}";
  }

  /// Writes one of the events of the request or transfer `id`; they begin with "b" and end with
  /// "e".
  void asynchronous(const char* phase, const char* kind, const char* what, std::uint64_t id,
                    Time at, OrderedJson args = OrderedJson::object()) {
    add({{"name", what},
         {"cat", kind},
         {"ph", phase},
         {"id2", {{"local", fmt::format("0x{:x}", id)}}},
         {"pid", pid_},
         {"tid", 0},
         {"ts", microseconds(at)},
         {"args", std::move(args)}});
  }

 private:
  void separate() {
    if (!text_.ends_with('[')) text_ += ',';
    text_ += '\n';
  }
  void add(const OrderedJson& event) {
    separate();
    text_ += event.dump();
  }

  std::string& text_;
  int pid_;
};

void write_request(EventWriter& events, const Timeline& t) {
  events.asynchronous("b", "request", "request", t.request.id, t.arrival,
                      {{"request", t.request.id},
                       {"transfer", t.transfer},
                       {"prompt_tokens", t.request.prompt_tokens},
                       {"output_tokens", t.request.output_tokens},
                       {"raw_bytes", t.raw_bytes},
                       {"wire_bytes", t.wire_bytes}});
  events.asynchronous("n", "request", "first token", t.request.id, t.first_token);
  events.asynchronous("e", "request", "request", t.request.id, t.last_token);
}

void write_transfer(EventWriter& events, const Transfer& transfer) {
  events.asynchronous("b", "transfer", "transfer", transfer.id, transfer.ready,
                      {{"transfer", transfer.id},
                       {"requests", transfer.requests},
                       {"raw_bytes", transfer.raw_bytes},
                       {"wire_bytes", transfer.wire_bytes}});
  events.asynchronous("e", "transfer", "transfer", transfer.id, transfer.applied);
}

/// Writes a lane's slices to threads after number `tid`, and returns the last thread used.
int write_lane(EventWriter& events, const TraceLane& lane, std::vector<TraceSlice> slices,
               int tid) {
  const std::vector<std::size_t> threads = spread_over_threads(slices);
  for (std::size_t i = 0; i < slices.size(); ++i)
    events.slice(slices[i], tid + 1 + static_cast<int>(threads[i]));
  for (std::size_t thread = 0; thread <= std::ranges::max(threads); ++thread) {
    std::string name = fmt::format("{} {}: {}", lane.decode ? "decode" : "prefill", lane.worker,
                                   name_of(lane.stage()));
    if (thread > 0) name += fmt::format(" ({})", thread + 1);
    events.name("thread_name", ++tid, {{"name", name}});
    events.name("thread_sort_index", tid, {{"sort_index", tid}});
  }
  return tid;
}

void write_run(EventWriter& events, const RunRecord& run, const TraceSlices& drawn) {
  events.name("process_name", 0, {{"name", run.arm}});
  for (const Timeline* t : drawn.requests()) write_request(events, *t);
  for (const Transfer& transfer : run.transfers)
    if (drawn.transfers().contains(transfer.id)) write_transfer(events, transfer);
  int tid = 0;
  for (const auto& [lane, slices] : drawn.lanes()) tid = write_lane(events, lane, slices, tid);
}

/// Takes over the arms' requests in parallel, so that all arms show the same ones.
void draw(std::vector<TraceSlices>& arms, std::size_t max_events) {
  for (std::size_t events = 0;;) {
    const std::size_t before = events;
    for (const TraceSlices& arm : arms)
      if (arm.left() > 0) events += arm.next_spans() + kEventsOfRequest + kEventsOfTransfer;
    if (events == before || events > max_events) return;
    for (TraceSlices& arm : arms)
      if (arm.left() > 0) arm.take_next();
  }
}

}  // namespace

std::string to_trace_events(const ReportMeta& meta, std::span<const RunRecord> runs,
                            std::size_t left_out, std::size_t max_events) {
  std::vector<const RunRecord*> shown;
  std::vector<TraceSlices> arms;
  for (const RunRecord& run : runs) {
    if (run.repeat != 0) continue;
    shown.push_back(&run);
    arms.emplace_back(run);
  }
  draw(arms, max_events);

  std::size_t drawn = 0;
  for (const TraceSlices& arm : arms) {
    drawn += arm.requests().size();
    left_out += arm.left();
  }
  const OrderedJson about = {{"scenario", meta.scenario},
                             {"seed", meta.seed},
                             {"time", meta.time},
                             {"backend", meta.backend},
                             {"repeat", 0},
                             {"requests_drawn", drawn},
                             {"requests_left_out", left_out},
                             {"complete", left_out == 0}};
  std::string text = fmt::format("{{\"displayTimeUnit\":\"ms\",\"otherData\":{},\"traceEvents\":[",
                                 about.dump(-1, ' ', false, OrderedJson::error_handler_t::replace));
  for (std::size_t i = 0; i < arms.size(); ++i) {
    EventWriter writer(text, static_cast<int>(i) + 1);
    write_run(writer, *shown[i], arms[i]);
  }
  text += "\n]}\n";
  return text;
}

}  // namespace splitbench
