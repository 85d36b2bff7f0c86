#include "reports/analysis/validity.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <limits>
#include <optional>
#include <set>

#include "reports/columns.hpp"
#include "workloads/statistics.hpp"

namespace splitbench {
namespace {

/// A group of figures that faults of the measurement bear on alike.
enum class Family { transfer, ttft, throughput, codec, generation };

struct FamilyTraits {
  Family family;
  std::string_view name;
  std::string_view reference;  ///< figure that an effect in seconds is a share of, or empty
  bool answers = true;         ///< reports are made for these figures: without them none is valid
};
constexpr std::array kFamilies = {
    FamilyTraits{Family::transfer, "transfer", "transfer_mean"},
    FamilyTraits{Family::ttft, "TTFT and its parts", "ttft_mean"},
    FamilyTraits{Family::throughput, "E2EL and throughput", "e2el_mean"},
    FamilyTraits{Family::codec, "the codec's stages and break-even", "", false},
    FamilyTraits{Family::generation, "TPOT and ITL", ""}};

std::optional<Family> family_of(std::string_view key) {
  struct Prefix {
    std::string_view text;
    Family family;
  };
  constexpr std::array kPrefixes = {Prefix{"part_encode", Family::codec},
                                    Prefix{"part_decode_codec", Family::codec},
                                    Prefix{"stage_encode", Family::codec},
                                    Prefix{"stage_decode_codec", Family::codec},
                                    Prefix{"break_even_", Family::codec},
                                    Prefix{"transfer_", Family::transfer},
                                    Prefix{"shards_apart_", Family::transfer},
                                    Prefix{"stage_", Family::transfer},
                                    Prefix{"exposed_transfer_", Family::ttft},
                                    Prefix{"ttft_", Family::ttft},
                                    Prefix{"ttst_", Family::ttft},
                                    Prefix{"part_", Family::ttft},
                                    Prefix{"e2el_", Family::throughput},
                                    Prefix{"request_throughput", Family::throughput},
                                    Prefix{"output_throughput", Family::throughput},
                                    Prefix{"total_token_throughput", Family::throughput},
                                    Prefix{"request_goodput", Family::throughput},
                                    Prefix{"slo_attainment", Family::throughput},
                                    Prefix{"max_goodput_rate", Family::throughput},
                                    Prefix{"tpot_", Family::generation},
                                    Prefix{"itl_", Family::generation}};
  if (key == "stage_inflation") return std::nullopt;  // a check, not a stage
  for (const Prefix& prefix : kPrefixes)
    if (key.starts_with(prefix.text)) return prefix.family;
  return std::nullopt;
}

/// Returns whether a figure is one that reports are made for.
bool is_answer(std::string_view key) {
  const std::optional<Family> family = family_of(key);
  return family && std::ranges::find(kFamilies, *family, &FamilyTraits::family)->answers;
}

void mark(Row& row, Family family, const std::string& cause) {
  for (const auto& [key, value] : row.values)
    if (family_of(key) == family) row.invalid.emplace(key, cause);
}

void mark_all(Row& row, const std::string& cause) {
  for (const FamilyTraits& family : kFamilies) mark(row, family.family, cause);
}

/// Returns which part of a family's figures `seconds` of each transfer is; infinite for a family
/// that has no reference, NaN for one that the row has no figures of.
double share_of(const Row& row, const FamilyTraits& family, double seconds) {
  if (family.reference.empty()) return std::numeric_limits<double>::infinity();
  const auto whole = row.values.find(std::string(family.reference));
  return whole == row.values.end() ? std::numeric_limits<double>::quiet_NaN()
                                   : std::abs(seconds) / whole->second;
}

/// The statuses that are not ok, the worst first: it is the status of a row that has several.
constexpr std::array kNotOk = {Status::failed, Status::cancelled, Status::unfinished};

void judge_requests(Report& report, Row& row, const Outcome& outcome) {
  row.status = kStatusNames[Status::ok];
  for (const Status status : kNotOk) {
    if (outcome.count(status) == 0) continue;
    if (row.status == kStatusNames[Status::ok]) row.status = kStatusNames[status];
    const std::string cause = fmt::format("{} of {} requests {}", outcome.count(status),
                                          outcome.all(), kStatusNames[status]);
    report.meta.warnings.push_back(
        fmt::format("{}: {}, first {}", row.axes.at("arm"), cause, outcome.first(status)));
    if (status == Status::cancelled) continue;
    report.meta.valid = false;
    mark_all(row, cause);
  }
}

/// The outcome of one rule in one run.
struct Finding {
  const SelfCheck* check;
  double figure;           ///< the figure that is beyond its limit
  std::set<Family> marks;  ///< families of figures that it makes not valid
};

/// Warnings by their way out, in the order in which these were found: one cause is one line.
class Warnings {
 public:
  void add(const std::string& way_out, std::string found) {
    auto same = std::ranges::find(all_, way_out, &Warning::way_out);
    if (same == all_.end()) same = all_.insert(same, {way_out, {}});
    same->found.push_back(std::move(found));
  }

  std::vector<std::string> texts() const {
    std::vector<std::string> texts;
    for (const auto& [way_out, found] : all_)
      texts.push_back(fmt::format("{}: {}", way_out, fmt::join(found, "; ")));
    return texts;
  }

 private:
  struct Warning {
    std::string way_out;
    std::vector<std::string> found;
  };
  std::vector<Warning> all_;
};

/// One rule of validity, and all that it found. A rule is an object for the length of a judgement.
class Rule {
 public:
  explicit Rule(Report& report) : report_(report) {}

  /// Marks the families that `effect`, a function of a row and a family, makes too large a part of.
  /// NaN counts as too large.
  template <class Effect>
  void find(const SelfCheck& check, double figure, const std::string& cause, Effect effect) {
    const auto row = std::ranges::find(report_.rows, check.arm,
                                       [](const Row& each) { return each.axes.at("arm"); });
    if (row == report_.rows.end()) return;
    Finding finding{&check, figure, {}};
    for (const FamilyTraits& family : kFamilies)
      if (!(effect(*row, family) <= kMaxEffect)) finding.marks.insert(family.family);
    if (finding.marks.empty()) return;
    for (const Family family : finding.marks) mark(*row, family, cause);
    findings_.push_back(std::move(finding));
  }

  /// Adds a warning of all findings, if there are any: a way out, then `what`, a format for the
  /// range of the figures, then the arms and what is not valid.
  void warn(std::string_view way_out, std::string_view what, Warnings& warnings) const {
    if (findings_.empty()) return;
    const std::string disturbed = disturbance();
    warnings.add(disturbed.empty() ? std::string(way_out) : disturbed,
                 fmt::format("{} in {}, so that {} {} not valid",
                             fmt::format(fmt::runtime(what), range()), arms(), figures(),
                             figures().find(" and ") == std::string::npos ? "is" : "are"));
  }

 private:
  std::string range() const {
    const auto [low, high] = std::ranges::minmax(findings_, {}, &Finding::figure);
    const std::string least = fmt::format("{:.2f}", 100 * low.figure),
                      most = fmt::format("{:.2f}", 100 * high.figure);
    return least == most ? most + "%" : fmt::format("{} to {}%", least, most);
  }

  std::string arms() const {
    std::set<std::string> found;
    for (const Finding& finding : findings_) found.insert(finding.check->arm);
    if (found.size() == report_.rows.size() && found.size() > 1) return "all arms";
    std::vector<std::string> in_order;
    for (const Row& row : report_.rows)
      if (found.contains(row.axes.at("arm"))) in_order.push_back(row.axes.at("arm"));
    return fmt::format("{}", fmt::join(in_order, ", "));
  }

  std::string figures() const { return fmt::format("{}", fmt::join(marked(), ", ")); }

  std::vector<std::string_view> marked() const {
    std::vector<std::string_view> names;
    for (const FamilyTraits& family : kFamilies)
      if (std::ranges::any_of(
              findings_, [&](const Finding& each) { return each.marks.contains(family.family); }))
        names.push_back(family.name);
    return names;
  }

  /// Returns the sentence that names other load as the cause, or an empty text.
  std::string disturbance() const {
    constexpr double kLoad = 0.25;  // cores
    double others = 0, stolen = 0;
    for (const Finding& finding : findings_) {
      others = std::max(others, finding.check->other_load);
      stolen = std::max(stolen, finding.check->stolen);
    }
    if (!(others + stolen >= kLoad)) return "";
    return fmt::format(
        "run again on a quiet machine, this one was disturbed (other programs used {:.1f} cores, "
        "the hypervisor took {:.1f})",
        others, stolen);
  }

  Report& report_;
  std::vector<Finding> findings_;
};

/// Returns the mean size of a figure over the runs of an arm: what its report's figures, which are
/// over all runs, can be off by.
double mean_size(std::span<const SelfCheck> checks, const std::string& arm,
                 double SelfCheck::*figure) {
  std::vector<double> sizes;
  for (const SelfCheck& check : checks)
    if (check.arm == arm) sizes.push_back(std::abs(check.*figure));
  return mean(sizes);
}

/// Protects against the testbed's own time, which no serving system would take: wake-ups, control
/// messages, copies that nothing models, a receiver that lags.
void judge_intrusion(Report& report, std::span<const SelfCheck> checks, Warnings& warnings) {
  Rule rule(report);
  for (const SelfCheck& check : checks) {
    const double share = mean_size(checks, check.arm, &SelfCheck::intrusion);
    const double seconds = mean_size(checks, check.arm, &SelfCheck::intrusion_time);
    rule.find(check, share,
              fmt::format("intrusion {:.2f}%, valid up to {:.0f}%", 100 * share, 100 * kMaxEffect),
              [&](const Row& row, const FamilyTraits& family) {
                if (family.family == Family::transfer) return share;
                if (family.reference.empty()) return 0.0;
                const double part = share_of(row, family, seconds);
                return std::isnan(part) && !std::isnan(seconds) ? 0 : part;
              });
  }
  rule.warn("a longer workload.context or a lower link.bandwidth would help",
            "the testbed's own time is {} of a transfer (valid up to 1%)", warnings);
}

/// Protects against a codec that does not have the machine to itself: its stages take longer than
/// its own work does, because threads of the testbed, or of others, share its cores or its memory.
void judge_inflation(Report& report, std::span<const SelfCheck> checks, Warnings& warnings) {
  Rule slower(report), faster(report), doubtful(report), unknown(report);
  const auto judge_stage = [&](const SelfCheck& check, std::string_view stage,
                               const Estimate& inflation) {
    const double found = inflation.value, error = inflation.error;
    // The seconds of each request that the stage would not have taken alone.
    const auto effect = [&](const Row& row, const FamilyTraits& family) {
      if (family.family == Family::generation) return 0.0;
      const auto active = row.values.find(fmt::format("stage_{}", stage));
      const double most = found < 0 && found + error < 0 ? -found : found + error;
      const double share = share_of(
          row, family, active == row.values.end() ? 0 : active->second * most / (1 + most));
      return std::isnan(share) && !std::isnan(most) ? 0 : share;
    };
    const std::string cause =
        std::isnan(error)
            ? fmt::format("stage inflation of {} unknown", stage)
            : fmt::format("stage inflation of {} {:.1f} ± {:.1f}%, valid within ±{:.0f}%", stage,
                          100 * found, 100 * error, 100 * kMaxStageInflation);
    if (std::isnan(error))
      unknown.find(check, error, cause, effect);
    else if (found - error > kMaxStageInflation)
      slower.find(check, found, cause, effect);
    else if (found + error < -kMaxStageInflation)
      faster.find(check, found, cause, effect);
    else if (error > kMaxInflationError && found + error > kMaxStageInflation)
      doubtful.find(check, error, cause, effect);
  };
  for (const SelfCheck& check : checks) {
    if (check.loaded) continue;
    judge_stage(check, "encode", check.encode_inflation);
    judge_stage(check, "decode_codec", check.decode_inflation);
  }
  slower.warn("more cores for each worker, or a lower link.bandwidth, would help",
              "encode or decode took {} longer in the runs than alone (valid up to 10%)", warnings);
  faster.warn("run again, the codec was disturbed while it was timed alone",
              "stage inflation is {} (valid from -10%)", warnings);
  doubtful.warn("more repeats, or a quiet machine, would help",
                "stage inflation is known to ±{} only (valid within ±3%)", warnings);
  unknown.warn(
      "run again on a quiet machine",
      "stage inflation is unknown, since the codec was disturbed while it was timed alone,",
      warnings);
}

/// Returns the part of the configured rate that the host did not reach; NaN where there is no such
/// rate, or the rate achieved is not known.
double missing_rate(const SelfCheck& check) {
  return 1 - check.link_rate_achieved / check.link_rate_configured;
}

/// Protects against a host that carries bytes more slowly than the wire that it stands for: then
/// its own rate is measured, not the configured one.
void judge_rate(Report& report, std::span<const SelfCheck> checks, Warnings& warnings) {
  const auto bears = [](const Row&, const FamilyTraits& family) {
    return family.family == Family::codec || family.family == Family::generation ? 0.0 : 1.0;
  };
  Rule slow(report), too_late(report);
  for (const SelfCheck& check : checks) {
    const double late = mean_size(checks, check.arm, &SelfCheck::late_arrivals);
    if (!(late > kMaxLateArrivals)) continue;
    const double missing = missing_rate(check);
    if (missing > kMaxEffect)
      slow.find(check, missing,
                fmt::format("link rate {:.1f}% below the configured one, valid up to {:.0f}%",
                            100 * missing, 100 * kMaxEffect),
                bears);
    else if (std::isnan(missing))
      too_late.find(check, late,
                    fmt::format("late arrivals {:.1f}%, valid up to {:.0f}%", 100 * late,
                                100 * kMaxLateArrivals),
                    bears);
  }
  const std::string_view way_out =
      report.meta.transport.starts_with("tcp")
          ? "transport: auto, more link.streams or a lower link.bandwidth would help"
          : "a lower link.bandwidth would help";
  slow.warn(way_out, "this machine carries {} less than the configured rate (valid up to 1%)",
            warnings);
  too_late.warn(way_out, "{} of chunks came later than this wire would bring them (valid up to 1%)",
                warnings);
}

/// Protects against one GPU that computes for both workers: where serving is disaggregated, prefill
/// never takes the decode step's GPU.
void judge_computing(Report& report, std::span<const SelfCheck> checks, Warnings& warnings) {
  std::set<std::string> arms;
  for (const SelfCheck& check : checks)
    if (check.computing_shared) arms.insert(check.arm);
  if (arms.empty()) return;
  for (Row& row : report.rows)
    if (arms.contains(row.axes.at("arm"))) mark_all(row, "both workers computed on one GPU");
  warnings.add("a GPU for each worker, or compute: timed, would help",
               "prefill and decode computed on one GPU, so that no time is valid");
}

/// The bits of an element, raw and coded without an escape (codec/FORMAT.md).
struct ElementBits {
  std::string_view kv_dtype;
  int raw, coded;
};
constexpr std::array kElementBits = {ElementBits{"bf16", 16, 12}, ElementBits{"fp8_e5m2", 8, 7},
                                     ElementBits{"fp8_e4m3", 8, 7}};

/// Warns if splitzip's median transfer is shorter than raw's by more than its elements are, apart
/// from what may be the testbed's, which only competing transfers could explain.
void check_speed_up(Report& report) {
  const auto bits = std::ranges::find(kElementBits, report.meta.kv_dtype, &ElementBits::kv_dtype);
  if (bits == kElementBits.end()) return;
  const double limit = static_cast<double>(bits->raw) / bits->coded;
  const auto median = [&report](std::string_view arm) -> std::optional<double> {
    for (const Row& row : report.rows)
      if (row.axes.at("arm") == arm && row.values.contains("transfer_p50"))
        return row.values.at("transfer_p50");
    return std::nullopt;
  };
  const std::optional<double> raw = median("raw");
  const std::optional<double> splitzip = median("splitzip");
  if (raw && splitzip && *raw > (1 + kMaxEffect) * limit * *splitzip)
    report.meta.warnings.push_back(
        fmt::format("splitzip: transfer_p50 is {:.3f}x better than raw, {} in {} bits cannot pass "
                    "{:.3f}x: a measurement bug",
                    *raw / *splitzip, bits->kv_dtype, bits->coded, limit));
}

}  // namespace

void Outcome::add(const RunRecord& run) {
  for (const Timeline& timeline : run.timelines) {
    if (timeline.warmup) continue;
    Count& count = counts_[static_cast<std::size_t>(timeline.status)];
    if (++count.requests == 1)
      count.first = fmt::format("request {} of repeat {}{}{}", timeline.request.id, timeline.repeat,
                                timeline.failure.empty() ? "" : ": ", timeline.failure);
  }
}

std::uint64_t Outcome::all() const {
  std::uint64_t all = 0;
  for (const Count& count : counts_) all += count.requests;
  return all;
}

bool transfers_compete(const RunRecord& run) {
  const auto in_shards = [](const Transfer& t) { return t.shards_apart > Time{0}; };
  if (std::ranges::any_of(run.transfers, in_shards)) return true;
  std::vector<std::pair<Time, Time>> times;
  for (const Transfer& transfer : run.transfers)
    times.emplace_back(transfer.ready, transfer.applied);
  std::ranges::sort(times);
  const auto overlap = [](const auto& a, const auto& b) { return b.first < a.second; };
  return std::ranges::adjacent_find(times, overlap) != times.end();
}

void judge(Report& report, const std::map<std::string, Outcome>& outcomes, bool competing,
           std::span<const SelfCheck> checks) {
  for (Row& row : report.rows) judge_requests(report, row, outcomes.at(row.axes.at("arm")));
  Warnings warnings;
  judge_rate(report, checks, warnings);
  judge_intrusion(report, checks, warnings);
  judge_inflation(report, checks, warnings);
  judge_computing(report, checks, warnings);
  std::ranges::move(warnings.texts(), std::back_inserter(report.meta.warnings));
  for (Row& row : report.rows) {
    if (std::ranges::none_of(row.invalid, [](const auto& each) { return is_answer(each.first); }))
      continue;
    report.meta.valid = false;
    if (row.status == kStatusNames[Status::ok]) row.status = "invalid";
  }
  if (!competing) check_speed_up(report);
}

}  // namespace splitbench
