#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "codec/element.hpp"
#include "sim/cli/command_line.hpp"
#include "workloads/enum_names.hpp"

namespace splitbench {

/// What --help of one of the codec's verbs says around the table of its options.
struct CodecHelp {
  std::string_view examples;  ///< whole lines, which come first
  std::string_view about;     ///< what the verb does, in a line
  std::string_view notes;     ///< behind the table
};

/// The command line of one of the codec's verbs. Every option is declared once, with the variable
/// that it sets and that holds its default, what it is, and the words that it takes: parsing, the
/// refusals and --help follow from that. All of it throws InputError. The variables outlive it.
class CodecOptions {
 public:
  /// `files` names what the verb expects, as "IN OUT" or "IN..."; nothing where it takes no file.
  CodecOptions(std::string_view verb, std::string_view files, const CodecHelp& help);
  CodecOptions(const CodecOptions&) = delete;
  CodecOptions& operator=(const CodecOptions&) = delete;

  /// Adds an option. Its default is shown unless it is empty or 0.
  template <typename Value>
  void value(const char* option, const char* value_name, Value& variable,
             const std::string& description) {
    auto* const semantic = po::value(&variable)->value_name(value_name);
    if constexpr (!std::is_same_v<Value, std::vector<std::string>>) {
      if (variable != Value{}) semantic->default_value(variable);
    }
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

  /// Sets the variables and checks words and the number of files. False where the arguments ask
  /// for help, which then has been printed.
  bool parse(std::span<const std::string> arguments);

  const std::vector<std::string>& files() const { return files_; }

 private:
  struct Choice {
    std::string option;  ///< as the user writes it
    const std::string* given;
    bool is_list;
    bool may_lack;  ///< has no default
    std::vector<std::string_view> words;
  };

  void add_choice(const char* option, const char* value_name, std::string& variable, bool is_list,
                  std::vector<std::string_view> words, const std::string& description);
  void print_help() const;
  void check(const Choice&) const;
  void check_files() const;

  const std::string verb_;
  const std::string_view file_names_;
  const CodecHelp help_;
  po::options_description options_;
  std::vector<Choice> choices_;
  std::vector<std::string> files_;
};

/// The option --type of raw elements: bf16 unless the file or the option says otherwise.
struct TypeOption {
  void add_to(CodecOptions& options);
  std::optional<ElementType> type() const;

  std::string given;
};

/// The option --codec of verbs that make frames.
struct FrameCodecOption {
  FrameCodecOption();
  void add_to(CodecOptions& options);
  FrameKind kind() const;

  std::string given;
};

/// The option --threads, at first as many as the machine has.
struct ThreadsOption {
  ThreadsOption();
  void add_to(CodecOptions& options);
  unsigned count(std::string_view verb) const;

  int given;
};

/// The names of all element types.
std::vector<std::string_view> element_type_names();

/// One word behind `splitbench codec`. Results go to stdout; a wrong command line, or a file that
/// it names, is an InputError, after which no output file exists.
using CodecVerb = SubVerb;

extern const CodecVerb kEncodeVerb;
extern const CodecVerb kDecodeVerb;
extern const CodecVerb kInspectVerb;
extern const CodecVerb kStatsVerb;
extern const CodecVerb kProfileVerb;
extern const CodecVerb kCalibrateVerb;
extern const CodecVerb kCompareVerb;
extern const CodecVerb kBenchVerb;
extern const CodecVerb kDriftVerb;

}  // namespace splitbench
