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
  /// Declares the option. The object must outlive the VerbOptions and stay where it is.
  void add_to(VerbOptions& options);
  /// Returns the type that the option gave; nothing without the option.
  std::optional<ElementType> type() const;

  std::string given;
};

/// The option --codec of verbs that make frames: a row of kOwnCodecs, or "predicted", which is no
/// codec by itself because it needs a predictor.
struct FrameCodecOption {
  FrameCodecOption();
  /// Declares the option. The object must outlive the VerbOptions and stay where it is.
  void add_to(VerbOptions& options);
  FrameKind kind() const;

  std::string given;
};

/// The option --threads, at first as many as the machine has, but at most 1024.
struct ThreadsOption {
  ThreadsOption();
  /// Declares the option. The object must outlive the VerbOptions and stay where it is.
  void add_to(VerbOptions& options);
  /// Returns the number of threads. Throws InputError, of this verb, unless it is from 1 to 1024.
  unsigned count(std::string_view verb) const;

  int given;
};

// The verbs of `splitbench codec`. Results go to stdout; a wrong command line, or a file that it
// names, is an InputError, after which no output file is new or changed.
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
