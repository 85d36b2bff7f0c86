#include <cstdint>
#include <span>

#include "workers/kv/kv_dump.hpp"
#include "workers/kv/safetensors.hpp"
#include "workloads/fuzz/claim.hpp"
#include "workloads/fuzz/memory_file.hpp"

namespace splitbench {
namespace {

void check_layout(std::string_view text) {
  try {
    const SafetensorsLayout layout =
        read_safetensors_layout(std::as_bytes(std::span(text)), text.size());
    std::uint64_t end = layout.header_bytes;
    for (const SafetensorsTensor& tensor : layout.tensors) {
      claim(tensor.offset == end, "a tensor begins where the one before it ends");
      end += tensor.bytes;
    }
    claim(end == text.size(), "the last tensor ends where the file does");
  } catch (const std::runtime_error&) {
    return;
  }
}

void check(std::string_view text) {
  check_layout(text);
  const MemoryFile file(text);
  read_or_refuse(file, [&] {
    const KvDump described = describe_kv_safetensors(file.path());
    const KvDump dump = load_kv_safetensors(file.path());
    claim(dump.layers == described.layers && dump.tokens == described.tokens &&
              dump.width == described.width && dump.element_type == described.element_type,
          "what is loaded is what was described");
    claim(dump.values.size() == dump.elements() * element_bytes(dump.element_type),
          "every element is there");
  });
}

}  // namespace
}  // namespace splitbench

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  splitbench::check({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
