#include <csignal>
#include <fcntl.h>
#include <string>
#include <unistd.h>
#include <vector>

#include "sim/cli/commands.hpp"

namespace splitbench {
namespace {

/// Occupies those of descriptors 0 to 2 that are closed, so that no file or socket of this program
/// gets such a number and is taken for a stream. Reading or writing such a stream still fails.
void occupy_standard_streams() {
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream)
    if (fcntl(stream, F_GETFD) < 0)
      open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);  // takes the lowest number
}

}  // namespace
}  // namespace splitbench

int main(int argc, char** argv) {
  splitbench::occupy_standard_streams();
  signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of write(), which is reported
  return splitbench::run_program(std::vector<std::string>(argv + 1, argv + argc));
}
