#include "workloads/partition.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace splitbench {
namespace {

constexpr std::size_t index(Stage stage) {
  return static_cast<std::size_t>(stage);
}

/// A set of stages, a bit for each.
using StageSet = std::uint32_t;

constexpr StageSet bit(std::size_t stage) {
  return StageSet{1} << stage;
}

constexpr StageSet set_of(std::initializer_list<Stage> stages) {
  StageSet set = 0;
  for (const Stage stage : stages) set |= bit(index(stage));
  return set;
}

constexpr StageSet kTransferStages =
    set_of({Stage::xfer_wire, Stage::encode, Stage::decode_codec, Stage::verify, Stage::kv_install,
            Stage::xfer_prep, Stage::xfer_queue});

/// The moments at which a stage begins and stops to be active, by turns, in order. Spans that touch
/// or overlap are one.
class Activity {
 public:
  void add(Time begin, Time end, std::size_t expected) {
    if (begin == end) return;
    if (moments_.capacity() == 0) moments_.reserve(expected);
    if (moments_.empty() || begin > moments_.back()) {
      moments_.push_back(begin);
      moments_.push_back(end);
    } else if (begin >= moments_[moments_.size() - 2]) {
      moments_.back() = std::max(moments_.back(), end);
    } else {
      out_of_order_.emplace_back(begin, end);
    }
  }

  /// Puts the spans into their place that did not come in order.
  void sort() {
    if (out_of_order_.empty()) return;
    for (std::size_t i = 0; i < moments_.size(); i += 2)
      out_of_order_.emplace_back(moments_[i], moments_[i + 1]);
    std::ranges::sort(out_of_order_);
    moments_.clear();
    for (const auto& [begin, end] : std::exchange(out_of_order_, {})) add(begin, end, 0);
  }

  /// Returns the next moment; Time::max() if there is none.
  Time upcoming() const { return next_ < moments_.size() ? moments_[next_] : Time::max(); }
  void pass() { ++next_; }

 private:
  std::vector<Time> moments_;
  std::vector<std::pair<Time, Time>> out_of_order_;
  std::size_t next_ = 0;
};

using Activities = std::array<Activity, kActiveStages>;

/// The next moment at which a stage begins or stops; Time::max() if there is none.
struct Upcoming {
  Time at;
  std::size_t stage;
};

Activities activities_of(std::span<const SpansSince> all) {
  Activities activities;
  for (const auto& [spans, epoch] : all)
    for (const Span& span : spans) {
      assert(index(span.stage) < kActiveStages && span.begin <= span.end);
      activities[index(span.stage)].add(span.begin - epoch, span.end - epoch, spans.size());
    }
  for (Activity& activity : activities) activity.sort();
  return activities;
}

std::size_t waiting_stage(const Timeline& timeline, Time now) {
  if (now < timeline.dispatched) return index(Stage::client_queue);
  if (now < timeline.prefill_begin) return index(Stage::prefill_queue);
  return index(Stage::decode_queue);
}

/// Divides the time of a request between its stages: it goes from moment to moment at which a stage
/// begins or stops, and adds up how long each set of stages was active between two marks, which are
/// the moments at which the request goes on.
class Division {
 public:
  Division(const Timeline& timeline, std::span<const SpansSince> spans, Partition& result)
      : timeline_(timeline), activities_(activities_of(spans)), result_(result) {}

  void run() {
    std::array marks = {timeline_.arrival, timeline_.dispatched, timeline_.prefill_begin,
                        timeline_.first_token, Time::max()};
    std::ranges::sort(marks);
    for (std::size_t stage = 0; stage < kActiveStages; ++stage)
      if (activities_[stage].upcoming() != Time::max())
        upcoming_.push_back({activities_[stage].upcoming(), stage});
    for (const Time mark : marks) {
      go_on_to(mark);
      charge();
      since_ = mark;
    }
  }

 private:
  void go_on_to(Time mark) {
    for (;;) {
      Time next = mark;
      for (const Upcoming& change : upcoming_) next = std::min(next, change.at);
      if (next == Time::max()) return;
      if (now_ != Time::min()) add(next - now_);
      now_ = next;
      if (next == mark) return;
      for (Upcoming& change : upcoming_) {
        if (change.at != next) continue;
        active_ ^= bit(change.stage);
        activities_[change.stage].pass();
        change.at = activities_[change.stage].upcoming();
      }
    }
  }

  void add(Time length) {
    if (length == Time{0}) return;
    if (!begun_ && (active_ & kTransferStages & ~bit(index(Stage::xfer_queue))) != 0) {
      charge();  // what was before the transfer began
      begun_ = true;
    }
    if (lengths_[active_] == Time{0}) sets_.push_back(active_);
    lengths_[active_] += length;
  }

  /// Charges what was added up since the last mark.
  void charge() {
    for (const StageSet active : sets_) {
      const Time length = std::exchange(lengths_[active], Time{0});
      if (begun_ && (active & kTransferStages) != 0) result_.transfer += length;
      if (since_ < timeline_.arrival || since_ >= timeline_.first_token) continue;
      const std::size_t charged = active == 0 ? waiting_stage(timeline_, since_)
                                              : static_cast<std::size_t>(std::countr_zero(active));
      result_.part[charged] += length;
      if (begun_ && (bit(charged) & kTransferStages) != 0) result_.exposed_transfer += length;
      for (StageSet rest = active & ~bit(charged); rest != 0; rest &= rest - 1)
        result_.hidden[static_cast<std::size_t>(std::countr_zero(rest))] += length;
    }
    sets_.clear();
  }

  const Timeline& timeline_;
  Activities activities_;
  Partition& result_;
  AtMost<Upcoming, kActiveStages> upcoming_;        // of the stages that have moments
  std::array<Time, bit(kActiveStages)> lengths_{};  // by the set that was active
  std::vector<StageSet> sets_;                      // those with a length
  StageSet active_ = 0;
  bool begun_ = false;  // true once the transfer has begun: waiting to be encoded is not part of it
  Time since_ = Time::min();  // the last mark
  Time now_ = Time::min();
};

/// Computes the partition of a timeline that has these spans.
Partition divided(const Timeline& timeline, std::span<const SpansSince> spans) {
  assert(timeline.status == Status::ok && timeline.arrival <= timeline.first_token &&
         timeline.first_token <= timeline.last_token);
  Partition result;
  result.ttft = timeline.first_token - timeline.arrival;
  result.e2el = timeline.last_token - timeline.arrival;
  if (timeline.request.output_tokens > 1 && !timeline.token_gaps.empty())
    result.ttst = result.ttft + timeline.token_gaps.front();
  if (const auto gaps = static_cast<Time::rep>(timeline.request.output_tokens) - 1; gaps > 0)
    result.tpot = (result.e2el - result.ttft + Time(gaps / 2)) / gaps;
  Division(timeline, spans, result).run();
  assert(std::accumulate(result.part.begin(), result.part.end(), Time{0}) == result.ttft);
  return result;
}

}  // namespace

Partition partition(const Timeline& timeline) {
  if (timeline.sums) return timeline.sums->partition;
  const SpansSince own{timeline.spans};
  return divided(timeline, {&own, 1});
}

SpanSums sums_of_spans(const Timeline& timeline, std::span<const SpansSince> all) {
  SpanSums sums;
  for (const auto& [spans, epoch] : all)
    for (const Span& span : spans) {
      sums.active[index(span.stage)] += span.end - span.begin;
      sums.in_order &= span.begin <= span.end;
      if (span.stage == Stage::first_decode_step && !sums.first_step_begin)
        sums.first_step_begin = span.begin - epoch;
    }
  if (sums.in_order) sums.partition = divided(timeline, all);
  return sums;
}

SpanSums sums_of_spans(const Timeline& timeline) {
  const SpansSince own{timeline.spans};
  return sums_of_spans(timeline, {&own, 1});
}

Time active_time(const Timeline& timeline, Stage stage) {
  if (timeline.sums) return timeline.sums->active[index(stage)];
  Time sum{0};
  for (const Span& span : timeline.spans)
    if (span.stage == stage) sum += span.end - span.begin;
  return sum;
}

std::optional<Time> first_step_begin(const Timeline& timeline) {
  if (timeline.sums) return timeline.sums->first_step_begin;
  const auto step = std::ranges::find(timeline.spans, Stage::first_decode_step, &Span::stage);
  return step == timeline.spans.end() ? std::nullopt : std::optional(step->begin);
}

}  // namespace splitbench
