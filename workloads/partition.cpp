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

/// The spans in which a stage was active, in order. Those that touch or overlap are one.
class Activity {
 public:
  void add(Time begin, Time end) {
    if (begin == end) return;
    if (begin > end_) {
      take_last();
      begin_ = begin;
      end_ = end;
    } else if (begin >= begin_) {
      end_ = std::max(end_, end);
    } else {
      out_of_order_.emplace_back(begin, end);
    }
  }

  /// Ends the adding: puts the spans into their place that did not come in order.
  void sort() {
    take_last();
    if (out_of_order_.empty()) return;
    // Often there are two lists of spans, each of them in order.
    if (!std::ranges::is_sorted(out_of_order_)) std::ranges::sort(out_of_order_);
    Spans all(spans_.size() + out_of_order_.size());
    std::ranges::merge(std::exchange(spans_, {}), std::exchange(out_of_order_, {}), all.begin());
    for (const auto& [begin, end] : all) add(begin, end);
    take_last();
  }

  /// Returns the next moment; Time::max() if there is none.
  Time upcoming() const {
    if (next_ / 2 == spans_.size()) return Time::max();
    const auto& [begin, end] = spans_[next_ / 2];
    return next_ % 2 == 0 ? begin : end;
  }
  void pass() { ++next_; }

 private:
  using Spans = std::vector<std::pair<Time, Time>>;

  void take_last() {
    if (end_ != Time::min()) spans_.emplace_back(begin_, std::exchange(end_, Time::min()));
  }

  Spans spans_, out_of_order_;
  Time begin_{0}, end_ = Time::min();  // of the last span, to which the next one may belong
  std::size_t next_ = 0;
};

using Activities = std::array<Activity, kActiveStages>;

/// The next moment at which a stage begins or stops; Time::max() if there is none.
struct Upcoming {
  Time at;
  std::size_t stage;
};

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
  Division(const Timeline& timeline, Activities&& activities, Partition& result)
      : timeline_(timeline), activities_(std::move(activities)), result_(result) {}

  void run() {
    std::array marks = {timeline_.arrival, timeline_.dispatched, timeline_.prefill_begin,
                        timeline_.first_token, Time::max()};
    std::ranges::sort(marks);
    for (std::size_t stage = 0; stage < kActiveStages; ++stage)
      if (activities_[stage].upcoming() != Time::max())
        upcoming_.push_back({activities_[stage].upcoming(), stage});
    std::ranges::sort(upcoming_, {}, &Upcoming::at);
    for (const Time mark : marks) {
      go_on_to(mark);
      charge();
      since_ = mark;
    }
  }

 private:
  /// Goes on to a mark, at which the stages are active that were before it.
  void go_on_to(Time mark) {
    while (!upcoming_.empty() && upcoming_.front().at < mark) {
      Upcoming change = upcoming_.front();
      pass_time(change.at);
      active_ ^= bit(change.stage);
      activities_[change.stage].pass();
      change.at = activities_[change.stage].upcoming();
      std::size_t place = 0;
      for (; place + 1 < upcoming_.size() && upcoming_[place + 1].at < change.at; ++place)
        upcoming_[place] = upcoming_[place + 1];
      upcoming_[place] = change;
    }
    if (mark != Time::max()) pass_time(mark);
  }

  void pass_time(Time moment) {
    const Time since = std::exchange(now_, moment);
    if (since == Time::min() || since == moment) return;
    const Time length = moment - since;
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
  AtMost<Upcoming, kActiveStages> upcoming_;        // of the stages that have spans, in order
  std::array<Time, bit(kActiveStages)> lengths_{};  // by the set that was active
  std::vector<StageSet> sets_;                      // those with a length
  StageSet active_ = 0;
  bool begun_ = false;  // true once the transfer has begun: waiting to be encoded is not part of it
  Time since_ = Time::min();  // the last mark
  Time now_ = Time::min();
};

/// Computes the partition of a timeline whose stages were active like this.
Partition divided(const Timeline& timeline, Activities&& activities) {
  assert(timeline.status == Status::ok && timeline.arrival <= timeline.first_token &&
         timeline.first_token <= timeline.last_token);
  Partition result;
  result.ttft = timeline.first_token - timeline.arrival;
  result.e2el = timeline.last_token - timeline.arrival;
  if (timeline.request.output_tokens > 1 && !timeline.token_gaps.empty())
    result.ttst = result.ttft + timeline.token_gaps.front();
  if (const auto gaps = static_cast<Time::rep>(timeline.request.output_tokens) - 1; gaps > 0)
    result.tpot = (result.e2el - result.ttft + Time(gaps / 2)) / gaps;
  Division(timeline, std::move(activities), result).run();
  assert(std::accumulate(result.part.begin(), result.part.end(), Time{0}) == result.ttft);
  return result;
}

}  // namespace

Partition partition(const Timeline& timeline) {
  if (timeline.sums) return timeline.sums->partition;
  return sums_of_spans(timeline).partition;
}

SpanSums sums_of_spans(const Timeline& timeline, std::span<const SpansSince> all) {
  SpanSums sums;
  Activities activities;
  for (const auto& [spans, epoch] : all)
    for (const Span& span : spans) {
      assert(index(span.stage) < kActiveStages);
      sums.active[index(span.stage)] += span.end - span.begin;
      sums.in_order &= span.begin <= span.end;
      activities[index(span.stage)].add(span.begin - epoch, span.end - epoch);
      if (span.stage == Stage::first_decode_step && !sums.first_step_begin)
        sums.first_step_begin = span.begin - epoch;
    }
  if (!sums.in_order) return sums;
  for (Activity& activity : activities) activity.sort();
  sums.partition = divided(timeline, std::move(activities));
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
