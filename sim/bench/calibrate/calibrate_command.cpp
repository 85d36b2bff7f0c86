#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <filesystem>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <optional>
#include <string_view>
#include <thread>

#include "codec/codebook_file.hpp"
#include "codec/cuda/device.hpp"
#include "configs/scenario_file.hpp"
#include "sim/bench/calibrate/calibrate.hpp"
#include "sim/bench/codec/bench_libraries.hpp"
#include "sim/cli/command_line.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/cli/verb_options.hpp"
#include "workloads/files.hpp"
#include "workloads/input_error.hpp"
#include "workloads/printable_text.hpp"

namespace splitbench {
namespace {

constexpr VerbHelp kHelp{
    .examples = R"(splitbench calibrate
splitbench calibrate --backend cpu --name my-machine -o my-machine.yaml
splitbench run configs/quickstart.yaml --set hardware=my-machine.yaml --set time=virtual
splitbench calibrate --codec-library libmine.so --backend cpu
splitbench calibrate --codec-library libmine.so --backend cpu --scenario configs/quickstart.yaml
)",
    .about =
        "Measures this machine and writes a hardware profile, for timed compute and virtual time.",
    .notes =
        R"(Medians, after repeats that warm up. Codecs of other libraries are measured where this program was
built with them, each with the ratio that virtual time takes its payloads to have. It takes half a
minute on a CPU, and some minutes on a GPU with nvCOMP; nothing else should run meanwhile.

With --codec-library nothing but codecs of shared libraries is measured, and no file is written:
what is printed is the part of a scenario that declares them by these figures. Speed and ratio of
most codecs depend on the elements: with --scenario they are the KV that its runs move, by its
model, kv_dtype, kv and seed.
)"};

struct Options {
  bool cuda;
  std::string name;  ///< empty: the device's
  std::filesystem::path file;
  bool force = false;
  std::vector<std::string> libraries;  ///< codecs to measure, and nothing else
  ElementType type = ElementType::bf16;
  std::optional<Scenario> scenario;  ///< whose KV they are measured on
};

/// Returns the scenario whose KV is asked for, if any. Throws InputError where it is of no use.
std::optional<Scenario> scenario_of(const std::string& file, std::span<const std::string> overrides,
                                    bool libraries, bool type) {
  if (file.empty() && !overrides.empty())
    throw InputError("calibrate: --set is for the keys of a scenario; expected --scenario FILE");
  if (file.empty()) return std::nullopt;
  if (!libraries)
    throw InputError(
        "calibrate: --scenario says what --codec-library is measured on; expected both");
  if (type)
    throw InputError(
        "calibrate: --type and --scenario, whose kv_dtype counts; expected one of them");
  return load_scenario(file, overrides);
}

std::optional<Options> parse(std::span<const std::string> arguments) {
  Options parsed{};
  std::string backend = "auto", file;
  VerbOptions options("calibrate", "", kHelp);
  options.word("backend", "WHICH", backend, {"auto", "cpu", "cuda"},
               "auto is cuda where there is a device");
  options.value("name", "NAME", parsed.name, "what reports call it; else the device's name");
  options.value("output,o", "FILE", file, "a .yaml file to write; else NAME.yaml");
  options.flag("force", parsed.force, "writes over a file that is there");
  std::string type, scenario;
  std::vector<std::string> overrides;
  options.value("codec-library", "FILE", parsed.libraries,
                "a codec of your own in a shared library; may be repeated");
  options.word("type", "TYPE", type, element_type_names(),
               "elements for --codec-library; else bf16");
  options.value("scenario", "FILE", scenario,
                "whose KV --codec-library is measured on; else elements with usual exponents");
  options.value("set", "PATH=VALUE", overrides, "overrides a key of the scenario");
  if (!options.parse(arguments)) return std::nullopt;
  if (!file.empty() && !file.ends_with(".yaml"))
    throw InputError(fmt::format("calibrate: -o {}, expected a file that ends in .yaml", file));
  if (parsed.name.find_first_of("/\n") != std::string::npos)
    throw InputError(fmt::format("calibrate: --name {}, expected a name", parsed.name));
  if (!parsed.libraries.empty() && !(file.empty() && parsed.name.empty()))
    throw InputError("calibrate: --codec-library prints its figures; expected no --name and no -o");
  parsed.scenario = scenario_of(scenario, overrides, !parsed.libraries.empty(), !type.empty());
  if (!type.empty()) parsed.type = element_type_named(type).value();
  if (parsed.scenario) parsed.type = parsed.scenario->pipeline.element_type;
  parsed.file = file;
  parsed.cuda = backend != "cpu" && cuda_available();
  if (backend == "cuda" && !parsed.cuda)
    throw InputError("calibrate: --backend cuda, but this program finds no CUDA device");
  return parsed;
}

/// Returns a name such as "nvidia-h200" or "cpu-16core".
std::string default_name(bool cuda) {
  if (!cuda) return fmt::format("cpu-{}core", std::thread::hardware_concurrency());
  std::string name;
  for (const char letter : cuda_device_name()) {
    const auto byte = static_cast<unsigned char>(letter);
    name += std::isalnum(byte) ? static_cast<char>(std::tolower(byte)) : '-';
  }
  return name;
}

double largest_spread(const Calibration& calibration) {
  return std::ranges::max(calibration.figures, {}, &Figure::spread).spread;
}

std::string provenance(const Calibration& calibration, bool cuda) {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return fmt::format(
      "splitbench calibrate --backend {}{}: {}; {} cores{}; spread up to {:.0f}%; "
      "{:%F}; commit {}",
      cuda ? "cuda" : "cpu", cuda ? "" : " (all on one thread, flops in float)", calibration.device,
      std::thread::hardware_concurrency(), cuda ? fmt::format(" of {}", processor()) : "",
      100 * largest_spread(calibration), fmt::gmtime(now), kCommit);
}

std::string table(const Calibration& calibration) {
  std::size_t what = 0, value = 0;
  for (const Figure& figure : calibration.figures) {
    what = std::max(what, figure.what.size());
    value = std::max(value, figure.value.size());
  }
  std::string text = fmt::format("{}, {}\n", calibration.hardware.name, calibration.device);
  for (const Figure& figure : calibration.figures)
    text += fmt::format("{:<{}}  {:>{}}  {:>5.1f}%\n", figure.what, what, figure.value, value,
                        100 * figure.spread);
  return text +
         "medians; %: the middle half of the repeats, as a share of the median;\n"
         "of a fit at most how far a size's time lies from it\n";
}

void refuse_to_overwrite(const Options& options) {
  if (!options.force && std::filesystem::exists(options.file))
    throw InputError(
        fmt::format("calibrate: {} is there; --force writes over it", options.file.string()));
}

/// Measures the codecs of the libraries, and returns the part of a scenario that declares them.
std::string declared_codecs(const Options& options) {
  const BenchLibraries libraries(options.libraries);
  const BenchElements elements = options.scenario ? run_elements(*options.scenario, options.cuda)
                                                  : calibration_elements(options.type);
  CodecCases cases = options.cuda ? foreign_cases_of_cuda() : foreign_cases_of_cpu();
  constexpr int kRepeats = 7;  // seconds on a slow codec, but a disturbed one does not count
  const auto tensors = static_cast<std::uint32_t>(elements.pieces.size());
  const std::array<CodecSize, 2> sizes = {
      {{kRunPartBytes, tensors}, {elements.pieces.front().bytes.size(), tensors}}};
  if (options.scenario) cases.shared.repeats = kRepeats;
  if (options.scenario && !options.cuda) cases.sizes = sizes;  // so that each of its tensors counts
  Calibration calibration;
  Scenario declared;
  for (const ListedCodec& codec : libraries.codecs())
    if (runs(codec, options.type, cases.shared))
      declared.codecs.push_back(
          {.name = std::string(codec.name),
           .figures = calibrate_codec(calibration, options.cuda ? bench_on_cuda : bench_on_cpu,
                                      codec, elements, cases),
           .library = {}});
  if (declared.codecs.empty())
    throw InputError(fmt::format("calibrate: --backend {}: no library works there",
                                 options.cuda ? "cuda" : "cpu"));
  calibration.device = options.cuda ? cuda_device_name() : processor() + ", one thread";
  return fmt::format("# {}, {}{}: spread up to {:.0f}%\n{}", calibration.device, name(options.type),
                     options.scenario ? ", on this scenario's KV" : "",
                     100 * largest_spread(calibration), codecs_yaml(declared));
}

}  // namespace

int calibrate_command(std::span<const std::string> arguments) {
  std::optional<Options> options = parse(arguments);
  if (!options) return 0;
  if (!options->libraries.empty()) {
    print_data(declared_codecs(*options));
    return 0;
  }
  if (options->name.empty()) options->name = default_name(options->cuda);
  if (options->file.empty()) options->file = options->name + ".yaml";
  refuse_to_overwrite(*options);
  OutputFile out(options->file);  // before minutes are spent on what could not be kept

  Calibration calibration;
  calibration.hardware.name = options->name;
  options->cuda ? calibrate_cuda(calibration) : calibrate_cpu(calibration);
  calibration.hardware.provenance = provenance(calibration, options->cuda);

  out.append(to_yaml(calibration.hardware));
  out.commit();
  constexpr double kQuiet = 0.25;
  if (largest_spread(calibration) > kQuiet)
    say(fmt::format("calibrate: something else seems to run here: times spread by up to {:.0f}%",
                    100 * largest_spread(calibration)));
  print_text(fmt::format("{}written to {}\n", table(calibration), options->file.string()));
  return 0;
}

}  // namespace splitbench
