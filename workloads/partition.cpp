#include "workloads/partition.hpp"

#include <algorithm>
#include <array>
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

constexpr bool carries(std::size_t stage) {
  return stage >= index(Stage::xfer_wire) && stage <= index(Stage::xfer_queue);
}

/// [begin, end), which is empty where its end is not after its begin.
struct Period {
  Time begin, end;

  Time length() const { return std::max(end - begin, Time{0}); }
  Period within(const Period& other) const {
    return {std::max(begin, other.begin), std::min(end, other.end)};
  }
};
/// Periods in order, none of which touches another.
using Periods = std::vector<Period>;

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
      out_of_order_.push_back({begin, end});
    }
  }

  /// Ends the adding: puts the spans into their place that did not come in order, and returns all.
  const Periods& sorted() {
    take_last();
    if (out_of_order_.empty()) return spans_;
    // Often there are two lists of spans, each of them in order.
    if (!std::ranges::is_sorted(out_of_order_, {}, &Period::begin))
      std::ranges::sort(out_of_order_, {}, &Period::begin);
    Periods all(spans_.size() + out_of_order_.size());
    std::ranges::merge(std::exchange(spans_, {}), std::exchange(out_of_order_, {}), all.begin(), {},
                       &Period::begin, &Period::begin);
    for (const auto& [begin, end] : all) add(begin, end);
    take_last();
    return spans_;
  }

 private:
  void take_last() {
    if (end_ != Time::min()) spans_.push_back({begin_, std::exchange(end_, Time::min())});
  }

  Periods spans_, out_of_order_;
  Time begin_{0}, end_ = Time::min();  // of the last span, to which the next one may belong
};

using Activities = std::array<Activity, kActiveStages>;

/// The place that a walk along periods has come to. What is asked for must come in order.
class Walk {
 public:
  explicit Walk(const Periods& periods) : next_(periods.begin()), end_(periods.end()) {}

  /// Calls `visit` with the parts of a period that are in none of these.
  template <class Visit>
  void outside(Period of, const Visit& visit) {
    while (next_ != end_ && next_->end <= of.begin) ++next_;
    for (auto inside = next_; inside != end_ && inside->begin < of.end; ++inside) {
      if (of.begin < inside->begin) visit(Period{of.begin, inside->begin});
      of.begin = inside->end;
    }
    if (of.begin < of.end) visit(of);
  }

 private:
  Periods::const_iterator next_, end_;
};

/// Divides the time of a request between its stages, one stage after the other, as they are
/// charged: each gets what those before it have left.
class Division {
 public:
  Division(const Timeline& timeline, Activities& activities, Partition& result)
      : activities_(activities),
        whole_{timeline.arrival, timeline.first_token},
        dispatched_(std::clamp(timeline.dispatched, whole_.begin, whole_.end)),
        begun_(std::clamp(timeline.prefill_begin, dispatched_, whole_.end)),
        result_(result) {}

  void run() {
    const Periods& computing = activities_[index(Stage::prefill_compute)].sorted();
    Time sending = Time::max();  // waiting to be packed is not part of the transfer
    for (std::size_t stage = 0; stage < kActiveStages; ++stage)
      if (const Periods& spans = activities_[stage].sorted();
          carries(stage) && stage != index(Stage::xfer_queue) && !spans.empty())
        sending = std::min(sending, spans.front().begin);

    for (const Period& span : computing) charge(index(Stage::prefill_compute), span);
    for (std::size_t stage = 1; stage < kActiveStages; ++stage) {
      const Periods& spans = activities_[stage].sorted();
      if (spans.empty()) continue;
      Time active{0};
      Walk others(carried_), before(computing);
      fresh_.clear();
      for (const Period& span : spans) {
        active += span.within(whole_).length();
        others.outside(span, [&](const Period& part) {
          fresh_.push_back(part);
          const Period sent = part.within({sending, Time::max()});
          if (carries(stage)) result_.transfer += sent.length();
          before.outside(part, [&](const Period& exposed) {
            charge(stage, exposed);
            if (carries(stage))
              result_.exposed_transfer += exposed.within(sent).within(whole_).length();
          });
        });
      }
      result_.hidden[stage] = active - result_.part[stage];
      add_fresh();
    }
    for (std::size_t stage = 0; stage < kActiveStages; ++stage) rest_ -= result_.part[stage];
    result_.part[index(Stage::client_queue)] = dispatched_ - whole_.begin - in_client_queue_;
    result_.part[index(Stage::prefill_queue)] = begun_ - dispatched_ - in_prefill_queue_;
    result_.part[index(Stage::decode_queue)] = rest_ - result_.part[index(Stage::client_queue)] -
                                               result_.part[index(Stage::prefill_queue)];
  }

 private:
  /// Charges a period to a stage, which no other one is charged with.
  void charge(std::size_t stage, const Period& period) {
    result_.part[stage] += period.within(whole_).length();
    if (period.begin >= begun_) return;
    in_client_queue_ += period.within({whole_.begin, dispatched_}).length();
    in_prefill_queue_ += period.within({dispatched_, begun_}).length();
  }

  /// Lets carried_ have what is fresh, too.
  void add_fresh() {
    if (fresh_.empty()) return;
    merged_.clear();
    auto old = carried_.begin();
    const auto take = [this](const Period& next) {
      if (!merged_.empty() && merged_.back().end == next.begin)
        merged_.back().end = next.end;
      else
        merged_.push_back(next);
    };
    for (const Period& next : fresh_) {
      for (; old != carried_.end() && old->begin < next.begin; ++old) take(*old);
      take(next);
    }
    for (; old != carried_.end(); ++old) take(*old);
    std::swap(carried_, merged_);
  }

  Activities& activities_;
  const Period whole_;  // arrival to first token
  const Time dispatched_, begun_;
  Partition& result_;
  Periods carried_;         // in which a stage behind prefill_compute was active
  Periods fresh_, merged_;  // kept for their memory
  Time in_client_queue_{0}, in_prefill_queue_{0};  // charged to stages though it was there
  Time rest_ = whole_.length();
};

/// Computes the partition of a timeline whose stages were active like this.
Partition divided(const Timeline& timeline, Activities& activities) {
  assert(timeline.status == Status::ok && timeline.arrival <= timeline.first_token &&
         timeline.first_token <= timeline.last_token);
  Partition result;
  result.ttft = timeline.first_token - timeline.arrival;
  result.e2el = timeline.last_token - timeline.arrival;
  if (timeline.request.output_tokens > 1 && !timeline.token_gaps.empty())
    result.ttst = result.ttft + timeline.token_gaps.front();
  if (const auto gaps = static_cast<Time::rep>(timeline.request.output_tokens) - 1; gaps > 0)
    result.tpot = (result.e2el - result.ttft + Time(gaps / 2)) / gaps;
  Division(timeline, activities, result).run();
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
  sums.partition = divided(timeline, activities);
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
