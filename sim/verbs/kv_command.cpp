#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "configs/reader/quantity.hpp"
#include "configs/scenario_file.hpp"
#include "reports/text/csv.hpp"
#include "sim/cli/command_line.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/cli/verb_options.hpp"
#include "workers/plan/rank_plan.hpp"
#include "workloads/input_error.hpp"
#include "workloads/json_text.hpp"

namespace splitbench {
namespace {

using Json = nlohmann::ordered_json;

constexpr VerbHelp kHelp{
    .examples = R"(splitbench kv qwen3-32b
splitbench kv llama-3.1-70b --prefill-tp 4 --decode-tp 8 --page 64 --order hnd
splitbench kv gpt-oss-120b deepseek-v3 --tokens 8k,128k --prefill-tp 1,8 --format json
)",
    .about =
        R"(Says what a prompt's KV cache is, and what travels where workers are groups of tensor-parallel
ranks: bytes, flows between ranks, messages, and the pieces of memory that they are made of.)",
    .notes =
        R"(MODEL is a shipped model, a .yaml file or a Hugging Face config.json. KV heads are shared out over
the ranks; with more ranks than heads several hold the same, and what decode has twice is sent
twice. Latent tensors (MLA) and indices are on every rank, states are cut evenly. A piece is
contiguous at both ends: a page, or without pages a tensor; in NHD order, where two ranks share
part of their heads, a token. Pages are counted whole, also in the cache. A message is what a pair
of ranks exchanges of --layer-group layers.
)"};

constexpr std::uint64_t kMostRanks = 128, kMostTokens = 1 << 30, kMostPage = 1 << 20;
constexpr int kDigits = 4;

/// A prompt's cache between workers of so many ranks.
struct KvCase {
  const ModelGeometry* model;
  std::uint64_t tokens;
  std::uint32_t prefill_ranks, decode_ranks;
};

/// The options that all cases share.
struct KvOptions {
  ElementType type;
  KvMemory memory;
  std::uint32_t layer_group;  ///< 0: all layers are one message
};

struct KvRow {
  KvCase of;
  std::uint64_t cache_bytes = 0;  ///< of the prompt, once
  std::uint64_t sent_bytes = 0;
  std::uint64_t flows = 0;
  std::uint64_t most_sent = 0, most_received = 0;  ///< bytes of the busiest rank
  std::uint64_t messages = 0, pieces = 0;
};

/// Throws InputError if bytes or pieces may be more than 64 bits count.
void check_size(const KvCase& of, const KvOptions& options) {
  constexpr double kMost = 1e19;
  double elements = 0;
  for (const CacheTensor& tensor : of.model->tensors(options.type)) {
    const double in_part = tensor.once ? 0 : 2.0 * options.memory.page_tokens;
    const double rows = static_cast<double>(tensor.rows(of.tokens)) + in_part;
    elements += rows * static_cast<double>(tensor.width);
  }
  const double bytes = elements * static_cast<double>(element_bytes(options.type));
  if (bytes * of.decode_ranks > kMost)
    throw InputError(
        fmt::format("kv: {} with {} tokens for {} ranks: more bytes than can be "
                    "counted, expected fewer tokens or ranks",
                    of.model->name, of.tokens, of.decode_ranks));
}

KvRow row_of(const KvCase& of, const KvOptions& options) {
  check_size(of, options);
  const auto plan = [&](std::uint32_t prefill_ranks, std::uint32_t decode_ranks) {
    return plan_ranks(*of.model, options.type, of.tokens, prefill_ranks, decode_ranks,
                      options.memory, options.layer_group);
  };
  KvRow row{.of = of};
  for (const RankFlow& flow : plan(1, 1)) row.cache_bytes += flow.bytes;
  std::map<std::uint32_t, std::uint64_t> sent, received;
  for (const RankFlow& flow : plan(of.prefill_ranks, of.decode_ranks)) {
    ++row.flows;
    row.sent_bytes += flow.bytes;
    row.pieces += flow.pieces;
    row.messages += flow.messages;
    row.most_sent = std::max(row.most_sent, sent[flow.prefill_rank] += flow.bytes);
    row.most_received = std::max(row.most_received, received[flow.decode_rank] += flow.bytes);
  }
  return row;
}

/// Returns a number. Throws InputError if it is not from `least` to `most`.
std::uint64_t count(const char* option, const std::string& word, std::uint64_t least,
                    std::uint64_t most) {
  try {
    const std::uint64_t number = parse_count(word);
    if (number >= least && number <= most) return number;
  } catch (const InputError&) {
  }
  throw InputError(fmt::format("kv: --{} '{}', expected {} to {}", option, word, least, most));
}

/// Returns the numbers of a list. Throws InputError for one that is not from `least` to `most`.
std::vector<std::uint64_t> counts(const char* option, const std::string& list, std::uint64_t least,
                                  std::uint64_t most) {
  std::vector<std::uint64_t> all;
  for (const std::string& word : split_list(list)) all.push_back(count(option, word, least, most));
  return all;
}

Json row_json(const KvRow& row, const KvOptions& options) {
  return {{"model", row.of.model->name},
          {"kv_dtype", name(options.type)},
          {"tokens", row.of.tokens},
          {"prefill_tp", row.of.prefill_ranks},
          {"decode_tp", row.of.decode_ranks},
          {"page_tokens", options.memory.page_tokens},
          {"order", options.memory.order == HeadOrder::nhd ? "nhd" : "hnd"},
          {"layer_group", options.layer_group},
          {"cache_bytes", row.cache_bytes},
          {"sent_bytes", row.sent_bytes},
          {"flows", row.flows},
          {"most_sent_by_a_rank_bytes", row.most_sent},
          {"most_received_by_a_rank_bytes", row.most_received},
          {"messages", row.messages},
          {"pieces", row.pieces}};
}

std::string short_bytes(std::uint64_t bytes) {
  return format_bytes(
      static_cast<std::uint64_t>(round_to_digits(static_cast<double>(bytes), kDigits)));
}

std::string table(const std::vector<KvRow>& rows) {
  constexpr std::string_view kLine =
      "{:<{}} {:>8} {:>4} {:>4} {:>10} {:>10} {:>5} {:>10} {:>10} {:>8} {:>10} {:>9}\n";
  std::size_t width = std::string_view("model").size();
  for (const KvRow& row : rows) width = std::max(width, row.of.model->name.size());
  std::string text = fmt::format(kLine, "", width, "", "P", "D", "", "", "", "most from", "most to",
                                 "", "", "bytes of");
  text += fmt::format(kLine, "model", width, "tokens", "tp", "tp", "cache", "sent", "flows",
                      "a rank", "a rank", "messages", "pieces", "a piece");
  for (const KvRow& row : rows)
    text += fmt::format(kLine, row.of.model->name, width, row.of.tokens, row.of.prefill_ranks,
                        row.of.decode_ranks, short_bytes(row.cache_bytes),
                        short_bytes(row.sent_bytes), row.flows, short_bytes(row.most_sent),
                        short_bytes(row.most_received), row.messages, row.pieces,
                        short_bytes(row.pieces == 0 ? 0 : row.sent_bytes / row.pieces));
  return text;
}

}  // namespace

int kv_command(std::span<const std::string> arguments) {
  VerbOptions options("kv", "MODEL...", kHelp);
  std::string tokens = "8k", type{name(ElementType::bf16)}, prefill = "1", decode = "1", page = "0";
  std::string order = "nhd", layer_group = "1", format = "table";
  options.value("tokens", "LIST", tokens, "of the prompt");
  options.word("kv-dtype", "TYPE", type, element_type_names());
  options.value("prefill-tp", "LIST", prefill, "ranks of the prefill worker");
  options.value("decode-tp", "LIST", decode, "ranks of the decode worker");
  options.value("page", "TOKENS", page, "of a page, of one size at both ends; 0: no pages");
  options.word("order", "ORDER", order, {"nhd", "hnd"},
               "of each token all heads, or of each head all tokens of a page");
  options.value("layer-group", "N", layer_group, "layers of a message; 0: all of them");
  options.word("format", "FORMAT", format, {"table", "json", "csv"});
  if (!options.parse(arguments)) return 0;

  const KvOptions shared{
      .type = element_type_named(type).value(),
      .memory = {.page_tokens = static_cast<std::uint32_t>(count("page", page, 0, kMostPage)),
                 .order = order == "nhd" ? HeadOrder::nhd : HeadOrder::hnd},
      .layer_group = static_cast<std::uint32_t>(count("layer-group", layer_group, 0, kMostPage))};
  std::vector<ModelGeometry> models;
  for (const std::string& model : options.arguments()) models.push_back(load_model(model));
  std::vector<KvRow> rows;
  try {
    for (const ModelGeometry& model : models)
      for (const std::uint64_t length : counts("tokens", tokens, 1, kMostTokens))
        for (const std::uint64_t p : counts("prefill-tp", prefill, 1, kMostRanks))
          for (const std::uint64_t d : counts("decode-tp", decode, 1, kMostRanks))
            rows.push_back(row_of({.model = &model,
                                   .tokens = length,
                                   .prefill_ranks = static_cast<std::uint32_t>(p),
                                   .decode_ranks = static_cast<std::uint32_t>(d)},
                                  shared));
  } catch (const std::invalid_argument& wrong) {
    throw InputError(fmt::format("kv: {}", wrong.what()));
  }
  if (format == "table") {
    print_text(table(rows));
    return 0;
  }
  Json json = Json::array();
  for (const KvRow& row : rows) json.push_back(row_json(row, shared));
  print_data(format == "json" ? json_lines(Json{{"rows", json}}) : to_csv(json));
  return 0;
}

}  // namespace splitbench
