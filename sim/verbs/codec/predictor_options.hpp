#pragma once
#include <memory>
#include <optional>
#include <string>

#include "codec/predicted/predicted_codec.hpp"
#include "sim/cli/verb_options.hpp"

namespace splitbench {

/// The option --predictor FILE of verbs that make or read predicted frames.
struct PredictorOption {
  /// Declares the option. The object must outlive the VerbOptions and stay where it is.
  void add_to(VerbOptions& options);
  /// Returns the predictor, or null without the option. Throws InputError that names the file.
  std::unique_ptr<const LoadedPredictor> load() const;

  std::string given;
};

/// The option --mode: 1, 1b or 2b.
struct PredictionModeOption {
  /// Declares the option. The object must outlive the VerbOptions and stay where it is.
  void add_to(VerbOptions& options, const std::string& description);
  /// Returns the mode that was given, or nothing.
  std::optional<PredictionMode> mode() const;

  std::string given;
};

}  // namespace splitbench
