#include "sim/verbs/codec/predictor_options.hpp"

#include <array>
#include <fmt/core.h>
#include <stdexcept>
#include <vector>

#include "codec/predicted/predictor_file.hpp"
#include "workloads/files.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr std::array kPredictionModes = {PredictionMode::means, PredictionMode::own_values,
                                         PredictionMode::layer_before};

}  // namespace

void PredictorOption::add_to(VerbOptions& options) {
  options.value("predictor", "FILE", given, "of codec calibrate --predictor");
}

std::unique_ptr<const LoadedPredictor> PredictorOption::load() const {
  if (given.empty()) return nullptr;
  const std::vector<std::byte> file = read_bytes(given, "a predictor");
  try {
    return std::make_unique<LoadedPredictor>(read_predictor(file));
  } catch (const std::runtime_error& error) {
    throw InputError(fmt::format("{}: {}", given, error.what()));
  }
}

void PredictionModeOption::add_to(VerbOptions& options, const std::string& description) {
  std::vector<std::string_view> words;
  for (const PredictionMode mode : kPredictionModes) words.push_back(name(mode));
  options.word("mode", "MODE", given, std::move(words), description);
}

std::optional<PredictionMode> PredictionModeOption::mode() const {
  for (const PredictionMode mode : kPredictionModes)
    if (name(mode) == given) return mode;
  return std::nullopt;
}

}  // namespace splitbench
