#include "configs/reader/forms.hpp"

#include "configs/reader/words.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {

FormText parse_form(std::string_view text, std::string_view example) {
  text = trimmed(text);
  const std::size_t open = text.find('(');
  if (open == text.npos || !text.ends_with(')'))
    throw InputError(fmt::format("'{}' is no form; expected one such as {}", text, example));
  FormText form{.name = std::string(trimmed(text.substr(0, open))), .parts = {}};
  std::string_view rest = text.substr(open + 1, text.size() - open - 2);
  while (!trimmed(rest).empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view part = trimmed(rest.substr(0, comma));
    const std::size_t space = std::min(part.find(' '), part.size());
    form.parts.emplace_back(part.substr(0, space), trimmed(part.substr(space)));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return form;
}

}  // namespace splitbench
