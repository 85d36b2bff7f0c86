#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <ranges>
#include <vector>

#include "codec/codecs.hpp"
#include "configs/keys/keys.hpp"
#include "configs/keys/presets.hpp"
#include "configs/keys/profiles.hpp"
#include "configs/reader/rules.hpp"
#include "workers/kv/kv_dump.hpp"
#include "workers/kv/named_codebooks.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {

namespace {

constexpr std::size_t kMostRepeats = 1000;  // as key `repeats` says

template <class Field, class Value>
Key<Scenario> key(std::string path, Field field, Kind<Value> kind, std::string meaning,
                  Need need = Need::optional) {
  return make_key<Scenario>(std::move(path), field, std::move(kind), std::move(meaning), need);
}

Kind<ElementType> element_type() {
  kind::Choices<ElementType> choices;
  for (const ElementType type : kElementTypes) choices.emplace_back(name(type), type);
  return kind::choice(choices);
}

/// Makes the key of a list that is empty where the file leaves it at auto.
template <class Element, class Field>
Key<Scenario> list_or_auto(std::string path, Field field, Kind<Element> element,
                           const std::string& takes, std::string meaning) {
  return {std::move(path),
          takes,
          std::move(meaning),
          Need::optional,
          [=](Scenario& scenario, const Entry& entry, Diagnostics& diagnostics) {
            field(scenario).clear();
            if (entry.node.IsSequence())
              field(scenario) = read_elements(element, entry, diagnostics);
            else if (const std::string_view text = scalar(entry, takes); text != "auto")
              throw InputError(fmt::format("'{}' is not a list; expected {}", text, takes));
          },
          [=](const Scenario& scenario) -> std::string {
            if (field(scenario).empty()) return "auto";
            std::vector<std::string> elements;
            std::ranges::transform(field(scenario), std::back_inserter(elements), element.format);
            return fmt::format("[{}]", fmt::join(elements, ", "));
          }};
}

template <class Profile, class Field>
Key<Scenario> profile_key(std::string path, Field field, std::string meaning, Need need) {
  const std::string indent(path.find('.') == path.npos ? 2 : 4, ' ');
  return {std::move(path),
          takes_profile<Profile>(),
          std::move(meaning),
          need,
          [=](Scenario& scenario, const Entry& entry, Diagnostics& diagnostics) {
            field(scenario) = read_profile<Profile>(entry, diagnostics);
          },
          [=](const Scenario& scenario) { return write_profile(field(scenario), indent); }};
}

Key<Scenario> kv_profile_key() {
  Key<Scenario> key = profile_key<KvProfile>(
      FIELD(kv.profile),
      "exponent statistics of generated KV; auto: the model's own where one is shipped, else llm",
      Need::optional);
  key.takes += ", or auto";
  key.read = [read = key.read](Scenario& scenario, const Entry& entry, Diagnostics& diagnostics) {
    scenario.own_kv_profile = entry.node.IsScalar() && entry.node.Scalar() == "auto";
    if (!scenario.own_kv_profile) read(scenario, entry, diagnostics);
  };
  key.write = [write = key.write](const Scenario& scenario) {
    return scenario.own_kv_profile ? "auto" : write(scenario);
  };
  return key;
}

std::vector<Key<Scenario>> make_scenario_keys() {
  using namespace kind;
  const auto workers = within(count<std::uint32_t>(), "1", "4096");
  const auto ranks = within(count<std::uint32_t>(), "1", "1024");
  const auto tries = within(count<std::uint32_t>(), "0", "100");
  const auto memory = or_word(within(bytes(), "1 MB", "100 TB"), "auto", std::uint64_t{0});
  const auto objective = or_none(within(kind::time(), "1 us", "3600 s"));
  std::vector<Key<Scenario>> keys = {
      key(FIELD(name), text(), "what reports call the run; if empty, the file's name"),
      profile_key<ModelGeometry>(FIELD_AT("model", pipeline.model), "whose KV cache is moved",
                                 Need::required),
      profile_key<HardwareProfile>(FIELD(hardware),
                                   "where timed compute and virtual time get durations from",
                                   Need::optional),
      key(FIELD_AT("kv_dtype", pipeline.element_type), element_type(), "element type of the cache"),
      codecs_key(),
      arms_key(),
      key(FIELD(repeats), within(count<std::uint32_t>(), "1", "1000"),
          "runs of each arm, interleaved, each with a load of its own where that is random; in "
          "virtual time one if nothing is"),
      key(FIELD(seed), count(), "of all randomness"),
      list_or_auto(FIELD(seeds), count(), "a list of counts, or auto",
                   "from which each repeat draws arrivals, lengths and faults, the same for all "
                   "arms; auto: seed, seed + 1 and so on"),
      key(FIELD(time),
          choice<TimeKind>({{"real", TimeKind::real}, {"virtual", TimeKind::virtual_time}}),
          "run for real, or compute when everything would happen"),
      key(FIELD(backend),
          choice<BackendKind>({{"auto", BackendKind::automatic},
                               {"cpu", BackendKind::cpu},
                               {"cuda", BackendKind::cuda}}),
          "where the KV lies in a real run"),
      list_or_auto(
          FIELD(gpu), within(count<std::uint32_t>(), "0", "255"),
          "a list of devices by number, or auto",
          "devices of backend cuda that workers take in turn, prefill workers first; auto: "
          "all"),
      key(FIELD(compute),
          choice<ComputeKind>({{"none", ComputeKind::none},
                               {"timed", ComputeKind::timed},
                               {"gemm", ComputeKind::gemm}}),
          "time that prefill and decode take: none, the model's at 100% of the hardware's flops "
          "and memory_bandwidth (an ideal bound where those are a datasheet's), or what work of "
          "the model's shape takes a GPU (in virtual time as timed)"),
      key(FIELD(compute_scale), within(factor(), "0.001", "1000000"),
          "speed of a rank's compute, 1 that of the hardware; 8 stands for the compute of eight "
          "devices with the codec and the NIC of one, where workers.prefill_tp and decode_tp are "
          "1; "
          "an ideal bound, since nothing is lost between devices"),
      transport_key(),
      key(FIELD(listen), address(), "where coordinator and decode workers listen"),
      key(FIELD(kv.source),
          choice<KvSourceKind>({{"profile", KvSourceKind::profile}, {"dump", KvSourceKind::dump}}),
          "where KV bytes come from"),
      kv_profile_key(),
      file_key(
          FIELD(kv.dump),
          "file of real KV, .bf16 or of the kv_dtype (.e5m2, .e4m3), its shape in the .json beside "
          "it; or .safetensors"),
      file_key(FIELD(kv.codebook),
               "file of codec calibrate whose codebooks workers encode with, instead of those "
               "calibrated on the KV before it drifts"),
      key(FIELD(workers.prefill), workers,
          fmt::format("prefill workers; in real time at most {}", kMostRealWorkers)),
      key(FIELD(workers.decode), workers,
          fmt::format("decode workers; in real time at most {}", kMostRealWorkers)),
      key(FIELD(workers.prefill_tp), ranks,
          "ranks of tensor parallelism of a prefill worker, each with its part of the KV heads, a "
          "device and a NIC; in real time their shards are processes"),
      key(FIELD(workers.decode_tp), ranks, "ranks of a decode worker"),
      key(FIELD_AT("workers.share_process", share_process),
          choice<bool>({{"auto", true}, {"off", false}}),
          "auto: workers that share a GPU run in one process, so that their work overlaps; with "
          "faults or on_fault retry, as with off, each has its own and they take turns"),
      key(FIELD(dispatch),
          choice<Dispatch>({{"round_robin", Dispatch::round_robin},
                            {"least_loaded", Dispatch::least_loaded},
                            {"session_affinity", Dispatch::session_affinity}}),
          "which worker gets the next request; session_affinity: the one that has most of its "
          "prompt, waited for where that is more than half of it"),
      key(FIELD(prefix_cache), choice<bool>({{"on", true}, {"off", false}}),
          "prefill workers do not compute again what they have of a prompt"),
      key(FIELD(transfer),
          choice<TransferKind>(
              {{"full", TransferKind::full}, {"missing_blocks", TransferKind::missing_blocks}}),
          "what travels: the whole prompt's KV, or what the decode worker does not have of it"),
      key(FIELD_AT("pipeline", pipeline.overlap), choice<bool>({{"on", true}, {"off", false}}),
          "overlap compute, codec and wire of a request"),
      preset_key(
          "engine_preset", engine_preset_names(),
          "when an engine sends KV, which sets granularity and what belongs to it where they "
          "are not set"),
      key(FIELD_AT("granularity", pipeline.granularity),
          choice<Granularity>({{"request", Granularity::request},
                               {"layer-group", Granularity::layer_group},
                               {"prefill-chunk", Granularity::prefill_chunk}}),
          "what is sent as soon as it is computed"),
      key(FIELD_AT("layer_group", pipeline.layer_group),
          within(count<std::uint32_t>(), "1", "1000"), "layers in a group"),
      key(FIELD_AT("prefill_chunk", pipeline.prefill_chunk),
          within(count<std::uint64_t>(), "64", "1M"),
          "tokens of a prompt that are computed at once, of which all layers are then sent; a "
          "multiple of 64"),
      key(FIELD_AT("staging", pipeline.staging),
          or_word(within(bytes(), "1 MB", "1 TB"), "auto", std::uint64_t{0}),
          "pinned staging memory of a worker, with ranks of each shard; auto: 512 MiB, with "
          "transport peer 1 GiB, of backend "
          "cpu 64 MB"),
      key(FIELD_AT("fused_encode", pipeline.fused_encode),
          choice<bool>({{"on", true}, {"off", false}}),
          "the GPU's encoder writes a chunk of one tensor into staging memory itself, without a "
          "copy "
          "behind it; slow for GEMMs beside it"),
      key(FIELD_AT("chunk", pipeline.chunk),
          or_word(within(bytes(), "32 KiB", "1 GB"), "auto", std::uint64_t{0}),
          "raw KV that is encoded, staged and sent at once; auto: 64 MiB with transport peer, 4 "
          "MiB "
          "over several streams, else a sixteenth of staging, at most 16 MiB"),
      key(FIELD(prefill_memory), memory,
          "KV memory of a prefill worker, or of each of its ranks; auto: twice the largest job"),
      key(FIELD(decode_memory), memory,
          "KV pool of a decode worker, or of each of its ranks; auto: four times the largest job"),
      key(FIELD_AT("verify", pipeline.verify), choice(kVerifyNames),
          "when the consumer checks the digest of the raw KV"),
      key(FIELD(on_fault),
          choice<OnFault>({{"fail-fast", OnFault::fail_fast}, {"retry", OnFault::retry}}),
          "what a failed request does to the run"),
      key(FIELD(max_restarts), tries, "restarts of one worker, before the run fails"),
      key(FIELD(max_retries), tries, "retries of one request, before it counts as failed"),
      key(FIELD(heartbeat_timeout), within(kind::time(), "100 ms", "60 min"),
          "how long a worker or the remote end of a connection may be silent before it is given "
          "up"),
      key(FIELD(restart_time), within(kind::time(), "0 s", "60 min"),
          "of a worker, in virtual time"),
      faults_key(),
      key(FIELD(slo.ttft), objective, "objective for the time to first token"),
      key(FIELD(slo.tpot), objective, "objective for the time per output token"),
      key(FIELD(slo.e2el), objective, "objective for the whole request"),
      key(FIELD_AT("output.timeline", timeline),
          choice<TimelineOutput>({{"auto", TimelineOutput::automatic},
                                  {"first", TimelineOutput::first},
                                  {"off", TimelineOutput::off}}),
          "timeline.json, of the first repeat of each arm, or none; it is most of a result folder; "
          "auto: off for the points of a sweep"),
  };
  const auto put_before = [&keys](const char* path, const std::vector<Key<Scenario>>& section) {
    keys.insert(std::ranges::find(keys, path, &Key<Scenario>::path), section.begin(),
                section.end());
  };
  put_before("transport", link_keys());
  put_before("kv.source", workload_keys());
  put_before("workers.prefill", drift_keys());
  return keys;
}

}  // namespace

const std::vector<Key<Scenario>>& scenario_keys() {
  static const std::vector<Key<Scenario>> keys = make_scenario_keys();
  return keys;
}

namespace {

/// Adds a mistake if the seeds that follow `seed`, one for each repeat, are too large.
void check_seed(const Scenario& scenario, const Settings& settings, Diagnostics& diagnostics) {
  const std::uint64_t most = ~std::uint64_t{0} - (std::max(scenario.repeats, 1u) - 1);
  if (scenario.seed <= most || settings.is_faulty("seed") || settings.is_faulty("repeats")) return;
  diagnostics.add(settings.place_of("seed"),
                  fmt::format("{} repeats draw from seed {} and those that follow it; expected at "
                              "most {}",
                              scenario.repeats, scenario.seed, most));
}

/// Makes `repeats` as many as there are seeds, where it is not stated.
void check_seeds(Scenario& scenario, const Settings& settings, Diagnostics& diagnostics) {
  std::vector<std::uint64_t> seeds = scenario.seeds;
  if (seeds.empty()) return check_seed(scenario, settings, diagnostics);
  const auto refuse = [&](const std::string& why) {
    diagnostics.add(settings.place_of("seeds"), why);
  };
  if (settings.find("repeats") == nullptr)
    scenario.repeats =
        static_cast<std::uint32_t>(std::min<std::size_t>(seeds.size(), kMostRepeats));
  if (seeds.size() > kMostRepeats)
    refuse(fmt::format("{} seeds; expected at most {}", seeds.size(), kMostRepeats));
  else if (scenario.repeats != seeds.size() && !settings.is_faulty("repeats"))
    refuse(
        fmt::format("{} seeds for {} repeats; expected one each", seeds.size(), scenario.repeats));
  std::ranges::sort(seeds);
  if (const auto twice = std::ranges::adjacent_find(seeds); twice != seeds.end())
    refuse(fmt::format("seed {} twice; expected each once", *twice));
}

void check_kv(Scenario& scenario, const Settings& settings, Diagnostics& diagnostics) {
  KvSpec& kv = scenario.kv;
  if (kv.source != KvSourceKind::dump) return;
  Rules rules(settings, diagnostics);
  rules.need({"kv.source", "dump", "kv.dump", "cache.bf16"}, !kv.dump.empty());
  if (!rules.file("kv.dump", kv.dump)) return;
  try {
    describe_kv_dump(kv.dump, scenario.pipeline.element_type);
  } catch (const InputError& error) {
    diagnostics.add(settings.place_of("kv.dump"), error.what());
  }
}

/// Adds what works only for a model whose layers are all alike.
void check_layers(const Scenario& scenario, const Settings& settings, Diagnostics& diagnostics) {
  const ModelGeometry& model = scenario.pipeline.model;
  if (scenario.compute == ComputeKind::gemm && !model.has_equal_tensors())
    diagnostics.add(
        settings.place_of("compute"),
        fmt::format("compute: gemm does the work of layers that are all alike, and those "
                    "of model {} are not; use compute: timed",
                    model.name));
  if (scenario.time == TimeKind::real) return;
  const std::vector<CacheTensor> tensors = model.tensors(scenario.pipeline.element_type);
  if (std::ranges::all_of(tensors, &CacheTensor::coded)) return;
  for (const Arm arm : scenario.arms)
    if (is_foreign(arm))
      diagnostics.add(
          settings.place_of("arms"),
          fmt::format("arm '{}' has a ratio for KV, and nobody has measured it on the index or the "
                      "states of model {}; use time: real, or raw, bypass, {}",
                      name_of(arm, scenario.codecs), model.name,
                      fmt::join(kOwnCodecs | std::views::transform(&Codec::name), ", ")));
}

/// Adds what does not go with tensor-parallel ranks.
void check_ranks(const Scenario& scenario, const Settings& settings, Diagnostics& diagnostics) {
  const auto& [prefill, decode, prefill_tp, decode_tp] = scenario.workers;
  const auto refuse = [&](const char* key, const std::string& why) {
    diagnostics.add(settings.place_of(key), why);
  };
  for (const char* key : {"model", "workers.prefill_tp", "workers.decode_tp"})
    if (settings.is_faulty(key)) return;
  try {
    plan_shards(scenario.pipeline.model, scenario.pipeline.element_type, prefill_tp, decode_tp);
  } catch (const std::invalid_argument& error) {
    return refuse(prefill_tp > 1 ? "workers.prefill_tp" : "workers.decode_tp", error.what());
  }
  if (std::max(prefill_tp, decode_tp) > 1 && scenario.compute_scale > 1)
    refuse("compute_scale",
           "above 1 it stands for devices, and workers.prefill_tp and decode_tp say how many there "
           "are; expected at most 1, the efficiency of each rank");
  if (scenario.nics == 0 && prefill_tp != decode_tp && !scenario.link.schedule.empty())
    refuse("link.bandwidth",
           "rates that change, of workers with different numbers of NICs; set link.nics to have as "
           "many at both ends");
}

/// Adds what does not go with prefill in chunks.
void check_prefill_chunks(const Scenario& scenario, const Settings& settings,
                          Diagnostics& diagnostics) {
  const Pipeline& pipeline = scenario.pipeline;
  if (pipeline.granularity != Granularity::prefill_chunk) return;
  const auto refuse = [&](const char* key, const std::string& why) {
    diagnostics.add(settings.place_of(key), why);
  };
  if (pipeline.prefill_chunk % kRowsAtOnce != 0 && !settings.is_faulty("prefill_chunk"))
    refuse("prefill_chunk", fmt::format("{} tokens, expected a multiple of {}",
                                        pipeline.prefill_chunk, kRowsAtOnce));
  if (scenario.workload.batch_size > 1)
    refuse("granularity", "prefill-chunk is of one request; expected workload.batch_size: 1");
  if (scenario.compute == ComputeKind::gemm)
    refuse("granularity",
           "prefill-chunk with compute: gemm, which computes whole prompts; use compute: timed");
}

void check_codebook(Scenario& scenario, const Settings& settings, Diagnostics& diagnostics) {
  if (!Rules(settings, diagnostics).file("kv.codebook", scenario.kv.codebook)) return;
  if (settings.is_faulty("model") || settings.is_faulty("kv_dtype")) return;
  try {
    NamedCodebooks(scenario.kv.codebook)
        .of_model(scenario.pipeline.model, scenario.pipeline.element_type, scenario.drift.scope);
  } catch (const InputError& error) {
    diagnostics.add(settings.place_of("kv.codebook"), error.what());
  }
}

}  // namespace

void check(Scenario& scenario, const Settings& settings, Diagnostics& diagnostics) {
  if (scenario.own_kv_profile) scenario.kv.profile = kv_profile_of(scenario.pipeline.model.name);
  check_seeds(scenario, settings, diagnostics);
  check_workload(scenario, settings, diagnostics);
  check_kv(scenario, settings, diagnostics);
  check_layers(scenario, settings, diagnostics);
  check_ranks(scenario, settings, diagnostics);
  check_prefill_chunks(scenario, settings, diagnostics);
  check_codebook(scenario, settings, diagnostics);
  check_drift(scenario, settings, diagnostics);
  check_codecs(scenario, settings, diagnostics);
  check_arms(scenario, settings, diagnostics);
  check_link(scenario, settings, diagnostics);
  check_transport(scenario, settings, diagnostics);
  check_faults(scenario, settings, diagnostics);
}

void check(const ModelGeometry& model, const Settings& settings, Diagnostics& diagnostics) {
  if (settings.is_faulty("kv_heads") || settings.is_faulty("latent_dim")) return;
  if ((model.kv_heads > 0) == (model.latent_dim > 0)) {
    diagnostics.add(settings.place_of("kv_heads"),
                    "expected either 'kv_heads' or, for latent attention, 'latent_dim'");
  }
  if (std::uint64_t{model.kv_heads} * model.head_dim > kMostWidth &&
      !settings.is_faulty("head_dim"))
    diagnostics.add(settings.place_of("kv_heads"),
                    fmt::format("{} heads of {} elements; expected at most {} elements together",
                                model.kv_heads, model.head_dim, kMostWidth));
  if (!model.keeps_anything()) {
    diagnostics.add(settings.place_of("layers"),
                    "no layer keeps anything; expected one of kind full, window or state");
  }
  if (model.active_parameters > model.total_parameters && !settings.is_faulty("total_parameters")) {
    diagnostics.add(settings.place_of("active_parameters"),
                    "more active parameters than there are; expected at most 'total_parameters'");
  }
}

}  // namespace splitbench
