#include <gtest/gtest.h>

#include "workers/kv/kv_dump.hpp"

namespace splitbench {
namespace {

TEST(SafetensorsNamesTest, TellsLayerAndClassFromTheNamesPeopleUse) {
  const CodebookKey k3{.layer = 3, .tensor_class = "k"};
  const CodebookKey v3{.layer = 3, .tensor_class = "v"};
  EXPECT_EQ(key_of_name("layers.3.k"), k3);
  EXPECT_EQ(key_of_name("key_cache.3"), k3);
  EXPECT_EQ(key_of_name("model.layers.3.self_attn.k_proj"), k3);
  EXPECT_EQ(key_of_name("model.layers.3.self_attn.k_proj.output.0"), k3);
  EXPECT_EQ(key_of_name("past_key_values.3.key"), k3);
  EXPECT_EQ(key_of_name("cache/layer_3/keys"), k3);
  EXPECT_EQ(key_of_name("K.3"), k3);
  EXPECT_EQ(key_of_name("layers.3.v"), v3);
  EXPECT_EQ(key_of_name("value_cache.3"), v3);
  EXPECT_EQ(key_of_name("past_key_values.3.value"), v3);
  EXPECT_EQ(key_of_name("blocks.3.attn.latent"),
            (CodebookKey{.layer = 3, .tensor_class = "latent"}));
}

TEST(SafetensorsNamesTest, LeavesOpenWhatANameDoesNotSay) {
  EXPECT_EQ(key_of_name(""), CodebookKey{});
  EXPECT_EQ(key_of_name("kv"), CodebookKey{});
  EXPECT_EQ(key_of_name("monkeys"), CodebookKey{});
  EXPECT_EQ(key_of_name("past_key_values.3"), (CodebookKey{.layer = 3, .tensor_class = {}}));
  EXPECT_EQ(key_of_name("layers.3.key.value"), (CodebookKey{.layer = 3, .tensor_class = {}}));
  EXPECT_EQ(key_of_name("heads.2.tokens.7.k"), (CodebookKey{.layer = {}, .tensor_class = "k"}));
  EXPECT_EQ(key_of_name("layers.99999999999.k"), (CodebookKey{.layer = {}, .tensor_class = "k"}));
}

}  // namespace
}  // namespace splitbench
