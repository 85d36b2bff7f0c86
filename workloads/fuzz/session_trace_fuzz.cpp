#include "workloads/fuzz/check_trace.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace splitbench;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  check_text(text, TraceFormat::sessions);
  return 0;
}
