#include "configs/keys/presets.hpp"

namespace splitbench {

const Entry* named_preset(const Settings& settings, std::string_view key) {
  const Entry* named = settings.find(key);
  return named && named->node.IsScalar() && named->node.Scalar() != "none" ? named : nullptr;
}

void set_by_preset(Settings& settings, const Entry& named, const std::string& path,
                   const YAML::Node& value) {
  const Entry* entry = settings.find(path);
  const bool is_override = !named.value.source->numbered;
  if (entry && (!is_override || entry->value.source == named.value.source)) return;
  settings.entries.insert_or_assign(path, Entry{value, named.key, named.value});
}

}  // namespace splitbench
