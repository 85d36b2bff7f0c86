#include "workloads/trace.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <random>

#include "workloads/input_error.hpp"
#include "workloads/mooncake.hpp"

namespace splitbench {
namespace {

constexpr double kMaxArrival = 3.2e16;  // ns: a year

/// A sample of the exponential distribution with mean 1, by von Neumann's game of comparisons: draw
/// uniforms while they descend; a run of odd length accepts its first as the fraction, an even one
/// adds a whole 1 and plays again. No logarithm, whose last bit differs between libraries.
double exponential(std::mt19937_64& random) {
  for (double whole = 0;; whole += 1) {
    const std::uint64_t first = random();
    bool odd = true;
    for (std::uint64_t last = first, next; (next = random()) < last; last = next) odd = !odd;
    if (odd) return whole + std::ldexp(static_cast<double>(first >> 11), -53);
  }
}

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

double median(std::vector<std::uint64_t> lengths) {
  std::ranges::sort(lengths);
  const std::size_t n = lengths.size();
  return (static_cast<double>(lengths[(n - 1) / 2]) + static_cast<double>(lengths[n / 2])) / 2;
}

void rescale_median(std::vector<Request>& requests, std::uint64_t context) {
  std::vector<std::uint64_t> lengths;
  for (const Request& request : requests) lengths.push_back(request.prompt_tokens);
  const double factor = static_cast<double>(context) / median(lengths);
  for (Request& request : requests)
    request.prompt_tokens = scaled(request.prompt_tokens, factor, "context");
}

std::vector<Request> replay(const WorkloadSpec& spec) {
  const std::uint64_t wanted = spec.requests == 0 ? 0 : spec.requests + spec.warmup;
  const std::vector<MooncakeRequest> lines = read_mooncake(spec.trace, wanted);
  const std::uint64_t needed = std::max(wanted, spec.warmup + 1);
  if (lines.size() < needed)
    throw InputError(
        fmt::format("{}: {} requests, expected at least {}: workload.requests and workload.warmup",
                    spec.trace.string(), lines.size(), needed));

  std::vector<Request> requests;
  for (const MooncakeRequest& line : lines) {
    const auto since_first = static_cast<double>((line.timestamp - lines[0].timestamp).count());
    requests.push_back(
        {.arrival = arrival_at(since_first / spec.rate_scale, "rate_scale"),
         .prompt_tokens = scaled(line.input_length, spec.length_scale, "length_scale"),
         .output_tokens = spec.output
                              ? *spec.output
                              : scaled(line.output_length, spec.length_scale, "length_scale")});
  }
  if (spec.context) rescale_median(requests, *spec.context);
  return requests;
}

std::vector<Request> generate(const WorkloadSpec& spec, std::uint64_t seed) {
  std::vector<Request> requests(
      spec.requests + spec.warmup,
      {.prompt_tokens = spec.context.value(), .output_tokens = spec.output.value()});
  if (spec.arrivals == Arrivals::closed) return requests;

  std::mt19937_64 random(seed);
  double now = 0;
  for (Request& request : requests) {
    now += exponential(random) * 1e9 / spec.rate;
    request.arrival = arrival_at(now, "rate");
  }
  return requests;
}

}  // namespace

std::vector<Request> make_trace(const WorkloadSpec& spec, std::uint64_t seed) {
  std::vector<Request> requests =
      spec.arrivals == Arrivals::trace ? replay(spec) : generate(spec, seed);
  std::uint64_t id = 0;
  for (Request& request : requests) request.id = id++;
  return requests;
}

}  // namespace splitbench
