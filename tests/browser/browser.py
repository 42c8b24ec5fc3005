"""
Chromium without a window, and what the tests ask it. WebDriver's scripts, axe-core among them, come
in through DevTools, which a page's Content-Security-Policy does not concern: what the page itself
would run is still forbidden.
"""

import base64
import contextlib
import json

from selenium import webdriver
from selenium.common.exceptions import NoAlertPresentException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

BINARY, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
# It asks nobody but the stack. Its own sandbox is off: root can't have it, nor most containers, and
# all that it opens is our page.
OPTIONS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
           "--no-first-run", "--disable-background-networking", "--disable-component-update",
           "--hide-scrollbars", "--force-device-scale-factor=1", "--lang=en",
           "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
HEIGHT = 800
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Browser:
    def __init__(self, home):
        """`home` is the folder for what it keeps."""
        options = webdriver.ChromeOptions()
        options.binary_location = BINARY
        for option in (*OPTIONS, f"--user-data-dir={home}"):
            options.add_argument(option)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(service=Service(DRIVER), options=options)
        self.driver.set_page_load_timeout(60)
        self.driver.set_script_timeout(60)
        self.devtools("Network.enable")

    def close(self):
        self.driver.quit()

    def devtools(self, command, **parameters):
        return self.driver.execute_cdp_cmd(command, parameters)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    # --- how it looks at a page ---

    def give_password(self, header):
        self.devtools("Network.setExtraHTTPHeaders", headers={"Authorization": header})

    def look(self, width, scheme="light"):
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=HEIGHT,
                      deviceScaleFactor=1, mobile=False)
        self.devtools("Emulation.setEmulatedMedia",
                      features=[{"name": "prefers-color-scheme", "value": scheme}])

    def open(self, url):
        """Forgets what earlier pages have logged."""
        self.driver.get("about:blank")
        for name in ("browser", "performance"):
            self.driver.get_log(name)
        self.driver.get(url)

    def as_it_is(self):
        return contextlib.nullcontext()

    @contextlib.contextmanager
    def without_scripts(self):
        """As a user has it who has switched JavaScript off."""
        self.devtools("Emulation.setScriptExecutionDisabled", value=True)
        try:
            yield
        finally:
            self.devtools("Emulation.setScriptExecutionDisabled", value=False)

    @contextlib.contextmanager
    def without_policy(self):
        """Whatever the policy forbids would run: what is written into the page must not."""
        self.devtools("Page.setBypassCSP", enabled=True)
        try:
            yield
        finally:
            self.devtools("Page.setBypassCSP", enabled=False)

    # --- what it sees ---

    def console(self):
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self):
        """The address of everything that it has asked for since open()."""
        messages = [json.loads(entry["message"])["message"]
                    for entry in self.driver.get_log("performance")]
        return [message["params"]["request"]["url"] for message in messages
                if message["method"] == "Network.requestWillBeSent"]

    def has_dialog(self):
        try:
            return bool(self.driver.switch_to.alert)
        except NoAlertPresentException:
            return False

    def html(self):
        """The document as the browser has it, without running a script for that."""
        root = self.devtools("DOM.getDocument", depth=0)["root"]["nodeId"]
        return self.devtools("DOM.getOuterHTML", nodeId=root)["outerHTML"]

    def texts(self, selector):
        return self.run("return [...document.querySelectorAll(arguments[0])]"
                        ".map(e => e.textContent)", selector)

    def accessible(self, role):
        """Name and description, as a screen reader is told them, of whatever has this role."""
        nodes = self.devtools("Accessibility.getFullAXTree")["nodes"]
        return [(node.get("name", {}).get("value", ""), node.get("description", {}).get("value"))
                for node in nodes
                if not node.get("ignored") and node.get("role", {}).get("value") == role]

    def axe(self, source):
        """What axe-core says of this page; contrast and names are among what it looks at."""
        self.run(source)
        return self.driver.execute_async_script(
            "const done = arguments[1];"
            "axe.run(document, {runOnly: arguments[0]}).then(done, e => done({error: String(e)}))",
            TAGS)

    def screenshot(self, path, height=None):
        """Of the whole page, or of as much of it as is said."""
        size = self.devtools("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": height or size["height"],
                "scale": 1}
        data = self.devtools("Page.captureScreenshot", format="png", clip=clip,
                             captureBeyondViewport=True)["data"]
        path.write_bytes(base64.b64decode(data))

    # --- what it does ---

    def press(self, *keys):
        """Names of keys, such as TAB, and texts, which are typed."""
        ActionChains(self.driver).send_keys(
            *(getattr(Keys, key) if hasattr(Keys, key) else key for key in keys)).perform()

    def fill(self, selector, text):
        """Writes over what is in a field, and stays there, without running a script for that."""
        root = self.devtools("DOM.getDocument", depth=0)["root"]["nodeId"]
        field = self.devtools("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.devtools("DOM.focus", nodeId=field)
        self.devtools("Input.dispatchKeyEvent", type="keyDown", commands=["selectAll"])
        self.devtools("Input.insertText", text=text)

    def click(self, selector):
        self.driver.find_element("css selector", selector).click()

    def wait_for(self, part):
        """Until the address has this."""
        WebDriverWait(self.driver, 30).until(lambda driver: part in driver.current_url)

    def focus(self):
        """Where the keyboard is, and how one sees that."""
        return self.run("""
            const e = document.activeElement, style = getComputedStyle(e),
                  box = e.getBoundingClientRect();
            return {index: [...document.querySelectorAll('*')].indexOf(e), id: e.id,
                    href: e.getAttribute('href'),
                    style: style.outlineStyle, width: parseFloat(style.outlineWidth),
                    colour: style.outlineColor,
                    shown: box.width > 0 && box.right > 0 && box.left < innerWidth &&
                        box.bottom > 0 && box.top < innerHeight}""")
