"""A phone's camera: it reads the QR code from what stands on the screen."""

import base64

from playwright.sync_api import Browser, Locator, Page

from tests.browser.chromium import PATIENCE_MS
from tests.browser.packages import CAMERA, script

_READ = """
async (octets) => {
  const file = await fetch(`data:image/png;base64,${octets}`);
  const picture = await createImageBitmap(await file.blob());
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  const drawn = canvas.getContext("2d");
  drawn.drawImage(picture, 0, 0);
  const { data, width, height } = drawn.getImageData(0, 0, picture.width, picture.height);
  return jsQR(data, width, height)?.data ?? "";
}
"""


class Camera:
    """A page of its own, which sees pictures only."""

    def __init__(self, browser: Browser) -> None:
        self._page: Page = browser.new_context().new_page()
        self._page.set_default_timeout(PATIENCE_MS)
        self._page.evaluate(script(CAMERA))

    def read(self, code: Locator) -> str:
        """What a QR code says; empty if none is seen."""
        code.scroll_into_view_if_needed()
        picture = base64.b64encode(code.screenshot(animations="disabled")).decode()
        said: str = self._page.evaluate(_READ, picture)
        return said
