#include "sim/process/child_process.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
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

/// In a child, which has but one way to complain.
void write_to(const char* file, int stream) {
  if (*file == '\0') return;
  const int opened = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (opened < 0 || dup2(opened, stream) < 0) _exit(127);
}

void unblock_signals() {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& arguments,
                           const std::vector<std::string>& environment,
                           const ChildStreams& streams) {
  std::vector<std::string> command = {"splitbench"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables = environment;
  for (char** variable = environ; *variable; ++variable) variables.emplace_back(*variable);
  const std::vector<char*> argv = pointers(command), envp = pointers(variables);

  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "start a process");
  if (pid_ > 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  unblock_signals();
  write_to(streams.output.c_str(), STDOUT_FILENO);
  write_to(streams.errors.c_str(), STDERR_FILENO);
  if (!streams.errors.empty()) setpgid(0, 0);
  if (getppid() == parent) execve("/proc/self/exe", argv.data(), envp.data());
  _exit(127);
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), end_(std::move(other.end_)) {}

ChildProcess::~ChildProcess() {
  if (pid_ <= 0 || !ended().empty()) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

std::string ChildProcess::ended() {
  int status = 0;
  if (!end_.empty() || waitpid(pid_, &status, WNOHANG) != pid_) return end_;
  if (WIFSIGNALED(status))
    end_ =
        fmt::format("was killed by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
  else
    end_ = fmt::format("exited with {}", WEXITSTATUS(status));
  return end_;
}

}  // namespace splitbench
