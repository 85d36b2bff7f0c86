#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace splitbench::html {

/// The name of an element or an attribute, which only a literal of the program can be.
struct Name {
  consteval Name(const char* literal) : text(literal) {}
  std::string_view text;
};

/// An attribute of an element. The value is any text. An address or a style is one that the program
/// has made or checked, as a browser acts on them.
struct Attribute {
  Name name;
  std::string value;
};

using Attributes = std::vector<Attribute>;

/// A part of a page: elements and text between them. Whatever becomes one from a string is text:
/// characters that mean something to HTML are escaped. Bytes that are not UTF-8, and ASCII control
/// characters other than '\t' and '\n', become U+FFFD. Elements come from the functions below
/// alone.
class Html {
 public:
  Html() = default;
  Html(std::string_view text);
  Html(const std::string& text) : Html(std::string_view(text)) {}
  Html(const char* text) : Html(std::string_view(text)) {}

  Html& operator+=(const Html& next);
  friend Html operator+(Html first, const Html& next) { return first += next; }

  bool empty() const { return markup_.empty(); }
  const std::string& markup() const { return markup_; }

 private:
  friend Html void_element(Name name);
  friend Html element(Name name, const Attributes& attributes, const Html& content);
  friend Html data_element(std::string_view id, const nlohmann::ordered_json& json);

  std::string markup_;
};

/// Returns an element that has neither content nor an end: "<br>".
Html void_element(Name name);

/// Returns an element around the content, such as "<td class="word">stable</td>". Values of
/// attributes are escaped. It must not be a <script> or <style>, whose content is no text.
Html element(Name name, const Attributes& attributes, const Html& content);
Html element(Name name, const Html& content);

/// Returns an element that ends its line.
Html line(Name name, const Attributes& attributes, const Html& content);
Html line(Name name, const Html& content);

/// Returns an element whose tags stand on lines of their own, around lines of content.
Html block(Name name, const Attributes& attributes, const Html& content);
Html block(Name name, const Html& content);

/// Returns a line with the <script> element in which the page's script finds the JSON. No character
/// of the JSON can end the element, whatever its strings hold.
Html data_element(std::string_view id, const nlohmann::ordered_json& json);

}  // namespace splitbench::html
