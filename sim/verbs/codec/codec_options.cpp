#include "sim/verbs/codec/codec_options.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <sstream>
#include <thread>
#include <utility>

#include "codec/codebook_file.hpp"
#include "codec/codecs.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr int kMaxThreads = 1024;
constexpr unsigned kHelpColumns = 110, kDescriptionColumns = 75;

}  // namespace

CodecOptions::CodecOptions(std::string_view verb, std::string_view files, const CodecHelp& help)
    : verb_(fmt::format("codec {}", verb)),
      file_names_(files),
      help_(help),
      options_(kHelpColumns, kDescriptionColumns) {
  options_.add_options()("help", "show this text");
}

void CodecOptions::flag(const char* option, bool& variable, const char* description) {
  options_.add_options()(option, po::bool_switch(&variable), description);
}

void CodecOptions::word(const char* option, const char* value_name, std::string& variable,
                        std::vector<std::string_view> words, const std::string& description) {
  add_choice(option, value_name, variable, false, std::move(words), description);
}

void CodecOptions::words(const char* option, const char* value_name, std::string& variable,
                         std::vector<std::string_view> words, const std::string& description) {
  add_choice(option, value_name, variable, true, std::move(words), description);
}

void CodecOptions::add_choice(const char* option, const char* value_name, std::string& variable,
                              bool is_list, std::vector<std::string_view> words,
                              const std::string& description) {
  value(
      option, value_name, variable,
      fmt::format("{}{}{}", description, description.empty() ? "" : ": ", fmt::join(words, ", ")));
  choices_.push_back(
      {fmt::format("--{}", option), &variable, is_list, variable.empty(), std::move(words)});
}

bool CodecOptions::parse(std::span<const std::string> arguments) {
  if (std::ranges::find(arguments, "--help") != arguments.end()) {
    print_help();
    return false;
  }
  po::options_description all;
  all.add(options_).add_options()("file", po::value(&files_));
  po::positional_options_description positional;
  positional.add("file", -1);
  parse_arguments(verb_, arguments, all, positional);
  check_files();
  for (const Choice& choice : choices_) check(choice);
  return true;
}

void CodecOptions::print_help() const {
  std::ostringstream table;
  table << options_;
  fmt::print("{}\nsplitbench {}{}{} [options]\n{}\n\n{}\n{}", help_.examples, verb_,
             file_names_.empty() ? "" : " ", file_names_, help_.about, table.str(), help_.notes);
}

void CodecOptions::check(const Choice& choice) const {
  if (choice.given->empty() && choice.may_lack) return;
  std::vector<std::string> given{*choice.given};
  if (choice.is_list) given = split_list(*choice.given);
  for (const std::string& word : given) require_word(verb_, choice.option, word, choice.words);
}

void CodecOptions::check_files() const {
  if (file_names_.empty() && !files_.empty())
    throw InputError(fmt::format("{}: {}, expected no file", verb_, files_[0]));
  const auto names = file_names_.empty() ? 0 : std::ranges::count(file_names_, ' ') + 1;
  const auto given = std::ssize(files_);
  if (given == names || (given > names && file_names_.ends_with("..."))) return;
  throw InputError(fmt::format("{}: {} files given, expected {}; see splitbench {} --help", verb_,
                               given, file_names_, verb_));
}

void TypeOption::add_to(CodecOptions& options) {
  options.word("type", "TYPE", given, element_type_names(), "of raw elements");
}

std::optional<ElementType> TypeOption::type() const {
  return element_type_named(given);
}

FrameCodecOption::FrameCodecOption() : given(kOwnCodecs.front().name) {}

void FrameCodecOption::add_to(CodecOptions& options) {
  std::vector<std::string_view> names;
  for (const Codec& codec : kOwnCodecs) names.push_back(codec.name);
  options.word("codec", "CODEC", given, std::move(names),
               "what makes the frames; ranked ones are a tenth shorter and take longer");
}

FrameKind FrameCodecOption::kind() const {
  return *find_codec(given)->frames;
}

ThreadsOption::ThreadsOption()
    : given(std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kMaxThreads)) {}

void ThreadsOption::add_to(CodecOptions& options) {
  options.value("threads", "N", given, "at most so many; else as many as the machine has");
}

unsigned ThreadsOption::count(std::string_view verb) const {
  if (given >= 1 && given <= kMaxThreads) return static_cast<unsigned>(given);
  throw InputError(
      fmt::format("codec {}: --threads {}, expected 1 to {}", verb, given, kMaxThreads));
}

std::vector<std::string_view> element_type_names() {
  std::vector<std::string_view> names;
  for (const ElementType type : kElementTypes) names.push_back(name(type));
  return names;
}

}  // namespace splitbench
