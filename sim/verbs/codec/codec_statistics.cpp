#include "sim/verbs/codec/codec_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "codec/exponent_statistics.hpp"
#include "reports/text/csv.hpp"
#include "sim/cli/terminal.hpp"
#include "workloads/json_text.hpp"

namespace splitbench {

namespace {

std::vector<CodingStatistics::ClassRow> sum_by_class(
    const std::vector<CodingStatistics::Row>& tensors) {
  std::map<std::string, CodingFigures> sums;
  for (const CodingStatistics::Row& row : tensors) {
    if (const auto& tensor_class = row.tensor->key.tensor_class) sums[*tensor_class] += row.figures;
  }
  std::vector<CodingStatistics::ClassRow> rows;
  if (sums.size() < 2) return rows;
  for (const auto& [tensor_class, figures] : sums) rows.push_back({tensor_class, figures});
  return rows;
}

CodingFigures::Coded coded(const ExponentHistogram& histogram, const Codebook& splitzip,
                           const Codebook& ranked) {
  return {.escapes = escapes(histogram, splitzip),
          .frame_bytes = expected_frame_bytes(histogram, splitzip),
          .ranked_bytes = expected_frame_bytes(histogram, ranked, FrameKind::ranked)};
}

std::vector<PooledHistogram> pool(const Histograms& histograms) {
  std::map<ElementType, ExponentHistogram> sums;
  for (const TensorHistogram& tensor : histograms.tensors) sums[tensor.type] += tensor.histogram;
  std::vector<PooledHistogram> pooled;
  for (const auto& [type, sum] : sums) {
    const TensorHistogram all{
        .source = {}, .tensor = {}, .key = {}, .type = type, .histogram = sum};
    pooled.push_back({.type = type, .histogram = sum, .figures = coding_figures(all, nullptr)});
  }
  return pooled;
}

}  // namespace

CodingFigures::Coded& CodingFigures::Coded::operator+=(const Coded& other) {
  escapes += other.escapes;
  frame_bytes += other.frame_bytes;
  ranked_bytes += other.ranked_bytes;
  return *this;
}

CodingFigures& CodingFigures::operator+=(const CodingFigures& other) {
  if (other.given) given = given.value_or(Coded{}) += *other.given;
  elements += other.elements;
  raw_bytes += other.raw_bytes;
  exponent_bits += other.exponent_bits;
  for (std::size_t i = 0; i < covered.size(); ++i) covered[i] += other.covered[i];
  own += other.own;
  ideal_bytes += other.ideal_bytes;
  return *this;
}

double CodingFigures::per_element(double sum) const {
  return elements == 0 ? 0 : sum / static_cast<double>(elements);
}

double CodingFigures::ratio(double bytes) const {
  return bytes == 0 ? 0 : static_cast<double>(raw_bytes) / bytes;
}

CodingFigures coding_figures(const TensorHistogram& tensor, const NamedCodebooks* given) {
  const ExponentHistogram& histogram = tensor.histogram;
  CodingFigures figures;
  figures.elements = elements(histogram);
  figures.raw_bytes = figures.elements * element_bytes(tensor.type);
  const auto n = static_cast<double>(figures.elements);
  figures.exponent_bits = n * entropy(histogram);
  for (std::size_t i = 0; i < kTops.size(); ++i)
    figures.covered[i] = n * coverage(histogram, kTops[i]);
  figures.own = coded(histogram, calibrate(histogram, tensor.type),
                      calibrate(histogram, tensor.type, FrameKind::ranked));
  figures.ideal_bytes =
      static_cast<double>(figures.raw_bytes) / ideal_ratio(histogram, tensor.type);
  if (!given) return figures;
  figures.given = coded(histogram, given->of(tensor.key, tensor.type),
                        given->of(tensor.key, tensor.type, FrameKind::ranked));
  return figures;
}

CodingStatistics coding_statistics(const Histograms& histograms, const NamedCodebooks* given) {
  CodingStatistics statistics;
  for (const TensorHistogram& tensor : histograms.tensors) {
    statistics.tensors.push_back({&tensor, coding_figures(tensor, given)});
    statistics.total += statistics.tensors.back().figures;
  }
  statistics.classes = sum_by_class(statistics.tensors);
  statistics.pooled = pool(histograms);
  statistics.carried = histograms.carried;
  return statistics;
}

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestLabel = 48;

/// The file, too, where there are several.
template <class AnyTensor>
std::string label(const AnyTensor& tensor, bool several_files) {
  const std::string file = std::filesystem::path(tensor.source).filename().string();
  std::string text = several_files ? file + ": " + tensor.tensor : tensor.tensor;
  if (text.size() <= kLongestLabel) return text;
  return "..." + text.substr(text.size() - kLongestLabel + 3);  // names differ at their ends
}

bool several_files(const CodingStatistics& statistics) {
  std::set<std::string> files;
  for (const auto& row : statistics.tensors) files.insert(row.tensor->source);
  for (const CarriedTensor& tensor : statistics.carried) files.insert(tensor.source);
  return files.size() > 1;
}

/// Returns a line for each tensor that is not coded, below a title; nothing if there is none.
std::string carried_lines(const CodingStatistics& statistics, bool with_file, std::size_t width) {
  std::string text;
  for (const CarriedTensor& tensor : statistics.carried)
    text += fmt::format("{:<{}} {}\n", label(tensor, with_file), width, describe(tensor));
  return text.empty() ? "" : "\nnot coded, carried as they are\n" + text;
}

/// Returns the two columns of some frames: their ratio, and their bits an element.
std::string ratio_columns(const CodingFigures& figures, double bytes) {
  return fmt::format(" {:>6.4f} {:>6.3f}", figures.ratio(bytes), figures.bits(bytes));
}

std::string columns_of(const CodingFigures& figures, const CodingFigures::Coded& coded) {
  return fmt::format(" {:>8.4f}", 100 * figures.per_element(static_cast<double>(coded.escapes))) +
         ratio_columns(figures, static_cast<double>(coded.frame_bytes)) +
         ratio_columns(figures, static_cast<double>(coded.ranked_bytes));
}

std::string table_line(std::string_view label, std::size_t width, std::string_view type,
                       const CodingFigures& figures) {
  std::string line = fmt::format("{:<{}} {:<8} {:>11} {:>7.4f}", label, width, type,
                                 figures.elements, figures.per_element(figures.exponent_bits));
  for (const double covered : figures.covered)
    line += fmt::format(" {:>7.3f}", 100 * figures.per_element(covered));
  line += columns_of(figures, figures.own) + ratio_columns(figures, figures.ideal_bytes);
  if (figures.given) line += columns_of(figures, *figures.given);
  return line + "\n";
}

std::string table_head(std::size_t width, bool given) {
  constexpr std::string_view kCodecs = " {:>8} {:>13} {:>13}", kRatio = " {:>6} {:>6}";
  const std::string of_codecs = fmt::format(kCodecs, "escapes", "splitzip", "ranked");
  const std::string ratio = fmt::format(kRatio, "ratio", "bits");
  const std::string below = fmt::format(" {:>8}", "%") + ratio + ratio;
  std::string units = fmt::format("{:<{}} {:<8} {:>11} {:>7}", "", width, "", "", "entropy");
  for (const unsigned top : kTops) units += fmt::format(" {:>7}", fmt::format("top-{}", top));
  units += of_codecs + fmt::format(" {:>13}", "ideal bound");
  if (given) units += fmt::format(kCodecs, "given:", "splitzip", "ranked");
  units += fmt::format("\n{:<{}} {:<8} {:>11} {:>7}", "tensor", width, "type", "elements", "bits");
  for (std::size_t i = 0; i < kTops.size(); ++i) units += fmt::format(" {:>7}", "%");
  return units + below + ratio + (given ? below : "") + "\n";
}

/// Key by key, for JSON and CSV.
Json figures_json(const CodingFigures& figures) {
  const auto share = [&](auto sum) { return figures.per_element(static_cast<double>(sum)); };
  const auto ratio = [&](auto bytes) { return figures.ratio(static_cast<double>(bytes)); };
  Json json;
  json["elements"] = figures.elements;
  json["raw_bytes"] = figures.raw_bytes;
  json["entropy_bits"] = figures.per_element(figures.exponent_bits);
  for (std::size_t i = 0; i < kTops.size(); ++i)
    json[fmt::format("top_{}", kTops[i])] = share(figures.covered[i]);
  json["escapes"] = figures.own.escapes;
  json["escape_rate"] = share(figures.own.escapes);
  json["frame_bytes"] = figures.own.frame_bytes;
  json["ratio"] = ratio(figures.own.frame_bytes);
  json["ideal_ratio"] = ratio(figures.ideal_bytes);
  if (figures.given) {
    json["given_escapes"] = figures.given->escapes;
    json["given_escape_rate"] = share(figures.given->escapes);
    json["given_frame_bytes"] = figures.given->frame_bytes;
    json["given_ratio"] = ratio(figures.given->frame_bytes);
  }
  const auto add = [&](const std::string& prefix, const CodingFigures::Coded& coded) {
    json[prefix + "bits_per_element"] = figures.bits(static_cast<double>(coded.frame_bytes));
    json[prefix + "ranked_frame_bytes"] = coded.ranked_bytes;
    json[prefix + "ranked_ratio"] = ratio(coded.ranked_bytes);
    json[prefix + "ranked_bits_per_element"] =
        figures.bits(static_cast<double>(coded.ranked_bytes));
  };
  add("", figures.own);
  if (figures.given) add("given_", *figures.given);
  return json;
}

Json histogram_json(const ExponentHistogram& histogram) {
  Json json = Json::object();
  for (std::size_t exponent = 0; exponent < histogram.size(); ++exponent) {
    if (histogram[exponent] > 0) json[std::to_string(exponent)] = histogram[exponent];
  }
  return json;
}

Json row_json(const CodingStatistics::Row& row) {
  const TensorHistogram& tensor = *row.tensor;
  Json json;
  json["source"] = tensor.source;
  json["tensor"] = tensor.tensor;
  json["layer"] = tensor.key.layer ? Json(*tensor.key.layer) : Json();
  json["class"] = tensor.key.tensor_class ? Json(*tensor.key.tensor_class) : Json();
  json["element_type"] = name(tensor.type);
  json.update(figures_json(row.figures));
  return json;
}

std::string bars_of(const PooledHistogram& pooled) {
  const Codebook codebook = calibrate(pooled.histogram, pooled.type);
  const auto codes = std::span(codebook.exponents).first(codebook.size());
  const auto longest = static_cast<double>(std::ranges::max(pooled.histogram));
  std::string text = fmt::format("\nexponents of {}, % of {} elements\n", name(pooled.type),
                                 pooled.figures.elements);
  for (unsigned exponent = 0; exponent < pooled.histogram.size(); ++exponent) {
    const auto count = static_cast<double>(pooled.histogram[exponent]);
    if (count == 0) continue;
    const bool has_code = std::ranges::find(codes, exponent) != codes.end();
    text +=
        fmt::format("{:>4} {:>9.5f} {:<6} {}\n", exponent, 100 * pooled.figures.per_element(count),
                    has_code ? "" : "escape", bar(count / longest));
  }
  return text;
}

}  // namespace

std::string to_table(const CodingStatistics& statistics) {
  const bool with_file = several_files(statistics);
  std::size_t width = std::string_view("one codebook for all").size();
  for (const auto& row : statistics.tensors)
    width = std::max(width, label(*row.tensor, with_file).size());
  for (const CarriedTensor& tensor : statistics.carried)
    width = std::max(width, label(tensor, with_file).size());
  const std::string carried = carried_lines(statistics, with_file, width);
  if (statistics.tensors.empty() && !carried.empty()) return carried.substr(1);
  std::string text = table_head(width, statistics.total.given.has_value());
  for (const auto& row : statistics.tensors)
    text += table_line(label(*row.tensor, with_file), width, name(row.tensor->type), row.figures);
  for (const auto& row : statistics.classes)
    text += table_line("all " + row.tensor_class, width, "", row.figures);
  text += table_line("total", width, "", statistics.total);
  if (statistics.tensors.size() < 2) return text + carried;
  for (const PooledHistogram& pooled : statistics.pooled)
    text += table_line("one codebook for all", width, name(pooled.type), pooled.figures);
  return text + carried;
}

std::string to_json(const CodingStatistics& statistics) {
  Json json;
  json["rows"] = Json::array();
  for (const auto& row : statistics.tensors) {
    json["rows"].push_back(row_json(row));
    json["rows"].back()["histogram"] = histogram_json(row.tensor->histogram);
  }
  json["classes"] = Json::array();
  for (const auto& row : statistics.classes) {
    Json figures{{"class", row.tensor_class}};
    figures.update(figures_json(row.figures));
    json["classes"].push_back(figures);
  }
  json["total"] = figures_json(statistics.total);
  json["pooled"] = Json::array();
  for (const PooledHistogram& pooled : statistics.pooled) {
    Json figures{{"element_type", name(pooled.type)}};
    figures.update(figures_json(pooled.figures));
    figures["histogram"] = histogram_json(pooled.histogram);
    json["pooled"].push_back(figures);
  }
  json["carried"] = Json::array();
  for (const CarriedTensor& tensor : statistics.carried) {
    json["carried"].push_back(to_json(tensor));
    if (const auto& exponents = tensor.half_exponents)
      json["carried"].back()["histogram"] = histogram_json(*exponents);
  }
  return json_lines(json);
}

std::string to_csv(const CodingStatistics& statistics) {
  Json rows = Json::array();
  for (const auto& row : statistics.tensors) rows.push_back(row_json(row));
  return to_csv(rows);
}

std::string to_bars(const CodingStatistics& statistics) {
  std::string text;
  for (const PooledHistogram& pooled : statistics.pooled) text += bars_of(pooled);
  return text;
}

}  // namespace splitbench
