#include "sim/verbs/codec/codec_statistics.hpp"

#include <cmath>
#include <fmt/format.h>

#include "sim/verbs/codec/codec_command_test.hpp"

namespace splitbench {
namespace {

class CodecStatisticsTest : public CodecCommandTest {
 protected:
  /// Draws bf16 from a bell of `width` binary orders, K and V of two layers, 16,384 each.
  void write_bell(const std::string& name, int width, unsigned seed) const {
    std::string elements;
    unsigned state = seed;
    for (int i = 0; i < 4 * 16'384; ++i) {
      int exponent = 120;
      for (int toss = 0; toss < width; ++toss) {
        state = state * 1'664'525 + 1'013'904'223;
        exponent += state >> 31 ? 1 : -1;
      }
      const unsigned element = static_cast<unsigned>(exponent) << 7 | (state >> 20 & 0x7f);
      elements += {static_cast<char>(element & 0xff), static_cast<char>(element >> 8 & 0x7f)};
    }
    write(name + ".bf16", elements);
    write(name + ".json", R"({"shape": [2, 2, 256, 64]})");
  }
};

TEST_F(CodecStatisticsTest, SaysBeforehandExactlyWhatEncodeMakes) {
  write_bell("kv", 100, 1);
  const auto said = run_json({"stats", path("kv.bf16")});
  run({"encode", path("kv.bf16"), path("kv.szf")});
  const auto made = run_json({"inspect", path("kv.szf")});
  for (const char* const key :
       {"elements", "raw_bytes", "frame_bytes", "escapes", "escape_rate", "ratio"})
    EXPECT_EQ(said.at("total").at(key), made.at(key)) << key;
  EXPECT_GT(made.at("escapes"), 0);
}

TEST_F(CodecStatisticsTest, SaysBeforehandHowLongRankedFramesAreAtMost) {
  write_bell("kv", 100, 1);
  write_bell("other", 60, 2);
  run({"calibrate", path("other.bf16"), "-o", path("codebooks.json")});
  const auto total =
      run_json({"stats", path("kv.bf16"), "--codebook", path("codebooks.json")}).at("total");
  const auto expect_at_most = [&](const std::string& prefix, std::vector<std::string> options) {
    options.insert(options.begin(), {"encode", path("kv.bf16"), path("kv.szf"), "--codec"});
    run(options);
    const auto made = run_json({"inspect", path("kv.szf")});
    const double ratio = total.at(prefix + "ranked_ratio");
    EXPECT_LE(ratio, made.at("ratio"));
    EXPECT_GE(1.002 * ratio, made.at("ratio"));
    EXPECT_NEAR(total.at(prefix + "ranked_bits_per_element").get<double>(), 16 / ratio, 1e-9);
    EXPECT_EQ(made.at("ranked_ratio"), total.at("ranked_ratio"));
    EXPECT_EQ(made.at("splitzip_ratio"), total.at("ratio"));
  };
  expect_at_most("", {"ranked"});
  expect_at_most("given_", {"ranked", "--codebook", path("codebooks.json")});
}

TEST_F(CodecStatisticsTest, EncodeSaysWhatEitherCodecGives) {
  write_bell("kv", 100, 1);
  const auto total = run_json({"stats", path("kv.bf16")}).at("total");
  const auto line = [&](const char* codec, const std::string& prefix) {
    return fmt::format("{:<9} ratio {:.4f}, {:.3f} bits an element", codec,
                       total.at(prefix + "ratio").get<double>(),
                       total.at(prefix + "bits_per_element").get<double>());
  };
  const std::string said = run({"encode", path("kv.bf16"), path("kv.szf")});
  EXPECT_NE(said.find(line("splitzip", "") + ", as written\n"), said.npos) << said;
  EXPECT_NE(said.find(line("ranked", "ranked_") + ", or up to 0.1% shorter\n"), said.npos) << said;
  const std::string ranked = run({"encode", path("kv.bf16"), path("kv.szf"), "--codec", "ranked"});
  EXPECT_NE(ranked.find(line("splitzip", "") + "\n"), ranked.npos) << ranked;
}

TEST_F(CodecStatisticsTest, SaysBeforehandWhatAForeignCodebookMakes) {
  write_bell("kv", 100, 1);
  write_bell("other", 60, 2);
  run({"calibrate", path("other.bf16"), "-o", path("codebooks.json")});
  const auto said = run_json({"stats", path("kv.bf16"), "--codebook", path("codebooks.json")});
  run({"encode", path("kv.bf16"), path("kv.szf"), "--codebook", path("codebooks.json")});
  const auto made = run_json({"inspect", path("kv.szf")});
  EXPECT_EQ(said.at("total").at("given_escapes"), made.at("escapes"));
  EXPECT_EQ(said.at("total").at("given_frame_bytes"), made.at("frame_bytes"));
  EXPECT_EQ(said.at("total").at("given_ratio"), made.at("ratio"));
  EXPECT_GE(said.at("total").at("given_escapes"), said.at("total").at("escapes"));
}

TEST_F(CodecStatisticsTest, RowsAddUpToClassesAndTotal) {
  write_bell("kv", 100, 1);
  const auto said = run_json({"stats", path("kv.bf16")});
  EXPECT_EQ(said.at("rows").size(), 4u);
  EXPECT_EQ(said.at("classes").size(), 2u);
  for (const char* const key : {"elements", "frame_bytes", "escapes"}) {
    std::uint64_t rows = 0, classes = 0;
    for (const auto& row : said.at("rows")) rows += row.at(key).get<std::uint64_t>();
    for (const auto& row : said.at("classes")) classes += row.at(key).get<std::uint64_t>();
    EXPECT_EQ(rows, said.at("total").at(key));
    EXPECT_EQ(classes, said.at("total").at(key));
  }
}

TEST_F(CodecStatisticsTest, FiguresOfATensorBoundOneAnother) {
  write_bell("kv", 100, 1);
  const auto said = run_json({"stats", path("kv.bf16")});
  for (const auto& row : said.at("rows")) {
    const double top16 = row.at("top_16");
    EXPECT_LT(row.at("ratio"), row.at("ideal_ratio"));
    EXPECT_TRUE(row.at("top_7") <= row.at("top_8") && row.at("top_8") <= row.at("top_15"));
    EXPECT_LE(row.at("top_15"), top16);
    EXPECT_NEAR(row.at("escape_rate").get<double>(), 1 - top16, 1e-12);
    std::uint64_t counted = 0;
    for (const auto& [exponent, count] : row.at("histogram").items())
      counted += count.get<std::uint64_t>();
    EXPECT_EQ(counted, row.at("elements"));
  }
}

TEST_F(CodecStatisticsTest, ACodebookFileHasTheStatisticsOfItsElements) {
  write_bell("kv", 100, 1);
  run({"calibrate", path("kv.bf16"), "-o", path("codebooks.json")});
  auto of_elements = run_json({"stats", path("kv.bf16")});
  auto of_codebooks = run_json({"stats", path("codebooks.json")});
  EXPECT_EQ(of_elements.at("total"), of_codebooks.at("total"));
  EXPECT_EQ(of_elements.at("pooled"), of_codebooks.at("pooled"));
}

TEST_F(CodecStatisticsTest, TableHasALineATensorAndCsvToo) {
  write_bell("kv", 100, 1);
  const std::string table = run({"stats", path("kv.bf16"), "--histogram"});
  for (const char* const part : {"layer 0, k", "layer 1, v", "all k", "total", "█", " escape "})
    EXPECT_NE(table.find(part), table.npos) << part;
  const std::string csv = run({"stats", path("kv.bf16"), "--format", "csv"});
  EXPECT_EQ(std::ranges::count(csv, '\n'), 5);
  EXPECT_EQ(csv.rfind("source,tensor,layer,class,element_type,elements,", 0), 0u);
  EXPECT_NE(csv.find(",\"layer 0, k\",0,k,bf16,16384,"), csv.npos);
}

TEST_F(CodecStatisticsTest, TypesArePooledApart) {
  write_bell("kv", 100, 1);
  write("kv.e4m3", std::string(65'536, '\x3a'));
  const auto said = run_json({"stats", path("kv.bf16"), path("kv.e4m3")});
  EXPECT_EQ(said.at("rows").size(), 8u);
  ASSERT_EQ(said.at("pooled").size(), 2u);
  EXPECT_EQ(said.at("pooled")[1].at("element_type"), "fp8_e4m3");
  EXPECT_EQ(said.at("pooled")[1].at("entropy_bits"), 0);
}

TEST_F(CodecStatisticsTest, CalibratingOnCodebookFilesIsCalibratingOnAllTheirElements) {
  write_bell("a", 100, 1);
  write_bell("b", 60, 2);
  const auto codebooks = [&](const std::vector<std::string>& in) {
    std::vector<std::string> arguments = {"calibrate"};
    for (const std::string& name : in) arguments.push_back(path(name));
    return nlohmann::json::parse(run(arguments));
  };
  write("a.books.json", codebooks({"a.bf16"}).dump());
  write("b.books.json", codebooks({"b.bf16"}).dump());
  EXPECT_EQ(codebooks({"a.books.json", "b.books.json"}), codebooks({"a.bf16", "b.bf16"}));
  EXPECT_EQ(codebooks({"a.books.json", "b.books.json"}).at("codebooks"),
            codebooks({"b.bf16", "a.books.json"}).at("codebooks"));
}

TEST_F(CodecStatisticsTest, AScopeSaysWhatSharesACodebook) {
  write_bell("kv", 100, 1);
  const auto keys = [&](const std::string& scope) {
    std::vector<std::string> found;
    const auto json = nlohmann::json::parse(run({"calibrate", path("kv.bf16"), "--scope", scope}));
    for (const auto& entry : json.at("codebooks")) {
      found.push_back(entry.value("layer", nlohmann::json()).dump() +
                      entry.value("class", std::string()));
    }
    return found;
  };
  using Keys = std::vector<std::string>;
  EXPECT_EQ(keys("per_layer_kv"), (Keys{"0k", "0v", "1k", "1v"}));
  EXPECT_EQ(keys("per_layer"), (Keys{"0", "1"}));
  EXPECT_EQ(keys("kv"), (Keys{"nullk", "nullv"}));
  EXPECT_EQ(keys("global"), Keys{"null"});
}

TEST_F(CodecStatisticsTest, ACalibrationSaysWhereItComesFrom) {
  write_bell("kv", 100, 1);
  const auto json = nlohmann::json::parse(run({"calibrate", path("kv.bf16")}));
  EXPECT_EQ(json.at("sources")[0].at("name"), "kv.bf16");
  EXPECT_EQ(json.at("sources")[0].at("bytes"), 4 * 2 * 16'384);
  EXPECT_EQ(json.at("sources")[0].at("xxh3").get<std::string>().size(), 16u);
  EXPECT_EQ(json.at("tool").get<std::string>().rfind("splitbench ", 0), 0u);
  EXPECT_EQ(json.at("codebooks")[0].at("elements"), 16'384);
  EXPECT_EQ(json.at("codebooks")[0].at("element_type"), "bf16");
}

TEST_F(CodecStatisticsTest, CompareSaysHowFarApartTwoCalibrationsAre) {
  write_bell("a", 100, 1);
  write_bell("b", 60, 2);
  run({"calibrate", path("a.bf16"), "-o", path("a.books.json")});
  run({"calibrate", path("b.bf16"), "-o", path("b.books.json")});
  const auto there = run_json({"compare", path("a.books.json"), path("b.books.json")});
  const auto back = run_json({"compare", path("b.books.json"), path("a.books.json")});
  ASSERT_EQ(there.at("rows").size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    const auto& row = there.at("rows")[i];
    EXPECT_EQ(row.at("jensen_shannon_bits"), back.at("rows")[i].at("jensen_shannon_bits"));
    EXPECT_EQ(row.at("escape_rate_a_on_b"), back.at("rows")[i].at("escape_rate_b_on_a"));
    EXPECT_GE(row.at("escape_rate_b_on_a"), row.at("escape_rate_a_on_a"));
    EXPECT_GT(row.at("total_variation"), 0);
    for (const std::string codec : {"splitzip", "ranked"}) {
      EXPECT_LE(row.at(codec + "_ratio_b_on_a"), row.at(codec + "_ratio_a_on_a")) << codec;
      EXPECT_EQ(row.at(codec + "_ratio_a_on_b"), back.at("rows")[i].at(codec + "_ratio_b_on_a"));
      EXPECT_NEAR(row.at(codec + "_bits_per_element_a_on_b").get<double>(),
                  16 / row.at(codec + "_ratio_a_on_b").get<double>(), 1e-9);
    }
  }
  const auto same = run_json({"compare", path("a.books.json"), path("a.bf16")});
  for (const auto& row : same.at("rows")) {
    EXPECT_EQ(row.at("jensen_shannon_bits"), 0);
    EXPECT_EQ(row.at("same_ranked_codebook"), true);
  }
  EXPECT_NE(run({"compare", path("a.books.json"), path("b.bf16")}).find("layer 1, v"),
            std::string::npos);
}

TEST_F(CodecStatisticsTest, CompareNamesWhatHasNoCounterpart) {
  write_bell("a", 100, 1);
  run({"calibrate", path("a.bf16"), "-o", path("layers.json")});
  run({"calibrate", path("a.bf16"), "-o", path("all.json"), "--scope", "global"});
  run({"calibrate", path("layers.json"), path("all.json"), "-o", path("both.json")});
  EXPECT_NE(refusal({"compare", path("layers.json"), path("all.json")}).find("--scope global"),
            std::string::npos);
  const auto json = run_json({"compare", path("both.json"), path("all.json")});
  EXPECT_EQ(json.at("rows").size(), 1u);
  EXPECT_EQ(json.at("only_a").size(), 4u);
  EXPECT_EQ(json.at("only_b").size(), 0u);
}

}  // namespace
}  // namespace splitbench
