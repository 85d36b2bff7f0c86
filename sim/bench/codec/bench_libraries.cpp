#include "sim/bench/codec/bench_libraries.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "workloads/input_error.hpp"
#include "workloads/printable_text.hpp"

namespace splitbench {
namespace {

constexpr std::array kCrashes = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

/// The text that a signal handler prints, which may neither allocate nor look for it elsewhere.
char crash_message[1024];

void tell_of_crash(int) {
  [[maybe_unused]] const ssize_t n =
      write(STDERR_FILENO, crash_message, strnlen(crash_message, sizeof(crash_message)));
  _exit(1);
}

void tell_crashes(std::span<const std::string> files) {
  std::string message = printable(fmt::format(
      "splitbench: crashed while it measured codec library {}", fmt::join(files, ", ")));
  message.resize(std::min(message.size(), sizeof(crash_message) - 2));
  message += '\n';
  crash_message[message.copy(crash_message, message.size())] = '\0';
  for (const int crash : kCrashes) std::signal(crash, tell_of_crash);
}

}  // namespace

BenchLibraries::BenchLibraries(std::span<const std::string> files) {
  if (files.empty()) return;
  tell_crashes(files);
  watcher_ = std::thread([this] { watch(); });
  try {
    for (const std::string& file : files) {
      const auto library = std::make_shared<const CodecLibrary>(file, calls_);
      for (const CodecDevice device : {CodecDevice::cpu, CodecDevice::cuda})
        if (device == CodecDevice::cpu ? library->facts().on_cpu : library->facts().on_cuda)
          baselines_.push_back(library_baseline(library, device, ElementType::bf16));
    }
  } catch (const BadLibrary& bad) {
    over_ = true;
    watcher_.join();
    throw InputError(bad.what());
  }
  for (const Baseline& baseline : baselines_) codecs_.push_back({baseline.name, &baseline});
}

BenchLibraries::~BenchLibraries() {
  if (!watcher_.joinable()) return;
  over_ = true;
  watcher_.join();
  for (const int crash : kCrashes) std::signal(crash, SIG_DFL);
}

void BenchLibraries::watch() const {
  constexpr std::chrono::seconds kPatience{60};
  while (!over_) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const auto call = calls_->longer_than(kPatience);
    if (!call) continue;
    say(fmt::format("{} has not returned for {} s", *call, kPatience.count()));
    std::_Exit(1);
  }
}

}  // namespace splitbench
