#pragma once
#include <array>
#include <cassert>
#include <cstddef>
#include <optional>
#include <string_view>

namespace splitbench {

/// The words for the values of an enum, in files, on the command line and in reports: both ways, in
/// the order in which people are told of them. Each word stands beside its value, so neither order
/// nor gaps of the enum matter.
template <class Enum, std::size_t kCount>
struct EnumNames {
  struct Named {
    Enum value;
    std::string_view name;
  };
  std::array<Named, kCount> all;

  static constexpr std::size_t size() { return kCount; }

  /// Returns the word for a value, which has one.
  constexpr std::string_view operator[](Enum value) const {
    for (const Named& each : all)
      if (each.value == value) return each.name;
    assert(!"a value without a name");
    return {};
  }

  /// Returns the value that the word stands for, if it stands for one.
  constexpr std::optional<Enum> named(std::string_view name) const {
    for (const Named& each : all)
      if (each.name == name) return each.value;
    return std::nullopt;
  }

  constexpr std::array<std::string_view, kCount> names() const {
    std::array<std::string_view, kCount> names;
    for (std::size_t i = 0; i < kCount; ++i) names[i] = all[i].name;
    return names;
  }
};

}  // namespace splitbench
