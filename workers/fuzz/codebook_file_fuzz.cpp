#include <cstdint>
#include <string_view>

#include "codec/codebook_file.hpp"
#include "workloads/foreign_json.hpp"
#include "workloads/fuzz/claim.hpp"

namespace splitbench {
namespace {

void check(std::string_view text) {
  try {
    const CodebookFile file = codebook_file_from_json(parse_foreign_json(text));
    claim(!file.entries.empty(), "a file without a codebook is refused");
    claim(codebook_file_from_json(parse_foreign_json(to_json(file))) == file,
          "what was read is written and read again");
  } catch (const std::runtime_error&) {
    return;
  }
}

}  // namespace
}  // namespace splitbench

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  splitbench::check({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
