"""How long a session would take on a real reader with a real chip: model, instrument, report."""

from card_sim.links.chips import CHIPS, Chip
from card_sim.links.contact import ContactLink
from card_sim.links.contactless import ContactlessLink
from card_sim.links.link import LINKS, Link, usb_seconds
from card_sim.links.report import FileReading, SessionTiming, Spent
from card_sim.links.timed_card import TimedCard

__all__ = [
    "CHIPS",
    "LINKS",
    "Chip",
    "ContactLink",
    "ContactlessLink",
    "FileReading",
    "Link",
    "SessionTiming",
    "Spent",
    "TimedCard",
    "usb_seconds",
]
