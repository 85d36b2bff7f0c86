#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/element.hpp"
#include "sim/cli/command_line.hpp"
#include "sim/cli/verb_options.hpp"

namespace splitbench {

/// The option --type of raw elements: bf16 unless the file or the option says otherwise.
struct TypeOption {
  void add_to(VerbOptions& options);
  std::optional<ElementType> type() const;

  std::string given;
};

/// The option --codec of verbs that make frames.
struct FrameCodecOption {
  FrameCodecOption();
  void add_to(VerbOptions& options);
  FrameKind kind() const;

  std::string given;
};

/// The option --threads, at first as many as the machine has.
struct ThreadsOption {
  ThreadsOption();
  void add_to(VerbOptions& options);
  unsigned count(std::string_view verb) const;

  int given;
};

// The verbs of `splitbench codec`. Results go to stdout; a wrong command line, or a file that it
// names, is an InputError, after which no output file exists.
extern const SubVerb kEncodeVerb;
extern const SubVerb kDecodeVerb;
extern const SubVerb kInspectVerb;
extern const SubVerb kStatsVerb;
extern const SubVerb kProfileVerb;
extern const SubVerb kCalibrateVerb;
extern const SubVerb kCompareVerb;
extern const SubVerb kBenchVerb;
extern const SubVerb kDriftVerb;
extern const SubVerb kLibraryVerb;

}  // namespace splitbench
