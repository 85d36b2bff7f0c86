#include "sim/codec_bench.hpp"

#include <algorithm>
#include <boost/algorithm/string.hpp>
#include <fmt/format.h>

#include "codec/cuda/device.hpp"
#include "configs/quantity.hpp"
#include "sim/codec_options.hpp"
#include "sim/codec_verbs.hpp"
#include "sim/dump_file.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr std::string_view kHelp =
    R"(splitbench codec bench
splitbench codec bench --backend cpu --bytes '256 MiB' --threads 1
splitbench codec bench --like kv.bf16 --escapes 0.002,0.007,0.025 --format json
splitbench codec bench --backend cuda --destination pinned --max-blocks 8 --data kv.bf16

bench                 encodes and decodes tensors against the clock, and copies them plainly beside it
  --backend LIST      cpu, cuda                            those that are there
  --type LIST         bf16, fp8_e5m2, fp8_e4m3             bf16
  --bytes LIST        raw bytes of a call                  8 MiB,64 MiB,512 MiB; on the CPU 256 MiB
  --tensors LIST      that they are divided into           1
  --escapes LIST      shares of elements without a code    0.002
  --like FILE         exponents drawn as they are in a dump, instead of as in a model's cache
  --data FILE         the elements of a dump themselves; --type and --escapes follow from them
  --destination LIST  of frames, for cuda: device, pinned (host memory), peer (a second GPU's)   device
  --max-blocks N      of the GPU, where prefill needs the rest                                   no limit
  --threads N         of the CPU                                                                 1
  --repeats N         timed, after some that are not                                             30
  --format FORMAT     table, json or csv

On the GPU time is the device's, from the first kernel's start to the last one's end, with
buffers that earlier repeats have not left in a cache. What comes back is compared with what went in.
)";

std::vector<std::string> words(const std::string& list) {
  std::vector<std::string> all;
  boost::split(all, list, boost::is_any_of(","));
  return all;
}

double share(const std::string& text) {
  const double value = parse_factor(text);
  if (value > 1) throw InputError(fmt::format("codec bench: --escapes {}, expected 0 to 1", text));
  return value;
}

BenchDestination destination_named(const std::string& word) {
  require_one_of("bench", "--destination", word, {"device", "pinned", "peer"});
  if (word == "device") return BenchDestination::device;
  return word == "pinned" ? BenchDestination::pinned : BenchDestination::peer;
}

/// What is coded, by the options.
std::vector<BenchElements> bench_elements(const std::string& data, const std::string& like,
                                          const std::string& types, const std::string& escapes) {
  std::vector<BenchElements> all;
  if (!data.empty()) {
    const Dump dump = read_dump(data);
    all.push_back(take_elements(std::span(dump.file).subspan(dump.preface.size()),
                                dump.tensors.front().type));
    return all;
  }
  ExponentHistogram exponents{};
  if (like.empty()) {
    exponents = model_exponents();
  } else {
    const Dump dump = read_dump(like);
    for (const Tensor& tensor : dump.tensors) {
      if (tensor.type != ElementType::bf16)
        throw InputError(fmt::format("{}: {} elements, expected bf16", like, name(tensor.type)));
      exponents += exponent_histogram(tensor.raw, tensor.type);
    }
  }
  for (const std::string& word : words(types)) {
    const ElementType type = type_option("bench", word).value();
    for (const std::string& rate : words(escapes))
      all.push_back(draw_elements(as_rounded(exponents, type), type, share(rate)));
  }
  return all;
}

/// Every size in every number of tensors; the rest as in `shared`.
std::vector<BenchCase> bench_cases(const BenchCase& shared, const std::string& sizes,
                                   const std::string& tensors) {
  std::vector<BenchCase> cases;
  for (const std::string& size : words(sizes)) {
    for (const std::string& count : words(tensors)) {
      BenchCase bench = shared;
      bench.bytes = parse_bytes(size);
      bench.tensors = static_cast<std::uint32_t>(parse_count(count));
      if (bench.tensors == 0 || bench.bytes / bench.tensors < 16)
        throw InputError(fmt::format(
            "codec bench: --bytes {} for --tensors {}, expected 16 bytes a tensor", size, count));
      cases.push_back(bench);
    }
  }
  return cases;
}

void run(std::span<const std::string> arguments) {
  po::options_description options;
  const bool has_device = cuda_available();
  std::string backends = has_device ? "cpu,cuda" : "cpu", types = "bf16", sizes, tensors = "1",
              escapes = "0.002", like, data, destinations = "device", format = "table";
  int repeats = 30, threads = 1;
  std::uint32_t max_blocks = 0;
  options.add_options()("backend", po::value(&backends))("type", po::value(&types))(
      "bytes", po::value(&sizes))("tensors", po::value(&tensors))("escapes", po::value(&escapes))(
      "like", po::value(&like))("data", po::value(&data))("destination", po::value(&destinations))(
      "max-blocks", po::value(&max_blocks))("threads", po::value(&threads))(
      "repeats", po::value(&repeats))("format", po::value(&format));
  const std::vector<std::string> files = parse_files("bench", arguments, options);
  if (!files.empty()) throw InputError(fmt::format("codec bench: {}, expected no file", files[0]));
  require_one_of("bench", "--format", format, {"table", "json", "csv"});
  if (repeats < 1 || threads < 1)
    throw InputError("codec bench: --repeats and --threads are at least 1");

  std::vector<BenchRow> rows;
  const std::vector<BenchElements> all = bench_elements(data, like, types, escapes);
  for (const std::string& backend : words(backends)) {
    require_one_of("bench", "--backend", backend, {"cpu", "cuda"});
    const bool cuda = backend == "cuda";
    if (cuda && !has_device)
      throw InputError("codec bench: --backend cuda, but this program finds no CUDA device");
    const BenchCase shared{.destination = BenchDestination::host,
                           .bytes = 0,
                           .tensors = 0,
                           .repeats = repeats,
                           .max_blocks = max_blocks,
                           .threads = static_cast<unsigned>(threads)};
    const std::string bytes = !sizes.empty() ? sizes : cuda ? "8 MiB,64 MiB,512 MiB" : "256 MiB";
    const std::vector<BenchCase> cases = bench_cases(shared, bytes, tensors);
    for (const std::string& destination : words(cuda ? destinations : "host")) {
      for (const BenchElements& elements : all) {
        for (BenchCase bench : cases) {
          if (cuda) bench.destination = destination_named(destination);
          rows.push_back(cuda ? bench_on_cuda(elements, bench) : bench_on_cpu(elements, bench));
        }
      }
    }
  }
  fmt::print("{}", format == "json"  ? bench_json(rows)
                   : format == "csv" ? bench_csv(rows)
                                     : bench_table(rows));
}

}  // namespace

const CodecVerb kBenchVerb{
    .name = "bench", .summary = "how fast, on the CPU and on GPUs", .help = kHelp, .run = run};

}  // namespace splitbench
