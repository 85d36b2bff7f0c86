#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <utility>

#include "workloads/generators/arrivals.hpp"
#include "workloads/generators/recorded.hpp"
#include "workloads/generators/request_stream.hpp"
#include "workloads/generators/sessions.hpp"
#include "workloads/input_error.hpp"
#include "workloads/machine_memory.hpp"
#include "workloads/statistics.hpp"
#include "workloads/traces/trace_request.hpp"

namespace splitbench {
namespace {

Time arrival_at(double nanoseconds, const char* key) {
  if (!(nanoseconds <= kMaxArrival))
    throw InputError(
        fmt::format("workload.{}: a request would arrive after more than a year, "
                    "expected a larger one",
                    key));
  return Time(std::llround(nanoseconds));
}

std::uint64_t scaled(std::uint64_t tokens, double factor, const char* key) {
  const double product = std::round(static_cast<double>(tokens) * factor);
  if (!(product <= static_cast<double>(kMaxTokens)))
    throw InputError(fmt::format("workload.{}: makes {:.0f} tokens of {}, expected at most {}", key,
                                 product, tokens, kMaxTokens));
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(product));
}

/// Scales the length of a prompt, and of the prefix that it shares.
void scale_prompt(Request& request, double factor, const char* key) {
  request.prompt_tokens = scaled(request.prompt_tokens, factor, key);
  const double prefix = std::round(static_cast<double>(request.prefix_tokens) * factor);
  request.prefix_tokens = static_cast<std::uint64_t>(prefix);
  const double answer = std::round(static_cast<double>(request.answer_tokens) * factor);
  request.answer_tokens = static_cast<std::uint64_t>(answer);
  if (request.prefix_tokens > 0) return;
  request.prefix_of = kNoRequest;
  request.answer_tokens = 0;
}

void rescale_median(std::vector<Request>& requests, double context) {
  std::vector<std::uint64_t> lengths;
  for (const Request& request : requests) lengths.push_back(request.prompt_tokens);
  const double factor = context / median(std::move(lengths));
  for (Request& request : requests) scale_prompt(request, factor, "context");
}

Recorded replay(const WorkloadSpec& spec) {
  const std::uint64_t wanted = spec.requests == 0 ? 0 : spec.requests + spec.warmup;
  Recorded recorded = recorded_requests(spec.trace, recorded_options(spec, wanted));
  std::vector<Request>& requests = recorded.requests;
  const std::uint64_t needed = std::max(wanted, spec.warmup + 1);
  if (requests.size() < needed)
    throw InputError(
        fmt::format("{}: {} requests, expected at least {}: workload.requests and workload.warmup",
                    spec.trace.string(), requests.size(), needed));

  for (Request& request : requests) {
    const auto since_first = static_cast<double>(request.arrival.count());
    request.arrival = arrival_at(since_first / spec.rate_scale, "rate_scale");
    scale_prompt(request, spec.length_scale, "length_scale");
    request.output_tokens = spec.output
                                ? static_cast<std::uint64_t>(spec.output->value)
                                : scaled(request.output_tokens, spec.length_scale, "length_scale");
  }
  if (spec.context) rescale_median(requests, spec.context->value);
  return recorded;
}

class Replay final : public RequestStream {
 public:
  explicit Replay(Recorded recorded)
      : requests_(std::move(recorded.requests)), remarks_(std::move(recorded.remarks)) {}

  bool next(Request& request) override {
    if (given_ == requests_.size()) return false;
    request = requests_[given_];
    request.id = given_++;
    return true;
  }

  std::vector<std::string> remarks() const override { return remarks_; }

 private:
  std::vector<Request> requests_;
  std::vector<std::string> remarks_;
  std::size_t given_ = 0;
};

}  // namespace

std::unique_ptr<RequestStream> open_workload(const WorkloadSpec& spec, std::uint64_t seed) {
  if (spec.arrivals == Arrivals::trace) return std::make_unique<Replay>(replay(spec));
  return std::make_unique<SessionStream>(spec, seed);
}

bool is_random(const WorkloadSpec& spec) {
  constexpr std::uint64_t kSeeds = 8, kRequests = 1000;  // whatever is random shows early
  if (spec.arrivals == Arrivals::trace) return false;
  for (std::uint64_t seed = 1; seed < kSeeds; ++seed) {
    const auto one = open_workload(spec, 0), other = open_workload(spec, seed);
    Request a, b;
    for (std::uint64_t i = 0; i < kRequests && one->next(a); ++i)
      if (!other->next(b) || a != b) return true;
  }
  return false;
}

std::vector<Request> make_trace(const WorkloadSpec& spec, std::uint64_t seed,
                                std::vector<std::string>* remarks) {
  constexpr std::uint64_t kKeptBytes = 1000;  // of a request, once it is run
  const std::unique_ptr<RequestStream> stream = open_workload(spec, seed);
  if (remarks) *remarks = stream->remarks();
  std::vector<Request> requests;
  for (Request request; stream->next(request); requests.push_back(std::move(request)))
    if (requests.size() * kKeptBytes > machine_memory() / 2)
      throw InputError(
          fmt::format("more than {} requests, which is what half of this machine's memory holds "
                      "of a run; set workload.requests",
                      requests.size()));
  return requests;
}

}  // namespace splitbench
