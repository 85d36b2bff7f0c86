#include <cstdint>

#include "workers/kv/kv_dump.hpp"
#include "workloads/fuzz/claim.hpp"
#include "workloads/fuzz/memory_file.hpp"

namespace splitbench {
namespace {

void check(std::string_view text) {
  const MemoryFile file(text);
  read_or_refuse(file, [&] {
    const KvDump shape = read_kv_shape(file.path());
    claim(shape.layers > 0 && shape.layers <= 1000 && shape.tokens > 0 && shape.width > 0,
          "a shape has no side of 0");
  });
}

}  // namespace
}  // namespace splitbench

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  splitbench::check({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
