#include "workloads/generators/spread.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace splitbench {
namespace {

class Spread final : public TraceReader {
 public:
  explicit Spread(std::unique_ptr<TraceReader> trace) : trace_(std::move(trace)) {}

  bool next(TraceRequest& request) override {
    if (given_ == batch_.size() && !read_batch()) return false;
    request = std::move(batch_[given_++]);
    return true;
  }

  const LeftOut& left_out() const override { return trace_->left_out(); }
  bool starts_recorded() const override { return trace_->starts_recorded(); }

 private:
  bool read_batch() {
    batch_.clear();
    given_ = 0;
    if (!begun_) more_ = trace_->next(ahead_);
    begun_ = true;
    if (!more_) return false;
    const Time at = ahead_.timestamp;
    while (more_ && (waits(ahead_) || ahead_.timestamp == at || batch_.empty())) {
      batch_.push_back(std::move(ahead_));
      ahead_ = {};
      more_ = trace_->next(ahead_);
    }
    if (more_) gap_ = ahead_.timestamp - at;
    spread(at);
    return true;
  }

  void spread(Time at) {
    const auto count = std::ranges::count_if(batch_, [](const auto& r) { return !waits(r); });
    std::int64_t i = 0;
    for (TraceRequest& request : batch_)
      if (!waits(request)) request.timestamp = at + gap_ / count * i++;
  }

  std::unique_ptr<TraceReader> trace_;
  TraceRequest ahead_;
  bool begun_ = false, more_ = false;
  Time gap_{0};
  std::vector<TraceRequest> batch_;
  std::size_t given_ = 0;
};

}  // namespace

std::unique_ptr<TraceReader> spread_batches(std::unique_ptr<TraceReader> trace) {
  return std::make_unique<Spread>(std::move(trace));
}

}  // namespace splitbench
