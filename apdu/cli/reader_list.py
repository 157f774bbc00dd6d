"""`apdu readers`: what is plugged in, which card is where, and what comes and goes."""

from datetime import datetime

import click

from apdu.cli.output import echo_json, json_option, visible
from apdu.errors import TransportError
from apdu.transports import pcsc
from apdu.transports.pcsc import ReaderEvent, Sight


@click.command()
@click.option("--watch", "keeps_watching", is_flag=True, help="Go on until Ctrl-C.")
@json_option
def readers(keeps_watching: bool, as_json: bool) -> None:
    """List the PC/SC readers and the cards in them.

    A line is the reader as `--reader` takes it, a tab, and its card: "no card", or "card" and
    its answer to reset. With --watch a line is a time, what happened, the reader and the answer
    to reset, tabs between them, beginning with what is there already; readers, cards and the
    smart card service may come and go. With --json each of these lines is a JSON object.
    """
    if keeps_watching:
        with pcsc.watch() as events:
            for event in events:
                _tell(event, as_json=as_json)
        return
    there = {_url(name): sight for name, sight in pcsc.look().items()}
    if as_json:
        listed = [
            {"reader": url, "card": sight.card, "atr": sight.atr.hex().upper()}
            for url, sight in there.items()
        ]
        echo_json({"readers": listed})
        return
    if not there:
        raise TransportError("no card reader is plugged in")
    for url, sight in there.items():
        click.echo(f"{visible(url)}\t{_card(sight)}")


def _tell(event: ReaderEvent, *, as_json: bool) -> None:
    time, atr = datetime.now().astimezone(), event.atr.hex().upper()
    url = _url(event.reader) if event.reader else ""
    if as_json:
        told = {"time": time.isoformat(timespec="milliseconds")}
        told |= {"event": event.kind.value, "reader": url, "atr": atr}
        echo_json(told, indent=None)
    else:
        click.echo(
            "\t".join(filter(None, (f"{time:%H:%M:%S}", event.kind.value, visible(url), atr)))
        )


def _url(name: str) -> str:
    return f"pcsc:{name}"


def _card(sight: Sight) -> str:
    if not sight.card:
        return "no card"
    return f"card {sight.atr.hex().upper()}" if sight.atr else "card that does not answer"
