#include "workers/kv/named_codebooks.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

#include "workers/kv/kv_source.hpp"
#include "workloads/input_error.hpp"
#include "workloads/scratch_folder.hpp"

namespace splitbench {
namespace {

const ModelGeometry kTwoLayers{.name = "small",
                               .layers = 2,
                               .hidden = 64,
                               .attention_heads = 4,
                               .kv_heads = 2,
                               .head_dim = 16};

/// Returns an entry whose codebooks hold the exponents around `most`.
CodebookFile::Entry entry(CodebookKey key, unsigned most, ElementType type = ElementType::bf16) {
  CodebookFile::Entry made{.key = std::move(key)};
  for (unsigned i = 0; i < 8; ++i) made.histogram[most + i] = 1000 - i;
  made.codebook = calibrate(made.histogram, type);
  made.ranked_codebook = calibrate(made.histogram, type, FrameKind::ranked);
  return made;
}

class NamedCodebooksTest : public testing::Test {
 protected:
  NamedCodebooks named(const std::vector<CodebookFile::Entry>& entries) const {
    std::ofstream(path_) << to_json(CodebookFile{.tool = "", .sources = {}, .entries = entries});
    return NamedCodebooks(path_);
  }

  /// Returns why the file does not fit the model, without its path.
  std::string refusal(const std::vector<CodebookFile::Entry>& entries,
                      CodebookScope scope = CodebookScope::per_layer_kv) const {
    try {
      named(entries).of_model(kTwoLayers, ElementType::bf16, scope);
    } catch (const InputError& error) {
      return std::string(error.what()).substr(path_.string().size() + 2);
    }
    return "it fits";
  }

  const ScratchFolder folder_;
  const std::filesystem::path path_ = folder_.file("codebooks.json");
  const std::vector<CodebookFile::Entry> by_tensor_ = {entry({0, "k"}, 100), entry({0, "v"}, 110),
                                                       entry({1, "k"}, 120), entry({1, "v"}, 130)};
  const std::vector<CodebookFile::Entry> by_class_ = {entry({{}, "k"}, 100), entry({{}, "v"}, 110)};
};

TEST_F(NamedCodebooksTest, EachTensorOfAModelHasTheEntryThatIsMadeForIt) {
  EXPECT_EQ(named(by_tensor_).of_model(kTwoLayers, ElementType::bf16, CodebookScope::per_layer_kv),
            by_tensor_);
  EXPECT_EQ(named(by_class_).of_model(kTwoLayers, ElementType::bf16, CodebookScope::kv),
            (std::vector{by_class_[0], by_class_[1], by_class_[0], by_class_[1]}));
}

TEST_F(NamedCodebooksTest, CodebooksForAllLayersFitAnyModel) {
  ModelGeometry deep = kTwoLayers;
  deep.layers = 100;
  EXPECT_EQ(named({entry({}, 100)}).of_model(deep, ElementType::bf16, CodebookScope::global).size(),
            200u);
}

TEST_F(NamedCodebooksTest, WhatDoesNotFitSaysWhatTheFileHasAndWhatTheModelNeeds) {
  EXPECT_EQ(refusal({entry({}, 8, ElementType::fp8_e5m2)}),
            "codebooks of fp8_e5m2, but the elements are bf16; calibrate on bf16");
  EXPECT_EQ(refusal({entry({2, "k"}, 100), entry({2, "v"}, 100)}),
            "codebooks for 3 layers, but model small has 2; calibrate on a dump of that model, or "
            "with --scope kv or global");
  EXPECT_EQ(refusal({by_tensor_[0], by_tensor_[1], by_tensor_[2]}),
            "no bf16 codebook for layer 1, v; calibrate on a dump that has it, or with --scope "
            "global");
}

TEST_F(NamedCodebooksTest, TensorsThatShareACodebookHaveOneEntry) {
  EXPECT_EQ(refusal(by_class_, CodebookScope::global),
            "one codebook for k, another for v, which share one by drift.scope global; calibrate "
            "with --scope global, or set drift.scope per_layer_kv");
  EXPECT_EQ(refusal(by_class_, CodebookScope::kv), "it fits");
  EXPECT_EQ(refusal({entry({}, 100)}, CodebookScope::per_layer), "it fits");
}

TEST_F(NamedCodebooksTest, AKvSourceIsCalibratedAsTheFileSays) {
  named(by_tensor_);
  const KvSource source = KvSource::load({.codebook = path_}, kTwoLayers, ElementType::bf16, 1);
  EXPECT_EQ(source.codebooks(), by_tensor_);
  for (std::uint32_t tensor = 0; tensor < 4; ++tensor)
    EXPECT_EQ(source.calibration()[tensor], by_tensor_[tensor].histogram);
}

}  // namespace
}  // namespace splitbench
