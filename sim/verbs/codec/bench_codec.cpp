#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <optional>
#include <ranges>

#include "codec/codebook_file.hpp"
#include "codec/codecs.hpp"
#include "codec/cuda/device.hpp"
#include "codec/exponent_statistics.hpp"
#include "configs/reader/quantity.hpp"
#include "sim/bench/codec/bench_libraries.hpp"
#include "sim/bench/codec/bench_shape.hpp"
#include "sim/bench/codec/codec_bench.hpp"
#include "sim/bench/codec/published_codec.hpp"
#include "sim/cli/dump_file.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/verbs/codec/codec_options.hpp"
#include "workers/kv/named_codebooks.hpp"
#include "workloads/input_error.hpp"
#include "workloads/machine_memory.hpp"

namespace splitbench {
namespace {

constexpr VerbHelp kHelp{
    .examples = R"(splitbench codec bench
splitbench codec bench --backend cpu --bytes '256 MiB' --threads 1
splitbench codec bench --like kv.bf16 --escapes 0.002,0.007,0.025 --format json
splitbench codec bench --backend cuda --destination pinned --max-blocks 8 --data kv.bf16
splitbench codec bench --shape llama-3.1-8b:tp=4,qwen3-32b:layers=8 --bytes '64 MiB'
splitbench codec bench --codec all --data kv.bf16 --bytes '8 MiB,64 MiB,512 MiB'
splitbench codec bench --codec splitzip,ranked --data tuesday.bf16 --codebook monday.json
splitbench codec bench --codec-library libmine.so --codec splitzip,zstd --data kv.bf16
splitbench codec bench --backend cuda --data kv.bf16 --tensors 1 --reference ../SplitZip
)",
    .about = "Encodes and decodes tensors against the clock, and copies them plainly beside it.",
    .notes =
        R"(On the GPU time is the device's, from the first kernel's start to the last one's end, with buffers
that earlier repeats have not left in a cache. What comes back is compared with what went in.

Codecs of other libraries, where this program was built with them:
  zstd, lz4           on the CPU (libzstd-dev, liblz4-dev)
  nvcomp              on GPUs; pip install nvidia-libnvcomp-cu13 (or -cu12), then configure with
                      -DNVCOMP_ROOT=SITE-PACKAGES/nvidia/libnvcomp
bypass makes frames whose elements stand as they are. A name stands for one codec, or for all that
begin with it: zstd for zstd-1, zstd-3 and so on. With -planes only exponents go through the coder,
and signs and mantissas are stored, which suits bf16; the others see its bytes as they are.
nvcomp-ans knows 16-bit floating-point numbers itself, and nvcomp-ans-fast has a coarser histogram
and does not validate. The ratio of a baseline counts the bytes of each chunk and 4 for its length.
Unlike our frames, theirs have no digest, and on GPUs stay scattered: gathering them would cost a
copy, which is not timed.

A dump is repeated to fill the bytes, and no coder may gain by that: a chunk never reaches from one
repetition into the next. Repeats that a dump has itself count: V of a model's first layer follows
from the token alone, which is much in a dump of few layers and little in a large model's.
Combinations that do not exist (a baseline on the other device, in another destination, with
--max-blocks, FP8 in planes) are left out.
)"};

constexpr std::string_view kCpuBytes = "256 MiB", kCudaBytes = "8 MiB,64 MiB,512 MiB";

/// The options as they were given, not yet checked.
struct Options {
  std::string codecs{codec_of_frames(FrameKind::splitzip).name};
  std::vector<std::string> libraries;
  std::string backends = cuda_available() ? "cpu,cuda" : "cpu";
  std::string types{name(ElementType::bf16)};
  std::string bytes, tensors, shapes, escapes, like, data, codebook, destinations = "device";
  std::uint32_t max_blocks = 0;
  bool plan = false;
  int threads = 1;
  std::string chunk;
  std::string reference;
  int repeats = 30;
  std::string format = "table";
};

void describe(Options& given, VerbOptions& options) {
  options.value("codec", "LIST", given.codecs,
                fmt::format("bypass, {}, those of other libraries below, or all",
                            fmt::join(kOwnCodecs | std::views::transform(&Codec::name), ", ")));
  options.value("codec-library", "FILE", given.libraries,
                "a codec of your own in a shared library, beside the others; may be repeated");
  options.words("backend", "LIST", given.backends, {"cpu", "cuda"});
  options.words("type", "LIST", given.types, element_type_names());
  options.value("bytes", "LIST", given.bytes,
                fmt::format("raw bytes of a call; else {}, on the CPU {}", kCudaBytes, kCpuBytes));
  options.value("tensors", "LIST", given.tensors,
                "that they are divided into; 0: as long as those of the dump, as many as that "
                "takes; else 1, or 0 of --data");
  options.value("shape", "LIST", given.shapes,
                "in place of --tensors, those of a rank: MODEL[:tp=N][:page=TOKENS][:layers=N]; "
                "pages on the GPU alone, which codes them where they lie");
  options.value("escapes", "LIST", given.escapes,
                "shares of elements without a code; else 0.002, or what --codebook makes of them");
  options.value("like", "FILE", given.like,
                "exponents drawn as they are in a dump, instead of as in a model's cache");
  options.value("data", "FILE", given.data,
                "the elements of a dump themselves, its tensors in turn until the bytes are full, "
                "each with a codebook of its own, which --escapes follows from, and --type "
                "unless the tensors are bytes that it says are FP8");
  options.value("codebook", "FILE", given.codebook,
                "of codec calibrate; without one elements are calibrated on themselves");
  options.words("destination", "LIST", given.destinations, {"device", "pinned", "peer"},
                "of frames, for cuda; pinned is host memory, peer a second GPU's");
  options.value("max-blocks", "N", given.max_blocks,
                "of the GPU, where prefill needs the rest; else no limit");
  options.flag(
      "plan", given.plan,
      "of our codec on the GPU: calls of the same tensors again and again, described to the "
      "device before the clock runs");
  options.value("threads", "N", given.threads, "of the CPU");
  options.value("chunk", "SIZE", given.chunk,
                "that other libraries' codecs compress apart; else 64 KiB, on the CPU 256 KiB of "
                "elements");
  options.value("reference", "DIR", given.reference,
                "a checkout of the published implementation of SplitZip, measured beside ours in "
                "cases of one tensor of bf16 on the GPU; needs python3 with torch and triton");
  options.value("repeats", "N", given.repeats, "timed, after some that are not");
  options.word("format", "FORMAT", given.format, {"table", "json", "csv"});
}

double share(const std::string& text) {
  const double value = parse_factor(text);
  if (value > 1) throw InputError(fmt::format("codec bench: --escapes {}, expected 0 to 1", text));
  return value;
}

BenchDestination destination_named(const std::string& word) {
  if (word == "device") return BenchDestination::device;
  return word == "pinned" ? BenchDestination::pinned : BenchDestination::peer;
}

/// Returns the codebooks of the file that was named, else those that fit these exponents best.
BenchCodebooks codebooks_for(const std::optional<NamedCodebooks>& named, const CodebookKey& tensor,
                             const ExponentHistogram& histogram, ElementType type) {
  if (!named) return calibrated(histogram, type);
  return {.splitzip = named->of(tensor, type),
          .ranked = named->of(tensor, type, FrameKind::ranked)};
}

/// Returns a dump without the tensors that are none of the codec's. Throws InputError if none is
/// left.
Dump coded_tensors(const std::string& path, std::optional<ElementType> wanted = {}) {
  Dump dump = read_dump(path, wanted);
  std::erase_if(dump.tensors, [](const Tensor& tensor) { return !tensor.type; });
  if (dump.tensors.empty())
    throw InputError(fmt::format("{}: no tensor of bf16 or fp8, expected one", path));
  return dump;
}

/// Returns the elements of a dump themselves.
BenchElements elements_of(const Options& given, const std::optional<NamedCodebooks>& codebooks) {
  const std::string& path = given.data;
  const bool says_type = given.types != Options().types;
  const Dump dump = coded_tensors(path, says_type ? element_type_named(given.types) : std::nullopt);
  const bool has_elements = std::ranges::any_of(
      dump.tensors, [](const Tensor& tensor) { return tensor.raw.size() >= 16; });
  if (!has_elements) throw InputError(fmt::format("{}: no tensor of 16 bytes, expected one", path));
  const ElementType type = dump.tensors.front().type.value();
  std::vector<BenchSource> tensors;
  for (const Tensor& tensor : dump.tensors) {
    if (tensor.type != type)
      throw InputError(fmt::format("{}: {} and {} elements, expected one type", path, name(type),
                                   name(*tensor.type)));
    tensors.push_back({tensor.raw, codebooks_for(codebooks, tensor.key,
                                                 exponent_histogram(tensor.raw, type), type)});
  }
  return take_elements(tensors, type);
}

/// Returns the exponents of a dump.
ExponentHistogram exponents_of(const std::string& path) {
  const Dump dump = coded_tensors(path);
  ExponentHistogram exponents{};
  for (const Tensor& tensor : dump.tensors) {
    if (tensor.type != ElementType::bf16)
      throw InputError(fmt::format("{}: {} elements, expected bf16", path, name(*tensor.type)));
    exponents += exponent_histogram(tensor.raw, *tensor.type);
  }
  return exponents;
}

/// Returns the data to encode that the options ask for.
std::vector<BenchElements> bench_elements(const Options& given,
                                          const std::optional<NamedCodebooks>& codebooks) {
  if (!given.data.empty()) return {elements_of(given, codebooks)};
  const ExponentHistogram exponents =
      given.like.empty() ? model_exponents() : exponents_of(given.like);
  std::vector<BenchElements> all;
  for (const std::string& word : split_list(given.types)) {
    const ElementType type = element_type_named(word).value();
    const ExponentHistogram rounded = as_rounded(exponents, type);
    const BenchCodebooks those = codebooks_for(codebooks, {}, rounded, type);
    if (codebooks) {
      all.push_back(draw_elements(rounded, those, escape_rate(rounded, those.splitzip)));
      continue;
    }
    for (const std::string& rate : split_list(given.escapes.empty() ? "0.002" : given.escapes))
      all.push_back(draw_elements(rounded, those, share(rate)));
  }
  return all;
}

/// Throws InputError where codebooks of a file would change nothing, or where what they make of the
/// elements is asked for otherwise.
void check_codebook(const Options& given, std::span<const ListedCodec> codecs) {
  if (given.codebook.empty()) return;
  const auto has_codebook = [](const ListedCodec& codec) {
    return std::ranges::find(kOwnCodecs, codec.name, &Codec::name) != kOwnCodecs.end();
  };
  if (std::ranges::none_of(codecs, has_codebook))
    throw InputError(fmt::format(
        "codec bench: --codebook is for {}, and --codec {} has no codebook; name one of them",
        fmt::join(kOwnCodecs | std::views::transform(&Codec::name), " and "), given.codecs));
  if (!given.escapes.empty())
    throw InputError(
        "codec bench: --escapes and --codebook, which says itself what has a code; expected one of "
        "them");
}

/// Returns the case with the tensors that its shape has of this type.
BenchCase shaped(BenchCase bench, const BenchShape& shape, ElementType type) {
  bench.tensors = shape.tensors;
  bench.bytes = shape.tensors * shape.tensor_bytes(bench.bytes, type);
  bench.page_bytes = shape.page_bytes(type);
  bench.shape = shape.text;
  return bench;
}

/// Throws InputError if shapes are given with what contradicts them, or where nothing takes them.
void check_shapes(const Options& given, std::span<const BenchShape> shapes) {
  if (shapes.empty()) return;
  if (!given.tensors.empty())
    throw InputError("codec bench: --tensors and --shape, expected one of them");
  const std::vector<std::string> backends = split_list(given.backends);
  const auto paged =
      std::ranges::find_if(shapes, [](const BenchShape& shape) { return shape.page_tokens > 0; });
  if (paged != shapes.end() && std::ranges::find(backends, "cuda") == backends.end())
    throw InputError(fmt::format(
        "codec bench: --shape {} in pages, expected --backend cuda: on CPUs a tensor is in one "
        "piece",
        paged->text));
}

/// Every size in every number of tensors; the rest as in `shared`.
std::vector<BenchCase> bench_cases(const BenchCase& shared, const std::string& sizes,
                                   const std::string& tensors) {
  std::vector<BenchCase> cases;
  for (const std::string& size : split_list(sizes)) {
    for (const std::string& count : split_list(tensors)) {
      BenchCase bench = shared;
      bench.bytes = parse_bytes(size);
      bench.tensors = static_cast<std::uint32_t>(parse_count(count));
      if (bench.bytes / std::max(bench.tensors, 1u) < 16)
        throw InputError(fmt::format(
            "codec bench: --bytes {} for --tensors {}, expected 16 bytes a tensor", size, count));
      if (bench.bytes > machine_memory() / 4)  // elements, frames, and elements again
        throw InputError(fmt::format(
            "codec bench: --bytes {}, expected at most {}, a quarter of this machine's memory",
            size, format_bytes(machine_memory() / 4 / 1'000'000 * 1'000'000)));
      cases.push_back(bench);
    }
  }
  return cases;
}

std::uint64_t chunk_option(const std::string& text) {
  if (text.empty()) return 0;
  const std::uint64_t bytes = parse_bytes(text);
  if (bytes == 0 || bytes % 256 != 0 || bytes > 16 << 20)
    throw InputError(
        fmt::format("codec bench: --chunk {}, expected a multiple of 256 B up to 16 MiB", text));
  return bytes;
}

/// The codecs that are measured: those that are listed, and perhaps the published one.
struct Measured {
  std::vector<ListedCodec> codecs;
  std::optional<PublishedCodec> published;
};

/// One for each codec that can do it.
void add_rows(const BenchElements& elements, BenchCase bench, const Measured& measured,
              std::vector<BenchRow>& rows) {
  for (const ListedCodec& codec : measured.codecs) {
    if (!runs(codec, elements.type, bench)) continue;
    bench.codec = codec;
    rows.push_back(bench.destination == BenchDestination::host ? bench_on_cpu(elements, bench)
                                                               : bench_on_cuda(elements, bench));
  }
  if (measured.published && PublishedCodec::runs(elements, bench))
    rows.push_back(measured.published->measure(elements, bench));
}

/// Returns the cases of a backend, those of each destination together.
std::vector<std::vector<BenchCase>> bench_cases(const Options& given, bool cuda) {
  const BenchCase shared{.destination = BenchDestination::host,
                         .bytes = 0,
                         .tensors = 0,
                         .repeats = given.repeats,
                         .max_blocks = cuda ? given.max_blocks : 0,
                         .plan = cuda && given.plan,
                         .threads = static_cast<unsigned>(given.threads),
                         .chunk_bytes = chunk_option(given.chunk)};
  const std::string_view default_bytes = cuda ? kCudaBytes : kCpuBytes;
  const std::string_view default_tensors = given.data.empty() ? "1" : "0";
  const std::vector<BenchCase> cases =
      bench_cases(shared, given.bytes.empty() ? std::string(default_bytes) : given.bytes,
                  given.tensors.empty() ? std::string(default_tensors) : given.tensors);
  std::vector<std::vector<BenchCase>> all;
  for (const std::string& destination : split_list(cuda ? given.destinations : "host")) {
    all.push_back(cases);
    for (BenchCase& bench : all.back())
      if (cuda) bench.destination = destination_named(destination);
  }
  return all;
}

/// A case and the elements that it encodes, which are not owned.
struct PlannedCase {
  const BenchElements* elements;
  BenchCase bench;
};

/// Throws InputError if the published codec is asked for and has nothing to do.
void check_published(const Measured& measured, std::span<const PlannedCase> cases) {
  if (!measured.published) return;
  for (const auto& [elements, bench] : cases)
    if (PublishedCodec::runs(*elements, bench)) return;
  throw InputError(
      "codec bench: --reference encodes one tensor of bf16 in a GPU's memory; expected a case of "
      "--backend cuda, --type bf16, --tensors 1 and --destination device");
}

void run(std::span<const std::string> arguments) {
  VerbOptions options("codec bench", "", kHelp);
  Options given;
  describe(given, options);
  if (!options.parse(arguments)) return;
  if (given.repeats < 1 || given.threads < 1)
    throw InputError("codec bench: --repeats and --threads are at least 1");

  std::vector<BenchShape> shapes;
  if (!given.shapes.empty())
    for (const std::string& shape : split_list(given.shapes)) shapes.push_back(parse_shape(shape));
  check_shapes(given, shapes);
  const BenchLibraries libraries(given.libraries);
  Measured measured{.codecs = bench_codecs(given.codecs), .published = {}};
  check_codebook(given, measured.codecs);
  measured.codecs.insert(measured.codecs.end(), libraries.codecs().begin(),
                         libraries.codecs().end());
  if (!given.reference.empty()) {
    if (!given.codebook.empty())
      throw InputError(
          "codec bench: --reference and --codebook, expected one of them: the published codec is "
          "calibrated on the elements themselves");
    measured.published.emplace(given.reference);
  }
  std::optional<NamedCodebooks> codebooks;
  if (!given.codebook.empty()) codebooks.emplace(given.codebook);
  const std::vector<BenchElements> elements = bench_elements(given, codebooks);
  std::vector<std::vector<BenchCase>> cases;
  for (const std::string& backend : split_list(given.backends)) {
    const bool cuda = backend == "cuda";
    if (cuda && !cuda_available())
      throw InputError("codec bench: --backend cuda, but this program finds no CUDA device");
    std::ranges::move(bench_cases(given, cuda), std::back_inserter(cases));
  }
  std::vector<PlannedCase> planned;
  for (const std::vector<BenchCase>& together : cases)
    for (const BenchElements& each : elements)
      for (const BenchCase& bench : together) {
        if (shapes.empty()) planned.push_back({&each, bench});
        for (const BenchShape& shape : shapes)
          planned.push_back({&each, shaped(bench, shape, each.type)});
      }
  check_published(measured, planned);
  std::vector<BenchRow> rows;
  for (const auto& [of_case, bench] : planned) add_rows(*of_case, bench, measured, rows);
  if (rows.empty())
    throw InputError(fmt::format(
        "codec bench: --codec {} runs in none of these backends, types and destinations",
        given.codecs));
  if (given.format == "table") return print_text(bench_table(rows));
  print_data(given.format == "json" ? bench_json(rows) : bench_csv(rows));
}

}  // namespace

const SubVerb kBenchVerb{
    .name = "bench", .summary = "how fast, on the CPU and on GPUs", .run = run};

}  // namespace splitbench
