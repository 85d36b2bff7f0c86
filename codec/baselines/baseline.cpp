#include "codec/baselines/baseline.hpp"

#include <algorithm>
#include <cassert>
#include <fmt/format.h>
#include <iterator>

#include "codec/errors.hpp"

namespace splitbench {

// baseline_libraries.def is written by CMake: a row for each library of CMakeLists.txt, FOUND(name,
// how_to_get) or MISSING. One that was found defines name_baselines().
#define FOUND(library, how_to_get) std::vector<Baseline> library##_baselines();
#define MISSING(library, how_to_get)
#include "baseline_libraries.def"
#undef FOUND
#undef MISSING

namespace {

constexpr BaselineLibrary kLibraries[] = {
#define FOUND(library, how_to_get) {#library, true, how_to_get, library##_baselines},
#define MISSING(library, how_to_get) {#library, false, how_to_get, nullptr},
#include "baseline_libraries.def"
#undef FOUND
#undef MISSING
};

std::vector<Baseline> gather() {
  std::vector<Baseline> all;
  for (const BaselineLibrary& library : kLibraries)
    if (library.installed) std::ranges::move(library.make_baselines(), std::back_inserter(all));
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
