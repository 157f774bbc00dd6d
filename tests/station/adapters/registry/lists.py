"""Lists of residents as CSV for tests; nobody in them can exist."""

import csv
import io
from pathlib import Path

from card_sim.portrait import drawn
from tests.station.people import TEST_RRN

SECOND_RRN = "9142281000000"
THIRD_RRN = "9242281000000"
ROW = {
    "rrn": TEST_RRN,
    "family_name": "가나",
    "given_names": "시험",
    "name_hanja": "試驗",
    "date_of_birth": "1990-02-28",
    "sex": "F",
    "nationality": "KOR",
    "province": "시험특별시",
    "city": "시험구",
    "street": "시험로 1",
    "postal_code": "00001",
    "municipality_code": "1100000000",
    "issuing_authority": "시험구청장",
    "document_number": "T00000001",
    "card_issue_date": "2025-03-01",
    "card_expiry_date": "2035-03-01",
    "card_status": "valid",
}
"""What lists of version 0.2 have."""
WHOLE = ROW | {
    "registration": "registered",
    "has_chip_card": "yes",
    "photo_usable": "yes",
    "portrait": "nobody.jpg",
    "contact": "nobody@registry.invalid",
    "previous_rrn": "",
}
PORTRAIT = drawn("nobody", 9000).image
Row = dict[str, str]


def written(*rows: Row) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def saved(folder: Path, content: str | bytes) -> Path:
    """The list in `folder`, with the portrait beside it."""
    (folder / "nobody.jpg").write_bytes(PORTRAIT)
    path = folder / "residents.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path
