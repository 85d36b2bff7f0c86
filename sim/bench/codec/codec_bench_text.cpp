#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "reports/text/csv.hpp"
#include "sim/bench/codec/codec_bench.hpp"
#include "workloads/json_text.hpp"
#include "workloads/statistics.hpp"

namespace splitbench {
namespace {

using Json = nlohmann::ordered_json;

double per_second(const BenchRow& row, const BenchTime& time) {
  return static_cast<double>(row.bench.bytes) / time.seconds;
}

double ratio(const BenchRow& row) {
  return static_cast<double>(row.bench.bytes) / static_cast<double>(row.frame_bytes);
}

/// Returns the bytes read and written per second, relative to a plain copy by the same way.
double share_of_copy(const BenchRow& row, const BenchTime& time, const BenchTime& copy) {
  const auto moved = static_cast<double>(row.bench.bytes + row.frame_bytes);
  return moved / time.seconds / (2 * per_second(row, copy));
}

/// Returns the row's JSON, whose keys are a contract.
Json row_json(const BenchRow& row) {
  Json json;
  json["backend"] = row.backend;
  json["device"] = row.device;
  json["codec"] = row.bench.codec.name;
  json["element_type"] = name(row.type);
  json["destination"] = name(row.bench.destination);
  json["bytes"] = row.bench.bytes;
  json["tensors"] = row.bench.tensors;
  json["page_bytes"] = row.bench.page_bytes;
  json["shape"] = row.bench.shape;
  json["max_blocks"] = row.bench.max_blocks;
  json["plan"] = row.bench.plan;
  json["chunk_bytes"] = row.bench.chunk_bytes;
  json["escape_rate"] = row.escape_rate;
  json["encode_bytes_per_s"] = per_second(row, row.encode);
  json["decode_bytes_per_s"] = per_second(row, row.decode);
  json["ratio"] = ratio(row);
  json["encode_noise"] = row.encode.noise;
  json["decode_noise"] = row.decode.noise;
  json["copy_out_bytes_per_s"] = per_second(row, row.copy_out);
  json["copy_in_bytes_per_s"] = per_second(row, row.copy_in);
  json["encode_share_of_copy"] = share_of_copy(row, row.encode, row.copy_out);
  json["decode_share_of_copy"] = share_of_copy(row, row.decode, row.copy_in);
  json["repeats"] = row.bench.repeats;
  return json;
}

Json rows_json(const std::vector<BenchRow>& rows) {
  Json json = Json::array();
  for (const BenchRow& row : rows) json.push_back(row_json(row));
  return json;
}

std::string size_text(std::uint64_t bytes) {
  if (bytes < 1 << 20) return fmt::format("{:.4g} KiB", static_cast<double>(bytes) / (1 << 10));
  if (bytes % (1 << 20) == 0) return fmt::format("{} MiB", bytes >> 20);
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
}

/// Returns the line above the rows of a shape.
std::string shape_text(const BenchRow& row) {
  const std::uint64_t tensor = row.bench.bytes / row.bench.tensors, page = row.bench.page_bytes;
  return fmt::format(
      "{}: {} tensors of {}{}\n", row.bench.shape, row.bench.tensors, size_text(tensor),
      page == 0 ? "" : fmt::format(", in pages of {} where they lie", size_text(page)));
}

std::string escapes_text(const BenchRow& row) {
  if (row.bench.codec.baseline() != nullptr) return "";
  return fmt::format("{:.3f}", 100 * row.escape_rate);
}

}  // namespace

std::string_view name(BenchDestination destination) {
  switch (destination) {
    case BenchDestination::host:
      return "host";
    case BenchDestination::device:
      return "device";
    case BenchDestination::pinned:
      return "pinned";
    case BenchDestination::peer:
      break;
  }
  return "peer";
}

std::string bench_table(const std::vector<BenchRow>& rows) {
  constexpr std::string_view kHead =
      "{:<{}} {:<9} {:<7} {:>8} {:>4} {:>7} {:>6} | {:>8} {:>5} {:>5} | {:>8} {:>5} {:>5} | {:>8} "
      "{:>8}\n";
  std::size_t width = std::string_view("codec").size();
  for (const BenchRow& row : rows) width = std::max(width, row.bench.codec.name.size());
  std::string text = fmt::format(kHead, "", width, "", "", "", "", "escapes", "", "encode", "of",
                                 "", "decode", "of", "", "copy out", "copy in");
  text += fmt::format(kHead, "codec", width, "type", "to", "size", "of", "%", "ratio", "GB/s",
                      "copy", "noise", "GB/s", "copy", "noise", "GB/s", "GB/s");
  std::string device, shape;
  for (const BenchRow& row : rows) {
    if (row.device != device) text += fmt::format("{}: {}\n", row.backend, row.device);
    const std::string of_row = row.bench.shape.empty() ? "" : shape_text(row);
    if (of_row != shape) text += of_row;
    device = row.device;
    shape = of_row;
    const auto giga = [&](const BenchTime& time) { return per_second(row, time) / 1e9; };
    text += fmt::format(
        "{:<{}} {:<9} {:<7} {:>8} {:>4} {:>7} {:>6.4f} | {:>8.1f} {:>4.0f}% {:>4.1f}% | {:>8.1f} "
        "{:>4.0f}% {:>4.1f}% | {:>8.1f} {:>8.1f}\n",
        row.bench.codec.name, width, name(row.type), name(row.bench.destination),
        size_text(row.bench.bytes), row.bench.tensors, escapes_text(row), ratio(row),
        giga(row.encode), 100 * share_of_copy(row, row.encode, row.copy_out),
        100 * row.encode.noise, giga(row.decode), 100 * share_of_copy(row, row.decode, row.copy_in),
        100 * row.decode.noise, giga(row.copy_out), giga(row.copy_in));
  }
  return text +
         "GB/s are 1e9 raw bytes a second, medians; of copy: bytes read and written a second "
         "against a "
         "plain copy's;\nnoise: the middle half of the repeats, as a share of the median; escapes: "
         "in SplitZip's codebooks\n";
}

std::string bench_json(const std::vector<BenchRow>& rows) {
  double fastest_copy = 0;
  for (const BenchRow& row : rows)
    fastest_copy = std::max(fastest_copy, per_second(row, row.copy_out));
  const Json json = {{"rows", rows_json(rows)}, {"copy_bytes_per_s", fastest_copy}};
  return json_lines(json);
}

std::string bench_csv(const std::vector<BenchRow>& rows) {
  return to_csv(rows_json(rows));
}

}  // namespace splitbench
