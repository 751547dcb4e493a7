"""A real Chromium, driven through ChromeDriver's HTTP interface, and run folders to show in it."""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request

import pytest

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions"),
    "--window-size=1300,900",
)


class Browser:
    """One session: open a page, run scripts in it, read its console and its network requests."""

    def __init__(self, port, profile):
        self.base = f"http://127.0.0.1:{port}/session"
        options = {"args": [*FLAGS, f"--user-data-dir={profile}"], "binary": shutil.which("chromium")}
        logs = {"browser": "ALL", "performance": "ALL"}
        wanted = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": logs}
        self.base += "/" + self.call("POST", "", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)["value"]

    def open(self, path):
        """Opens a file; what the browser's first tab did before is no longer in the logs."""
        self.call("POST", "/url", {"url": "about:blank"})
        self.console(), self.requests()
        self.call("POST", "/url", {"url": path.as_uri()})

    def run(self, script):
        """What a script returns, run as the body of a function."""
        return self.call("POST", "/execute/sync", {"script": script, "args": []})

    def wait(self, expression, seconds=30):
        """Until an expression is true; the test fails otherwise."""
        end = time.monotonic() + seconds
        while not self.run(f"return Boolean({expression})"):
            assert time.monotonic() < end, f"never true in the page: {expression}"
            time.sleep(0.05)

    def console(self):
        return [entry["message"] for entry in self.call("POST", "/se/log", {"type": "browser"})]

    def requests(self):
        """Addresses of all requests of the page, data and blob addresses aside."""
        events = [json.loads(e["message"])["message"] for e in self.call("POST", "/se/log", {"type": "performance"})]
        sent = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
        return [url for url in sent if not url.startswith(("data:", "blob:"))]

    def choose(self, select, value):
        self.run(
            f"const s = document.getElementById({json.dumps(select)}); s.value = {json.dumps(value)};"
            "s.dispatchEvent(new Event('change'))"
        )


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """A browser; the test is skipped, and says so, where Chromium or ChromeDriver is absent."""
    if missing := [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]:
        pytest.skip(f"the page was NOT tested in a browser: {' and '.join(missing)} not found on PATH")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("chromium")
    with (folder / "log").open("wb") as log:
        environment = {**os.environ, "HOME": str(folder)}
        driver = subprocess.Popen(["chromedriver", f"--port={port}"], stdout=log, stderr=log, env=environment)
        session = None
        try:
            session = _session(port, folder / "profile")
            yield session
        finally:
            if session:
                session.call("DELETE", "")
            driver.terminate()
            driver.wait()


def _session(port, profile):
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return Browser(port, profile)
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise RuntimeError("ChromeDriver does not answer")
