#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace splitbench {

/// One word behind `splitbench codec`. Results go to stdout; a wrong command line, or a file that
/// it names, is an InputError, after which no output file exists.
struct CodecVerb {
  std::string_view name;
  std::string_view summary;
  std::string_view help;                                ///< opens with examples
  void (*run)(std::span<const std::string> arguments);  ///< those behind the word
};

extern const CodecVerb kEncodeVerb;
extern const CodecVerb kDecodeVerb;
extern const CodecVerb kInspectVerb;
extern const CodecVerb kStatsVerb;
extern const CodecVerb kCalibrateVerb;
extern const CodecVerb kCompareVerb;
extern const CodecVerb kBenchVerb;

}  // namespace splitbench
