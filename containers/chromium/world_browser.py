"""A browser in the world, for scripts on this host.

    from world_browser import browser
    with browser() as page:
        page.get("https://webmail.example.test/")

`page` is a WebDriver of Selenium. It refuses certificates that are not of the world or not for the name, and waits
for an element that is asked for.
"""

from selenium import webdriver
from selenium.common.exceptions import InsecureCertificateException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

PATIENCE = 20  # seconds: a guard against a hang, not a wait; less than a command on a host may take, so that it says what is missing

OPTIONS = [
    "--headless=new",
    # Containers: scripts are root's, and /dev/shm is small.
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    # Nothing of its own accord, and its maker's servers are not asked for: they would be unknown names in every report.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-sync",
    "--disable-features=OptimizationHints,MediaRouter,Translate,AutofillServerCommunication,CertificateTransparencyComponentUpdater",
    "--host-resolver-rules=MAP *.google.com ~NOTFOUND, MAP *.googleapis.com ~NOTFOUND, MAP *.gstatic.com ~NOTFOUND",
    "--no-first-run",
    "--no-pings",
    "--window-size=1280,1024",
]


class Page(webdriver.Chrome):
    """Where a browser would warn people of a certificate, `get` fails."""

    def settled(self):
        """Waits until the page is loaded and none of its requests by jQuery is under way. A request that a page left
        behind writes its old session over that of the next one (Roundcube: "compose session not found")."""
        script = "return document.readyState === 'complete' && !(window.jQuery && jQuery.active)"
        WebDriverWait(self, PATIENCE).until(lambda page: page.execute_script(script), "the page to be settled")

    def get(self, url):
        self.settled()
        super().get(url)
        if self.title == "Privacy error":
            reason = self.execute_script("return document.getElementById('error-code')?.textContent")
            raise InsecureCertificateException(f"{url}: {reason}")


def browser(*more_options):
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for option in (*OPTIONS, *more_options):
        options.add_argument(option)
    page = Page(service=Service("/usr/bin/chromedriver"), options=options)
    page.implicitly_wait(PATIENCE)
    return page
