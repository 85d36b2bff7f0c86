#include <algorithm>
#include <fmt/core.h>
#include <vector>

#include "sim/cli/dump_file.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/verbs/codec/codec_frames.hpp"
#include "sim/verbs/codec/codec_options.hpp"
#include "sim/verbs/codec/predictor_options.hpp"
#include "workers/kv/kv_dump.hpp"
#include "workers/kv/safetensors.hpp"
#include "workloads/files.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr VerbHelp kHelp{
    .examples = R"(splitbench codec decode kv.szf kv.bf16
splitbench codec decode cache.szf cache.safetensors
splitbench codec decode cache.szf elements.bf16
splitbench codec decode kv.szf kv.bf16 --predictor model.predictor
)",
    .about = "A file of frames, of whatever kind, back to what was encoded, bit for bit.",
    .notes =
        R"(A damaged IN is refused and OUT not written. Of a .safetensors file that was encoded, an OUT with
the suffix .bf16, .e5m2 or .e4m3 gets the elements alone, one tensor after the other.
Predicted frames take the predictor that made them, and are refused by name without it.
)"};

/// Returns whether OUT begins with the bytes that stood before the elements, which its suffix
/// decides.
bool wants_preface(const EncodedFile& file, const std::string& out) {
  if (file.parts.preface.empty() && is_safetensors(out)) {
    throw InputError(fmt::format(
        "{}: it holds raw elements, not a .safetensors file; give {} the suffix .bf16, .e5m2 or "
        ".e4m3",
        file.path, out));
  }
  const auto elements_only = type_of_suffix(out);
  if (file.parts.preface.empty() || !elements_only) return true;
  for (std::size_t i = 0; i < file.headers.size(); ++i) {
    if (!file.is_carried(i)) continue;
    throw InputError(fmt::format(
        "{}: tensor '{}' is {}, which {} has no room for; give it the suffix .safetensors",
        file.path, file.tensors[i].name, file.tensors[i].dtype, out));
  }
  const auto other =
      std::ranges::find_if(file.headers, [&](auto& h) { return h.element_type != *elements_only; });
  if (other == file.headers.end()) return false;
  throw InputError(
      fmt::format("{}: it holds tensors of {}, but {} is for {}; give it the suffix "
                  ".safetensors",
                  file.path, name(other->element_type), out, name(*elements_only)));
}

void run(std::span<const std::string> arguments) {
  VerbOptions options("codec decode", "IN OUT", kHelp);
  PredictorOption predictor_option;
  ThreadsOption threads;
  predictor_option.add_to(options);
  threads.add_to(options);
  if (!options.parse(arguments)) return;
  const std::vector<std::string>& files = options.arguments();
  const unsigned thread_count = threads.count("decode");
  const auto predictor = predictor_option.load();
  const EncodedFile file = read_encoded_file(files[0]);
  const bool with_preface = wants_preface(file, files[1]);
  OutputFile out(files[1]);
  if (with_preface) out.append(file.parts.preface);
  decode_frames(file, predictor.get(), thread_count,
                [&](std::size_t, std::span<const std::byte> raw) { out.append(raw); });
  out.commit();
  print_text(fmt::format("{}: {} bytes from {} frames\n", files[1],
                         file.raw_bytes() + (with_preface ? file.parts.preface.size() : 0),
                         file.headers.size()));
}

}  // namespace

const SubVerb kDecodeVerb{
    .name = "decode", .summary = "a file of frames back to what was encoded", .run = run};

}  // namespace splitbench
