#pragma once
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "workloads/request.hpp"

namespace splitbench {

/// A value in a report that is read, on which nothing is taken for granted: what it is asked for
/// and is not, it refuses by an InputError with its path. It refers to the JSON and to the file's
/// name.
class Node {
 public:
  using Json = nlohmann::ordered_json;

  Node(const Json& json, std::string_view file, std::string path = "");

  Node operator[](const std::string& key) const;
  bool has(const std::string& key) const { return json_.is_object() && json_.contains(key); }
  bool is_null() const { return json_.is_null(); }

  std::string text() const;
  bool flag() const;
  std::uint64_t count() const;
  double number() const;
  Time time() const;         ///< of seconds
  Time nanoseconds() const;  ///< from 0
  std::vector<double> numbers() const;

  std::vector<Node> items() const;
  /// The members of an object.
  std::map<std::string, Node> members() const;
  /// The same where all are of one kind.
  template <typename Value>
  std::map<std::string, Value> map(Value (Node::*read)() const) const {
    std::map<std::string, Value> values;
    for (const auto& [key, node] : members()) values[key] = (node.*read)();
    return values;
  }

  [[noreturn]] void refuse(std::string_view expected) const;

 private:
  const Json& json_;
  std::string_view file_;
  std::string path_;
};

}  // namespace splitbench
