#pragma once
#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "configs/reader/value_kind.hpp"

namespace splitbench {

// Values with parts in one line, such as `lognormal(median 2k, p99 32k)`; they are written alike in
// a file and in a --set. A form has a name and parts, a part has a name and a value.

/// The text of a form, split: "lognormal" and {"median", "2k"}, {"p99", "32k"}.
struct FormText {
  std::string name;
  std::vector<std::pair<std::string, std::string>> parts;
};
/// Splits the text of a form. Throws InputError that shows the example if the text is not a form.
FormText parse_form(std::string_view text,
                    std::string_view example = "lognormal(median 2k, p99 32k)");

template <class Owner>
struct Part {
  std::string name;
  bool required = true;
  std::string takes;
  std::function<void(Owner&, std::string_view)> read;
  std::function<std::string(const Owner&)> write;  ///< returns an empty text if the part is unset
};

template <class Owner>
struct Form {
  std::string name;
  Owner blank;  ///< value with its kind set and all parts unset
  std::vector<Part<Owner>> parts;
  /// Throws InputError if the parts do not go together. Empty for most forms.
  std::function<void(const Owner&)> check{};
};

/// Makes a part whose field is `unset` if the part is left out. `field` is a generic lambda from an
/// Owner to a reference to the field.
template <class Owner, class Field, class Value>
Part<Owner> make_part(std::string name, Field field, Kind<Value> kind, bool required = true,
                      Value unset = Value()) {
  return {std::move(name), required, kind.takes,
          [=](Owner& owner, std::string_view text) { field(owner) = kind.parse(text); },
          [=](const Owner& owner) {
            return field(owner) == unset ? std::string() : kind.format(field(owner));
          }};
}

/// Returns the form for people, optional parts in brackets: "lognormal(median, [p99], [sigma])".
template <class Owner>
std::string shown(const Form<Owner>& form) {
  std::vector<std::string> parts;
  for (const Part<Owner>& part : form.parts) {
    parts.push_back(part.required ? part.name : '[' + part.name + ']');
  }
  return fmt::format("{}({})", form.name, fmt::join(parts, ", "));
}

template <class Owner>
Owner read_form(const Form<Owner>& form, const FormText& text) {
  Owner owner = form.blank;
  std::vector<std::string> given;
  for (const auto& [name, value] : text.parts) {
    const auto part = std::ranges::find(form.parts, name, &Part<Owner>::name);
    if (part == form.parts.end())
      throw InputError(fmt::format("no part '{}' in '{}'; expected {}", name.empty() ? value : name,
                                   form.name, shown(form)));
    if (std::ranges::find(given, name) != given.end())
      throw InputError(fmt::format("'{}' is repeated; expected {}", name, shown(form)));
    part->read(owner, value);
    given.push_back(name);
  }
  for (const Part<Owner>& part : form.parts)
    if (part.required && std::ranges::find(given, part.name) == given.end())
      throw InputError(
          fmt::format("'{}' has no '{}'; expected {}", form.name, part.name, shown(form)));
  if (form.check) form.check(owner);
  return owner;
}

template <class Owner>
std::string write_form(const Form<Owner>& form, const Owner& owner) {
  std::vector<std::string> parts;
  for (const Part<Owner>& part : form.parts)
    if (const std::string value = part.write(owner); !value.empty())
      parts.push_back(part.name + ' ' + value);
  return fmt::format("{}({})", form.name, fmt::join(parts, ", "));
}

/// Returns the form of that name, which lies in `forms`. Throws InputError that lists the names if
/// there is none.
template <class Owner>
const Form<Owner>& form_named(const std::vector<Form<Owner>>& forms, const std::string& name) {
  std::vector<std::string> names;
  for (const Form<Owner>& form : forms) {
    if (form.name == name) return form;
    names.push_back(form.name);
  }
  const std::string near = nearest(name, names);
  throw InputError(fmt::format("no form '{}'{} expected {}", name,
                               near.empty() ? ";" : fmt::format(", did you mean '{}'?", near),
                               one_of(names)));
}

}  // namespace splitbench
