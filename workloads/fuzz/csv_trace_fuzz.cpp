#include <array>

#include "workloads/fuzz/check_trace.hpp"

namespace splitbench {
namespace {

constexpr std::array kFormats = {TraceFormat::automatic, TraceFormat::azure, TraceFormat::burstgpt,
                                 TraceFormat::blis};

}  // namespace
}  // namespace splitbench

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  splitbench::check_bytes(bytes, size, splitbench::kFormats);
  return 0;
}
