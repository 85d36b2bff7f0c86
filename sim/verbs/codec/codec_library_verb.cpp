#include <fmt/format.h>
#include <memory>
#include <vector>

#include "codec/codebook_file.hpp"
#include "codec/plugin/codec_library.hpp"
#include "configs/reader/quantity.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/process/library_inquiry.hpp"
#include "sim/verbs/codec/codec_options.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr VerbHelp kHelp{
    .examples = R"(splitbench codec library libmine.so
splitbench codec library libmine.so --type fp8_e5m2 --format json
)",
    .about = "Loads a codec's shared library and says what it says of itself.",
    .notes =
        R"(The library's code runs in this process, with your rights. A run asks this of each library that
its arms need, before it begins. codec/plugin/splitbench_codec.h says what a library has to have.
)"};

std::string table(const LibraryFacts& facts) {
  const char* where = facts.on_cpu && facts.on_cuda ? "the CPU and GPUs"
                      : facts.on_cpu                ? "the CPU"
                                                    : "GPUs";
  return fmt::format("{}: on {}, in chunks of {}\n", facts.name, where,
                     facts.chunk_bytes ? format_bytes(*facts.chunk_bytes) : "the usual size");
}

void run(std::span<const std::string> arguments) {
  VerbOptions options("codec library", "FILE", kHelp);
  std::string type(name(ElementType::bf16)), format = "table";
  options.word("type", "TYPE", type, element_type_names(), "of the elements that it must take");
  options.word("format", "FORMAT", format, {"table", "json"});
  if (!options.parse(arguments)) return;
  try {
    const CodecLibrary library(options.arguments()[0], std::make_shared<CallWatch>());
    const LibraryFacts& facts = library.facts();
    library.bound(facts.chunk_bytes.value_or(256 << 10));
    if (facts.on_cpu)  // on a GPU there need not be a device here
      const CodecLibrary::State state(library, element_type_named(type).value(), CodecDevice::cpu);
    format == "json" ? print_data(to_json(facts)) : print_text(table(facts));
  } catch (const BadLibrary& bad) {
    throw InputError(bad.what());
  }
}

}  // namespace

const SubVerb kLibraryVerb{
    .name = "library", .summary = "what a codec in a shared library says of itself", .run = run};

}  // namespace splitbench
