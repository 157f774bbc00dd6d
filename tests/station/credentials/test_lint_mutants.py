"""About a hundred changed credentials of either format, each refused for its own reason.

Source  assurance programme: at least 60 mutants against the linter.
"""

import pytest

from station.credentials.lint import LintFailed, Reason, lint_mdoc, lint_sd_jwt
from tests.station.credentials import mdoc_parts, sd_jwt_parts
from tests.station.credentials.examples import (
    MDOC_EXPECTED,
    SD_JWT_EXPECTED,
    issue_mdoc,
    issue_sd_jwt,
)
from tests.station.credentials.mdoc_mutants import MDOC_MUTANTS
from tests.station.credentials.sd_jwt_mutants import SD_JWT_MUTANTS

AT_LEAST = 60
# What no change of a credential shows: the expectation itself is wrong there.
OF_EXPECTATIONS = {Reason.DOCUMENT_NUMBER, Reason.CERTIFICATE}


@pytest.mark.parametrize("name", MDOC_MUTANTS)
def test_changed_mdoc_is_refused_for_its_own_reason(name: str) -> None:
    change, refusal = MDOC_MUTANTS[name]
    parts = mdoc_parts.Parts.of(issue_mdoc())
    change(parts)
    with pytest.raises(LintFailed) as refused:
        lint_mdoc(parts.octets, MDOC_EXPECTED)
    assert str(refused.value) == refusal


@pytest.mark.parametrize("name", SD_JWT_MUTANTS)
def test_changed_sd_jwt_is_refused_for_its_own_reason(name: str) -> None:
    change, refusal = SD_JWT_MUTANTS[name]
    parts = sd_jwt_parts.Parts.of(issue_sd_jwt())
    change(parts)
    with pytest.raises(LintFailed) as refused:
        lint_sd_jwt(parts.text, SD_JWT_EXPECTED)
    assert str(refused.value) == refusal


def test_there_are_sixty_of_either_format_and_every_rule_refuses_one() -> None:
    assert min(len(MDOC_MUTANTS), len(SD_JWT_MUTANTS)) >= AT_LEAST
    refusals = {
        kind: {refusal for _, refusal in table.values()}
        for kind, table in (("mdoc", MDOC_MUTANTS), ("SD-JWT VC", SD_JWT_MUTANTS))
    }
    assert min(map(len, refusals.values())) >= AT_LEAST
    reasons = {Reason(each.partition(":")[0]) for each in set().union(*refusals.values())}
    assert reasons == set(Reason) - OF_EXPECTATIONS
