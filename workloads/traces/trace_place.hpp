#pragma once
#include <cstdint>
#include <filesystem>
#include <fmt/format.h>
#include <string>
#include <string_view>

#include "workloads/input_error.hpp"

namespace splitbench {

/// Where in a trace a reader is, which every message begins with.
struct TracePlace {
  std::filesystem::path path;
  std::uint64_t line = 0;  ///< 0 where lines say nothing
  std::string inside{};    ///< what of it: "requests[3].", or nothing

  [[noreturn]] void refuse(std::string_view found, std::string_view expected) const {
    const std::string at = line == 0 ? ": " : fmt::format(":{}: ", line);
    throw InputError(
        fmt::format("{}{}{}{}, expected {}", path.string(), at, inside, found, expected));
  }
};

}  // namespace splitbench
