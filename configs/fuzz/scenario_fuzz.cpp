#include <cstdint>
#include <string_view>

#include "configs/scenario_file.hpp"
#include "workloads/fuzz/claim.hpp"
#include "workloads/fuzz/memory_file.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

std::string resolved(std::string_view text) {
  const MemoryFile file(text);
  return to_yaml(load_scenario(file.path()));
}

void check(std::string_view text) {
  std::string written;
  try {
    written = resolved(text);
  } catch (const InputError&) {
    return;
  }
  claim(resolved(written) == written, "a resolved scenario is what it says");
}

}  // namespace
}  // namespace splitbench

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  splitbench::check({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
