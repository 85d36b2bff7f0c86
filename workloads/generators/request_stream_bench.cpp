#include <chrono>
#include <cstdio>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "workloads/generators/request_chain.hpp"
#include "workloads/generators/request_stream.hpp"
#include "workloads/traces/trace_writer.hpp"

namespace splitbench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kRequests = 10'000'000;

double peak_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

/// Returns the requests a second that `trace generate` makes without its file. All memory is in use
/// after a tenth.
double requests_a_second(const WorkloadSpec& spec) {
  const auto stream = open_workload(spec, 1);
  const bool sessions = has_sessions(spec);
  TraceRequest line;
  std::string text;
  const auto begin = Clock::now();
  double before = 0;
  for (Request request; stream->next(request);) {
    write_request(request, sessions, line);
    append_ours(line, text);
    if (text.size() > 1 << 20) text.clear();
    if (request.id == kRequests / 10) before = peak_mib();
  }
  EXPECT_LT(peak_mib(), before + 1);
  return kRequests / std::chrono::duration<double>(Clock::now() - begin).count();
}

TEST(RequestStreamBench, MakesAMillionRequestsASecondInFlatMemory) {
  const Distribution lengths{.shape = Shape::lognormal, .median = 2048, .p99 = 32'768};
  WorkloadSpec spec;
  spec.rate = 1000;
  spec.context = spec.output = lengths;
  spec.requests = kRequests;
  const double rate = requests_a_second(spec);
  std::printf("%.0f requests a second, %.0f MiB at most\n", rate, peak_mib());
  EXPECT_GT(rate, 1e6);
}

}  // namespace
}  // namespace splitbench
