"""Cards as files: one TOML file a card, made from a person, edited by hand, put into a reader."""

from card_sim.card_file.order import CardFileError, CardOrder
from card_sim.card_file.reading import read_card_file
from card_sim.card_file.writing import card_file_text

__all__ = ["CardFileError", "CardOrder", "card_file_text", "read_card_file"]
