#include "configs/scenario_schema.hpp"

#include <algorithm>
#include <boost/algorithm/string.hpp>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "configs/keys/keys.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Json = nlohmann::json;

Json::json_pointer pointer_to(const std::string& key) {
  return Json::json_pointer("/properties/" + boost::replace_all_copy(key, ".", "/properties/"));
}

TEST(ScenarioSchemaTest, NamesEveryKeyInBothForms) {
  const std::string text = scenario_schema();
  const Json json = Json::parse(scenario_json_schema());
  for (const Key<Scenario>& key : scenario_keys()) {
    EXPECT_THAT('\n' + text, HasSubstr('\n' + key.path + ' '));
    EXPECT_THAT(json.at(pointer_to(key.path)).at("description"), StartsWith(key.meaning));
  }
}

TEST(ScenarioSchemaTest, FitsIntoAHundredColumns) {
  std::vector<std::string> lines;
  const std::string text = scenario_schema();
  boost::split(lines, text, boost::is_any_of("\n"));
  for (const std::string& line : lines) EXPECT_LE(line.size(), 100u) << line;
}

TEST(ScenarioSchemaTest, ShowsASectionOrAKeyWithItsForms) {
  EXPECT_THAT(scenario_schema("link"), AllOf(StartsWith("link.bandwidth "), HasSubstr("required"),
                                             Not(HasSubstr("\nworkload."))));
  EXPECT_EQ(
      scenario_schema("repeats"),
      "repeats                            default 3\n"
      "    runs of each arm, interleaved, each with a load of its own where that is random; in "
      "virtual time\n    one if nothing is\n"
      "    takes a count from 1 to 1000\n");
  EXPECT_THAT(scenario_schema("workload.sessions.turns"), HasSubstr("a distribution is one of\n"));
  EXPECT_THAT(scenario_schema("drift.kind"), AllOf(HasSubstr("\n  scale_shift([binades 3])\n"),
                                                   Not(HasSubstr("a path of drift"))));
}

TEST(ScenarioSchemaTest, GuessesAtAMisspeltPart) {
  try {
    scenario_schema("lnik");
    FAIL() << "taken";
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(),
                 "schema: no key or section 'lnik', did you mean 'link'?; "
                 "splitbench schema lists them");
  }
}

TEST(ScenarioSchemaTest, TellsAnEditorTheWordsOfAChoiceAndWhatIsRequired) {
  const Json json = Json::parse(scenario_json_schema());
  EXPECT_EQ(json.at(pointer_to("verify")).at("enum"), Json({"deferred", "inline", "off"}));
  EXPECT_EQ(json.at(pointer_to("repeats")).at("default"), "3");
  EXPECT_EQ(json.at("required"), Json({"model"}));
  EXPECT_FALSE(json.at(pointer_to("link")).at("additionalProperties"));
  EXPECT_EQ(json.at(pointer_to("link.preset")).at("enum").front(), "none");
  EXPECT_FALSE(json.at(pointer_to("arms")).contains("type"));  // a list
  EXPECT_TRUE(json.at(pointer_to("repeats")).contains("type"));
}

/// A stored scenario has the keys of a section's section dotted in the section.
TEST(ScenarioSchemaTest, KnowsAStoredScenario) {
  const Json json = Json::parse(scenario_json_schema());
  const Json& workload = json.at("properties").at("workload").at("properties");
  EXPECT_EQ(workload.at("sessions.turns"), workload.at("sessions").at("properties").at("turns"));
}

}  // namespace
}  // namespace splitbench
