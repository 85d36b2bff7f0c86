#pragma once
#include <array>
#include <cassert>
#include <cstddef>
#include <optional>
#include <string_view>

namespace splitbench {

/// The names of the values of an enum, in files, on the command line and in reports: both ways, in
/// the order in which messages list them. Each name stands beside its value, so neither order nor
/// gaps of the enum matter.
template <class Enum, std::size_t kCount>
struct EnumNames {
  struct Named {
    Enum value;
    std::string_view name;
  };
  std::array<Named, kCount> all;

  static constexpr std::size_t size() { return kCount; }

  /// Returns the name of a value, which must have one.
  constexpr std::string_view operator[](Enum value) const {
    for (const Named& each : all)
      if (each.value == value) return each.name;
    assert(false && "a value without a name");
    return {};
  }

  /// Returns the value of that name, if there is one. Names match exactly.
  constexpr std::optional<Enum> named(std::string_view name) const {
    for (const Named& each : all)
      if (each.name == name) return each.value;
    return std::nullopt;
  }

  /// Returns all names, in order.
  constexpr std::array<std::string_view, kCount> names() const {
    std::array<std::string_view, kCount> names;
    for (std::size_t i = 0; i < kCount; ++i) names[i] = all[i].name;
    return names;
  }
};

}  // namespace splitbench
