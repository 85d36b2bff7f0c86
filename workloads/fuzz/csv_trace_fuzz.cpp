#include <array>

#include "workloads/fuzz/check_trace.hpp"

namespace splitbench {
namespace {

/// By the first byte of an input.
constexpr std::array kFormats = {TraceFormat::automatic, TraceFormat::azure, TraceFormat::burstgpt};

}  // namespace
}  // namespace splitbench

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace splitbench;
  if (size < 1) return 0;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  check_text(text.substr(1), kFormats[bytes[0] % kFormats.size()]);
  return 0;
}
