#include "configs/reader/config_test.hpp"

namespace splitbench {
namespace {

using MistakesTest = ConfigTest;

TEST_F(MistakesTest, PointsAtAMisspeltKey) {
  EXPECT_EQ(mistakes("modle: llama-3.2-1b\nlink: {bandwith: 1 Gbit/s}\nbatch_size: 4\n"
                     "workload: {rate: 1 /s, context: 512, output: 8, requests: 8}\n"),
            "s.yaml:1:1: no key 'modle'; did you mean 'model'?\n"
            "    modle: llama-3.2-1b\n"
            "    ^\n"
            "s.yaml:2:8: no key 'bandwith' in 'link'; did you mean 'bandwidth'?\n"
            "    link: {bandwith: 1 Gbit/s}\n"
            "           ^\n"
            "s.yaml:3:1: no key 'batch_size'; did you mean 'workload.batch_size'?\n"
            "    batch_size: 4\n"
            "    ^");
}

TEST_F(MistakesTest, ListsTheKeysWhenNoneIsNear) {
  EXPECT_EQ(mistakes(std::string(kComplete) + "slo: {p99: 1 s}\n"),
            "s.yaml:4:7: no key 'p99' in 'slo'; expected ttft, tpot or e2el\n"
            "    slo: {p99: 1 s}\n"
            "          ^");
  EXPECT_EQ(mistakes(kComplete, {"slo.ttft.p99=1 s"}),
            "--set: no key 'slo.ttft.p99'; did you mean 'slo.ttft'?\n"
            "    slo.ttft.p99=1 s\n"
            "    ^");
  EXPECT_EQ(mistakes(std::string(kComplete) + "racks: 2\n"),
            "s.yaml:4:1: no key 'racks'; expected name, model, hardware, kv_dtype, codecs, arms, "
            "repeats, seed, seeds, time, backend, gpu, compute, compute_scale, link, transport, "
            "listen, workload, kv, drift, workers, dispatch, prefix_cache, transfer, pipeline, "
            "engine_preset, granularity, layer_group, prefill_chunk, staging, fused_encode, chunk, "
            "prefill_memory, decode_memory, verify, on_fault, max_restarts, max_retries, "
            "heartbeat_timeout, "
            "restart_time, faults, slo, output or axes\n"
            "    racks: 2\n"
            "    ^");
}

TEST_F(MistakesTest, NamesWhatIsMissing) {
  EXPECT_EQ(mistakes("link:\n  latency: 1 ms\n"
                     "workload: {rate: 1 /s, context: 512, output: 8, requests: 8}\n"),
            "s.yaml: 'model' is missing; expected the name of a shipped model, a .yaml file, a "
            "config.json of Hugging Face or a map of its keys\n"
            "s.yaml:1:1: 'link.bandwidth' is missing; expected a bandwidth from 1 kbit/s to 100 "
            "Tbit/s, or unlimited, or a list of {at, rate}\n"
            "    link:\n"
            "    ^");
}

TEST_F(MistakesTest, PointsAtAValueOfTheWrongForm) {
  EXPECT_EQ(mistakes(std::string(kComplete) + "repeats: 012\nstaging: 64\nseed:\npipeline: [on]\n"
                                              "kv: llm\nname: {a: b}\n"),
            "s.yaml:4:10: '012' has a leading zero; expected a count such as 512 or 8k\n"
            "    repeats: 012\n"
            "             ^\n"
            "s.yaml:5:10: '64' has no unit; expected a size such as 64 MB\n"
            "    staging: 64\n"
            "             ^\n"
            "s.yaml:6:1: expected a count, found nothing\n"
            "    seed:\n"
            "    ^\n"
            "s.yaml:7:11: expected on or off, found a list\n"
            "    pipeline: [on]\n"
            "              ^\n"
            "s.yaml:8:5: 'kv' is a section; expected its keys below it: source, profile, dump or "
            "codebook\n"
            "    kv: llm\n"
            "        ^\n"
            "s.yaml:9:7: expected a string, found a map\n"
            "    name: {a: b}\n"
            "          ^");
}

TEST_F(MistakesTest, KeepsNumbersWithinBounds) {
  EXPECT_EQ(mistakes(std::string(kComplete) + "repeats: 0\nworkers: {prefill: 4097}\n"
                                              "staging: 999 kB\nlayer_group: 5000000000\n",
                     {"link.bandwidth=0 bit/s", "workload.requests=0"}),
            "s.yaml:4:10: '0' is out of range; expected a count from 1 to 1000\n"
            "    repeats: 0\n"
            "             ^\n"
            "s.yaml:5:20: '4097' is out of range; expected a count from 1 to 4096\n"
            "    workers: {prefill: 4097}\n"
            "                       ^\n"
            "s.yaml:6:10: '999 kB' is out of range; expected a size from 1 MB to 1 TB\n"
            "    staging: 999 kB\n"
            "             ^\n"
            "s.yaml:7:14: '5000000000' is too large; expected a count\n"
            "    layer_group: 5000000000\n"
            "                 ^\n"
            "--set: '0 bit/s' is out of range; expected a bandwidth from 1 kbit/s to 100 Tbit/s\n"
            "    link.bandwidth=0 bit/s\n"
            "                   ^\n"
            "--set: '0' is out of range; expected a count from 1 to 1000000000\n"
            "    workload.requests=0\n"
            "                      ^");
}

TEST_F(MistakesTest, GuessesAMisspeltChoiceAndNamesThoseOfThisVersion) {
  EXPECT_EQ(
      mistakes(std::string(kComplete) + "verify: defered\ncompute: measured\nkv_dtype: fp8_e5m3\n"
                                        "on_fault: ignore\ntransport: rdma\n"),
      "s.yaml:4:9: unknown choice 'defered', did you mean 'deferred'? expected deferred, inline or "
      "off\n"
      "    verify: defered\n"
      "            ^\n"
      "s.yaml:5:10: 'measured' is not supported; expected none, timed or gemm\n"
      "    compute: measured\n"
      "             ^\n"
      "s.yaml:6:11: unknown choice 'fp8_e5m3', did you mean 'fp8_e5m2'? expected bf16, fp8_e5m2 or "
      "fp8_e4m3\n"
      "    kv_dtype: fp8_e5m3\n"
      "              ^\n"
      "s.yaml:7:11: 'ignore' is not supported; expected fail-fast or retry\n"
      "    on_fault: ignore\n"
      "              ^\n"
      "s.yaml:8:12: 'rdma' is not supported; expected auto, tcp, shm or peer\n"
      "    transport: rdma\n"
      "               ^");
}

TEST_F(MistakesTest, SaysWhatStandsForAnInfiniteRateAndBurstiness) {
  EXPECT_EQ(mistakes(kComplete, {"workload.arrivals=gamma", "workload.rate=4 /s",
                                 "workload.concurrency=none", "workload.burstiness=inf"}),
            "--set: 'inf' is no number; gaps that are all alike are workload.arrivals: constant\n"
            "    workload.burstiness=inf\n"
            "                        ^");
  EXPECT_EQ(mistakes(kComplete, {"workload.arrivals=poisson", "workload.concurrency=none",
                                 "workload.rate=inf"}),
            "--set: 'inf' is no number; a load without pauses is workload.arrivals: closed, with "
            "as many at a time as workload.concurrency says\n"
            "    workload.rate=inf\n"
            "                  ^");
}

TEST_F(MistakesTest, PointsAtTheArmThatIsWrong) {
  EXPECT_EQ(mistakes(std::string(kComplete) + "arms: [raw, splitzp, raw, [raw]]\n"),
            "s.yaml:4:13: unknown choice 'splitzp', did you mean 'splitzip'? expected raw, bypass, "
            "splitzip, ranked, auto or a baseline such as zstd-1-planes\n"
            "    arms: [raw, splitzp, raw, [raw]]\n"
            "                ^\n"
            "s.yaml:4:22: 'raw' is repeated; expected each arm once\n"
            "    arms: [raw, splitzp, raw, [raw]]\n"
            "                         ^\n"
            "s.yaml:4:27: expected raw, bypass, splitzip, ranked, auto or a baseline such as "
            "zstd-1-planes, found a list\n"
            "    arms: [raw, splitzp, raw, [raw]]\n"
            "                              ^");
  EXPECT_EQ(mistakes(std::string(kComplete) + "arms: []\n"),
            "s.yaml:4:7: no arm; expected one or more of raw, bypass, splitzip, ranked, auto or a "
            "baseline such as zstd-1-planes\n"
            "    arms: []\n"
            "          ^");
}

TEST_F(MistakesTest, TellsWhatArrivalsNeed) {
  const std::string head = "model: llama-3.2-1b\nlink: {bandwidth: 1 Gbit/s}\n";
  EXPECT_EQ(mistakes(head + "workload:\n  arrivals: poisson\n"),
            "s.yaml:4:13: workload.arrivals 'poisson' needs workload.rate, such as 4 /s\n"
            "      arrivals: poisson\n"
            "                ^\n"
            "s.yaml:4:13: workload.arrivals 'poisson' needs workload.context, such as 8k\n"
            "      arrivals: poisson\n"
            "                ^\n"
            "s.yaml:4:13: workload.arrivals 'poisson' needs workload.output, such as 128\n"
            "      arrivals: poisson\n"
            "                ^\n"
            "s.yaml:4:13: workload.arrivals 'poisson' needs workload.requests, such as 100\n"
            "      arrivals: poisson\n"
            "                ^");
  EXPECT_EQ(mistakes(head + "workload: {context: 1, output: 1, requests: 1}\n",
                     {"workload.arrivals=closed"}),
            "--set: workload.arrivals 'closed' needs workload.concurrency, such as 8\n"
            "    workload.arrivals=closed\n"
            "                      ^");
  EXPECT_EQ(mistakes(head + "workload: {arrivals: trace}\n"),
            "s.yaml:3:22: workload.arrivals 'trace' needs workload.trace, such as requests.jsonl\n"
            "    workload: {arrivals: trace}\n"
            "                         ^");
}

TEST_F(MistakesTest, FilesMustExist) {
  write("alone.bf16", "");
  EXPECT_EQ(mistakes(std::string(kComplete) + "kv: {source: dump}\n"),
            "s.yaml:4:14: kv.source 'dump' needs kv.dump, such as cache.bf16\n"
            "    kv: {source: dump}\n"
            "                 ^");
  EXPECT_EQ(mistakes("model: llama-3.2-1b\nlink: {bandwidth: 1 Gbit/s}\n"
                     "workload: {arrivals: trace, trace: no.jsonl}\n"
                     "kv: {source: dump, dump: alone.bf16}\n"),
            "s.yaml:3:36: no file 'no.jsonl'\n"
            "    workload: {arrivals: trace, trace: no.jsonl}\n"
            "                                       ^\n"
            "s.yaml:4:26: alone.json: no such file, expected a JSON file with the dump's shape\n"
            "    kv: {source: dump, dump: alone.bf16}\n"
            "                             ^");
}

TEST_F(MistakesTest, ADumpMustBeOfTheKvDtypeOrBf16) {
  write("cache.e5m2", "1234");
  write("cache.json", R"({"shape": [1, 2, 2, 1]})");
  const std::string head = std::string(kComplete) + "kv: {source: dump, dump: cache.e5m2}\n";
  EXPECT_EQ(load(head + "kv_dtype: fp8_e5m2\n").pipeline.element_type, ElementType::fp8_e5m2);
  EXPECT_EQ(mistakes(head),
            "s.yaml:4:26: cache.e5m2: elements of fp8_e5m2, but kv_dtype is bf16; only bf16 is "
            "rounded\n"
            "    kv: {source: dump, dump: cache.e5m2}\n"
            "                             ^");
}

TEST_F(MistakesTest, ABatchMustHaveClientsToFillIt) {
  EXPECT_EQ(
      mistakes("model: llama-3.2-1b\nlink: {bandwidth: 1 Gbit/s}\n"
               "workload: {arrivals: closed, concurrency: 3, batch_size: 4, context: 8, "
               "output: 1, requests: 9}\n"),
      "s.yaml:3:43: workload.concurrency 3 never fills a batch of workload.batch_size 4; "
      "expected at least as many clients\n"
      "    workload: {arrivals: closed, concurrency: 3, batch_size: 4, context: 8, output: 1, "
      "requests: 9}\n"
      "                                              ^");
}

}  // namespace
}  // namespace splitbench
