#pragma once
#include <boost/program_options.hpp>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "workloads/enum_names.hpp"

namespace splitbench {

namespace po = boost::program_options;

/// The text around the generated table of options in a verb's --help.
struct VerbHelp {
  std::string_view examples;  ///< command lines, each a line; they come first
  std::string_view about;     ///< one or more lines that say what the verb does
  std::string_view notes;     ///< lines behind the table
};

/// The command line of one verb. An option is declared once, with the variable that it sets and
/// that holds its default, a description, and the words that it takes: parsing, the refusals and
/// --help follow from that. All of it throws InputError. The variables must outlive the object.
/// Not thread-safe.
class VerbOptions {
 public:
  /// `verb` is as the user writes it ("codec encode"); `arguments` names what stands without an
  /// option: "IN OUT", "IN..." for one or more, "[PART]" for at most one, or nothing.
  VerbOptions(std::string_view verb, std::string_view arguments, const VerbHelp& help);
  VerbOptions(const VerbOptions&) = delete;
  VerbOptions& operator=(const VerbOptions&) = delete;

  /// Adds an option. Its default is shown unless it is empty or 0. One whose variable is a vector
  /// may be given several times.
  template <typename Value>
  void value(const char* option, const char* value_name, Value& variable,
             const std::string& description) {
    auto* const semantic = po::value(&variable)->value_name(value_name);
    if constexpr (!std::is_same_v<Value, std::vector<std::string>>) {
      if (variable != Value{}) semantic->default_value(variable);
    }
    if constexpr (std::is_unsigned_v<Value>) counts_.emplace_back(option);
    options_.add_options()(option, semantic, description.c_str());
  }
  void flag(const char* option, bool& variable, const char* description);

  /// Adds an option that takes one of these words, which stand behind the description.
  void word(const char* option, const char* value_name, std::string& variable,
            std::vector<std::string_view> words, const std::string& description = "");
  template <class Enum, std::size_t kCount>
  void word(const char* option, const char* value_name, std::string& variable,
            const EnumNames<Enum, kCount>& names, const std::string& description = "") {
    const auto words = names.names();
    word(option, value_name, variable, {words.begin(), words.end()}, description);
  }

  /// Adds an option that takes a list of these words, with commas between them.
  void words(const char* option, const char* value_name, std::string& variable,
             std::vector<std::string_view> words, const std::string& description = "");
  template <class Enum, std::size_t kCount>
  void words(const char* option, const char* value_name, std::string& variable,
             const EnumNames<Enum, kCount>& names, const std::string& description = "") {
    const auto all = names.names();
    words(option, value_name, variable, {all.begin(), all.end()}, description);
  }

  /// Sets the variables, and checks words and the number of arguments. Returns false if --help was
  /// given; then the help has been printed and no variable counts.
  bool parse(std::span<const std::string> given);

  /// Returns what stood without an option; as many as the constructor allows.
  const std::vector<std::string>& arguments() const { return arguments_; }

 private:
  struct Choice {
    std::string option;  // as the user writes it
    const std::string* given;
    bool is_list;
    bool may_lack;  // has no default
    std::vector<std::string_view> words;
  };

  void add_choice(const char* option, const char* value_name, std::string& variable, bool is_list,
                  std::vector<std::string_view> words, const std::string& description);
  void print_help() const;
  void check(const Choice&) const;
  void check_arguments() const;

  const std::string verb_;
  const std::string_view argument_names_;
  const VerbHelp help_;
  po::options_description options_;
  std::vector<Choice> choices_;
  std::vector<std::string> counts_;  // options whose values are not negative
  std::vector<std::string> arguments_;
};

/// Returns the names of all element types, the words of an option.
std::vector<std::string_view> element_type_names();

}  // namespace splitbench
