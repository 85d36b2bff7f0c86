#include "configs/reader/rules.hpp"

#include <fmt/format.h>
#include <system_error>

namespace splitbench {
namespace {

bool is_file(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

}  // namespace

void Rules::need(const Need& rule, bool given) {
  const auto& [key, choice, needed, example] = rule;
  if (given || settings_.is_faulty(needed)) return;
  refuse(key, fmt::format("{} '{}' needs {}, such as {}", key, choice, needed, example));
}

void Rules::refuse(std::string_view key, std::string message) {
  if (settings_.is_faulty(key)) return;
  diagnostics_.add(settings_.place_of(key), std::move(message));
}

bool Rules::file(std::string_view key, std::filesystem::path& path) {
  const Entry* entry = settings_.find(key);
  if (!entry || path.empty()) return false;
  path = (entry->value.source->folder / path).lexically_normal();
  if (is_file(path)) return true;
  diagnostics_.add(entry->value, fmt::format("no file '{}'", path.string()));
  return false;
}

}  // namespace splitbench
