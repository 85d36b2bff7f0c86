"""A Chromium without a window for tests of report.html, driven by the W3C WebDriver protocol."""

import base64
import json
import os
import shutil
import subprocess
import urllib.error
import urllib.request

CHROMIUM = shutil.which("chromium")
CHROMEDRIVER = shutil.which("chromedriver")
HTTP = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # it is on this machine
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the protocol's key of an element's id


class Browser:
    """One session; close() ends the browser and its driver."""

    def __init__(self, profile):
        """`profile` is an empty folder that the browser may fill."""
        self.driver = subprocess.Popen(
            [CHROMEDRIVER, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        try:
            self.url = f"http://127.0.0.1:{self._port()}/session"
            self.url += "/" + self._ask("POST", "", self._wishes(profile))["sessionId"]
        except Exception:
            self._end_driver()
            raise

    def close(self):
        try:
            self._ask("DELETE", "")
        finally:
            self._end_driver()

    def open(self, path, width, height=900):
        """A file, in a window whose page is `width` wide."""
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height,
                 deviceScaleFactor=1, mobile=False)  # fmt: skip
        self._ask("POST", "/url", {"url": path.resolve().as_uri()})

    def script(self, source, *arguments):
        """What a script returns that runs in the page; `arguments` are its arguments."""
        return self._ask("POST", "/execute/sync", {"script": source, "args": list(arguments)})

    def find(self, selector):
        return self._ask("POST", "/element", {"using": "css selector", "value": selector})

    def click(self, selector):
        self._ask("POST", f"/element/{self.find(selector)[ELEMENT]}/click", {})

    def move_to(self, selector, x=0, y=0):
        """Moves the pointer to a place counted from the middle of an element."""
        move = {"type": "pointerMove", "duration": 0, "origin": self.find(selector), "x": x, "y": y}
        pointer = {"type": "pointer", "id": "mouse", "actions": [move]}
        self._ask("POST", "/actions", {"actions": [pointer]})

    def log(self, kind):
        """What was logged since it was last asked: "browser" or "performance"."""
        return self._ask("POST", "/se/log", {"type": kind})

    def cdp(self, command, **parameters):
        return self._ask("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def screenshot(self, path):
        """The whole page, however long."""
        size = self.cdp("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        shot = self.cdp("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        path.write_bytes(base64.b64decode(shot["data"]))

    def _wishes(self, profile):
        arguments = ["--headless=new", "--disable-gpu", f"--user-data-dir={profile}"]
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")
        capabilities = {
            "goog:chromeOptions": {"binary": CHROMIUM, "args": arguments},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }
        return {"capabilities": {"alwaysMatch": capabilities}}

    def _end_driver(self):
        self.driver.terminate()
        self.driver.wait()
        self.driver.stdout.close()

    def _port(self):
        for line in self.driver.stdout:
            if "successfully on port " in line:
                return int(line.split(" on port ")[1].rstrip(".\n"))
        raise AssertionError("chromedriver did not start")

    def _ask(self, method, path, body=None):
        request = urllib.request.Request(
            self.url + path, method=method, data=None if body is None else json.dumps(body).encode()
        )
        try:
            with HTTP.open(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            said = json.load(error)["value"]
            raise AssertionError(f"{path}: {said['error']}: {said['message']}") from error
