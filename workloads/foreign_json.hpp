#pragma once
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace splitbench {

/// The error of a text that is not JSON, or JSON that is not taken from outside. The message says
/// what was found and at which byte; it does not know where the text came from.
class JsonError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The deepest nesting of objects and arrays that is taken, so that a value can be copied, compared
/// and written by recursion.
inline constexpr std::size_t kMaxJsonDepth = 64;

/// The most values, names included, that a text of somebody unknown may hold; they take up to some
/// 100 bytes each.
inline constexpr std::size_t kMaxJsonValues = 4'000'000;

/// Parses JSON that comes from outside of this process, in time linear in its length. Throws
/// JsonError if it is broken, if a name stands twice in one object, if a number does not fit a
/// double, or beyond a limit. Thread-safe.
nlohmann::json parse_foreign_json(std::string_view text, std::size_t most_values = kMaxJsonValues);

/// Does the same, and returns nothing where the above throws.
std::optional<nlohmann::json> try_parse_foreign_json(std::string_view text,
                                                     std::size_t most_values = kMaxJsonValues);

}  // namespace splitbench
