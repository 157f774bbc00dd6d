"""The rules of eligibility as one table, each with its reason to say no and its source."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from station.domain.ages import first_card_day
from station.domain.evidence import OWN_NAME_PHONE, QR_COUNTER, CheckResult, all_passed
from station.domain.identity import Identity
from station.domain.registry import CardStatus, PhysicalCard, Registration, RegistryRecord
from station.domain.rollout import Place


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the rules look at beside the person: route, day, office, and the phone's owner.

    `centre`: ten digits. `own_name_phone`: asserted by the resident and recorded, not checked.
    """

    route: str
    today: date
    centre: str
    own_name_phone: bool


@dataclass(frozen=True, slots=True, repr=False)
class Application:
    """Everything one decision is about."""

    identity: Identity
    record: RegistryRecord
    evidence: tuple[CheckResult, ...]
    circumstances: Circumstances
    place: Place

    @property
    def today(self) -> date:
        return self.circumstances.today


@dataclass(frozen=True, slots=True)
class Rule:
    """One reason to say no; `overridable`: a second officer may waive it."""

    id: str
    failure: str
    title_ko: str
    title_en: str
    source_ko: str
    source_en: str
    refuses: Callable[[Application], bool]
    possible_from: Callable[[Application], date | None] = lambda _: None
    overridable: bool = False


def _not_identified(application: Application) -> bool:
    return not all_passed(each for each in application.evidence if each.name != OWN_NAME_PHONE)


def _is(registration: Registration) -> Callable[[Application], bool]:
    return lambda application: application.record.registration is registration


def _too_young(application: Application) -> bool:
    return application.today < first_card_day(application.identity.date_of_birth)


def _card(refuses: Callable[[PhysicalCard], bool]) -> Callable[[Application], bool]:
    """A rule about the physical card says nothing of a person who has none: that is E6."""
    return lambda application: (
        application.record.card is not None and refuses(application.record.card)
    )


def _expired(application: Application) -> bool:
    """By the registry, where it knows a day, and by the chip, where one was read."""
    card = application.record.card
    known = [card.expiry_date if card is not None else None]
    if application.circumstances.route != QR_COUNTER.name:
        known.append(application.identity.card_expiry_date)
    return any(day is not None and application.today > day for day in known)


def _has_chip_card(application: Application) -> bool:
    return application.circumstances.route == QR_COUNTER.name and application.record.has_chip_card


def _here_from(application: Application) -> date | None:
    return application.place.here_from


RULES: tuple[Rule, ...] = (
    Rule(
        "E1",
        "eligibility.not_identified",
        "본인확인의 모든 항목을 통과하였다",
        "every check of the person's identity has passed",
        "시행령 제36조제5항, 제38조제1항",
        "Decree, Art. 36(5), 38(1)",
        _not_identified,
    ),
    Rule(
        "E2",
        "eligibility.deceased",
        "사망하지 않았다",
        "the person is not registered as dead",
        "법 제14조; 시행령 제21조제2항제2호, 제44조제1항제1호",
        "Act, Art. 14; Decree, Art. 21(2) no. 2, 44(1) no. 1",
        _is(Registration.DECEASED),
    ),
    Rule(
        "E3",
        "eligibility.deregistered",
        "주민등록이 말소되지 않았다",
        "the registration has not been struck off",
        "법 제20조제5항, 제20조의2제2항제2호, 제24조제1항; 시행령 제32조",
        "Act, Art. 20(5), 20-2(2) no. 2, 24(1); Decree, Art. 32",
        _is(Registration.DEREGISTERED),
    ),
    Rule(
        "E4",
        "eligibility.emigrated",
        "국외로 이주하지 않았다",
        "the person has not emigrated",
        "법 제19조; 시행령 제26조제6항, 제44조제3항",
        "Act, Art. 19; Decree, Art. 26(6), 44(3)",
        _is(Registration.EMIGRATED),
    ),
    Rule(
        "E5",
        "eligibility.too_young",
        "17세가 되는 달의 다음 달 1일이 되었다",
        "the month after the one of the 17th birthday has begun",
        "법 제24조제1항; 시행령 제35조제1항",
        "Act, Art. 24(1); Decree, Art. 35(1)",
        _too_young,
        possible_from=lambda application: first_card_day(application.identity.date_of_birth),
    ),
    Rule(
        "E6",
        "eligibility.no_card",
        "실물 주민등록증을 발급받았다",
        "a physical card has been issued",
        "법 제24조의2제1항; 시행령 제38조제1항",
        "Act, Art. 24-2(1); Decree, Art. 38(1)",
        lambda application: application.record.card is None,
    ),
    Rule(
        "E7",
        "eligibility.card_lost",
        "실물 주민등록증이 분실 신고되지 않았다",
        "the physical card is not reported lost",
        "법 제27조제1항제1호; 시행령 제42조제1항",
        "Act, Art. 27(1) no. 1; Decree, Art. 42(1)",
        _card(lambda card: card.status is CardStatus.LOST),
    ),
    Rule(
        "E8",
        "eligibility.card_recalled",
        "실물 주민등록증이 회수되지 않았다",
        "the physical card has not been recalled",
        "법 제27조제2항; 시행령 제44조제1항",
        "Act, Art. 27(2); Decree, Art. 44(1)",
        _card(lambda card: card.status is CardStatus.RECALLED),
    ),
    Rule(
        "E9",
        "eligibility.card_expired",
        "실물 주민등록증의 유효기간이 지나지 않았다",
        "the physical card has not expired",
        "카드에 적힌 날짜 (법에는 아직 기간이 없음)",
        "the day on the card (no period in the Act as read)",
        _expired,
    ),
    Rule(
        "E10",
        "eligibility.photo_unusable",
        "주민등록증의 사진으로 본인을 알아볼 수 있다",
        "the photo still shows the person",
        "법 제27조제2항제1호; 시행령 제40조제3항제4호; 별지 제31호의2서식",
        "Act, Art. 27(2) no. 1; Decree, Art. 40(3) no. 4; form 31-2",
        _card(lambda card: not card.photo_usable),
    ),
    Rule(
        "E11",
        "eligibility.phone_not_own",
        "본인 명의의 휴대전화이다",
        "the phone is in the person's own name",
        "시행령 제38조제4항; 창원시 안내 2025-02",
        "Decree, Art. 38(4); notice of Changwon, 2025-02",
        lambda application: not application.circumstances.own_name_phone,
        overridable=True,
    ),
    Rule(
        "E12",
        "eligibility.has_chip_card",
        "창구 QR은 IC 주민등록증을 발급받은 적이 없는 사람만 쓴다",
        "QR at the counter is for those who never had an IC card",
        "별지 제31호의2서식 (민원 편람 2025-03)",
        "form 31-2 (civil-affairs manual, 2025-03)",
        _has_chip_card,
    ),
    Rule(
        "E13",
        "eligibility.not_begun",
        "모바일 주민등록증의 발급이 시작되었다",
        "the mobile card is being issued",
        "법 제24조의2; 시범 발급 안내 2024-12",
        "Act, Art. 24-2; announcements of the pilot, 2024-12",
        lambda application: not application.place.begun,
        possible_from=_here_from,
    ),
    Rule(
        "E14",
        "eligibility.phase_not_open",
        "주민등록지의 단계별 발급이 시작되었다",
        "the roll-out has reached the registered address",
        "행정안전부 발표 2025-02-10",
        "announcement of the Ministry, 2025-02-10",
        lambda application: not application.place.open,
        possible_from=_here_from,
        overridable=True,
    ),
    Rule(
        "E15",
        "eligibility.wrong_centre",
        "전국 발급 전에는 주민등록지의 시·군·구 안에서 신청한다",
        "until it is open everywhere, the office is in the municipality of the address",
        "행정안전부 발표 2025-02-10; 창원시 안내 2025-02",
        "announcement of the Ministry, 2025-02-10; notice of Changwon, 2025-02",
        lambda application: not application.place.here,
        possible_from=_here_from,
        overridable=True,
    ),
)

REMARKS: tuple[tuple[str, str, str, str], ...] = (
    (
        "한 사람은 휴대전화 1대에만 발급받는다. 새 휴대전화에 발급하면 이전 것은 폐기된다.",
        "One device for each person: a card on a new phone replaces the one on the old phone.",
        "시행령 제38조제4항",
        "Decree, Art. 38(4)",
    ),
)
"""What is no reason to say no and yet has to be told: text and source, Korean and English."""
