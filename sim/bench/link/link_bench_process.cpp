#include "sim/bench/link/link_bench_process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <stdexcept>
#include <string_view>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace splitbench {
namespace {

[[noreturn]] void run(const std::function<void()>& work, int failure) {
  std::string why;
  try {
    work();
    _exit(0);  // the parent's buffers and resources are the parent's to flush and to release
  } catch (const std::exception& error) {
    why = error.what();
  }
  _exit(write(failure, why.data(), why.size()) < 0 ? 2 : 1);
}

std::string read_all(int descriptor) {
  std::string text;
  std::array<char, 512> part;
  for (ssize_t n; (n = read(descriptor, part.data(), part.size())) > 0;)
    text.append(part.data(), static_cast<std::size_t>(n));
  return text;
}

}  // namespace

ForkedProcess::ForkedProcess(std::string name, const std::function<void()>& work)
    : name_(std::move(name)) {
  std::array<int, 2> ends;
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    throw std::system_error(errno, std::generic_category(), "make a pipe to the " + name_);
  failure_ = ends[0];
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(2);
    run(work, ends[1]);
  }
  const int error = errno;
  close(ends[1]);
  if (pid_ > 0) return;
  close(failure_);
  throw std::system_error(error, std::generic_category(), "start the " + name_);
}

ForkedProcess::ForkedProcess(ForkedProcess&& other) noexcept
    : name_(std::move(other.name_)),
      failure_(std::exchange(other.failure_, -1)),
      pid_(std::exchange(other.pid_, -1)) {}

ForkedProcess::~ForkedProcess() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  if (failure_ >= 0) close(failure_);
}

std::string ForkedProcess::finish() {
  const std::string why = read_all(failure_);
  int status = 0;
  waitpid(std::exchange(pid_, -1), &status, 0);
  if (status == 0) return {};
  if (WIFSIGNALED(status))
    return fmt::format("{}: was killed by signal {} ({})", name_, WTERMSIG(status),
                       strsignal(WTERMSIG(status)));
  return fmt::format("{}: {}", name_, why);
}

void wait_for(std::vector<ForkedProcess>& all) {
  constexpr int kPatience = 300;  // ms: one that failed makes its peers fail, and may be the later
  std::vector<pollfd> waiting;
  for (const ForkedProcess& process : all)
    waiting.push_back({.fd = process.descriptor(), .events = POLLIN, .revents = 0});

  std::vector<std::string> failures;
  for (std::size_t running = all.size(); running > 0;) {
    if (poll(waiting.data(), waiting.size(), failures.empty() ? -1 : kPatience) == 0) break;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (waiting[i].revents == 0) continue;
      waiting[i].fd = -1;
      waiting[i].revents = 0;
      --running;
      const std::string failure = all[i].finish();
      if (!failure.empty()) failures.push_back(failure);
    }
  }
  if (!failures.empty()) throw std::runtime_error(fmt::format("{}", fmt::join(failures, "; ")));
}

}  // namespace splitbench
