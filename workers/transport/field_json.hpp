#pragma once
#include <chrono>
#include <cstdint>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <utility>
#include <vector>

// Reading of fields of JSON from another process. The library's own conversions take 1.7, -1 or
// 1e50 for an integer, and make something else of it.

namespace splitbench {

template <class T>
inline constexpr bool kIsVector = false;
template <class T>
inline constexpr bool kIsVector<std::vector<T>> = true;

/// Reads a value. Throws nlohmann::json::exception if it is of another type, or an integer that
/// does not fit.
template <class T>
void read_field(const nlohmann::json& json, T& value) {
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    const bool fits = json.is_number_unsigned()
                          ? std::in_range<T>(json.get<std::uint64_t>())
                          : json.is_number_integer() && std::in_range<T>(json.get<std::int64_t>());
    if (!fits)
      throw nlohmann::json::type_error::create(
          302, fmt::format("{} is no integer of its field", json.type_name()), &json);
    value = json.get<T>();
  } else if constexpr (std::is_enum_v<T>) {
    std::underlying_type_t<T> number{};
    read_field(json, number);
    value = static_cast<T>(number);
  } else if constexpr (kIsVector<T>) {
    if (!json.is_array())
      throw nlohmann::json::type_error::create(302, fmt::format("{} is no array", json.type_name()),
                                               &json);
    value.resize(json.size());
    for (std::size_t i = 0; i < value.size(); ++i) read_field(json[i], value[i]);
  } else {
    json.get_to(value);
  }
}

/// Returns the value that read_field reads.
template <class T>
T read_as(const nlohmann::json& json) {
  T value{};
  read_field(json, value);
  return value;
}

}  // namespace splitbench

/// Defines to_json and from_json of a struct whose fields they name.
#define SPLITBENCH_JSON_FIELD(field) \
  splitbench::read_field(nlohmann_json_j.at(#field), nlohmann_json_t.field);
#define SPLITBENCH_JSON_FIELDS(Type, ...)                                               \
  inline void to_json(nlohmann::json& nlohmann_json_j, const Type& nlohmann_json_t) {   \
    NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(NLOHMANN_JSON_TO, __VA_ARGS__))            \
  }                                                                                     \
  inline void from_json(const nlohmann::json& nlohmann_json_j, Type& nlohmann_json_t) { \
    NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(SPLITBENCH_JSON_FIELD, __VA_ARGS__))       \
  }

template <>
struct nlohmann::adl_serializer<std::chrono::nanoseconds> {
  static void to_json(json& j, std::chrono::nanoseconds t) { j = t.count(); }
  static void from_json(const json& j, std::chrono::nanoseconds& t) {
    t = std::chrono::nanoseconds(splitbench::read_as<std::int64_t>(j));
  }
};
