#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "workloads/scratch_folder.hpp"
#include "workloads/traces/trace_reader.hpp"
#include "workloads/traces/trace_writer.hpp"

namespace splitbench {
namespace {

using Clock = std::chrono::steady_clock;
using Append = void (*)(const TraceRequest&, std::string&);

constexpr std::uint64_t kRequests = 1'000'000;
constexpr std::uint64_t kIds = 20;

double since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

double peak_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void write_trace(const std::filesystem::path& path, Append append) {
  std::ofstream file(path, std::ios::binary);
  TraceRequest request{.input_tokens = 9876, .output_tokens = 345, .block_tokens = 512};
  std::string text;
  for (std::uint64_t i = 0; i < kRequests; ++i) {
    request.timestamp = std::chrono::milliseconds(i);
    request.hash_ids.clear();
    for (std::uint64_t id = 0; id < kIds; ++id) request.hash_ids.push_back(i * kIds + id);
    append(request, text);
    if (text.size() < 1 << 20 && i + 1 < kRequests) continue;
    file << text;
    text.clear();
  }
}

/// Returns the requests read a second. All memory is in use after a tenth of the file.
double read_trace(const std::filesystem::path& path) {
  const auto trace = open_trace(path);
  TraceRequest request;
  const auto begin = Clock::now();
  for (std::uint64_t i = 0; i < kRequests / 10; ++i) EXPECT_TRUE(trace->next(request));
  const double before = peak_mib();
  std::uint64_t requests = kRequests / 10;
  while (trace->next(request)) ++requests;
  const double rate = static_cast<double>(requests) / since(begin);
  EXPECT_EQ(requests, kRequests);
  EXPECT_LT(peak_mib(), before + 1);
  return rate;
}

void measure(const char* name, Append append) {
  const ScratchFolder folder;
  const std::filesystem::path path = folder.file("bench.jsonl");
  const auto begin = Clock::now();
  write_trace(path, append);
  const double written = kRequests / since(begin);
  const double read = read_trace(path);
  std::printf("%s: %llu requests of %llu ids: %.0f a second written, %.0f read, %.0f MiB at most\n",
              name, static_cast<unsigned long long>(kRequests),
              static_cast<unsigned long long>(kIds), written, read, peak_mib());
  EXPECT_GT(read, 300'000);
}

TEST(TraceReaderBench, ReadsOursAt300000RequestsASecondInFlatMemory) {
  measure("ours", append_ours);
}

TEST(TraceReaderBench, ReadsMooncakeAt300000RequestsASecondInFlatMemory) {
  measure("mooncake", append_mooncake);
}

}  // namespace
}  // namespace splitbench
