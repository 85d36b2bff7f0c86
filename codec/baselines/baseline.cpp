#include "codec/baselines/baseline.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <fmt/format.h>
#include <iterator>

#include "codec/errors.hpp"

namespace splitbench {
namespace {

#ifdef SPLITBENCH_ZSTD
constexpr bool kZstd = true;
#else
constexpr bool kZstd = false;
#endif

#ifdef SPLITBENCH_LZ4
constexpr bool kLz4 = true;
#else
constexpr bool kLz4 = false;
#endif

#ifdef SPLITBENCH_NVCOMP
constexpr bool kNvcomp = true;
#else
constexpr bool kNvcomp = false;
#endif

std::vector<Baseline> gather() {
  std::vector<Baseline> all;
  [[maybe_unused]] const auto add = [&](std::vector<Baseline> baselines) {
    std::ranges::move(baselines, std::back_inserter(all));
  };
#ifdef SPLITBENCH_ZSTD
  add(zstd_baselines());
#endif
#ifdef SPLITBENCH_LZ4
  add(lz4_baselines());
#endif
#ifdef SPLITBENCH_NVCOMP
  add(nvcomp_baselines());
#endif
  return all;
}

}  // namespace

const std::vector<Baseline>& installed_baselines() {
  static const std::vector<Baseline> kInstalled = gather();
  return kInstalled;
}

const Baseline* find_baseline(std::string_view name) {
  const auto found = std::ranges::find(installed_baselines(), name, &Baseline::name);
  return found == installed_baselines().end() ? nullptr : &*found;
}

const Baseline& installed_baseline(std::string_view name) {
  if (const Baseline* baseline = find_baseline(name)) return *baseline;
  const BaselineLibrary& library = library_of(name);
  throw Unavailable(fmt::format("{}: this program was built without {}: {}", name, library.name,
                                library.how_to_get));
}

std::span<const BaselineLibrary> baseline_libraries() {
  static constexpr std::array kLibraries = {
      BaselineLibrary{"zstd", kZstd, "install libzstd-dev and configure anew"},
      BaselineLibrary{"lz4", kLz4, "install liblz4-dev and configure anew"},
      BaselineLibrary{
          "nvcomp", kNvcomp,
          "pip install nvidia-libnvcomp-cu13 (or -cu12, as your CUDA is) and configure anew "
          "with -DNVCOMP_ROOT=SITE-PACKAGES/nvidia/libnvcomp"}};
  return kLibraries;
}

const BaselineLibrary& library_of(std::string_view baseline) {
  const auto libraries = baseline_libraries();
  const auto found = std::ranges::find_if(libraries, [&](const BaselineLibrary& library) {
    return baseline.starts_with(library.name);
  });
  assert(found != libraries.end());
  return *found;
}

}  // namespace splitbench
