"""The console's own files: style, script, font. None comes from anywhere else."""

from pathlib import Path

from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send

FOLDER = Path(__file__).parent / "static"


class Files:
    """Everything below `static/`; the same for everybody, so it may be compressed and kept.

    Rule    Pages are not compressed: the length would tell of what is secret in them.
    """

    def __init__(self) -> None:
        self._app = GZipMiddleware(StaticFiles(directory=FOLDER), minimum_size=1024)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def kept(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message.get("headers", []), (b"cache-control", b"no-cache")]
                message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, receive, kept)
