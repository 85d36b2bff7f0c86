#include "reports/folder/rows_json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "reports/testing/example_runs.hpp"

namespace splitbench {
namespace {

using example::ms;
using nlohmann::json;

TEST(RowsJsonTest, GivesARequestItsPartsWhichSumToTtft) {
  const json row = json::parse(request_row(example::timeline("splitzip", 1, 7, ms(96), ms(2))));
  std::int64_t sum = 0;
  for (const std::string_view stage : kStageNames)
    sum += row.at(std::string(stage) + "_ns").get<std::int64_t>();
  EXPECT_EQ(sum, row["ttft_ns"]);
  EXPECT_EQ(row["xfer_wire_ns"], 96'000'000);
  EXPECT_EQ(row["xfer_wire_hidden_ns"], 0);
  EXPECT_EQ(row["transfer_ns"], 100'200'000);
  EXPECT_EQ(row["exposed_transfer_ns"], 100'200'000);
  EXPECT_EQ(row["tpot_ns"], 12'500'000);
}

TEST(RowsJsonTest, KeepsTheNamesThatScriptsRelyOn) {
  std::string row = request_row(example::timeline("raw", 0, 1, ms(128), Time{0}));
  EXPECT_EQ(
      row,
      R"({"id":1,"arm":"raw","repeat":0,"status":"ok","session":"","retries":0,"arrival_ns":1000000000,)"
      R"("prompt_tokens":4096,"prefill_cached_tokens":0,"decode_resident_tokens":0,)"
      R"("output_tokens":3,"raw_bytes":1600000,"wire_bytes":1600000,"escapes":0,)"
      R"("stored_bytes":0,"ideal_bytes":0,"drift":0,"kv_hash":"0000000000abcdef","verified":true,"transfer_ns":128500000,)"
      R"("exposed_transfer_ns":128500000,"ttft_ns":221500000,"ttst_ns":233500000,"tpot_ns":12500000,)"
      R"("e2el_ns":246500000,"prefill_compute_ns":80000000,"xfer_wire_ns":128000000,)"
      R"("encode_ns":0,"decode_codec_ns":0,"verify_ns":0,"kv_install_ns":200000,)"
      R"("xfer_prep_ns":300000,"xfer_queue_ns":0,"first_decode_step_ns":12000000,)"
      R"("client_queue_ns":100000,"prefill_queue_ns":400000,"decode_queue_ns":500000,)"
      R"("prefill_compute_hidden_ns":0,"xfer_wire_hidden_ns":0,"encode_hidden_ns":0,)"
      R"("decode_codec_hidden_ns":0,"verify_hidden_ns":0,"kv_install_hidden_ns":0,)"
      R"("xfer_prep_hidden_ns":0,"xfer_queue_hidden_ns":0,"first_decode_step_hidden_ns":0})");
}

TEST(RowsJsonTest, HasNullsAndAReasonWhereARequestIsNotOk) {
  Timeline timeline = example::timeline("raw", 0, 1, ms(128), Time{0});
  timeline.status = Status::failed;
  timeline.failure = "decode 0: bad frame \xff";
  const json row = json::parse(request_row(timeline));
  EXPECT_EQ(row["status"], "failed");
  EXPECT_EQ(row["failure"], "decode 0: bad frame \xEF\xBF\xBD");
  EXPECT_EQ(row["arrival_ns"], 1'000'000'000);
  for (const char* key : {"transfer_ns", "exposed_transfer_ns", "ttft_ns", "tpot_ns", "e2el_ns",
                          "prefill_compute_ns", "decode_queue_ns", "encode_hidden_ns"})
    EXPECT_TRUE(row.at(key).is_null()) << key;
}

TEST(RowsJsonTest, HasTheGapsBetweenTokensIfTheyAreWanted) {
  Timeline timeline = example::timeline("raw", 0, 1, ms(128), Time{0});
  EXPECT_FALSE(json::parse(request_row(timeline)).contains("itl_ns"));
  EXPECT_EQ(json::parse(request_row(timeline, true))["itl_ns"], json({12'000'000, 13'000'000}));
  timeline.status = Status::failed;
  EXPECT_EQ(json::parse(request_row(timeline, true))["itl_ns"], json::array());
}

TEST(RowsJsonTest, HasNoTimePerTokenOfASingleToken) {
  Timeline timeline = example::timeline("raw", 0, 1, ms(128), Time{0});
  timeline.request.output_tokens = 1;
  EXPECT_TRUE(json::parse(request_row(timeline)).at("tpot_ns").is_null());
  EXPECT_TRUE(json::parse(request_row(timeline)).at("ttst_ns").is_null());
}

TEST(RowsJsonTest, SaysWhenATransferMoved) {
  const Timeline timeline = example::timeline("raw", 0, 1, ms(128), Time{0});
  EXPECT_EQ(transfer_row(example::transfer(timeline)),
            R"({"id":1,"request":1,"requests":[1],"arm":"raw","repeat":0,"raw_bytes":1600000,)"
            R"("wire_bytes":1600000,"ready_ns":1080500000,"start_ns":1081000000,)"
            R"("end_ns":1200000000,"applied_ns":1201000000,"verified":true})");
}

}  // namespace
}  // namespace splitbench
