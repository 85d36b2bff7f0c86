"""report.html in a real browser: it draws, answers the pointer, fits a phone, asks for nothing."""

import itertools
import json
import subprocess
import tempfile
import unittest
from pathlib import Path

from testing import PROGRAM, SMALL, reports_with
from webdriver import CHROMEDRIVER, CHROMIUM, Browser

PHONE, DESK = 390, 1400
BANDWIDTHS, CONTEXTS = "link.bandwidth=1, 10, 100 Gbit/s", "workload.context=64, 256"
CHARTS = {"run": 7, "sweep": 1, "drift": 9}
HOSTILE = (
    "\"'></script><script>window.taken = true</script>"
    '<img src=x onerror="window.taken = true"><!--\u2028'
)

# Whether a canvas holds more than one colour.
HAS_DRAWN = """
return [...document.querySelectorAll('canvas')].map(canvas => {
  const pixels = new Uint32Array(
    canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer);
  return new Set(pixels).size > 1;
});
"""
TWO_FRAMES = """
return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())));
"""
# The kinds of elements of a page, each with its attributes.
ELEMENTS = """
for (const each of document.querySelectorAll('details')) each.open = true;
return new Promise(done => setTimeout(() => done([...new Set(
  [...document.querySelectorAll('*')].map(element =>
    [element.localName, ...element.getAttributeNames().sort()].join(' ')))].sort())));
"""
CHART = """
const chart = Chart.getChart(document.querySelector(`[data-chart=${arguments[0]}] canvas`));
"""


def splitbench(*words):
    command = [str(word) for word in (PROGRAM, *words)]
    return subprocess.run(command, check=True, capture_output=True, timeout=60).stdout


def pages_with(text, folder, results):
    """Pages of results in whose strings there is a text, and in which something went wrong."""
    words = dict.fromkeys(("arm", "fault", "target", "seen"), text)
    incident = words | {"repeat": 0, "injected": None, "detected": 1, "recovered": None}
    pages = []
    for result in results:
        honest = json.loads((result / "report.json").read_text())
        for number, report in enumerate(reports_with(text, honest)):
            report["incidents"] = [incident | {"retried": 0, "lost": 0}]
            of_report = folder / f"{result.name}-{number}"
            of_report.mkdir(parents=True)
            (of_report / "report.json").write_text(json.dumps(report))
            page = of_report / "report.html"
            page.write_bytes(splitbench("report", of_report, "--format", "html"))
            pages.append(page)
    return pages


def drift_page(folder, run):
    """The page of the same run, had its KV drifted."""
    report = json.loads((run / "report.json").read_text())
    requests = list(range(40))
    drift = [float(request >= 16) for request in requests]
    ratio = [1.3 - 0.3 * level for level in drift]
    ideal = [1.3 for _ in requests]
    figures = {
        "ratio": ratio,
        "ideal_ratio": ideal,
        "escape_rate": drift,
        "transfer": None,
        "ttft": None,
    }
    series = {key: values or [None] * len(requests) for key, values in figures.items()}
    changes = [{"request": 20, "codebooks": 4}]
    series |= {"axes": {"arm": "splitzip"}, "request": requests, "drift": drift, "changes": changes}
    report["drift"] = [series]
    folder.mkdir()
    (folder / "report.json").write_text(json.dumps(report))
    (folder / "report.html").write_bytes(splitbench("report", folder, "--format", "html"))


@unittest.skipUnless(CHROMIUM and CHROMEDRIVER, "no chromium, or no chromedriver")
class BrowserTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="splitbench-test-")))
        scenario = folder / "small.yaml"
        scenario.write_text(SMALL)
        splitbench("run", scenario, "--time", "virtual", "--output-dir", folder / "run")
        axes = [word for axis in (BANDWIDTHS, CONTEXTS) for word in ("--vary", axis)]
        virtual = ("--time", "virtual", "--output-dir", folder / "sweep")
        splitbench("sweep", scenario, *axes, *virtual)
        drift_page(folder / "drift", folder / "run")
        cls.pages = {name: folder / name / "report.html" for name in CHARTS}
        results = [folder / name for name in CHARTS]
        cls.honest = pages_with(" too", folder / "honest", results)
        cls.hostile = pages_with(HOSTILE, folder / "hostile", results)
        cls.browser = Browser(folder / "profile")
        cls.addClassCleanup(cls.browser.close)

    def setUp(self):
        self.prefer("light")

    def on_every_page(self, check):
        """Opens each page at each width, and checks it by its name."""
        for (name, page), width in itertools.product(self.pages.items(), (PHONE, DESK)):
            with self.subTest(page=name, width=width):
                for kind in ("browser", "performance"):
                    self.browser.log(kind)
                self.browser.open(page, width)
                check(name)

    def prefer(self, scheme):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.browser.cdp("Emulation.setEmulatedMedia", features=features)
        self.browser.script(TWO_FRAMES)  # by then the page has heard of it

    def chart(self, name, expression):
        return self.browser.script(f"{CHART} return {expression};", name)

    def test_says_nothing_on_the_console(self):
        self.on_every_page(lambda _: self.assertEqual(self.browser.log("browser"), []))

    def test_asks_for_nothing_but_itself(self):
        def check(name):
            events = [json.loads(each["message"]) for each in self.browser.log("performance")]
            events = [each["message"] for each in events]
            asked = [e["params"] for e in events if e["method"] == "Network.requestWillBeSent"]
            urls = {each["request"]["url"] for each in asked}
            expected = {self.pages[name].as_uri()}
            self.assertEqual({url for url in urls if not url.startswith("data:")}, expected)

        self.on_every_page(check)

    def test_every_chart_is_drawn(self):
        self.on_every_page(
            lambda name: self.assertEqual(self.browser.script(HAS_DRAWN), [True] * CHARTS[name])
        )

    def test_every_chart_has_its_numbers(self):
        def check(_):
            self.browser.script(
                "for (const each of document.querySelectorAll('details')) each.open = true"
            )
            cells = self.browser.script(
                "return [...document.querySelectorAll('[data-chart]')]"
                ".map(figure => figure.querySelectorAll('tbody td').length)"
            )
            self.assertTrue(cells and all(cells), cells)
            self.assert_fits()

        self.on_every_page(check)

    def test_is_no_wider_than_its_window(self):
        self.on_every_page(lambda _: self.assert_fits())

    def assert_fits(self):
        sizes = "return [document.scrollingElement.scrollWidth, innerWidth]"
        width, window = self.browser.script(sizes)
        self.assertLessEqual(width, window)

    def test_the_pointer_reads_a_number(self):
        for page, chart in (("run", "partition"), ("run", "waiting"), ("sweep", "sweep")):
            with self.subTest(chart=chart):
                self.browser.open(self.pages[page], DESK)
                self.assertEqual(self.chart(chart, "chart.tooltip.opacity"), 0)
                self.browser.move_to(f"[data-chart={chart}] canvas", x=-100, y=-30)
                self.assertEqual(self.chart(chart, "chart.tooltip.opacity"), 1)
                said = " ".join(self.chart(chart, "chart.tooltip.body.flatMap(each => each.lines)"))
                self.assertRegex(said, r": [\d.]+" if chart == "waiting" else r": [\d.]+ [mµ]?s")

    def test_the_legend_hides_a_series_and_shows_it_again(self):
        self.browser.open(self.pages["run"], PHONE)
        for hidden in (True, False):
            self.browser.click("[data-chart=curve] button.series:nth-child(3)")
            self.assertEqual(self.chart("curve", "chart.isDatasetVisible(2)"), not hidden)
            self.assertTrue(self.chart("curve", "chart.isDatasetVisible(1)"))

    def test_a_switch_makes_an_axis_logarithmic_and_linear_again(self):
        self.browser.open(self.pages["run"], DESK)
        for chart, axis in (("curve", "y"), ("histogram", "x")):
            for kind in ("logarithmic", "linear"):
                self.browser.click(f"[data-chart={chart}] .switch")
                self.assertEqual(self.chart(chart, f"chart.scales.{axis}.type"), kind)
        self.assertEqual(self.browser.script(HAS_DRAWN), [True] * CHARTS["run"])

    def test_another_latency_can_be_chosen(self):
        self.browser.open(self.pages["run"], DESK)
        before = self.chart("curve", "chart.data.datasets[0].data")
        self.browser.click("[data-choice=latency] button:nth-child(2)")
        self.assertNotEqual(self.chart("curve", "chart.data.datasets[0].data"), before)

    def test_another_line_of_a_sweep_can_be_chosen(self):
        self.browser.open(self.pages["sweep"], DESK)
        self.assertEqual(len(self.chart("sweep", "chart.data.datasets[0].data")), 3)
        self.browser.click("[data-choice=sweep] label:nth-child(2) option:nth-child(2)")
        self.assertEqual(len(self.chart("sweep", "chart.data.datasets[0].data")), 2)

    def test_charts_are_dark_where_the_page_is(self):
        self.browser.open(self.pages["run"], DESK)
        light = self.colours()
        self.prefer("dark")
        self.assertTrue(all(a != b for a, b in zip(light, self.colours(), strict=True)))
        self.assertEqual(self.browser.script(HAS_DRAWN), [True] * CHARTS["run"])

    def test_prints_in_light_colours_and_goes_back(self):
        self.browser.open(self.pages["run"], DESK)
        light = self.colours()
        self.prefer("dark")
        dark = self.colours()
        self.browser.script("dispatchEvent(new Event('beforeprint'))")
        self.assertEqual(self.colours(), light)
        self.browser.script("dispatchEvent(new Event('afterprint'))")
        self.assertEqual(self.colours(), dark)

    def colours(self):
        """Of the page, its text and a series."""
        page = self.browser.script(
            "const {backgroundColor, color} = getComputedStyle(document.body);"
            "return [backgroundColor, color]"
        )
        return [*page, self.chart("curve", "chart.data.datasets[1].borderColor")]

    def test_no_string_of_a_report_makes_an_element_or_runs(self):
        for honest, hostile in zip(self.honest, self.hostile, strict=True):
            with self.subTest(page=hostile.parent.name):
                self.browser.open(honest, DESK)
                own = self.browser.script(ELEMENTS)
                self.browser.log("browser")
                self.browser.open(hostile, DESK)
                self.assertEqual(self.browser.script(ELEMENTS), own)
                self.assertEqual(self.browser.script("return document.scripts.length"), 3)
                self.assertIsNone(self.browser.script("return window.taken || null"))
                self.assertEqual(self.browser.log("browser"), [])

    def test_names_from_a_report_are_shown_as_text(self):
        [page] = [page for page in self.hostile if page.parent.name == "run-2"]
        self.browser.open(page, DESK)
        for place in ("h1", ".arms thead", "[data-chart=waiting] .controls"):
            text = f"return document.querySelector('{place}').textContent"
            self.assertIn(HOSTILE, self.browser.script(text))


if __name__ == "__main__":
    unittest.main()
