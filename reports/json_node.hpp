#pragma once
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "workloads/request.hpp"

namespace splitbench {

/// A value in a report that is read, about which nothing is assumed. If it is not what an accessor
/// asks for, the accessor throws InputError with the value's path; has() and is_null() never throw.
/// Holds references to the JSON and to the file's name, which must outlive it.
class Node {
 public:
  using Json = nlohmann::json;

  Node(const Json& json, std::string_view file, std::string path = "");

  Node operator[](const std::string& key) const;
  bool has(const std::string& key) const { return json_.is_object() && json_.contains(key); }
  bool is_null() const { return json_.is_null(); }

  std::string text() const;
  bool flag() const;
  std::uint64_t count() const;
  double number() const;
  Time time() const;         ///< read from seconds
  Time nanoseconds() const;  ///< not negative
  std::vector<double> numbers() const;

  std::vector<Node> items() const;
  /// Returns the number of items.
  std::size_t size() const;
  /// Returns the members of an object.
  std::map<std::string, Node> members() const;
  /// Returns the members of an object, each read with `read`.
  template <typename Value>
  std::map<std::string, Value> map(Value (Node::*read)() const) const {
    std::map<std::string, Value> values;
    for (const auto& [key, node] : members()) values[key] = (node.*read)();
    return values;
  }

  /// Throws InputError that names the value, its path and what was expected.
  [[noreturn]] void refuse(std::string_view expected) const;

 private:
  const Json& json_;
  std::string_view file_;
  std::string path_;
};

}  // namespace splitbench
