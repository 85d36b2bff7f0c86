#include "sim/process/child_process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace splitbench {

namespace {

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (const std::string& text : texts) all.push_back(const_cast<char*>(text.c_str()));
  all.push_back(nullptr);
  return all;
}

/// Redirects a stream of a child, whose exit status is its only way to complain.
void write_to(const char* file, int stream) {
  if (*file == '\0') return;
  const int opened = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (opened < 0 || dup2(opened, stream) < 0) _exit(127);
}

/// Returns the end of a pipe from which this text can be read, and then the end of the pipe.
Descriptor pipe_of(const std::string& text) {
  if (text.size() > PIPE_BUF)
    throw std::length_error(
        fmt::format("a child's input of {} bytes, at most {} are possible", text.size(), PIPE_BUF));
  std::array<int, 2> ends;
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    throw std::system_error(errno, std::generic_category(), "make a pipe to a process");
  Descriptor its(ends[0]);
  const Descriptor ours(ends[1]);
  if (write(ours.number(), text.data(), text.size()) < 0)  // a new pipe takes all of it at once
    throw std::system_error(errno, std::generic_category(), "write to a pipe to a process");
  return its;
}

/// Makes a child read from this descriptor.
void read_from(const Descriptor& input) {
  if (dup2(input.number(), STDIN_FILENO) < 0 || fcntl(STDIN_FILENO, F_SETFD, 0) != 0) _exit(127);
}

void unblock_signals() {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// Forks this process. Returns 0 in the child, which ends at once if its parent is gone already.
pid_t fork_from(pid_t parent, const std::string& what) {
  const pid_t pid = ::fork();
  if (pid < 0) throw std::system_error(errno, std::generic_category(), "start " + what);
  if (pid > 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  return 0;
}

/// Forks this process. Returns 0 in the child, which has these streams and no signal blocked.
pid_t fork_with(const ChildStreams& streams) {
  std::optional<Descriptor> input;
  if (!streams.input.empty()) input.emplace(pipe_of(streams.input));
  const pid_t pid = fork_from(getpid(), "a process");
  if (pid > 0) return pid;
  unblock_signals();
  if (input) read_from(*input);
  write_to(streams.output.c_str(), STDOUT_FILENO);
  write_to(streams.errors.c_str(), STDERR_FILENO);
  if (!streams.errors.empty()) setpgid(0, 0);
  return 0;
}

/// Starts a program with these arguments behind its name and these variables before this process's.
/// A file without a slash is looked for on PATH.
pid_t start(const char* file, const std::string& name, const std::vector<std::string>& arguments,
            const std::vector<std::string>& environment, const ChildStreams& streams) {
  std::vector<std::string> command = {name};
  command.insert(command.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables = environment;
  for (char** variable = environ; *variable; ++variable) variables.emplace_back(*variable);
  const std::vector<char*> argv = pointers(command), envp = pointers(variables);

  const pid_t pid = fork_with(streams);
  if (pid > 0) return pid;
  execvpe(file, argv.data(), envp.data());
  _exit(127);
}

[[noreturn]] void run(const std::function<void()>& work, int failure) {
  std::string why;
  try {
    work();
    _exit(0);  // the parent flushes its buffers and releases its resources itself
  } catch (const std::exception& error) {
    why = error.what();
  }
  why.resize(std::min<std::size_t>(why.size(), PIPE_BUF));  // fits the pipe, read or not
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

ChildProcess::ChildProcess(const std::vector<std::string>& arguments,
                           const std::vector<std::string>& environment, const ChildStreams& streams)
    : name_("splitbench"), pid_(start("/proc/self/exe", name_, arguments, environment, streams)) {}

ChildProcess ChildProcess::program(const std::string& file,
                                   const std::vector<std::string>& arguments,
                                   const ChildStreams& streams) {
  return {file, start(file.c_str(), file, arguments, {}, streams), std::nullopt};
}

ChildProcess::ChildProcess(std::string name, pid_t pid, std::optional<Descriptor> failure)
    : name_(std::move(name)), pid_(pid), failure_(std::move(failure)) {}

ChildProcess ChildProcess::fork(std::string name, const std::function<void()>& work) {
  std::array<int, 2> ends;
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    throw std::system_error(errno, std::generic_category(), "make a pipe to the " + name);
  Descriptor ours(ends[0]), its(ends[1]);
  const pid_t pid = fork_from(getpid(), "the " + name);
  if (pid == 0) run(work, its.number());
  return {std::move(name), pid, std::move(ours)};
}

ChildProcess ChildProcess::fork(const std::function<int()>& work, const ChildStreams& streams) {
  const pid_t pid = fork_with(streams);
  if (pid == 0) _exit(work());
  return {"splitbench", pid, std::nullopt};
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : name_(std::move(other.name_)),
      pid_(std::exchange(other.pid_, -1)),
      failure_(std::move(other.failure_)),
      end_(std::move(other.end_)) {}

ChildProcess::~ChildProcess() {
  if (pid_ <= 0 || !ended().empty()) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

std::string ChildProcess::ended() {
  return reap(WNOHANG);
}

std::string ChildProcess::ended_within(std::chrono::milliseconds limit) {
  constexpr std::chrono::milliseconds kStep{2};
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (ended().empty() && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(kStep);
  return end_;
}

std::string ChildProcess::reap(int options) {
  int status = 0;
  if (!end_.empty() || waitpid(pid_, &status, options) != pid_) return end_;
  if (WIFSIGNALED(status))
    end_ =
        fmt::format("was killed by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
  else
    end_ = fmt::format("exited with {}", WEXITSTATUS(status));
  if (!failure_) return end_;
  if (const std::string why = read_all(failure_->number()); !why.empty()) end_ = why;
  return end_;
}

void ChildProcess::wait_for(std::vector<ChildProcess>& forks) {
  constexpr int kPatience = 300;  // ms: a failed one makes others fail, and may be seen after them
  std::vector<pollfd> waiting;
  for (const ChildProcess& process : forks)
    waiting.push_back({.fd = process.failure_->number(), .events = POLLIN, .revents = 0});

  std::vector<std::string> failures;
  for (std::size_t running = forks.size(); running > 0;) {
    if (poll(waiting.data(), waiting.size(), failures.empty() ? -1 : kPatience) == 0) break;
    for (std::size_t i = 0; i < forks.size(); ++i) {
      if (waiting[i].revents == 0) continue;
      waiting[i].fd = -1;
      waiting[i].revents = 0;
      --running;
      const std::string end = forks[i].reap(0);
      if (end != kSucceeded) failures.push_back(fmt::format("{}: {}", forks[i].name_, end));
    }
  }
  if (!failures.empty()) throw std::runtime_error(fmt::format("{}", fmt::join(failures, "; ")));
}

SignalWatch::SignalWatch() {
  sigemptyset(&watched_);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) sigaddset(&watched_, signal);
  sigprocmask(SIG_BLOCK, &watched_, &before_);
}

SignalWatch::~SignalWatch() {
  sigprocmask(SIG_SETMASK, &before_, nullptr);
}

int SignalWatch::wait(std::chrono::milliseconds limit) {
  const timespec time{limit.count() / 1000, limit.count() % 1000 * 1'000'000};
  return std::max(sigtimedwait(&watched_, nullptr, &time), 0);  // the lowest number comes first
}

}  // namespace splitbench
