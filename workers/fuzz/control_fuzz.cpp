#include <cstdint>
#include <string>
#include <string_view>

#include "workers/process/control.hpp"
#include "workloads/fuzz/claim.hpp"

namespace splitbench {
namespace {

void check(std::string_view text) {
  try {
    const std::string written = control_text(read_control(text));
    claim(control_text(read_control(written)) == written, "a message is what its text says");
  } catch (const ProtocolError&) {
    return;
  }
}

}  // namespace
}  // namespace splitbench

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  splitbench::check({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
